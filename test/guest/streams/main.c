/*
 * Standard streams and signals of a domain that lwd stays with:
 *
 *   pour BYTES      so much of a pattern on stdout, a line on stderr after each 64 KiB, and out without a pause
 *   turns COUNT     lines on stdout and stderr by turns
 *   echo            stdin to stdout, by poll() and by blocking reads
 *   handle          prints each signal that comes, TERM ends it with status 7
 *   wait            lets every signal do what it does by default
 *   crash, overflow BYTES   as pour, and then a null pointer, or a stack that is full
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART (64 << 10)

static void must(int condition, const char *what)
{
    if (condition)
        return;
    dprintf(STDERR_FILENO, "not true: %s\n", what);
    _exit(99);
}

static void write_all(int descriptor, const char *data, size_t size)
{
    while (size) {
        ssize_t done = write(descriptor, data, size);

        must(done > 0, "write gives how much it wrote");
        data += done;
        size -= (size_t)done;
    }
}

static void pour(size_t bytes)
{
    static char part[PART];
    uint32_t state = 12345;

    for (size_t done = 0; done < bytes;) {
        size_t size = bytes - done < PART ? bytes - done : PART;

        for (size_t i = 0; i < size; i++) {
            state = state * 1664525 + 1013904223;
            part[i] = (char)(state >> 24);
        }
        write_all(STDOUT_FILENO, part, size);
        done += size;
        dprintf(STDERR_FILENO, "after %zu\n", done);
    }
}

static int echo(void)
{
    static char part[5000];
    struct pollfd wanted = { .fd = STDIN_FILENO, .events = POLLIN };
    ssize_t size;

    must(!isatty(STDIN_FILENO), "stdin is no terminal");
    must(write(STDIN_FILENO, part, 1) < 0, "stdin cannot be written to");
    must(read(STDOUT_FILENO, part, 1) < 0, "stdout cannot be read");
    for (;;) {
        must(poll(&wanted, 1, -1) == 1 && (wanted.revents & POLLIN), "poll() waits for input");
        fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
        must((size = read(STDIN_FILENO, part, sizeof part)) >= 0, "there is input after poll()");
        fcntl(STDIN_FILENO, F_SETFL, 0);
        write_all(STDOUT_FILENO, part, (size_t)size);
        if (size > 0)
            size = read(STDIN_FILENO, part, sizeof part);
        if (size == 0)
            break;
        write_all(STDOUT_FILENO, part, (size_t)size);
    }
    must(read(STDIN_FILENO, part, 1) == 0, "the end of the input stays");
    return 5;
}

static void note(int signal)
{
    dprintf(STDOUT_FILENO, "signal %d\n", signal);
    if (signal == SIGTERM)
        exit(7);
}

static int handle(void)
{
    static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2 };

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], note);
    puts("ready");
    for (;;)
        pause();
}

static int deeper(volatile char *above)
{
    volatile char here[4096];

    here[0] = above[0];
    return deeper(here) + here[1];
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    size_t bytes = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

    if (strcmp(what, "echo") == 0)
        return echo();
    if (strcmp(what, "handle") == 0)
        return handle();
    if (strcmp(what, "wait") == 0) {
        puts("ready");
        for (;;)
            pause();
    }
    if (strcmp(what, "turns") == 0) {
        for (size_t i = 0; i < bytes; i++) {
            dprintf(STDOUT_FILENO, "out %zu\n", i);
            dprintf(STDERR_FILENO, "err %zu\n", i);
        }
        return 0;
    }
    pour(bytes);
    if (strcmp(what, "crash") == 0)
        *(volatile int *)0 = 1;
    if (strcmp(what, "overflow") == 0)
        return deeper((volatile char *)what);
    _exit(3);
}
