/*
 * Files of a host directory that are open.
 */
#ifndef LWD_POSIX_FILE_FILE_P9_H
#define LWD_POSIX_FILE_FILE_P9_H

#include "posix/path/volume.h"

/* Paths in a host directory: mounts that are in a struct volume. In volume_paths.c. */
extern const struct file_system p9_file_system;

/* Makes the open file of an opened `fid`, which it takes over, also on failure (-ENOMEM). */
int p9_file_make(struct volume *volume, uint32_t fid, const struct p9_qid *qid, int flags, struct open_file **file);

/* What stat() tells of a file of this volume. */
void p9_file_fill_status(const struct volume *volume, const struct p9_status *from, struct stat *status);

/* The same of statvfs(). */
void p9_file_fill_room(const struct volume *volume, const struct p9_space *from, struct statvfs *room);

/* utimensat()'s times as a change. */
struct p9_change p9_file_times(const struct timespec times[2]);

#endif
