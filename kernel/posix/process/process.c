/*
 * The life of the process that a domain is: arguments in, status out.
 */
#include "posix/process/process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xen/sched.h>

#include "arch/x86_64/platform.h"
#include "core/format.h"
#include "core/panic.h"
#include "drivers/balloon.h"
#include "drivers/console.h"
#include "drivers/process_channel.h"
#include "drivers/xenstore.h"
#include "mm/heap.h"
#include "posix/file/file.h"
#include "posix/path/root.h"
#include "posix/process/command_line.h"
#include "posix/signal/signals.h"
#include "sched/wait.h"
#include "xen/clock.h"
#include "xen/domain.h"

#define EXIT_NODE "data/lwd/exit"
#define CRASH_NODE "data/lwd/crash"
#define SHUTDOWN_NODE "control/shutdown"
/* Here is a node for each signal that was sent and is not taken yet, named with its one digit (enum process_signal). */
#define SIGNALS_NODE "data/lwd/signals"

/* Stands ahead of the command line where somebody attends to the process channel. No program has a variable of that name. */
#define CHANNEL_WORD "lwd.channel=1"

/* How long the end of a domain waits for its last words to be read. */
#define DRAIN_PATIENCE (30 * NANOSECONDS_PER_SECOND)

#define SERVICE_STACK (16 << 10)

int main(int argc, char **argv, char **environment);

extern void (*const __preinit_array_start[])(void), (*const __preinit_array_end[])(void);
extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);

static bool ending;

static _Noreturn void end_domain(int status, unsigned reason)
{
    char text[32];

    sched_end_program();
    ending = true;
    format_text(text, sizeof text, "v1 code=%d", status & 0xff);
    xenstore_write(EXIT_NODE, text);
    process_channel_end(clock_monotonic() + DRAIN_PATIENCE, false);
    console_drain(clock_monotonic() + DRAIN_PATIENCE);
    domain_shutdown(reason);
}

_Noreturn void _exit(int status)
{
    end_domain(status, SHUTDOWN_poweroff);
}

/* --- crashes --- */

static void tell_host(enum crash_signal signal, const char *text)
{
    char value[256];

    format_text(value, sizeof value, "v1 signal=%d %s", (int)signal, text);
    xenstore_write_in_emergency(CRASH_NODE, value);
}

static _Noreturn void stop(void)
{
    process_channel_end(clock_monotonic() + DRAIN_PATIENCE, true);
    console_drain(clock_monotonic() + DRAIN_PATIENCE);
    domain_shutdown(SHUTDOWN_crash);
}

void process_init(void)
{
    crash_hooks.tell_host = tell_host;
    crash_hooks.stop = stop;
}

/* --- the toolstack's wishes --- */

static struct wait_queue wishes_changed = WAIT_QUEUE_INIT(wishes_changed);
static bool shutdown_touched, signals_touched;

static void node_changed(void *touched)
{
    *(bool *)touched = true;
    wait_wake_all(&wishes_changed);
}

/* Handlers run in the program's threads; what it leaves to the default ends it here. */
static void take_signal(int signal, unsigned reason)
{
    if (!signal_operations || !signal_operations->send_from_outside(signal))
        end_domain(128 + signal, reason);
}

