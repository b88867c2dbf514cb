/* Reaches calls that a domain refuses or fakes: directly, by a table, before main; and has one that nobody reaches. */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
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

static const struct command {
    const char *name;
    int (*run)(const char *);
} commands[] = { { "run", run_child }, { "id", show_id } };

static volatile int looked;

/* Its result is used: an optimiser of the whole image may leave out a call that does nothing else. */
__attribute__((constructor)) static void look(void)
{
    looked = sem_unlink("/x");
}

/* Nobody calls it. */
sem_t *dead(void);
sem_t *dead(void)
{
    return sem_open("/x", 0);
}

int main(int argc, char **argv)
{
    return argc > 1 ? commands[atoi(argv[1])].run(argv[0]) : 0;
}
