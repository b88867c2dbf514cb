/*
 * Asynchronous input and output (POSIX.1-2017, <aio.h>). Whole sectors of a block device are transferred with no thread
 * waiting for them; everything else is done by threads of the library's, a few at a time. There is no notification
 * (sigev_notify other than SIGEV_NONE is EINVAL): wait by aio_suspend(), lio_listio(), or ask aio_error().
 */
#ifndef _AIO_H
#define _AIO_H

#include <signal.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct aiocb {
    int aio_fildes;
    int aio_lio_opcode;
    int aio_reqprio;            /* without effect */
    off_t aio_offset;
    volatile void *aio_buf;
    size_t aio_nbytes;
    struct sigevent aio_sigevent;
    /* The library's. */
    int __error;
    ssize_t __result;
    void *__operation;
};

#define AIO_CANCELED 0
#define AIO_NOTCANCELED 1
#define AIO_ALLDONE 2

#define LIO_READ 0
#define LIO_WRITE 1
#define LIO_NOP 2

#define LIO_WAIT 0
#define LIO_NOWAIT 1

int aio_read(struct aiocb *);
int aio_write(struct aiocb *);
int aio_fsync(int, struct aiocb *);
int aio_error(const struct aiocb *);
ssize_t aio_return(struct aiocb *);
int aio_suspend(const struct aiocb *const[], int, const struct timespec *);
int aio_cancel(int, struct aiocb *);
int lio_listio(int, struct aiocb *__restrict const[__restrict], int, struct sigevent *__restrict);

#ifdef __cplusplus
}
#endif
#endif
