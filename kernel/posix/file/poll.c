/*
 * Waiting for descriptors of every kind at once, the paper's way (section 3.2): register on all their wait queues, ask
 * each, block if none is ready, ask again on wake-up.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#include "core/bits.h"
#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/signal/signals.h"
#include "posix/time/deadline.h"
#include "xen/clock.h"

/* What is waited for without a word said of it. */
#define ALWAYS (POLLERR | POLLHUP | POLLNVAL)

/* More than this many need memory of the heap's. */
#define FEW 32

struct watched {
    struct open_file *file;     /* null: no such descriptor, or one to ignore */
    struct waiter waiter;
};

static short ask(const struct pollfd *request, const struct watched *watched)
{
    if (request->fd < 0)
        return 0;
    if (!watched->file)
        return POLLNVAL;
    short ready = watched->file->operations->poll ? watched->file->operations->poll(watched->file) : POLLIN | POLLOUT;

    return ready & (short)(request->events | ALWAYS);
}

static int ask_all(struct pollfd *requests, const struct watched *watched, nfds_t count)
{
    int ready = 0;

    for (nfds_t i = 0; i < count; i++) {
        requests[i].revents = ask(&requests[i], &watched[i]);
        ready += requests[i].revents != 0;
    }
    return ready;
}

/* Returns whether there is any that time changes. */
static bool register_all(const struct pollfd *requests, struct watched *watched, nfds_t count)
{
    bool timed = false;

    for (nfds_t i = 0; i < count; i++) {
        struct open_file *file = requests[i].fd < 0 ? NULL : file_get(requests[i].fd);

        watched[i].file = file;
        if (file && file->changed)
            wait_register(file->changed, &watched[i].waiter);
        timed |= file && file->operations->next_change;
    }
    return timed;
}

static void unregister_all(struct watched *watched, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++) {
        if (!watched[i].file)
            continue;
        if (watched[i].file->changed)
            wait_unregister(&watched[i].waiter);
        file_put(watched[i].file);
    }
}

/* When a file that time changes is to be asked again, if that comes before `deadline`. What came before `asked` is over. */
static uint64_t next_look(const struct watched *watched, nfds_t count, uint64_t asked, uint64_t deadline)
{
    for (nfds_t i = 0; i < count; i++) {
        struct open_file *file = watched[i].file;
        uint64_t change = file && file->operations->next_change ? file->operations->next_change(file) : 0;

        if (change > asked)
            deadline = MIN(deadline, change);
    }
    return deadline;
}

/* Waiting, like POSIX's poll(), is a cancellation point. */
static int wait_for_any(struct pollfd *requests, struct watched *watched, nfds_t count, uint64_t deadline)
{
    int ready;

    thread_poll();
    thread_handle_signals();
    bool timed = register_all(requests, watched, count);

    for (;;) {
        uint64_t asked = timed ? clock_monotonic() : 0;

        ready = ask_all(requests, watched, count);
        if (ready || wait_is_cancelled() || clock_monotonic() >= deadline)
            break;
        thread_block(timed ? next_look(watched, count, asked, deadline) : deadline);
    }
    unregister_all(watched, count);
    return ready;
}

/* 0 also if the wait ended early: a signal came that another thread may have taken by now. */
static int poll_once(struct pollfd *requests, nfds_t count, uint64_t deadline)
{
    struct watched few[FEW], *watched = few;

    if (count > DESCRIPTOR_MAX)
        return -EINVAL;
    if (count > FEW) {
        watched = malloc(count * sizeof *watched);
        if (!watched)
            return -ENOMEM;
    }
    int ready = wait_for_any(requests, watched, count, deadline);

    if (watched != few)
        free(watched);
    return ready;
}

static int poll_until(struct pollfd *requests, nfds_t count, uint64_t deadline)
{
    int ready;

    while ((ready = poll_once(requests, count, deadline)) == 0) {
        if (thread_cancellation_point() != NOT_INTERRUPTED)
            return -EINTR;
        if (clock_monotonic() >= deadline)
            break;
    }
    return ready;
}

