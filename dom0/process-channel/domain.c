/*
 * The domain's end of the channel: nodes, mappings, events.
 */
#include "domain.h"

#include <errno.h>

#include "core/bits.h"
#include "core/format.h"
#include "linux.h"

#define PAGE 4096ul

void domain_init(struct domain *domain)
{
    domain->store.descriptor = domain->events = domain->grants = -1;
}

/* --- finding it --- */

static void node_path(struct domain *domain, char *path, size_t size)
{
    format_text(path, size, "/local/domain/%u/" PROCESS_NODE, domain->number);
}

int domain_begin(struct domain *domain, unsigned number, const char **what)
{
    char path[64];

    domain->number = number;
    *what = "xenstore";
    int error = store_open(&domain->store);

    if (error)
        return error;
    *what = "/dev/xen/evtchn";
    domain->events = (int)sys(SYS_openat, AT_FDCWD, *what, O_RDWR | O_CLOEXEC);
    if (domain->events < 0)
        return domain->events;
    *what = "/dev/xen/gntdev";
    domain->grants = (int)sys(SYS_openat, AT_FDCWD, *what, O_RDWR | O_CLOEXEC);
    if (domain->grants < 0)
        return domain->grants;
    *what = "a watch in xenstore";
    node_path(domain, path, sizeof path);
    return store_watch(&domain->store, path);
}

static const char *parse_number(const char *text, uint32_t *value)
{
    uint64_t number = 0;

    if (*text < '0' || *text > '9')
        return NULL;
    for (; *text >= '0' && *text <= '9' && number <= UINT32_MAX; text++)
        number = number * 10 + (unsigned)(*text - '0');
    *value = (uint32_t)number;
    return number <= UINT32_MAX ? text : NULL;
}

static bool read_node(struct domain *domain, uint32_t *reference, uint32_t *port)
{
    char path[64], text[32];

    node_path(domain, path, sizeof path);
    if (store_read(&domain->store, path, text, sizeof text) <= 0)
        return false;
    const char *rest = parse_number(text, reference);

    if (!rest || *rest != ' ')
        return false;
    rest = parse_number(rest + 1, port);
    return rest && *rest == '\0';
}

/* --- its memory --- */

static void *map(struct domain *domain, const uint32_t *references, unsigned count)
{
    union {
        struct linux_map_grants map;
        uint8_t room[sizeof(struct linux_map_grants) + sizeof(struct linux_grant) * 2 * PROCESS_PAGES_MAX];
    } request;

    request.map = (struct linux_map_grants){ .count = count };
    for (unsigned i = 0; i < count; i++)
        request.map.grants[i] = (struct linux_grant){ domain->number, references[i] };
    if (sys(SYS_ioctl, domain->grants, GNTDEV_MAP_GRANTS, &request))
        return NULL;
    long address = sys(SYS_mmap, 0, count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, domain->grants, request.map.index);

    return address < 0 && address > -(long)PAGE ? NULL : (void *)address;
}

static void unmap(struct domain *domain)
{
    if (domain->stream_bytes)
        sys(SYS_munmap, domain->stream_bytes, domain->stream_size);
    if (domain->bytes)
        sys(SYS_munmap, domain->bytes, domain->size);
    if (domain->page)
        sys(SYS_munmap, domain->page, PAGE);
    domain->stream_bytes = domain->bytes = NULL;
    domain->page = NULL;
    domain->attached = domain->stream.attached = false;
}

static bool is_ring_size(uint32_t pages)
{
    return pages >= 1 && pages <= PROCESS_PAGES_MAX && (pages & (pages - 1)) == 0;
}

/* Two rings whose pages are said from `first` on. What is on the page counts once: it is copied before it is used. */
static char *map_two(struct domain *domain, unsigned first, uint32_t output, uint32_t input, size_t *size)
{
    uint32_t references[2 * PROCESS_PAGES_MAX];

    if (!is_ring_size(output) || !is_ring_size(input))
        return NULL;
    for (unsigned i = 0; i < output + input; i++)
        references[i] = READ_ONCE(domain->page->references[first + i]);
    *size = (output + input) * PAGE;
    return map(domain, references, output + input);
}

static bool map_rings(struct domain *domain)
{
    struct process_page *page = domain->page;
    uint32_t output = READ_ONCE(page->output_pages), input = READ_ONCE(page->input_pages);

    if (READ_ONCE(page->magic) == PROCESS_MAGIC)
        domain->bytes = map_two(domain, 0, output, input, &domain->size);
    if (!domain->bytes)
        return false;
    domain->output = (struct process_ring){ domain->bytes, output * (uint32_t)PAGE, 0, &page->consumer, &page->producer };
    domain->input = (struct process_ring){ domain->bytes + output * PAGE, input * (uint32_t)PAGE, 0, &page->writer,
                                           &page->reader };
    return true;
}

/* Once, and after the others: what they are does not change. */
static bool map_stream(struct domain *domain)
{
    struct process_page *page = domain->page;
    uint32_t output = READ_ONCE(page->stream_output_pages), input = READ_ONCE(page->stream_input_pages);
    unsigned first = (domain->output.size + domain->input.size) / (unsigned)PAGE;

    domain->stream_bytes = map_two(domain, first, output, input, &domain->stream_size);
    if (!domain->stream_bytes)
        return false;
    const struct process_ring
        out = { domain->stream_bytes, output * (uint32_t)PAGE, 0, &page->stream_consumer, &page->stream_producer },
        in = { out.bytes + out.size, input * (uint32_t)PAGE, 0, &page->stream_writer, &page->stream_reader };

    stream_open(&domain->stream, &out, &in);
    return true;
}

