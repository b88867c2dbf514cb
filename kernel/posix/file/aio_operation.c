/*
 * Carrying out asynchronous operations: on a block device's own queue where they are whole sectors, else by threads that
 * come when there is something to do and go when there is not.
 */
#include "posix/file/aio_operation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "posix/file/block_file.h"

#define MAX_WORKERS 8
#define WORKER_STACK (32 << 10)

struct wait_queue aio_finished = WAIT_QUEUE_INIT(aio_finished);

/* Those that are over keep their file until some thread, which may block, comes by. */
static struct list under_way = LIST_INIT(under_way), over = LIST_INIT(over);
static unsigned workers;

static void finish(struct aio_operation *operation, ssize_t result)
{
    struct aiocb *control = operation->control;

    control->__result = result < 0 ? -1 : result;
    control->__error = result < 0 ? (int)-result : 0;
    control->__operation = NULL;
    list_remove(&operation->link);
    list_insert(&over, &operation->link);
    wait_wake_all(&aio_finished);
}

static void clear_up(void)
{
    while (!list_empty(&over)) {
        struct aio_operation *operation = list_first(&over, struct aio_operation, link);

        list_remove(&operation->link);
        file_put(operation->file);
        free(operation);
    }
}

/* --- by a block device's queue --- */

static void request_done(struct lwd_block_request *request)
{
    finish(request->argument, request->error ? request->error : (ssize_t)request->size);
}

/* False: it is nothing for the queue. */
static bool submit(struct aio_operation *operation)
{
    struct block_device *device = block_file_device(operation->file);
    const struct aiocb *control = operation->control;

    if (!device || operation->kind == AIO_SYNC || (operation->file->flags & (O_SYNC | O_DSYNC)))
        return false;
    const struct lwd_block_facts *facts = lwd_block_facts(device);
    uint64_t offset = (uint64_t)control->aio_offset;

    if (((offset | control->aio_nbytes) & (facts->sector_size - 1)) || control->aio_nbytes == 0 ||
        offset > facts->size || control->aio_nbytes > facts->size - offset)
        return false;
    operation->request = (struct lwd_block_request){
        .operation = operation->kind == AIO_READ ? LWD_BLOCK_READ : LWD_BLOCK_WRITE,
        .offset = offset,
        .size = control->aio_nbytes,
        .buffer = (void *)(uintptr_t)control->aio_buf,
        .done = request_done,
        .argument = operation,
    };
    struct lwd_block_request *const list[] = { &operation->request };

    lwd_block_submit(device, list, 1);
    return true;
}

/* --- by threads --- */

/* A synchronisation is of what was begun before it on the same file. */
static bool is_first_of_file(const struct aio_operation *operation)
{
    struct aio_operation *other;

    list_for_each(other, &under_way, link) {
        if (other == operation)
            return true;
        if (other->file == operation->file)
            return false;
    }
    return true;
}

static ssize_t write_file(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    struct stat status = { .st_size = 0 };

    if (file->flags & O_APPEND) {
        int error = file->operations->status(file, &status);

        if (error)
            return error;
        offset = status.st_size;
    }
    return file->operations->write(file, buffer, size, offset);
}

static ssize_t carry_out(struct aio_operation *operation)
{
    struct open_file *file = operation->file;
    const struct aiocb *control = operation->control;
    void *buffer = (void *)(uintptr_t)control->aio_buf;

    switch (operation->kind) {
    case AIO_READ:
        return file->operations->read(file, buffer, control->aio_nbytes, control->aio_offset);
    case AIO_WRITE:
        return write_file(file, buffer, control->aio_nbytes, control->aio_offset);
    case AIO_SYNC:
        wait_for(&aio_finished, is_first_of_file(operation));
        return file->operations->sync(file);
    }
    return -EINVAL;
}

static struct aio_operation *next_queued(void)
{
    struct aio_operation *operation;

    list_for_each(operation, &under_way, link)
        if (operation->is_queued)
            return operation;
    return NULL;
}

static void work(void *unused)
{
    struct aio_operation *operation;

    (void)unused;
    while ((operation = next_queued())) {
        operation->is_queued = false;
        finish(operation, carry_out(operation));
        clear_up();
    }
    workers--;
}

/* More operations than workers wait for one of them. */
static int have_worker(void)
{
    if (workers == MAX_WORKERS)
        return 0;
    int error = thread_create("aio", work, NULL, WORKER_STACK);

    if (!error)
        workers++;
    return error && workers == 0 ? error : 0;
}

/* --- starting, cancelling --- */

static int check(const struct open_file *file, const struct aiocb *control, enum aio_kind kind)
{
    const struct file_operations *operations = file->operations;
    int access = file->flags & O_ACCMODE;

    if ((kind == AIO_READ && access == O_WRONLY) || (kind == AIO_WRITE && access == O_RDONLY))
        return -EBADF;
    if (kind == AIO_SYNC)
        return operations->sync ? 0 : -EINVAL;
    if (!(kind == AIO_READ ? operations->read != NULL : operations->write != NULL) || control->aio_nbytes > LONG_MAX)
        return -EINVAL;
    return operations->seekable && control->aio_offset < 0 ? -EINVAL : 0;
}

static int begin(struct aio_operation *operation)
{
    list_insert(&under_way, &operation->link);
    if (submit(operation))
        return 0;
    operation->is_queued = true;
    int error = have_worker();

    if (error)
        list_remove(&operation->link);
    return error;
}

int aio_start(struct aiocb *control, enum aio_kind kind)
{
    int notify = control->aio_sigevent.sigev_notify;

    clear_up();
    /* Of an aiocb that is all zeroes too nothing is to be told. */
    if (notify != SIGEV_NONE && notify != 0)
        return -EINVAL;
    struct open_file *file = file_get(control->aio_fildes);

    if (!file)
        return -EBADF;
    struct aio_operation *operation = calloc(1, sizeof *operation);
    int error = operation ? check(file, control, kind) : -EAGAIN;

    if (!error) {
        operation->kind = kind;
        operation->control = control;
        operation->file = file;
        control->__error = EINPROGRESS;
        control->__operation = operation;
        error = begin(operation);
    }
    if (error) {
        control->__error = -error;
        control->__operation = NULL;
        free(operation);
        file_put(file);
    }
    return error;
}

int aio_take_back(struct open_file *file, struct aiocb *control)
{
    struct list *next;
    int result = AIO_ALLDONE;

    for (struct list *link = under_way.next; link != &under_way; link = next) {
        struct aio_operation *operation = container_of(link, struct aio_operation, link);

        next = link->next;
        if (operation->file != file || (control && operation->control != control))
            continue;
        if (!operation->is_queued) {
            result = AIO_NOTCANCELED;
            continue;
        }
        finish(operation, -ECANCELED);
        if (result == AIO_ALLDONE)
            result = AIO_CANCELED;
    }
    clear_up();
    return result;
}
