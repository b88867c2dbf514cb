/*
 * What threads and processes share by name: semaphores, message queues, memory. And descriptors' own flags.
 */
#include "conform.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void check_semaphores(void)
{
    int value;

    begin_group("semaphores: named", "sem_open, sem_unlink");
    sem_unlink("/lwd-conform");
    sem_t *one = sem_open("/lwd-conform", O_CREAT | O_EXCL, 0600, 2);

    CHECK(one != SEM_FAILED && sem_getvalue(one, &value) == 0 && value == 2);
    errno = 0;
    CHECK(sem_open("/lwd-conform", O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED && errno == EEXIST);
    sem_t *two = sem_open("/lwd-conform", 0);

    CHECK(two == one && sem_wait(two) == 0 && sem_getvalue(one, &value) == 0 && value == 1);
    CHECK(sem_close(two) == 0 && sem_unlink("/lwd-conform") == 0 && sem_post(one) == 0 && sem_close(one) == 0);
    CHECK_REFUSED(sem_unlink("/lwd-conform"), ENOENT);
    errno = 0;
    CHECK(sem_open("/lwd-conform", 0) == SEM_FAILED && errno == ENOENT);
}

static void *send_later(void *queue)
{
    nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
    mq_send(*(mqd_t *)queue, "late", 4, 3);
    return NULL;
}

static volatile sig_atomic_t told;

static void note(int signal)
{
    told = signal;
}

static void check_queues(void)
{
    struct mq_attr wanted = { .mq_maxmsg = 2, .mq_msgsize = 8 }, got;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    struct timespec past = { 1, 0 };
    char text[8];
    unsigned priority;
    pthread_t thread;

    begin_group("message queues", "mq_*");
    mq_unlink("/lwd-conform");
    mqd_t queue = mq_open("/lwd-conform", O_RDWR | O_CREAT | O_EXCL, 0600, &wanted);

    CHECK(queue >= 0 && mq_getattr(queue, &got) == 0 && got.mq_maxmsg == 2 && got.mq_msgsize == 8 && got.mq_curmsgs == 0);
    CHECK_REFUSED(mq_open("/lwd-conform", O_RDWR | O_CREAT | O_EXCL, 0600, &wanted), EEXIST);
    CHECK_REFUSED(mq_open("/lwd-none", O_RDWR), ENOENT);
    CHECK(mq_send(queue, "low", 3, 1) == 0 && mq_send(queue, "high", 4, 7) == 0);
    CHECK_REFUSED(mq_timedsend(queue, "x", 1, 0, &past), ETIMEDOUT);
    CHECK_REFUSED(mq_send(queue, "123456789", 9, 0), EMSGSIZE);
    CHECK_REFUSED(mq_receive(queue, text, 4, NULL), EMSGSIZE);
    CHECK(mq_receive(queue, text, 8, &priority) == 4 && priority == 7 && memcmp(text, "high", 4) == 0);
    CHECK(mq_receive(queue, text, 8, &priority) == 3 && priority == 1);
    CHECK_REFUSED(mq_timedreceive(queue, text, 8, NULL, &past), ETIMEDOUT);
    CHECK(pthread_create(&thread, NULL, send_later, &queue) == 0);
    CHECK(mq_receive(queue, text, 8, &priority) == 4 && priority == 3 && pthread_join(thread, NULL) == 0);
    wanted.mq_flags = O_NONBLOCK;
    CHECK(mq_setattr(queue, &wanted, &got) == 0 && got.mq_flags == 0);
    CHECK_REFUSED(mq_receive(queue, text, 8, NULL), EAGAIN);
    signal(SIGUSR1, note);
    CHECK(mq_notify(queue, &event) == 0);
    CHECK_REFUSED(mq_notify(queue, &event), EBUSY);
    CHECK(mq_send(queue, "x", 1, 0) == 0 && told == SIGUSR1);
    struct pollfd watched = { .fd = queue, .events = POLLIN | POLLOUT };

    CHECK(poll(&watched, 1, 0) == 1 && watched.revents == (POLLIN | POLLOUT));
    CHECK(mq_unlink("/lwd-conform") == 0 && mq_receive(queue, text, 8, NULL) == 1 && mq_close(queue) == 0);
    CHECK_REFUSED(mq_send(queue, "x", 1, 0), EBADF);
}

static void check_memory(void)
{
    struct stat status;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    begin_group("shared memory", "shm_open, memfd_create");
    shm_unlink("/lwd-conform");
    int one = shm_open("/lwd-conform", O_RDWR | O_CREAT | O_EXCL, 0600), two = shm_open("/lwd-conform", O_RDWR, 0);

    CHECK(one >= 0 && two >= 0 && fcntl(one, F_GETFD) == FD_CLOEXEC);
    CHECK(ftruncate(one, (off_t)(2 * page)) == 0 && fstat(two, &status) == 0 && status.st_size == (off_t)(2 * page));
    CHECK_REFUSED(shm_open("/lwd-conform", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    char *here = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, one, 0);
    char *there = mmap(NULL, page, PROT_READ, MAP_SHARED, two, (off_t)page);

    CHECK(here != MAP_FAILED && there != MAP_FAILED && here[page] == 0);
    here[page + 5] = 'q';
    CHECK(there[5] == 'q' && close(one) == 0 && close(two) == 0);
    CHECK(shm_unlink("/lwd-conform") == 0 && here[page + 5] == 'q' && munmap(there, page) == 0);
    here[7] = 'r';
    CHECK(here[7] == 'r' && munmap(here, 2 * page) == 0);
    CHECK_REFUSED(shm_unlink("/lwd-conform"), ENOENT);
    CHECK_REFUSED(shm_open("/lwd-conform", O_RDWR, 0), ENOENT);
    one = memfd_create("lwd", 0);
    CHECK(one >= 0 && fcntl(one, F_GETFD) == 0 && write(one, "bytes", 5) == 5 && lseek(one, 1, SEEK_SET) == 1);
    char text[8];

    CHECK(read(one, text, 8) == 4 && memcmp(text, "ytes", 4) == 0);
    here = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, one, 0);
    here[0] = 'B';
    CHECK(pread(one, text, 5, 0) == 5 && memcmp(text, "Bytes", 5) == 0 && ftruncate(one, 2) == 0 && ftruncate(one, 5) == 0);
    CHECK(pread(one, text, 5, 0) == 5 && memcmp(text, "By\0\0\0", 5) == 0 && munmap(here, 5) == 0 && close(one) == 0);
}

static void check_descriptor_flags(void)
{
    int ends[2], copy;

    begin_group("descriptor flags", "FD_CLOEXEC by fcntl, pipe2, dup2, dup3, open");
    CHECK(pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_GETFD) == FD_CLOEXEC && fcntl(ends[1], F_GETFD) == FD_CLOEXEC);
    CHECK((copy = dup(ends[0])) >= 0 && fcntl(copy, F_GETFD) == 0 && close(copy) == 0);
    CHECK((copy = fcntl(ends[0], F_DUPFD_CLOEXEC, 100)) == 100 && fcntl(copy, F_GETFD) == FD_CLOEXEC);
    CHECK(dup2(ends[1], copy) == copy && fcntl(copy, F_GETFD) == 0);
    CHECK(dup3(ends[1], copy, O_CLOEXEC) == copy && fcntl(copy, F_GETFD) == FD_CLOEXEC);
    CHECK_REFUSED(dup3(copy, copy, 0), EINVAL);
    CHECK(dup2(copy, copy) == copy && fcntl(copy, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(copy, F_SETFD, 0) == 0 && fcntl(copy, F_GETFD) == 0 && close(copy) == 0);
    CHECK((copy = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && fcntl(copy, F_GETFD) == FD_CLOEXEC);
    CHECK((fcntl(copy, F_GETFL) & O_ACCMODE) == O_RDONLY && close(copy) == 0);
    CHECK_REFUSED(fcntl(copy, F_GETFD), EBADF);
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}

void check_ipc(void)
{
    check_semaphores();
    check_queues();
    check_memory();
    check_descriptor_flags();
}
