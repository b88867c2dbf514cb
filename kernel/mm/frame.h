/*
 * The domain's memory, frame by frame. All of it is used, but a frame enters the direct map only when it is first
 * needed, 2 MiB at a time, so that the time to boot does not depend on the size of the domain.
 */
#ifndef LWD_MM_FRAME_H
#define LWD_MM_FRAME_H

#include "arch/x86_64/platform.h"
#include "mm/buddy.h"

/* Takes over from the domain builder: everything that it did not use becomes free. */
void frame_init(void);

/* One frame with any contents, or NO_FRAME. Its memory is at frame_address(). */
pfn_t frame_alloc(void);

/* Fills `frames` with `count` frames, in blocks as large as there are. Returns false, and takes none, if there are too few. */
bool frame_alloc_many(pfn_t *frames, size_t count);

/* A block of 2^order frames, aligned to its size, or NO_FRAME. */
pfn_t frame_alloc_block(unsigned order);

void frame_free(pfn_t frame);
void frame_free_block(pfn_t frame, unsigned order);

/*
 * A frame that several page tables show, or a table that several places use, has a reference for each. It is allocated with
 * one; the last that is dropped frees it.
 */
static inline struct frame *frame_state(pfn_t frame)
{
    return (struct frame *)FRAME_TABLE_BASE + frame;
}

static inline bool frame_is_shared(pfn_t frame)
{
    return frame_state(frame)->references > 1;
}

static inline void frame_share(pfn_t frame)
{
    frame_state(frame)->references++;
}

static inline void frame_drop(pfn_t frame)
{
    if (frame_is_shared(frame))
        frame_state(frame)->references--;
    else
        frame_free(frame);
}

/* Has the allocator join what it keeps apart for who wants single frames. False if there is none of that. */
bool frame_give_up_recent(void);

/* Frames that could be allocated now, those not yet in the direct map among them. */
pfn_t frame_count_free(void);

/*
 * For mm/reservation.c: the frames below the frontier are in the direct map and have a struct frame; those from there up to
 * the end have memory, in which nothing ever was; those from the end on have none.
 */
pfn_t frame_frontier(void);
pfn_t frame_end(void);

/* Moves the end, not to below the frontier. */
void frame_set_end(pfn_t end);

#endif
