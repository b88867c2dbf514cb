/*
 * A shell becomes somebody's, or nobody's, by one transaction of xenstore: whole or not at all. That it is for one of those who
 * ask at the same time is a lock's doing: xenstored lets two transactions pass that have read a node, and then both written it.
 */
#include "shell.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/bits.h"
#include "core/format.h"
#include "linux.h"
#include "store.h"

#define DOMAINS "/local/domain"
#define SHELL_NAMES "lwd-shell-"

/* As it is in the file of a UUID's node, after "/vm/". */
#define UUID_SIZE 36

enum { DONE = 0, NONE = 1, FAILED = 2 };

/* The most words of a command. */
#define COMMAND_MAX 12

struct order {
    const char *prefix, *name, *record, *line;
    char **command;             /* to be done before, up to a NULL; none if that comes first */
    char **environment;
};

struct shell {
    char number[12], name[80], machine[64];
};

/* Is there where there are shells, for every release of lwd. */
#define LOCKED_FOLDER "/run/lwd"
#define JOURNALS LOCKED_FOLDER "/domains/"

/* Of the 22nd field of /proc/PROCESS/stat, among those behind the program's name. */
#define START_FIELD 20

static struct store store;

static int lock(int file)
{
    long error;

    do
        error = sys(SYS_flock, file, LOCK_EX);
    while (error == -EINTR);
    return (int)error;
}

/* Waits until nobody else is at it. The process's end gives it back, however that comes. */
static int begin(void)
{
    int folder = (int)sys(SYS_openat, AT_FDCWD, LOCKED_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = folder < 0 ? folder : lock(folder);

    return error < 0 ? error : store_open(&store);
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static const char *path_of(const char *number, const char *node)
{
    static char path[96];

    format_text(path, sizeof path, DOMAINS "/%s/%s", number, node);
    return path;
}

static long read_node(const char *number, const char *node, char *text, size_t size)
{
    return store_read(&store, path_of(number, node), text, size);
}

static bool is_ready(const char *number)
{
    static char record[STORE_PAYLOAD_MAX];

    return read_node(number, "lwd/shell", record, sizeof record) >= 0;
}

/* Looks at every domain: -EEXIST if one has the name already, -ENOENT if none is a shell for this. */
static int find_shell(const struct order *order, struct shell *shell)
{
    static char numbers[STORE_PAYLOAD_MAX + 1];
    char name[80];
    long size = store_list(&store, DOMAINS, numbers, sizeof numbers);

    shell->number[0] = '\0';
    for (const char *number = numbers; number < numbers + size; number += strlen(number) + 1) {
        if (strlen(number) >= sizeof shell->number || read_node(number, "name", name, sizeof name) < 0)
            continue;
        if (strcmp(name, order->name) == 0)
            return -EEXIST;
        if (shell->number[0] || !begins_with(name, order->prefix) || !is_ready(number))
            continue;
        memcpy(shell->number, number, strlen(number) + 1);
        memcpy(shell->name, name, sizeof name);
    }
    if (size < 0)
        return (int)size;
    if (!shell->number[0] || read_node(shell->number, "vm", shell->machine, sizeof shell->machine) < 4 + UUID_SIZE)
        return -ENOENT;
    return 0;
}

static const char *uuid_of(const struct shell *shell)
{
    return shell->machine + strlen("/vm/");
}

/* Of one who did not come to claim it: whoever claims it now has a lease of his own, or none (src/xl/script/lease-script.ts). */
static void forget_lease(const struct shell *shell)
{
    char path[sizeof JOURNALS + 64];

    format_text(path, sizeof path, JOURNALS "%s.lease", uuid_of(shell));
    sys(SYS_unlinkat, AT_FDCWD, path, 0);
}

static int run(char **command, char **environment, const char *last)
{
    const char *words[COMMAND_MAX + 2];
    size_t count = 0;
    int status = 0;

    for (; command[count]; count++) {
        if (count == COMMAND_MAX)
            return -E2BIG;
        words[count] = command[count];
    }
    words[count] = last;
    words[count + 1] = NULL;
    long process = sys(SYS_fork);

    if (process == 0) {
        sys(SYS_execve, words[0], words, environment);
        linux_exit(127);
    }
    if (process < 0)
        return (int)process;
    while (sys(SYS_wait4, process, &status, 0, NULL) == -EINTR)
        continue;
    return status ? -EIO : 0;
}

/*
 * Has done for the shell what is to be there before it is somebody's. No transaction is begun yet: what takes time in one makes
 * it fail where much goes on.
 */
static int prepare(const struct order *order, struct shell *shell)
{
    int error = find_shell(order, shell);

    if (error)
        return error;
    forget_lease(shell);
    return run(order->command, order->environment, uuid_of(shell));
}

static int rename_machine(const struct shell *shell, const char *name)
{
    char path[96];

    format_text(path, sizeof path, "%s/name", shell->machine);
    return store_write(&store, path, name);
}

/* The domain sees its line, and runs, when all of this is done. */
static int change(const struct order *order, const struct shell *shell)
{
    const struct { const char *node, *text; } nodes[] = {
        { "name", order->name }, { "lwd/domain", order->record }, { "lwd/run", order->line },
    };
    int error = rename_machine(shell, order->name);

    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0] && !error; i++)
        error = store_write(&store, path_of(shell->number, nodes[i].node), nodes[i].text);
    return error ? error : store_remove(&store, path_of(shell->number, "lwd/shell"));
}

