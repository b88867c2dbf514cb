/*
 * One client's session: requests of 9P2000.L become Linux's system calls below one directory. The client is a domain and
 * may be hostile: names have one part each, are never ".." and never followed as links; what is opened is a file or a
 * directory; nothing is made that has more rights than a file has. Knows nothing of Xen: tests and a fuzzer run it on plain
 * memory.
 */
#ifndef LWD_VOLUME_SERVER_SESSION_H
#define LWD_VOLUME_SERVER_SESSION_H

#include "drivers/p9_codec.h"
#include "fids.h"
#include "linux.h"

/* The longest request, a write's data aside, and the longest answer, a read's data aside. */
#define REQUEST_MAX 8192
#define ANSWER_MAX 8192
/* How much of a directory one answer carries, at most. */
#define LISTING_MAX (128 << 10)

struct session {
    int root;                   /* O_PATH */
    uint64_t device;            /* the root's */
    bool readonly;
    uint32_t message_max;       /* agreed with the client, no more than it was at the start */
    struct fids fids;
    uint8_t listing[LISTING_MAX];
};

/* A request and its answer. */
struct exchange {
    uint8_t type;
    struct p9_reader request;   /* its fields */
    /* A write's data, or room for a read's: memory that the client can change at any time. */
    struct linux_iovec data[2];
    size_t data_size;
    struct p9_writer answer;    /* begun by the caller for the type of the answer; fields go here … */
    const void *tail;           /* … and then this … */
    size_t tail_size;
    size_t data_filled;         /* … or this much of `data` */
};

/*
 * Takes over an O_PATH descriptor of the directory. `message_max`: the longest message that the transport carries. The
 * structure is zero. The working directory has to be /proc/self/fd. Returns 0 or a negative errno.
 */
int session_begin(struct session *session, int root, bool readonly, uint32_t message_max);

/* The longest answer that this request can have, header included. `fields` begin behind the request's header. */
size_t session_answer_room(const struct session *session, uint8_t type, struct p9_reader fields);

/* Carries out a request. Returns 0, or a negative errno to answer with; the answer's fields are then void. */
int session_serve(struct session *session, struct exchange *exchange);

#endif
