/*
 * The small things that lwIP asks of the system below it.
 */
#include <errno.h>

#include <lwip/arch.h>
#include <lwip/sys.h>

#include "arch/x86_64/platform.h"
#include "arch/x86_64/random.h"
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

/* Where there are no random numbers it is the time stamp, stirred: better than a constant, and said so once. */
uint32_t network_random(void)
{
    static uint64_t state;
    uint32_t value;

    if (random_fill(&value, sizeof value) == 0)
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
