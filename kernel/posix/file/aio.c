/*
 * POSIX aio: the calls.
 */
#include <aio.h>

#include <errno.h>

#include "posix/file/aio_operation.h"
#include "posix/result.h"
#include "posix/time/deadline.h"

int aio_read(struct aiocb *control)
{
    return (int)posix_result(aio_start(control, AIO_READ));
}

int aio_write(struct aiocb *control)
{
    return (int)posix_result(aio_start(control, AIO_WRITE));
}

/* O_SYNC and O_DSYNC are the same. */
int aio_fsync(int how, struct aiocb *control)
{
    (void)how;
    return (int)posix_result(aio_start(control, AIO_SYNC));
}

/* A scheduling point, so that a program that only asks sees an end. */
int aio_error(const struct aiocb *control)
{
    thread_poll();
    return control->__error;
}

ssize_t aio_return(struct aiocb *control)
{
    if (control->__error == EINPROGRESS)
        return posix_result(-EINVAL);
    ssize_t result = control->__result;

    if (control->__error)
        errno = control->__error;
    control->__error = EINVAL;
    control->__result = -1;
    return result;
}

static bool any_is_over(const struct aiocb *const list[], int count)
{
    bool is_empty = true;

    for (int i = 0; i < count; i++) {
        if (list[i] && list[i]->__error != EINPROGRESS)
            return true;
        is_empty &= list[i] == NULL;
    }
    return is_empty;
}

int aio_suspend(const struct aiocb *const list[], int count, const struct timespec *timeout)
{
    uint64_t deadline;

    if (deadline_after(timeout, &deadline))
        return (int)posix_result(-EINVAL);
    thread_poll();
    bool is_over = wait_until(&aio_finished, any_is_over(list, count), deadline);

    return (int)posix_result(is_over ? 0 : -EAGAIN);
}

int aio_cancel(int descriptor, struct aiocb *control)
{
    struct open_file *file = file_get(descriptor);

    if (!file)
        return (int)posix_result(-EBADF);
    int result = aio_take_back(file, control);

    file_put(file);
    return result;
}

static bool all_are_over(struct aiocb *const list[], int count)
{
    for (int i = 0; i < count; i++)
        if (list[i] && list[i]->aio_lio_opcode != LIO_NOP && list[i]->__error == EINPROGRESS)
            return false;
    return true;
}

/* Starts what it can of the list. Returns the first error. */
static int start_all(struct aiocb *const list[], int count)
{
    int first = 0;

    for (int i = 0; i < count; i++) {
        if (!list[i] || list[i]->aio_lio_opcode == LIO_NOP)
            continue;
        int error = list[i]->aio_lio_opcode == LIO_READ    ? aio_start(list[i], AIO_READ)
                    : list[i]->aio_lio_opcode == LIO_WRITE ? aio_start(list[i], AIO_WRITE)
                                                           : -EINVAL;

        if (error && !first)
            first = error == -EAGAIN ? -EAGAIN : -EIO;
    }
    return first;
}

int lio_listio(int mode, struct aiocb *restrict const list[restrict], int count, struct sigevent *restrict event)
{
    struct aiocb *const *controls = (struct aiocb *const *)list;

    if ((mode != LIO_WAIT && mode != LIO_NOWAIT) || count < 0)
        return (int)posix_result(-EINVAL);
    if (mode == LIO_NOWAIT && event && event->sigev_notify != SIGEV_NONE && event->sigev_notify != 0)
        return (int)posix_result(-EINVAL);
    int error = start_all(controls, count);

    if (mode == LIO_WAIT) {
        wait_for(&aio_finished, all_are_over(controls, count));
        for (int i = 0; i < count && !error; i++)
            if (controls[i] && controls[i]->aio_lio_opcode != LIO_NOP && controls[i]->__error)
                error = -EIO;
    }
    return (int)posix_result(error);
}
