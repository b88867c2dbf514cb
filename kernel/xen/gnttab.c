/*
 * The grant table: an array of entries shared with Xen, and our list of those not in use.
 */
#include "xen/gnttab.h"

#include <errno.h>

#include "arch/x86_64/hypercall.h"
#include "core/bits.h"

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define MAX_FRAMES 64

static grant_entry_v1_t *table;
static unsigned entries, in_use;
/* The first free reference; each free entry's `frame` names the next. References below 8 are Xen's own. */
static grant_ref_t first_free;

int gnttab_init(void)
{
    if (table)
        return 0;
    struct gnttab_query_size query = { .dom = DOMID_SELF };
    long error = hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_query_size, HYPERCALL_ARG(&query), 1);

    if (error || query.status != GNTST_okay)
        return -ENOMEM;
    unsigned frames = MIN(query.max_nr_frames, MAX_FRAMES);

    table = platform->map_grant_table(frames);
    if (!table)
        return -ENOMEM;
    entries = frames * ENTRIES_PER_FRAME;
    for (grant_ref_t ref = entries - 1; ref >= GNTTAB_NR_RESERVED_ENTRIES; ref--) {
        table[ref].frame = first_free;
        first_free = ref;
    }
    return 0;
}

int gnttab_grant(domid_t domain, pfn_t frame, bool readonly)
{
    grant_ref_t ref = first_free;

    if (ref == 0)
        return -ENOSPC;
    first_free = table[ref].frame;
    in_use++;
    table[ref].domid = domain;
    table[ref].frame = (uint32_t)platform->grant_frame(frame);
    release_fence();
    WRITE_ONCE(table[ref].flags, (uint16_t)(GTF_permit_access | (readonly ? GTF_readonly : 0)));
    return (int)ref;
}

int gnttab_end(grant_ref_t ref)
{
    uint16_t flags = READ_ONCE(table[ref].flags);

    /* Xen sets the in-use flags on its own: the entry may be cleared only in one step with having seen them clear. */
    do {
        if (flags & (GTF_reading | GTF_writing))
            return -EBUSY;
    } while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    table[ref].frame = first_free;
    first_free = ref;
    in_use--;
    return 0;
}

unsigned gnttab_count(void)
{
    return in_use;
}
