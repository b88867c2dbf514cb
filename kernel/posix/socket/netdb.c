/*
 * The older half of <netdb.h>: answers in static memory, one host address each.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "core/bits.h"
#include "posix/socket/resolve.h"

_Thread_local int h_errno;

static struct hostent *host_answer(const char *name, int family, const void *address)
{
    static char name_copy[256], bytes[16];
    static char *aliases[1], *addresses[2] = { bytes };
    static struct hostent host;

    strncpy(name_copy, name, sizeof name_copy - 1);
    host = (struct hostent){
        .h_name = name_copy,
        .h_aliases = aliases,
        .h_addrtype = family,
        .h_length = family == AF_INET ? 4 : 16,
        .h_addr_list = addresses,
    };
    memcpy(bytes, address, (size_t)host.h_length);
    return &host;
}

struct hostent *gethostbyname2(const char *name, int family)
{
    ip_addr_t address;
    int error = family == AF_INET || family == AF_INET6 ? resolve_host(name, family, false, &address) : EAI_FAMILY;

    if (error) {
        h_errno = error == EAI_AGAIN ? TRY_AGAIN : error == EAI_NONAME ? HOST_NOT_FOUND : NO_RECOVERY;
        return NULL;
    }
    return host_answer(name, family, family == AF_INET ? (void *)&ip_2_ip4(&address)->addr : ip_2_ip6(&address)->addr);
}

struct hostent *gethostbyname(const char *name)
{
    return gethostbyname2(name, AF_INET);
}

/* There is no reverse lookup: an address is its own name. */
struct hostent *gethostbyaddr(const void *address, socklen_t length, int family)
{
    char text[INET6_ADDRSTRLEN];

    if (length < (family == AF_INET ? 4u : 16u) || !inet_ntop(family, address, text, sizeof text)) {
        h_errno = NO_RECOVERY;
        return NULL;
    }
    return host_answer(text, family, address);
}

static struct servent *service_answer(const char *name, int port, const char *protocol)
{
    static char name_copy[32], protocol_copy[8];
    static char *aliases[1];
    static struct servent service;

    strncpy(name_copy, name, sizeof name_copy - 1);
    strncpy(protocol_copy, protocol ? protocol : "tcp", sizeof protocol_copy - 1);
    service = (struct servent){
        .s_name = name_copy, .s_aliases = aliases, .s_port = htons((uint16_t)port), .s_proto = protocol_copy,
    };
    return &service;
}

struct servent *getservbyname(const char *name, const char *protocol)
{
    int port = *name >= '0' && *name <= '9' ? -1 : resolve_service(name, false);

    return port < 0 ? NULL : service_answer(name, port, protocol);
}

struct servent *getservbyport(int port, const char *protocol)
{
    const char *name = resolve_port(ntohs((uint16_t)port));

    return name ? service_answer(name, ntohs((uint16_t)port), protocol) : NULL;
}

static char *no_aliases[1];

static struct protoent protocols[] = {
    { (char *)"icmp", no_aliases, IPPROTO_ICMP },
    { (char *)"tcp", no_aliases, IPPROTO_TCP },
    { (char *)"udp", no_aliases, IPPROTO_UDP },
};

struct protoent *getprotobyname(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
        if (strcmp(name, protocols[i].p_name) == 0)
            return &protocols[i];
    return NULL;
}

struct protoent *getprotobynumber(int number)
{
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
        if (protocols[i].p_proto == number)
            return &protocols[i];
    return NULL;
}

const char *hstrerror(int error)
{
    switch (error) {
    case HOST_NOT_FOUND:
        return "no such host";
    case TRY_AGAIN:
        return "no name server can be asked now";
    case NO_DATA:
        return "the host has no address";
    default:
        return "the lookup failed";
    }
}

void herror(const char *text)
{
    fprintf(stderr, "%s%s%s\n", text ? text : "", text && *text ? ": " : "", hstrerror(h_errno));
}
