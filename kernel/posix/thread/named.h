/*
 * Things with names of their own, beside files: semaphores, message queues, shared memory. There is one process, so a name
 * lives in its memory; it and the thing end by themselves: the name when it is unlinked, the thing with its last user.
 */
#ifndef LWD_POSIX_THREAD_NAMED_H
#define LWD_POSIX_THREAD_NAMED_H

#include <stdbool.h>

struct named {
    struct named *next;
    char *name;                 /* null: unlinked */
    unsigned users;
};

/* All of one kind. */
struct named_list {
    struct named *first;
};

/*
 * Looks a name ("/name") up as open() would: with O_CREAT in `flags` it need not be there. *found becomes what is there, with
 * one user more, or null if it is to be made. Returns 0 or a negative errno.
 */
int named_open(const struct named_list *list, const char *name, int flags, struct named **found);

/* Gives a new thing its name, and its first user. -ENOMEM. */
int named_add(struct named_list *list, struct named *named, const char *name);

/* The name goes. Returns 0 or -ENOENT, and in *last a thing that has no user either: the caller frees it. */
int named_unlink(struct named_list *list, const char *name, struct named **last);

/* A user goes. True if the thing has neither name nor user now: the caller frees it. */
bool named_close(struct named *named);

#endif
