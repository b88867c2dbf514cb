/*
 * Byte rings shared with somebody who may lie: two free-running indexes over a power-of-two buffer. What the other side
 * says is checked before it is used; a ring whose indexes cannot be true is broken and carries nothing any more.
 */
#ifndef LWD_CORE_RING_H
#define LWD_CORE_RING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/bits.h"

#define RING_BROKEN SIZE_MAX

/* Bytes that can be read, or RING_BROKEN. `producer` is the other side's. */
static inline size_t ring_filled(uint32_t producer, uint32_t consumer, size_t size)
{
    uint32_t filled = producer - consumer;

    return filled <= size ? filled : RING_BROKEN;
}

/* Bytes that can be written, or RING_BROKEN. `consumer` is the other side's. */
static inline size_t ring_room(uint32_t producer, uint32_t consumer, size_t size)
{
    size_t filled = ring_filled(producer, consumer, size);

    return filled == RING_BROKEN ? RING_BROKEN : size - filled;
}

/* Copies `count` bytes, no more than there is room for, to where `producer` is. The caller then publishes the index. */
static inline void ring_put(char *ring, size_t size, uint32_t producer, const void *data, size_t count)
{
    size_t at = producer & (size - 1);
    size_t first = MIN(count, size - at);

    memcpy(ring + at, data, first);
    memcpy(ring, (const char *)data + first, count - first);
}

/* Copies `count` bytes, no more than are filled, from where `consumer` is. The caller then publishes the index. */
static inline void ring_get(const char *ring, size_t size, uint32_t consumer, void *data, size_t count)
{
    size_t at = consumer & (size - 1);
    size_t first = MIN(count, size - at);

    memcpy(data, ring + at, first);
    memcpy((char *)data + first, ring, count - first);
}

#endif
