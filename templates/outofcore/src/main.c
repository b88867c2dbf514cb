/*
 * outofcore DISK [UNKNOWNS [SIDE [KIB]]]: factorises a matrix on a disk, UNKNOWNS × UNKNOWNS, in tiles of SIDE × SIDE, with
 * KIB of memory for the columns that are worked on.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cholesky.h"
#include "tile.h"

/* A whole number from 1 on. */
static size_t whole(const char *text, const char *what)
{
    char *end;

    errno = 0;
    unsigned long value = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;

    if (value == 0 || errno || *end || value > 1u << 20)
        give_up("%s: \"%s\" is no whole number from 1 to 1048576", what, text);
    return value;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 5)
        give_up("usage: %s DISK [UNKNOWNS [SIDE [KIB]]]", argv[0]);
    size_t unknowns = argc > 2 ? whole(argv[2], "the unknowns") : 1024, side = argc > 3 ? whole(argv[3], "the side") : 128;
    size_t memory = argc > 4 ? whole(argv[4], "the memory") : 2048;

    if (side % TILE_STEP || unknowns % side)
        give_up("the side of a tile is a multiple of %d that divides the unknowns: not %zu of %zu", TILE_STEP, side,
                unknowns);
    struct store store = store_of(unknowns, side);
    size_t columns = columns_in(&store, memory * 1024);
    uint64_t disk = disk_open(argv[1]);

    if (disk < store_bytes(&store))
        give_up("%s has %llu KiB, and the matrix %llu", argv[1], (unsigned long long)disk / 1024,
                (unsigned long long)store_bytes(&store) / 1024);
    printf("matrix     %zu unknowns, %llu KiB on the disk in tiles of %zu KiB\n", unknowns,
           (unsigned long long)store_bytes(&store) / 1024, store.tile_bytes / 1024);
    printf("in memory  %zu of %zu columns of tiles\n", columns, store.tiles);
    struct outcome outcome = solve(&store, columns);

    if (!outcome.is_positive)
        give_up("the matrix is not positive definite");
    printf("digest     %016llx\n", (unsigned long long)outcome.digest);
    printf("residual   %.17g\n", outcome.residual);
    printf("error      %.17g\n", outcome.error);
    printf("time       %.3f s, of which %.3f s for the disk\n", outcome.seconds, outcome.waited);
    return outcome.residual < 10 ? 0 : 1;
}