/* `prepared`: the one shell that it may be, if something had to be done before. */
static int try_claim(const struct order *order, const struct shell *prepared, struct shell *shell)
{
    int error = store_begin(&store);

    if (error)
        return error;
    error = find_shell(order, shell);
    if (!error && prepared && strcmp(prepared->machine, shell->machine) != 0)
        error = -ENOENT;
    if (!error && !prepared)
        forget_lease(shell);
    if (!error)
        error = change(order, shell);
    if (!error)
        return store_commit(&store);
    store_abandon(&store);
    return error;
}

static int status_of(int error)
{
    return !error ? DONE : error == -ENOENT || error == -EEXIST ? NONE : FAILED;
}

/* As xenstore-write reads its arguments, which the record was written for. */
static void undo_escapes(char *text)
{
    char *to = text;

    for (; *text; text++) {
        if (text[0] == '\\' && text[1] == '\\')
            text++;
        *to++ = *text;
    }
    *to = '\0';
}

/* Says in the record, an object in JSON, what the shell's name began with: its log keeps that name. */
static const char *record_of(char *text, const char *prefix)
{
    static char record[STORE_PAYLOAD_MAX];
    size_t length;

    undo_escapes(text);
    length = strlen(text);
    text[length ? length - 1 : 0] = '\0';
    format_text(record, sizeof record, "%s,\"shell\":\"%s\"}", text, prefix);
    return record;
}

static int claim(const struct order *order, struct shell *shell)
{
    struct shell prepared;
    bool prepares = order->command[0];
    int error = begin();

    if (!error && prepares)
        error = prepare(order, &prepared);
    if (error)
        return error;
    do
        error = try_claim(order, prepares ? &prepared : NULL, shell);
    while (error == -EAGAIN);
    /* After anything else it may have been claimed: then its lease ends it. */
    if (prepares && error == -ENOENT)
        forget_lease(&prepared);
    return error;
}

/* As much of the file as there is room for; empty if it cannot be read. */
static void read_file(const char *path, char *text, size_t size)
{
    int file = (int)sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    long length = file < 0 ? 0 : sys(SYS_read, file, text, size - 1);

    text[MAX(length, 0)] = '\0';
    if (file >= 0)
        sys(SYS_close, file);
}

/* The number that is the field of that number, from 1, of a line that single blanks divide; "-" if there is none. */
static const char *number_in(char *line, int field)
{
    for (; field > 1 && *line; line++)
        if (*line == ' ')
            field--;
    char *end = line;

    while (*end >= '0' && *end <= '9')
        end++;
    if (end == line)
        return "-";
    *end = '\0';
    return line;
}

static const char *start_of(const char *process)
{
    static char line[1024];
    char path[64];

    format_text(path, sizeof path, "/proc/%s/stat", process);
    read_file(path, line, sizeof line);
    char *behind = line;

    /* The program's name, in brackets, may hold brackets and blanks. */
    for (char *at = line; *at; at++)
        if (at[0] == ')' && at[1] == ' ')
            behind = at + 2;
    return number_in(behind, START_FIELD);
}

static const char *keeper_of(const struct shell *shell)
{
    static char line[256];
    char path[sizeof JOURNALS + 64];

    format_text(path, sizeof path, JOURNALS "%s", uuid_of(shell));
    read_file(path, line, sizeof line);
    return number_in(line, 1);
}

int shell_claim(char **arguments, char **environment)
{
    const char *process = arguments[0], *prefix = arguments[1];
    const struct order order = {
        prefix, arguments[2], record_of(arguments[3], prefix), arguments[4], arguments + 5, environment,
    };
    struct shell shell;
    char text[256];
    int error = claim(&order, &shell);

    if (!error)
        sys(SYS_write, 1, text,
            format_text(text, sizeof text, "%s %s %s %s %s\n", shell.number, uuid_of(&shell), shell.name,
                        start_of(process), keeper_of(&shell)));
    return status_of(error);
}

static int try_drop(const char *number)
{
    char name[80];
    int error = store_begin(&store);

    if (error)
        return error;
    if (read_node(number, "name", name, sizeof name) >= 0 && !begins_with(name, SHELL_NAMES)) {
        store_abandon(&store);
        return -ENOENT;
    }
    store_remove(&store, path_of(number, "lwd/shell"));
    return store_commit(&store);
}

int shell_drop(const char *number)
{
    int error = begin();

    if (!error)
        do
            error = try_drop(number);
        while (error == -EAGAIN);
    return status_of(error);
}

int shell_lock(int file)
{
    return status_of(lock(file));
}
