/*
 * The domain whose process this is: it says in xenstore where the channel's memory is, which is mapped and used until the domain
 * has ended. The domain is not trusted: what it shares is copied once, and checked; one that breaks the protocol loses the
 * channel.
 */
#ifndef LWD_PROCESS_CHANNEL_DOMAIN_H
#define LWD_PROCESS_CHANNEL_DOMAIN_H

#include "frames.h"
#include "store.h"
#include "stream.h"

struct domain {
    unsigned number;            /* 0: none yet */
    struct store store;
    int events, grants;         /* Linux's devices for them */
    bool attached, over;        /* over: it has ended, or lies, and nothing more comes */
    uint32_t port;
    uint32_t signals;           /* sent, and not passed on yet */
    bool reads;                 /* it has begun to read its input */
    struct process_page *page;
    char *bytes;                /* of both rings */
    size_t size;
    struct process_ring output, input;
    uint32_t flags;             /* what the page has of ours */
    char *stream_bytes;
    size_t stream_size;
    struct stream stream;
};

/* Descriptors are -1 until the domain is known; all else is zero already. */
void domain_init(struct domain *domain);

/* Looks for the domain's channel from now on. Returns 0 or a negative errno; *what then says at what it failed. */
int domain_begin(struct domain *domain, unsigned number, const char **what);

/* When the descriptors of store, or events, can be read. False: xenstored has gone; it is told once. */
bool domain_store_ready(struct domain *domain);
void domain_events_ready(struct domain *domain);

/* Does what there is to do: output into the outbox, input and signals to the domain. */
void domain_serve(struct domain *domain, struct outbox *outbox, struct input *input);

/* The domain has ended: takes what is left of its output, and lets go of its memory. */
void domain_end(struct domain *domain, struct outbox *outbox);

#endif
