/*
 * Looking up names: DNS by lwIP, whose answer comes by a callback.
 */
#include "posix/socket/resolve.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/dns.h>

#include "core/bits.h"
#include "net/interface.h"
#include "net/network.h"
#include "sched/wait.h"
#include "xen/clock.h"

/*
 * lwIP does not tell a server that says no from one that says nothing, but it gives up on the latter only after asking
 * four times, in 1 + 1 + 2 + 3 ticks of a second.
 */
#define SILENCE (6 * NANOSECONDS_PER_SECOND)

static struct wait_queue answered = WAIT_QUEUE_INIT(answered);

/* One question; lwIP answers each, by an address, none, or after its own time limit. */
struct question {
    bool done, found;
    ip_addr_t address;
};

static void found(const char *name, const ip_addr_t *address, void *argument)
{
    struct question *question = argument;

    (void)name;
    question->done = true;
    question->found = address != NULL;
    if (address)
        ip_addr_copy(question->address, *address);
    wait_wake_all(&answered);
}

static int ask(const char *name, int family, ip_addr_t *address)
{
    struct question question = { .done = false };
    uint64_t asked = clock_monotonic();
    u8_t type = family == AF_INET ? LWIP_DNS_ADDRTYPE_IPV4 : LWIP_DNS_ADDRTYPE_IPV6;
    err_t error = dns_gethostbyname_addrtype(name, address, found, &question, type);

    network_settle();
    if (error == ERR_OK)
        return 0;
    if (error != ERR_INPROGRESS)
        return error == ERR_MEM ? EAI_MEMORY : error == ERR_VAL ? EAI_AGAIN : EAI_NONAME;
    wait_for(&answered, question.done);
    *address = question.address;
    if (question.found)
        return 0;
    return clock_monotonic() - asked < SILENCE ? EAI_NONAME : EAI_AGAIN;
}

int resolve_host(const char *name, int family, bool numeric, ip_addr_t *address)
{
    if (ipaddr_aton(name, address))
        return (family == AF_INET) == (IP_IS_V4(address) != 0) ? 0 : EAI_NONAME;
    if (numeric)
        return EAI_NONAME;
    if (strcmp(name, "localhost") == 0) {
        *address = family == AF_INET ? *ip4_loopback_address() : *ip6_loopback_address();
        return 0;
    }
    return network_start() ? EAI_MEMORY : ask(name, family, address);
}

/* --- services --- */

static const struct {
    const char *name;
    int port;
} services[] = {
    { "echo", 7 },    { "discard", 9 }, { "ftp", 21 },    { "ssh", 22 },   { "telnet", 23 }, { "smtp", 25 },
    { "domain", 53 }, { "http", 80 },   { "pop3", 110 },  { "ntp", 123 },  { "imap2", 143 }, { "ldap", 389 },
    { "https", 443 }, { "nfs", 2049 },  { "mysql", 3306 }, { "postgresql", 5432 },
};

int resolve_service(const char *name, bool numeric)
{
    char *end;
    long port = strtol(name, &end, 10);

    if (*name >= '0' && *name <= '9' && *end == '\0' && port <= 65535)
        return (int)port;
    for (size_t i = 0; i < ARRAY_SIZE(services) && !numeric; i++)
        if (strcmp(name, services[i].name) == 0)
            return services[i].port;
    return -1;
}

const char *resolve_port(int port)
{
    for (size_t i = 0; i < ARRAY_SIZE(services); i++)
        if (services[i].port == port)
            return services[i].name;
    return NULL;
}
