/*
 * The Internet checksum (RFC 1071): a sum in ones' complement, of which any byte order will do.
 */
#ifndef LWD_CORE_CHECKSUM_H
#define LWD_CORE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Adds `length` bytes to `sum`. All parts but the last have an even length. */
static inline uint64_t checksum_add(uint64_t sum, const void *data, size_t length)
{
    const char *at = data;
    uint32_t word;

    for (; length >= sizeof word; length -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        sum += word;
    }
    word = 0;
    memcpy(&word, at, length);
    return sum + word;
}

/* The sum in 16 bits, not complemented. */
static inline uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

#endif
