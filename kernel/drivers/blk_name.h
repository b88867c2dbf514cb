/*
 * Names of block devices and the numbers that xenstore knows them by (Xen: vbd-interface(7)): 202 << 8 | disk << 4 |
 * partition, and an extended form from the 16th disk on. Pure.
 */
#ifndef LWD_DRIVERS_BLK_NAME_H
#define LWD_DRIVERS_BLK_NAME_H

#include <stddef.h>
#include <stdint.h>

#define BLK_NAME_MAX 16

/* "xvda" → 51712, "xvdb1" → 51729. Returns 0 for what is no such name. */
uint32_t blk_name_number(const char *name);

/* The other way round. Writes at most BLK_NAME_MAX bytes; an empty name for numbers that have none. */
void blk_number_name(uint32_t number, char *name);

#endif
