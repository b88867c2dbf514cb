/*
 * The domain's size in the application's hands: drivers/balloon.c does the work.
 */
#include <lwd/balloon.h>

#include "drivers/balloon.h"
#include "mm/frame.h"
#include "mm/reservation.h"
#include "sched/cpu.h"

const struct lwd_balloon_client *lwd_balloon_use(const struct lwd_balloon_client *client)
{
    const struct lwd_balloon_client *before = balloon_client;

    balloon_client = client;
    /* The host can have a client wake any thread: that all wait is no dead lock then. */
    this_cpu()->hopeful += (unsigned)(client != NULL) - (unsigned)(before != NULL);
    return before;
}

struct lwd_balloon_state lwd_balloon_state(void)
{
    return (struct lwd_balloon_state){
        .size = reservation_pages() * PAGE_SIZE,
        .free = frame_count_free() * PAGE_SIZE,
        .target = balloon_target() * PAGE_SIZE,
        .most = platform->most_frames() * PAGE_SIZE,
    };
}
