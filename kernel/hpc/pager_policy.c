/*
 * Who goes out next: the policies that come with a pager.
 */
#include "hpc/pager.h"

static void spare(struct lwd_pager *pager, size_t unit)
{
    pager->unit[unit].spared = true;
}

/* A unit that just came is let be once, so that what is read ahead lasts until it is used. */
static bool is_spared(struct lwd_pager *pager, size_t unit)
{
    bool spared = pager->unit[unit].spared;

    pager->unit[unit].spared = false;
    return lwd_pager_was_used(pager, unit) || spared;
}

/* After two rounds, everything has been passed over that can be. */
static size_t choose_by_hand(struct lwd_pager *pager)
{
    for (size_t step = 0; step < 2 * pager->units; step++) {
        size_t unit = pager->hand;

        pager->hand = unit + 1 < pager->units ? unit + 1 : 0;
        if (lwd_pager_in_memory(pager, unit) && !is_spared(pager, unit))
            return unit;
    }
    return pager->hand;
}

const struct lwd_pager_policy lwd_pager_clock = { .name = "clock", .came = spare, .choose = choose_by_hand };

static void stamp(struct lwd_pager *pager, size_t unit)
{
    pager->unit[unit].came = pager->counts.units_read;
}

static size_t choose_latest(struct lwd_pager *pager)
{
    size_t latest = pager->units;

    for (size_t unit = 0; unit < pager->units; unit++)
        if (lwd_pager_in_memory(pager, unit) && (latest == pager->units || pager->unit[unit].came > pager->unit[latest].came))
            latest = unit;
    return latest;
}

const struct lwd_pager_policy lwd_pager_latest = { .name = "latest", .came = stamp, .choose = choose_latest };
