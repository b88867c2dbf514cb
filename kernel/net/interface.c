/*
 * Network cards and lwIP.
 */
#include "net/interface.h"

#include <lwip/netif.h>

static bool ending;

void interface_start_all(void)
{
}

void interface_flush_all(void)
{
}

bool interface_is_ending(void)
{
    return ending;
}

const ip_addr_t *ip4_loopback_address(void)
{
    static const ip_addr_t address = IPADDR4_INIT_BYTES(127, 0, 0, 1);

    return &address;
}

const ip_addr_t *ip6_loopback_address(void)
{
    static const ip_addr_t address = IPADDR6_INIT_HOST(0, 0, 0, 1);

    return &address;
}

bool interface_has_address(const ip_addr_t *address)
{
    struct netif *netif;

    NETIF_FOREACH(netif) {
        if (IP_IS_V4(address) && ip4_addr_eq(ip_2_ip4(address), netif_ip4_addr(netif)))
            return true;
        if (IP_IS_V6(address) && netif_get_ip6_addr_match(netif, ip_2_ip6(address)) >= 0)
            return true;
    }
    return false;
}
