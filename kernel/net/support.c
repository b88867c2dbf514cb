/*
 * The small things that lwIP asks of the system below it.
 */
#include <errno.h>

#include <lwip/arch.h>
#include <lwip/sys.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "core/checksum.h"
#include "core/log.h"
#include "core/panic.h"
#include "net/network.h"
#include "xen/clock.h"

_Noreturn void network_assertion_failed(const char *what, const char *file, int line)
{
    panic("network stack: %s (%s, line %d)", what, file, line);
}

/* Milliseconds, which wrap around. */
u32_t sys_now(void)
{
    return (u32_t)(clock_monotonic() / (NANOSECONDS_PER_SECOND / 1000));
}

static bool processor_random(uint32_t *value)
{
    enum { RDRAND = 1 << 30, ATTEMPTS = 10 };
    static int has_it = -1;
    bool done = false;

    if (has_it < 0)
        has_it = (platform->cpuid(1, 0).ecx & RDRAND) != 0;
    for (int i = 0; i < ATTEMPTS && has_it && !done; i++)
        __asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(done));
    return done;
}

/* Without the processor's generator it is the time stamp, stirred: better than a constant, and said so once. */
uint32_t network_random(void)
{
    static uint64_t state;
    uint32_t value;

    if (processor_random(&value))
        return value;
    if (!state)
        log_line("network: this processor has no random numbers: ports and sequence numbers can be guessed");
    state += cpu_read_tsc() | 1;
    uint64_t mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;

    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return (uint32_t)(mixed >> 32);
}

int network_errno(err_t error)
{
    static const uint8_t table[] = {
        [-ERR_OK] = 0,
        [-ERR_MEM] = ENOMEM,
        [-ERR_BUF] = ENOBUFS,
        [-ERR_TIMEOUT] = ETIMEDOUT,
        [-ERR_RTE] = ENETUNREACH,
        [-ERR_INPROGRESS] = EINPROGRESS,
        [-ERR_VAL] = EINVAL,
        [-ERR_WOULDBLOCK] = EAGAIN,
        [-ERR_USE] = EADDRINUSE,
        [-ERR_ALREADY] = EALREADY,
        [-ERR_ISCONN] = EISCONN,
        [-ERR_CONN] = ENOTCONN,
        [-ERR_IF] = ENETDOWN,
        [-ERR_ABRT] = ECONNABORTED,
        [-ERR_RST] = ECONNRESET,
        [-ERR_CLSD] = ENOTCONN,
        [-ERR_ARG] = EINVAL,
    };

    if (error > 0 || (size_t)-error >= ARRAY_SIZE(table))
        return -EIO;
    return -(int)table[-error];
}

uint16_t network_checksum(const void *data, int length)
{
    return checksum_fold(checksum_add(0, data, (size_t)length));
}
