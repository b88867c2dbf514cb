/*
 * 9P messages: little-endian fields between bytes and C, in the dialect 9P2000.L (Linux: include/net/9p/9p.h, and diod's
 * protocol.md). Pure: the kernel's client, dom0's server (dom0/volume-server/) and tests on the host are built of it. What the
 * other side sends is never trusted: every length and count is checked against the bytes that are there, and a reader
 * that met anything wrong stays bad.
 */
#ifndef LWD_DRIVERS_P9_CODEC_H
#define LWD_DRIVERS_P9_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Requests; an answer is its request + 1, or P9_ERROR. */
enum p9_type {
    P9_ERROR = 7,
    P9_STATFS = 8,
    P9_OPEN = 12,
    P9_CREATE = 14,
    P9_SYMLINK = 16,
    P9_READLINK = 22,
    P9_GETATTR = 24,
    P9_SETATTR = 26,
    P9_READDIR = 40,
    P9_FSYNC = 50,
    P9_LOCK = 52,
    P9_GETLOCK = 54,
    P9_LINK = 70,
    P9_MKDIR = 72,
    P9_RENAME = 74,
    P9_UNLINK = 76,
    P9_VERSION = 100,
    P9_ATTACH = 104,
    P9_FLUSH = 108,
    P9_WALK = 110,
    P9_READ = 116,
    P9_WRITE = 118,
    P9_CLUNK = 120,
};

#define P9_DIALECT "9P2000.L"
/* size[4] type[1] tag[2] */
#define P9_HEADER 7
/* What stands before the data of a read's answer and of a write's request. */
#define P9_READ_OVERHEAD (P9_HEADER + 4)
#define P9_WRITE_OVERHEAD (P9_HEADER + 4 + 8 + 4)
#define P9_WALK_MAX 16
/* A host's file name, with its NUL; what a link leads to. */
#define P9_NAME_MAX 256
#define P9_TARGET_MAX 4096
#define P9_QID_SIZE 13
/* A getattr's answer. */
#define P9_STATUS_SIZE (8 + P9_QID_SIZE + 3 * 4 + 15 * 8)
/* A statfs's. */
#define P9_SPACE_SIZE (3 * 4 + 6 * 8)

#define P9_NO_TAG UINT16_MAX
#define P9_NO_FID UINT32_MAX

/* Flags of open and create: Linux's, whatever the C library's are. */
#define P9_O_WRITE 01u
#define P9_O_RDWR 02u
#define P9_O_ACCESS 03u
#define P9_O_CREATE 0100u
#define P9_O_EXCLUSIVE 0200u
#define P9_O_TRUNCATE 01000u
#define P9_O_APPEND 02000u
#define P9_O_DATA_SYNC 010000u
#define P9_O_DIRECTORY 0200000u
#define P9_O_SYNC 04000000u

/* Kinds of file in a mode: Linux's. */
#define P9_S_KIND 0170000u
#define P9_S_FIFO 0010000u
#define P9_S_CHARACTER 0020000u
#define P9_S_DIRECTORY 0040000u
#define P9_S_BLOCK 0060000u
#define P9_S_FILE 0100000u
#define P9_S_LINK 0120000u
#define P9_S_SOCKET 0140000u

#define P9_QT_DIRECTORY 0x80
#define P9_QT_LINK 0x02

/* Asked for in a getattr: all of struct stat. */
#define P9_GETATTR_BASIC 0x7ffull

/* What a setattr sets. With TIME alone it is the server's present time. */
#define P9_SET_MODE 0x01u
#define P9_SET_UID 0x02u
#define P9_SET_GID 0x04u
#define P9_SET_SIZE 0x08u
#define P9_SET_ACCESSED 0x10u
#define P9_SET_MODIFIED 0x20u
#define P9_SET_CHANGED 0x40u
#define P9_SET_ACCESSED_TO 0x80u
#define P9_SET_MODIFIED_TO 0x100u

/* Of unlink. */
#define P9_REMOVE_DIRECTORY 0x200u

enum p9_lock_type { P9_LOCK_READ, P9_LOCK_WRITE, P9_LOCK_NONE };
enum p9_lock_status { P9_LOCK_DONE, P9_LOCK_BLOCKED, P9_LOCK_FAILED };

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

struct p9_time {
    uint64_t seconds, nanoseconds;
};

/* A file's status; owners and permissions are the server's machine's. */
struct p9_status {
    struct p9_qid qid;
    uint32_t mode;              /* P9_S_* and permissions */
    uint32_t uid, gid;
    uint64_t links, device, size, block_size, blocks;
    struct p9_time accessed, modified, changed;
};

/* What a setattr is to set, each where `valid` (P9_SET_*) says so. */
struct p9_change {
    uint32_t valid, mode, uid, gid;
    uint64_t size;
    struct p9_time accessed, modified;
};

struct p9_entry {
    struct p9_qid qid;
    uint64_t next;              /* where in the directory to read on behind it: the server's number */
    uint8_t type;               /* DT_*, Linux's */
    char name[P9_NAME_MAX];
};

struct p9_space {
    uint32_t type, block_size;
    uint64_t blocks, free, available, files, files_free, id;
    uint32_t name_max;
};

struct p9_range {
    uint8_t type;               /* p9_lock_type */
    uint64_t start, length;     /* length 0: to the file's end */
    uint32_t process;
};

/* --- putting fields --- */

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
void p9_put_qid(struct p9_writer *writer, const struct p9_qid *qid);
void p9_put_status(struct p9_writer *writer, const struct p9_status *status);
void p9_put_change(struct p9_writer *writer, const struct p9_change *change);
void p9_put_entry(struct p9_writer *writer, const struct p9_entry *entry);
void p9_put_space(struct p9_writer *writer, const struct p9_space *space);
void p9_put_range(struct p9_writer *writer, const struct p9_range *range);
/*
 * Fills in the message's size: what was put and `data` bytes that are to follow. Returns what was put, or -EMSGSIZE.
 * The tag is filled in when it is sent.
 */
long p9_finish(struct p9_writer *writer, size_t data);

void p9_set_tag(void *message, uint16_t tag);

/* --- taking fields --- */

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
void p9_get_status(struct p9_reader *reader, struct p9_status *status);
void p9_get_change(struct p9_reader *reader, struct p9_change *change);
void p9_get_entry(struct p9_reader *reader, struct p9_entry *entry);
void p9_get_space(struct p9_reader *reader, struct p9_space *space);

void p9_get_range(struct p9_reader *reader, struct p9_range *range);

/* From bytes that are whole: P9_HEADER of them. */
struct p9_header p9_get_header(const void *bytes);

/* Linux's number of an error, which a dom0 has, as the C library's: a negative errno, -EIO for what there is none for. */
int p9_errno(uint32_t number);

#endif
