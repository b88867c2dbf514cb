/*
 * Stands before the kernel's own sched/thread.h for what is compiled for the machine (machine.h): the running thread is a
 * variable there, since this process's thread pointer is its C library's.
 */
#ifndef LWD_MACHINE_THREAD_H
#define LWD_MACHINE_THREAD_H

#define thread_self thread_self_by_register
#include_next "sched/thread.h"
#undef thread_self

extern struct thread *machine_running;

static inline struct thread *thread_self(void)
{
    return machine_running;
}

#endif
