/*
 * ChaCha20's block function.
 */
#include "core/chacha.h"

#include <string.h>

#define DOUBLE_ROUNDS 10

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate(s[b] ^ s[c], 7);
}

void chacha_block(const uint32_t key[CHACHA_KEY_WORDS], uint32_t counter, const uint32_t nonce[CHACHA_NONCE_WORDS],
                  uint32_t out[CHACHA_BLOCK_WORDS])
{
    /* "expand 32-byte k" */
    uint32_t start[CHACHA_BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

    memcpy(&start[4], key, CHACHA_KEY_WORDS * sizeof *key);
    start[12] = counter;
    memcpy(&start[13], nonce, CHACHA_NONCE_WORDS * sizeof *nonce);
    memcpy(out, start, sizeof start);
    for (unsigned round = 0; round < DOUBLE_ROUNDS; round++) {
        for (unsigned i = 0; i < 4; i++)
            quarter_round(out, i, 4 + i, 8 + i, 12 + i);
        for (unsigned i = 0; i < 4; i++)
            quarter_round(out, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (unsigned i = 0; i < CHACHA_BLOCK_WORDS; i++)
        out[i] += start[i];
}
