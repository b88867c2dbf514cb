/*
 * checkpoint [SIDE [STEPS [EVERY]]]: heat on a plate of SIDE × SIDE points for STEPS steps, with a checkpoint every EVERY
 * steps into $CHECKPOINTS (/checkpoints). Started again, it goes on from the last one, and comes to the same bits. SIGUSR1
 * and SIGTERM have it write one at the next step and end, to be started again.
 * Exit status: 0 done, 1 a checkpoint could not be written, 2 wrong arguments or no memory, 75 asked to end before it was done.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heat.h"
#include "store.h"
#include "written.h"

enum { NOT_WRITTEN = 1, BAD_INPUT = 2, TO_BE_CONTINUED = 75 };

static volatile sig_atomic_t asked;

static void ask(int signal)
{
    asked = signal;
}

/* A whole number from 1 to `most`; 0 if the text is none. */
static unsigned long whole(const char *text, unsigned long most)
{
    char *end;

    errno = 0;
    unsigned long value = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;

    return errno == 0 && value > 0 && *end == '\0' && value <= most ? value : 0;
}

static int compute(struct store *store, double *plate, size_t side, uint64_t steps, uint64_t every)
{
    uint64_t step = store_restore(store);

    if (step)
        printf("goes on from step %" PRIu64 "\n", step);
    else
        heat_start(plate, side);
    if (step > steps) {
        fprintf(stderr, "checkpoint: the last checkpoint is of step %" PRIu64 ", behind step %" PRIu64 "\n", step, steps);
        return BAD_INPUT;
    }
    while (step < steps) {
        heat_step(plate, side, step++);
        /* In a domain nothing interrupts a computation: a signal's handler runs where the program lets it. */
        sched_yield();
        /* What is done is not asked to be done again. */
        bool last = asked && step < steps;

        if (step % every != 0 && !last)
            continue;
        long pages = store_checkpoint(store, step);

        if (pages < 0) {
            fprintf(stderr, "checkpoint: step %" PRIu64 " is not written: %s\n", step, strerror(errno));
            return NOT_WRITTEN;
        }
        printf("step %" PRIu64 ": wrote %ld of %zu pages\n", step, pages, store->size / PAGE);
        if (last) {
            printf("to be continued\n");
            return TO_BE_CONTINUED;
        }
    }
    printf("heat   %.17g\n", heat_total(plate, side, steps));
    printf("digest %016" PRIx64 "\n", heat_digest(plate, side, steps));
    return 0;
}

int main(int argc, char **argv)
{
    const char *folder = getenv("CHECKPOINTS");
    size_t side = argc > 1 ? whole(argv[1], 8192) : 512;
    uint64_t steps = argc > 2 ? whole(argv[2], 1000000) : 100, every = argc > 3 ? whole(argv[3], 1000000) : 10;

    if (argc > 4 || !side || side % 64 || !steps || !every) {
        fprintf(stderr, "usage: checkpoint [SIDE [STEPS [EVERY]]], SIDE a multiple of 64\n");
        return BAD_INPUT;
    }
    folder = folder && *folder ? folder : "/checkpoints";
    double *plate = written_reserve(heat_size(side));
    struct store store;

    if (!plate || !store_open(&store, folder, plate, heat_size(side))) {
        fprintf(stderr, "checkpoint: %s: %s\n", plate ? folder : "the plate", strerror(errno));
        return BAD_INPUT;
    }
    signal(SIGUSR1, ask);
    signal(SIGTERM, ask);
    int status = compute(&store, plate, side, steps, every);

    store_close(&store);
    return status;
}
