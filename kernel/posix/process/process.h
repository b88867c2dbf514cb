/*
 * The one process that a domain is: how it starts, and how it ends.
 */
#ifndef LWD_POSIX_PROCESS_PROCESS_H
#define LWD_POSIX_PROCESS_PROCESS_H

/* Lets crash reports reach the host. */
void process_init(void);

/*
 * Runs main() on the calling thread and ends the domain with its result. Beside it a thread follows the toolstack's wishes: it
 * ends the domain (xl shutdown), changes its size (xl mem-set), and takes the signals of the process channel.
 */
_Noreturn void process_run(void);

#endif
