/*
 * Open files as a table of operations. Descriptor → open file (offset, flags, shared by dup) → operations of its kind.
 * No code asks which kind a file is: what a kind cannot do it leaves null.
 */
#ifndef LWD_POSIX_FILE_H
#define LWD_POSIX_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct open_file;

/* All return a negative errno on failure, and may block. */
struct file_operations {
    ssize_t (*read)(struct open_file *file, void *buffer, size_t size);
    ssize_t (*write)(struct open_file *file, const void *buffer, size_t size);
    /* Where null, the file has no position (ESPIPE). */
    off_t (*seek)(struct open_file *file, off_t offset, int whence);
    int (*status)(struct open_file *file, struct stat *status);
    bool is_terminal;
    /* The last descriptor is gone: frees the open file too, unless it is static. */
    void (*release)(struct open_file *file);
};

struct open_file {
    const struct file_operations *operations;
    int flags;                  /* as given to open() */
    unsigned references;        /* descriptors that name it */
    off_t offset;
    const void *object;         /* the kind's own */
};

/* The open file behind a descriptor, null if there is none. Stays valid while the descriptor does. */
struct open_file *descriptor_file(int descriptor);

/* Gives `file` the lowest free descriptor that is at least `from`; takes over one reference. -EMFILE if all are taken. */
int descriptor_install(struct open_file *file, int from);

extern struct open_file console_file;

/*
 * Opens a path of the read-only root, which is whatever the ramdisk holds. Returns 0 and an open file with one
 * reference, or a negative errno.
 */
int root_open(const char *path, int flags, struct open_file **file);
int root_status(const char *path, struct stat *status);

#endif