int poll(struct pollfd *requests, nfds_t count, int milliseconds)
{
    uint64_t deadline = milliseconds < 0
                      ? NO_DEADLINE
                      : clock_monotonic() + (uint64_t)milliseconds * (NANOSECONDS_PER_SECOND / 1000);

    return (int)posix_result(poll_until(requests, count, deadline));
}

/* --- select: the same question in another form --- */

static bool is_in(const fd_set *set, int descriptor)
{
    return set && FD_ISSET(descriptor, set);
}

/* Makes requests of the sets, as many as there is room for; returns how many there are. */
static nfds_t gather(int count, const fd_set *reads, const fd_set *writes, const fd_set *exceptions,
                     struct pollfd *requests, nfds_t room)
{
    nfds_t used = 0;

    for (int fd = 0; fd < count; fd++) {
        short events = (short)((is_in(reads, fd) ? POLLIN : 0) | (is_in(writes, fd) ? POLLOUT : 0) |
                               (is_in(exceptions, fd) ? POLLPRI : 0));

        if (events && used < room)
            requests[used] = (struct pollfd){ .fd = fd, .events = events };
        used += events != 0;
    }
    return used;
}

/* Only bits of requests change: a program's own FD_SETSIZE may be smaller. */
static int mark(fd_set *set, const struct pollfd *request, short wanted, short ready)
{
    if (!(request->events & wanted))
        return 0;
    if (request->revents & ready)
        return 1;
    FD_CLR(request->fd, set);
    return 0;
}

static int spread(fd_set *reads, fd_set *writes, fd_set *exceptions, const struct pollfd *requests, nfds_t count)
{
    int ready = 0;

    for (nfds_t i = 0; i < count; i++)
        if (requests[i].revents & POLLNVAL)
            return -EBADF;
    for (nfds_t i = 0; i < count; i++) {
        ready += mark(reads, &requests[i], POLLIN, POLLIN | POLLHUP | POLLERR);
        ready += mark(writes, &requests[i], POLLOUT, POLLOUT | POLLERR);
        ready += mark(exceptions, &requests[i], POLLPRI, POLLPRI);
    }
    return ready;
}

static int select_until(int count, fd_set *reads, fd_set *writes, fd_set *exceptions, uint64_t deadline)
{
    if (count < 0 || count > FD_SETSIZE)
        return -EINVAL;
    struct pollfd few[FEW], *requests = few;
    nfds_t used = gather(count, reads, writes, exceptions, few, FEW);

    if (used > FEW) {
        requests = malloc(used * sizeof *requests);
        if (!requests)
            return -ENOMEM;
        gather(count, reads, writes, exceptions, requests, used);
    }
    int ready = poll_until(requests, used, deadline);

    if (ready >= 0)
        ready = spread(reads, writes, exceptions, requests, used);
    if (requests != few)
        free(requests);
    return ready;
}

int select(int count, fd_set *reads, fd_set *writes, fd_set *exceptions, struct timeval *timeout)
{
    uint64_t deadline = NO_DEADLINE;

    if (timeout) {
        if (duration_of_timeval(timeout, &deadline))
            return (int)posix_result(-EINVAL);
        deadline += clock_monotonic();
    }
    return (int)posix_result(select_until(count, reads, writes, exceptions, deadline));
}

int ppoll(struct pollfd *requests, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    uint64_t deadline;
    sigset_t before;

    if (deadline_after(timeout, &deadline))
        return (int)posix_result(-EINVAL);
    signal_exchange_mask(mask, &before);
    int result = poll_until(requests, count, deadline);

    signal_exchange_mask(mask ? &before : NULL, NULL);
    return (int)posix_result(result);
}

int pselect(int count, fd_set *reads, fd_set *writes, fd_set *exceptions, const struct timespec *timeout,
            const sigset_t *mask)
{
    uint64_t deadline;
    sigset_t before;

    if (deadline_after(timeout, &deadline))
        return (int)posix_result(-EINVAL);
    signal_exchange_mask(mask, &before);
    int result = select_until(count, reads, writes, exceptions, deadline);

    signal_exchange_mask(mask ? &before : NULL, NULL);
    return (int)posix_result(result);
}
