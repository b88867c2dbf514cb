/*
 * What goes between this program and lwd, over one pipe each way: frames of a header (32 bits, the kind in the highest eight,
 * the size in the others) and so many bytes. The records of the domain's output are such frames already. What one side sends
 * the other has room for: output waits in `outbox` for a reader that may be slow, input is sent as far as it was asked for.
 * Pure: also runs on the host.
 */
#ifndef LWD_PROCESS_CHANNEL_FRAMES_H
#define LWD_PROCESS_CHANNEL_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/process_ring.h"

enum frame_kind {
    /* To lwd: the domain's records, the console's text, and */
    FRAME_STDOUT = PROCESS_STDOUT,
    FRAME_STDERR = PROCESS_STDERR,
    FRAME_CONSOLE = 3,
    FRAME_CREDIT = 4,           /* 32 bits: so many more bytes of input may be sent */
    FRAME_END = 5,              /* nothing comes after it */
    FRAME_STREAM = 6,           /* the stream's: what the domain has written; */
    FRAME_STREAM_CREDIT = 7,    /* as FRAME_CREDIT, and with the first lwd knows that there is one; */
    FRAME_STREAM_ENDS = 8,      /* the domain has closed it */
    /* From lwd. */
    FRAME_INPUT = 16,
    FRAME_INPUT_ENDS = 17,
    FRAME_SIGNAL = 18,          /* a byte: an enum process_signal */
    FRAME_WORDS = 19,           /* a line for the script */
    FRAME_STREAM_INPUT = 20,
    FRAME_STREAM_INPUT_ENDS = 21,
    FRAME_STREAM_ROOM = 22,     /* 32 bits: lwd takes so many more bytes of it */
    FRAME_STREAM_GONE = 23,     /* lwd can take none any more */
};

#define FRAME_HEADER 4u
/* The longest payload from lwd. */
#define FRAME_MAX 32768u

/* --- to lwd --- */

/* Of it, what the domain fills while it runs, and what can be had at its end besides. */
#define OUTBOX_USUAL (128u << 10)
#define OUTBOX_SIZE (OUTBOX_USUAL + 2 * (PROCESS_PAGES_MAX << 12) + (64u << 10))

struct outbox {
    size_t begin, end;          /* whole frames */
    size_t sent;                /* bytes of the first that have gone */
    uint8_t bytes[OUTBOX_SIZE];
};

static inline size_t outbox_filled(const struct outbox *box)
{
    return box->end - box->begin;
}

/* Where a frame of up to `size` bytes, header and all, can be put, for outbox_add(); null if there is no room. */
uint8_t *outbox_place(struct outbox *box, size_t size);
void outbox_add(struct outbox *box, size_t size);

/* Puts a frame. False if there is no room. */
bool outbox_put(struct outbox *box, enum frame_kind kind, const void *data, uint32_t count);

/* What is to be written next: its size, 0 if there is nothing. And notes that so many bytes of it have gone. */
size_t outbox_next(const struct outbox *box, const uint8_t **data);
void outbox_gone(struct outbox *box, size_t count);

/* Takes the first frame, whole, though some of it may have gone. False if there is none. `data` is valid until the next call. */
bool outbox_take(struct outbox *box, enum frame_kind *kind, const uint8_t **data, uint32_t *count);

/* --- from lwd --- */

struct inbox {
    size_t filled;
    uint8_t bytes[FRAME_HEADER + FRAME_MAX];
};

/* Where the next bytes are to be read to, and how many. Never 0. */
size_t inbox_room(struct inbox *box, uint8_t **to);

/*
 * Notes that so many were read, and calls handle() for each frame that is whole by now; it returns false for one that makes no
 * sense. Returns false then, and for a header that cannot be.
 */
bool inbox_filled(struct inbox *box, size_t count,
                  bool (*handle)(void *context, enum frame_kind kind, const uint8_t *data, uint32_t count), void *context);

/* --- input on its way to the domain --- */

#define INPUT_SIZE (256u << 10)

struct input {
    uint32_t begin, end;        /* free-running */
    uint32_t credit;            /* what lwd may still send */
    uint32_t owed;              /* what it is to be told that it may, besides */
    bool ended, told_end;
    char bytes[INPUT_SIZE];
};

/* The domain has begun to read. */
void input_open(struct input *input);
/* What came from lwd. False if it was not to send that. */
bool input_add(struct input *input, const uint8_t *data, uint32_t count);
/* Moves what there is room for to the domain. True: the domain wants to hear of it; -1 breaks the protocol as RING_BROKEN. */
int input_move(struct input *input, struct process_ring *ring);
/* What lwd is to be told now that it may send; 0: nothing. */
uint32_t input_take_credit(struct input *input);

#endif
