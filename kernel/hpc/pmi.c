/*
 * A client of PMI (lwd/pmi.h): questions and answers by turns, over the descriptor that the batch system's launcher has left.
 */
#include <lwd/pmi.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bits.h"
#include "hpc/pmi_codec.h"

/* How a server names the space of keys. */
#define NAME_MAX_SIZE 256

static struct {
    bool begun, connected;
    int descriptor;
    enum pmi_version version;
    char name[NAME_MAX_SIZE];   /* PMI-2: the job's; PMI-1: that of its keys */
    struct pmi_message message;
    char text[PMI_MESSAGE_MAX];
} pmi;

/* What each version calls a request and the answer to it. */
struct exchange {
    const char *command[2], *answer[2];
};

static const struct exchange
    put = { { "put", "kvs-put" }, { "put_result", "kvs-put-response" } },
    get = { { "get", "kvs-get" }, { "get_result", "kvs-get-response" } },
    fence = { { "barrier_in", "kvs-fence" }, { "barrier_out", "kvs-fence-response" } },
    finalize = { { "finalize", "finalize" }, { "finalize_ack", "finalize-response" } };

/* --- bytes --- */

static void disconnect(void)
{
    if (pmi.connected)
        close(pmi.descriptor);
    pmi.connected = false;
}

static int lose(int error)
{
    disconnect();
    return error;
}

/* In one piece, as far as that is for this side to say: some servers read a message at a time. */
static int send_message(void)
{
    if (!pmi.connected)
        return -ENOTCONN;
    int error = pmi_end(&pmi.message);

    for (size_t done = 0; !error && done < pmi.message.size;) {
        ssize_t part = write(pmi.descriptor, pmi.message.text + done, pmi.message.size - done);

        if (part > 0)
            done += (size_t)part;
        else if (part == 0 || errno != EINTR)
            return lose(part == 0 || errno == EPIPE ? -ECONNRESET : -errno);
    }
    return error;
}

static int receive(char *to, size_t size)
{
    while (size > 0) {
        ssize_t part = read(pmi.descriptor, to, size);

        if (part == 0)
            return lose(-ECONNRESET);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return lose(-errno);
        to += part;
        size -= (size_t)part;
    }
    return 0;
}

/* A byte at a time: what comes after the line is of the next answer. */
static int receive_line(struct pmi_reply *reply)
{
    for (reply->size = 0; reply->size < PMI_LINE_MAX;) {
        int error = receive(pmi.text + reply->size, 1);

        if (error)
            return error;
        if (pmi.text[reply->size++] == '\n')
            return 0;
    }
    return lose(-EBADMSG);
}

static int receive_reply(struct pmi_reply *reply)
{
    reply->version = pmi.version;
    reply->text = pmi.text;
    if (pmi.version == PMI_1)
        return receive_line(reply);
    int error = receive(pmi.text, PMI_PREFIX);
    int size = error ? error : pmi_body_size(pmi.text);

    if (size < 0)
        return lose(size);
    reply->size = (size_t)size;
    return receive(pmi.text, (size_t)size);
}

/* Sends the message that was begun, and takes the answer. An answer to something else means that nothing is to be believed. */
static int ask(const char *answer, struct pmi_reply *reply)
{
    int error = send_message();

    if (error)
        return error;
    error = receive_reply(reply);
    if (error)
        return error;
    error = pmi_check(reply, answer);
    return error == -EBADMSG ? lose(error) : error;
}

static void begin(const struct exchange *exchange)
{
    pmi_begin(&pmi.message, pmi.version, exchange->command[pmi.version - 1]);
}

static int ask_for(const struct exchange *exchange, struct pmi_reply *reply)
{
    return ask(exchange->answer[pmi.version - 1], reply);
}

/* --- the beginning --- */

static int hello(unsigned version, unsigned subversion, unsigned *understood)
{
    struct pmi_reply reply;

    pmi.version = PMI_1;
    pmi_begin(&pmi.message, PMI_1, "init");
    pmi_add_number(&pmi.message, "pmi_version", version);
    pmi_add_number(&pmi.message, "pmi_subversion", subversion);
    int error = ask("response_to_init", &reply);

    return error ? error : pmi_find_number(&reply, "pmi_version", understood);
}

/* A server that has only PMI-1 says so in its answer, or refuses and is asked once more. */
static int agree_on_version(void)
{
    unsigned version;
    int error = hello(2, 0, &version);

    if (error == -EIO)
        error = hello(1, 1, &version);
    if (error)
        return lose(error == -EIO ? -EPROTO : error);
    if (version != PMI_1 && version != PMI_2)
        return lose(-EPROTO);
    pmi.version = (enum pmi_version)version;
    return 0;
}

static int number_of(const char *name, unsigned *number)
{
    const char *text = getenv(name);
    char *end;
    unsigned long value = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;

    if (!text || *text < '0' || *text > '9' || *end || value > INT32_MAX)
        return -EBADMSG;
    *number = (unsigned)value;
    return 0;
}

static int keep_name(const char *text, size_t size)
{
    if (size >= sizeof pmi.name)
        return -EBADMSG;
    memcpy(pmi.name, text, size);
    pmi.name[size] = '\0';
    return pmi_is_word(pmi.name, sizeof pmi.name, false) ? 0 : -EBADMSG;
}

