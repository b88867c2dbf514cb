/*
 * Left-looking: for some columns of tiles at a time, all columns before them stream past and are subtracted; then the
 * columns are factorised among themselves and written. So each tile is written once, and what is read is read in order.
 */
#include "cholesky.h"

#include <stdlib.h>

#include "check.h"
#include "matrix.h"
#include "tile.h"

/* The columns that are worked on: from `first`, `count` of them. */
struct panel {
    const struct store *store;
    size_t first, count;
    struct transfer *transfers; /* of each row `columns`, as many as there is memory for */
    double **tiles;
    double **heads; /* the tiles of the streaming column that are of the panel's rows */
    size_t columns;
    struct stream stream;
};

static double *panel_tile(struct panel *panel, size_t i, size_t column)
{
    size_t at = i * panel->columns + column;

    transfer_wait(&panel->transfers[at]);
    return panel->tiles[at];
}

static void panel_start(struct panel *panel, size_t i, size_t column, bool is_write)
{
    size_t at = i * panel->columns + column;

    store_start(panel->store, &panel->transfers[at], i, panel->first + column, is_write, panel->tiles[at]);
}

static size_t last_column(const struct panel *panel, size_t i)
{
    return i - panel->first < panel->count ? i - panel->first + 1 : panel->count;
}

static void read_panel(struct panel *panel, size_t first)
{
    size_t left = panel->store->tiles - first;

    panel->first = first;
    panel->count = left < panel->columns ? left : panel->columns;
    for (size_t i = first; i < panel->store->tiles; i++)
        for (size_t column = 0; column < last_column(panel, i); column++)
            panel_start(panel, i, column, false);
}

/* Subtracts all that the columns before the panel have to do with it. */
static void subtract_before(struct panel *panel)
{
    struct stream *stream = &panel->stream;
    size_t side = panel->store->side;

    stream_begin(stream, (struct walk){ .store = panel->store, .first_row = panel->first, .columns = panel->first });
    read_panel(panel, panel->first);
    for (size_t j = 0; j < panel->first; j++)
        for (size_t i = panel->first; i < panel->store->tiles; i++) {
            size_t row = i - panel->first;
            double *tile;

            if (row < panel->count)
                panel->heads[row] = tile = stream_exchange(stream, panel->heads[row]);
            else
                tile = stream_next(stream);
            for (size_t column = 0; column < last_column(panel, i); column++)
                tile_update(panel_tile(panel, i, column), tile, panel->heads[column], side);
            stream_go_on(stream);
        }
}

/* One column of the panel, by those of the panel before it. What is done goes out at once. */
static bool factor_column(struct panel *panel, size_t column)
{
    size_t side = panel->store->side, k = panel->first + column;
    double *diagonal = panel_tile(panel, k, column);

    for (size_t i = k; i < panel->store->tiles; i++) {
        double *tile = panel_tile(panel, i, column);

        for (size_t before = 0; before < column; before++)
            tile_update(tile, panel_tile(panel, i, before), panel_tile(panel, k, before), side);
        if (i > k)
            tile_divide(tile, diagonal, side);
        else if (!tile_factor(tile, side))
            return false;
    }
    return true;
}

static void write_column(struct panel *panel, size_t column)
{
    for (size_t i = panel->first + column; i < panel->store->tiles; i++)
        panel_start(panel, i, column, true);
}

static void await_panel(struct panel *panel)
{
    for (size_t i = panel->first; i < panel->store->tiles; i++)
        for (size_t column = 0; column < last_column(panel, i); column++)
            panel_tile(panel, i, column);
}

/* Columns are written when none of the panel needs them any more: their memory is the disk's until then. */
static bool factorise(struct panel *panel)
{
    for (size_t first = 0; first < panel->store->tiles; first += panel->count) {
        panel->first = first;
        subtract_before(panel);
        for (size_t column = 0; column < panel->count; column++)
            if (!factor_column(panel, column))
                return false;
        for (size_t column = 0; column < panel->count; column++)
            write_column(panel, column);
        await_panel(panel);
    }
    disk_flush();
    return true;
}

static void *take(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (!memory)
        give_up("no memory for %zu KiB more", count * size / 1024);
    return memory;
}

static void prepare(struct panel *panel, const struct store *store, size_t columns)
{
    size_t count = store->tiles * columns;

    *panel = (struct panel){ .store = store, .columns = columns };
    stream_prepare(&panel->stream, store);
    panel->transfers = take(count, sizeof *panel->transfers);
    panel->tiles = take(count, sizeof *panel->tiles);
    panel->heads = take(columns, sizeof *panel->heads);
    for (size_t i = 0; i < columns; i++)
        panel->heads[i] = disk_memory(store->tile_bytes, true);
    for (size_t i = 0; i < count; i++)
        panel->tiles[i] = disk_memory(store->tile_bytes, false);
}

size_t columns_in(const struct store *store, size_t bytes)
{
    size_t columns = bytes / (store->tiles * store->tile_bytes);

    return columns < 1 ? 1 : columns > store->tiles ? store->tiles : columns;
}

/* --- the matrix --- */

static void fill(const struct store *store, double *tile, size_t i, size_t j)
{
    for (size_t row = 0; row < store->side; row++)
        for (size_t column = 0; column < store->side; column++)
            tile[row * store->side + column] =
                matrix_element(i * store->side + row, j * store->side + column, store->unknowns);
}

static void write_matrix(struct stream *stream, const struct store *store)
{
    struct walk walk = { .store = store, .columns = store->tiles };

    for (size_t written = 0; walk_next(&walk); written++) {
        size_t slot = written % STREAM_DEPTH;

        transfer_wait(&stream->transfers[slot]);
        fill(store, stream->memory[slot], walk.i, walk.j);
        store_start(store, &stream->transfers[slot], walk.i, walk.j, true, stream->memory[slot]);
    }
    for (size_t slot = 0; slot < STREAM_DEPTH; slot++)
        transfer_wait(&stream->transfers[slot]);
    disk_flush();
}

struct outcome solve(const struct store *store, size_t columns)
{
    struct panel panel;
    struct outcome outcome = { .is_positive = false };

    prepare(&panel, store, columns);
    write_matrix(&panel.stream, store);
    double began = seconds_now(), waited = disk_seconds_waited();

    outcome.is_positive = factorise(&panel);
    outcome.seconds = seconds_now() - began;
    outcome.waited = disk_seconds_waited() - waited;
    if (outcome.is_positive)
        check_solution(&panel.stream, store, &outcome);
    return outcome;
}
