/*
 * One image for zlib's test programs: runs the one that the first argument names, with the arguments after it. "all
 * FOLDER" runs all of them, minigzip on FOLDER/fast, FOLDER/best and FOLDER/packed.gz.
 */
#include <stdio.h>
#include <string.h>

int example_main(int count, char **arguments);
int infcover_main(void);
int minigzip_main(int count, char **arguments);

static int minigzip(char *option, const char *folder, const char *name)
{
    char path[256];
    char *arguments[] = { "minigzip", option, path, NULL };

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return minigzip_main(3, arguments);
}

static int all(const char *folder)
{
    char path[256];
    char *arguments[] = { "example", path, NULL };

    snprintf(path, sizeof path, "%s/example.gz", folder);
    int status = infcover_main() | example_main(2, arguments) | minigzip("-1", folder, "fast");

    return status | minigzip("-9", folder, "best") | minigzip("-d", folder, "packed.gz");
}

int main(int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : "";

    if (strcmp(name, "example") == 0)
        return example_main(count - 1, arguments + 1);
    if (strcmp(name, "infcover") == 0)
        return infcover_main();
    if (strcmp(name, "minigzip") == 0)
        return minigzip_main(count - 1, arguments + 1);
    if (strcmp(name, "all") == 0 && count == 3)
        return all(arguments[2]);
    fprintf(stderr, "which? example, infcover, minigzip, or all FOLDER\n");
    return 64;
}
