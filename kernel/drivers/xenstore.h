/*
 * The xenstore client (xen/io/xs_wire.h): a small tree of text that the domain shares with the toolstack. Paths that do
 * not begin with '/' are relative to the domain's own. Calls block the thread until the answer is there; several
 * threads may call at a time. What comes back is the other side's text: bounded, NUL-terminated, otherwise unchecked.
 */
#ifndef LWD_DRIVERS_XENSTORE_H
#define LWD_DRIVERS_XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/list.h"

/* Values and paths are at most this long, with the NUL. */
#define XENSTORE_MAX 1024

void xenstore_init(void);

/*
 * Reads a node's value into `value`, NUL-terminated. Returns its length; -ENOENT, -EACCES … as xenstored says; -E2BIG
 * if it does not fit; -EIO if the connection is broken.
 */
long xenstore_read(const char *path, char *value, size_t size);

/* Writes a node, making it where it is missing. Returns 0 or a negative errno. */
int xenstore_write(const char *path, const char *value);

/* Removes a node with all below. Returns 0 or a negative errno. */
int xenstore_remove(const char *path);

/*
 * Reads the names of a node's children into `names`, each with its NUL. Returns how many bytes they take, or a negative
 * errno as xenstore_read() does.
 */
long xenstore_directory(const char *path, char *names, size_t size);

/* Belongs to the caller, who fills in the first three and leaves it alone while the watch is set. */
struct xenstore_watch {
    const char *path;
    void (*changed)(void *argument);
    void *argument;
    uint32_t token;             /* never used twice, so that a late event finds nobody */
    struct list link;
};

/*
 * Has `changed(argument)` called in the handlers' context (it may wake threads, not block) each time that the node or
 * one below it changes, and once at the start. Returns 0 or a negative errno, and then the watch is not set.
 */
int xenstore_watch(struct xenstore_watch *watch);

/* Ends a watch: its function is not called any more from now on, whatever is returned (0 or a negative errno). */
int xenstore_unwatch(struct xenstore_watch *watch);

/*
 * For crash reports: writes a node without blocking on a thread; the domain as a whole waits in Xen for xenstored's answer, for
 * ten seconds at most for each. Gives up with -EBUSY if a request was half written when the domain crashed.
 */
int xenstore_write_in_emergency(const char *path, const char *value);

#endif
