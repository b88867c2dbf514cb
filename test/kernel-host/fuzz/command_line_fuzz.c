/*
 * posix/command_line under libFuzzer: the words of any line lie within the line, and there are no more than fit.
 */
#include <stdlib.h>
#include <string.h>
#include <stdint.h>

#include "posix/process/command_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return -1;
    memcpy(text, bytes, size);
    text[size] = '\0';
    size_t length = strlen(text);
    long words = command_line_decode(text);
    const char *at = text;

    for (; words > 0; words--) {
        at += strlen(at) + 1;
        if (at > text + length + 1)
            abort();
    }
    free(text);
    return 0;
}
