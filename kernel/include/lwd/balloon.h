/*
 * The domain's size while it runs: the host says how much memory the domain is to have (lwd mem set), and the domain gives
 * back what is free, or takes what it is offered. Nothing that is in use ever goes. A program that does nothing about it
 * keeps working with what is left; one that knows better is asked before memory goes and told what came of it.
 */
#ifndef LWD_BALLOON_H
#define LWD_BALLOON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Both are called on a thread of the kernel's with a stack of some KiB, one at a time; they may block, but not for long. */
struct lwd_balloon_client {
    /*
     * The host wants `bytes` back. Returns how many of them it may take; before that the program can free what it does
     * without (free, munmap, madvise). Asked again from time to time while the host's wish is not fulfilled.
     */
    size_t (*asked)(void *argument, size_t bytes);
    /* The domain has `bytes` of memory now. */
    void (*told)(void *argument, size_t bytes);
    void *argument;
};

/*
 * Puts another client in charge, which must stay where it is; null: none. Either of its functions may be null. Returns the
 * old one.
 */
const struct lwd_balloon_client *lwd_balloon_use(const struct lwd_balloon_client *client);

/* In bytes. */
struct lwd_balloon_state {
    uint64_t size;              /* what the domain has */
    uint64_t free;              /* of that, what is in nobody's use */
    uint64_t target;            /* what the host wants it to have; `size` until that is known */
    uint64_t most;              /* what it could have, if the host agrees */
};

struct lwd_balloon_state lwd_balloon_state(void);

#ifdef __cplusplus
}
#endif
#endif
