/*
 * What a rank and its PMI server say to each other. In PMI-2 a message is its size in six characters, then "cmd=NAME;" and
 * "key=value;" for each thing that is said; in PMI-1, and in the hello of both, the same words with blanks between them and
 * a new line behind. Neither has quotes. Pure: tests and a fuzzer on the host are built of it. Nothing that comes is trusted.
 */
#ifndef LWD_HPC_PMI_CODEC_H
#define LWD_HPC_PMI_CODEC_H

#include <stdbool.h>
#include <stddef.h>

enum pmi_version { PMI_1 = 1, PMI_2 = 2 };

#define PMI_PREFIX 6
/* The longest message with its prefix, of ours and of the server's. PMI-1 servers have no room for more than 1024. */
#define PMI_MESSAGE_MAX 2048
#define PMI_LINE_MAX 1024

/* --- to the server --- */

struct pmi_message {
    enum pmi_version version;
    size_t size;
    bool too_long;
    char text[PMI_MESSAGE_MAX];
};

void pmi_begin(struct pmi_message *message, enum pmi_version version, const char *command);
/* The value has no character that would end it: pmi_is_word(). */
void pmi_add(struct pmi_message *message, const char *key, const char *value);
void pmi_add_number(struct pmi_message *message, const char *key, unsigned value);
/* Completes it. -EMSGSIZE if it is longer than a message can be. */
int pmi_end(struct pmi_message *message);

/* Whether a value (or, with `is_key`, a key) of less than `room` characters can be said. */
bool pmi_is_word(const char *text, size_t room, bool is_key);

/* --- from it --- */

/* The size of what follows a PMI-2 prefix; -EBADMSG if it is none, or too much. */
int pmi_body_size(const char prefix[PMI_PREFIX]);

/* What was said, without prefix; points to where it was read. */
struct pmi_reply {
    enum pmi_version version;
    const char *text;
    size_t size;
};

/* The value of a key: its size, and *value points into the reply; -ENOENT if it is not there, or has no end. */
int pmi_find(const struct pmi_reply *reply, const char *key, const char **value);

/* The same for a number of decimal digits; -EBADMSG if it is none, or is more than INT_MAX. */
int pmi_find_number(const struct pmi_reply *reply, const char *key, unsigned *number);

/* 0 if the reply is of this command and good; -EIO if it says that something went wrong; -EBADMSG if it is another. */
int pmi_check(const struct pmi_reply *reply, const char *command);

#endif
