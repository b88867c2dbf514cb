/*
 * Ends with the status that its first argument says, by the way that its second one says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void at_exit(void)
{
    puts("atexit ran");
}

int main(int argc, char **argv)
{
    int status = argc > 1 ? atoi(argv[1]) : 0;
    const char *way = argc > 2 ? argv[2] : "return";

    atexit(at_exit);
    printf("status %d by %s", status, way);     /* no newline: leaving flushes it, or does not */
    if (strcmp(way, "exit") == 0)
        exit(status);
    if (strcmp(way, "_exit") == 0)
        _exit(status);
    if (strcmp(way, "_Exit") == 0)
        _Exit(status);
    return status;
}
