/*
 * What lwIP asks of the compiler and of the kernel below it; installed beside its headers as <arch/cc.h>. The bodies are
 * in kernel/net/.
 */
#ifndef LWD_LWIP_ARCH_CC_H
#define LWD_LWIP_ARCH_CC_H

#include <limits.h>
#include <machine/endian.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where limits.h does not say so, lwIP would make a ssize_t of its own. */
#ifndef SSIZE_MAX
#define SSIZE_MAX LONG_MAX
#endif
#define LWIP_NO_UNISTD_H 1

/* As in <netinet/in.h>, for the one place in lwIP that does not use its own. */
#define htonl(x) __htonl(x)

/* The end of the domain, with a report: an invariant of the stack does not hold. */
_Noreturn void network_assertion_failed(const char *what, const char *file, int line);

/* Unpredictable to others. */
uint32_t network_random(void);

void *network_allocate(size_t size);
void *network_allocate_zeroed(size_t count, size_t size);
void network_release(void *memory);

/* The Internet checksum of `length` bytes, not complemented. */
uint16_t network_checksum(const void *data, int length);

/* --- large segments, for network cards that cut them up: called from lines that the port adds (kernel/net/segment.c) --- */

struct netif;
struct pbuf;
struct tcp_pcb;

/* What a new segment may carry, where each that goes over the network carries `size`. */
uint16_t network_segment_size(const struct tcp_pcb *pcb, uint16_t size);

/* Splits the first unsent segment if it is large and the window will not have room for it. */
void network_fit_segment(struct tcp_pcb *pcb, uint32_t window);

/*
 * lwIP splits that segment so that its window has room for `size` bytes of it: true if it was done, with lwIP's error. False
 * within its own use of lwIP's splitting.
 */
int network_splits(struct tcp_pcb *pcb, uint16_t size, int8_t *error);

/* Is this packet, which IP would fragment, one that the card cuts up? */
int network_is_cut_up(const struct netif *netif, const struct pbuf *packet);

#define LWIP_PLATFORM_ASSERT(what) network_assertion_failed(what, __FILE__, __LINE__)
#define LWIP_PLATFORM_DIAG(text) ((void)0)
#define LWIP_RAND() network_random()

#endif
