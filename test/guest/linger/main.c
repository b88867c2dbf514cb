/*
 * Does not end by itself: sleeps, prints, reads, computes without ever asking the kernel for anything, or handles
 * SIGTERM and ends by itself.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile unsigned long counter;
static volatile sig_atomic_t told;

static void note(int signal)
{
    told = signal;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "sleep";

    printf("ready to %s\n", how);
    if (strcmp(how, "sleep") == 0)
        for (;;)
            sleep(1000);
    if (strcmp(how, "print") == 0)
        for (unsigned line = 0;; line++) {
            printf("line %u\n", line);
            usleep(50000);
        }
    if (strcmp(how, "read") == 0)
        while (getchar() != EOF)
            ;
    if (strcmp(how, "spin") == 0)
        for (;;)
            counter++;
    if (strcmp(how, "handle") == 0) {
        signal(SIGTERM, note);
        puts("handling");
        while (!told)
            sleep(1000);
        printf("handled signal %d\n", told);
        return 7;
    }
    return 1;
}
