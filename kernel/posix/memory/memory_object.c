/*
 * The memory of shared memory objects: reserved, mapped and unmapped. What mmap() and its kin do to ranges in which an object
 * lies is decided here (struct shared_mappings).
 */
#include "posix/memory/memory_object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86_64/layout.h"
#include "core/bits.h"
#include "mm/region.h"
#include "posix/file/file.h"

#define ACCESS (REGION_READ | REGION_WRITE)

static struct memory_object *with_memory;

void memory_object_free(struct memory_object *object)
{
    struct memory_object **link = &with_memory;

    while (*link && *link != object)
        link = &(*link)->next;
    if (*link)
        *link = object->next;
    if (object->reserved)
        region_unmap(object->base, object->reserved);
    free(object);
}

void memory_object_close(struct memory_object *object)
{
    if (named_close(&object->named))
        memory_object_free(object);
}

int memory_object_may(const struct memory_object *object, size_t offset, size_t size, unsigned access)
{
    uintptr_t end = object->base + offset + size;

    for (uintptr_t at = object->base + offset; at < end; at = ALIGN_DOWN(at, (uintptr_t)PAGE_SIZE) + PAGE_SIZE)
        if (~region_access_at(at) & access)
            return -EACCES;
    return 0;
}

/* --- its size --- */

/* Grows behind where there is room; else the pages move, if nobody knows where they are. */
static int grow(struct memory_object *object, size_t wanted)
{
    uintptr_t behind = object->base + object->reserved, at = behind;
    int error = region_map(&at, wanted - object->reserved, PAGE_SIZE, ACCESS);

    if (error || at == behind) {
        object->reserved = error ? object->reserved : wanted;
        return error;
    }
    region_unmap(at, wanted - object->reserved);
    if (!range_count_is_zero(&object->mapped))
        return -ENOMEM;
    at = 0;
    error = region_map(&at, wanted, PAGE_SIZE, ACCESS);
    if (error)
        return error;
    error = region_copy(at, object->base, object->reserved);
    region_unmap(error ? at : object->base, error ? wanted : object->reserved);
    if (!error) {
        object->base = at;
        object->reserved = wanted;
    }
    return error;
}

static const struct shared_mappings mappings;

static int reserve(struct memory_object *object, size_t size)
{
    size_t wanted = ALIGN_UP(size, (size_t)PAGE_SIZE);

    if (wanted < size)
        return -EFBIG;
    if (wanted <= object->reserved)
        return 0;
    if (object->reserved)
        return grow(object, wanted);
    int error = region_map(&object->base, wanted, PAGE_SIZE, ACCESS);

    if (error)
        return error;
    object->reserved = wanted;
    object->next = with_memory;
    with_memory = object;
    shared_mappings = &mappings;
    return 0;
}

int memory_object_resize(struct memory_object *object, size_t size)
{
    int error = reserve(object, size);

    if (!error && size < object->size) {
        size_t page = ALIGN_UP(size, (size_t)PAGE_SIZE), end = MIN(page, object->size);

        error = memory_object_may(object, size, end - size, REGION_WRITE);
        if (!error)
            memset((void *)(object->base + size), 0, end - size);
        if (!error && object->reserved > page)
            error = region_discard(object->base + page, object->reserved - page);
    }
    if (!error)
        object->size = size;
    return error;
}

/* --- its mappings --- */

int memory_object_map(struct memory_object *object, size_t offset, size_t size, uintptr_t *at)
{
    bool is_first = range_count_is_zero(&object->mapped);
    size_t end;

    if (__builtin_add_overflow(offset, size, &end))
        return -EOVERFLOW;
    int error = reserve(object, end);

    if (!error)
        error = range_count_add(&object->mapped, offset, end);
    if (error)
        return error;
    object->named.users += is_first;
    *at = object->base + offset;
    return 0;
}

/* What is not mapped any more may be written by whoever has a descriptor, whatever it was protected from. */
static int unmap(struct memory_object *object, size_t offset, size_t size)
{
    if (range_count_is_zero(&object->mapped))
        return 0;
    int error = range_count_take(&object->mapped, offset, offset + size);

    if (error || !range_count_is_zero(&object->mapped))
        return error;
    region_protect(object->base, object->reserved, ACCESS);
    memory_object_close(object);
    return 0;
}

/* The object that lies lowest in a range, or null. */
static struct memory_object *first_in(uintptr_t at, size_t size)
{
    struct memory_object *first = NULL;

    for (struct memory_object *object = with_memory; object; object = object->next)
        if (object->base < at + size && object->base + object->reserved > at && (!first || object->base < first->base))
            first = object;
    return first;
}

static bool any_in(uintptr_t at, size_t size)
{
    return first_in(at, size) != NULL;
}

static int unmap_range(uintptr_t at, size_t size)
{
    uintptr_t end = at + size;
    struct memory_object *object;
    int error = 0;

    while (!error && at < end && (object = first_in(at, end - at))) {
        uintptr_t until = MIN(end, object->base + object->reserved);

        if (object->base > at) {
            error = region_unmap(at, object->base - at);
            at = object->base;
        }
        if (!error)
            error = unmap(object, at - object->base, until - at);
        at = until;
    }
    return error || at == end ? error : region_unmap(at, end - at);
}

/* Grows where it is, since all that map it have the same place. */
static int resize_range(uintptr_t at, size_t old_size, size_t new_size)
{
    struct memory_object *object = first_in(at, old_size);
    uintptr_t more;

    if (at < object->base || object->base + object->reserved < at + old_size)
        return -EFAULT;
    if (new_size < old_size)
        return unmap(object, at + new_size - object->base, old_size - new_size);
    return new_size == old_size ? 0 : memory_object_map(object, at + old_size - object->base, new_size - old_size, &more);
}

static const struct shared_mappings mappings = { any_in, unmap_range, resize_range };
