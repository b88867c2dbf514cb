/*
 * Sockets as files: the descriptor's operations handed on to the protocol's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "core/bits.h"
#include "posix/socket/socket.h"
#include "xen/clock.h"

static struct socket *socket_of(struct open_file *file)
{
    return container_of(file, struct socket, file);
}

static ssize_t socket_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    struct socket *socket = socket_of(file);
    struct iovec vector = { buffer, size };
    struct endpoint from;
    int flags = 0;

    (void)offset;
    return socket->operations->receive(socket, &vector, 1, size, &flags, &from);
}

static ssize_t socket_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    struct socket *socket = socket_of(file);
    struct iovec vector = { (void *)buffer, size };

    (void)offset;
    return socket->operations->send(socket, &vector, 1, size, 0, NULL);
}

static int socket_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IFSOCK | S_IRUSR | S_IWUSR, .st_nlink = 1, .st_blksize = 4096 };
    return 0;
}

static short socket_poll(struct open_file *file)
{
    struct socket *socket = socket_of(file);

    return (short)(socket->operations->poll(socket) | (socket->error ? POLLERR : 0));
}

static ssize_t socket_available(struct open_file *file)
{
    struct socket *socket = socket_of(file);

    return socket->operations->available(socket);
}

static void socket_release(struct open_file *file)
{
    struct socket *socket = socket_of(file);

    socket->operations->release(socket);
}

const struct file_operations socket_file_operations = {
    .read = socket_read,
    .write = socket_write,
    .status = socket_status,
    .poll = socket_poll,
    .available = socket_available,
    .release = socket_release,
};

void socket_init(struct socket *socket, const struct socket_operations *operations, int family, int type,
                 int protocol)
{
    *socket = (struct socket){
        .file = { .operations = &socket_file_operations, .flags = O_RDWR, .references = 1 },
        .operations = operations,
        .family = family,
        .type = type,
        .protocol = protocol,
        .receive_limit = NO_DEADLINE,
        .send_limit = NO_DEADLINE,
    };
    wait_queue_init(&socket->changed);
    socket->file.changed = &socket->changed;
}

int socket_get(int descriptor, struct socket **found)
{
    struct open_file *file = file_get(descriptor);

    if (!file)
        return -EBADF;
    if (file->operations != &socket_file_operations) {
        file_put(file);
        return -ENOTSOCK;
    }
    *found = socket_of(file);
    return 0;
}

bool socket_must_not_block(const struct socket *socket, int flags)
{
    return (flags & MSG_DONTWAIT) || (socket->file.flags & O_NONBLOCK);
}

int socket_take_error(struct socket *socket)
{
    int error = socket->error;

    socket->error = 0;
    return -error;
}

bool socket_begins_anew(ssize_t result, bool limited)
{
    /* A part may have been done before the signal came. */
    if (likely(result != -EINTR)) {
        thread_handle_signals();
        return false;
    }
    enum interruption handled = thread_cancellation_point();

    return handled == NOT_INTERRUPTED || (handled == INTERRUPTED_RESTARTS && !limited);
}

uint64_t socket_deadline(uint64_t limit)
{
    return limit == NO_DEADLINE ? NO_DEADLINE : clock_monotonic() + limit;
}
