/*
 * Writes as many bytes as its first argument says, of a pattern that the test can make as well, in parts of changing
 * size and by changing ways; "text" as the second argument leaves out control characters.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t state = 12345;

static unsigned char next_byte(bool text)
{
    state = state * 1664525u + 1013904223u;
    unsigned char byte = (unsigned char)(state >> 24);

    if (!text)
        return byte;
    return byte % 64 == 0 ? '\n' : (unsigned char)(' ' + byte % 95);
}

int main(int argc, char **argv)
{
    static unsigned char part[5000];
    size_t total = argc > 1 ? strtoul(argv[1], NULL, 10) : 1 << 20;
    bool text = argc > 2 && strcmp(argv[2], "text") == 0;

    for (size_t done = 0, round = 0; done < total; round++) {
        size_t count = 1 + (done * 7919 + round) % sizeof part;

        if (count > total - done)
            count = total - done;
        for (size_t i = 0; i < count; i++)
            part[i] = next_byte(text);
        if (round % 3 == 0) {
            fflush(stdout);
            if (write(STDOUT_FILENO, part, count) != (ssize_t)count)
                return 2;
        } else if (fwrite(part, 1, count, round % 3 == 1 ? stdout : stderr) != count) {
            return 3;
        }
        if (round % 3 == 1)
            fflush(stdout);
        done += count;
    }
    return 0;
}
