/*
 * drivers/netfront and all below it under libFuzzer, which plays a program that sends and receives, and a backend that
 * takes and delivers, lies, goes through states and holds on to memory. Nobody touches memory that is not theirs, the end
 * is told once, and the books balance when the backend has let go.
 */
#include <errno.h>

#include "drivers/xenstore.h"
#include "net_backend.h"
#include "net_card.h"
#include "sched/thread.h"
#include "xen/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct choices program, backend;

static void send_some(uint32_t *sequence)
{
    unsigned count = (unsigned)choose(&program, 1) % 64;
    size_t size = choose(&program, 2) % 1461;

    for (unsigned i = 0; i < count; i++) {
        int error = net_card_send_segment(*sequence, size, i + 1 == count);

        if (error && error != -EAGAIN && error != -ENETDOWN)
            machine_fail("netfront_send: %d", error);
        *sequence += error ? 0 : (uint32_t)size;
    }
    netfront_flush(&net_card.net);
}

static void play(void *unused)
{
    int error = net_card_open();
    uint32_t sequence = 0;

    (void)unused;
    if (error > 0)
        machine_fail("netfront_open: %d", error);
    while (!error && choices_left(&program)) {
        switch (choose(&program, 1) % 6) {
        case 0:
            thread_block(clock_monotonic() + NANOSECONDS_PER_SECOND / 10);
            break;
        case 1:
            net_card_give_back();
            break;
        case 2:
            net_card.keeps = !net_card.keeps;
            break;
        case 3:
            netfront_poll(&net_card.net);
            break;
        default:
            send_some(&sequence);
        }
    }
    /* The backend's part is over before it has told all its lies only if nobody connected. */
    backend.at = error ? backend.end : backend.at;
    net_card_close(error);
    while (!net_backend.gone)
        thread_block(clock_monotonic() + NANOSECONDS_PER_SECOND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;

    if (!begun)
        xenstore_init();
    begun = true;
    program = (struct choices){ data, data + size / 3 };
    backend = (struct choices){ data + size / 3, data + size };
    net_backend_begin(&backend);
    machine_run(play, NULL);
    machine_let_go();
    machine_recover_lost();
    if (machine_frames_used() || machine_grants_used() || machine_ports_open())
        machine_fail("%u frames, %u grants and %u ports are left", machine_frames_used(), machine_grants_used(),
                     machine_ports_open());
    return 0;
}
