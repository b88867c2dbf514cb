/*
 * The toolstack's wish: digits and nothing else.
 */
#include "drivers/balloon_target.h"

#define KIB_PER_FRAME 4

bool balloon_parse_target(const char *text, size_t length, uint64_t *frames)
{
    uint64_t kib = 0;

    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || kib > (INT64_MAX - 9) / 10)
            return false;
        kib = kib * 10 + (uint64_t)(text[i] - '0');
    }
    *frames = kib / KIB_PER_FRAME;
    return true;
}
