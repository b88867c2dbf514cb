/*
 * epoll: descriptors that are watched for longer than one call. Each watch is on the wait queue of its file and, when
 * that is woken, joins the list of those to ask; so a wait asks only files that may have changed.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "core/bits.h"
#include "core/list.h"
#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/signal/signals.h"
#include "xen/clock.h"

/* So many may watch each other in a row, as on Linux: each tells the next. */
#define ROW_MAX 5

struct epoll {
    struct open_file file;
    struct wait_queue changed;
    struct list watches;
    struct list to_ask;
    uint64_t asked;             /* when those that time changes were last put there */
};

/* One descriptor of one epoll. Ends with its file: a file knows the watches on it. */
struct file_watch {
    struct epoll *epoll;
    struct open_file *file;
    int descriptor;
    struct epoll_event event;
    bool has_fired;             /* once, and waits for EPOLL_CTL_MOD */
    struct waiter waiter;
    struct list in_epoll;
    struct list to_ask;         /* alone while nothing is to be asked */
    struct file_watch *next_of_file;
};

static struct epoll *epoll_of(struct open_file *file)
{
    return container_of(file, struct epoll, file);
}

static void ask_soon(struct file_watch *watch)
{
    if (list_empty(&watch->to_ask))
        list_insert(&watch->epoll->to_ask, &watch->to_ask);
    wait_wake_all(&watch->epoll->changed);
}

static void file_changed(struct waiter *waiter)
{
    ask_soon(container_of(waiter, struct file_watch, waiter));
}

/* --- watches --- */

static struct file_watch *find_watch(struct epoll *epoll, const struct open_file *file, int descriptor)
{
    for (struct file_watch *watch = file->watches; watch; watch = watch->next_of_file)
        if (watch->epoll == epoll && watch->descriptor == descriptor)
            return watch;
    return NULL;
}

static void end_watch(struct file_watch *watch)
{
    struct file_watch **link = &watch->file->watches;

    while (*link != watch)
        link = &(*link)->next_of_file;
    *link = watch->next_of_file;
    wait_unsubscribe(&watch->waiter);
    list_remove(&watch->in_epoll);
    list_remove(&watch->to_ask);
    free(watch);
}

static void forget_file(struct open_file *file)
{
    while (file->watches)
        end_watch(file->watches);
}

static int add_watch(struct epoll *epoll, struct open_file *file, int descriptor, const struct epoll_event *event)
{
    if (find_watch(epoll, file, descriptor))
        return -EEXIST;
    if (!file->operations->poll)
        return -EPERM;
    struct file_watch *watch = malloc(sizeof *watch);

    if (!watch)
        return -ENOMEM;
    *watch = (struct file_watch){
        .epoll = epoll, .file = file, .descriptor = descriptor, .event = *event, .next_of_file = file->watches,
    };
    file->watches = watch;
    file_forget_watches = forget_file;
    list_init(&watch->to_ask);
    list_insert(&epoll->watches, &watch->in_epoll);
    wait_subscribe(file->changed, &watch->waiter, file_changed);
    ask_soon(watch);
    return 0;
}

static int change_watch(struct epoll *epoll, struct open_file *file, int descriptor, const struct epoll_event *event)
{
    struct file_watch *watch = find_watch(epoll, file, descriptor);

    if (!watch)
        return -ENOENT;
    watch->event = *event;
    watch->has_fired = false;
    ask_soon(watch);
    return 0;
}

static int remove_watch(struct epoll *epoll, struct open_file *file, int descriptor)
{
    struct file_watch *watch = find_watch(epoll, file, descriptor);

    if (!watch)
        return -ENOENT;
    end_watch(watch);
    return 0;
}

/* --- asking --- */

static uint32_t ready_events(const struct file_watch *watch)
{
    if (watch->has_fired)
        return 0;
    return (uint16_t)watch->file->operations->poll(watch->file) & (watch->event.events | EPOLLERR | EPOLLHUP);
}

