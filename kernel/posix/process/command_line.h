/*
 * The domain's command line: blank-separated words, of which one in double quotes may hold anything; within them \\ \"
 * \n and \t stand for what they do in C. Pure: also runs on the host.
 */
#ifndef LWD_POSIX_PROCESS_COMMAND_LINE_H
#define LWD_POSIX_PROCESS_COMMAND_LINE_H

/*
 * Decodes `text` in place into its words, each NUL-terminated, one behind the other. Returns how many, or -EINVAL if a
 * quote is not closed, an escape is unknown, or a closing quote is not followed by a blank.
 */
long command_line_decode(char *text);

#endif
