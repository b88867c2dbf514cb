/*
 * What the sources of this program share.
 */
#ifndef CRASH_H
#define CRASH_H

#define NOINLINE __attribute__((noinline))

/* memory.c */
void crash_handler_never_maps(void);
void crash_handler_touches(void);
void crash_copy_without_memory(void);

#endif
