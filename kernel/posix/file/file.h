/*
 * Open files as a table of operations. Descriptor → open file (position, flags; shared by dup) → operations of its
 * kind. No code asks which kind a file is: what a kind cannot do it leaves null, and io.c knows POSIX's errno for that.
 */
#ifndef LWD_POSIX_FILE_FILE_H
#define LWD_POSIX_FILE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "sched/wait.h"

struct open_file;
struct flock;
struct iovec;
struct statvfs;

/* Descriptors that can be open at a time. */
#define DESCRIPTOR_MAX 1024

/*
 * A transfer as applications ask for it, and the answer as they get it: errno is set. `descriptor` had `file` when the
 * call began; in this order, three of four are where the caller put them.
 */
typedef ssize_t quick_read(int descriptor, void *buffer, size_t size, struct open_file *file);
typedef ssize_t quick_write(int descriptor, const void *buffer, size_t size, struct open_file *file);

/* Calls back for one directory entry; `type` is a DT_*. Returns false to stop before taking it. */
typedef bool directory_visitor(void *context, const char *name, ino_t inode, unsigned char type, off_t next);

/*
 * All return a negative errno on failure and may block, but for poll(). `file->flags` holds O_NONBLOCK: a kind that can
 * block then returns -EAGAIN instead.
 */
struct file_operations {
    /*
     * Has a position: `offset` of read and write counts, io.c keeps track of it, and lseek and pread work. Where false,
     * `offset` is to be ignored.
     */
    bool seekable;
    /* … if it can be written to: a channel's input is none. */
    bool is_terminal;
    /*
     * The whole of read() and write() in the usual case, if that can be done in less; null: no. Files that were opened for
     * it only. Everything unusual, a thread that is to end and a pending event among it, goes to file_read_anyhow() and
     * file_write_anyhow().
     */
    quick_read *read_quickly;
    quick_write *write_quickly;
    /* Transfer up to `size` bytes and return how many; read returns 0 at the end. */
    ssize_t (*read)(struct open_file *file, void *buffer, size_t size, off_t offset);
    ssize_t (*write)(struct open_file *file, const void *buffer, size_t size, off_t offset);
    int (*status)(struct open_file *file, struct stat *status);
    int (*truncate)(struct open_file *file, off_t size);
    /* Returns when all that was written is where the file is. */
    int (*sync)(struct open_file *file);
    /* Permissions, and access and modification time as utimensat() has them. Null: nobody changes them. */
    int (*change_mode)(struct open_file *file, mode_t mode);
    int (*change_times)(struct open_file *file, const struct timespec times[2]);
    /* Fills in what it knows of the file system's room. */
    int (*room)(struct open_file *file, struct statvfs *room);
    /* fcntl's F_GETLK, F_SETLK, F_SETLKW. Null: nobody else can have the file, and a process is not in its own way. */
    int (*lock)(struct open_file *file, int command, struct flock *lock);
    /*
     * mmap() with MAP_SHARED: gives the address `*at` at which the file's bytes from `offset` on are, `size` of them, whole
     * pages both; shared_mappings has it from then on. Null: mmap() reads the file.
     */
    int (*map)(struct open_file *file, uintptr_t *at, size_t size, off_t offset, int flags);
    /* ioctl() requests that io.c does not know. */
    int (*control)(struct open_file *file, unsigned long request, void *argument);
    /* Bytes that a read would get now without blocking (FIONREAD). */
    ssize_t (*available)(struct open_file *file);
    /*
     * Which of POLLIN, POLLOUT, POLLHUP, POLLERR … hold now. Whoever makes one hold wakes `file->changed`. Where null,
     * the file never blocks.
     */
    short (*poll)(struct open_file *file);
    /*
     * When poll() will answer otherwise though nothing happens (clock_monotonic's scale), for files that time changes.
     * Whoever waits asks again then.
     */
    uint64_t (*next_change)(struct open_file *file);
    /* Visits the entries of a directory from position `from` on (0: the first). */
    int (*list)(struct open_file *file, off_t from, directory_visitor *visit, void *context);
    /* The last reference is gone: frees the open file too, unless it is static. */
    void (*release)(struct open_file *file);
};

