/*
 * Memory in the application's hands (paper, section 4.2): what a page shows, copies that cost no memory until they are
 * written, the accessed and dirty bits, and page faults that the application answers itself. For execution environments
 * and applications, in PV and PVH domains alike.
 *
 * A RANGE of addresses is reserved first; it may be far larger than memory. Its pages then show zeroes, a pattern, the
 * same as another range, or pages of the application's making; what was not shown anything is bare. Pages that several
 * places show are shared, and whoever writes first gets a page of its own (copy on write). mmap()ed memory is of the same
 * kind: everything here also works on it.
 *
 * Common to all calls: addresses and sizes are multiples of LWD_MEMORY_PAGE and sizes are not 0, else -EINVAL; a range
 * that wraps, or of which a part was never reserved, is refused (-EINVAL, -ENOMEM) before anything has changed. They
 * return 0 or a negative errno unless said; they do not block, and are for threads, not for event handlers. Any number of
 * pages is one hypercall for each few hundred changes on PV, and none on PVH; what is shared or bare as a whole block of
 * LWD_MEMORY_BLOCK, aligned to it, costs one change a block.
 *
 * If there is no memory left when a shared page is written, the domain ends with a report (SIGBUS): lwd_memory_populate()
 * takes the memory in advance.
 */
#ifndef LWD_MEMORY_H
#define LWD_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWD_MEMORY_PAGE 4096UL
/* What one page table of the lowest level maps. Ranges that are aligned to it and as long are the cheapest. */
#define LWD_MEMORY_BLOCK (2UL << 20)

enum lwd_memory_access {
    LWD_MEMORY_NONE = 0,
    LWD_MEMORY_READ = 1,
    LWD_MEMORY_WRITE = 2,           /* implies reading */
    /* With lwd_memory_project() of zeroes: see there. */
    LWD_MEMORY_SUPERPAGES = 16,
    LWD_MEMORY_GIGABYTES = 32,
};

/* --- ranges --- */

/*
 * Reserves addresses, aligned to `alignment` (a power of two, at least a page; LWD_MEMORY_BLOCK makes sharing cheap).
 * Nothing may be done there before one of the calls below. Null if there is no such room, or an argument is wrong.
 */
void *lwd_memory_reserve(size_t size, size_t alignment);

/* Gives up addresses and what they show. Parts may be given up; giving up what is not reserved is -EINVAL. */
int lwd_memory_release(void *at, size_t size);

/* --- projection --- */

/* A page, or a block of pages, that can be shown in many places: an identity block, a tile. */
struct lwd_memory_pattern;

/*
 * Makes a pattern of a copy of `contents`: `size` is a power of two from LWD_MEMORY_PAGE to LWD_MEMORY_BLOCK. Null if there
 * is no memory for it, or the size is wrong. Freeing it does not change what shows it: its pages live on as long as they
 * are shown.
 */
struct lwd_memory_pattern *lwd_memory_pattern_new(const void *contents, size_t size);
void lwd_memory_pattern_free(struct lwd_memory_pattern *pattern);

/*
 * Shows the pattern all over the range, or zeroes if it is null, in place of what was there. `at` and `size` are multiples
 * of the pattern's size. With LWD_MEMORY_READ a write is a fault (SIGSEGV); with LWD_MEMORY_WRITE it is a page's copy.
 *
 * LWD_MEMORY_WRITE | LWD_MEMORY_SUPERPAGES, zeroes only: memory of the range's own, in superpages of 2 MiB wherever the
 * range covers such a block and memory has one in one piece, at once. -EOPNOTSUPP on PV, where Xen has no superpages. With
 * LWD_MEMORY_GIGABYTES superpages are of 1 GiB where the range covers one, memory has one, aligned, in one piece, and the
 * processor can; 2 MiB else. lwd_memory_scan() and lwd_memory_walk() say which it got. What is later changed in a part of a
 * superpage takes that one apart: 1 GiB into 2 MiB, 2 MiB into pages.
 *
 * -ENOMEM if page tables (or superpages) found no memory: the range then shows zeroes, some of it as asked for.
 */
