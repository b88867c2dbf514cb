/*
 * mmap and its kin, on the regions of mm/. A file is mapped by reading it: private, or shared and read-only.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/x86_64/layout.h"
#include "core/bits.h"
#include "mm/region.h"
#include "mm/superpage.h"
#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/shortfall.h"

/*
 * So much gets its memory at once: it will be used, and page by page that would take three times as long. A page is then
 * two calls of Xen in its life.
 */
#define SMALL (4 * PAGE_SIZE)

static void *address_result(long result)
{
    return (void *)posix_result(result);
}

static unsigned region_access(int protection)
{
    return (protection & PROT_READ ? REGION_READ : 0) | (protection & PROT_WRITE ? REGION_READ | REGION_WRITE : 0) |
           (protection & PROT_EXEC ? REGION_READ | REGION_EXECUTE : 0);
}

/* Rounds up to whole pages; 0 if that is none, or too many to count. */
static size_t whole_pages(size_t length)
{
    return length > SIZE_MAX - PAGE_SIZE ? 0 : ALIGN_UP(length, (size_t)PAGE_SIZE);
}

static bool is_page_aligned(uintptr_t address)
{
    return address % PAGE_SIZE == 0;
}

/* A range that an application names: page-aligned, not empty once rounded up. */
static int check_range(const void *address, size_t length, size_t *size)
{
    *size = whole_pages(length);
    return is_page_aligned((uintptr_t)address) && *size ? 0 : -EINVAL;
}

/* By the environment: LWD_SUPERPAGES=1, once and for all. */
static bool superpages_are_wanted(void)
{
    static bool asked, wanted;

    if (!asked) {
        const char *value = getenv("LWD_SUPERPAGES");

        wanted = value && strcmp(value, "1") == 0;
        asked = true;
    }
    return wanted;
}

const struct shared_mappings *shared_mappings;

static bool is_shared(uintptr_t at, size_t size)
{
    return shared_mappings && book_is_within(at, size) && shared_mappings->any_in(at, size);
}

/* A shared object has no other place where it could go on. */
static int place(uintptr_t *at, size_t size, unsigned access, int flags)
{
    if (flags & MAP_FIXED)
        return is_shared(*at, size) ? -ENOTSUP : region_map_fixed(*at, size, access);
    uintptr_t wanted = *at;
    bool superpages = size >= BLOCK_SIZE && superpages_are_wanted();
    int error = region_map(at, size, superpages && !wanted ? BLOCK_SIZE : PAGE_SIZE, access);

    if (!error && superpages)
        superpage_want(*at, size, true);
    if (!error && (flags & MAP_FIXED_NOREPLACE) && *at != wanted) {
        region_unmap(*at, size);
        return -EEXIST;
    }
    return error;
}

static int read_file(struct open_file *file, uintptr_t at, size_t length, off_t offset)
{
    for (size_t done = 0; done < length;) {
        ssize_t part = file->operations->read(file, (char *)at + done, length - done, offset + (off_t)done);

        if (part < 0)
            return (int)part;
        if (part == 0)
            break;
        done += (size_t)part;
    }
    return 0;
}

static int check_file(const struct open_file *file, int protection, int flags, off_t offset)
{
    if (offset < 0 || !is_page_aligned((uintptr_t)offset))
        return -EINVAL;
    if ((file->flags & O_ACCMODE) == O_WRONLY)
        return -EACCES;
    if (!file->operations->seekable || !file->operations->read)
        return -ENODEV;
    /* Writes would have to find their way back to the file. */
    if ((flags & MAP_SHARED) && (protection & PROT_WRITE))
        return -ENODEV;
    return 0;
}

/* Maps memory that can be written, reads the file into it, then gives it the access that was asked for. */
static int map_file(struct open_file *file, uintptr_t *at, size_t length, int protection, int flags, off_t offset)
{
    size_t size = whole_pages(length);
    bool itself = (flags & MAP_SHARED) && file->operations->map;
    int error = check_file(file, itself ? protection & ~PROT_WRITE : protection, flags, offset);

    if (!error && itself && (protection & PROT_WRITE) && (file->flags & O_ACCMODE) != O_RDWR)
        error = -EACCES;
    if (!error && itself)
        return file->operations->map(file, at, size, offset, flags);
    if (!error)
        error = place(at, size, REGION_READ | REGION_WRITE, flags);
    if (error)
        return error;
    error = read_file(file, *at, length, offset);
    if (!error)
        error = region_protect(*at, size, region_access(protection));
    if (error)
        region_unmap(*at, size);
    return error;
}

static int map(uintptr_t *at, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    size_t size = whole_pages(length);
    bool shared = flags & MAP_SHARED, private = flags & MAP_PRIVATE;

    if (!size || shared == private || ((flags & MAP_FIXED) && !is_page_aligned(*at)))
        return length && !size ? -ENOMEM : -EINVAL;
    *at = ALIGN_DOWN(*at, (uintptr_t)PAGE_SIZE);
    if (!(flags & MAP_ANONYMOUS)) {
        struct open_file *file = file_get(descriptor);
        int error = file ? map_file(file, at, length, protection, flags, offset) : -EBADF;

        if (file)
            file_put(file);
        return error;
    }
    int error = place(at, size, region_access(protection), flags);

    if (error || !protection)
        return error;
    if (flags & MAP_POPULATE) {
        error = region_populate(*at, size);
        if (error)
            region_unmap(*at, size);
    } else if (size <= SMALL && (protection & PROT_WRITE)) {
        /* If there is not enough memory now, there may be when it is written. */
        region_populate(*at, size);
    }
    return error;
}

