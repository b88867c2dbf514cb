/* Reaches calls that a domain refuses or fakes: directly, by a table, before main; and has one that nobody reaches. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int run_child(const char *program)
{
    char *const arguments[] = { (char *)program, NULL };
    pid_t child = fork();

    if (child == 0)
        execve(program, arguments, NULL);
    return waitpid(child, NULL, 0);
}

static int show_id(const char *unused)
{
    (void)unused;
    return getpid();
}

static int become(const char *path)
{
    struct termios modes;
    struct rusage usage;

    return chown(path, 1, 1) + setuid(1) + setpriority(PRIO_PROCESS, 0, 5) + tcsetattr(0, TCSANOW, &modes) +
           getrusage(RUSAGE_SELF, &usage) + system(path);
}

static const struct command {
    const char *name;
    int (*run)(const char *);
} commands[] = { { "run", run_child }, { "id", show_id }, { "become", become } };

static volatile int looked;

/* Its result is used: an optimiser of the whole image may leave out a call that does nothing else. */
__attribute__((constructor)) static void look(void)
{
    looked = mkfifo("/x", 0600);
}

/* Nobody calls it. */
int dead(void);
int dead(void)
{
    return chroot("/x");
}

int main(int argc, char **argv)
{
    return argc > 1 ? commands[atoi(argv[1])].run(argv[0]) : 0;
}
