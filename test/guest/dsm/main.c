/*
 * lwd/dsm.h: ranks that are threads of one domain and meet over its loopback, each with a range of its own. What they see
 * is compared with a plain array that stands for the memory they share.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <netinet/in.h>

#include <lwd/dsm.h>
#include <lwd/memory.h>

#include "verdict.h"

#define PAGES 40
#define WORDS (LWD_MEMORY_PAGE / sizeof(uint32_t))
#define MOST 4

struct rank {
    unsigned rank, ranks;
    uint16_t port;
    struct lwd_dsm *dsm;
    uint32_t *words;
    void (*body)(struct rank *rank);
    int error;
};

static void *run(void *argument)
{
    struct rank *rank = argument;
    struct lwd_dsm_options options = { .rank = rank->rank, .ranks = rank->ranks, .coordinator = "127.0.0.1",
                                       .port = rank->port, .size = PAGES * LWD_MEMORY_PAGE };

    rank->error = lwd_dsm_open(&options, &rank->dsm);
    if (rank->error)
        return NULL;
    rank->words = lwd_dsm_range(rank->dsm);
    rank->body(rank);
    rank->error = lwd_dsm_close(rank->dsm);
    return NULL;
}

/* Runs `body` in so many ranks, each on a port range of its own. */
static void with_ranks(unsigned count, void (*body)(struct rank *rank))
{
    static uint16_t port = 7000;
    static struct rank ranks[MOST];
    pthread_t threads[MOST];

    for (unsigned i = 0; i < count; i++) {
        ranks[i] = (struct rank){ .rank = i, .ranks = count, .port = port, .body = body };
        check_equal(pthread_create(&threads[i], NULL, run, &ranks[i]), 0);
    }
    for (unsigned i = 0; i < count; i++)
        check_equal(pthread_join(threads[i], NULL), 0);
    for (unsigned i = 0; i < count; i++)
        check_equal(ranks[i].error, 0);
    port += MOST;
}

static void barrier(struct rank *rank)
{
    check_equal(lwd_dsm_barrier(rank->dsm), 0);
}

/* --- --- */

static void write_own_read_all(struct rank *rank)
{
    for (size_t page = rank->rank; page < PAGES; page += rank->ranks)
        for (size_t word = 0; word < WORDS; word++)
            rank->words[page * WORDS + word] = (uint32_t)(page * 1000 + word + 1);
    barrier(rank);
    for (size_t at = 0; at < PAGES * WORDS; at++)
        check_equal(rank->words[at], at / WORDS * 1000 + at % WORDS + 1);
}

TEST(what_each_wrote_all_see_after_a_barrier)
{
    with_ranks(1, write_own_read_all);
    with_ranks(2, write_own_read_all);
    with_ranks(3, write_own_read_all);
}

TEST(what_ranks_took_they_give_back)
{
    /* Once more, now that page tables and the C library have what they keep. */
    with_ranks(3, write_own_read_all);
    size_t before = lwd_memory_free();

    with_ranks(3, write_own_read_all);
    check(lwd_memory_free() + 8 * LWD_MEMORY_PAGE >= before);
}

static void share_pages(struct rank *rank)
{
    for (int round = 0; round < 5; round++) {
        for (size_t at = rank->rank; at < PAGES * WORDS; at += 7 * rank->ranks)
            rank->words[at] += rank->rank + 1;
        barrier(rank);
        for (size_t at = 0; at < PAGES * WORDS; at++) {
            uint32_t writer = (uint32_t)(at % (7 * rank->ranks));

            if (rank->words[at] != (writer < rank->ranks ? (uint32_t)(round + 1) * (writer + 1) : 0))
                fail("rank %u, round %d: word %lu is %u", rank->rank, round, (unsigned long)at, (unsigned)rank->words[at]);
        }
        barrier(rank);
    }
}

TEST(several_write_one_page_between_two_barriers)
{
    with_ranks(3, share_pages);
}

/* The same choices in every rank, from one seed each round. */
static uint32_t model[PAGES * WORDS];

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void follow_model(struct rank *rank)
{
    uint32_t state = 12345;

    for (int round = 0; round < 30; round++) {
        for (int change = 0; change < 200; change++) {
            uint32_t writer = next_random(&state) % rank->ranks, at = next_random(&state) % (PAGES * WORDS);
            uint32_t value = next_random(&state);

            /* A word has one writer a round. */
            if (at % rank->ranks == writer && writer == rank->rank) {
                rank->words[at] = value;
                model[at] = value;
            }
        }
        barrier(rank);
        for (int look = 0; look < 100; look++) {
            size_t at = next_random(&state) % (PAGES * WORDS);

            if (rank->words[at] != model[at])
                fail("rank %u, round %d: word %lu is %u, not %u", rank->rank, round, (unsigned long)at,
                     (unsigned)rank->words[at], (unsigned)model[at]);
        }
        barrier(rank);
    }
    for (size_t at = 0; at < PAGES * WORDS; at++)
        check_equal(rank->words[at], model[at]);
}

