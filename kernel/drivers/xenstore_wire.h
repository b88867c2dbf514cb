/*
 * The xenstore protocol on its ring (xen/io/xs_wire.h), without any waiting: also runs on the host, under a fuzzer that
 * plays a lying xenstored.
 */
#ifndef LWD_DRIVERS_XENSTORE_WIRE_H
#define LWD_DRIVERS_XENSTORE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

/* The message that is coming in. `payload` gets a NUL behind its `header.len` bytes. */
struct xenstore_message {
    struct xsd_sockmsg header;
    uint32_t filled;            /* bytes of header and payload that are here */
    char payload[XENSTORE_PAYLOAD_MAX + 1];
};

/*
 * Moves what the ring holds into `message`. Returns 1 when it is complete: the next call begins a new one. 0 if there
 * is more to come, -EPROTO if the ring or the message cannot be true.
 */
int xenstore_receive(struct xenstore_domain_interface *ring, struct xenstore_message *message);

/* Puts as much of `data` on the ring as there is room for. Returns how much, or -EPROTO. */
long xenstore_send(struct xenstore_domain_interface *ring, const void *data, size_t count);

/* The negative errno for the text of an XS_ERROR message; -EIO if it is none that the protocol knows. */
int xenstore_errno(const char *text);

/*
 * Splits a watch event's payload, "path\0token\0". Returns the token, or null if it is malformed.
 */
const char *xenstore_event_token(const struct xenstore_message *message);

#endif
