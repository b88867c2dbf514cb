/*
 * ChaCha20's block function (RFC 8439, section 2.3): from a key, 64 bytes that nobody can tell from random ones without it.
 */
#ifndef LWD_CORE_CHACHA_H
#define LWD_CORE_CHACHA_H

#include <stdint.h>

#define CHACHA_KEY_WORDS 8
#define CHACHA_NONCE_WORDS 3
#define CHACHA_BLOCK_WORDS 16

/* Words are in the processor's order, which is the RFC's. */
void chacha_block(const uint32_t key[CHACHA_KEY_WORDS], uint32_t counter, const uint32_t nonce[CHACHA_NONCE_WORDS],
                  uint32_t out[CHACHA_BLOCK_WORDS]);

#endif