int lwd_memory_project(void *at, size_t size, const struct lwd_memory_pattern *pattern, unsigned access);

/* Gives every page a copy of its own now, so that writing can neither fail nor fault. -ENOMEM: some may have theirs. */
int lwd_memory_populate(void *at, size_t size);

/*
 * Superpages on demand: from now on the first write to a block of the range that shows nothing, or zeroes, gives it a superpage
 * of 2 MiB, as far as memory has one and a quarter of what is free is enough for it; lwd_memory_populate() does the same. With
 * `wanted` false: no longer, which is how ranges begin. On PV this is allowed and means nothing. (madvise() with MADV_HUGEPAGE is
 * this call, and LWD_SUPERPAGES=1 in the environment has every mmap() of a block or more begin so. The heap, that is malloc(),
 * has superpages wherever it grows by whole blocks.)
 */
int lwd_memory_want_superpages(void *at, size_t size, bool wanted);

/* Changes what may be done. Pages stay as they are, even with LWD_MEMORY_NONE. */
int lwd_memory_protect(void *at, size_t size, unsigned access);

/* Frees what the range shows: it is bare again, that is, shows zeroes (or asks its handler) when it is next touched. */
int lwd_memory_discard(void *at, size_t size);

/* --- copies --- */

/*
 * `to` shows what `from` does, and each gets pages of its own only where it is written afterwards; any depth of copies of
 * copies, released in any order. What `to` may do stays as it was, or is what `from` may at its start if that was nothing
 * (-EACCES if that is nothing too); bare stays bare. Cheapest where both are at the same offset in an LWD_MEMORY_BLOCK:
 * whole page tables are shared then. -EINVAL if the ranges overlap. -ENOMEM if page tables found no memory: `to` then shows
 * zeroes where it was not done.
 */
int lwd_memory_copy(void *to, const void *from, size_t size);

/* How many pages of the range are its own: shown nowhere else. Zeroes that got theirs ahead of being written are among them. */
long lwd_memory_private_pages(const void *at, size_t size);

/* Bytes that pages could be made of now. */
size_t lwd_memory_free(void);

/* --- what was touched --- */

enum lwd_memory_scan_flags {
    LWD_MEMORY_DIRTY = 1,           /* written by the processor since the bit was last cleared */
    LWD_MEMORY_ACCESSED = 2,        /* read or written so */
    LWD_MEMORY_PRESENT = 4,         /* shows something: a touch would not fault */
    LWD_MEMORY_CLEAR = 8,           /* the bits that are reported are cleared, in the same batch */
};

/*
 * Finds the pages of a range for which any of the conditions holds: their bits are set in `bitmap` (bit i % 64 of word
 * i / 64 for page i; all other bits up to a whole word become 0), if that is not null. Returns how many there are.
 * `granularity`, if not null, receives the largest unit met, in bytes: LWD_MEMORY_PAGE, or more where superpages are, of
 * which all pages are then reported together. To clear the bits of a part of one takes it apart, or, if there is no memory for
 * that, leaves them set.
 *
 * A page is dirty that was written through its own address since the last clearing, or since it was shown: copies,
 * projections and lwd_memory_fill() do not count as writes, their writing afterwards does. Exact for dirty bits;
 * accessed bits of pages that are shared are those of all who share the page table. What a device writes straight into
 * pages (lwd/block.h) is not seen.
 */
long lwd_memory_scan(const void *at, size_t size, unsigned what, uint64_t *bitmap, size_t *granularity);

#define LWD_MEMORY_LEVELS 4

/*
 * The entries of page tables by which the processor translates an address, from the root down, as it would read them now:
 * where they are, in `entries`. Returns how many: LWD_MEMORY_LEVELS for a page, one less for a superpage of 2 MiB, two less for 1
 * GiB; -EFAULT if nothing is there. For any address, the heap and stacks among them. They may be read, until what they show
 * changes.
 */
int lwd_memory_walk(const void *address, const uint64_t *entries[LWD_MEMORY_LEVELS]);

