/*
 * Writing newc archives for tests, by the format's description and not by the reader's.
 */
#ifndef LWD_TEST_ARCHIVE_H
#define LWD_TEST_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct archive {
    char bytes[1 << 16];
    size_t size;
};

static inline void archive_pad(struct archive *archive)
{
    while (archive->size % 4)
        archive->bytes[archive->size++] = '\0';
}

static inline void archive_add(struct archive *archive, const char *name, uint32_t mode, const void *data, size_t size)
{
    char header[120];
    int length = snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
                          (unsigned)archive->size + 1, mode, 0u, 0u, 1u, 1700000000u, (unsigned)size, 0u, 0u, 0u, 0u,
                          (unsigned)strlen(name) + 1, 0u);

    memcpy(archive->bytes + archive->size, header, (size_t)length);
    archive->size += (size_t)length;
    memcpy(archive->bytes + archive->size, name, strlen(name) + 1);
    archive->size += strlen(name) + 1;
    archive_pad(archive);
    if (size)
        memcpy(archive->bytes + archive->size, data, size);
    archive->size += size;
    archive_pad(archive);
}

static inline void archive_end(struct archive *archive)
{
    archive_add(archive, "TRAILER!!!", 0, NULL, 0);
}

#endif
