/*
 * dom0's side of a process channel (dom0/process-channel), for tests of the domain's: what it has mapped of the domain's memory,
 * to use as the protocol says, or otherwise.
 */
#ifndef LWD_PROCESS_ATTENDANT_H
#define LWD_PROCESS_ATTENDANT_H

#include "drivers/process_channel.h"
#include "drivers/process_stream.h"

struct attendant {
    struct process_page *page;
    char *bytes;                            /* of both rings */
    struct process_ring output, input;      /* as dom0 sees them */
    char *stream_bytes;                     /* null: it has none */
    struct process_ring stream_output, stream_input;
};

extern struct attendant attendant;

/* The domain opens a channel, the first that there ever was as far as it knows. False: it has no memory. */
bool attendant_begin(struct wait_queue *signalled);

/* It maps the domain's stream. False: there is none. */
bool attendant_map_stream(void);

/* Takes the channel's memory back; nothing else of the domain's may be granted. */
void attendant_end(void);

/* It maps the channel, or lets go of it. Neither is told to the domain. */
void attendant_connect(bool is_there);

/* Takes a record, header and all, and tells the domain if that wants to hear. What process_ring_take_record() returns. */
long attendant_take(uint8_t *to, size_t room);

/* Gives input as far as there is room. Returns how much. */
size_t attendant_give(const void *data, size_t count);

/* The same of the stream's, and takes what was written to it. */
size_t attendant_give_stream(const void *data, size_t count);
size_t attendant_take_stream(void *to, size_t room);

/* One of its flags, which it tells the domain. */
void attendant_say(uint32_t flag);

void attendant_signal(enum process_signal signal);

/* An event for the domain. */
void attendant_tell(void);

/* The console daemon takes what there is. Returns how much. */
size_t attendant_console(char *to, size_t room);

#endif
