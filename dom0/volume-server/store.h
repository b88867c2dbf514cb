/*
 * A connection to xenstored (xen/io/xs_wire.h): by its socket, or by Linux's device where it runs elsewhere. One request at
 * a time; watches that fire meanwhile are counted.
 */
#ifndef LWD_VOLUME_SERVER_STORE_H
#define LWD_VOLUME_SERVER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_PAYLOAD_MAX 4096

struct store {
    int descriptor;
    uint32_t transaction;       /* that requests are part of; 0: none */
    unsigned fired;             /* watches, since store_has_fired() was last asked */
    char payload[STORE_PAYLOAD_MAX + 1];
};

/* All return 0 or more, or a negative errno. */
int store_open(struct store *store);

/* Copies a node's text, with a NUL. Returns its length; -E2BIG if it does not fit. */
long store_read(struct store *store, const char *path, char *text, size_t size);
int store_write(struct store *store, const char *path, const char *text);
int store_remove(struct store *store, const char *path);

/* Domain `owner` may do all with a node, domain `reader` read it. */
int store_permit(struct store *store, const char *path, unsigned owner, unsigned reader);
int store_watch(struct store *store, const char *path);

/* Copies the names of a node's children, each with its NUL. Returns how many bytes they take; -E2BIG if they do not fit. */
long store_list(struct store *store, const char *path, char *names, size_t size);

/*
 * What is asked for in between is done at once and only if nobody else has changed what was looked at: else store_commit() says
 * -EAGAIN, and nothing was done. store_abandon() has nothing done.
 */
int store_begin(struct store *store);
int store_commit(struct store *store);
void store_abandon(struct store *store);

/* Takes one event, after poll() said that there is one, or finds the connection gone. */
int store_take_event(struct store *store);
bool store_has_fired(struct store *store);

#endif
