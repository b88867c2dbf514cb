/* Tiles on the disk, and reading them ahead. */
#include "store.h"

struct store store_of(size_t unknowns, size_t side)
{
    return (struct store){
        .unknowns = unknowns, .side = side, .tiles = unknowns / side, .tile_bytes = side * side * sizeof(double),
    };
}

uint64_t store_bytes(const struct store *store)
{
    return (uint64_t)store->tiles * (store->tiles + 1) / 2 * store->tile_bytes;
}

void store_start(const struct store *store, struct transfer *transfer, size_t i, size_t j, bool is_write, void *memory)
{
    uint64_t before = (uint64_t)j * store->tiles - (uint64_t)j * (j + 1) / 2;

    transfer->is_write = is_write;
    transfer->offset = (before + i) * store->tile_bytes;
    transfer->size = store->tile_bytes;
    transfer->memory = memory;
    transfer_start(transfer);
}

static size_t first_of_column(const struct walk *walk, size_t j)
{
    return walk->first_row > j ? walk->first_row : j;
}

static bool begin_walk(struct walk *walk)
{
    walk->has_begun = true;
    walk->j = walk->is_backwards ? walk->columns - 1 : 0;
    walk->i = walk->is_backwards ? walk->store->tiles - 1 : first_of_column(walk, 0);
    return walk->columns > 0;
}

bool walk_next(struct walk *walk)
{
    if (!walk->has_begun)
        return begin_walk(walk);
    if (walk->is_backwards) {
        if (walk->i-- > first_of_column(walk, walk->j))
            return true;
        walk->i = walk->store->tiles - 1;
        return walk->j-- > 0;
    }
    if (++walk->i < walk->store->tiles)
        return true;
    if (++walk->j >= walk->columns)
        return false;
    walk->i = first_of_column(walk, walk->j);
    return true;
}

void stream_prepare(struct stream *stream, const struct store *store)
{
    for (size_t i = 0; i < STREAM_DEPTH; i++) {
        stream->transfers[i] = (struct transfer){ .size = 0 };
        stream->memory[i] = disk_memory(store->tile_bytes, true);
    }
}

static void start_next(struct stream *stream)
{
    size_t slot = stream->started % STREAM_DEPTH;

    if (!walk_next(&stream->walk))
        return;
    store_start(stream->walk.store, &stream->transfers[slot], stream->walk.i, stream->walk.j, false, stream->memory[slot]);
    stream->started++;
}

void stream_begin(struct stream *stream, struct walk walk)
{
    stream->walk = walk;
    stream->taken = stream->started = 0;
    for (size_t i = 0; i < STREAM_DEPTH && stream->started == i; i++)
        start_next(stream);
}

double *stream_next(struct stream *stream)
{
    size_t slot = stream->taken % STREAM_DEPTH;

    transfer_wait(&stream->transfers[slot]);
    return stream->memory[slot];
}

void stream_go_on(struct stream *stream)
{
    stream->taken++;
    /* The end of a walk is asked for once. */
    if (stream->started + 1 == stream->taken + STREAM_DEPTH)
        start_next(stream);
}

double *stream_exchange(struct stream *stream, double *memory)
{
    size_t slot = stream->taken % STREAM_DEPTH;
    double *tile = stream_next(stream);

    stream->memory[slot] = memory;
    return tile;
}
