/*
 * Files of a host directory, by a 9P server's fids.
 */
#ifndef LWD_POSIX_FILE_P9_H
#define LWD_POSIX_FILE_P9_H

#include "posix/volume.h"

/* Paths in a host directory: mounts that are in a struct volume. In volume_paths.c. */
extern const struct file_system p9_file_system;

/*
 * Makes the open file for `path`, whose opened `fid` it takes over, also on failure (-ENOMEM).
 */
int p9_file_make(struct volume *volume, const char *path, uint32_t fid, const struct p9_qid *qid, int flags,
                 struct open_file **file);

/* The status of the fid's file, at `path`. The fid is not open. */
int p9_file_status(struct volume *volume, const char *path, uint32_t fid, struct stat *status);

/* Cuts the file at `path` to nothing if it is the one with this identity, else -ESTALE. */
int p9_file_empty(struct volume *volume, const char *path, uint64_t identity);

#endif
