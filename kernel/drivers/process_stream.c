/*
 * The domain's end of the process channel's stream.
 */
#include "drivers/process_stream.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "drivers/process_channel.h"
#include "mm/frame.h"
#include "xen/gnttab.h"

#define DOM0 0
#define STREAM_FRAMES (2 * PROCESS_STREAM_PAGES)
#define STREAM_ORDER 3

_Static_assert(1 << STREAM_ORDER == STREAM_FRAMES, "a block is what both rings are");

static struct process_ring outward, inward;
static bool broken;             /* dom0 has told a lie */

/* Null: it is over. */
static struct process_page *shared(void)
{
    return broken ? NULL : process_channel_page();
}

/* --- the beginning --- */

static void take_back(const grant_ref_t *references, unsigned count, pfn_t first)
{
    while (count > 0)
        gnttab_end(references[--count]);
    for (unsigned i = 0; i < STREAM_FRAMES; i++)
        frame_free(first + i);
}

bool process_stream_open(void)
{
    struct process_page *page = process_channel_page();
    pfn_t first = page ? frame_alloc_block(STREAM_ORDER) : NO_FRAME;
    grant_ref_t references[STREAM_FRAMES];

    if (first == NO_FRAME)
        return false;
    char *bytes = frame_address(first);

    memset(bytes, 0, STREAM_FRAMES * (size_t)PAGE_SIZE);
    for (unsigned i = 0; i < STREAM_FRAMES; i++) {
        int reference = gnttab_grant(DOM0, first + i, false);

        if (reference < 0) {
            take_back(references, i, first);
            return false;
        }
        references[i] = (grant_ref_t)reference;
    }
    memcpy(page->references + PROCESS_OUTPUT_PAGES + PROCESS_INPUT_PAGES, references, sizeof references);
    page->stream_output_pages = page->stream_input_pages = PROCESS_STREAM_PAGES;
    outward = (struct process_ring){ bytes, PROCESS_STREAM_PAGES * PAGE_SIZE, 0, &page->stream_producer,
                                    &page->stream_consumer };
    inward = (struct process_ring){ bytes + outward.size, outward.size, 0, &page->stream_reader, &page->stream_writer };
    release_fence();
    WRITE_ONCE(page->domain_flags, page->domain_flags | PROCESS_STREAM);
    process_channel_notify();
    return true;
}

/* --- both ways --- */

static bool has_flag(uint32_t flag)
{
    struct process_page *page = shared();
    bool has = !page || READ_ONCE(page->attendant_flags) & flag;

    /* What came before the end is there when the end is. */
    acquire_fence();
    return has;
}

/* What a ring says of itself; 0 if that cannot be, and the stream is over. */
static size_t believe(size_t size)
{
    if (size != RING_BROKEN)
        return size;
    broken = true;
    return 0;
}

bool process_stream_is_over(void)
{
    return has_flag(PROCESS_STREAM_GONE) && has_flag(PROCESS_STREAM_INPUT_ENDS);
}

/* Waits for `condition`, or until the thread is to do something else: false then. */
#define wait_for_dom0(condition)                                                                                    \
    ({                                                                                                              \
        bool holds_;                                                                                                \
                                                                                                                    \
        while (!(holds_ = wait_until_or(&process_channel_changed, condition, wait_is_cancelled(),                   \
                                        process_channel_next_look())) && !wait_is_cancelled())                      \
            process_channel_is_lost();                                                                              \
        holds_;                                                                                                     \
    })

/* --- out --- */

static size_t room(void)
{
    return shared() ? believe(process_ring_room(&outward)) : 0;
}

/* Asks to be told if there is not so much room. */
static bool has_room(size_t wanted)
{
    if (has_flag(PROCESS_STREAM_GONE) || room() >= wanted)
        return true;
    process_ring_want(&outward, outward.index + (uint32_t)wanted - outward.size);
    return room() >= wanted || !shared();
}

bool process_stream_can_write(void)
{
    return has_room(1);
}

long process_stream_write(const void *data, size_t count, bool less_may_be)
{
    size_t done = 0;

    while (done < count) {
        /* What a program writes at once, if it is not much, comes at once. */
        size_t wanted = MIN(count - done, outward.size / 4);

        if (!less_may_be && !wait_for_dom0(has_room(wanted)))
            return done ? (long)done : -EINTR;
        if (has_flag(PROCESS_STREAM_GONE))
            return done ? (long)done : -EPIPE;
        size_t part = MIN(count - done, room());

        if (part == 0)
            return done ? (long)done : less_may_be ? -EAGAIN : -EPIPE;
        ring_put(outward.bytes, outward.size, outward.index, (const char *)data + done, part);
        if (process_ring_advance(&outward, (uint32_t)part))
            process_channel_notify();
        done += part;
    }
    return (long)done;
}

/* --- in --- */

size_t process_stream_size(void)
{
    return shared() ? believe(process_ring_filled(&inward)) : 0;
}

bool process_stream_can_read(void)
{
    bool ends = has_flag(PROCESS_STREAM_INPUT_ENDS);

    if (shared())
        process_ring_want(&inward, inward.index + 1);
    return process_stream_size() || ends || !shared();
}

long process_stream_read(void *data, size_t count)
{
    if (count == 0)
        return 0;
    if (!wait_for_dom0(process_stream_can_read()))
        return -EINTR;
    size_t part = MIN(count, process_stream_size());

    if (part == 0)
        return 0;
    ring_get(inward.bytes, inward.size, inward.index, data, part);
    if (process_ring_advance(&inward, (uint32_t)part))
        process_channel_notify();
    return (long)part;
}

/* --- the end --- */

void process_stream_close(void)
{
    struct process_page *page = shared();

    broken = true;
    if (!page)
        return;
    WRITE_ONCE(page->domain_flags, page->domain_flags | PROCESS_STREAM_ENDS);
    process_channel_notify();
}
