/*
 * A task of a batch job: says how much memory it has, and which task it is, and then ends with a status, crashes, or stays until
 * it is told to end ("stay [STATUS]").
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t told;
static volatile int zero;

static void note(int signal)
{
    told = signal;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "0";
    const char *rank = getenv("LWD_RANK"), *size = getenv("LWD_SIZE"), *peers = getenv("LWD_PEERS");
    long pages = sysconf(_SC_PHYS_PAGES);

    printf("memory %ld MiB\n", pages / 256);
    if (rank && size)
        printf("rank %s of %s: %s\n", rank, size, peers ? peers : "nobody knows where");
    if (strcmp(how, "crash") == 0)
        *(volatile int *)(uintptr_t)zero = 1;
    if (strcmp(how, "stay") == 0) {
        signal(SIGTERM, note);
        signal(SIGUSR1, note);
        puts("staying");
        while (!told)
            sleep(1000);
        printf("told %d\n", told);
        return argc > 2 ? atoi(argv[2]) : 0;
    }
    return atoi(how);
}
