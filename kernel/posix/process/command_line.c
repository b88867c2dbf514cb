/*
 * Splitting the command line. A decoded word is never longer than it was, so this happens in place.
 */
#include "posix/process/command_line.h"

#include <errno.h>
#include <stdbool.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static int unescape(char c)
{
    switch (c) {
    case '\\':
    case '"':
        return c;
    case 'n':
        return '\n';
    case 't':
        return '\t';
    default:
        return -EINVAL;
    }
}

/* Decodes a word whose opening quote is behind us. Returns where it ends in the input, null if it is malformed. */
static const char *decode_quoted(const char *in, char **out)
{
    for (; *in != '"'; in++) {
        int c = *in;

        if (c == '\0')
            return 0;
        if (c == '\\') {
            c = unescape(*++in);
            if (c < 0)
                return 0;
        }
        *(*out)++ = (char)c;
    }
    in++;
    return *in == '\0' || is_blank(*in) ? in : 0;
}

long command_line_decode(char *text)
{
    const char *in = text;
    char *out = text;
    long words = 0;

    for (;;) {
        while (is_blank(*in))
            in++;
        if (*in == '\0')
            return words;
        if (*in == '"') {
            in = decode_quoted(in + 1, &out);
            if (!in)
                return -EINVAL;
        } else {
            while (*in && !is_blank(*in))
                *out++ = *in++;
        }
        /* The blank or NUL behind the word is read before the NUL that may fall on it is written. */
        bool last = *in == '\0';

        in += !last;
        *out++ = '\0';
        words++;
        if (last)
            return words;
    }
}
