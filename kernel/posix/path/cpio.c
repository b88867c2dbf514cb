/*
 * The newc format: a header of 13 eight-digit hexadecimal numbers behind a magic, the name, the data; name and data are
 * padded so that what follows begins at a multiple of four.
 */
#include "posix/path/cpio.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"

#define MAGIC "070701"
#define MAGIC_LENGTH 6
#define FIELD_LENGTH 8
#define HEADER_LENGTH 110
#define TRAILER "TRAILER!!!"

enum field { INODE, MODE, UID, GID, LINKS, MODIFIED, FILE_SIZE, DEV_MAJOR, DEV_MINOR, RDEV_MAJOR, RDEV_MINOR, NAME_SIZE };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int read_field(const char *header, enum field field, uint32_t *value)
{
    const char *digits = header + MAGIC_LENGTH + field * FIELD_LENGTH;

    *value = 0;
    for (int i = 0; i < FIELD_LENGTH; i++) {
        int digit = hex_digit(digits[i]);

        if (digit < 0)
            return -EINVAL;
        *value = *value << 4 | (uint32_t)digit;
    }
    return 0;
}

static int read_header(const char *header, struct cpio_entry *entry, uint32_t *name_size, uint32_t *data_size)
{
    if (memcmp(header, MAGIC, MAGIC_LENGTH) != 0)
        return -EINVAL;
    if (read_field(header, INODE, &entry->inode) || read_field(header, MODE, &entry->mode) ||
        read_field(header, LINKS, &entry->links) || read_field(header, MODIFIED, &entry->modified) ||
        read_field(header, FILE_SIZE, data_size) || read_field(header, NAME_SIZE, name_size))
        return -EINVAL;
    return 0;
}

static const char *without_leading(const char *name)
{
    while (name[0] == '/' || (name[0] == '.' && (name[1] == '/' || name[1] == '\0')))
        name++;
    return name;
}

int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry)
{
    for (;;) {
        uint32_t name_size, data_size;

        while (reader->at < reader->end && *reader->at == '\0')
            reader->at++;
        size_t left = (size_t)(reader->end - reader->at);

        if (left == 0)
            return 0;
        if (left < HEADER_LENGTH || read_header(reader->at, entry, &name_size, &data_size))
            return -EINVAL;
        /* 64-bit sums of 32-bit sizes: they cannot wrap. */
        size_t data_at = ALIGN_UP((size_t)HEADER_LENGTH + name_size, (size_t)4);
        size_t next_at = ALIGN_UP(data_at + data_size, (size_t)4);
        const char *name = reader->at + HEADER_LENGTH;

        if (name_size == 0 || data_at + data_size > left || name[name_size - 1] != '\0')
            return -EINVAL;
        entry->data = reader->at + data_at;
        entry->size = data_size;
        reader->at += MIN(next_at, left);
        if (strcmp(name, TRAILER) == 0)
            continue;
        entry->name = without_leading(name);
        return 1;
    }
}
