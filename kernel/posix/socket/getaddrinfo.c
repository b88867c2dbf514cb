/*
 * getaddrinfo and getnameinfo.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "core/format.h"
#include "posix/socket/resolve.h"
#include "posix/socket/socket.h"

#define KNOWN_FLAGS \
    (AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG)

/* One result with its address and name, in one piece of memory. */
struct answer {
    struct addrinfo info;
    struct sockaddr_storage address;
    char name[];
};

struct request {
    const char *node;
    int flags, type, port;
};

static int add(const struct request *request, int family, int type, const ip_addr_t *address, struct addrinfo ***last)
{
    const char *name = (request->flags & AI_CANONNAME) && request->node ? request->node : "";
    struct answer *answer = calloc(1, sizeof *answer + strlen(name) + 1);
    struct endpoint at = { *address, (uint16_t)request->port };
    socklen_t length = sizeof answer->address;

    if (!answer)
        return EAI_MEMORY;
    endpoint_write(family, &at, (struct sockaddr *)&answer->address, &length);
    strcpy(answer->name, name);
    answer->info = (struct addrinfo){
        .ai_family = family,
        .ai_socktype = type,
        .ai_protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
        .ai_addrlen = length,
        .ai_addr = (struct sockaddr *)&answer->address,
        .ai_canonname = *name ? answer->name : NULL,
    };
    **last = &answer->info;
    *last = &answer->info.ai_next;
    return 0;
}

static int find(const struct request *request, int family, ip_addr_t *address)
{
    if (request->node)
        return resolve_host(request->node, family, request->flags & AI_NUMERICHOST, address);
    if (request->flags & AI_PASSIVE)
        *address = family == AF_INET ? *IP4_ADDR_ANY : *IP6_ADDR_ANY;
    else
        resolve_host("localhost", family, false, address);
    return 0;
}

/* Adds what there is of one family, for each type of socket that is wanted. */
static int add_family(const struct request *request, int family, struct addrinfo ***last)
{
    ip_addr_t address;
    int error = find(request, family, &address);

    if (!error && request->type != SOCK_DGRAM)
        error = add(request, family, SOCK_STREAM, &address, last);
    if (!error && request->type != SOCK_STREAM)
        error = add(request, family, SOCK_DGRAM, &address, last);
    return error;
}

static int read_request(const char *node, const char *service, const struct addrinfo *hints, struct request *request,
                        int *family)
{
    static const struct addrinfo none;

    if (!hints)
        hints = &none;
    *family = hints->ai_family;
    *request = (struct request){ .node = node, .flags = hints->ai_flags, .type = hints->ai_socktype };
    if (!node && !service)
        return EAI_NONAME;
    if (hints->ai_flags & ~KNOWN_FLAGS)
        return EAI_BADFLAGS;
    if (*family != AF_UNSPEC && *family != AF_INET && *family != AF_INET6)
        return EAI_FAMILY;
    if (request->type != 0 && request->type != SOCK_STREAM && request->type != SOCK_DGRAM)
        return EAI_SOCKTYPE;
    if (request->type == 0 && hints->ai_protocol)
        request->type = hints->ai_protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
    request->port = service ? resolve_service(service, hints->ai_flags & AI_NUMERICSERV) : 0;
    return request->port < 0 ? (hints->ai_flags & AI_NUMERICSERV ? EAI_NONAME : EAI_SERVICE) : 0;
}

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict result)
{
    struct request request;
    struct addrinfo *list = NULL, **last = &list;
    int family, error = read_request(node, service, hints, &request, &family), v6_error = EAI_NONAME;

    if (error)
        return error;
    error = EAI_NONAME;
    if (family != AF_INET6)
        error = add_family(&request, AF_INET, &last);
    if (family != AF_INET && error != EAI_MEMORY)
        v6_error = add_family(&request, AF_INET6, &last);
    if (list && error != EAI_MEMORY && v6_error != EAI_MEMORY) {
        *result = list;
        return 0;
    }
    freeaddrinfo(list);
    return error == EAI_NONAME && family != AF_INET ? v6_error : error;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list) {
        struct addrinfo *next = list->ai_next;

        free(container_of(list, struct answer, info));
        list = next;
    }
}

const char *gai_strerror(int error)
{
    static const char *const texts[] = {
        [0] = "no error",
        [-EAI_BADFLAGS] = "unknown flags",
        [-EAI_NONAME] = "no such host or service",
        [-EAI_AGAIN] = "no name server can be asked now",
        [-EAI_FAIL] = "the name server failed",
        [-EAI_NODATA] = "the name has no address",
        [-EAI_FAMILY] = "unknown address family",
        [-EAI_SOCKTYPE] = "unknown socket type",
        [-EAI_SERVICE] = "unknown service",
        [-EAI_MEMORY] = "out of memory",
        [-EAI_SYSTEM] = "system error",
        [-EAI_OVERFLOW] = "the buffer is too small",
    };

    if (error > 0 || (size_t)-error >= ARRAY_SIZE(texts) || !texts[-error])
        return "unknown error";
    return texts[-error];
}

/* --- addresses to text; there is no reverse lookup, so names are numbers --- */

static int host_text(const struct sockaddr *address, socklen_t length, char *host, socklen_t size)
{
    const void *bytes = address->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
                                                      : &((const struct sockaddr_in6 *)address)->sin6_addr;
    socklen_t needed = address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

    if (length < needed)
        return EAI_FAMILY;
    return inet_ntop(address->sa_family, bytes, host, size) ? 0 : EAI_OVERFLOW;
}

int getnameinfo(const struct sockaddr *restrict address, socklen_t length, char *restrict host, socklen_t host_size,
                char *restrict service, socklen_t service_size, int flags)
{
    if (length < sizeof address->sa_family || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
        return EAI_FAMILY;
    if (host && host_size) {
        if (flags & NI_NAMEREQD)
            return EAI_NONAME;
        int error = host_text(address, length, host, host_size);

        if (error)
            return error;
    }
    if (service && service_size) {
        int port = ntohs(((const struct sockaddr_in *)address)->sin_port);
        const char *name = flags & NI_NUMERICSERV ? NULL : resolve_port(port);
        char number[8];

        format_text(number, sizeof number, "%d", port);
        if (strlen(name ? name : number) >= service_size)
            return EAI_OVERFLOW;
        strcpy(service, name ? name : number);
    }
    return 0;
}
