/*
 * Pipes between threads: whoever waits gets what comes, once, and the end.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

#define READERS 3

static int ends[2];

static void *read_one(void *unused)
{
    char byte = 0;

    (void)unused;
    expect_equal(read(ends[0], &byte, 1), 1);
    return (void *)(long)byte;
}

static void *read_end(void *unused)
{
    char bytes[100];

    (void)unused;
    return (void *)(long)read(ends[0], bytes, sizeof bytes);
}

static void start(pthread_t threads[READERS], void *(*function)(void *))
{
    for (int i = 0; i < READERS; i++)
        expect_equal(pthread_create(&threads[i], NULL, function, NULL), 0);
    pause_ms(5);
}

TEST(each_reader_gets_a_byte)
{
    pthread_t threads[READERS];
    long sum = 0;

    expect_equal(pipe(ends), 0);
    start(threads, read_one);
    for (char byte = 1; byte <= READERS; byte++)
        expect_equal(write(ends[1], &byte, 1), 1);
    for (int i = 0; i < READERS; i++) {
        void *result;

        expect_equal(pthread_join(threads[i], &result), 0);
        sum += (long)result;
    }
    expect_equal(sum, 1 + 2 + 3);
    close(ends[0]);
    close(ends[1]);
}

TEST(readers_that_wait_get_the_end)
{
    pthread_t threads[READERS];

    expect_equal(pipe(ends), 0);
    start(threads, read_end);
    close(ends[1]);
    for (int i = 0; i < READERS; i++) {
        void *result = (void *)1;

        expect_equal(pthread_join(threads[i], &result), 0);
        expect_equal((long)result, 0);
    }
    close(ends[0]);
}

static void *echo(void *size)
{
    char bytes[5000];

    for (ssize_t done; (done = read(ends[0], bytes, (size_t)size)) > 0;)
        for (ssize_t i = 0; i < done; i++)
            if (bytes[i] != 'p')
                return "wrong";
    return NULL;
}

TEST(transfers_of_all_sizes)
{
    static char bytes[20000];

    memset(bytes, 'p', sizeof bytes);
    for (size_t size = 1; size <= 4097; size = size * 4 + 1) {
        pthread_t thread;
        void *result = NULL;

        expect_equal(pipe(ends), 0);
        expect_equal(pthread_create(&thread, NULL, echo, (void *)size), 0);
        for (size_t part = 1; part < sizeof bytes; part = part * 3 + 1)
            for (int i = 0; i < 20; i++)
                expect_equal(write(ends[1], bytes, part), (long)part);
        close(ends[1]);
        expect_equal(pthread_join(thread, &result), 0);
        expect(result == NULL);
        close(ends[0]);
    }
}
