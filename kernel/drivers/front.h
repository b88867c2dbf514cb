/*
 * The frontend's half of xenbus, written once for all devices (xen/io/xenbus.h): find a device below "device/TYPE", share
 * memory and an event channel with its backend, publish them, and step through the states together. Drivers say what
 * they publish and what rings mean; this file knows neither.
 *
 * The order for a driver:  front_open → front_share, front_channel, front_publish → front_connect … front_disconnect
 * → front_close.  After that front_open may follow again (a new backend, resume).
 *
 * Calls block the thread, each for a bounded time, but for those that say otherwise. Errors are negative errnos: -ENODEV
 * the device is not there or goes away, -ETIMEDOUT the backend does not answer, -EIO it is in a state that makes no
 * sense, -ENOMEM, -ENOSPC no grants or ports left.
 */
#ifndef LWD_DRIVERS_FRONT_H
#define LWD_DRIVERS_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/io/xenbus.h>

#include "core/list.h"
#include "drivers/xenstore.h"
#include "sched/wait.h"
#include "xen/evtchn.h"

#define FRONT_NODE_MAX 64
#define FRONT_PATH_MAX 256
#define FRONT_CHANNELS 8

/* A device and our side of it. Embed it in the driver's structure; its fields are front.c's but for those named. */
struct front {
    /*
     * Set by the driver before front_open(), or null: called once after front_connect(), in a thread of front.c's, when
     * the backend goes away (it closes, or its nodes vanish). It may block and has to call front_disconnect(), not
     * front_close(). Meanwhile `gone` is true.
     */
    void (*backend_gone)(struct front *front);

    /* For the driver to read. */
    char node[FRONT_NODE_MAX];              /* "device/vbd/51712" */
    domid_t backend_domain;
    bool gone;                              /* nothing more is to be expected of the backend */

    char backend[FRONT_PATH_MAX];           /* the backend's node */
    char backend_state_node[FRONT_PATH_MAX + 8];
    enum xenbus_state backend_state;        /* as last read */
    bool touched;                           /* the watch fired: backend_state is to be read again */
    bool connected;                         /* the service thread (front_service.c) follows it */
    bool served;                            /* … and is at work on it */
    bool given_up;
    struct wait_queue changed;
    struct xenstore_watch watch;
    struct list memory;                     /* of struct front_memory */
    evtchn_port_t channels[FRONT_CHANNELS];
    unsigned channel_count;
    struct list link;
};

/* Memory shared with the backend: 2^order frames in a row. */
struct front_memory {
    void *address;
    unsigned order;
    grant_ref_t *references;                /* the driver's, one a frame */
    unsigned granted;
    struct list link;
};

/*
 * Calls visit(context, name) for each device of a type: "vbd", "vif", "9pfs". `name` is the last part of its node. Stops
 * when that returns false. Returns 0, also where there are none, or a negative errno.
 */
int front_for_each(const char *type, bool (*visit)(void *context, const char *name), void *context);

/*
 * Takes up a device: finds its backend, watches it, and waits until it is ready to be told something (InitWait, or
 * further). The structure is zero but for what the driver sets. On failure there is nothing to undo.
 */
int front_open(struct front *front, const char *type, const char *name);

/*
 * Allocates 2^order frames, zeroed, and grants them to the backend, writable. `memory->references` has room for
 * 2^order references. Belongs to the connection: front_disconnect() ends the grants and frees the frames.
 */
int front_share(struct front *front, struct front_memory *memory, unsigned order);

/*
 * Makes an event channel to the backend; `handler` runs in the handlers' context. Returns the port. It also belongs to
 * the connection.
 */
int front_channel(struct front *front, evtchn_handler *handler, void *argument);

/* Writes a node of ours for the backend to read; the value is formatted as by format_text(). */
int front_publish(struct front *front, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Reads a node of the backend's: text as by xenstore_read(); a decimal number, or `otherwise` if it is none. */
long front_read(struct front *front, const char *key, char *value, size_t size);
uint64_t front_read_number(struct front *front, const char *key, uint64_t otherwise);

/*
 * Says that all is published, by going to `ours` (Initialised or Connected, as the device's protocol wants), waits for the
 * backend to be Connected, and goes to Connected too unless `ours` was that. What the backend publishes with its last
 * step can be read after it. On failure the driver calls front_disconnect().
 */
int front_connect(struct front *front, enum xenbus_state ours);

/*
 * Ends the connection, whatever state it is in: has the backend let go, closes the channels, ends the grants, frees
 * the memory. What the backend keeps in spite of it is never used again, and counted. The driver must have seen to its
 * own grants' users before. Doing it twice does nothing.
 */
void front_disconnect(struct front *front);

/*
 * Has backend_gone() called as if the backend had closed: for a driver that caught it lying. May be called by event
 * handlers.
 */
void front_give_up(struct front *front);

/* Forgets the device: disconnects and stops watching. The structure is the driver's again, and so is its memory. */
void front_close(struct front *front);

/*
 * Ends a grant of one frame that the driver made itself (xen/gnttab.h). False if the backend still has it: the frame is
 * counted as lost then, and must not be used for anything else.
 */
bool front_end_grant(grant_ref_t reference);

/* Frames that backends did not give back. */
unsigned front_lost_frames(void);

#endif
