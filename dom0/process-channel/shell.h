/*
 * Shells: domains that wait for what they are to run (src/xl/observed/shell.ts).
 */
#ifndef LWD_PROCESS_CHANNEL_SHELL_H
#define LWD_PROCESS_CHANNEL_SHELL_H

/*
 * Programs of their own, with their arguments: they end with status 0 if they did it, 1 if there is no such shell (any more), 2
 * for whatever else.
 *
 *   claim PROCESS PREFIX NAME RECORD LINE [COMMAND …]
 *                     a shell whose name begins so is NAME from now on, and runs LINE; prints its number, UUID and former name,
 *                     when PROCESS began (in ticks, as /proc says it), and its keeper's number. Before that COMMAND (a path and
 *                     its arguments) is run with the UUID as one more: the shell stays as it is if that fails. What cannot be
 *                     read is "-". A script asks for the last two because its own "read" takes a system call for each byte
 *   drop NUMBER       nobody can claim it from now on
 *   lock              waits until the open file that is its stdin, a script's, has the lock that one of its file can have: until
 *                     the script closes it (not every dom0 has flock(1))
 *
 * `arguments` end with a NULL, as `environment` does, which is COMMAND's.
 */
int shell_claim(char **arguments, char **environment);
int shell_drop(const char *number);
int shell_lock(int file);

#endif
