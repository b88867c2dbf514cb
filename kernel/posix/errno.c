/*
 * Where the thread's errno is. A call, because a compiler that sees a variable takes it for unchanged by functions that it
 * knows, malloc() first of all.
 */
#include <errno.h>

int *__errno(void)
{
    return &_tls_errno;
}
