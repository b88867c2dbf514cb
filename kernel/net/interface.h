/*
 * The domain's network interfaces: a Xen network card (drivers/netfront.h) each, as lwIP sees it.
 */
#ifndef LWD_NET_INTERFACE_H
#define LWD_NET_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/ip_addr.h>
#include <lwip/netif.h>

/* Connects all cards and configures them; blocks. See network_start(). */
void interface_start_all(void);

/* Hands queued packets to the backends and tells them. Event handlers may call it. */
void interface_flush_all(void);

/* Takes what has arrived, and tells the host of new addresses. From a thread; may block. */
void interface_poll_all(void);

/* Does it take segments of TCP that are larger than its frames, in this version of IP? */
bool interface_cuts_up(const struct netif *netif, uint8_t version);

/* Is it an address of this machine? */
bool interface_has_address(const ip_addr_t *address);

/* True while an interface is being taken away: connections that end now end because of that. */
bool interface_is_ending(void);

const ip_addr_t *ip4_loopback_address(void);
const ip_addr_t *ip6_loopback_address(void);

#endif
