/*
 * A raw disk, and transfers that go on while the program computes: lwd/block.h in a domain (disk_lwd.c), O_DIRECT and
 * threads on Linux (disk_linux.c). A disk that fails ends the program with status 2.
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __lwd__
#include <lwd/block.h>
#endif

/* All zeroes are one that is over. */
struct transfer {
    bool is_write;
    uint64_t offset;        /* and `size`: multiples of 4096 */
    size_t size;
    void *memory;
    bool is_under_way;      /* until it has been waited for */
#ifdef __lwd__
    struct lwd_block_request request;
    struct lwd_block_completions completions;
#else
    bool is_over;
    int error;
    struct transfer *next;
#endif
};

/* The only one. Gives its size in bytes. */
uint64_t disk_open(const char *name);

/* Memory for transfers, aligned; `is_busy`: of the little that is best for it, as long as there is some. */
void *disk_memory(size_t size, bool is_busy);

void transfer_start(struct transfer *transfer);

/* Returns when it is over. Does nothing for one that is. */
void transfer_wait(struct transfer *transfer);

/* What was written stays. */
void disk_flush(void);

/* Seconds that were spent in transfer_wait() until now. */
double disk_seconds_waited(void);

/* Says what is wrong and ends the program with status 2. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

double seconds_now(void);

#endif
