/*
 * Random numbers that nobody can guess: a generator of our own, keyed by the processor's.
 */
#ifndef LWD_ARCH_RANDOM_H
#define LWD_ARCH_RANDOM_H

#include <stddef.h>

/*
 * Fills the buffer. Returns 0; -ENOSYS: the processor has neither RDSEED nor RDRAND, and nothing else would do; -EIO: it has,
 * and gives nothing, or nothing that changes. Does not block. The buffer is as it was unless the result is 0.
 */
int random_fill(void *buffer, size_t size);

#endif
