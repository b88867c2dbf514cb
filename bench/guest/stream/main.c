/*
 * Standard output: writes so many KiB to it, 64 at a time, and says on standard error how quickly they were taken.
 *
 *   bench-stream KIB
 */
#include <string.h>
#include <unistd.h>

#include "bench/guest/measure.h"

#define BLOCK 65536

static char block[BLOCK];

int main(int argc, char **argv)
{
    size_t all = argc > 1 ? strtoul(argv[1], NULL, 10) * 1024 : 0;

    memset(block, 'x', BLOCK);
    for (size_t i = 63; i < BLOCK; i += 64)
        block[i] = '\n';
    double begin = now_us();

    for (size_t done = 0; done < all;) {
        ssize_t written = write(STDOUT_FILENO, block, all - done < BLOCK ? all - done : BLOCK);

        must(written > 0, "write");
        done += (size_t)written;
    }
    char text[40];
    int length = snprintf(text, sizeof text, "taken: %.4f MB/s\n", (double)all / (now_us() - begin));

    /* At once: whoever reads the channel's frames as they are finds it in one piece. */
    must(write(STDERR_FILENO, text, (size_t)length) == length, "write");
    return 0;
}
