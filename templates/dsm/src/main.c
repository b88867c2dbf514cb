/*
 * dsm [SIDE [STEPS]]: temperatures on a plate of SIDE × SIDE points, computed by several domains on one range of memory.
 * DSM_RANKS says how many there are (1), DSM_RANK which this is, DSM_COORDINATOR where rank 0 is, DSM_PORT (7000) the port.
 * Exit status: 0 done, 1 another rank is gone, 2 wrong arguments, no memory, or the ranks did not meet.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lwd/dsm.h>

#include "plate.h"

enum { RANK_GONE = 1, BAD_INPUT = 2 };

/* A whole number from `least` to `most`, or -1 if the text is none; `otherwise` where there is no text. */
static long whole(const char *text, long otherwise, long least, long most)
{
    char *end;

    if (!text || !*text)
        return otherwise;
    errno = 0;
    long value = isdigit((unsigned char)text[0]) ? strtol(text, &end, 10) : -1;

    return value >= least && value <= most && errno == 0 && *end == '\0' ? value : -1;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct part {
    size_t first_row, rows;
};

static struct part part_of(size_t side, unsigned rank, unsigned ranks)
{
    size_t first = side * rank / ranks, end = side * (rank + 1) / ranks;

    return (struct part){ first, end - first };
}

/* A rank's rows are at home there, in both states: it alone writes them, and nothing has to be sent for that. */
static int settle(struct lwd_dsm *dsm, const struct plate *plate, unsigned ranks)
{
    int error = 0;

    for (unsigned rank = 0; rank < ranks && !error; rank++) {
        struct part part = part_of(plate->side, rank, ranks);

        for (uint64_t step = 0; step < 2 && part.rows && !error; step++)
            error = lwd_dsm_set_home(dsm, plate_state(plate, step) + part.first_row * plate->side,
                                     part.rows * plate->side * sizeof(double), rank);
    }
    return error;
}

static int compute(struct lwd_dsm *dsm, const struct lwd_dsm_options *options, size_t side, uint64_t steps)
{
    struct plate plate = { lwd_dsm_range(dsm), side };
    struct part part = part_of(side, options->rank, options->ranks);
    int error = settle(dsm, &plate, options->ranks);
    double start = seconds();

    if (error)
        return error;
    plate_start(&plate, part.first_row, part.rows);
    for (uint64_t step = 0; step < steps && !error; step++) {
        error = lwd_dsm_barrier(dsm);
        if (!error)
            plate_step(&plate, step, part.first_row, part.rows);
    }
    if (!error)
        error = lwd_dsm_barrier(dsm);
    if (error)
        return error;
    double took = seconds() - start;
    struct lwd_dsm_counts counts = lwd_dsm_count(dsm);

    printf("rank %u: %" PRIu64 " pages touched, %" PRIu64 " foreseen, %" PRIu64 " differences sent\n", options->rank,
           counts.pages_touched, counts.pages_foreseen, counts.diffs);
    if (options->rank == 0) {
        printf("digest %016" PRIx64 "\n", plate_digest(&plate, steps));
        printf("time   %.6f s\n", took);
    }
    return 0;
}

int main(int argc, char **argv)
{
    long side = whole(argc > 1 ? argv[1] : NULL, 512, 64, 16384), steps = whole(argc > 2 ? argv[2] : NULL, 50, 1, 1000000);
    long ranks = whole(getenv("DSM_RANKS"), 1, 1, LWD_DSM_RANKS), rank = whole(getenv("DSM_RANK"), 0, 0, ranks - 1);
    long port = whole(getenv("DSM_PORT"), 7000, 1, 60000);

    if (argc > 3 || side < 0 || side % 64 || steps < 0 || ranks < 0 || rank < 0 || port < 0) {
        fprintf(stderr, "usage: dsm [SIDE [STEPS]], SIDE a multiple of 64; DSM_RANK below DSM_RANKS\n");
        return BAD_INPUT;
    }
    struct lwd_dsm_options options = {
        .rank = (unsigned)rank, .ranks = (unsigned)ranks, .coordinator = getenv("DSM_COORDINATOR"),
        .port = (uint16_t)port, .size = plate_bytes((size_t)side),
    };
    struct lwd_dsm *dsm;
    int error = lwd_dsm_open(&options, &dsm);

    if (error) {
        fprintf(stderr, "dsm: the ranks did not meet: %s\n", strerror(-error));
        return BAD_INPUT;
    }
    error = compute(dsm, &options, (size_t)side, (uint64_t)steps);
    int closed = lwd_dsm_close(dsm);

    if (!error && !closed)
        return 0;
    fprintf(stderr, "dsm: rank %ld cannot go on: %s\n", rank, strerror(-(error ? error : closed)));
    return RANK_GONE;
}
