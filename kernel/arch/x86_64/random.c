/*
 * The generator: ChaCha20 with a key from RDSEED, or RDRAND where there is none. The first half of each request's first
 * block becomes the next key, so that what has been given cannot be had again from memory. Each request stirs in a fresh
 * number of the processor's too: a domain that was saved and is restored twice gives different ones.
 */
#include "arch/x86_64/random.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "arch/x86_64/platform.h"
#include "core/chacha.h"

#define LEAF1_ECX_RDRAND (1u << 30)
#define LEAF7_EBX_RDSEED (1u << 18)

/* RDRAND that fails ten times in a row is broken (Intel's guide, 5.2.1); RDSEED may have to collect for a while. */
#define RDRAND_ATTEMPTS 10
#define RDSEED_ATTEMPTS 1000

/* Bytes from one key of the processor's. */
#define SEED_LASTS (1UL << 20)

static struct {
    bool asked, has_rdrand, has_rdseed;
    uint64_t last;              /* what the processor gave */
    uint32_t key[CHACHA_KEY_WORDS];
    uint64_t left;              /* bytes that the key is still good for; 0: there is none */
} state;

static bool rdrand(uint64_t *value)
{
    bool done = false;

    for (int i = 0; i < RDRAND_ATTEMPTS && !done; i++)
        __asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(done));
    return done;
}

static bool rdseed(uint64_t *value)
{
    bool done = false;

    for (int i = 0; i < RDSEED_ATTEMPTS && !done; i++) {
        __asm__ volatile("rdseed %0" : "=r"(*value), "=@ccc"(done));
        if (!done)
            cpu_relax();
    }
    return done;
}

/* There have been processors that gave all ones, and said that it had worked: two equal ones in a row are none. */
static int ask_processor(bool for_key, uint64_t *value)
{
    bool done = for_key && state.has_rdseed && rdseed(value);

    if (!done && state.has_rdrand)
        done = rdrand(value);
    if (!done || *value == state.last)
        return -EIO;
    state.last = *value;
    return 0;
}

static int make_key(void)
{
    uint64_t words[CHACHA_KEY_WORDS / 2];

    for (size_t i = 0; i < CHACHA_KEY_WORDS / 2; i++) {
        int error = ask_processor(true, &words[i]);

        if (error)
            return error;
    }
    /* Added to the old one, so that a bad number makes it no worse. */
    for (size_t i = 0; i < CHACHA_KEY_WORDS / 2; i++) {
        state.key[2 * i] ^= (uint32_t)words[i];
        state.key[2 * i + 1] ^= (uint32_t)(words[i] >> 32);
    }
    state.left = SEED_LASTS;
    return 0;
}

static void ask_what_there_is(void)
{
    if (state.asked)
        return;
    state.has_rdrand = platform->cpuid(1, 0).ecx & LEAF1_ECX_RDRAND;
    state.has_rdseed = platform->cpuid(7, 0).ebx & LEAF7_EBX_RDSEED;
    state.asked = true;
}

static int prepare(uint32_t nonce[CHACHA_NONCE_WORDS])
{
    uint64_t fresh;

    ask_what_there_is();
    if (!state.has_rdrand && !state.has_rdseed)
        return -ENOSYS;
    int error = state.left ? 0 : make_key();

    if (!error)
        error = ask_processor(!state.has_rdrand, &fresh);
    if (!error) {
        nonce[0] = (uint32_t)fresh;
        nonce[1] = (uint32_t)(fresh >> 32);
        nonce[2] = (uint32_t)cpu_read_tsc();
    }
    return error;
}

int random_fill(void *buffer, size_t size)
{
    uint32_t nonce[CHACHA_NONCE_WORDS], block[CHACHA_BLOCK_WORDS];
    int error = prepare(nonce);

    if (error)
        return error;
    char *out = buffer;
    const size_t key_bytes = sizeof state.key;
    uint32_t key[CHACHA_KEY_WORDS], counter = 0;

    memcpy(key, state.key, key_bytes);
    chacha_block(key, counter++, nonce, block);
    memcpy(state.key, block, key_bytes);
    size_t part = size < key_bytes ? size : key_bytes;

    memcpy(out, (char *)block + key_bytes, part);
    for (size_t done = part; done < size; done += part) {
        chacha_block(key, counter++, nonce, block);
        part = size - done < sizeof block ? size - done : sizeof block;
        memcpy(out + done, block, part);
    }
    state.left -= size < state.left ? size : state.left;
    explicit_bzero(key, sizeof key);
    explicit_bzero(block, sizeof block);
    return 0;
}
