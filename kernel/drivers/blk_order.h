/*
 * The order in which requests begin: by priority, those of the same one as they came, and never past a barrier. Pure; also
 * runs on the host.
 */
#ifndef LWD_DRIVERS_BLK_ORDER_H
#define LWD_DRIVERS_BLK_ORDER_H

#include <lwd/block.h>

struct blk_order {
    struct lwd_block_request *first, *last;
};

/* Whoever has begun stays in front: a request that is cut into pieces is carried out as one. */
static inline bool blk_order_passes(const struct lwd_block_request *request, const struct lwd_block_request *other)
{
    return request->operation != LWD_BLOCK_BARRIER && other->operation != LWD_BLOCK_BARRIER && other->started == 0 &&
           request->priority > other->priority;
}

static inline void blk_order_add(struct blk_order *order, struct lwd_block_request *request)
{
    struct lwd_block_request *before = order->last;

    while (before && blk_order_passes(request, before))
        before = before->previous;
    request->previous = before;
    request->next = before ? before->next : order->first;
    if (before)
        before->next = request;
    else
        order->first = request;
    if (request->next)
        request->next->previous = request;
    else
        order->last = request;
    request->is_waiting = true;
}

static inline void blk_order_remove(struct blk_order *order, struct lwd_block_request *request)
{
    if (request->previous)
        request->previous->next = request->next;
    else
        order->first = request->next;
    if (request->next)
        request->next->previous = request->previous;
    else
        order->last = request->previous;
    request->is_waiting = false;
}

#endif
