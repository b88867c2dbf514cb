/*
 * A domain within this process, for drivers that wait: the kernel's xenstore client, event channels, grants, wait queues
 * and frontends are the real ones; threads (threads.c), memory and Xen (hypercalls.c) and xenstored (store.c) are made
 * here, and a test plays the backend.
 *
 * Nothing happens by itself. When every thread waits, xenstored serves, then the test's `turn` is asked for something to
 * do, and if there is nothing, time goes on to the next deadline. If there is no deadline either, nothing will ever wake
 * the threads: that is a hang, and ends the program.
 */
#ifndef LWD_MACHINE_H
#define LWD_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/grant_table.h>

#include "arch/x86_64/platform.h"

#define MACHINE_DOMAIN 7
#define MACHINE_HOME "/local/domain/7/"
#define MACHINE_FRAMES 2048
/* Two frames of grants. */
#define MACHINE_GRANTS 1024

/* Ends the program with a message: a property does not hold. */
_Noreturn void machine_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Calls function(argument) as the domain's first thread and returns when it does. Others stay as they are. */
void machine_run(void (*function)(void *argument), void *argument);

/* What happens outside when every thread waits; false if nothing does. */
extern bool (*machine_turn)(void);

/* --- hypercalls.c --- */

/* Frames that are in use, grants that have not ended, ports that are open but for the domain builder's. */
unsigned machine_frames_used(void);
unsigned machine_grants_used(void);
unsigned machine_ports_open(void);

/* Event channels have another end, for who asks. */
extern bool machine_connected;

/* From now on so many more frames, or grants, can be had; -1 for all that there are. */
extern int machine_frames_left;

/* Pages of the program's own, as a buffer; they count as used. */
void *machine_pages(unsigned count);
void machine_pages_free(void *address, unsigned count);

/*
 * A grant as the backend sees it: its page if it may read it (`writing`: write it), else null. machine_hold() maps it and
 * keeps it; machine_let_go() ends that for all that are held.
 */
void *machine_granted(grant_ref_t reference, bool writing);
bool machine_hold(grant_ref_t reference, bool writing);
void machine_let_go(void);

/* Is any part of these bytes granted, but for what is held or was? */
bool machine_is_granted(const void *address, size_t size);

/* Ends what was given up because it was held, now that it is not: the books balance again. */
void machine_recover_lost(void);

/* The backend's end of an event channel fires; ports that are closed do nothing. */
void machine_fire(evtchn_port_t port);

/* --- store.c --- */

/* xenstored's nodes; paths are absolute. Watches of the domain's fire. */
void store_write(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
void store_remove(const char *path);
const char *store_read(const char *path);
/* As a number; `otherwise` if there is none. */
unsigned long store_number(const char *path, unsigned long otherwise);

/* It takes requests, and somebody else answers them. */
extern bool store_is_mute;

/* Serves what is on the ring. True if there was anything. */
bool store_serve(void);

/* --- threads.c --- */

void machine_advance(uint64_t nanoseconds);

/* --- choices: a fuzzer's input, read as decisions; zeroes when it is used up --- */

struct choices {
    const uint8_t *at, *end;
};

static inline bool choices_left(const struct choices *choices)
{
    return choices->at < choices->end;
}

static inline uint64_t choose(struct choices *choices, unsigned bytes)
{
    uint64_t value = 0;

    for (; bytes && choices_left(choices); bytes--)
        value = value << 8 | *choices->at++;
    return value;
}

#endif
