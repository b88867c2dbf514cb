/*
 * Network cards and lwIP: packets up and down, and how the cards are configured.
 */
#include "net/interface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <netif/ethernet.h>

#include "core/bits.h"
#include "core/format.h"
#include "core/log.h"
#include "drivers/netfront.h"
#include "net/network.h"
#include "net/segment.h"
#include "net/settings.h"
#include "xen/clock.h"

#define ETHERNET_MTU 1500
/* What IPv6 wants of every network. */
#define SMALLEST_MTU 1280
#define MAX_PIECES 8
#define NAME_MAX_LENGTH 16

/* Packets up to this size are copied rather than keep a page each. */
#define COPY_LIMIT 512

/* How long the first use of the network waits for an address. */
#define DHCP_PATIENCE (10 * NANOSECONDS_PER_SECOND)

/* What lwIP always computes and checks; TCP's checksum is the card's, see receive() for what is checked. */
#define CHECKSUMS \
    (NETIF_CHECKSUM_GEN_IP | NETIF_CHECKSUM_GEN_UDP | NETIF_CHECKSUM_GEN_ICMP | NETIF_CHECKSUM_GEN_ICMP6 | \
     NETIF_CHECKSUM_CHECK_IP | NETIF_CHECKSUM_CHECK_ICMP | NETIF_CHECKSUM_CHECK_ICMP6)

struct interface {
    struct netif netif;
    struct netfront net;
    char device[NAME_MAX_LENGTH];
    bool up;
    bool news;                  /* the host has not been told the address that it has now */
    struct wait_queue changed;
    struct interface *next;
};

/* A page of a received packet, in lwIP's hands. */
struct page_buffer {
    struct pbuf_custom custom;
    struct interface *interface;
    pfn_t frame;
};

static struct interface *interfaces;
static bool ending;

/* --- down --- */

static err_t transmit(struct netif *netif, struct pbuf *packet)
{
    struct interface *interface = netif->state;
    struct netfront_piece pieces[MAX_PIECES];
    unsigned count = 0;

    for (struct pbuf *each = packet; each; each = each->next) {
        if (count == MAX_PIECES) {
            struct pbuf *whole = pbuf_clone(PBUF_RAW, PBUF_RAM, packet);
            err_t error = whole ? transmit(netif, whole) : ERR_MEM;

            if (whole)
                pbuf_free(whole);
            return error;
        }
        pieces[count++] = (struct netfront_piece){ each->payload, each->len };
    }
    uint16_t unit = packet->tot_len > netif->mtu + NET_IP_OFFSET ? segment_unit(netif) : 0;
    int error = netfront_send(&interface->net, pieces, count, unit);

    return error == 0 ? ERR_OK : error == -EAGAIN ? ERR_MEM : ERR_IF;
}

bool interface_cuts_up(const struct netif *netif, uint8_t version)
{
    const struct interface *interface = netif->state;

    return netif->linkoutput == transmit && netfront_cuts_up(&interface->net, version);
}

void interface_flush_all(void)
{
    for (struct interface *each = interfaces; each; each = each->next)
        netfront_flush(&each->net);
}

/* --- up --- */

static void release_page(struct pbuf *pbuf)
{
    struct page_buffer *buffer = container_of(pbuf, struct page_buffer, custom.pbuf);

    netfront_return(&buffer->interface->net, buffer->frame);
    network_release(buffer);
}

/* Makes one page a pbuf, or gives it back and returns null. */
static struct pbuf *wrap_page(struct interface *interface, pfn_t frame, uint16_t offset, uint16_t size)
{
    struct page_buffer *buffer = network_allocate(sizeof *buffer);

    if (!buffer) {
        netfront_return(&interface->net, frame);
        return NULL;
    }
    buffer->custom.custom_free_function = release_page;
    buffer->interface = interface;
    buffer->frame = frame;
    return pbuf_alloced_custom(PBUF_RAW, size, PBUF_REF, &buffer->custom, (char *)frame_address(frame) + offset, size);
}

static struct pbuf *wrap_packet(struct interface *interface, const struct netfront_packet *packet)
{
    struct pbuf *chain = NULL;
    bool whole = true;

    for (unsigned i = packet->count; i-- > 0;) {
        struct pbuf *page =
            wrap_page(interface, packet->parts[i].frame, packet->parts[i].offset, packet->parts[i].size);

        whole = whole && page;
        /* From the end on: each is put in front of what there is. */
        if (page && chain)
            pbuf_cat(page, chain);
        if (page)
            chain = page;
    }
    if (whole)
        return chain;
    if (chain)
        pbuf_free(chain);
    return NULL;
}

static struct pbuf *copy_packet(struct interface *interface, const struct netfront_packet *packet)
{
    struct pbuf *copy = pbuf_alloc(PBUF_RAW, (u16_t)packet->size, PBUF_RAM);
    size_t done = 0;

    for (unsigned i = 0; i < packet->count; i++) {
        const char *data = (char *)frame_address(packet->parts[i].frame) + packet->parts[i].offset;

        if (copy)
            memcpy((char *)copy->payload + done, data, packet->parts[i].size);
        done += packet->parts[i].size;
        netfront_return(&interface->net, packet->parts[i].frame);
    }
    return copy;
}

