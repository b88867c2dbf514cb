/*
 * Reading the settings of a network interface.
 */
#include "net/settings.h"

#include <errno.h>
#include <string.h>

#define TEXT_MAX 256

/* "10.0.0.5/24": the number behind the slash, at most `limit`; `otherwise` if there is none, -1 if it is wrong. */
static int cut_prefix(char *text, int limit, int otherwise)
{
    char *slash = strchr(text, '/');
    int prefix = 0;

    if (!slash)
        return otherwise;
    *slash = '\0';
    for (const char *digit = slash + 1; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || prefix > limit)
            return -1;
        prefix = prefix * 10 + (*digit - '0');
    }
    return slash[1] && prefix <= limit ? prefix : -1;
}

static int read_v4(char *text, struct network_settings *settings)
{
    if (strcmp(text, "dhcp") == 0)
        return 0;
    int prefix = cut_prefix(text, 32, 24);

    if (prefix < 0 || !ip4addr_aton(text, &settings->address))
        return -EINVAL;
    settings->dhcp = false;
    ip4_addr_set_u32(&settings->mask, lwip_htonl(prefix ? 0xffffffffu << (32 - prefix) : 0));
    return 0;
}

static int read_v6(char *text, struct network_settings *settings)
{
    settings->has_v6 = true;
    return cut_prefix(text, 128, 64) == 64 && ip6addr_aton(text, &settings->address_v6) ? 0 : -EINVAL;
}

static int read_servers(char *text, struct network_settings *settings)
{
    char *rest = text;

    for (char *server = strsep(&rest, "+"); server; server = strsep(&rest, "+")) {
        if (settings->dns_count == SETTINGS_DNS_MAX || !ipaddr_aton(server, &settings->dns[settings->dns_count++]))
            return -EINVAL;
    }
    return 0;
}

static int read_word(char *word, struct network_settings *settings)
{
    char *value = strchr(word, '=');

    if (!value)
        return -EINVAL;
    *value++ = '\0';
    if (strcmp(word, "ip") == 0)
        return read_v4(value, settings);
    if (strcmp(word, "ip6") == 0)
        return read_v6(value, settings);
    if (strcmp(word, "gateway") == 0)
        return ip4addr_aton(value, &settings->gateway) ? 0 : -EINVAL;
    if (strcmp(word, "dns") == 0)
        return read_servers(value, settings);
    return -EINVAL;
}

int network_settings_read(const char *text, struct network_settings *settings)
{
    char copy[TEXT_MAX], *rest = copy;
    int error = 0;

    *settings = (struct network_settings){ .dhcp = true };
    if (strlen(text) >= sizeof copy)
        return -EINVAL;
    strcpy(copy, text);
    for (char *word = strsep(&rest, ","); word && !error; word = strsep(&rest, ","))
        error = *word ? read_word(word, settings) : 0;
    return error;
}
