/*
 * drivers/console under libFuzzer, which plays a program that writes and reads, and a console daemon that takes, sends,
 * and sets the ring's indexes to anything. Nothing is written or read beside the ring; a call ends with what was asked
 * for, or with -EIO.
 */
#include "drivers/console.h"

#include <errno.h>
#include <string.h>

#include <xen/io/console.h>

#include "machine.h"
#include "sched/thread.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct choices program, daemon_;

static struct xencons_interface *ring(void)
{
    return boot_info.console_ring;
}

static bool serve(void)
{
    /* At last it breaks the protocol, and nobody waits for it any more. */
    if (!choices_left(&daemon_)) {
        ring()->out_cons = ring()->out_prod + 1;
        ring()->in_prod = ring()->in_cons - 1;
    } else {
        uint64_t what = choose(&daemon_, 1);

        switch (what % 6) {
        case 0:
            ring()->out_cons = ring()->out_prod;
            break;
        case 1:
            ring()->out_cons += (XENCONS_RING_IDX)(what >> 3);
            break;
        case 2:
            ring()->in_prod += (XENCONS_RING_IDX)(what >> 3);
            break;
        case 3:
            ring()->out_cons = (XENCONS_RING_IDX)choose(&daemon_, 4);
            break;
        case 4:
            ring()->in_prod = (XENCONS_RING_IDX)choose(&daemon_, 4);
            break;
        default:
            break;
        }
    }
    machine_fire(boot_info.console_port);
    return true;
}

static void play(void *unused)
{
    /* More than the ring holds. */
    static char text[5000];

    (void)unused;
    while (choices_left(&program)) {
        uint64_t what = choose(&program, 2);
        size_t size = (what >> 2) % sizeof text;
        long result;

        if (what & 1) {
            result = console_write(text, size);
            if (result != -EIO && result != (long)size)
                machine_fail("console_write(%zu): %ld", size, result);
        } else {
            result = console_read(text, size);
            if (result != -EIO && (result < (size > 0) || result > (long)size))
                machine_fail("console_read(%zu): %ld", size, result);
        }
        console_input_size();
        console_output_room();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;

    if (!begun)
        console_init();
    begun = true;
    memset(ring(), 0, PAGE_SIZE);
    program = (struct choices){ data, data + size / 2 };
    daemon_ = (struct choices){ data + size / 2, data + size };
    machine_turn = serve;
    machine_run(play, NULL);
    return 0;
}
