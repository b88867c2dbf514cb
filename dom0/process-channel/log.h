/*
 * The log that xenconsoled writes of a domain's console: nobody else bounds what it may become.
 */
#ifndef LWD_PROCESS_CHANNEL_LOG_H
#define LWD_PROCESS_CHANNEL_LOG_H

#include <stdbool.h>

/* The domain's own part of it. */
struct log {
    int file;                   /* Linux's descriptor, open to append; negative: none */
    long begin;                 /* before that it is of earlier domains */
    long limit;                 /* bytes that its part may have; 0: any number */
    long gone, notice;          /* of it, and the line that says so; 0 at first */
};

/*
 * If the domain's part has more than its limit, all of it goes but the last lines, behind one that says so; xenconsoled, which
 * appends, goes on after them. What comes in that very moment may be lost. The file's position, up to which it was read, stays
 * at what it was at; if that is gone, it is at the line that says so.
 */
void log_bound(struct log *log);

/*
 * A program of its own, for a domain that nobody stays with: log LOG BEGIN LIMIT JOURNAL bounds it for as long as there is
 * JOURNAL, which goes with the domain. Returns its exit status.
 */
int log_keep(char **arguments);

/* Of decimal digits, up to what is none. */
long log_number(const char *text);

#endif
