/*
 * hpc/dsm_codec: differences of pages there and back, and what is none.
 */
#include "hpc/dsm_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

static uint32_t page[DSM_PAGE_BYTES / 4], old[DSM_PAGE_BYTES / 4], other[DSM_PAGE_BYTES / 4];

/* The difference in memory that ends where it ends. */
static uint8_t *make(size_t *size)
{
    static uint8_t diff[DSM_DIFF_MAX];

    *size = dsm_diff_make(page, old, diff);
    check(*size <= DSM_DIFF_MAX);
    return exact_copy(diff, *size);
}

TEST(what_is_applied_is_what_was_written)
{
    for (int round = 0; round < 200; round++) {
        size_t size;

        random_bytes(old, sizeof old);
        memcpy(page, old, sizeof page);
        memcpy(other, old, sizeof other);
        for (uint64_t changes = 1 + random_below(600); changes; changes--)
            page[random_below(DSM_PAGE_BYTES / 4)] = (uint32_t)random_bits();
        uint8_t *diff = make(&size);

        check_equal(dsm_diff_apply(other, diff, size), 0);
        check(memcmp(other, page, sizeof page) == 0);
        free(diff);
    }
}

TEST(two_writers_of_one_page_do_not_meet)
{
    size_t size;

    memset(old, 0, sizeof old);
    memset(other, 0, sizeof other);
    memset(page, 0, sizeof page);
    for (size_t i = 0; i < DSM_PAGE_BYTES / 4; i += 2)
        page[i] = 1;
    for (size_t i = 1; i < DSM_PAGE_BYTES / 4; i += 2)
        other[i] = 2;
    uint8_t *diff = make(&size);

    check_equal(size, DSM_PAGE_BYTES);
    check_equal(dsm_diff_apply(other, diff, size), 0);
    for (size_t i = 0; i < DSM_PAGE_BYTES / 4; i++)
        check_equal(other[i], 1 + i % 2);
    free(diff);
}

TEST(the_longest_difference_fits)
{
    size_t size;

    for (size_t gap = 1; gap < DSM_PAGE_BYTES / 4; gap++) {
        memset(old, 0, sizeof old);
        for (size_t i = 0; i < DSM_PAGE_BYTES / 4; i++)
            page[i] = i % (gap + 1) != gap;
        free(make(&size));
    }
    memset(page, 0xff, sizeof page);
    free(make(&size));
    check_equal(size, DSM_DIFF_MAX);
}

TEST(a_difference_that_is_none_changes_nothing)
{
    static const uint8_t empty_run[] = { 0, 0, 0, 0 }, behind_the_end[] = { 0xff, 3, 2, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
    size_t size;

    check_equal(dsm_diff_apply(page, empty_run, sizeof empty_run), -EBADMSG);
    check_equal(dsm_diff_apply(page, behind_the_end, sizeof behind_the_end), -EBADMSG);
    random_bytes(old, sizeof old);
    random_bytes(page, sizeof page);
    memcpy(other, old, sizeof other);
    uint8_t *diff = make(&size);

    for (size_t cut = 1; cut < size; cut++) {
        uint8_t *part = exact_copy(diff, cut);

        check_equal(dsm_diff_apply(other, part, cut), -EBADMSG);
        free(part);
    }
    check(memcmp(other, old, sizeof old) == 0);
    free(diff);
}

TEST(lists_of_pages_stay_in_the_range)
{
    uint64_t bitmap[2] = { 0 };
    struct dsm_run runs[] = { { 0, 1 }, { 60, 8 }, { 99, 1 } }, beyond[] = { { 1, 1 }, { 99, 2 } },
                   wraps[] = { { 5, UINT32_MAX } }, outside[] = { { 100, 0 } };

    check_equal(dsm_runs_set(bitmap, 100, (const uint8_t *)runs, sizeof runs), 0);
    check(bitmap[0] == (1UL | 0xfUL << 60) && bitmap[1] == (0xfUL | 1UL << 35));
    memset(bitmap, 0, sizeof bitmap);
    check_equal(dsm_runs_set(bitmap, 100, (const uint8_t *)beyond, sizeof beyond), -EBADMSG);
    check_equal(dsm_runs_set(bitmap, 100, (const uint8_t *)wraps, sizeof wraps), -EBADMSG);
    check_equal(dsm_runs_set(bitmap, 100, (const uint8_t *)outside, sizeof outside), -EBADMSG);
    check_equal(dsm_runs_set(bitmap, 100, (const uint8_t *)runs, sizeof runs - 1), -EBADMSG);
    check(bitmap[0] == 0 && bitmap[1] == 0);
}

TEST(heads_of_no_frame)
{
    struct dsm_head good = { .type = DSM_GET }, no_type = { .type = 0 }, unknown = { .type = DSM_TYPES },
                    long_one = { .type = DSM_PAGE, .size = DSM_SIZE_MAX + 1 };

    check_equal(dsm_head_check(&good), 0);
    check_equal(dsm_head_check(&no_type), -EBADMSG);
    check_equal(dsm_head_check(&unknown), -EBADMSG);
    check_equal(dsm_head_check(&long_one), -EBADMSG);
}
