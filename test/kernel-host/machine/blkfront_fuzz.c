/*
 * drivers/blkfront and all below it under libFuzzer, which plays both a program that reads and writes, and a backend that
 * answers, lies, goes through states and holds on to memory. Every request ends; nobody touches memory that is not
 * theirs; the books balance when the backend has let go.
 */
#include <errno.h>
#include <string.h>

#include "block_backend.h"
#include "core/log.h"
#include "core/panic.h"
#include "drivers/blkfront.h"
#include "drivers/xenstore.h"
#include "xen/clock.h"

#define REQUESTS 6
#define BUFFER_PAGES 14
#define KEPT_PAGES 5
#define LONGEST (60 * 60)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct lwd_block_request requests[REQUESTS];
static bool running[REQUESTS];
static char *buffers[REQUESTS];
/* Memory that stays granted, which some requests use; null: the device has none. */
static char *kept;
static struct choices program, backend;

static void done(struct lwd_block_request *request)
{
    unsigned i = (unsigned)(request - requests);

    if (!running[i])
        machine_fail("request %u is over twice", i);
    if (request->error > 0)
        machine_fail("request %u ends with %d", i, request->error);
    running[i] = false;
    if (machine_is_granted(buffers[i], BUFFER_PAGES * PAGE_SIZE))
        machine_fail("request %u is over, and its memory is granted", i);
}

static void sleep_for(uint64_t nanoseconds)
{
    thread_block(clock_monotonic() + nanoseconds);
}

static bool any_runs(void)
{
    for (unsigned i = 0; i < REQUESTS; i++)
        if (running[i])
            return true;
    return false;
}

static void submit(struct block_device *device)
{
    uint64_t what = choose(&program, 4);
    unsigned i = what % REQUESTS;

    if (running[i])
        return;
    running[i] = true;
    requests[i] = (struct lwd_block_request){
        .operation = (what >> 3) % 8 % 6,
        .priority = (int)(what >> 26) % 3,
        .offset = (what >> 5) % 600 * 512,
        .size = (what >> 15) % 100 * 512,
        .buffer = buffers[i] + (what >> 22) % 8 * 512 + (what >> 25) % 2,
        .done = done,
    };
    if (kept && (what >> 24) % 4 == 0) {
        requests[i].buffer = kept + (what >> 22) % 8 * 512;
        requests[i].size %= KEPT_PAGES * PAGE_SIZE - 8 * 512;
    }
    if (requests[i].operation == LWD_BLOCK_FLUSH || requests[i].operation == LWD_BLOCK_BARRIER)
        requests[i].offset = requests[i].size = 0;
    lwd_block_submit(device, (struct lwd_block_request *[]){ &requests[i] }, 1);
}

/* Whatever becomes of it, a request that is taken back is over. */
static void take_back(struct block_device *device)
{
    unsigned i = (unsigned)choose(&program, 1) % REQUESTS;

    if (running[i] && lwd_block_cancel(device, &requests[i]) && running[i])
        machine_fail("request %u is taken back, and not over", i);
}

static void change_kept(struct block_device *device)
{
    if (any_runs())
        return;
    lwd_block_free(device, kept);
    kept = kept ? NULL : lwd_block_allocate(device, KEPT_PAGES * PAGE_SIZE);
}

static void act(struct block_device *device)
{
    switch (choose(&program, 1) % 8) {
    case 0:
    case 4:
        sleep_for(NANOSECONDS_PER_SECOND / 10);
        break;
    case 1:
        take_back(device);
        break;
    case 2:
        change_kept(device);
        break;
    default:
        submit(device);
    }
}

static void play(void *unused)
{
    struct block_device *device = NULL;
    int error = lwd_block_open("xvda", &device);

    (void)unused;
    while (!error && (choices_left(&program) || any_runs())) {
        if (choices_left(&program))
            act(device);
        else
            sleep_for(NANOSECONDS_PER_SECOND / 10);
    }
    if (!error) {
        lwd_block_free(device, kept);
        lwd_block_close(device);
    }
    uint64_t deadline = clock_monotonic() + LONGEST * (uint64_t)NANOSECONDS_PER_SECOND;

    while ((error = lwd_block_open("xvda", &device)) != -ENOENT) {
        if (clock_monotonic() > deadline)
            machine_fail("the device does not go away: %d", error);
        if (!error)
            lwd_block_close(device);
        sleep_for(NANOSECONDS_PER_SECOND);
    }
}

static void begin(void)
{
    static bool begun;

    if (begun)
        return;
    begun = true;
    xenstore_init();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    begin();
    kept = NULL;
    program = (struct choices){ data, data + size / 3 };
    backend = (struct choices){ data + size / 3, data + size };
    for (unsigned i = 0; i < REQUESTS; i++)
        buffers[i] = machine_pages(BUFFER_PAGES);
    block_backend_begin(&backend);
    machine_run(play, NULL);
    machine_let_go();
    machine_recover_lost();
    for (unsigned i = 0; i < REQUESTS; i++)
        machine_pages_free(buffers[i], BUFFER_PAGES);
    if (machine_frames_used() || machine_grants_used() || machine_ports_open())
        machine_fail("%u frames, %u grants and %u ports are left", machine_frames_used(), machine_grants_used(),
                     machine_ports_open());
    return 0;
}
