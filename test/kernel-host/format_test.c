/*
 * core/format: against the C library's own printf, which it is a subset of.
 */
#include "core/format.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "verdict.h"

/* Formats by both and compares text, length and what a smaller buffer is left with. Evaluates its arguments twice. */
#define check_like_printf(...)                                                          \
    do {                                                                                \
        char wanted[512];                                                               \
        size_t size = 1 + random_below(sizeof wanted);                                  \
        char *got = exact_copy(NULL, size);                                             \
        int whole = snprintf(wanted, sizeof wanted, __VA_ARGS__);                       \
        size_t length = format_text(got, size, __VA_ARGS__);                            \
        if ((size_t)whole >= size)                                                      \
            wanted[size - 1] = '\0';                                                    \
        check_text(got, wanted);                                                        \
        check_equal(length, strlen(wanted));                                            \
    } while (0)

static uint64_t interesting_number(void)
{
    static const uint64_t edges[] = { 0, 1, 9, 10, 15, 16, INT_MAX, (uint64_t)INT_MIN, UINT_MAX, LONG_MAX, 1ull << 63, ULONG_MAX };

    if (random_below(3) == 0)
        return edges[random_below(sizeof edges / sizeof *edges)];
    return random_bits() >> random_below(64);
}

TEST(numbers_are_printf_s)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t number = interesting_number();

        check_like_printf("%d|%u|%x", (int)number, (unsigned)number, (unsigned)number);
        check_like_printf("%ld|%lu|%lx", (long)number, number, number);
        check_like_printf("%5d|%05d|%016lx|%20ld|%020ld", (int)number, (int)number, number, (long)number, (long)number);
        check_like_printf("%zu|%08x|%8x", (size_t)number, (unsigned)number, (unsigned)number);
    }
}

TEST(text_and_pointers_are_printf_s)
{
    char text[300];

    for (int i = 0; i < 5000; i++) {
        size_t length = random_below(sizeof text);

        memset(text, 'a' + (int)random_below(26), length);
        text[length] = '\0';
        char letter = (char)('!' + random_below(90));
        void *pointer = (void *)(random_bits() | 1);

        check_like_printf("<%s> %c %% %p", text, letter, pointer);
    }
}

TEST(a_lone_percent_at_the_end_is_harmless)
{
    char out[8];
    /* Not literals, since the compiler refuses such formats, and rightly. */
    const char *volatile cut = "50%", *volatile cut_in_width = "50%08l", *volatile unknown = "%y";

#pragma clang diagnostic ignored "-Wformat-nonliteral"
#pragma clang diagnostic ignored "-Wformat-security"
    check_equal(format_text(out, sizeof out, cut), 2);
    check_text(out, "50");
    check_equal(format_text(out, sizeof out, cut_in_width), 2);
    check_text(out, "50");
    check_equal(format_text(out, sizeof out, unknown), 1);
    check_text(out, "y");
}

TEST(null_text_is_named)
{
    char out[16];
    const char *volatile nothing = NULL;

    format_text(out, sizeof out, "%s", nothing);
    check_text(out, "(null)");
}

TEST(one_byte_holds_the_end_only)
{
    char *out = exact_copy("x", 1);

    check_equal(format_text(out, 1, "%s %d", "text", 5), 0);
    check_equal(*out, 0);
}
