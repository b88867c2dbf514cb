/*
 * Descriptors, on each kind that both sides have.
 */
#include "conform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int open_file(void)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/lines.txt", tree);
    return open(path, O_RDONLY);
}

static void check_positions(void)
{
    char text[20];
    struct iovec parts[2] = { { text, 2 }, { text + 2, 4 } };
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
    off_t offset = 4;
    int file = open_file(), ends[2];

    begin_group("files", "a file of the root");
    CHECK(lseek(file, -6, SEEK_END) == 8 && read(file, text, 20) == 6 && memcmp(text, "three\n", 6) == 0);
    CHECK(read(file, text, 20) == 0 && pread(file, text, 3, 4) == 3 && memcmp(text, "two", 3) == 0);
    CHECK(lseek(file, 0, SEEK_CUR) == 14 && preadv(file, parts, 2, 0) == 6 && memcmp(text, "one\ntw", 6) == 0);
    CHECK(lseek(file, 0, SEEK_SET) == 0 && readv(file, parts, 2) == 6);
    CHECK_REFUSED(write(file, "x", 1), EBADF);
    CHECK_REFUSED(lseek(file, -1, SEEK_SET), EINVAL);
    CHECK_REFUSED(lseek(file, 0, 77), EINVAL);
    CHECK_REFUSED(pread(file, text, 1, -1), EINVAL);
    CHECK_REFUSED(readv(file, parts, -1), EINVAL);
    CHECK(fcntl(file, F_GETFL) >= 0 && (fcntl(file, F_GETFL) & O_ACCMODE) == O_RDONLY);
    CHECK(fcntl(file, F_SETLK, &lock) == 0 && fcntl(file, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
    CHECK(flock(file, LOCK_SH | LOCK_NB) == 0 && flock(file, LOCK_UN) == 0);
    CHECK(posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL) == 0 && posix_fadvise(file, 0, 0, 77) == EINVAL);
    CHECK(pipe(ends) == 0 && sendfile(ends[1], file, &offset, 3) == 3 && offset == 7);
    CHECK(read(ends[0], text, 20) == 3 && memcmp(text, "two", 3) == 0);
    CHECK(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL) == ESPIPE);
    int copy = fcntl(file, F_DUPFD, 50);

    CHECK(copy == 50 && dup2(copy, 51) == 51 && close(50) == 0 && close(51) == 0);
    char *mapped = mmap(NULL, 14, PROT_READ, MAP_PRIVATE, file, 0);

    CHECK(mapped != MAP_FAILED && memcmp(mapped, "one\n", 4) == 0 && munmap(mapped, 14) == 0);
    close(ends[0]);
    close(ends[1]);
    close(file);
    CHECK_REFUSED(close(file), EBADF);
}

/* What a connection of either kind does. */
static void check_connection(int from, int to)
{
    char text[10];
    int available = 0;
    struct pollfd request = { .fd = to, .events = POLLIN };
    struct timeval soon = { 0, 1000 };
    fd_set set;

    CHECK(poll(&request, 1, 0) == 0);
    CHECK(fcntl(to, F_SETFL, O_NONBLOCK) == 0);
    CHECK_REFUSED(read(to, text, 1), EAGAIN);
    CHECK(write(from, "hello", 5) == 5 && poll(&request, 1, -1) == 1 && request.revents == POLLIN);
    FD_ZERO(&set);
    FD_SET(to, &set);
    CHECK(select(to + 1, &set, NULL, NULL, &soon) == 1 && FD_ISSET(to, &set));
    CHECK(ioctl(to, FIONREAD, &available) == 0 && available == 5);
    CHECK(read(to, text, 2) == 2 && read(to, text, 10) == 3 && memcmp(text, "llo", 3) == 0);
    CHECK_REFUSED(lseek(to, 0, SEEK_CUR), ESPIPE);
    CHECK_REFUSED(pread(to, text, 1, 0), ESPIPE);
    CHECK(close(from) == 0 && poll(&request, 1, -1) == 1 && (request.revents & POLLHUP));
    CHECK(read(to, text, 1) == 0 && close(to) == 0);
}

