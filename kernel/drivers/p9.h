/*
 * A 9P client: a server's files by fids, which are numbers of ours for files of its. Speaks 9P2000.L to lwd's server in
 * dom0 (dom0/volume-server/), which carries out requests in the order in which they come: so what belongs together is sent
 * together and costs one round trip.
 *
 * All calls block for the server's answer and return a negative errno on failure, -EIO if the server is gone. Several
 * threads may call at a time, each with fids of its own.
 */
#ifndef LWD_DRIVERS_P9_H
#define LWD_DRIVERS_P9_H

#include <sys/types.h>

#include "drivers/p9_call.h"

#define P9_FIDS 2048
#define P9_ROOT 0
/* Fids given back whose answer nobody waits for. */
#define P9_CLUNKS 4

struct p9 {
    struct p9_ring ring;
    uint32_t message_max;       /* agreed with the server: bytes of a message, header included */
    uint64_t fids[P9_FIDS / 64]; /* in use */
    struct p9_call clunks[P9_CLUNKS];
    bool clunking[P9_CLUNKS];   /* in use */
};

/* How far a path led. */
struct p9_walked {
    struct p9_qid qid;          /* of the last file */
    unsigned names;             /* so many of the path's */
    /*
     * The last is a symbolic link, which the server does not follow, and there is more of the path, or it was to be
     * followed: the call has returned -ELOOP.
     */
    bool at_link;
};

/* Connects to "device/9pfs/NAME"; P9_ROOT is then its root directory. The structure is zero. */
int p9_connect(struct p9 *p9, const char *name);

/*
 * Paths are names with single slashes between, from the root; "" is the root itself. *fid becomes a new fid, which
 * p9_clunk() gives back. -EMFILE if no fid is left.
 */
int p9_walk(struct p9 *p9, const char *path, uint32_t *fid, struct p9_walked *walked);

/*
 * Opens a file with Linux's flags (P9_O_*). With P9_O_CREATE in them it is made with these permissions if it is not there;
 * -EISDIR for the root.
 */
int p9_open(struct p9 *p9, const char *path, uint32_t flags, uint32_t permissions, uint32_t *fid,
            struct p9_walked *walked);

/* Gives a fid back and closes what it has open. Does not wait. There is nothing that a caller could do about a failure. */
void p9_clunk(struct p9 *p9, uint32_t fid);

/* --- by path: the last name is not followed if it is a link, which `walked->qid` tells --- */

int p9_status(struct p9 *p9, const char *path, struct p9_status *status, struct p9_walked *walked);
int p9_change(struct p9 *p9, const char *path, const struct p9_change *change, struct p9_walked *walked);
/* Room in the file system that has it. */
int p9_room(struct p9 *p9, const char *path, struct p9_space *space, struct p9_walked *walked);
/* `target`: P9_TARGET_MAX bytes; gets a NUL. */
int p9_read_link(struct p9 *p9, const char *path, char *target, struct p9_walked *walked);

/* These take the path of the directory and a name in it. */
int p9_make_directory(struct p9 *p9, const char *path, const char *name, uint32_t permissions, struct p9_walked *walked);
int p9_make_link(struct p9 *p9, const char *path, const char *name, const char *target, struct p9_walked *walked);
int p9_unlink(struct p9 *p9, const char *path, const char *name, bool directory, struct p9_walked *walked);

/* --- by fid --- */

int p9_rename(struct p9 *p9, uint32_t from, const char *name, uint32_t to, const char *new_name);
int p9_link(struct p9 *p9, uint32_t file, uint32_t directory, const char *name);
int p9_fid_status(struct p9 *p9, uint32_t fid, struct p9_status *status);
int p9_fid_change(struct p9 *p9, uint32_t fid, const struct p9_change *change);
int p9_fid_room(struct p9 *p9, uint32_t fid, struct p9_space *space);
/* Returns when what was written is on the server's disk. */
int p9_sync(struct p9 *p9, uint32_t fid);
/* -EAGAIN if somebody else's lock is in the way. */
int p9_lock(struct p9 *p9, uint32_t fid, const struct p9_range *range);
/* *range becomes a lock in the way, or of type P9_LOCK_NONE. */
int p9_get_lock(struct p9 *p9, uint32_t fid, struct p9_range *range);

/*
 * Transfers `size` bytes, in full-size messages of which several are on their way, from or to `buffer` itself. Returns
 * how many bytes, fewer at the file's end or when an error came later, or a negative errno.
 */
ssize_t p9_read(struct p9 *p9, uint32_t fid, void *buffer, size_t size, uint64_t offset);
ssize_t p9_write(struct p9 *p9, uint32_t fid, const void *buffer, size_t size, uint64_t offset);

/* One message's worth of a directory, from an entry's `next` on (0: the first): p9_get_entry() takes them apart. */
ssize_t p9_read_directory(struct p9 *p9, uint32_t fid, void *buffer, size_t size, uint64_t from);

/* How many bytes of data one message carries, at most. */
size_t p9_data_max(const struct p9 *p9);

#endif