static int begin_version_2(struct lwd_pmi_place *place)
{
    const char *job = getenv("PMI_JOBID"), *rank = getenv("PMI_RANK");
    struct pmi_reply reply;
    int error = keep_name(job ? job : "0", strlen(job ? job : "0"));

    pmi_begin(&pmi.message, PMI_2, "fullinit");
    pmi_add(&pmi.message, "pmijobid", pmi.name);
    pmi_add(&pmi.message, "pmirank", rank && pmi_is_word(rank, 16, false) ? rank : "0");
    pmi_add(&pmi.message, "threaded", "FALSE");
    if (!error)
        error = ask("fullinit-response", &reply);
    if (!error)
        error = pmi_find_number(&reply, "rank", &place->rank);
    return error ? error : pmi_find_number(&reply, "size", &place->size);
}

static int begin_version_1(struct lwd_pmi_place *place)
{
    struct pmi_reply reply;
    const char *name;

    pmi_begin(&pmi.message, PMI_1, "get_my_kvsname");
    int error = ask("my_kvsname", &reply);
    int size = error ? error : pmi_find(&reply, "kvsname", &name);

    if (size < 0)
        return size;
    error = keep_name(name, (size_t)size);
    if (!error)
        error = number_of("PMI_RANK", &place->rank);
    return error ? error : number_of("PMI_SIZE", &place->size);
}

int lwd_pmi_init(struct lwd_pmi_place *place)
{
    unsigned descriptor;
    struct stat status;

    if (pmi.begun)
        return -EALREADY;
    if (!getenv("PMI_FD"))
        return -ENOENT;
    if (number_of("PMI_FD", &descriptor) || fstat((int)descriptor, &status))
        return -EBADF;
    pmi.begun = pmi.connected = true;
    pmi.descriptor = (int)descriptor;
    int error = agree_on_version();

    if (!error)
        error = pmi.version == PMI_2 ? begin_version_2(place) : begin_version_1(place);
    if (!error && place->rank >= place->size)
        error = -EBADMSG;
    /* What it should have said and did not. */
    return error ? lose(error == -ENOENT ? -EBADMSG : error) : 0;
}

/* --- the rest --- */

int lwd_pmi_put(const char *key, const char *value)
{
    struct pmi_reply reply;

    if (strnlen(key, LWD_PMI_KEY) == LWD_PMI_KEY || strnlen(value, LWD_PMI_VALUE) == LWD_PMI_VALUE)
        return -EMSGSIZE;
    if (!pmi_is_word(key, LWD_PMI_KEY, true) || !pmi_is_word(value, LWD_PMI_VALUE, false))
        return -EINVAL;
    if (!pmi.connected)
        return -ENOTCONN;
    begin(&put);
    if (pmi.version == PMI_1)
        pmi_add(&pmi.message, "kvsname", pmi.name);
    pmi_add(&pmi.message, "key", key);
    pmi_add(&pmi.message, "value", value);
    return ask_for(&put, &reply);
}

int lwd_pmi_fence(void)
{
    struct pmi_reply reply;

    if (!pmi.connected)
        return -ENOTCONN;
    begin(&fence);
    return ask_for(&fence, &reply);
}

/* PMI-1 fails where PMI-2 says that it has not found it, and that in either spelling. */
static int found_value(const struct pmi_reply *reply, int error, const char **value)
{
    if (pmi.version == PMI_1 && error == -EIO)
        return -ENOENT;
    if (error)
        return error;
    if (pmi.version == PMI_2) {
        int size = pmi_find(reply, "found", value);

        if (size < 0)
            return lose(-EBADMSG);
        if ((*value)[0] != 'T' && (*value)[0] != 't')
            return -ENOENT;
    }
    int size = pmi_find(reply, "value", value);

    return size < 0 ? lose(-EBADMSG) : size;
}

int lwd_pmi_get(const char *key, char *value, size_t size)
{
    struct pmi_reply reply;
    const char *found;

    if (!pmi_is_word(key, LWD_PMI_KEY, true))
        return -EINVAL;
    if (!pmi.connected)
        return -ENOTCONN;
    begin(&get);
    if (pmi.version == PMI_1) {
        pmi_add(&pmi.message, "kvsname", pmi.name);
    } else {
        pmi_add(&pmi.message, "jobid", pmi.name);
        pmi_add(&pmi.message, "srcid", "-1");
    }
    pmi_add(&pmi.message, "key", key);
    int length = found_value(&reply, ask_for(&get, &reply), &found);

    if (length < 0)
        return length;
    if ((size_t)length >= size)
        return -EMSGSIZE;
    memcpy(value, found, (size_t)length);
    value[length] = '\0';
    return 0;
}

int lwd_pmi_finalize(void)
{
    struct pmi_reply reply;

    if (!pmi.connected)
        return -ENOTCONN;
    begin(&finalize);
    int error = ask_for(&finalize, &reply);

    disconnect();
    return error;
}

_Noreturn void lwd_pmi_abort(int status, const char *why)
{
    char text[200];
    size_t size = 0;

    for (; why[size] && size < sizeof text - 1; size++)
        text[size] = why[size] <= ' ' || why[size] > '~' || why[size] == ';' ? '_' : why[size];
    text[size] = '\0';
    if (pmi.connected) {
        pmi_begin(&pmi.message, pmi.version, "abort");
        if (pmi.version == PMI_2)
            pmi_add(&pmi.message, "isworld", "TRUE");
        else
            pmi_add_number(&pmi.message, "exitcode", (unsigned)status & 0xff);
        if (pmi.version == PMI_2 && size)
            pmi_add(&pmi.message, "msg", text);
        send_message();
    }
    _exit(status);
}
