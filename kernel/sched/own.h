/*
 * A field of the running thread's struct thread, which lies at the thread pointer, in one instruction.
 */
#ifndef LWD_SCHED_OWN_H
#define LWD_SCHED_OWN_H

#include <stddef.h>

#define thread_own(field) \
    (*(volatile __typeof__(((struct thread *)NULL)->field) __seg_fs *)offsetof(struct thread, field))

#endif
