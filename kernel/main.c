/*
 * The boot, as a list. The entry (arch/x86_64/pv/entry.S) has put what the domain builder said into boot_info,
 * installed traps and protected the image; from here on it is the same for every platform.
 */
#include "drivers/console.h"
#include "drivers/xenstore.h"
#include "mm/frame.h"
#include "posix/process/process.h"
#include "sched/thread.h"
#include "xen/clock.h"

_Noreturn void kernel_main(void);

/*
 * A fraction of memory, so that 4 MiB are enough for a small program. It is mapped before main() starts, so its size is
 * part of the time to boot; threads can have larger ones.
 */
static size_t main_stack_bytes(void)
{
    size_t share = boot_info.frames * PAGE_SIZE / 32;

    return MIN(MAX(share, (size_t)64 << 10), (size_t)2 << 20);
}

/* The first thread: everything that may block is possible from here on. */
static void first_thread(void *unused)
{
    (void)unused;
    xenstore_init();            /* connect the event channel; nothing is sent yet */
    process_run();              /* command line → argv, environ; channel; the toolstack's wishes; constructors; main; exit */
}

_Noreturn void kernel_main(void)
{
    console_init_emergency();   /* reports work from here on */
    process_init();             /* what a crash report tells the host */
    frame_init();               /* memory beyond what the builder used */
    clock_init();               /* no periodic timer */
    console_init();             /* connect the console's event channel */
    sched_start("main", first_thread, NULL, main_stack_bytes());
}