static void received(struct netfront *net, const struct netfront_packet *packet)
{
    struct interface *interface = net->context;
    struct netif *netif = &interface->netif;
    struct pbuf *pbuf =
        packet->size <= COPY_LIMIT ? copy_packet(interface, packet) : wrap_packet(interface, packet);

    if (!pbuf)
        return;
    NETIF_SET_CHECKSUM_CTRL(netif, CHECKSUMS | (packet->checksum_good
                                                    ? 0
                                                    : NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP));
    if (!interface->up || netif->input(pbuf, netif) != ERR_OK)
        pbuf_free(pbuf);
}

static void idle(struct netfront *net)
{
    (void)net;
    network_settle();
}

static void writable(struct netfront *net)
{
    (void)net;
    tcp_txnow();
}

static void more(struct netfront *net)
{
    (void)net;
    network_come_back();
}

static void gone(struct netfront *net)
{
    struct interface *interface = net->context;

    if (!interface->up)
        return;
    log_line("%s: the network card is gone", interface->net.front.node);
    interface->up = false;
    ending = true;
    dhcp_stop(&interface->netif);
    dhcp_cleanup(&interface->netif);
    netif_remove(&interface->netif);
    ending = false;
    network_settle();
}

static const struct netfront_user user = {
    .received = received,
    .idle = idle,
    .writable = writable,
    .more = more,
    .gone = gone,
};

/* --- configuring --- */

static void status_changed(struct netif *netif)
{
    struct interface *interface = netif->state;

    interface->news = true;
    wait_wake_all(&interface->changed);
    network_come_back();
}

static err_t set_up(struct netif *netif)
{
    struct interface *interface = netif->state;

    netif->name[0] = 'e';
    netif->name[1] = 't';
    netif->hwaddr_len = sizeof interface->net.address;
    memcpy(netif->hwaddr, interface->net.address, sizeof interface->net.address);
    netif->mtu = interface->net.mtu >= SMALLEST_MTU ? (u16_t)MIN(interface->net.mtu, ETHERNET_MTU) : ETHERNET_MTU;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = transmit;
    NETIF_SET_CHECKSUM_CTRL(netif, CHECKSUMS | NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP);
    return ERR_OK;
}

static void read_settings(const struct interface *interface, struct network_settings *settings)
{
    char name[32];

    format_text(name, sizeof name, "LWD_NETWORK_%s", interface->device);
    const char *text = getenv(name);

    if (network_settings_read(text ? text : "", settings)) {
        log_line("network: %s=%s makes no sense; DHCP is used", name, text);
        network_settings_read("", settings);
    }
}

static void configure(struct interface *interface, const struct network_settings *settings)
{
    struct netif *netif = &interface->netif;

    netif_create_ip6_linklocal_address(netif, 1);
    netif_set_ip6_autoconfig_enabled(netif, 1);
    if (settings->has_v6) {
        netif_ip6_addr_set(netif, 1, &settings->address_v6);
        netif_ip6_addr_set_state(netif, 1, IP6_ADDR_PREFERRED);
    }
    for (unsigned i = 0; i < settings->dns_count; i++)
        dns_setserver((u8_t)i, &settings->dns[i]);
    if (settings->dhcp)
        dhcp_start(netif);
    network_settle();
    if (settings->dhcp &&
        !wait_until(&interface->changed, dhcp_supplied_address(netif), clock_monotonic() + DHCP_PATIENCE))
        log_line("%s: no answer by DHCP in %lld s: no address until there is one", interface->net.front.node,
                 DHCP_PATIENCE / NANOSECONDS_PER_SECOND);
}

/* Tells the host which address it is: data/lwd/network/N. */
static void tell_host(const struct interface *interface)
{
    char node[48], address[IP4ADDR_STRLEN_MAX];

    if (ip4_addr_isany(netif_ip4_addr(&interface->netif)))
        return;
    format_text(node, sizeof node, "data/lwd/network/%s", interface->device);
    xenstore_write(node, ip4addr_ntoa_r(netif_ip4_addr(&interface->netif), address, sizeof address));
}

void interface_poll_all(void)
{
    for (struct interface *each = interfaces; each; each = each->next) {
        netfront_poll(&each->net);
        if (each->up && each->news) {
            each->news = false;
            tell_host(each);
        }
    }
}

static void start(struct interface *interface)
{
    struct network_settings settings;
    int error = netfront_open(&interface->net, interface->device);

    if (error) {
        log_line("device/vif/%s: no connection to the network card: error %d", interface->device, -error);
        return;
    }
    read_settings(interface, &settings);
    if (!netif_add(&interface->netif, &settings.address, &settings.mask, &settings.gateway, interface, set_up,
                   ethernet_input))
        return;
    netif_set_hostname(&interface->netif, "lwd");
    netif_set_status_callback(&interface->netif, status_changed);
    if (!netif_default || netif_default->name[0] == 'l')
        netif_set_default(&interface->netif);
    interface->up = interface->news = true;
    netif_set_up(&interface->netif);
    configure(interface, &settings);
}

static bool add(void *context, const char *name)
{
    struct interface **last = context;
    struct interface *interface = strlen(name) < NAME_MAX_LENGTH ? calloc(1, sizeof *interface) : NULL;

    if (!interface)
        return true;
    strcpy(interface->device, name);
    wait_queue_init(&interface->changed);
    interface->net.user = &user;
    interface->net.context = interface;
    while (*last)
        last = &(*last)->next;
    *last = interface;
    return true;
}

void interface_start_all(void)
{
    int error = front_for_each("vif", add, &interfaces);

    if (error)
        log_line("network: the cards are not to be found: error %d", -error);
    for (struct interface *each = interfaces; each; each = each->next)
        start(each);
}

/* --- addresses --- */

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
