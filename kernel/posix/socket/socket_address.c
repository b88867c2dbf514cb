/*
 * Between the addresses of <netinet/in.h> and lwIP's, and vectors of buffers.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <lwip/netif.h>

#include "core/bits.h"
#include "posix/socket/socket.h"

const struct in6_addr in6addr_any = IN6ADDR_ANY_INIT;
const struct in6_addr in6addr_loopback = IN6ADDR_LOOPBACK_INIT;

static int read_v4(const struct socket *socket, const struct sockaddr_in *address, socklen_t length,
                   struct endpoint *to)
{
    if (length < sizeof *address)
        return -EINVAL;
    if (socket->family != AF_INET)
        return -EAFNOSUPPORT;
    ip_addr_set_ip4_u32_val(to->address, address->sin_addr.s_addr);
    to->port = ntohs(address->sin_port);
    return 0;
}

static int read_v6(const struct socket *socket, const struct sockaddr_in6 *address, socklen_t length,
                   struct endpoint *to)
{
    if (length < sizeof *address)
        return -EINVAL;
    if (socket->family != AF_INET6)
        return -EAFNOSUPPORT;
    const struct in6_addr *v6 = &address->sin6_addr;

    to->port = ntohs(address->sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(v6)) {
        if (socket->v6_only)
            return -ENETUNREACH;
        ip_addr_set_ip4_u32_val(to->address, v6->s6_addr32[3]);
        return 0;
    }
    memset(&to->address, 0, sizeof to->address);
    IP_SET_TYPE_VAL(to->address, IPADDR_TYPE_V6);
    memcpy(ip_2_ip6(&to->address)->addr, v6, sizeof *v6);
    if (ip6_addr_has_scope(ip_2_ip6(&to->address), IP6_UNKNOWN)) {
        struct netif *only = netif_default ? netif_default : netif_list;

        if (address->sin6_scope_id)
            ip6_addr_set_zone(ip_2_ip6(&to->address), (u8_t)address->sin6_scope_id);
        else if (only)
            ip6_addr_assign_zone(ip_2_ip6(&to->address), IP6_UNKNOWN, only);
    }
    return 0;
}

int endpoint_read(const struct socket *socket, const struct sockaddr *address, socklen_t length, struct endpoint *to)
{
    if (!address || length < sizeof address->sa_family)
        return -EINVAL;
    if (address->sa_family == AF_INET)
        return read_v4(socket, (const struct sockaddr_in *)address, length, to);
    if (address->sa_family == AF_INET6)
        return read_v6(socket, (const struct sockaddr_in6 *)address, length, to);
    return -EAFNOSUPPORT;
}

static socklen_t write_v4(const struct endpoint *from, void *out)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(from->port),
        .sin_addr.s_addr = ip_addr_get_ip4_u32(&from->address),
    };

    memcpy(out, &address, sizeof address);
    return sizeof address;
}

static socklen_t write_v6(const struct endpoint *from, void *out)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(from->port) };

    if (IP_IS_V4(&from->address) && !ip4_addr_isany(ip_2_ip4(&from->address))) {
        address.sin6_addr.s6_addr32[2] = htonl(0xffff);
        address.sin6_addr.s6_addr32[3] = ip_addr_get_ip4_u32(&from->address);
    } else if (IP_IS_V6_VAL(from->address)) {
        memcpy(&address.sin6_addr, ip_2_ip6(&from->address)->addr, sizeof address.sin6_addr);
        address.sin6_scope_id = ip6_addr_zone(ip_2_ip6(&from->address));
    }
    memcpy(out, &address, sizeof address);
    return sizeof address;
}

void endpoint_write(int family, const struct endpoint *from, struct sockaddr *address, socklen_t *length)
{
    char whole[sizeof(struct sockaddr_in6)];

    if (!address || !length)
        return;
    socklen_t size = family == AF_INET6 ? write_v6(from, whole) : write_v4(from, whole);

    memcpy(address, whole, MIN(*length, size));
    *length = size;
}

/* --- vectors --- */

static void copy_vector(const struct iovec *vector, int count, size_t offset, char *flat, size_t size, bool gather)
{
    for (int i = 0; i < count && size; i++) {
        if (offset >= vector[i].iov_len) {
            offset -= vector[i].iov_len;
            continue;
        }
        size_t part = MIN(size, vector[i].iov_len - offset);
        char *at = (char *)vector[i].iov_base + offset;

        memcpy(gather ? flat : at, gather ? at : flat, part);
        flat += part;
        size -= part;
        offset = 0;
    }
}

void vector_gather(const struct iovec *vector, int count, size_t offset, void *to, size_t size)
{
    copy_vector(vector, count, offset, to, size, true);
}

void vector_scatter(const struct iovec *vector, int count, size_t offset, const void *from, size_t size)
{
    copy_vector(vector, count, offset, (char *)from, size, false);
}
