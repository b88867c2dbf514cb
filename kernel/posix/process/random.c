/*
 * Random numbers for applications; /dev/random and /dev/urandom are in file_plain.c. A processor without a generator of its
 * own makes both calls ENOSYS: there is nothing else in a domain that could not be guessed.
 */
#include <sys/random.h>

#include "arch/x86_64/random.h"
#include "core/bits.h"
#include "posix/result.h"

/* As on Linux: what one call gives at the most. */
#define MOST 0x1ffffffUL
#define MOST_ENTROPY 256

ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    if (flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
        return posix_result(-EINVAL);
    size = MIN(size, MOST);
    int error = random_fill(buffer, size);

    return posix_result(error ? error : (long)size);
}

int getentropy(void *buffer, size_t size)
{
    return (int)posix_result(size > MOST_ENTROPY ? -EIO : random_fill(buffer, size));
}
