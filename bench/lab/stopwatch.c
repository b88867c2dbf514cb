/*
 * Runs in dom0: starts a command that creates a domain, and takes the time until the command has ended and until the
 * domain's console log holds a marker. Woken by the kernel for both, so that waiting costs nothing. Prints
 * "created NANOSECONDS line NANOSECONDS", 0 for what did not happen in time. LOG may be a pattern.
 *
 *   stopwatch FOLDER LOG MARKER SECONDS COMMAND ARGUMENT…
 *   stopwatch -o FILE …     appends it to FILE, and ends with the command's status
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static bool holds(const char *file, const char *marker)
{
    static char text[1 << 20];
    int descriptor = open(file, O_RDONLY);
    ssize_t size = descriptor < 0 ? 0 : read(descriptor, text, sizeof text);

    if (descriptor >= 0)
        close(descriptor);
    return size > 0 && memmem(text, (size_t)size, marker, strlen(marker)) != NULL;
}

static bool one_holds(const char *pattern, const char *marker)
{
    bool found = false;
    glob_t files;

    if (glob(pattern, 0, NULL, &files) == 0)
        for (size_t i = 0; i < files.gl_pathc && !found; i++)
            found = holds(files.gl_pathv[i], marker);
    globfree(&files);
    return found;
}

static pid_t start(char **command)
{
    pid_t child = fork();

    if (child == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(command[0], command);
        _exit(127);
    }
    return child;
}

int main(int argc, char **argv)
{
    char path[512], events[4096];
    int64_t created = 0, line = 0;
    int status = 0;
    FILE *out = stdout;
    sigset_t children;

    if (argc > 2 && strcmp(argv[1], "-o") == 0) {
        out = fopen(argv[2], "a");
        argv += 2;
        argc -= 2;
    }
    if (argc < 6 || out == NULL)
        return 2;
    snprintf(path, sizeof path, "%s/%s", argv[1], argv[2]);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    struct pollfd wakers[] = {
        { .fd = inotify_init1(IN_NONBLOCK), .events = POLLIN },
        { .fd = signalfd(-1, &children, SFD_NONBLOCK), .events = POLLIN },
    };

    if (inotify_add_watch(wakers[0].fd, argv[1], IN_CREATE | IN_MODIFY) < 0)
        return 3;
    int64_t begin = now(), end = begin + atoll(argv[4]) * 1000000000ll;

    if (start(argv + 5) < 0)
        return 4;
    while ((!created || !line) && now() < end) {
        poll(wakers, 2, (int)((end - now()) / 1000000) + 1);
        while (read(wakers[1].fd, events, sizeof events) > 0 || read(wakers[0].fd, events, sizeof events) > 0)
            ;
        if (!created && waitpid(-1, &status, WNOHANG) > 0)
            created = now() - begin;
        if (!line && one_holds(path, argv[3]))
            line = now() - begin;
    }
    fprintf(out, "created %lld line %lld\n", (long long)created, (long long)line);
    return out == stdout || !WIFEXITED(status) ? 0 : WEXITSTATUS(status);
}
