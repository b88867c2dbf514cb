/* See disk_vfs.h. Of the default file system it takes what is none of files: time, sleep and random bytes. */
#include "disk_vfs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite3.h"

#define MAGIC 0x3153465644574cULL /* "LWDVFS1" */
#define DATA_START (1 << 20)
#define JOURNAL_SUFFIX "-journal"

enum slot { DATABASE, JOURNAL, SLOTS };

/* The first sector. A file that is not there has the size -1. */
struct header {
    unsigned long long magic;
    long long size[SLOTS];
    char rest[512 - 8 - 8 * SLOTS];
};

/* One device at a time. */
static struct device {
    int descriptor, users;
    long long start[SLOTS], limit[SLOTS];
    struct header header;
} device = { .descriptor = -1 };

/*
 * What was written to the journal and not yet to the device: SQLite writes it in small pieces one behind the other, which
 * are no whole sectors.
 */
static struct {
    long long offset;
    int used;
    char bytes[128 << 10];
} pending;

struct disk_file {
    sqlite3_file base;
    enum slot slot;
    int remove_on_close;
};

static int write_header(void)
{
    return pwrite(device.descriptor, &device.header, sizeof device.header, 0) == sizeof device.header ? SQLITE_OK
                                                                                                       : SQLITE_IOERR;
}

/* Writes what is pending; every other use of the journal comes after it. */
static int flush_pending(void)
{
    int amount = pending.used;

    pending.used = 0;
    if (pwrite(device.descriptor, pending.bytes, (size_t)amount, device.start[JOURNAL] + pending.offset) != amount)
        return SQLITE_IOERR_WRITE;
    return SQLITE_OK;
}

static int write_pending(const void *buffer, int amount, long long offset)
{
    if (amount > (int)sizeof pending.bytes - pending.used || offset != pending.offset + pending.used) {
        int error = flush_pending();

        if (error)
            return error;
        pending.offset = offset;
    }
    if (amount > (int)sizeof pending.bytes)
        return SQLITE_IOERR_WRITE;
    memcpy(pending.bytes + pending.used, buffer, (size_t)amount);
    pending.used += amount;
    return SQLITE_OK;
}

static int open_device(const char *path)
{
    struct stat status;

    if (device.users++ > 0)
        return SQLITE_OK;
    device.descriptor = open(path, O_RDWR);
    if (device.descriptor < 0 || fstat(device.descriptor, &status) || status.st_size < 8 * DATA_START ||
        pread(device.descriptor, &device.header, sizeof device.header, 0) != sizeof device.header) {
        if (device.descriptor >= 0)
            close(device.descriptor);
        device.users = 0;
        return SQLITE_CANTOPEN;
    }
    long long database = (status.st_size / 4 * 3 - DATA_START) / DATA_START * DATA_START;

    device.start[DATABASE] = DATA_START;
    device.limit[DATABASE] = database;
    device.start[JOURNAL] = DATA_START + database;
    device.limit[JOURNAL] = status.st_size - device.start[JOURNAL];
    if (device.header.magic != MAGIC)
        device.header = (struct header){ .magic = MAGIC, .size = { -1, -1 } };
    return SQLITE_OK;
}

static void close_device(void)
{
    if (--device.users == 0) {
        close(device.descriptor);
        device.descriptor = -1;
    }
}

static long long *size_of(sqlite3_file *file)
{
    return &device.header.size[((struct disk_file *)file)->slot];
}

static int file_close(sqlite3_file *file)
{
    struct disk_file *self = (struct disk_file *)file;
    int result = flush_pending();

    if (self->remove_on_close) {
        *size_of(file) = -1;
        result = write_header();
    }
    close_device();
    return result;
}

static int file_read(sqlite3_file *file, void *buffer, int amount, sqlite3_int64 offset)
{
    struct disk_file *self = (struct disk_file *)file;
    long long there = *size_of(file) - offset;
    int wanted = there < 0 ? 0 : there < amount ? (int)there : amount;

    if (flush_pending() != SQLITE_OK)
        return SQLITE_IOERR_WRITE;
    if (wanted > 0 && pread(device.descriptor, buffer, (size_t)wanted, device.start[self->slot] + offset) != wanted)
        return SQLITE_IOERR_READ;
    memset((char *)buffer + wanted, 0, (size_t)(amount - wanted));
    return wanted == amount ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *buffer, int amount, sqlite3_int64 offset)
{
    struct disk_file *self = (struct disk_file *)file;

    if (offset + amount > device.limit[self->slot])
        return SQLITE_FULL;
    if (self->slot == JOURNAL) {
        int error = write_pending(buffer, amount, offset);

        if (error)
            return error;
    } else if (pwrite(device.descriptor, buffer, (size_t)amount, device.start[DATABASE] + offset) != amount) {
        return SQLITE_IOERR_WRITE;
    }
    if (offset + amount > *size_of(file))
        *size_of(file) = offset + amount;
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int error = flush_pending();

    *size_of(file) = size;
    return error ? error : write_header();
}

/* Contents first, then the sizes by which they count. */
static int file_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    if (flush_pending() != SQLITE_OK)
        return SQLITE_IOERR_WRITE;
    if (fsync(device.descriptor) || write_header() != SQLITE_OK || fsync(device.descriptor))
        return SQLITE_IOERR_FSYNC;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    *size = *size_of(file);
    return SQLITE_OK;
}

/* The device is this domain's alone, and in it there is one connection. */
static int file_lock(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *file, int *reserved)
{
    (void)file;
    *reserved = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int request, void *argument)
{
    (void)file;
    (void)request;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
    (void)file;
    return 4096;
}

static int file_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_ATOMIC512;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

static int is_journal(const char *name)
{
    size_t length = strlen(name), suffix = strlen(JOURNAL_SUFFIX);

    return length > suffix && strcmp(name + length - suffix, JOURNAL_SUFFIX) == 0;
}

/* A journal's name is the device's with a suffix, and it is only opened while the database is. */
static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct disk_file *self = (struct disk_file *)file;

    (void)vfs;
    self->base.pMethods = NULL;
    if (!name || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL)))
        return SQLITE_CANTOPEN;
    int error = open_device(name);

    if (error)
        return error;
    self->slot = is_journal(name) ? JOURNAL : DATABASE;
    self->remove_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    if (*size_of(file) < 0 && !(flags & SQLITE_OPEN_CREATE)) {
        close_device();
        return SQLITE_CANTOPEN;
    }
    if (*size_of(file) < 0)
        *size_of(file) = 0;
    self->base.pMethods = &methods;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    if (device.users == 0 || !is_journal(name))
        return SQLITE_IOERR_DELETE;
    pending.used = 0;
    device.header.size[JOURNAL] = -1;
    int error = write_header();

    return error || !sync ? error : fsync(device.descriptor) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
    (void)vfs;
    (void)flags;
    *result = device.users > 0 && device.header.size[is_journal(name) ? JOURNAL : DATABASE] >= 0;
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

const char *disk_vfs_register(void)
{
    static sqlite3_vfs vfs;
    const sqlite3_vfs *usual = sqlite3_vfs_find(NULL);

    vfs = *usual;
    vfs.szOsFile = sizeof(struct disk_file);
    vfs.zName = "disk";
    vfs.pNext = NULL;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_path;
    sqlite3_vfs_register(&vfs, 0);
    return vfs.zName;
}