static void obey_shutdown(const char *wish)
{
    if (strcmp(wish, "poweroff") != 0 && strcmp(wish, "halt") != 0 && strcmp(wish, "reboot") != 0)
        return;
    xenstore_write(SHUTDOWN_NODE, "");
    take_signal(SIGTERM, strcmp(wish, "reboot") == 0 ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}

static void take_numbered_signal(enum process_signal number)
{
    static const uint8_t signals[PROCESS_SIGNALS] = {
        [PROCESS_HUP] = SIGHUP, [PROCESS_INT] = SIGINT, [PROCESS_TERM] = SIGTERM, [PROCESS_USR1] = SIGUSR1,
        [PROCESS_USR2] = SIGUSR2,
    };

    take_signal(signals[number], SHUTDOWN_poweroff);
}

/* Those of `lwd kill`, which is told that they were taken by their nodes being gone. */
static void take_sent_signals(void)
{
    char names[2 * PROCESS_SIGNALS + 1], path[] = SIGNALS_NODE "/0";
    long size = xenstore_directory(SIGNALS_NODE, names, sizeof names);

    for (long at = 0; at < size; at += 2) {
        unsigned number = (unsigned)names[at] - '0';

        path[sizeof path - 2] = names[at];
        if (number < PROCESS_SIGNALS && xenstore_remove(path) == 0)
            take_numbered_signal(number);
    }
}

static bool has_wishes(void)
{
    return ending || shutdown_touched || signals_touched || balloon_is_due() || process_channel_has_signal();
}

/* The wish for an end is what is asked for first: a program that runs for a moment never gets to the other. */
static void watch_toolstack(void *unused)
{
    static struct xenstore_watch
        shutdown = { .path = SHUTDOWN_NODE, .changed = node_changed, .argument = &shutdown_touched },
        signals = { .path = SIGNALS_NODE, .changed = node_changed, .argument = &signals_touched };
    char wish[32];

    (void)unused;
    process_channel_publish();
    if (ending || xenstore_watch(&shutdown) || ending || xenstore_watch(&signals) || ending)
        return;
    balloon_watch(&wishes_changed);
    while (!ending) {
        /* What lwd was sent and passes on. */
        while (process_channel_has_signal())
            take_numbered_signal(process_channel_take_signal());
        if (signals_touched) {
            signals_touched = false;
            take_sent_signals();
        } else if (shutdown_touched) {
            shutdown_touched = false;
            if (xenstore_read(SHUTDOWN_NODE, wish, sizeof wish) > 0)
                obey_shutdown(wish);
        } else if (balloon_is_due()) {
            balloon_adjust();
        }
        wait_until(&wishes_changed, has_wishes(), balloon_next_try());
    }
}

static void listen_to_toolstack(void)
{
    panic_if(thread_create("toolstack", watch_toolstack, NULL, SERVICE_STACK), "no memory for the toolstack's thread");
    /* Sends the request now, so that the toolstack is heard however long main() computes without blocking. */
    thread_yield();
}

/* --- the start --- */

static bool line_touched;

static void line_node_changed(void *unused)
{
    (void)unused;
    line_touched = true;
    wait_wake_all(&wishes_changed);
}

/* Of a domain that was made before anybody knew what for: waits until the node has the line, however long. */
static char *await_line(const char *path)
{
    static struct xenstore_watch watch = { .changed = line_node_changed };
    char *line = heap_move_end(XENSTORE_MAX);

    watch.path = path;
    panic_if(!line || xenstore_watch(&watch), "no command line can be waited for");
    do {
        wait_for(&wishes_changed, line_touched);
        line_touched = false;
    } while (xenstore_read(path, line, XENSTORE_MAX) < 0);
    xenstore_unwatch(&watch);
    return line;
}

/* The whole command line; from a file if it was too long for Xen: "@/PATH"; from a node of xenstore: "@PATH". */
static char *command_line_text(void)
{
    char *text = (char *)boot_info.command_line;
    const void *data;
    size_t size;

    if (text[0] != '@')
        return text;
    if (text[1] != '/')
        return await_line(text + 1);
    panic_if(root_content(text + 2, &data, &size), "there is no command line in %s", text + 1);
    char *content = heap_move_end((intptr_t)size + 1);

    panic_if(!content, "no memory for a command line of %zu bytes", size);
    memcpy(content, data, size);
    content[size] = '\0';
    return content;
}

struct arguments {
    int count;
    char **vector;
    char **environment;
    bool has_channel;
};

/* NAME=value words up to "--" are the environment, the rest are the arguments, the program's name first. */
static struct arguments sort_words(char *words, long count)
{
    char **pointers = heap_move_end((count + 3) * (long)sizeof *pointers);
    struct arguments arguments = { .environment = pointers };

    panic_if(!pointers, "no memory for %ld arguments", count);
    if (count > 0 && strcmp(words, CHANNEL_WORD) == 0) {
        arguments.has_channel = true;
        words += sizeof CHANNEL_WORD;
        count--;
    }
    for (; count > 0 && strcmp(words, "--") != 0; count--) {
        *pointers++ = words;
        words += strlen(words) + 1;
    }
    *pointers++ = NULL;
    arguments.vector = pointers;
    if (count > 0) {
        words += strlen(words) + 1;
        count--;
    }
    arguments.count = (int)count;
    for (; count > 0; count--) {
        *pointers++ = words;
        words += strlen(words) + 1;
    }
    *pointers = NULL;
    return arguments;
}

static void run_constructors(void)
{
    for (void (*const *f)(void) = __preinit_array_start; f < __preinit_array_end; f++)
        (*f)();
    for (void (*const *f)(void) = __init_array_start; f < __init_array_end; f++)
        (*f)();
}

_Noreturn void process_run(void)
{
    char *words = command_line_text();
    long count = command_line_decode(words);

    panic_if(count < 0, "the command line is malformed");
    struct arguments arguments = sort_words(words, count);

    environ = arguments.environment;
    descriptor_init(arguments.has_channel && process_channel_open(&wishes_changed));
    listen_to_toolstack();
    run_constructors();
    exit(main(arguments.count, arguments.vector, arguments.environment));
}
