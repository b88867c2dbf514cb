/*
 * Streams of stdio.
 */
#include "conform.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static void path_of(char *path, const char *name)
{
    snprintf(path, PATH_MAX, "%s/%s", tree, name);
}

static void check_reading(void)
{
    char path[PATH_MAX], line[20];
    fpos_t place;

    begin_group("stdio: reading", "a file of the root");
    path_of(path, "lines.txt");
    FILE *file = fopen(path, "r");

    CHECK(file != NULL);
    if (!file)
        return;
    CHECK(fgetc(file) == 'o');
    CHECK(ungetc('O', file) == 'O');
    CHECK(fgets(line, sizeof line, file) == line);
    CHECK_TEXT(line, "One\n");
    CHECK(fgetpos(file, &place) == 0);
    CHECK(fread(line, 1, 3, file) == 3 && memcmp(line, "two", 3) == 0);
    CHECK(fsetpos(file, &place) == 0 && getc(file) == 't');
    CHECK(fseek(file, 0, SEEK_END) == 0 && ftell(file) == 14);
    CHECK(fgetc(file) == EOF && feof(file) && !ferror(file));
    CHECK(fseeko(file, -6, SEEK_END) == 0 && !feof(file));
    CHECK(fgets(line, 4, file) == line);
    CHECK_TEXT(line, "thr");
    errno = 0;
    CHECK(fputc('x', file) == EOF && ferror(file) && errno == EBADF);
    clearerr(file);
    CHECK(!ferror(file));
    rewind(file);
    char *whole = NULL;
    size_t room = 0;

    CHECK(getline(&whole, &room, file) == 4 && strcmp(whole, "one\n") == 0);
    CHECK(getdelim(&whole, &room, 'h', file) == 6 && strcmp(whole, "two\nth") == 0);
    CHECK(getline(&whole, &room, file) == 4 && getline(&whole, &room, file) == -1);
    free(whole);
    CHECK(fileno(file) > 2);
    CHECK(fclose(file) == 0);
    errno = 0;
    CHECK(fopen("/nothing/there", "r") == NULL && errno == ENOENT);
    errno = 0;
    CHECK(fopen(path, "z") == NULL && errno == EINVAL);
}

static void check_memory(void)
{
    char buffer[20], *made = NULL;
    size_t size = 0;

    begin_group("stdio: memory", "fmemopen, open_memstream");
    FILE *file = fmemopen(buffer, sizeof buffer, "w+");

    CHECK(file != NULL);
    if (file) {
        CHECK(fprintf(file, "value %d", 42) == 8 && fflush(file) == 0);
        CHECK_TEXT(buffer, "value 42");
        CHECK(fseek(file, 6, SEEK_SET) == 0 && fgetc(file) == '4');
        CHECK(fclose(file) == 0);
    }
    file = open_memstream(&made, &size);
    CHECK(file != NULL);
    if (file) {
        for (int i = 0; i < 1000; i++)
            fputs("0123456789", file);
        CHECK(fflush(file) == 0 && size == 10000);
        CHECK(fclose(file) == 0 && made[9999] == '9' && made[10000] == '\0');
        free(made);
    }
}

static void check_pipes(void)
{
    int ends[2];
    char line[10];

    begin_group("stdio: descriptors", "a pipe");
    CHECK(pipe(ends) == 0);
    FILE *in = fdopen(ends[0], "r"), *out = fdopen(ends[1], "w");

    CHECK(in && out);
    if (!in || !out)
        return;
    CHECK(setvbuf(out, NULL, _IOFBF, 64) == 0);
    CHECK(fprintf(out, "%s\n", "through") == 8 && fflush(out) == 0);
    CHECK(fgets(line, sizeof line, in) && strcmp(line, "through\n") == 0);
    CHECK(fseek(in, 0, SEEK_SET) == -1 && errno == ESPIPE);
    CHECK(dprintf(ends[1], "%d", 7) == 1 && fgetc(in) == '7');
    CHECK(fclose(out) == 0 && fgetc(in) == EOF && feof(in) && fclose(in) == 0);
    errno = 0;
    CHECK(fdopen(999, "r") == NULL && errno == EBADF);
}

void check_streams(void)
{
    check_reading();
    check_memory();
    check_pipes();
}
