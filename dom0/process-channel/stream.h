/*
 * The stream of a domain's process channel: between its rings and lwd's frames. Each way has a credit of its own, so that who
 * does not read holds up nothing else. What the domain shares is not trusted.
 */
#ifndef LWD_PROCESS_CHANNEL_STREAM_H
#define LWD_PROCESS_CHANNEL_STREAM_H

#include "frames.h"

struct stream {
    bool attached;              /* its rings are mapped */
    bool gone;                  /* lwd takes nothing any more */
    bool told_end;              /* lwd knows that the domain has closed it */
    uint32_t credit;            /* bytes that lwd still takes */
    struct process_ring output, input;
    struct input from_lwd;
};

/* The rings are there: lwd is told that it may send. */
void stream_open(struct stream *stream, const struct process_ring *output, const struct process_ring *input);

/* lwd takes so many bytes more. False: more than there can be. */
bool stream_add_credit(struct stream *stream, const uint8_t *data, uint32_t count);

/*
 * Puts what the domain has written into the outbox, as far as lwd takes it, and its end, while the outbox has no more than
 * `limit`; with `all`, whatever lwd takes. `closed`: the domain has said that it writes nothing more. *tell becomes true if the
 * domain wants to hear of it. False: the domain's ring cannot be.
 */
bool stream_take(struct stream *stream, struct outbox *outbox, size_t limit, bool all, bool closed, bool *tell);

#endif
