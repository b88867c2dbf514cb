/*
 * Follows memory/target: between the toolstack's wish and mm/reservation.c. What cannot be done now, because memory is in
 * use here or the host has none, is tried again later, less and less often.
 */
#include "drivers/balloon.h"

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "core/format.h"
#include "core/log.h"
#include "drivers/balloon_target.h"
#include "drivers/xenstore.h"
#include "mm/frame.h"
#include "mm/reservation.h"
#include "xen/clock.h"

#define TARGET_NODE "memory/target"
/* For `lwd mem`: "v1 kib=HAS target=WANTED free=OF THAT". */
#define STATE_NODE "data/lwd/memory"

/* Free frames that stay with the domain whatever the host wants: page tables, a thread's stack, a ring. */
#define KEPT_FREE 256

/* Other threads have a turn after so many frames. */
#define FRAMES_AT_ONCE (8 * BLOCK_PAGES)

#define FIRST_PATIENCE (NANOSECONDS_PER_SECOND / 4)
#define LAST_PATIENCE (64 * NANOSECONDS_PER_SECOND)

const struct lwd_balloon_client *balloon_client;

static struct {
    struct wait_queue *listener;
    bool touched;
    uint64_t target;
    uint64_t next_try;
    uint64_t patience;
} balloon = { .next_try = NO_DEADLINE };

static void target_changed(void *unused)
{
    (void)unused;
    balloon.touched = true;
    wait_wake_all(balloon.listener);
}

void balloon_watch(struct wait_queue *listener)
{
    static struct xenstore_watch watch = { .path = TARGET_NODE, .changed = target_changed };

    balloon.listener = listener;
    balloon.target = reservation_pages();
    if (xenstore_watch(&watch))
        log_line("there is no following the host's wishes for memory");
}

bool balloon_is_due(void)
{
    return balloon.touched || (balloon.next_try != NO_DEADLINE && clock_monotonic() >= balloon.next_try);
}

uint64_t balloon_next_try(void)
{
    return balloon.next_try;
}

uint64_t balloon_target(void)
{
    return balloon.listener ? balloon.target : reservation_pages();
}

/* How many of the frames that the host wants back it may take. */
static uint64_t ask(uint64_t wanted)
{
    const struct lwd_balloon_client *client = balloon_client;

    if (!client || !client->asked)
        return wanted;
    return MIN(client->asked(client->argument, wanted * PAGE_SIZE) / PAGE_SIZE, wanted);
}

static void give_back(uint64_t count)
{
    while (count > 0 && !balloon.touched) {
        size_t given = reservation_shrink(MIN(count, (uint64_t)FRAMES_AT_ONCE), KEPT_FREE);

        if (given == 0)
            return;
        count -= given;
        thread_yield();
    }
}

static void take(uint64_t count)
{
    while (count > 0 && !balloon.touched) {
        size_t wanted = MIN(count, (uint64_t)FRAMES_AT_ONCE), taken = reservation_grow(wanted);

        count -= taken;
        if (taken < wanted)
            return;
        thread_yield();
    }
}

static void tell(uint64_t before)
{
    const struct lwd_balloon_client *client = balloon_client;
    uint64_t now = reservation_pages();
    char text[80];

    if (client && client->told && now != before)
        client->told(client->argument, now * PAGE_SIZE);
    format_text(text, sizeof text, "v1 kib=%lu target=%lu free=%lu", now * PAGE_SIZE / 1024,
                balloon.target * PAGE_SIZE / 1024, frame_count_free() * PAGE_SIZE / 1024);
    xenstore_write(STATE_NODE, text);
}

/* Patience ends with a new wish only: what is missing may take long to become free. */
static void plan_next_try(bool new_wish)
{
    if (reservation_pages() == balloon.target) {
        balloon.next_try = NO_DEADLINE;
        return;
    }
    balloon.patience = new_wish ? FIRST_PATIENCE : MIN(2 * balloon.patience, LAST_PATIENCE);
    balloon.next_try = clock_monotonic() + balloon.patience;
}

/* Reads the wish; false if it is none. One that is beyond what the domain may have is for as much as it may. */
static bool read_target(void)
{
    char text[24];
    uint64_t target;
    long length = xenstore_read(TARGET_NODE, text, sizeof text);

    if (length < 0 || !balloon_parse_target(text, (size_t)length, &target))
        return false;
    balloon.target = target;
    return true;
}

void balloon_adjust(void)
{
    bool new_wish = balloon.touched;
    uint64_t before = reservation_pages();

    balloon.touched = false;
    if (new_wish && !read_target())
        return;
    if (balloon.target < before)
        give_back(ask(before - balloon.target));
    else if (balloon.target > before)
        take(balloon.target - before);
    plan_next_try(new_wish);
    if (balloon.target != before)
        tell(before);
}
