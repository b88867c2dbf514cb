/*
 * The stack's heart: start, timers, and what has to be done after each use of lwIP.
 */
#include "net/network.h"

#include <errno.h>

#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/timeouts.h>

#include "core/log.h"
#include "net/interface.h"
#include "sched/mutex.h"
#include "xen/clock.h"

#define MILLISECOND (NANOSECONDS_PER_SECOND / 1000)
#define TIMER_STACK (16 << 10)
#define NO_TIMEOUT 0xffffffff

static struct wait_queue timers_changed = WAIT_QUEUE_INIT(timers_changed);
/* What the timer thread reckoned with when it went to sleep. */
static bool ticking, must_reckon;
static bool must_poll;

/* lwIP starts TCP's timer with the first connection; all other timers run from the start. */
static bool tcp_needs_ticks(void)
{
    return tcp_active_pcbs || tcp_tw_pcbs;
}

static uint64_t next_timeout(void)
{
    uint32_t milliseconds = sys_timeouts_sleeptime();

    return milliseconds == NO_TIMEOUT ? NO_DEADLINE : clock_monotonic() + milliseconds * MILLISECOND;
}

static void run_timers(void *unused)
{
    (void)unused;
    for (;;) {
        must_reckon = false;
        if (must_poll) {
            must_poll = false;
            interface_poll_all();
        }
        sys_check_timeouts();
        network_settle();
        ticking = tcp_needs_ticks();
        wait_until(&timers_changed, must_reckon, next_timeout());
    }
}

void network_settle(void)
{
    struct netif *netif;

    /* What arrives can make a reply, on this or another interface. */
    NETIF_FOREACH(netif)
        netif_poll(netif);
    interface_flush_all();
    if (tcp_needs_ticks() && !ticking && !must_reckon) {
        must_reckon = true;
        wait_wake_all(&timers_changed);
    }
}

void network_come_back(void)
{
    must_poll = must_reckon = true;
    wait_wake_all(&timers_changed);
}

static int start(void)
{
    struct netif *loopback;

    lwip_init();
    loopback = netif_find("lo0");
    if (loopback)
        NETIF_SET_CHECKSUM_CTRL(loopback, NETIF_CHECKSUM_DISABLE_ALL);
    if (thread_create("network", run_timers, NULL, TIMER_STACK))
        return -ENOMEM;
    interface_start_all();
    return 0;
}

int network_start(void)
{
    static struct mutex lock = MUTEX_INIT(lock);
    static int result = 1;

    if (result == 0)
        return 0;
    mutex_lock(&lock);
    if (result > 0)
        result = start();
    mutex_unlock(&lock);
    return result;
}

void network_close_all(void)
{
    struct tcp_pcb *next;

    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = next) {
        next = pcb->next;
        if (pcb->state == ESTABLISHED || pcb->state == CLOSE_WAIT)
            tcp_shutdown(pcb, 0, 1);
    }
    network_settle();
}

/* Data, and ends of data, that the other sides have not acknowledged. */
static uint32_t unacknowledged(void)
{
    uint32_t count = 0;

    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (pcb->state != SYN_SENT && pcb->state != SYN_RCVD)
            count += pcb->snd_lbb - pcb->lastack;
    return count;
}

void network_drain(uint64_t patience)
{
    uint64_t deadline = clock_monotonic() + patience;
    uint32_t left = unacknowledged();

    /* Only events and TCP's ticks can change it; both come to network_settle() or to the timer thread. */
    while (left && clock_monotonic() < deadline) {
        thread_block(MIN(deadline, clock_monotonic() + 10 * MILLISECOND));
        uint32_t now = unacknowledged();

        if (now != left)
            deadline = clock_monotonic() + patience;
        left = now;
    }
}
