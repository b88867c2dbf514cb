/*
 * What else is done to mappings of shared memory: a part is unmapped, two at a time, made smaller and larger, given away,
 * protected. The object keeps its bytes, and is there for as long as somebody has it.
 */
#include "conform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define BOTH (PROT_READ | PROT_WRITE)

static size_t page;

static char *map_object(int object, size_t pages, size_t from)
{
    return mmap(NULL, pages * page, BOTH, MAP_SHARED, object, (off_t)(from * page));
}

/* An object of so many pages, the first byte of each its number from 1 on. */
static int make_object(size_t pages)
{
    int object = memfd_create("lwd", MFD_CLOEXEC);

    CHECK(object >= 0 && ftruncate(object, (off_t)(pages * page)) == 0);
    for (size_t i = 0; i < pages; i++) {
        char number = (char)(i + 1);

        CHECK(pwrite(object, &number, 1, (off_t)(i * page)) == 1);
    }
    return object;
}

static bool holds(int object, size_t pages)
{
    for (size_t i = 0; i < pages; i++) {
        char number = 0;

        if (pread(object, &number, 1, (off_t)(i * page)) != 1 || number != (char)(i + 1))
            return false;
    }
    return true;
}

static void check_unmapping(void)
{
    int object = make_object(4);
    char *all = map_object(object, 4, 0), *end = map_object(object, 2, 2);

    CHECK(munmap(all + page, page) == 0 && all[0] == 1 && all[2 * page] == 3);
    CHECK(munmap(all, page) == 0 && munmap(all, page) == 0 && munmap(all + page, page) == 0);
    CHECK(munmap(all + 2 * page, 2 * page) == 0 && holds(object, 4));
    end = end == all + 2 * page ? end : map_object(object, 2, 2);
    CHECK(close(object) == 0 && end[0] == 3 && end[page] == 4);
    end[page] = 'q';
    CHECK(end[page] == 'q' && munmap(end, 2 * page) == 0);

    /* Again what is not mapped any more; and what is beside it with it. */
    object = make_object(2);
    all = map_object(object, 2, 0);
    CHECK(munmap(all, 2 * page) == 0 && munmap(all, 2 * page) == 0 && munmap(all, page) == 0 && holds(object, 2));
    all = map_object(object, 2, 0);
    char *beside = mmap(all + 2 * page, page, BOTH, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    CHECK(munmap(all, 3 * page) == 0 && holds(object, 2));
    /* Where there was no room for it beside, there is nothing to be gone. */
    CHECK(beside != all + 2 * page || (msync(beside, page, MS_ASYNC) < 0 && errno == ENOMEM));
    CHECK(close(object) == 0);
}

static void check_replacing(void)
{
    int object = make_object(4);
    char *all = map_object(object, 4, 0);
    /* A domain refuses that; wherever it succeeds, the object is as it was. */
    char *over = mmap(all + page, page, BOTH, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    CHECK(over == all + page || (over == MAP_FAILED && errno == ENOTSUP));
    if (over != MAP_FAILED)
        over[0] = 'x';
    CHECK(holds(object, 4) && all[0] == 1 && all[2 * page] == 3);
    CHECK(munmap(all, 4 * page) == 0 && holds(object, 4) && close(object) == 0);
}

static void check_resizing(void)
{
    int object = make_object(4);
    char *all = map_object(object, 4, 0), *less = mremap(all, 4 * page, page, 0);

    CHECK(less == all && less[0] == 1 && holds(object, 4));
    char *more = mremap(less, page, 3 * page, MREMAP_MAYMOVE);

    CHECK(more != MAP_FAILED && more[2 * page] == 3);
    more[page] = 'm';
    char got = 0;

    CHECK(pread(object, &got, 1, (off_t)page) == 1 && got == 'm');
    CHECK(close(object) == 0 && more[page] == 'm' && munmap(more, 3 * page) == 0);
}

static void check_advice(void)
{
    int object = make_object(2);
    char *all = map_object(object, 2, 0), number = 9;

    CHECK(madvise(all, 2 * page, MADV_DONTNEED) == 0 && all[0] == 1 && all[page] == 2 && holds(object, 2));
    CHECK(mprotect(all, page, PROT_READ) == 0 && all[0] == 1 && holds(object, 2));
    /* In a domain what the mapping may not do, nobody may. */
    errno = 0;
    CHECK(pwrite(object, &number, 1, 0) == 1 || errno == EACCES);
    number = 2;
    CHECK(pwrite(object, &number, 1, (off_t)page) == 1);
    CHECK(mprotect(all, page, BOTH) == 0 && munmap(all, 2 * page) == 0 && close(object) == 0);
}

void check_shared(void)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    begin_group("mappings of shared memory", "munmap, mremap, mprotect, madvise of parts");
    check_unmapping();
    check_replacing();
    check_resizing();
    check_advice();
}