/* A run of set bits, in pages; the rest is lwd_memory_next_run()'s own. */
struct lwd_memory_run {
    size_t first, count;
    /* Where it looks on; and what is to come before that, all of it runs of one page: bit i is page `next` - 64 + i. */
    size_t next;
    uint64_t alone;
};

/* What comes first at page `at` or behind it: a run of several pages, or in `alone` runs of one page each, or {pages, 0}. */
struct lwd_memory_run lwd_memory_find_runs(const uint64_t *bitmap, size_t pages, size_t at);

/*
 * Moves on to the next run of a bitmap of `pages` bits, of which nothing ahead changes meanwhile; begin with {0}. False if there
 * is none. In line for single pages, which is what scattered writes leave: a few instructions each.
 */
static inline bool lwd_memory_next_run(const uint64_t *bitmap, size_t pages, struct lwd_memory_run *run)
{
    if (!run->alone)
        *run = lwd_memory_find_runs(bitmap, pages, run->next);
    if (!run->alone)
        return run->count != 0;
    run->first = run->next - 64 + (size_t)__builtin_ctzll(run->alone);
    run->alone &= run->alone - 1;
    return true;
}

/* --- faults --- */

/*
 * Answers a page fault. `page` is what was touched, rounded down to a page; `access` is LWD_MEMORY_READ, or
 * LWD_MEMORY_WRITE if that is what was tried. To go on it returns 0 after having shown something that allows the access
 * (by lwd_memory_fill(), publish, permit, copy, …; for other pages as well if it likes); a negative errno refuses: the
 * fault is then what it would be without a handler, SIGSEGV.
 *
 * It runs on the stack of the thread that faulted, between two of its instructions, with vector registers and errno kept
 * for it. It may block, unless the fault was where blocking is not possible (an event handler: the domain then ends with a
 * report). Another thread that touches the same page meanwhile waits for it. It may touch other pages with handlers itself,
 * which are asked in turn. If it touches the page that it is asked for, or returns 0 without having shown it, the domain
 * ends with a report. A handler's thread does not end and handles no signals until it has returned.
 *
 * Stacks cannot be in such a range. A call of the kernel that is given such memory faults in the middle of its work: disks
 * and sockets want memory that is there, and that the handler's own calls are not busy with (lwd_memory_take()).
 */
typedef int (*lwd_memory_handler)(void *argument, void *page, unsigned access);

/*
 * From now on, `handler` is asked for touches of pages that are bare, and for those that lwd_memory_permit() does not
 * permit; null: none is. Pages that are shown stay, and are copied on write as ever, without asking. A range that was only
 * reserved may be read and written from then on.
 */
int lwd_memory_set_handler(void *at, size_t size, lwd_memory_handler handler, void *argument);

/*
 * Says what may be done with the pages that are shown now without asking the handler: LWD_MEMORY_NONE, _READ or _WRITE.
 * Bare pages stay bare. The way to write-protect pages in a batch, and to permit writing when asked.
 */
int lwd_memory_permit(void *at, size_t size, unsigned access);

/*
 * Puts pages with these contents in place of what was there. Other threads see the old or the whole of the new page.
 * `access` is what is permitted without asking: LWD_MEMORY_READ or _WRITE (without a handler: LWD_MEMORY_READ is until the
 * first write). The pages are clean. What was only reserved may be read and written from then on. -ENOMEM: a part of them
 * was put, and of a single page nothing.
 */
int lwd_memory_fill(void *at, const void *contents, size_t size, unsigned access);

/*
 * The same without a copy: lwd_memory_take() gives `size` bytes of pages (any contents, in one piece, at an address of
 * their own, which devices can reach), null if there are none; publish moves them to `at`, and they can no longer be used
 * at their old address; give_back frees those that are not published. Parts of a piece may be published or given back.
 */
void *lwd_memory_take(size_t size);
int lwd_memory_publish(void *at, void *pages, size_t size, unsigned access);
void lwd_memory_give_back(void *pages, size_t size);

#ifdef __cplusplus
}
#endif
#endif
