/*
 * Prints arguments and environment as hexadecimal bytes, a line each, so that nothing on the way can improve them; then
 * copies its input, line by line, until a line "end".
 */
#include <stdio.h>
#include <string.h>

static void print(const char *what, const char *text)
{
    printf("%s ", what);
    for (; *text; text++)
        printf("%02x", (unsigned char)*text);
    putchar('\n');
}

int main(int argc, char **argv, char **environment)
{
    for (int i = 0; i < argc; i++)
        print("arg", argv[i]);
    if (argv[argc])
        puts("argv does not end with a null pointer");
    for (; *environment; environment++)
        print("env", *environment);
    if (argc > 1 && strcmp(argv[1], "input") == 0) {
        char line[200];

        puts("reading");
        while (fgets(line, sizeof line, stdin) && strncmp(line, "end", 3) != 0)
            print("line", line);
    }
    return 0;
}