TEST(any_writes_are_those_of_one_memory)
{
    memset(model, 0, sizeof model);
    with_ranks(4, follow_model);
}

static void count_up(struct rank *rank)
{
    for (int i = 0; i < 20; i++) {
        check_equal(lwd_dsm_lock(rank->dsm, 3), 0);
        rank->words[5 * WORDS]++;
        /* On another page, and written by the same hands. */
        rank->words[30 * WORDS + 7] += 2;
        check_equal(lwd_dsm_unlock(rank->dsm, 3), 0);
    }
    barrier(rank);
    check_equal(rank->words[5 * WORDS], 20 * rank->ranks);
    check_equal(rank->words[30 * WORDS + 7], 40 * rank->ranks);
    check_equal(lwd_dsm_lock(rank->dsm, LWD_DSM_LOCKS), -EINVAL);
}

TEST(a_lock_carries_what_was_written_under_it)
{
    with_ranks(3, count_up);
}

/* The coordinator's own rank is told the same as any other, and the memory goes on. */
static void misuse_locks(struct rank *rank)
{
    barrier(rank);
    check_equal(lwd_dsm_unlock(rank->dsm, 2), -EPERM);
    check_equal(lwd_dsm_unlock(rank->dsm, LWD_DSM_LOCKS), -EINVAL);
    check_equal(lwd_dsm_lock(rank->dsm, LWD_DSM_LOCKS - 1), 0);
    check_equal(lwd_dsm_lock(rank->dsm, LWD_DSM_LOCKS - 1), -EDEADLK);
    rank->words[0]++;
    check_equal(lwd_dsm_unlock(rank->dsm, LWD_DSM_LOCKS - 1), 0);
    check_equal(lwd_dsm_unlock(rank->dsm, LWD_DSM_LOCKS - 1), -EPERM);
    barrier(rank);
    check_equal(rank->words[0], rank->ranks);
}

TEST(a_lock_is_given_back_by_who_has_it)
{
    with_ranks(2, misuse_locks);
}

static void own_pages(struct rank *rank)
{
    struct lwd_dsm_counts counts;

    check_equal(lwd_dsm_set_home(rank->dsm, rank->words, PAGES * LWD_MEMORY_PAGE, 1), 0);
    check_equal(lwd_dsm_set_home(rank->dsm, rank->words, PAGES * LWD_MEMORY_PAGE, 2), -EINVAL);
    check_equal(lwd_dsm_set_home(rank->dsm, (char *)rank->words + 1, LWD_MEMORY_PAGE, 1), -EINVAL);
    for (int round = 0; round < 3; round++) {
        for (size_t page = 0; page < PAGES && rank->rank == 1; page++)
            rank->words[page * WORDS] = (uint32_t)(round + page);
        barrier(rank);
        check_equal(rank->words[7 * WORDS], round + 7);
        check_equal(rank->words[8 * WORDS], round + 8);
        barrier(rank);
    }
    counts = lwd_dsm_count(rank->dsm);
    /* The writer is at home. The reader waits for its pages once; then each barrier foresees them. */
    check_equal(counts.diffs, 0);
    check_equal(counts.pages_touched, rank->rank == 0 ? 2 : 0);
    check_equal(counts.pages_foreseen, rank->rank == 0 ? 4 : 0);
}

TEST(pages_at_home_send_nothing_and_used_ones_are_foreseen)
{
    with_ranks(2, own_pages);
}

/* --- those who are none of ours --- */

static void *talk_nonsense(void *argument)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(*(uint16_t *)argument),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int stranger = socket(AF_INET, SOCK_STREAM, 0);
    char bytes[300];

    memset(bytes, 0xff, sizeof bytes);
    for (int i = 0; i < 100 && connect(stranger, (struct sockaddr *)&to, sizeof to); i++) {
        close(stranger);
        stranger = socket(AF_INET, SOCK_STREAM, 0);
        usleep(10000);
    }
    send(stranger, bytes, sizeof bytes, 0);
    /* Until it is sent away. */
    recv(stranger, bytes, sizeof bytes, 0);
    close(stranger);
    return NULL;
}

