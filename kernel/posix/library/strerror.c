/*
 * What strerror() and its kin say of a number that is no error.
 */
#include <errno.h>
#include <string.h>

#include "core/format.h"

/* Called by newlib, also by what has to be safe among threads; sets *unknown to what errno becomes. */
char *_user_strerror(int error, int internal, int *unknown)
{
    static __thread char text[sizeof "Unknown error -2147483648"];

    (void)internal;
    *unknown = EINVAL;
    format_text(text, sizeof text, "Unknown error %d", error);
    return text;
}
