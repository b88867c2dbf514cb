/*
 * Reading ahead: threads that bring in what hints ask for. They are there while something is wanted.
 */
#include "hpc/pager.h"

#include <errno.h>

#include "core/bits.h"

/* Requests to the disk at a time. */
#define READERS 4
#define STACK (16 << 10)

/* Takes the next wanted unit, in their order; false if there is none. */
static bool take_wanted(struct lwd_pager *pager, size_t *unit)
{
    if (!pager->wanted)
        return false;
    while (!pager->unit[pager->next_wanted].wanted)
        pager->next_wanted = pager->next_wanted + 1 < pager->units ? pager->next_wanted + 1 : 0;
    *unit = pager->next_wanted;
    pager->unit[*unit].wanted = false;
    pager->wanted--;
    return true;
}

static void read_ahead(void *argument)
{
    struct lwd_pager *pager = argument;
    size_t unit;

    /* That it failed, whoever touches the unit will see. */
    while (!pager->closing && take_wanted(pager, &unit))
        pager_bring_in(pager, unit, false);
    pager->readers--;
    wait_wake_all(&pager->changed);
}

int lwd_pager_read_ahead(struct lwd_pager *pager, const void *at, size_t size)
{
    size_t end = pager->units * pager->unit_bytes, offset = (size_t)((const char *)at - pager->range);

    if ((const char *)at < pager->range || offset > end || size > end - offset)
        return -EINVAL;
    for (size_t unit = offset / pager->unit_bytes; unit * pager->unit_bytes < offset + size; unit++)
        if (pager->unit[unit].state == UNIT_OUT && !pager->unit[unit].wanted) {
            pager->unit[unit].wanted = true;
            /* The first of what was asked for now comes first. */
            if (!pager->wanted++)
                pager->next_wanted = unit;
        }
    while (pager->readers < MIN(pager->wanted, READERS)) {
        if (thread_create("read-ahead", read_ahead, pager, STACK))
            return pager->readers ? 0 : -ENOMEM;
        pager->readers++;
    }
    return 0;
}

void pager_stop_readers(struct lwd_pager *pager)
{
    pager->closing = true;
    wait_for(&pager->changed, pager->readers == 0);
}
