/*
 * Host names to addresses, for <netdb.h>.
 */
#ifndef LWD_POSIX_SOCKET_RESOLVE_H
#define LWD_POSIX_SOCKET_RESOLVE_H

#include <stdbool.h>

#include <lwip/ip_addr.h>

/*
 * Finds an address of a family (AF_INET or AF_INET6): the text may be an address, "localhost", or a name that a DNS
 * server knows. Blocks. Returns 0 or an EAI_* error. `numeric`: addresses only.
 */
int resolve_host(const char *name, int family, bool numeric, ip_addr_t *address);

/* The number of a service: a decimal number, or one of the few names that are known. -1 if there is none. */
int resolve_service(const char *name, bool numeric);

/* The name of a port, or null. */
const char *resolve_port(int port);

#endif
