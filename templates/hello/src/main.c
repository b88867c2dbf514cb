/* Greets, and shows what main was given. */
#include <stdio.h>

int main(int argc, char **argv)
{
    printf("Hello from a domain of its own!\n");
    for (int i = 0; i < argc; i++)
        printf("argv[%d] = %s\n", i, argv[i]);
    return 0;
}
