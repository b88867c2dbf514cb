/*
 * Memory in pieces of 2 MiB that one entry shows, where the platform has such entries.
 */
#ifndef LWD_MM_SUPERPAGE_H
#define LWD_MM_SUPERPAGE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Shows fresh zeroes all over the range, which is mapped, in place of what was there: in superpages for each whole block for
 * which memory has one, and in pages elsewhere. -ENOMEM, and then part of the range is bare.
 */
int superpage_populate(uintptr_t at, size_t size);

#endif
