/*
 * UTF-16 and UTF-32 to and from the C library's multibyte characters. wchar_t is UTF-32.
 */
#include <uchar.h>

#include <errno.h>
#include <stdbool.h>

#define SURROGATES 0x10000

static bool is_high(unsigned value)
{
    return value >= 0xd800 && value < 0xdc00;
}

static bool is_low(unsigned value)
{
    return value >= 0xdc00 && value < 0xe000;
}

/* A surrogate that waits is kept where the library keeps a character's first bytes: it has none then. */
#define PENDING(state) ((state)->__value.__wch)
#define MARK (-1)

static bool has_pending(const mbstate_t *state)
{
    return state->__count == MARK;
}

static void keep_pending(mbstate_t *state, unsigned value)
{
    state->__count = MARK;
    PENDING(state) = value;
}

static unsigned take_pending(mbstate_t *state)
{
    unsigned value = PENDING(state);

    *state = (mbstate_t){ .__count = 0 };
    return value;
}

static size_t refuse(void)
{
    errno = EILSEQ;
    return (size_t)-1;
}

size_t mbrtoc32(char32_t *restrict to, const char *restrict from, size_t size, mbstate_t *restrict state)
{
    static mbstate_t own;
    wchar_t wide = 0;
    size_t used = mbrtowc(&wide, from, size, state ? state : &own);

    if (used <= size && from && to)
        *to = (char32_t)wide;
    return used;
}

size_t c32rtomb(char *restrict to, char32_t from, mbstate_t *restrict state)
{
    static mbstate_t own;

    if (from > 0x10ffff || is_high(from) || is_low(from))
        return to ? refuse() : 1;
    return wcrtomb(to, (wchar_t)from, state ? state : &own);
}

size_t mbrtoc16(char16_t *restrict to, const char *restrict from, size_t size, mbstate_t *restrict state)
{
    static mbstate_t own;
    wchar_t wide = 0;

    if (!state)
        state = &own;
    if (has_pending(state)) {
        unsigned low = take_pending(state);

        if (to)
            *to = (char16_t)low;
        return (size_t)-3;
    }
    size_t used = mbrtowc(&wide, from, size, state);

    if (used > size || !from)
        return used;
    if (wide >= SURROGATES) {
        keep_pending(state, 0xdc00 | ((unsigned)wide & 0x3ff));
        wide = (wchar_t)(0xd800 | ((unsigned)(wide - SURROGATES) >> 10));
    }
    if (to)
        *to = (char16_t)wide;
    return used;
}

size_t c16rtomb(char *restrict to, char16_t from, mbstate_t *restrict state)
{
    static mbstate_t own;

    if (!state)
        state = &own;
    if (!to) {
        *state = (mbstate_t){ .__count = 0 };
        return 1;
    }
    if (has_pending(state)) {
        unsigned high = take_pending(state);

        if (!is_low(from))
            return refuse();
        return wcrtomb(to, (wchar_t)(SURROGATES + ((high & 0x3ff) << 10) + (from & 0x3ffu)), state);
    }
    if (is_high(from)) {
        keep_pending(state, from);
        return 0;
    }
    return is_low(from) ? refuse() : wcrtomb(to, from, state);
}
