/*
 * A file system of SQLite's kind on a raw block device: two files, the database and its rollback journal, so that a crash
 * in the middle of a transaction leaves what is needed to take it back. Temporary files are in memory (SQLite's own).
 *
 * The device: a sector of sizes, the database from 1 MiB on up to 3/4 of the device, the journal behind it.
 */
#ifndef DISK_VFS_H
#define DISK_VFS_H

/* Makes it known to SQLite; returns its name, for sqlite3_open_v2(). A database's name is the device's path. */
const char *disk_vfs_register(void);

#endif