static int collect(struct epoll *epoll, struct epoll_event *events, int most)
{
    struct list asked = LIST_INIT(asked);
    int count = 0;

    while (count < most && !list_empty(&epoll->to_ask)) {
        struct file_watch *watch = list_first(&epoll->to_ask, struct file_watch, to_ask);
        uint32_t ready = ready_events(watch);

        list_remove(&watch->to_ask);
        if (!ready)
            continue;
        events[count].events = ready;
        events[count++].data = watch->event.data;
        if (watch->event.events & EPOLLONESHOT)
            watch->has_fired = true;
        else if (!(watch->event.events & EPOLLET))
            list_insert(&asked, &watch->to_ask);
    }
    /* What is still ready is asked again by the next call, after those that have not been. */
    while (!list_empty(&asked)) {
        struct list *link = asked.next;

        list_remove(link);
        list_insert(&epoll->to_ask, link);
    }
    return count;
}

/* Of files that change by the clock alone, when the first is to be asked again. What came before they were asked is over. */
static uint64_t next_change(struct epoll *epoll)
{
    uint64_t earliest = NO_DEADLINE;
    struct file_watch *watch;

    list_for_each(watch, &epoll->watches, in_epoll) {
        uint64_t change = watch->file->operations->next_change ? watch->file->operations->next_change(watch->file) : 0;

        if (change > epoll->asked)
            earliest = MIN(earliest, change);
    }
    return earliest;
}

/* Those whose time has come since. */
static void ask_timed(struct epoll *epoll)
{
    uint64_t before = epoll->asked;
    struct file_watch *watch;

    list_for_each(watch, &epoll->watches, in_epoll) {
        if (!watch->file->operations->next_change)
            continue;
        if (epoll->asked == before)
            epoll->asked = clock_monotonic();
        uint64_t change = watch->file->operations->next_change(watch->file);

        if (change > before && change <= epoll->asked && list_empty(&watch->to_ask))
            list_insert(&epoll->to_ask, &watch->to_ask);
    }
}

static int wait_for_events(struct epoll *epoll, struct epoll_event *events, int most, uint64_t deadline)
{
    thread_poll();
    for (;;) {
        ask_timed(epoll);
        int count = collect(epoll, events, most);

        if (count || clock_monotonic() >= deadline)
            return count;
        if (wait_is_cancelled())
            return -EINTR;
        (void)wait_until_or(&epoll->changed, !list_empty(&epoll->to_ask), wait_is_cancelled(),
                            MIN(deadline, next_change(epoll)));
    }
}

/* --- as a file: it can be watched itself --- */

static short epoll_poll(struct open_file *file)
{
    struct epoll *epoll = epoll_of(file);
    struct file_watch *watch;

    ask_timed(epoll);
    list_for_each(watch, &epoll->to_ask, to_ask)
        if (ready_events(watch))
            return POLLIN;
    return 0;
}

static uint64_t epoll_next_change(struct open_file *file)
{
    return next_change(epoll_of(file));
}

static int epoll_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IRUSR | S_IWUSR, .st_nlink = 1 };
    return 0;
}

static void epoll_release(struct open_file *file)
{
    struct epoll *epoll = epoll_of(file);

    while (!list_empty(&epoll->watches))
        end_watch(list_first(&epoll->watches, struct file_watch, in_epoll));
    free(epoll);
}

static const struct file_operations epoll_operations = {
    .poll = epoll_poll,
    .next_change = epoll_next_change,
    .status = epoll_status,
    .release = epoll_release,
};

int epoll_create1(int flags)
{
    if (flags & ~EPOLL_CLOEXEC)
        return (int)posix_result(-EINVAL);
    struct epoll *epoll = malloc(sizeof *epoll);

    if (!epoll)
        return (int)posix_result(-ENOMEM);
    wait_queue_init(&epoll->changed);
    list_init(&epoll->watches);
    list_init(&epoll->to_ask);
    epoll->file = (struct open_file){
        .operations = &epoll_operations, .flags = O_RDWR, .references = 1, .changed = &epoll->changed,
    };
    return descriptor_close_on_exec(descriptor_open(&epoll->file), flags & EPOLL_CLOEXEC);
}

