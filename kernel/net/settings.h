/*
 * How a network interface is to be configured: "ip=10.0.0.5/24,gateway=10.0.0.1,dns=10.0.0.1+10.0.0.2", "ip=dhcp", with
 * "ip6=fd00::5/64" where wanted. lwd passes it as LWD_NETWORK_0, _1 … in the environment, a card each; without it a
 * card asks by DHCP.
 */
#ifndef LWD_NET_SETTINGS_H
#define LWD_NET_SETTINGS_H

#include <stdbool.h>

#include <lwip/ip_addr.h>

#define SETTINGS_DNS_MAX 3

struct network_settings {
    bool dhcp;
    ip4_addr_t address, mask, gateway;
    bool has_v6;
    ip6_addr_t address_v6;
    ip_addr_t dns[SETTINGS_DNS_MAX];
    unsigned dns_count;
};

/* Returns 0 or -EINVAL. */
int network_settings_read(const char *text, struct network_settings *settings);

#endif
