/*
 * posix/cpio under libFuzzer: whatever the ramdisk holds, an entry's name and data lie within it.
 */
#include <stdlib.h>
#include <string.h>

#include "posix/path/cpio.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct cpio_reader reader = cpio_open(bytes, size);
    struct cpio_entry entry;
    size_t entries = 0;
    int result;

    while ((result = cpio_next(&reader, &entry)) > 0) {
        const uint8_t *name = (const uint8_t *)entry.name, *data = entry.data;

        if (name < bytes || name + strlen(entry.name) >= bytes + size)
            abort();
        if (data < bytes || entry.size > size || data + entry.size > bytes + size)
            abort();
        /* Each entry takes its header's length at least: the reader moves on. */
        if (++entries > size / 110)
            abort();
    }
    return 0;
}
