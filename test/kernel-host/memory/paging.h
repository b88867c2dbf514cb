/*
 * A processor with page tables, for mm/ on the host: a platform (arch/x86_64/platform.h) whose changes wait until they are
 * committed, as those of a PV domain do, and that remembers translations until they are flushed. It checks what Xen would:
 * nothing can write to a page table, and an entry leads only to what is one.
 */
#ifndef LWD_TEST_PAGING_H
#define LWD_TEST_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gives the process a domain's memory of so many frames, once, and starts mm/ on it. */
void paging_start(unsigned frames);

/*
 * The same as a large PVH domain has it: frames up to `end` but for those of a hole, of which the first `mapped` are in the
 * direct map. The hole's ends are multiples of BLOCK_PAGES.
 */
void paging_start_with_hole(unsigned mapped, unsigned hole_start, unsigned hole_end, unsigned end);

/* The highest level at which an entry may show memory: 3, unless a test says less. */
extern int paging_superpage_levels;

/* A word of memory as a program reads or writes it. False: the access was refused. */
bool paging_read(const uint64_t *at, uint64_t *value);
bool paging_write(uint64_t *at, uint64_t value);

/* Changes that have been committed, and commits, so far. */
extern unsigned long paging_changes, paging_commits;

/* Ends the program with a message: a property does not hold. */
_Noreturn void paging_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
