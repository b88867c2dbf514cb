/* The disk on Linux, or a file on one: past the page cache, by threads that each have a transfer under way. */
#ifndef __lwd__
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 4

static int disk;
static double waited;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t begun = PTHREAD_COND_INITIALIZER, over = PTHREAD_COND_INITIALIZER;
/* In the order of their start. */
static struct transfer *first, **last = &first;

static int carry_out(const struct transfer *transfer)
{
    size_t done = 0;

    while (done < transfer->size) {
        char *at = (char *)transfer->memory + done;
        size_t left = transfer->size - done;
        off_t offset = (off_t)(transfer->offset + done);
        ssize_t moved = transfer->is_write ? pwrite(disk, at, left, offset) : pread(disk, at, left, offset);

        if (moved <= 0)
            return moved < 0 ? errno : EIO;
        done += (size_t)moved;
    }
    return 0;
}

static void *work(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!first)
            pthread_cond_wait(&begun, &lock);
        struct transfer *transfer = first;

        first = transfer->next;
        if (!first)
            last = &first;
        pthread_mutex_unlock(&lock);
        int error = carry_out(transfer);

        pthread_mutex_lock(&lock);
        transfer->error = error;
        transfer->is_over = true;
        pthread_cond_broadcast(&over);
    }
    return NULL;
}

uint64_t disk_open(const char *name)
{
    disk = open(name, O_RDWR | O_DIRECT);
    off_t size = disk < 0 ? -1 : lseek(disk, 0, SEEK_END);

    if (size < 0)
        give_up("%s: %s", name, strerror(errno));
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, work, NULL);

        if (error)
            give_up("no thread for the disk: %s", strerror(error));
    }
    return (uint64_t)size;
}

void *disk_memory(size_t size, bool is_busy)
{
    void *memory = aligned_alloc(4096, size);

    (void)is_busy;
    if (!memory)
        give_up("no memory for %zu KiB more", size / 1024);
    return memory;
}

void transfer_start(struct transfer *transfer)
{
    transfer->is_under_way = true;
    transfer->is_over = false;
    transfer->next = NULL;
    pthread_mutex_lock(&lock);
    *last = transfer;
    last = &transfer->next;
    pthread_cond_signal(&begun);
    pthread_mutex_unlock(&lock);
}

void transfer_wait(struct transfer *transfer)
{
    if (!transfer->is_under_way)
        return;
    double began = seconds_now();

    pthread_mutex_lock(&lock);
    while (!transfer->is_over)
        pthread_cond_wait(&over, &lock);
    pthread_mutex_unlock(&lock);
    waited += seconds_now() - began;
    transfer->is_under_way = false;
    if (transfer->error)
        give_up("the disk fails: %s", strerror(transfer->error));
}

void disk_flush(void)
{
    if (fdatasync(disk) != 0)
        give_up("the disk fails: %s", strerror(errno));
}

double disk_seconds_waited(void)
{
    return waited;
}

#endif
