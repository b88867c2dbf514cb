/*
 * Superpages of 1 GiB. An entry of level 3 shows one in the place of a table of 512 superpages of 2 MiB, which is kept: all but
 * mm/scan.c and the platform know these only, and who looks for a slot has the GiB taken apart (table_walk()).
 */
#ifndef LWD_MM_GIGABYTE_H
#define LWD_MM_GIGABYTE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Shows fresh zeroes in the GiB at `at`, which is bare, by one entry. False, with nothing shown, if memory has no such piece.
 * Commits what is queued.
 */
bool gigabyte_show(uintptr_t at);

#endif
