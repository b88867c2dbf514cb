/*
 * 9P messages: little-endian fields between bytes and C (9P2000 and its dialect 9P2000.u, intro(5) of Plan 9's manual).
 * Pure: also runs on the host. What a server sends is never trusted: every length and count is checked against the
 * bytes that are there, and a reader that met anything wrong stays bad.
 */
#ifndef LWD_DRIVERS_P9_CODEC_H
#define LWD_DRIVERS_P9_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Requests; an answer is its request + 1, or P9_ERROR. */
enum p9_type {
    P9_VERSION = 100,
    P9_ATTACH = 104,
    P9_ERROR = 107,
    P9_WALK = 110,
    P9_OPEN = 112,
    P9_CREATE = 114,
    P9_READ = 116,
    P9_WRITE = 118,
    P9_CLUNK = 120,
    P9_REMOVE = 122,
    P9_STAT = 124,
    P9_WSTAT = 126,
};

/* size[4] type[1] tag[2] */
#define P9_HEADER 7
/* What stands before the data of a read's answer and of a write's request. */
#define P9_READ_OVERHEAD (P9_HEADER + 4)
#define P9_WRITE_OVERHEAD (P9_HEADER + 4 + 8 + 4)
#define P9_WALK_MAX 16
/* A host's file name, with its NUL. */
#define P9_NAME_MAX 256

#define P9_NO_TAG UINT16_MAX
#define P9_NO_FID UINT32_MAX

/* Modes of open and create. */
#define P9_OREAD 0
#define P9_OWRITE 1
#define P9_ORDWR 2
#define P9_OTRUNC 0x10
#define P9_ORCLOSE 0x40

/* Bits of a file's mode above the permissions. */
#define P9_DMDIR 0x80000000u
#define P9_DMSYMLINK 0x02000000u
#define P9_DMDEVICE 0x00800000u
#define P9_DMNAMEDPIPE 0x00200000u
#define P9_DMSOCKET 0x00100000u

#define P9_QTDIR 0x80

struct p9_header {
    uint32_t size;
    uint8_t type;
    uint16_t tag;
};

struct p9_qid {
    uint8_t type;
    uint32_t version;
    uint64_t path;              /* the file's identity: unique on the server */
};

/* What lwd uses of a stat. */
struct p9_stat {
    struct p9_qid qid;
    uint32_t mode;              /* P9_DM* and permissions */
    uint32_t accessed, modified; /* seconds since 1970 */
    uint64_t length;
    char name[P9_NAME_MAX];
};

/* --- making a request --- */

struct p9_writer {
    uint8_t *start, *at, *end;
    bool overflow;              /* something did not fit; nothing was written beyond the end */
};

void p9_begin(struct p9_writer *writer, void *buffer, size_t size, enum p9_type type);
void p9_put8(struct p9_writer *writer, uint8_t value);
void p9_put16(struct p9_writer *writer, uint16_t value);
void p9_put32(struct p9_writer *writer, uint32_t value);
void p9_put64(struct p9_writer *writer, uint64_t value);
/* `length` bytes of text, at most 65535. */
void p9_put_text(struct p9_writer *writer, const char *text, size_t length);
/*
 * Fills in the message's size: what was put and `data` bytes that are to follow. Returns what was put, or -EMSGSIZE.
 * The tag is filled in when it is sent.
 */
long p9_finish(struct p9_writer *writer, size_t data);

void p9_set_tag(void *message, uint16_t tag);

/* --- taking an answer apart --- */

struct p9_reader {
    const uint8_t *at, *end;
    bool bad;                   /* something was cut, too long or malformed; then fields read as 0 */
};

struct p9_reader p9_read_from(const void *bytes, size_t size);
uint8_t p9_get8(struct p9_reader *reader);
uint16_t p9_get16(struct p9_reader *reader);
uint32_t p9_get32(struct p9_reader *reader);
uint64_t p9_get64(struct p9_reader *reader);
/* Copies a text with its NUL added. One that does not fit into `size` bytes, or that holds a NUL, is bad. */
void p9_get_text(struct p9_reader *reader, char *text, size_t size);
void p9_skip_text(struct p9_reader *reader);
struct p9_qid p9_get_qid(struct p9_reader *reader);
/*
 * A stat with its size in front, which is not believed, since xen-9pfsd's is 10 too large: the fields say themselves
 * where they end.
 */
void p9_get_stat(struct p9_reader *reader, struct p9_stat *stat);

/*
 * The next entry of what was read from a directory: a stat, or as xen-9pfsd has it a stat behind yet another size.
 * Returns how much of the data it claims to be, which with xen-9pfsd is more than it is: the entries end where the
 * claims add up to the data's size, and what is behind them is nothing.
 */
size_t p9_get_entry(struct p9_reader *reader, struct p9_stat *stat);

/* From bytes that are whole: P9_HEADER of them. */
struct p9_header p9_get_header(const void *bytes);

/* An answer's error: a text, which is not used, and Linux's number of it. Returns a negative errno, -EIO if malformed. */
int p9_get_error(struct p9_reader *reader);

/* Linux's number of an error, which a dom0 has, as the C library's: a negative errno, -EIO for what there is none for. */
int p9_errno(uint32_t number);

#endif
