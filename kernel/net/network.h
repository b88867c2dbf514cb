/*
 * The network stack (lwIP, a port) as the kernel drives it: without a thread of its own. lwIP's functions never block
 * and threads are cooperative, so whoever has something to do calls lwIP straight: a thread that sends, and the event
 * handler of the network card, which hands packets up to the sockets' buffers. Nothing of lwIP may be called between
 * two scheduling points of another call; there are none within lwIP.
 *
 * Everything here is for thread context unless said.
 */
#ifndef LWD_NET_NETWORK_H
#define LWD_NET_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lwip/err.h>

#include "sched/wait.h"

/*
 * Starts the stack on the first call: loopback, the cards that the domain has, their configuration. Blocks until the
 * cards are configured, at the most some seconds for those that ask by DHCP. Returns 0 or -ENOMEM; a card that does not
 * come up is logged and missing.
 */
int network_start(void);

/*
 * To be called after any use of lwIP, before the next scheduling point: delivers what was sent to ourselves, hands what
 * was queued to the cards, sees to the timers. Event handlers may call it.
 */
void network_settle(void);

/* Has the cards polled again, by the timer thread, soon. Event handlers may call it. */
void network_come_back(void);

/*
 * For the end of the process: ends every connection that is still open, as closing it would. Nothing may use the network
 * after that but network_drain().
 */
void network_close_all(void);

/*
 * Waits until all that was written to connections has arrived at the other end, or until nothing of it did for `patience`
 * nanoseconds.
 */
void network_drain(uint64_t patience);

/* The negative errno for what lwIP says. */
int network_errno(err_t error);

/* Bytes that the stack may use and uses; see memory.c. */
size_t network_memory_limit(void);
size_t network_memory_used(void);

#endif
