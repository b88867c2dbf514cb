/*
 * Memory in pieces of 2 MiB, or of 1 GiB, that one entry shows, where the platform has such entries.
 */
#ifndef LWD_MM_SUPERPAGE_H
#define LWD_MM_SUPERPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Shows fresh zeroes all over the range, which is mapped, in place of what was there: in superpages for each whole block, and
 * with `gigabytes` for each whole GiB, for which memory has one, and in pages elsewhere. -ENOMEM, and then part of the range is
 * bare.
 */
int superpage_populate(uintptr_t at, size_t size, bool gigabytes);

/*
 * From now on a block of the range, which is mapped, gets a superpage with the first write to it, if it shows nothing or zeroes
 * until then and memory has one to spare; or no longer. Nothing where the platform has none. -ENOMEM: regions could not be split.
 */
int superpage_want(uintptr_t at, size_t size, bool wanted);

#endif
