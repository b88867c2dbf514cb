/*
 * Shared memory objects: memory that has one place in the address space, which whoever maps it shared gets: there is one
 * process, so nobody could tell but by the address. As files: file_memory.c.
 */
#ifndef LWD_POSIX_MEMORY_MEMORY_OBJECT_H
#define LWD_POSIX_MEMORY_MEMORY_OBJECT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "posix/memory/range_count.h"
#include "posix/thread/named.h"

struct memory_object {
    struct named named;
    struct memory_object *next; /* of those that have memory */
    size_t size;                /* the file's; behind it all is zero */
    uintptr_t base;
    size_t reserved;            /* whole pages; what was not written has no memory */
    struct range_count mapped;  /* bytes, by their offset; together they count as one user */
    ino_t number;
};

/* A user goes, and the object with its last one, if it has no name. */
void memory_object_close(struct memory_object *object);

/* Frees one that nobody has. */
void memory_object_free(struct memory_object *object);

/* What is cut off is zero if it comes back. -EFBIG, -ENOMEM; -EACCES: a mapping may not do it (memory_object_may()). */
int memory_object_resize(struct memory_object *object, size_t size);

/* Whole pages from `offset` on get an address, `*at`, until they are unmapped. -EOVERFLOW, -ENOMEM. */
int memory_object_map(struct memory_object *object, size_t offset, size_t size, uintptr_t *at);

/* 0 if the bytes may be read, or written (`access`: enum region_access); -EACCES where a mapping was protected from it. */
int memory_object_may(const struct memory_object *object, size_t offset, size_t size, unsigned access);

#endif
