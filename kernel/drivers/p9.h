/*
 * A 9P client: a server's files by fids, which are numbers of ours for files of its. Speaks 9P2000.u, which is what
 * xen-9pfsd of Xen 4.20 serves: version, attach, walk, open, create, read, write, clunk, stat, and nothing else.
 *
 * All calls block for the server's answer and return a negative errno on failure, -EIO if the server is gone. Several
 * threads may call at a time, each with fids of its own.
 */
#ifndef LWD_DRIVERS_P9_H
#define LWD_DRIVERS_P9_H

#include <sys/types.h>

#include "drivers/p9_codec.h"
#include "drivers/p9_ring.h"

#define P9_FIDS 2048
#define P9_ROOT 0

struct p9 {
    struct p9_ring ring;
    uint32_t message_max;       /* agreed with the server: bytes of a message, header included */
    uint64_t fids[P9_FIDS / 64]; /* in use */
    bool no_remove;             /* the server has said that it knows no remove */
};

/* Connects to "device/9pfs/NAME"; P9_ROOT is then its root directory. The structure is zero. */
int p9_connect(struct p9 *p9, const char *name);

/*
 * Walks from the root along `path`, names with single slashes between, "" for the root itself. *fid becomes a new fid,
 * which p9_clunk() gives back. Returns -EMFILE if no fid is left.
 */
int p9_walk(struct p9 *p9, const char *path, uint32_t *fid, struct p9_qid *qid);

/* Gives a fid back. There is nothing that a caller could do about a failure. */
void p9_clunk(struct p9 *p9, uint32_t fid);

/* Opens the fid's file for reading and writing it (P9_O*). */
int p9_open(struct p9 *p9, uint32_t fid, unsigned mode);

/*
 * Makes `name` in the fid's directory, with P9_DMDIR in `permissions` a directory, and opens it: the fid is then the new
 * file's. -EEXIST if there is one.
 */
int p9_create(struct p9 *p9, uint32_t fid, const char *name, uint32_t permissions, unsigned mode, struct p9_qid *qid);

/* Not for the root's fid: xen-9pfsd of Xen 4.20 dies of it, for all domains. */
int p9_stat(struct p9 *p9, uint32_t fid, struct p9_stat *stat);

/* Removes the fid's file and gives the fid back, whatever is returned. -EOPNOTSUPP for directories of some servers. */
int p9_remove(struct p9 *p9, uint32_t fid);

/*
 * Transfers `size` bytes, in full-size messages of which several are on their way, from or to `buffer` itself. Returns
 * how many bytes, fewer at the file's end or when an error came later, or a negative errno.
 */
ssize_t p9_read(struct p9 *p9, uint32_t fid, void *buffer, size_t size, uint64_t offset);
ssize_t p9_write(struct p9 *p9, uint32_t fid, const void *buffer, size_t size, uint64_t offset);

/* One message's worth of a directory: stats (p9_get_stat), whole ones. `size` is at most p9_data_max(). */
ssize_t p9_read_directory(struct p9 *p9, uint32_t fid, void *buffer, size_t size, uint64_t offset);

/* How many bytes of data one message carries, at most. */
size_t p9_data_max(const struct p9 *p9);

#endif
