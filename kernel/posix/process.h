/*
 * The one process that a domain is: how it starts, and how it ends.
 */
#ifndef LWD_POSIX_PROCESS_H
#define LWD_POSIX_PROCESS_H

/* Lets crash reports reach the host. */
void process_init(void);

/* Starts a thread that ends the domain when the toolstack asks for it (xl shutdown), and changes its size (xl mem-set). */
void process_watch_toolstack(void);

/* Runs main() on the calling thread and ends the domain with its result. */
_Noreturn void process_run(void);

#endif
