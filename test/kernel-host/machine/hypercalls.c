/*
 * The machine's memory and its Xen: frames that may be touched while they are allocated only, the grant table with a
 * backend that maps what it is granted, and event channels.
 */
#include "machine.h"

#include <sanitizer/asan_interface.h>
#include <string.h>
#include <sys/mman.h>

#include <xen/event_channel.h>
#include <xen/grant_table.h>

#include "arch/x86_64/hypercall.h"
#include "mm/frame.h"
#include "xen/gnttab.h"

#define MAX_PORTS 64
/* The domain builder's, which nobody closes. */
#define XENSTORE_PORT 1
#define CONSOLE_PORT 2

/* Frames in use, and those among them that are the program's buffers. */
static bool used[MACHINE_FRAMES + 1], program[MACHINE_FRAMES + 1];
static grant_entry_v1_t table[MACHINE_GRANTS] __attribute__((aligned(PAGE_SIZE)));
/* What the backend has mapped, or once had: such a grant may have been given up. */
static struct { bool held, was_held; uint32_t frame; } holds[MACHINE_GRANTS];
static bool open_ports[MAX_PORTS];
bool machine_connected;
static char xenstore_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char console_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

int machine_frames_left = -1;

/* --- frames --- */

__attribute__((constructor)) static void make_memory(void)
{
    void *at = mmap((void *)DIRECT_BASE, (MACHINE_FRAMES + 1) * (size_t)PAGE_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    if (at != (void *)DIRECT_BASE)
        machine_fail("there is no memory at 0x%x", DIRECT_BASE);
    /* Frame 0 is Xen's shared page. */
    __asan_poison_memory_region((char *)at + PAGE_SIZE, MACHINE_FRAMES * (size_t)PAGE_SIZE);
}

static bool all_free(pfn_t first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (used[first + i])
            return false;
    return true;
}

/* Freed frames are handed out again as late as possible, so that a use of one is seen. */
static pfn_t take(unsigned count, unsigned alignment)
{
    static pfn_t last = 1;

    if (machine_frames_left >= 0 && machine_frames_left < (int)count)
        return NO_FRAME;
    for (unsigned i = 0; i < MACHINE_FRAMES; i++) {
        pfn_t first = ALIGN_UP(1 + (last + i) % MACHINE_FRAMES, (pfn_t)alignment);

        if (first + count > MACHINE_FRAMES + 1 || !all_free(first, count))
            continue;
        last = first + count - 1;
        memset(used + first, 1, count);
        __asan_unpoison_memory_region(frame_address(first), (size_t)count * PAGE_SIZE);
        memset(frame_address(first), 0xa5, (size_t)count * PAGE_SIZE);
        if (machine_frames_left > 0)
            machine_frames_left -= (int)count;
        return first;
    }
    return NO_FRAME;
}

pfn_t frame_alloc(void)
{
    return take(1, 1);
}

pfn_t frame_alloc_block(unsigned order)
{
    return take(1u << order, 1u << order);
}

void frame_free(pfn_t frame)
{
    if (frame == NO_FRAME || frame > MACHINE_FRAMES || !used[frame])
        machine_fail("frame %lu is freed and was not in use", (unsigned long)frame);
    if (machine_is_granted(frame_address(frame), PAGE_SIZE))
        machine_fail("frame %lu is freed while it is granted", (unsigned long)frame);
    for (unsigned i = 0; i < MACHINE_GRANTS; i++)
        if (holds[i].held && holds[i].frame == frame)
            machine_fail("frame %lu is freed while the backend has it mapped", (unsigned long)frame);
    used[frame] = false;
    __asan_poison_memory_region(frame_address(frame), PAGE_SIZE);
}

unsigned machine_frames_used(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i <= MACHINE_FRAMES; i++)
        count += used[i];
    return count;
}

pfn_t frame_count_free(void)
{
    return MACHINE_FRAMES - machine_frames_used();
}

void *machine_pages(unsigned count)
{
    pfn_t first = take(count, 1);

    if (first == NO_FRAME)
        return NULL;
    memset(program + first, 1, count);
    return frame_address(first);
}

void machine_pages_free(void *address, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        pfn_t frame = frame_of((char *)address + (size_t)i * PAGE_SIZE);

        program[frame] = false;
        frame_free(frame);
    }
}

/* --- the platform --- */

static pfn_t lookup(uintptr_t va, enum page_access access)
{
    pfn_t frame = (va - DIRECT_BASE) >> PAGE_SHIFT;

    (void)access;
    return va >= DIRECT_BASE && frame <= MACHINE_FRAMES && used[frame] ? frame : NO_FRAME;
}

static void *map_grant_table(unsigned frames)
{
    return frames * (PAGE_SIZE / sizeof *table) <= MACHINE_GRANTS ? table : NULL;
}

static uint64_t grant_frame(pfn_t frame)
{
    return frame;
}

static const struct platform machine_platform = {
    .name = "machine", .lookup = lookup, .map_grant_table = map_grant_table, .grant_frame = grant_frame,
};