static __attribute__((noinline)) void *map_any(uintptr_t at, size_t length, int protection, int flags, int descriptor,
                                               off_t offset)
{
    int error = map(&at, length, protection, flags, descriptor, offset);

    return error ? address_result(error) : (void *)at;
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    /* What allocators do, page by page. */
    if (!address && length == PAGE_SIZE && flags == (MAP_PRIVATE | MAP_ANONYMOUS) && protection == (PROT_READ | PROT_WRITE)) {
        uintptr_t at = region_map_page();

        return at ? (void *)at : address_result(-ENOMEM);
    }
    return map_any((uintptr_t)address, length, protection, flags, descriptor, offset);
}

static __attribute__((noinline)) int unmap_any(void *address, size_t length)
{
    uintptr_t at = (uintptr_t)address;
    size_t size;
    int error = check_range(address, length, &size);

    if (!error)
        error = is_shared(at, size) ? shared_mappings->unmap(at, size) : region_unmap(at, size);
    return (int)posix_result(error);
}

int munmap(void *address, size_t length)
{
    if (length == PAGE_SIZE && is_page_aligned((uintptr_t)address) && !shared_mappings &&
        region_unmap_page((uintptr_t)address))
        return 0;
    return unmap_any(address, length);
}

int mprotect(void *address, size_t length, int protection)
{
    size_t size;

    if (length == 0 && is_page_aligned((uintptr_t)address))
        return 0;
    int error = check_range(address, length, &size);

    return (int)posix_result(error ? error : region_protect((uintptr_t)address, size, region_access(protection)));
}

/* Grows in place where there is room behind, else moves the pages, not their contents. */
static int grow(uintptr_t *at, size_t old_size, size_t new_size, int flags)
{
    uintptr_t behind = *at + old_size, target = behind;
    unsigned access = region_access_at(*at);
    int error = region_map(&target, new_size - old_size, PAGE_SIZE, access);

    if (error)
        return error;
    if (target == behind)
        return 0;
    region_unmap(target, new_size - old_size);
    if (!(flags & MREMAP_MAYMOVE))
        return -ENOMEM;
    target = 0;
    error = region_map(&target, new_size, PAGE_SIZE, access);
    if (!error) {
        error = region_copy(target, *at, old_size);
        region_unmap(error ? target : *at, error ? new_size : old_size);
    }
    if (!error)
        *at = target;
    return error;
}

void *mremap(void *address, size_t old_length, size_t new_length, int flags, ...)
{
    uintptr_t at = (uintptr_t)address;
    size_t old_size = whole_pages(old_length), new_size = whole_pages(new_length);
    int error = 0;

    if (!is_page_aligned(at) || !old_size || !new_size || (flags & ~MREMAP_MAYMOVE))
        return address_result(-EINVAL);
    if (!book_covers(at, old_size))
        return address_result(-EFAULT);
    if (is_shared(at, old_size))
        error = shared_mappings->resize(at, old_size, new_size);
    else if (new_size < old_size)
        error = region_unmap(at + new_size, old_size - new_size);
    else if (new_size > old_size)
        error = grow(&at, old_size, new_size, flags);
    return error ? address_result(error) : (void *)at;
}

int madvise(void *address, size_t length, int advice)
{
    size_t size;
    int error = check_range(address, length, &size);

    if (error)
        return (int)posix_result(length ? error : 0);
    switch (advice) {
    case MADV_DONTNEED:
    case MADV_FREE:
        /* What is shared is the object's, and stays. */
        error = is_shared((uintptr_t)address, size) ? 0 : region_discard((uintptr_t)address, size);
        return (int)posix_result(error);
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
        error = book_covers((uintptr_t)address, size) ? superpage_want((uintptr_t)address, size, advice == MADV_HUGEPAGE)
                                                      : -ENOMEM;
        return (int)posix_result(error);
    case MADV_WILLNEED:
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
        return (int)posix_result(book_covers((uintptr_t)address, size) ? 0 : -ENOMEM);
    default:
        return (int)posix_result(-EINVAL);
    }
}

/* Returns the error number, and may not lose what is there. */
int posix_madvise(void *address, size_t length, int advice)
{
    if (advice == POSIX_MADV_DONTNEED)
        return 0;
    return madvise(address, length, advice) ? errno : 0;
}

/* There is no shared mapping that could differ from its file. */
int msync(void *address, size_t length, int flags)
{
    size_t size;
    int error = check_range(address, length, &size);

    if (!error && (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)))
        error = -EINVAL;
    if (!error && !book_covers((uintptr_t)address, size))
        error = -ENOMEM;
    return (int)posix_result(error);
}

/* Nothing is ever paged out; locking means to have the pages now. Heap, stacks and data always have theirs. */
int mlock(const void *address, size_t length)
{
    uintptr_t at = ALIGN_DOWN((uintptr_t)address, (uintptr_t)PAGE_SIZE);
    size_t size = whole_pages(length + ((uintptr_t)address - at));

    if (at < REGION_BASE || at >= REGION_END || !size)
        return 0;
    return (int)posix_result(book_covers(at, size) ? region_populate(at, size) : -ENOMEM);
}

int munlock(const void *address, size_t length)
{
    (void)address;
    (void)length;
    return 0;
}

POSIX_FAKED(mlockall, "what was mapped and not written yet gets its memory when it is written");
int mlockall(int flags)
{
    /* Pages of later mappings would have to be there at once, which only MAP_POPULATE does. */
    return (int)posix_result(flags & ~MCL_CURRENT ? -ENOSYS : 0);
}

int munlockall(void)
{
    return 0;
}
