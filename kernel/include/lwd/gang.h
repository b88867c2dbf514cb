/*
 * Tasks that wait for each other, run by a gang: few stacks, however many the tasks. A task is a coroutine: it runs until it
 * ends, waits or yields, and while it waits for anything (a mutex, a pipe, time), others run on other stacks of the gang. For
 * execution environments and applications (paper, section 4.1).
 *
 * Each vCPU has a queue of tasks that are ready. It takes the one that became ready last, whose data are in its cache; one that
 * has none takes the oldest of another vCPU's. Today there is one vCPU.
 *
 * All of it is made of what lwd/sched.h and pthreads offer to everybody.
 */
#ifndef LWD_GANG_H
#define LWD_GANG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwd_gang;

/*
 * A task. The memory is the caller's: all zeroes but the first two, and the gang's from the first call that names it until
 * lwd_gang_run() returns.
 */
struct lwd_task {
    void (*run)(struct lwd_task *task);
    void *argument;
    /* --- the gang's own --- */
    struct lwd_task_edge *followers;
    uint32_t state;
};

/*
 * Makes a gang of `stacks` stacks of `stack_bytes` (0: a pthread's default; else what pthread_attr_setstacksize() takes, rounded
 * up to whole pages), for as many as `most` tasks that are ready at a time. Returns 0, -EINVAL or -ENOMEM.
 */
int lwd_gang_create(struct lwd_gang **gang, unsigned stacks, size_t stack_bytes, unsigned most);

/* Nothing of it runs any more: lwd_gang_run() has returned, or was not called. */
void lwd_gang_destroy(struct lwd_gang *gang);

/*
 * `then` is not to begin before `first` has ended. Called before `then` is added, and any time of `first`'s life; for one that
 * has ended it does nothing. Returns 0 or -ENOMEM.
 */
int lwd_gang_order(struct lwd_gang *gang, struct lwd_task *first, struct lwd_task *then);

/*
 * Adds a task, which runs when all that it waits for has ended; before lwd_gang_run(), or from a task of the gang. Returns 0;
 * -EEXIST if it was added before; -ENOSPC if there are `most` that have not ended.
 */
int lwd_gang_add(struct lwd_gang *gang, struct lwd_task *task);

/*
 * Starts all tasks that wait for nothing, at once, and blocks until all have ended. Tasks may then be used anew, zeroed.
 * Returns 0; -EDEADLK if those that are left wait for each other, or for tasks that nobody added: they are forgotten; -ENOMEM if
 * there was no memory for a single stack: nothing has run, and may be run again.
 */
int lwd_gang_run(struct lwd_gang *gang);

/* In a task: other tasks, and other threads, run first. */
void lwd_gang_yield(struct lwd_gang *gang);

#ifdef __cplusplus
}
#endif
#endif
