/*
 * What a program asked for in a struct sigevent: a signal, or a call in a thread of its own.
 */
#ifndef LWD_POSIX_SIGNAL_NOTIFY_H
#define LWD_POSIX_SIGNAL_NOTIFY_H

#include <signal.h>
#include <stdbool.h>

/* Does it say what POSIX has it say? */
bool notify_is_event(const struct sigevent *event);

/* Does it; `code` is what a signal's handler is told (SI_TIMER …). Does not block. What there is no memory for is lost. */
void notify(const struct sigevent *event, int code);

#endif
