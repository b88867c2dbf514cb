/*
 * Messages of PMI.
 */
#include "hpc/pmi_codec.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/format.h"

static char separator(enum pmi_version version)
{
    return version == PMI_2 ? ';' : ' ';
}

/* --- to the server --- */

static void append(struct pmi_message *message, const char *text)
{
    size_t size = strlen(text);

    /* One is kept for the end. */
    if (size >= sizeof message->text - message->size) {
        message->too_long = true;
        return;
    }
    memcpy(message->text + message->size, text, size);
    message->size += size;
}

void pmi_begin(struct pmi_message *message, enum pmi_version version, const char *command)
{
    message->version = version;
    message->too_long = false;
    message->size = version == PMI_2 ? PMI_PREFIX : 0;
    append(message, "cmd=");
    append(message, command);
}

void pmi_add(struct pmi_message *message, const char *key, const char *value)
{
    const char between[] = { separator(message->version), '\0' };

    append(message, between);
    append(message, key);
    append(message, "=");
    append(message, value);
}

void pmi_add_number(struct pmi_message *message, const char *key, unsigned value)
{
    char text[16];

    format_text(text, sizeof text, "%u", value);
    pmi_add(message, key, text);
}

int pmi_end(struct pmi_message *message)
{
    char prefix[16];

    message->text[message->size++] = message->version == PMI_2 ? ';' : '\n';
    if (message->too_long || (message->version == PMI_1 && message->size > PMI_LINE_MAX))
        return -EMSGSIZE;
    if (message->version == PMI_2) {
        size_t digits = format_text(prefix, sizeof prefix, "%u", (unsigned)(message->size - PMI_PREFIX));

        memset(message->text, ' ', PMI_PREFIX);
        memcpy(message->text, prefix, digits);
    }
    return 0;
}

bool pmi_is_word(const char *text, size_t room, bool is_key)
{
    size_t size = 0;

    for (; text[size] != '\0'; size++)
        if (size + 1 >= room || text[size] <= ' ' || text[size] > '~' || text[size] == ';' ||
            (is_key && text[size] == '='))
            return false;
    return size > 0;
}

/* --- from it --- */

/* Decimal digits, and nothing else. */
static int parse(const char *text, size_t size, unsigned *number)
{
    unsigned long value = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || value > INT_MAX / 10)
            return -EBADMSG;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *number = (unsigned)value;
    return size > 0 && value <= INT_MAX ? 0 : -EBADMSG;
}

/* Some pad before the digits, some behind them. */
int pmi_body_size(const char prefix[PMI_PREFIX])
{
    size_t begin = 0, end = PMI_PREFIX;
    unsigned size;

    while (begin < end && prefix[begin] == ' ')
        begin++;
    while (end > begin && prefix[end - 1] == ' ')
        end--;
    if (parse(prefix + begin, end - begin, &size) || size == 0 || size > PMI_MESSAGE_MAX - PMI_PREFIX)
        return -EBADMSG;
    return (int)size;
}

int pmi_find(const struct pmi_reply *reply, const char *key, const char **value)
{
    size_t length = strlen(key);

    for (size_t at = 0, end; at < reply->size; at = end + 1) {
        for (end = at; end < reply->size; end++)
            if (reply->text[end] == separator(reply->version) || reply->text[end] == '\n')
                break;
        if (end == reply->size)
            break;
        if (end - at > length && reply->text[at + length] == '=' && memcmp(reply->text + at, key, length) == 0) {
            *value = reply->text + at + length + 1;
            return (int)(end - at - length - 1);
        }
    }
    return -ENOENT;
}

int pmi_find_number(const struct pmi_reply *reply, const char *key, unsigned *number)
{
    const char *value;
    int size = pmi_find(reply, key, &value);

    return size < 0 ? size : parse(value, (size_t)size, number);
}

int pmi_check(const struct pmi_reply *reply, const char *command)
{
    const char *value;
    int size = pmi_find(reply, "cmd", &value);

    if (size < 0 || (size_t)size != strlen(command) || memcmp(value, command, (size_t)size) != 0)
        return -EBADMSG;
    size = pmi_find(reply, "rc", &value);
    /* Not every server of PMI-1 says it when all is well. */
    return size < 0 || (size == 1 && value[0] == '0') ? 0 : -EIO;
}
