/*
 * Writing out what is kept: nothing is but by the host, which is asked for each file that is open.
 */
#include <unistd.h>

#include "posix/file/file.h"

void sync(void)
{
    for (int i = 0; i < DESCRIPTOR_MAX; i++) {
        struct open_file *file = file_get(i);

        if (!file)
            continue;
        if (file->operations->sync)
            file->operations->sync(file);
        file_put(file);
    }
}
