/*
 * drivers/balloon_target: digits are a size, and nothing else is.
 */
#include "drivers/balloon_target.h"

#include <string.h>

#include "verdict.h"

static bool parses(const char *text, uint64_t *frames)
{
    return balloon_parse_target(text, strlen(text), frames);
}

TEST(digits_are_a_size)
{
    static const struct {
        const char *text;
        uint64_t frames;
    } sizes[] = {
        { "0", 0 }, { "3", 0 }, { "4", 1 }, { "7", 1 }, { "65536", 16384 }, { "00008", 2 },
        { "9223372036854775799", 9223372036854775799ull / 4 },
    };
    uint64_t frames;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check(parses(sizes[i].text, &frames));
        check_equal(frames, sizes[i].frames);
    }
}

TEST(nothing_else_is)
{
    static const char *const wrong[] = {
        "", " ", "-1", "+4", " 4096", "4096 ", "4096\n", "0x1000", "1e6", "4096k", "4096.0", "NaN", "\xd9\xa1",
        "9223372036854775808", "18446744073709551616", "99999999999999999999999",
    };
    uint64_t frames = 42;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check(!parses(wrong[i], &frames));
    check(!balloon_parse_target("4\0" "6", 3, &frames));
    check_equal(frames, 42);
}