TEST(a_stranger_is_sent_away)
{
    struct rank ranks[2];
    pthread_t threads[2], stranger;
    uint16_t port = 9000;

    for (unsigned i = 0; i < 2; i++)
        ranks[i] = (struct rank){ .rank = i, .ranks = 2, .port = port, .body = write_own_read_all };
    check_equal(pthread_create(&threads[0], NULL, run, &ranks[0]), 0);
    check_equal(pthread_create(&stranger, NULL, talk_nonsense, &port), 0);
    check_equal(pthread_join(stranger, NULL), 0);
    check_equal(pthread_create(&threads[1], NULL, run, &ranks[1]), 0);
    for (unsigned i = 0; i < 2; i++) {
        check_equal(pthread_join(threads[i], NULL), 0);
        check_equal(ranks[i].error, 0);
    }
}

TEST(ranks_that_do_not_come_are_not_waited_for_for_ever)
{
    struct lwd_dsm_options options = { .rank = 0, .ranks = 2, .port = 9100, .size = LWD_MEMORY_PAGE, .patience = 1 };
    struct lwd_dsm *dsm;

    check_equal(lwd_dsm_open(&options, &dsm), -ETIMEDOUT);
    options = (struct lwd_dsm_options){ .rank = 1, .ranks = 2, .coordinator = "127.0.0.1", .port = 9200,
                                        .size = LWD_MEMORY_PAGE, .patience = 1 };
    check(lwd_dsm_open(&options, &dsm) < 0);
    options.size = 100;
    check_equal(lwd_dsm_open(&options, &dsm), -EINVAL);
    options = (struct lwd_dsm_options){ .rank = 2, .ranks = 2, .port = 9200, .size = LWD_MEMORY_PAGE };
    check_equal(lwd_dsm_open(&options, &dsm), -EINVAL);
}

/* --- one that never reads --- */

/* Frames as hpc/dsm_codec.h has them. */
enum { HELLO = 1, GET = 6, ENTER = 9, READY = 11 };

struct frame {
    uint32_t size, type;
    uint64_t argument;
};

/* Is rank 1 of 2, asks for more than a connection holds, is at the last barrier, and takes nothing of it. */
static void *never_read(void *argument)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9300), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct { struct frame head; uint64_t magic; uint32_t rank, ranks; uint64_t size; } hello = {
        { 24, HELLO, 0 }, 0x31304d5344445746, 1, 2, PAGES * LWD_MEMORY_PAGE };
    struct frame enter = { 0, ENTER, 0 }, ready = { 0, READY, 0 };
    int peer = socket(AF_INET, SOCK_STREAM, 0);

    while (connect(peer, (struct sockaddr *)&to, sizeof to))
        usleep(10000);
    send(peer, &hello, sizeof hello, 0);
    /* Once the first page is there. */
    pthread_mutex_lock(argument);
    for (int i = 0; i < 500; i++) {
        struct frame get = { 0, GET, 0 };

        send(peer, &get, sizeof get, 0);
    }
    send(peer, &enter, sizeof enter, 0);
    send(peer, &ready, sizeof ready, 0);
    pthread_mutex_unlock(argument);
    /* Until rank 0 is gone. */
    pthread_mutex_lock((pthread_mutex_t *)argument + 1);
    close(peer);
    return NULL;
}

TEST(one_that_never_reads_is_not_waited_for_for_ever)
{
    static pthread_mutex_t mutexes[2] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };
    struct lwd_dsm_options options = { .rank = 0, .ranks = 2, .port = 9300, .size = PAGES * LWD_MEMORY_PAGE, .patience = 2 };
    struct lwd_dsm *dsm;
    pthread_t peer;

    pthread_mutex_lock(&mutexes[0]);
    pthread_mutex_lock(&mutexes[1]);
    check_equal(pthread_create(&peer, NULL, never_read, mutexes), 0);
    check_equal(lwd_dsm_open(&options, &dsm), 0);
    memset(lwd_dsm_range(dsm), 0x5a, LWD_MEMORY_PAGE);
    pthread_mutex_unlock(&mutexes[0]);
    check_equal(lwd_dsm_close(dsm), -ETIMEDOUT);
    pthread_mutex_unlock(&mutexes[1]);
    check_equal(pthread_join(peer, NULL), 0);
}

int main(void)
{
    return test_run_all();
}
