/*
 * What is on the test's disks: byte `offset` of a fresh one is pattern_byte(offset), as test/e2e/block.test.ts wrote it.
 */
#ifndef LWD_GUEST_DISK_H
#define LWD_GUEST_DISK_H

#include <stddef.h>
#include <stdint.h>

#define DISK "/dev/xvda"
#define READONLY_DISK "/dev/xvdb"
#define DISK_SIZE (4u << 20)

static inline unsigned char pattern_byte(uint64_t offset)
{
    return (unsigned char)((offset / 8 * 0x9e3779b97f4a7c15u) >> (offset % 8 * 8));
}

/* The disk as it has to be: what the tests write is written here too. */
extern unsigned char model[DISK_SIZE];

/* Instead of the tests: "lose-the-disk" or "states" (loss.c). Returns main's result. */
int play(const char *name);

/* Fills with bytes that no other call gives. */
void fresh_bytes(unsigned char *bytes, size_t size);

#endif
