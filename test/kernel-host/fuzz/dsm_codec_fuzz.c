/*
 * hpc/dsm_codec under libFuzzer: whatever comes either is refused, and changes nothing, or changes what it may.
 */
#include <stdlib.h>
#include <string.h>

#include "hpc/dsm_codec.h"

#define PAGES 200

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void look_at_difference(const uint8_t *bytes, size_t size)
{
    static uint8_t page[DSM_PAGE_BYTES], before[DSM_PAGE_BYTES], diff[DSM_DIFF_MAX];

    memset(page, 0x5a, sizeof page);
    memcpy(before, page, sizeof page);
    if (dsm_diff_apply(page, bytes, size)) {
        if (memcmp(page, before, sizeof page))
            abort();
        return;
    }
    size_t again = dsm_diff_make(page, before, diff);

    if (dsm_diff_apply(before, diff, again) || memcmp(page, before, sizeof page))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint64_t *bitmap = calloc((PAGES + 63) / 64, sizeof *bitmap);
    struct dsm_head head;

    look_at_difference(bytes, size);
    dsm_runs_set(bitmap, PAGES, bytes, size);
    if (bitmap[PAGES / 64] >> PAGES % 64)
        abort();
    if (size >= sizeof head) {
        memcpy(&head, bytes, sizeof head);
        if (dsm_head_check(&head) == 0 && head.size > DSM_SIZE_MAX)
            abort();
    }
    free(bitmap);
    return 0;
}
