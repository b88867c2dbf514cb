/*
 * Bad uses of lwd/memory.h that a program cannot be told of by an error: the domain ends with a report.
 */
#include "crash.h"

#include <lwd/memory.h>

#define PAGE LWD_MEMORY_PAGE

static volatile int sink;

static volatile char *ask_about_a_page(lwd_memory_handler handler)
{
    char *page = lwd_memory_reserve(PAGE, PAGE);

    lwd_memory_set_handler(page, PAGE, handler, page);
    return page;
}

static int map_nothing(void *argument, void *page, unsigned access)
{
    (void)argument;
    (void)page;
    (void)access;
    return 0;
}

NOINLINE void crash_handler_never_maps(void)
{
    sink = *ask_about_a_page(map_nothing); /* here: handler-never-maps */
    sink = 1;
}

NOINLINE static int touch_it(void *argument, void *page, unsigned access)
{
    (void)argument;
    sink = (int)access, sink = *(volatile char *)page; /* here: handler-touches */
    return 0;
}

NOINLINE void crash_handler_touches(void)
{
    sink = *ask_about_a_page(touch_it);
    sink = 1;
}

/* Copies of a page, more than there is memory for, each made when it is written. */
NOINLINE void crash_copy_without_memory(void)
{
    static char contents[PAGE];
    enum { PAGES = 16384 };
    struct lwd_memory_pattern *pattern = lwd_memory_pattern_new(contents, PAGE);
    volatile char *at = lwd_memory_reserve(PAGES * PAGE, LWD_MEMORY_BLOCK);

    lwd_memory_project((void *)at, PAGES * PAGE, pattern, LWD_MEMORY_WRITE);
    for (unsigned i = 0; i < PAGES; i++)
        at[i * 7 % PAGES * PAGE] = 1; /* here: copy-without-memory */
}