int epoll_create(int size)
{
    return size > 0 ? epoll_create1(0) : (int)posix_result(-EINVAL);
}

static struct epoll *epoll_get(int descriptor, int *error)
{
    struct open_file *file = file_get(descriptor);

    if (file && file->operations == &epoll_operations)
        return epoll_of(file);
    *error = file ? -EINVAL : -EBADF;
    if (file)
        file_put(file);
    return NULL;
}

/* How many watch each other in a row above this one. */
static unsigned count_above(const struct epoll *epoll)
{
    unsigned most = 0;

    for (const struct file_watch *watch = epoll->file.watches; watch; watch = watch->next_of_file)
        most = MAX(most, 1 + count_above(watch->epoll));
    return most;
}

/* Would `file` in this place of a row lead back to `epoll`, or make the row too long? */
static bool makes_circle(struct open_file *file, const struct epoll *epoll, unsigned place)
{
    struct file_watch *watch;

    if (file->operations != &epoll_operations)
        return false;
    if (epoll_of(file) == epoll || place >= ROW_MAX)
        return true;
    list_for_each(watch, &epoll_of(file)->watches, in_epoll)
        if (makes_circle(watch->file, epoll, place + 1))
            return true;
    return false;
}

static int control(struct epoll *epoll, int operation, struct open_file *file, int descriptor,
                   const struct epoll_event *event)
{
    if (file == &epoll->file || (operation != EPOLL_CTL_DEL && !event))
        return -EINVAL;
    switch (operation) {
    case EPOLL_CTL_ADD:
        if (makes_circle(file, epoll, 1 + count_above(epoll)))
            return -ELOOP;
        return add_watch(epoll, file, descriptor, event);
    case EPOLL_CTL_MOD:
        return change_watch(epoll, file, descriptor, event);
    case EPOLL_CTL_DEL:
        return remove_watch(epoll, file, descriptor);
    default:
        return -EINVAL;
    }
}

int epoll_ctl(int descriptor, int operation, int target, struct epoll_event *event)
{
    int error = 0;
    struct epoll *epoll = epoll_get(descriptor, &error);

    if (!epoll)
        return (int)posix_result(error);
    struct open_file *file = file_get(target);

    error = file ? control(epoll, operation, file, target, event) : -EBADF;
    if (file)
        file_put(file);
    file_put(&epoll->file);
    return (int)posix_result(error);
}

static int wait_until_then(int descriptor, struct epoll_event *events, int most, uint64_t deadline)
{
    int result = 0;

    /* Again, if another thread has taken the signal that ended the wait. */
    do {
        struct epoll *epoll = epoll_get(descriptor, &result);

        if (!epoll)
            return result;
        thread_cancellation_point();
        result = most > 0 ? wait_for_events(epoll, events, most, deadline) : -EINVAL;
        file_put(&epoll->file);
    } while (result == -EINTR && thread_cancellation_point() == NOT_INTERRUPTED);
    return result;
}

int epoll_wait(int descriptor, struct epoll_event *events, int most, int milliseconds)
{
    return epoll_pwait(descriptor, events, most, milliseconds, NULL);
}

int epoll_pwait(int descriptor, struct epoll_event *events, int most, int milliseconds, const sigset_t *mask)
{
    uint64_t deadline = milliseconds < 0
                      ? NO_DEADLINE
                      : clock_monotonic() + (uint64_t)milliseconds * (NANOSECONDS_PER_SECOND / 1000);
    sigset_t before;

    signal_exchange_mask(mask, &before);
    int result = wait_until_then(descriptor, events, most, deadline);

    signal_exchange_mask(mask ? &before : NULL, NULL);
    return (int)posix_result(result);
}