static void check_connections(void)
{
    int ends[2];

    begin_group("pipes", "pipe, pipe2");
    CHECK(pipe(ends) == 0);
    check_connection(ends[1], ends[0]);
    CHECK(pipe2(ends, O_NONBLOCK) == 0);
    static char block[1 << 17];

    CHECK(write(ends[1], block, sizeof block) == 65536);
    CHECK_REFUSED(write(ends[1], block, 1), EAGAIN);
    close(ends[0]);
    close(ends[1]);
    begin_group("socket pairs", "AF_UNIX, SOCK_STREAM");
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    check_connection(ends[1], ends[0]);
}

/* Epolls that watch each other, and what is told of a file that nobody asked anything of. */
static void check_rows(int epoll)
{
    struct epoll_event wanted = { .events = EPOLLIN }, got;
    int second = epoll_create1(0), third = epoll_create1(0), ends[2];

    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, second, &wanted) == 0 && epoll_ctl(second, EPOLL_CTL_ADD, third, &wanted) == 0);
    CHECK_REFUSED(epoll_ctl(second, EPOLL_CTL_ADD, epoll, &wanted), ELOOP);
    CHECK_REFUSED(epoll_ctl(third, EPOLL_CTL_ADD, epoll, &wanted), ELOOP);
    CHECK(pipe(ends) == 0 && epoll_ctl(third, EPOLL_CTL_ADD, ends[0], &wanted) == 0 && epoll_wait(epoll, &got, 1, 0) == 0);
    CHECK(write(ends[1], "x", 1) == 1 && epoll_wait(epoll, &got, 1, 0) == 1);
    wanted.events = 0;
    CHECK(epoll_ctl(third, EPOLL_CTL_MOD, ends[0], &wanted) == 0 && epoll_wait(third, &got, 1, 0) == 0);
    CHECK(close(ends[1]) == 0 && epoll_wait(third, &got, 1, 0) == 1 && got.events == EPOLLHUP);
    close(ends[0]);
    close(third);
    close(second);
}

static void check_events(void)
{
    struct itimerspec time = { .it_value = { 0, 1000000 } };
    struct epoll_event wanted = { .events = EPOLLIN, .data.u32 = 7 }, got[2];
    uint64_t value = 3;
    int event = eventfd(0, EFD_NONBLOCK), timer = timerfd_create(CLOCK_MONOTONIC, 0), epoll = epoll_create1(0);

    begin_group("events", "eventfd, timerfd, epoll");
    CHECK(event >= 0 && timer >= 0 && epoll >= 0);
    CHECK_REFUSED(read(event, &value, 8), EAGAIN);
    CHECK_REFUSED(read(event, &value, 4), EINVAL);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted) == 0 && epoll_wait(epoll, got, 2, 0) == 0);
    CHECK_REFUSED(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted), EEXIST);
    value = 3;
    CHECK(write(event, &value, 8) == 8 && epoll_wait(epoll, got, 2, -1) == 1 && got[0].data.u32 == 7);
    CHECK(read(event, &value, 8) == 8 && value == 3);
    CHECK(timerfd_settime(timer, 0, &time, NULL) == 0 && read(timer, &value, 8) == 8 && value == 1);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, event, NULL) == 0);
    close(event);
    close(timer);
    check_rows(epoll);
    close(epoll);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A timer that has expired and is not read is over for who watched it once, at its edge, or for something else. */