__attribute__((constructor)) static void boot(void)
{
    platform = &machine_platform;
    boot_info = (struct boot_info){
        .frames = MACHINE_FRAMES,
        .xenstore_ring = xenstore_page,
        .xenstore_port = XENSTORE_PORT,
        .console_ring = console_page,
        .console_port = CONSOLE_PORT,
    };
}

/* --- grants, from the other side --- */

static bool is_open(unsigned reference)
{
    return reference < MACHINE_GRANTS && (table[reference].flags & GTF_type_mask) == GTF_permit_access;
}

void *machine_granted(grant_ref_t reference, bool writing)
{
    if (!is_open(reference) || (writing && (table[reference].flags & GTF_readonly)))
        return NULL;
    if (!used[table[reference].frame])
        machine_fail("grant %u is of a free frame", reference);
    return frame_address(table[reference].frame);
}

bool machine_hold(grant_ref_t reference, bool writing)
{
    if (!machine_granted(reference, writing))
        return false;
    holds[reference].held = holds[reference].was_held = true;
    holds[reference].frame = table[reference].frame;
    table[reference].flags |= (uint16_t)(writing ? GTF_reading | GTF_writing : GTF_reading);
    return true;
}

void machine_let_go(void)
{
    for (unsigned i = 0; i < MACHINE_GRANTS; i++) {
        if (!holds[i].held)
            continue;
        if (!is_open(i) || table[i].frame != holds[i].frame)
            machine_fail("grant %u was used again while the backend had it mapped", i);
        table[i].flags &= (uint16_t)~(GTF_reading | GTF_writing);
        holds[i].held = false;
    }
}

bool machine_is_granted(const void *address, size_t size)
{
    pfn_t first = frame_of(address), last = frame_of((const char *)address + size - 1);

    for (unsigned i = 0; size && i < MACHINE_GRANTS; i++)
        if (is_open(i) && table[i].frame >= first && table[i].frame <= last &&
            !(holds[i].was_held && holds[i].frame == table[i].frame))
            return true;
    return false;
}

void machine_recover_lost(void)
{
    for (grant_ref_t i = 0; i < MACHINE_GRANTS; i++) {
        pfn_t frame = table[i].frame;

        holds[i].was_held = false;
        if (is_open(i) && gnttab_end(i) == 0 && !program[frame])
            frame_free(frame);
    }
}

unsigned machine_grants_used(void)
{
    return gnttab_count();
}

/* --- hypercalls --- */

static long grant_table_op(unsigned long operation, void *argument)
{
    struct gnttab_query_size *query = argument;

    if (operation != GNTTABOP_query_size)
        machine_fail("grant table operation %lu", operation);
    query->nr_frames = query->max_nr_frames = sizeof table / PAGE_SIZE;
    query->status = GNTST_okay;
    return 0;
}

static long alloc_port(struct evtchn_alloc_unbound *allocation)
{
    for (evtchn_port_t port = CONSOLE_PORT + 1; port < MAX_PORTS; port++)
        if (!open_ports[port]) {
            open_ports[port] = true;
            allocation->port = port;
            return 0;
        }
    return -28;
}

static bool is_usable(evtchn_port_t port)
{
    return port == XENSTORE_PORT || port == CONSOLE_PORT || (port < MAX_PORTS && open_ports[port]);
}

static long event_channel_op(unsigned long operation, void *argument)
{
    const struct evtchn_send *send = argument;
    const struct evtchn_close *end = argument;
    struct evtchn_status *status = argument;

    switch (operation) {
    case EVTCHNOP_alloc_unbound:
        return alloc_port(argument);
    case EVTCHNOP_unmask:
        return 0;
    case EVTCHNOP_close:
        if (end->port >= MAX_PORTS || !open_ports[end->port])
            machine_fail("port %u is closed and was not open", end->port);
        open_ports[end->port] = false;
        return 0;
    case EVTCHNOP_status:
        status->status = machine_connected ? EVTCHNSTAT_interdomain : EVTCHNSTAT_unbound;
        return 0;
    case EVTCHNOP_send:
        return is_usable(send->port) ? 0 : -22;
    default:
        machine_fail("event channel operation %lu", operation);
    }
}

long hypercall2(unsigned number, unsigned long a1, unsigned long a2)
{
    if (number != __HYPERVISOR_event_channel_op)
        machine_fail("hypercall %u", number);
    return event_channel_op(a1, (void *)a2);
}

long hypercall3(unsigned number, unsigned long a1, unsigned long a2, unsigned long a3)
{
    (void)a3;
    if (number != __HYPERVISOR_grant_table_op)
        machine_fail("hypercall %u", number);
    return grant_table_op(a1, (void *)a2);
}

void machine_fire(evtchn_port_t port)
{
    if (!is_usable(port))
        return;
    SHARED_INFO->evtchn_pending[0] |= 1UL << port;
    SHARED_INFO->vcpu_info[0].evtchn_pending_sel |= 1;
    SHARED_INFO->vcpu_info[0].evtchn_upcall_pending = 1;
}

unsigned machine_ports_open(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < MAX_PORTS; i++)
        count += open_ports[i];
    return count;
}