/* What io.c may do without looking further, decided when the file gets its first descriptor. */
#define FILE_SEEKS 1            /* has a position */
#define FILE_READS 2            /* reads, and at a position: of no bytes, it has nothing to say */

struct open_file {
    const struct file_operations *operations;
    quick_read *read_quickly;   /* as in the operations, if the file is open for it */
    quick_write *write_quickly;
    unsigned quick;             /* FILE_* */
    int flags;                  /* of open(), O_APPEND and O_NONBLOCK as fcntl left them */
    unsigned references;        /* descriptors and calls in progress */
    off_t position;
    /* Woken whenever poll() may answer otherwise than before; null where `poll` is. */
    struct wait_queue *changed;
    struct file_watch *watches; /* of epolls (epoll.c); they end with the file */
    char *location;             /* of a directory: its path, normalised, from the root of the tree; malloc()ed */
};

/* Set by epoll.c, and called before a file with watches is released. */
extern void (*file_forget_watches)(struct open_file *file);
/* The same of paths.c, for a directory with a location. */
extern void (*file_forget_location)(struct open_file *file);

/* What files' map() gave, once there was any (memory_object.c). Ranges are of whole pages; errors are negative errno. */
struct shared_mappings {
    /* Is there anything of it in the range? */
    bool (*any_in)(uintptr_t at, size_t size);
    /* munmap(), whatever else is in the range. */
    int (*unmap)(uintptr_t at, size_t size);
    /* mremap() of a range in which there is something: it stays where it is. */
    int (*resize)(uintptr_t at, size_t old_size, size_t new_size);
};

extern const struct shared_mappings *shared_mappings;

/* Never null: no_file, which can do nothing, is behind a number that is not in use. */
extern struct open_file *descriptor_table[DESCRIPTOR_MAX];
extern struct open_file no_file;

/* The open file behind a descriptor for as long as nothing blocks, or no_file. */
static inline struct open_file *file_peek(int descriptor)
{
    return likely((unsigned)descriptor < DESCRIPTOR_MAX) ? descriptor_table[descriptor] : &no_file;
}

/*
 * The open file behind a descriptor, with a reference that file_put() gives back; null if there is none. So a call that
 * blocks keeps its file, whoever closes the descriptor meanwhile.
 */
static inline struct open_file *file_get(int descriptor)
{
    struct open_file *file = file_peek(descriptor);

    file->references++;
    return likely(file != &no_file) ? file : NULL;
}

/* Ends a file that nobody has a reference to. */
void file_release(struct open_file *file);

static inline void file_put(struct open_file *file)
{
    if (--file->references == 0)
        file_release(file);
}

/* read() and write(), whatever the file is. */
ssize_t file_read_anyhow(int descriptor, void *buffer, size_t size);
ssize_t file_write_anyhow(int descriptor, const void *buffer, size_t size);

/* How read() ends that read on its own and got `done`, perhaps -EINTR: it may begin anew. */
ssize_t file_read_end(int descriptor, void *buffer, size_t size, ssize_t done);

/* The bytes of all parts of a vector; -EINVAL: too many parts, or bytes. */
ssize_t vector_size(const struct iovec *vector, int count);

/* Makes descriptors 0, 1 and 2: the process channel's streams, or the console. */
void descriptor_init(bool has_channel);

/* Gives `file` the lowest free descriptor that is at least `from`; takes over one reference. -EMFILE if all are taken. */
int descriptor_install(struct open_file *file, int from);

/* descriptor_install() for a file just made: releases it if there is no descriptor. The result is for an application. */
int descriptor_open(struct open_file *file);

/* Notes FD_CLOEXEC of a descriptor just made, if it is `wanted`; an error passes through. Returns `descriptor`. */
int descriptor_close_on_exec(int descriptor, bool wanted);

extern struct open_file console_file;
int console_file_status(struct open_file *file, struct stat *status);
/* Standard input, output or error of the process channel, which then becomes that descriptor. */
struct open_file *process_file(int descriptor);

#endif
