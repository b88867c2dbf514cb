/*
 * Stands before the kernel's own sched/own.h for what is compiled for the machine, as sched/thread.h here does.
 */
#ifndef LWD_MACHINE_OWN_H
#define LWD_MACHINE_OWN_H

extern struct thread *machine_running;

#define thread_own(field) (machine_running->field)

#endif
