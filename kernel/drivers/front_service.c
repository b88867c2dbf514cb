/*
 * Follows the backends of connected devices: a watch marks its device, the thread reads the state, and tells the driver
 * when its backend is gone. States may come in any order, twice, or not at all: only the one that is there when it is
 * read counts, and a device ends once.
 */
#include "drivers/front_service.h"

#include "sched/thread.h"

#define STACK_BYTES (16 << 10)

static struct list devices = LIST_INIT(devices);
static struct wait_queue work = WAIT_QUEUE_INIT(work);
static bool running;

static enum xenbus_state read_state(const struct front *front)
{
    char text[4];
    long length = xenstore_read(front->backend_state_node, text, sizeof text);

    if (length != 1 || text[0] < '0' || text[0] > '0' + XenbusStateReconfigured)
        return XenbusStateUnknown;
    return (enum xenbus_state)(text[0] - '0');
}

void front_refresh(struct front *front)
{
    while (front->touched) {
        front->touched = false;
        front->backend_state = read_state(front);
    }
}

bool front_backend_ended(const struct front *front)
{
    return front->backend_state == XenbusStateUnknown || front->backend_state == XenbusStateClosing ||
           front->backend_state == XenbusStateClosed;
}

static bool is_over(const struct front *front)
{
    return front->given_up || front_backend_ended(front);
}

static struct front *find_work(void)
{
    struct front *front;

    list_for_each(front, &devices, link)
        if (front->connected && !front->gone && (front->touched || is_over(front)))
            return front;
    return NULL;
}

static void serve(struct front *front)
{
    front->served = true;
    front_refresh(front);
    if (front->connected && is_over(front)) {
        front->gone = true;
        if (front->backend_gone)
            front->backend_gone(front);
    }
    front->served = false;
    wait_wake_all(&front->changed);
}

static void service(void *unused)
{
    struct front *front;

    (void)unused;
    for (;;) {
        wait_for(&work, (front = find_work()) != NULL);
        serve(front);
    }
}

int front_service_add(struct front *front)
{
    if (!running) {
        int error = thread_create("xenbus", service, NULL, STACK_BYTES);

        if (error)
            return error;
        running = true;
    }
    front->connected = true;
    list_insert(&devices, &front->link);
    front_service_wake();
    return 0;
}

void front_service_wake(void)
{
    wait_wake_all(&work);
}

void front_service_remove(struct front *front)
{
    wait_for(&front->changed, !front->served);
    list_remove(&front->link);
}
