/*
 * Commands for a shell, of which a domain has none.
 */
#include <stdlib.h>

#include "posix/result.h"
#include "posix/shortfall.h"

POSIX_REFUSED(system, ENOSYS, "there is no shell, and no other process");
int system(const char *command)
{
    return command ? (int)posix_result(-ENOSYS) : 0;
}
