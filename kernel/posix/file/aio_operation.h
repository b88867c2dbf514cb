/*
 * The operations behind POSIX aio: what is under way, and who carries it out.
 */
#ifndef LWD_POSIX_FILE_AIO_OPERATION_H
#define LWD_POSIX_FILE_AIO_OPERATION_H

#include <aio.h>

#include <lwd/block.h>
#include "posix/file/file.h"

enum aio_kind { AIO_READ, AIO_WRITE, AIO_SYNC };

struct aio_operation {
    enum aio_kind kind;
    struct aiocb *control;
    struct open_file *file;     /* a reference */
    bool is_queued;             /* no thread has begun it: it can be cancelled */
    struct lwd_block_request request;
    struct list link;           /* of those under way, in the order of their start; or of those that are over */
};

/* Woken when an operation is over. */
extern struct wait_queue aio_finished;

/* Begins an operation on the file behind control->aio_fildes. Returns 0 or a negative errno, and then there is none. */
int aio_start(struct aiocb *control, enum aio_kind kind);

/* Takes back those of `file` that nobody has begun, or that one alone. Returns AIO_CANCELED and so on. */
int aio_take_back(struct open_file *file, struct aiocb *control);

#endif
