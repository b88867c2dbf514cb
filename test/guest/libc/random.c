/*
 * Random numbers: that they are there, differ, and look like it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "verdict.h"

/* Each bit is set in about half of the bytes: eight standard deviations away is no chance. */
static void check_bits(const unsigned char *bytes, int count)
{
    for (int bit = 0; bit < 8; bit++) {
        int set = 0;

        for (int i = 0; i < count; i++)
            set += bytes[i] >> bit & 1;
        int off = 2 * set - count;

        if (off * off > 64 * count)
            fail("bit %d is set in %d of %d bytes", bit, set, count);
    }
}

TEST(random_bytes)
{
    static unsigned char bytes[100000], other[100];

    if (getrandom(bytes, 1, 0) == -1 && errno == ENOSYS)
        verdict_skip("this processor has no random numbers");
    check_equal(getrandom(bytes, sizeof bytes, 0), sizeof bytes);
    check_bits(bytes, sizeof bytes);
    check_equal(getrandom(other, sizeof other, GRND_NONBLOCK | GRND_RANDOM), sizeof other);
    check(memcmp(bytes, other, sizeof other) != 0);
    check_refused(getrandom(bytes, 1, 1u << 20), EINVAL);
    check_equal(getentropy(other, sizeof other), 0);
    check_refused(getentropy(bytes, 257), EIO);
    for (int size = 0; size < 70; size++) {
        memset(bytes, 0x5a, 100);
        check_equal(getentropy(bytes, (size_t)size), 0);
        for (int i = size; i < 100; i++)
            check_equal(bytes[i], 0x5a);
    }
}

TEST(random_devices)
{
    static unsigned char bytes[50000];
    int file = open("/dev/urandom", O_RDONLY), other = open("/dev/random", O_RDWR);

    check(file >= 0 && other >= 0);
    check_equal(read(file, bytes, sizeof bytes), sizeof bytes);
    check_bits(bytes, sizeof bytes);
    check_equal(write(other, bytes, 100), 100);
    check_equal(read(other, bytes, 100), 100);
    close(file);
    close(other);
}

TEST(arc4random_of_the_c_library)
{
    uint32_t first = arc4random(), changes = 0;

    for (int i = 0; i < 10; i++)
        changes += arc4random() != first;
    check(changes > 5);
    for (int i = 0; i < 1000; i++)
        check(arc4random_uniform(17) < 17);
}
