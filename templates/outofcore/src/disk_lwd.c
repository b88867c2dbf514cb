/* The disk in a domain: requests from the program's pages into the backend's ring, and no thread but the program's. */
#ifdef __lwd__

#include "disk.h"

#include <stdlib.h>
#include <string.h>

static struct block_device *disk;
static double waited;

uint64_t disk_open(const char *name)
{
    int error = lwd_block_open(name, &disk);

    if (error)
        give_up("%s: %s", name, strerror(-error));
    if (lwd_block_facts(disk)->readonly)
        give_up("%s: it is read-only", name);
    return lwd_block_facts(disk)->size;
}

void *disk_memory(size_t size, bool is_busy)
{
    void *memory = is_busy ? lwd_block_allocate(disk, size) : NULL;

    if (!memory)
        memory = aligned_alloc(4096, size);
    if (!memory)
        give_up("no memory for %zu KiB more", size / 1024);
    return memory;
}

void transfer_start(struct transfer *transfer)
{
    struct lwd_block_request *const requests[] = { &transfer->request };

    transfer->request = (struct lwd_block_request){
        .operation = transfer->is_write ? LWD_BLOCK_WRITE : LWD_BLOCK_READ,
        /* Somebody will wait for what is read before anybody does for what is written. */
        .priority = !transfer->is_write,
        .offset = transfer->offset,
        .size = transfer->size,
        .buffer = transfer->memory,
        .completions = &transfer->completions,
    };
    transfer->is_under_way = true;
    lwd_block_submit(disk, requests, 1);
}

void transfer_wait(struct transfer *transfer)
{
    if (!transfer->is_under_way)
        return;
    double began = seconds_now();

    lwd_block_wait(&transfer->completions, UINT64_MAX);
    waited += seconds_now() - began;
    transfer->is_under_way = false;
    if (transfer->request.error)
        give_up("the disk fails: %s", strerror(-transfer->request.error));
}

void disk_flush(void)
{
    int error = lwd_block_transfer(disk, LWD_BLOCK_FLUSH, 0, NULL, 0);

    if (error)
        give_up("the disk fails: %s", strerror(-error));
}

double disk_seconds_waited(void)
{
    return waited;
}

#endif
