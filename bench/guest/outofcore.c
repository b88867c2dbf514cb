/*
 * Factorising a matrix that is larger than memory (templates/outofcore), whole: one source, lwd/block.h on lwd, O_DIRECT
 * and threads on Linux.
 *
 *   outofcore DISK UNKNOWNS SIDE KIB       one line a figure: "NAME VALUE UNIT"
 */
#include "templates/outofcore/src/check.c"
#include "templates/outofcore/src/cholesky.c"
#include "templates/outofcore/src/disk.c"
#ifdef __lwd__
#include "templates/outofcore/src/disk_lwd.c"
#else
#include "templates/outofcore/src/disk_linux.c"
#endif
#include "templates/outofcore/src/store.c"
#include "templates/outofcore/src/tile.c"

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 5)
        give_up("usage: outofcore DISK UNKNOWNS SIDE KIB");
    struct store store = store_of((size_t)atol(argv[2]), (size_t)atol(argv[3]));

    if (disk_open(argv[1]) < store_bytes(&store))
        give_up("%s is too small", argv[1]);
    printf("warm\n");
    struct outcome outcome = solve(&store, columns_in(&store, (size_t)atol(argv[4]) * 1024));

    if (!outcome.is_positive || outcome.residual > 1)
        give_up("the result is wrong: a residual of %g", outcome.residual);
    printf("digest %016llx\n", (unsigned long long)outcome.digest);
    printf("factorisation %.4f s\n", outcome.seconds);
    printf("of-it-waiting %.4f s\n", outcome.waited);
    return 0;
}
