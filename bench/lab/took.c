/*
 * Runs in dom0: runs a command and appends to a file how long that took, in nanoseconds.
 *
 *   took FILE COMMAND ARGUMENT…
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

int main(int argc, char **argv)
{
    long long begin = now();
    int status = 0;

    if (argc < 3)
        return 2;
    pid_t child = fork();

    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    waitpid(child, &status, 0);
    FILE *file = fopen(argv[1], "a");

    if (file == NULL || fprintf(file, "%lld\n", now() - begin) < 0 || fclose(file) != 0)
        return 3;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
