/*
 * lwd/memory.h: page faults that the program answers.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <lwd/memory.h>

#include "verdict.h"

#define PAGE LWD_MEMORY_PAGE
#define PAGES 1024

/* Touching memory calls a handler, of which the compiler does not know. */
static volatile char *range;
static volatile unsigned asked, asked_to_write;

static size_t index_of(const volatile void *page)
{
    return (size_t)((const volatile char *)page - range) / PAGE;
}

/* Page i is full of i. */
static int fetch(void *argument, void *page, unsigned access)
{
    char contents[PAGE];

    asked++;
    asked_to_write += access == LWD_MEMORY_WRITE;
    memset(contents, (int)index_of(page), sizeof contents);
    errno = EDOM;
    return lwd_memory_fill(page, contents, PAGE, argument ? *(unsigned *)argument : LWD_MEMORY_WRITE);
}

static void begin(lwd_memory_handler handler, void *argument)
{
    range = lwd_memory_reserve(PAGES * PAGE, LWD_MEMORY_BLOCK);
    check(range != NULL);
    check_equal(lwd_memory_set_handler((void *)range, PAGES * PAGE, handler, argument), 0);
    asked = asked_to_write = 0;
}

static void end(void)
{
    check_equal(lwd_memory_release((void *)range, PAGES * PAGE), 0);
}

TEST(a_handler_is_asked_once_a_page)
{
    begin(fetch, NULL);
    errno = 0;
    for (size_t i = 0; i < PAGES; i++)
        check_equal(range[i * PAGE + i], (char)i);
    check_equal(errno, 0);
    check_equal(asked, PAGES);
    check_equal(asked_to_write, 0);
    for (size_t i = 0; i < PAGES; i++)
        range[i * PAGE] = 1;
    check_equal(asked, PAGES);
    check_equal(lwd_memory_scan((void *)range, PAGES * PAGE, LWD_MEMORY_DIRTY, NULL, NULL), PAGES);
    check_equal(lwd_memory_discard((char *)range + 9 * PAGE, PAGE), 0);
    check_equal(lwd_memory_scan((void *)range, PAGES * PAGE, LWD_MEMORY_PRESENT, NULL, NULL), PAGES - 1);
    check_equal(range[9 * PAGE], 9);
    check_equal(asked, PAGES + 1);
    end();
}

/* Fetches for reading, and permits writing when asked. */
static int fetch_then_permit(void *argument, void *page, unsigned access)
{
    if (access == LWD_MEMORY_WRITE && lwd_memory_scan(page, PAGE, LWD_MEMORY_PRESENT, NULL, NULL) == 1) {
        asked_to_write++;
        return lwd_memory_permit(page, PAGE, LWD_MEMORY_WRITE);
    }
    return fetch(argument, page, access);
}

TEST(what_is_not_permitted_is_asked_for)
{
    unsigned permitted = LWD_MEMORY_READ;

    begin(fetch_then_permit, &permitted);
    check_equal(range[5 * PAGE], 5);
    check_equal(asked_to_write, 0);
    range[5 * PAGE] = 50;
    check_equal(asked_to_write, 1);
    range[5 * PAGE] = 51;
    check_equal(asked_to_write, 1);
    check_equal(lwd_memory_permit((void *)range, PAGES * PAGE, LWD_MEMORY_READ), 0);
    check_equal(range[5 * PAGE], 51);
    range[5 * PAGE + 1] = 52;
    check_equal(asked_to_write, 2);
    check_equal(range[5 * PAGE], 51);
    end();
}

/* Needs another page of the range to make one. */
static int fetch_through_another(void *argument, void *page, unsigned access)
{
    size_t index = index_of(page);

    if (index > 0)
        check_equal(range[(index - 1) * PAGE], (char)(index - 1));
    return fetch(argument, page, access);
}

TEST(handlers_fault_themselves)
{
    begin(fetch_through_another, NULL);
    check_equal(range[9 * PAGE], 9);
    check_equal(asked, 10);
    end();
}

static int fetch_slowly(void *argument, void *page, unsigned access)
{
    usleep(2000);
    return fetch(argument, page, access);
}

static void *touch_all(void *argument)
{
    size_t sum = 0;

    (void)argument;
    for (size_t i = 0; i < 8; i++)
        sum += (unsigned char)range[i * PAGE];
    return (void *)sum;
}

TEST(threads_wait_for_a_page_that_another_fetches)
{
    pthread_t threads[4];

    begin(fetch_slowly, NULL);
    for (int i = 0; i < 4; i++)
        check_equal(pthread_create(&threads[i], NULL, touch_all, NULL), 0);
    for (int i = 0; i < 4; i++) {
        void *sum;

        check_equal(pthread_join(threads[i], &sum), 0);
        check_equal((size_t)sum, 28);
    }
    check_equal(asked, 8);
    end();
}

static volatile double clobber;

static int fetch_with_vectors(void *argument, void *page, unsigned access)
{
    double sum = 0;

    for (int i = 1; i < 100; i++)
        sum += 1.0 / i;
    clobber = sum;
    return fetch_slowly(argument, page, access);
}

TEST(vector_registers_are_kept)
{
    begin(fetch_with_vectors, NULL);
    for (size_t i = 0; i < 20; i++) {
        double before = (double)i + 0.5, after;
        char byte;

        __asm__ volatile("movsd %2, %%xmm7; movb (%3), %1; movsd %%xmm7, %0"
                         : "=m"(after), "=&r"(byte) : "m"(before), "r"(range + i * PAGE) : "xmm7", "memory");
        check_equal(byte, i);
        check(after == before);
    }
    end();
}

static int refuse(void *argument, void *page, unsigned access)
{
    (void)argument;
    (void)page;
    (void)access;
    return -EACCES;
}

static sigjmp_buf out;

static void leave(int signal)
{
    siglongjmp(out, signal);
}

TEST(a_refusal_is_a_segmentation_fault)
{
    begin(refuse, NULL);
    signal(SIGSEGV, leave);
    if (sigsetjmp(out, 1) == 0) {
        range[0] = 1;
        fail("a refused write was done");
    }
    signal(SIGSEGV, SIG_DFL);
    end();
}

TEST(a_handler_s_pages_are_copied_like_others)
{
    begin(fetch, NULL);
    check_equal(range[3 * PAGE], 3);
    volatile char *copy = lwd_memory_reserve(PAGES * PAGE, LWD_MEMORY_BLOCK);

    check_equal(lwd_memory_copy((void *)copy, (void *)range, PAGES * PAGE), 0);
    range[3 * PAGE] = 33;
    check_equal(asked, 1);
    check_equal(copy[3 * PAGE], 3);
    copy[3 * PAGE] = 44;
    check_equal(range[3 * PAGE], 33);
    check_equal(lwd_memory_project((char *)range + 8 * PAGE, 4 * PAGE, NULL, LWD_MEMORY_READ | LWD_MEMORY_WRITE), 0);
    range[9 * PAGE] = 1;
    check_equal(asked, 1);
    check_equal(lwd_memory_release((void *)copy, PAGES * PAGE), 0);
    end();
}
