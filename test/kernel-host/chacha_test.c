/*
 * core/chacha: the vectors of RFC 8439, sections 2.3.2 and A.1.
 */
#include "core/chacha.h"

#include <string.h>

#include "verdict.h"

static void expect(const uint32_t key[CHACHA_KEY_WORDS], uint32_t counter, const uint32_t nonce[CHACHA_NONCE_WORDS],
                   const uint32_t wanted[CHACHA_BLOCK_WORDS])
{
    uint32_t got[CHACHA_BLOCK_WORDS];

    chacha_block(key, counter, nonce, got);
    check(memcmp(got, wanted, sizeof got) == 0);
}

TEST(the_example_of_the_block_function)
{
    static const unsigned char nonce_bytes[12] = { 0, 0, 0, 9, 0, 0, 0, 0x4a };
    static const uint32_t wanted[CHACHA_BLOCK_WORDS] = {
        0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
        0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
    };
    unsigned char key_bytes[32];
    uint32_t key[CHACHA_KEY_WORDS], nonce[CHACHA_NONCE_WORDS];

    for (unsigned i = 0; i < sizeof key_bytes; i++)
        key_bytes[i] = (unsigned char)i;
    memcpy(key, key_bytes, sizeof key);
    memcpy(nonce, nonce_bytes, sizeof nonce);
    expect(key, 1, nonce, wanted);
}

TEST(no_key_and_no_nonce)
{
    static const uint32_t zero[CHACHA_KEY_WORDS], first[CHACHA_BLOCK_WORDS] = {
        0xade0b876, 0x903df1a0, 0xe56a5d40, 0x28bd8653, 0xb819d2bd, 0x1aed8da0, 0xccef36a8, 0xc70d778b,
        0x7c5941da, 0x8d485751, 0x3fe02477, 0x374ad8b8, 0xf4b8436a, 0x1ca11815, 0x69b687c3, 0x8665eeb2,
    };

    expect(zero, 0, zero, first);
}
