/*
 * Shells: domains that wait for what they are to run (src/xl/shell.ts).
 */
#ifndef LWD_PROCESS_CHANNEL_SHELL_H
#define LWD_PROCESS_CHANNEL_SHELL_H

/*
 * Programs of their own, with their arguments: they end with status 0 if they did it, 1 if there is no such shell (any more), 2
 * for whatever else.
 *
 *   claim PREFIX NAME RECORD LINE    a shell whose name begins so is NAME from now on, and runs LINE; prints its number, UUID
 *                                    and former name
 *   drop NUMBER                      nobody can claim it from now on
 */
int shell_claim(char **arguments);
int shell_drop(const char *number);

#endif
