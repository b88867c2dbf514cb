/*
 * Requests that are done, and who waits for them.
 */
#include <stddef.h>

#include "drivers/blkfront.h"
#include "sched/wait.h"

_Static_assert(sizeof(struct lwd_block_waiters) == sizeof(struct wait_queue), "one is the other");

static struct wait_queue *waiters_of(struct lwd_block_completions *completions)
{
    struct wait_queue *waiters = (struct wait_queue *)&completions->waiters;

    /* Made of zeroes by a program that knows of no kinds. */
    waiters->kind = &wait_outside;
    return waiters;
}

void blk_expect(struct lwd_block_request *request)
{
    if (!request->done && request->completions)
        request->completions->due++;
}

void blk_complete(struct lwd_block_request *request)
{
    struct lwd_block_completions *completions = request->completions;

    if (request->done) {
        request->done(request);
        return;
    }
    if (!completions)
        return;
    request->next = NULL;
    if (completions->first)
        completions->last->next = request;
    else
        completions->first = request;
    completions->last = request;
    wait_wake_all(waiters_of(completions));
}

static struct lwd_block_request *take(struct lwd_block_completions *completions)
{
    struct lwd_block_request *request = completions->first;

    if (request) {
        completions->first = request->next;
        /* Others who wait would wait for ever. */
        if (--completions->due == 0)
            wait_wake_all(waiters_of(completions));
    }
    return request;
}

struct lwd_block_request *lwd_block_poll(struct lwd_block_completions *completions)
{
    thread_poll();
    return take(completions);
}

struct lwd_block_request *lwd_block_wait(struct lwd_block_completions *completions, uint64_t deadline)
{
    if (completions->due)
        wait_until(waiters_of(completions), completions->first || !completions->due, deadline);
    return take(completions);
}

int lwd_block_transfer(struct block_device *device, enum lwd_block_operation operation, uint64_t offset, void *buffer,
                       size_t size)
{
    struct lwd_block_completions completions = { .first = NULL };
    struct lwd_block_request request = {
        .operation = operation,
        .offset = offset,
        .buffer = buffer,
        .size = size,
        .completions = &completions,
    };
    struct lwd_block_request *const list[] = { &request };

    lwd_block_submit(device, list, 1);
    lwd_block_wait(&completions, UINT64_MAX);
    return request.error;
}
