/*
 * A client's fids: its numbers for files of ours. Each has a descriptor: first one that only stands for the file (O_PATH),
 * which nothing that is renamed or put in its place can lead astray, and once opened one to read and write by.
 */
#ifndef LWD_VOLUME_SERVER_FIDS_H
#define LWD_VOLUME_SERVER_FIDS_H

#include <stdbool.h>
#include <stdint.h>

#define FID_BUCKETS 1024
#define FIDS_MAX 8192

struct fid {
    uint32_t number;
    int32_t descriptor;
    uint32_t kind;              /* P9_S_* */
    bool open, writable;
    struct fid *next;           /* of the bucket, or of those that are free */
};

struct fids {
    struct fid *buckets[FID_BUCKETS];
    struct fid *free;
    struct fid all[FIDS_MAX];
};

/* None are in use then. The structure is zero. */
void fids_init(struct fids *fids);

/* Null if the client has no such fid. */
struct fid *fids_find(struct fids *fids, uint32_t number);

/* A new fid for a descriptor, which it takes over if it succeeds. -EBADF: the number is in use; -EMFILE: too many. */
int fids_add(struct fids *fids, uint32_t number, int descriptor, uint32_t kind, struct fid **made);

/* Closes the descriptor. */
void fids_remove(struct fids *fids, uint32_t number);
void fids_remove_all(struct fids *fids);

#endif
