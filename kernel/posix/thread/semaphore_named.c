/*
 * Semaphores with names: all who open one get the same.
 */
#include <semaphore.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>

#include "core/bits.h"
#include "posix/result.h"
#include "posix/thread/named.h"

struct named_semaphore {
    struct named named;
    sem_t semaphore;
};

static struct named_list semaphores;

static int make(const char *name, unsigned value, struct named **made)
{
    struct named_semaphore *new = value > SEM_VALUE_MAX ? NULL : calloc(1, sizeof *new);

    if (!new)
        return value > SEM_VALUE_MAX ? -EINVAL : -ENOMEM;
    sem_init(&new->semaphore, 0, value);
    int error = named_add(&semaphores, &new->named, name);

    if (error)
        free(new);
    *made = &new->named;
    return error;
}

sem_t *sem_open(const char *name, int flags, ...)
{
    struct named *found;
    int error = named_open(&semaphores, name, flags, &found);

    if (!error && !found) {
        va_list args;

        va_start(args, flags);
        va_arg(args, mode_t);
        error = make(name, va_arg(args, unsigned), &found);
        va_end(args);
    }
    if (error) {
        posix_result(error);
        return SEM_FAILED;
    }
    return &container_of(found, struct named_semaphore, named)->semaphore;
}

int sem_close(sem_t *semaphore)
{
    struct named_semaphore *named = container_of(semaphore, struct named_semaphore, semaphore);

    if (named_close(&named->named))
        free(named);
    return 0;
}

int sem_unlink(const char *name)
{
    struct named *last = NULL;
    int error = named_unlink(&semaphores, name, &last);

    if (last)
        free(container_of(last, struct named_semaphore, named));
    return (int)posix_result(error);
}