/* There is one channel in a domain's life: what it publishes after that is not looked at. */
static void attach(struct domain *domain)
{
    uint32_t reference, port;

    if (domain->attached || domain->over || !read_node(domain, &reference, &port))
        return;
    domain->page = map(domain, &reference, 1);
    if (!domain->page || !map_rings(domain)) {
        unmap(domain);
        domain->over = true;
        return;
    }
    struct linux_bind_interdomain bind = { domain->number, port };
    long local = sys(SYS_ioctl, domain->events, EVTCHN_BIND_INTERDOMAIN, &bind);

    /* Without, as of a domain that has ended meanwhile, what is there can still be had. */
    domain->port = local < 0 ? 0 : (uint32_t)local;
    domain->attached = true;
}

/* --- serving it --- */

static void tell(struct domain *domain)
{
    struct linux_notify notify = { domain->port };

    sys(SYS_ioctl, domain->events, EVTCHN_NOTIFY, &notify);
}

static void break_off(struct domain *domain, struct outbox *outbox)
{
    static const char text[] = "lwd: the domain broke the protocol of its process channel, which is closed\n";

    outbox_put(outbox, FRAME_CONSOLE, text, sizeof text - 1);
    unmap(domain);
    domain->over = true;
}

/* Takes records while the outbox has no more than `limit`. False if they make no sense. */
static bool take_output(struct domain *domain, struct outbox *outbox, size_t limit)
{
    bool told = false, wanted = false;
    long size = 0;

    while (outbox_filled(outbox) < limit) {
        uint8_t *to = outbox_place(outbox, FRAME_HEADER + PROCESS_RECORD_MAX);

        size = to ? process_ring_take_record(&domain->output, to, FRAME_HEADER + PROCESS_RECORD_MAX, &told) : 0;
        if (size > 0) {
            outbox_add(outbox, (size_t)size);
            wanted = false;
        } else if (size < 0 || wanted || !to) {
            break;
        } else {
            process_ring_want(&domain->output, domain->output.index + 1);
            wanted = true;
        }
    }
    if (told)
        tell(domain);
    return size >= 0;
}

static void set_flag(struct domain *domain, uint32_t flag)
{
    domain->flags |= flag;
    release_fence();
    WRITE_ONCE(domain->page->attendant_flags, domain->flags);
    tell(domain);
}

/* `end` is the flag that says that nothing more comes. */
static bool give_input(struct domain *domain, struct input *input, struct process_ring *ring, uint32_t end)
{
    int moved = input_move(input, ring);

    if (input->begin != input->end) {
        process_ring_want(ring, ring->index + 1 - ring->size);
        if (moved >= 0)
            moved |= input_move(input, ring);
    }
    if (moved > 0)
        tell(domain);
    if (input->ended && input->begin == input->end && !input->told_end) {
        input->told_end = true;
        set_flag(domain, end);
    }
    return moved >= 0;
}

static bool serve_stream(struct domain *domain, struct outbox *outbox, uint32_t flags)
{
    struct stream *stream = &domain->stream;
    bool told = false;

    if (!stream->attached && !(flags & PROCESS_STREAM))
        return true;
    if (!stream->attached && !map_stream(domain))
        return false;
    bool taken = stream_take(stream, outbox, OUTBOX_USUAL, false, flags & PROCESS_STREAM_ENDS, &told);

    if (told)
        tell(domain);
    if (stream->gone && !(domain->flags & PROCESS_STREAM_GONE))
        set_flag(domain, PROCESS_STREAM_GONE);
    return taken && give_input(domain, &stream->from_lwd, &stream->input, PROCESS_STREAM_INPUT_ENDS);
}

void domain_serve(struct domain *domain, struct outbox *outbox, struct input *input)
{
    if (!domain->attached)
        return;
    uint32_t flags = READ_ONCE(domain->page->domain_flags);

    if ((flags & PROCESS_READS) && !domain->reads) {
        domain->reads = true;
        input_open(input);
    }
    if (domain->signals) {
        __atomic_fetch_or(&domain->page->signals, domain->signals, __ATOMIC_SEQ_CST);
        domain->signals = 0;
        tell(domain);
    }
    /* Its end waits for nobody who reads slowly. */
    if (!take_output(domain, outbox, flags & PROCESS_ENDS ? OUTBOX_SIZE : OUTBOX_USUAL) ||
        !give_input(domain, input, &domain->input, PROCESS_INPUT_ENDS) || !serve_stream(domain, outbox, flags))
        break_off(domain, outbox);
}

/* The last words go to lwd whether it has asked for them or not: it has room for a ring. */
static void take_all(struct domain *domain, struct outbox *outbox)
{
    bool told = false;
    uint32_t flags = READ_ONCE(domain->page->domain_flags);

    take_output(domain, outbox, OUTBOX_SIZE);
    acquire_fence();
    if ((flags & PROCESS_STREAM) && (domain->stream.attached || map_stream(domain)))
        stream_take(&domain->stream, outbox, OUTBOX_SIZE, true, true, &told);
}

void domain_end(struct domain *domain, struct outbox *outbox)
{
    if (domain->number != 0)
        attach(domain);
    if (domain->attached)
        take_all(domain, outbox);
    unmap(domain);
    domain->over = true;
}

bool domain_store_ready(struct domain *domain)
{
    if (store_take_event(&domain->store)) {
        sys(SYS_close, domain->store.descriptor);
        domain->store.descriptor = -1;
        return false;
    }
    if (store_has_fired(&domain->store))
        attach(domain);
    return true;
}

/* Written back, a port can have its next event. */
void domain_events_ready(struct domain *domain)
{
    uint32_t port;
    long size = sys(SYS_read, domain->events, &port, sizeof port);

    if (size > 0)
        sys(SYS_write, domain->events, &port, size);
}
