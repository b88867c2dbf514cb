/*
 * What runs in a container's domain: shows what it finds of the container's root and environment, and on a disk, leaves a note
 * where it may write, and ends with the status of its first argument; with "wait" as the second one, when SIGTERM has come.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t told;

static void note(int signal)
{
    told = signal;
}

static void show(const char *path)
{
    char line[80] = "none";
    FILE *file = fopen(path, "r");

    if (file && !fgets(line, sizeof line, file))
        strcpy(line, "empty");
    if (file)
        fclose(file);
    line[strcspn(line, "\n")] = '\0';
    printf("%s: %s\n", path, line);
}

static void leave_note(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);

    if (file && (fputs("left behind\n", file) < 0 || fclose(file) != 0))
        exit(99);
}

int main(int argc, char **argv)
{
    const char *job = getenv("SLURM_JOB_ID");

    for (int i = 0; i < argc; i++)
        printf("arg %s\n", argv[i]);
    printf("job %s\n", job ? job : "none");
    show("/etc/greeting");
    show("/data/given");
    leave_note("/data/left", "w");
    if (access("/dev/xvda", F_OK) == 0)
        show("/dev/xvda");
    leave_note("/dev/xvdb", "r+");
    if (argc > 2 && strcmp(argv[2], "wait") == 0) {
        signal(SIGTERM, note);
        puts("waiting");
        while (!told)
            sleep(1000);
        printf("signal %d\n", told);
    }
    return argc > 1 ? atoi(argv[1]) : 0;
}
