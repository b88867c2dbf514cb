/*
 * lwd/block.h on a real disk: many requests of all kinds under way at a time, from all kinds of memory, against the model.
 */
#include <errno.h>
#include <fcntl.h>
#include <lwd/block.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "verdict.h"

#define DEPTH 48
#define REQUESTS 600
/* More than the ring has room for. */
#define MANY 400
/* No two requests that are under way are in the same one, so that the model knows what they leave. */
#define REGION 65536

static unsigned char memory[DEPTH][REGION + 1] __attribute__((aligned(4096)));
static unsigned char *kept[DEPTH];
static struct lwd_block_request requests[MANY];
static struct lwd_block_request *list[MANY];
static struct lwd_block_completions completions;

static struct block_device *open_disk(void)
{
    struct block_device *disk;

    check_equal(lwd_block_open("xvda", &disk), 0);
    return disk;
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

TEST(opened_by_name_and_by_descriptor)
{
    struct block_device *by_name, *by_path, *by_descriptor, *none;
    int disk = open(DISK, O_RDONLY), null = open("/dev/null", O_RDONLY);

    check(disk >= 0 && null >= 0);
    check_equal(lwd_block_open("xvda", &by_name), 0);
    check_equal(lwd_block_open("/dev/xvda", &by_path), 0);
    check_equal(lwd_block_of(disk, &by_descriptor), 0);
    check(by_name == by_path && by_name == by_descriptor);
    check_equal(close(disk), 0);
    check_equal(lwd_block_facts(by_descriptor)->size, DISK_SIZE);
    check_equal(lwd_block_facts(by_descriptor)->sector_size, 512);
    check_equal(lwd_block_transfer(by_descriptor, LWD_BLOCK_READ, 4096, memory[0], 4096), 0);
    check(memcmp(memory[0], model + 4096, 4096) == 0);
    lwd_block_close(by_name);
    lwd_block_close(by_path);
    lwd_block_close(by_descriptor);
    check_equal(lwd_block_of(null, &none), -ENODEV);
    check_equal(lwd_block_of(disk, &none), -EBADF);
    check_equal(lwd_block_open("xvdq", &none), -ENOENT);
    check_equal(lwd_block_open("/dev/null", &none), -ENOENT);
    check_equal(close(null), 0);
}

/* --- any mixture --- */

/* A request of slot `which` in a region of its own: kept memory, the program's, or an odd address of it. */
static void choose_request(unsigned which, unsigned region, bool may_write)
{
    size_t sectors = 1 + random_below(REGION / 512), at = random_below(REGION / 512 - sectors + 1);
    struct lwd_block_request *request = &requests[which];
    unsigned char *buffer = kept[which] && random_below(2) ? kept[which] : memory[which] + random_below(2);

    if (buffer == kept[which])
        sectors = 1 + random_below(16), at = random_below(REGION / 512 - sectors + 1);
    *request = (struct lwd_block_request){
        .operation = may_write && random_below(2) ? LWD_BLOCK_WRITE : LWD_BLOCK_READ,
        .priority = (int)random_below(3),
        .offset = (uint64_t)region * REGION + at * 512,
        .size = sectors * 512,
        .buffer = buffer,
        .completions = &completions,
    };
    if (request->operation != LWD_BLOCK_WRITE)
        return;
    fresh_bytes(buffer, request->size);
    memcpy(model + request->offset, buffer, request->size);
}

static void finish(struct lwd_block_request *request)
{
    check(request != NULL);
    check_equal(request->error, 0);
    if (request->operation == LWD_BLOCK_READ && memcmp(request->buffer, model + request->offset, request->size) != 0)
        fail("%zu bytes at %llu are wrong", request->size, (unsigned long long)request->offset);
}

/* Regions are as many as slots or more: slot i uses those that are i modulo DEPTH, one after the other. */
TEST(any_mixture_of_requests)
{
    struct block_device *disk = open_disk();
    unsigned submitted = 0, over = 0;

    for (unsigned i = 0; i < DEPTH; i += 2)
        check((kept[i] = lwd_block_allocate(disk, 8192)) != NULL);
    while (over < REQUESTS) {
        unsigned count = 0;

        if (submitted < DEPTH) {
            for (; submitted < DEPTH; submitted++, count++) {
                choose_request(submitted, submitted, true);
                list[count] = &requests[submitted];
            }
            lwd_block_submit(disk, list, count);
        }
        /* One is waited for, and what else has come is taken with it; all go on in one vector. */
        struct lwd_block_request *request = lwd_block_wait(&completions, UINT64_MAX);

        for (count = 0; request; request = lwd_block_poll(&completions)) {
            unsigned which = (unsigned)(request - requests);

            finish(request);
            over++;
            if (submitted == REQUESTS)
                continue;
            submitted++;
            choose_request(which, which + (DISK_SIZE / REGION - DEPTH > which && random_below(2) ? DEPTH : 0), true);
            list[count++] = &requests[which];
        }
        lwd_block_submit(disk, list, count);
    }
    check_equal(completions.due, 0);
    check(lwd_block_wait(&completions, UINT64_MAX) == NULL);
    for (unsigned i = 0; i < DEPTH; i++) {
        lwd_block_free(disk, kept[i]);
        kept[i] = NULL;
    }
    lwd_block_close(disk);
}

TEST(a_barrier_orders_writes)
{
    struct block_device *disk = open_disk();
    static unsigned char first[8192], second[8192] __attribute__((aligned(4096)));

    for (unsigned round = 0; round < 8; round++) {
        fresh_bytes(first, sizeof first);
        fresh_bytes(second, sizeof second);
        struct lwd_block_request all[] = {
            { .operation = LWD_BLOCK_WRITE, .size = sizeof first, .buffer = first, .completions = &completions },
            { .operation = LWD_BLOCK_BARRIER, .completions = &completions },
            { .operation = LWD_BLOCK_WRITE, .size = sizeof second, .buffer = second, .completions = &completions },
            { .operation = LWD_BLOCK_BARRIER, .completions = &completions },
            { .operation = LWD_BLOCK_READ, .priority = 1000, .size = sizeof second, .buffer = memory[0],
              .completions = &completions },
        };

        for (unsigned i = 0; i < 5; i++)
            list[i] = &all[i];
        lwd_block_submit(disk, list, 5);
        for (unsigned i = 0; i < 5; i++) {
            struct lwd_block_request *over = lwd_block_wait(&completions, UINT64_MAX);

            check(over == &all[i]);
            check_equal(over->error, 0);
        }
        check(memcmp(memory[0], second, sizeof second) == 0);
        memcpy(model, second, sizeof second);
    }
    lwd_block_close(disk);
}

TEST(what_has_not_begun_is_taken_back)
{
    struct block_device *disk = open_disk();
    unsigned cancelled = 0;

    for (unsigned i = 0; i < MANY; i++) {
        requests[i] = (struct lwd_block_request){
            .offset = i * 4096, .size = 4096, .buffer = memory[i % DEPTH], .completions = &completions,
        };
        list[i] = &requests[i];
    }
    lwd_block_submit(disk, list, MANY);
    for (unsigned i = 0; i < MANY; i++)
        cancelled += lwd_block_cancel(disk, &requests[MANY - 1 - i]);
    /* At least those that the ring has no room for. */
    check(cancelled >= MANY - 128 && cancelled < MANY);
    for (unsigned i = 0; i < MANY; i++) {
        struct lwd_block_request *request = lwd_block_wait(&completions, UINT64_MAX);

        cancelled -= request->error == -ECANCELED;
        check(request->error == 0 || request->error == -ECANCELED);
    }
    check_equal(cancelled, 0);
    lwd_block_close(disk);
}

static unsigned chained;

static void go_on(struct lwd_block_request *request)
{
    struct block_device *disk = request->argument;

    if (request->error || ++chained == 20)
        return;
    request->offset = chained * 512;
    lwd_block_submit(disk, (struct lwd_block_request *[]){ request }, 1);
}

TEST(callbacks_go_on_by_themselves)
{
    struct block_device *disk = open_disk();
    struct lwd_block_request request = { .size = 512, .buffer = memory[0], .done = go_on, .argument = disk };

    chained = 0;
    lwd_block_submit(disk, (struct lwd_block_request *[]){ &request }, 1);
    while (chained < 20 && !request.error)
        usleep(1000);
    check_equal(request.error, 0);
    check(memcmp(memory[0], model + 19 * 512, 512) == 0);
    lwd_block_close(disk);
}

static void *wait_for_some(void *count)
{
    struct lwd_block_request *request;

    while ((request = lwd_block_wait(&completions, UINT64_MAX))) {
        finish(request);
        ++*(unsigned *)count;
    }
    return NULL;
}

TEST(several_threads_wait_for_the_same_requests)
{
    struct block_device *disk = open_disk();
    unsigned counts[3] = { 0, 0, 0 };
    pthread_t threads[3];

    for (unsigned i = 0; i < DEPTH; i++) {
        choose_request(i, i, false);
        list[i] = &requests[i];
    }
    lwd_block_submit(disk, list, DEPTH);
    for (unsigned i = 0; i < 3; i++)
        check_equal(pthread_create(&threads[i], NULL, wait_for_some, &counts[i]), 0);
    for (unsigned i = 0; i < 3; i++)
        check_equal(pthread_join(threads[i], NULL), 0);
    check_equal(counts[0] + counts[1] + counts[2], DEPTH);
    check_equal(completions.due, 0);
    lwd_block_close(disk);
}

TEST(waiting_has_an_end)
{
    struct block_device *disk = open_disk();
    struct lwd_block_request request = { .size = 512, .buffer = memory[0], .completions = &completions };
    uint64_t began = now();

    check(lwd_block_wait(&completions, UINT64_MAX) == NULL);
    lwd_block_submit(disk, (struct lwd_block_request *[]){ &request }, 1);
    while (lwd_block_wait(&completions, now() + 1000) == NULL)
        check(now() - began < 60000000000);
    check_equal(request.error, 0);
    lwd_block_close(disk);
}

TEST(a_read_only_disk_is_not_written)
{
    struct block_device *disk;

    check_equal(lwd_block_open(READONLY_DISK, &disk), 0);
    check(lwd_block_facts(disk)->readonly);
    check_equal(lwd_block_transfer(disk, LWD_BLOCK_WRITE, 0, memory[0], 512), -EROFS);
    check_equal(lwd_block_transfer(disk, LWD_BLOCK_DISCARD, 0, NULL, 512), -EROFS);
    check_equal(lwd_block_transfer(disk, LWD_BLOCK_READ, 512, memory[0], 512), 0);
    for (unsigned i = 0; i < 512; i++)
        check_equal(memory[0][i], pattern_byte(512 + i));
    lwd_block_close(disk);
}

TEST(wrong_ranges_are_refused)
{
    struct block_device *disk = open_disk();

    check_equal(lwd_block_transfer(disk, LWD_BLOCK_READ, 0, memory[0], 100), -EINVAL);
    check_equal(lwd_block_transfer(disk, LWD_BLOCK_READ, 100, memory[0], 512), -EINVAL);
    check_equal(lwd_block_transfer(disk, LWD_BLOCK_READ, DISK_SIZE - 512, memory[0], 1024), -EINVAL);
    check_equal(lwd_block_transfer(disk, LWD_BLOCK_READ, UINT64_MAX - 511, memory[0], 1024), -EINVAL);
    check_equal(lwd_block_transfer(disk, LWD_BLOCK_FLUSH, 0, NULL, 512), -EINVAL);
    check_equal(lwd_block_transfer(disk, LWD_BLOCK_READ, DISK_SIZE, memory[0], 0), 0);
    check(lwd_block_allocate(disk, 0) == NULL);
    check(lwd_block_allocate(disk, 64 << 20) == NULL);
    lwd_block_close(disk);
}
