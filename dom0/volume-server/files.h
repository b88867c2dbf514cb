/*
 * What the requests of a session do to files; session.c calls these by a request's type. All return 0 or a negative errno.
 */
#ifndef LWD_VOLUME_SERVER_FILES_H
#define LWD_VOLUME_SERVER_FILES_H

#include "session.h"

#define NAME_SIZE P9_NAME_MAX

/* The number of a descriptor as a path, which leads to its file: the working directory is /proc/self/fd. */
struct descriptor_path {
    char text[12];
};
struct descriptor_path path_of(const struct fid *fid);

/* The status behind a descriptor, of any kind. */
int look_at(const struct session *session, int descriptor, struct p9_status *status);

/* Takes a name of one part. -ENOENT, -EINVAL or -ENAMETOOLONG for what is none. */
int take_name(struct p9_reader *reader, char name[NAME_SIZE]);

/* The fid of a request's next field, or null. */
struct fid *take_fid(struct session *session, struct p9_reader *reader);

int serve_walk(struct session *session, struct exchange *exchange);
int serve_open(struct session *session, struct exchange *exchange);
int serve_create(struct session *session, struct exchange *exchange);
int serve_read(struct session *session, struct exchange *exchange);
int serve_write(struct session *session, struct exchange *exchange);
int serve_readdir(struct session *session, struct exchange *exchange);
int serve_sync(struct session *session, struct exchange *exchange);
int serve_lock(struct session *session, struct exchange *exchange);
int serve_getlock(struct session *session, struct exchange *exchange);

int serve_getattr(struct session *session, struct exchange *exchange);
int serve_setattr(struct session *session, struct exchange *exchange);
int serve_statfs(struct session *session, struct exchange *exchange);
int serve_mkdir(struct session *session, struct exchange *exchange);
int serve_symlink(struct session *session, struct exchange *exchange);
int serve_readlink(struct session *session, struct exchange *exchange);
int serve_link(struct session *session, struct exchange *exchange);
int serve_rename(struct session *session, struct exchange *exchange);
int serve_unlink(struct session *session, struct exchange *exchange);

#endif
