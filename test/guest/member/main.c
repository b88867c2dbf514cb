/*
 * One of several domains: says so in lines that it writes bit by bit, or fails if it is number 1, or sleeps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *rank = getenv("LWD_RANK"), *size = getenv("LWD_SIZE");
    const char *how = argc > 1 ? argv[1] : "say";

    if (rank == NULL || size == NULL)
        return 100;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(how, "say") == 0) {
        for (int line = 0; line < 10; line++) {
            printf("rank %s", rank);
            usleep(1000);
            printf(" of %s", size);
            usleep(1000);
            printf(" line %d\n", line);
        }
        printf("rank %s ends in the middle of a line", rank);
        return atoi(rank);
    }
    if (strcmp(how, "fail") == 0 && strcmp(rank, "1") == 0)
        return 3;
    puts("sleeps");
    for (;;)
        sleep(1000);
}
