/*
 * Internet addresses as text (<arpa/inet.h>), and interfaces by name (<net/if.h>).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/ip_addr.h>
#include <lwip/netif.h>

#include "core/format.h"
#include "posix/result.h"

int inet_aton(const char *text, struct in_addr *address)
{
    ip4_addr_t parsed;

    if (!ip4addr_aton(text, &parsed))
        return 0;
    address->s_addr = ip4_addr_get_u32(&parsed);
    return 1;
}

in_addr_t inet_addr(const char *text)
{
    struct in_addr address;

    return inet_aton(text, &address) ? address.s_addr : INADDR_NONE;
}

/* Four decimal numbers and nothing else: inet_aton() takes more forms. */
static bool is_dotted_quad(const char *text)
{
    int numbers = 0;

    for (;;) {
        unsigned value = 0, digits = 0;

        for (; *text >= '0' && *text <= '9' && digits < 4; text++, digits++)
            value = value * 10 + (unsigned)(*text - '0');
        if (digits == 0 || digits > 3 || value > 255)
            return false;
        if (++numbers == 4)
            return *text == '\0';
        if (*text++ != '.')
            return false;
    }
}

int inet_pton(int family, const char *restrict text, void *restrict address)
{
    ip6_addr_t v6;

    if (family == AF_INET)
        return is_dotted_quad(text) && inet_aton(text, address);
    if (family != AF_INET6)
        return (int)posix_result(-EAFNOSUPPORT);
    /* A zone is not part of the address. */
    if (strchr(text, '%') || !ip6addr_aton(text, &v6))
        return 0;
    memcpy(address, v6.addr, sizeof v6.addr);
    return 1;
}

const char *inet_ntop(int family, const void *restrict address, char *restrict text, socklen_t size)
{
    const uint8_t *bytes = address;
    char whole[INET6_ADDRSTRLEN];

    if (family == AF_INET) {
        format_text(whole, sizeof whole, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
    } else if (family == AF_INET6) {
        ip6_addr_t v6 = { .zone = 0 };

        memcpy(v6.addr, address, sizeof v6.addr);
        ip6addr_ntoa_r(&v6, whole, sizeof whole);
        for (char *letter = whole; *letter; letter++)
            if (*letter >= 'A' && *letter <= 'F')
                *letter |= 0x20;
    } else {
        errno = EAFNOSUPPORT;
        return NULL;
    }
    if (strlen(whole) >= size) {
        errno = ENOSPC;
        return NULL;
    }
    return strcpy(text, whole);
}

char *inet_ntoa(struct in_addr address)
{
    static char text[INET_ADDRSTRLEN];

    return (char *)inet_ntop(AF_INET, &address, text, sizeof text);
}

/* --- interfaces --- */

unsigned if_nametoindex(const char *name)
{
    unsigned index = netif_name_to_index(name);

    if (!index)
        errno = ENODEV;
    return index;
}

char *if_indextoname(unsigned index, char *name)
{
    if (index < 256 && netif_index_to_name((u8_t)index, name))
        return name;
    errno = ENXIO;
    return NULL;
}

struct if_nameindex *if_nameindex(void)
{
    struct netif *netif;
    size_t count = 0;

    NETIF_FOREACH(netif)
        count++;
    /* Names behind the list, in one piece of memory. */
    struct if_nameindex *list = malloc((count + 1) * (sizeof *list + IF_NAMESIZE));

    if (!list) {
        errno = ENOBUFS;
        return NULL;
    }
    char *names = (char *)(list + count + 1);
    size_t at = 0;

    NETIF_FOREACH(netif) {
        list[at].if_index = netif_get_index(netif);
        list[at].if_name = netif_index_to_name(netif_get_index(netif), names + at * IF_NAMESIZE);
        at++;
    }
    list[count] = (struct if_nameindex){ 0, NULL };
    return list;
}

void if_freenameindex(struct if_nameindex *list)
{
    free(list);
}
