/*
 * The balloon: follows the toolstack's wish for the domain's memory (memory/target in xenstore, KiB). It has no thread of
 * its own: whoever listens to the toolstack waits for it too, so that a domain whose size never changes does not pay.
 */
#ifndef LWD_DRIVERS_BALLOON_H
#define LWD_DRIVERS_BALLOON_H

#include <stdbool.h>
#include <stdint.h>

#include <lwd/balloon.h>

#include "sched/wait.h"

/* Watches the wish; `listener` is woken when it changes. Without xenstore there is no balloon. */
void balloon_watch(struct wait_queue *listener);

/* The wish has changed, or is to be tried again now. */
bool balloon_is_due(void);

/* When it is to be tried again; NO_DEADLINE if it is fulfilled. */
uint64_t balloon_next_try(void);

/* Gives back or takes memory; may block. Writes what came of it to data/lwd/memory. */
void balloon_adjust(void);

/* The wish in frames; what the domain has until it is known. */
uint64_t balloon_target(void);

/* Null: none. */
extern const struct lwd_balloon_client *balloon_client;

#endif
