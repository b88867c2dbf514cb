/*
 * sched/ranked.c: what comes out, against the plain rule: least rank first, then first come.
 */
#include <lwd/sched.h>

#include "sched/ranked.c"

#include "verdict.h"

#define THREADS 300

static struct thread threads[THREADS];
static unsigned came[THREADS];
static bool is_in[THREADS];
static unsigned now;

static void put(unsigned i, uint64_t rank)
{
    threads[i].slot.rank = rank;
    came[i] = now++;
    is_in[i] = true;
    lwd_sched_ranked.enqueue(&threads[i]);
}

/* Which one it has to be; THREADS if there is none. */
static unsigned expected(void)
{
    unsigned best = THREADS;

    for (unsigned i = 0; i < THREADS; i++) {
        if (!is_in[i])
            continue;
        uint64_t rank = threads[i].slot.rank;

        if (best == THREADS || rank < threads[best].slot.rank ||
            (rank == threads[best].slot.rank && came[i] < came[best]))
            best = i;
    }
    return best;
}

static void check_pick(void)
{
    unsigned wanted = expected();
    struct thread *got = lwd_sched_ranked.pick();

    if (wanted == THREADS) {
        check(got == NULL);
        return;
    }
    check(got == &threads[wanted]);
    is_in[wanted] = false;
}

TEST(nothing_comes_out_of_nothing)
{
    check_pick();
}

TEST(the_least_rank_comes_first_whatever_the_order)
{
    uint64_t random = 88172645463325252u;

    for (unsigned step = 0; step < 20000; step++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        unsigned i = (unsigned)(random >> 33) % THREADS;

        if (!is_in[i] && random % 5 < 3)
            put(i, (random >> 8) % 40);
        else
            check_pick();
    }
    while (expected() != THREADS)
        check_pick();
    check_pick();
}