static void check_expired(void)
{
    struct itimerspec time = { .it_value = { 0, 1000000 } };
    struct epoll_event wanted = { .events = EPOLLIN | EPOLLONESHOT }, got;
    int timer = timerfd_create(CLOCK_MONOTONIC, 0), epoll = epoll_create1(0);
    struct pollfd request = { .fd = timer, .events = POLLOUT };

    begin_group("events of the past", "timerfd that stays expired; epoll, EPOLLONESHOT, EPOLLET; poll");
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &wanted) == 0 && timerfd_settime(timer, 0, &time, NULL) == 0);
    CHECK(epoll_wait(epoll, &got, 1, -1) == 1 && got.events == EPOLLIN);
    double began = seconds_of(CLOCK_MONOTONIC), worked = seconds_of(CLOCK_PROCESS_CPUTIME_ID);

    CHECK(epoll_wait(epoll, &got, 1, 30) == 0);
    CHECK(poll(&request, 1, 30) == 0);
    CHECK_REFUSED(poll(&request, (nfds_t)-1, 30), EINVAL);
    wanted.events = EPOLLIN | EPOLLET;
    CHECK(epoll_ctl(epoll, EPOLL_CTL_MOD, timer, &wanted) == 0);
    CHECK(epoll_wait(epoll, &got, 1, 30) == 1 && got.events == EPOLLIN);
    CHECK(epoll_wait(epoll, &got, 1, 30) == 0);
    worked = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - worked;
    /* Who waits by asking works all the time. On a busy emulated host a few calls can take long. */
    CHECK(worked < (seconds_of(CLOCK_MONOTONIC) - began) * 0.9);
    CHECK(timerfd_settime(timer, 0, &time, NULL) == 0 && epoll_wait(epoll, &got, 1, -1) == 1);
    wanted.events = EPOLLIN;
    CHECK(epoll_ctl(epoll, EPOLL_CTL_MOD, timer, &wanted) == 0 && epoll_wait(epoll, &got, 1, -1) == 1);
    CHECK(epoll_wait(epoll, &got, 1, -1) == 1 && got.events == EPOLLIN);
    close(timer);
    close(epoll);
}

static void check_devices(void)
{
    char text[4] = "abc";
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY), full = open("/dev/full", O_WRONLY);
    struct stat status;

    begin_group("devices", "null zero full urandom");
    CHECK(read(null, text, 3) == 0 && write(null, text, 3) == 3);
    CHECK(read(zero, text, 3) == 3 && memcmp(text, "\0\0\0", 3) == 0);
    CHECK_REFUSED(write(full, text, 1), ENOSPC);
    CHECK(fstat(null, &status) == 0 && S_ISCHR(status.st_mode) && !isatty(null));
    CHECK(access("/dev/null", R_OK | W_OK) == 0);
    close(null);
    close(zero);
    close(full);
    null = open("/dev/urandom", O_RDONLY);
    CHECK(read(null, text, 4) == 4);
    close(null);
}

static void check_mapping(void)
{
    long page = sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, (size_t)(4 * page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    begin_group("mappings", "anonymous");
    CHECK(memory != MAP_FAILED && memory[0] == 0 && memory[4 * page - 1] == 0);
    memory[page] = 5;
    CHECK(madvise(memory + page, (size_t)page, MADV_DONTNEED) == 0 && memory[page] == 0);
    memory[2 * page] = 7;
    CHECK(mprotect(memory, (size_t)page, PROT_READ) == 0);
    char *moved = mremap(memory + 2 * page, (size_t)(2 * page), (size_t)(8 * page), MREMAP_MAYMOVE);

    CHECK(moved != MAP_FAILED && moved[0] == 7 && munmap(moved, (size_t)(8 * page)) == 0);
    CHECK(munmap(memory, (size_t)(2 * page)) == 0);
    CHECK_REFUSED(munmap(memory + 1, (size_t)page), EINVAL);
    CHECK_REFUSED(mprotect(memory + 1, (size_t)page, PROT_READ), EINVAL);
    errno = 0;
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
}

void check_descriptors(void)
{
    check_positions();
    check_connections();
    check_events();
    check_expired();
    check_devices();
    check_mapping();
}
