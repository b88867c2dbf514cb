/*
 * What buffers must not change: streams read, written, sought and given back in every mode of buffering.
 */
#include "conform.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char name[PATH_MAX];

static char byte_at(long place)
{
    return (char)(place * 131 % 251);
}

/* `total` bytes, sought in `rounds` times: without a buffer each byte goes to the file by itself. */
static void check_seeking(int mode, size_t size, long total, int rounds, const char *kinds)
{
    static char room[5000];
    int right = 1, told = 1, back = 1;

    begin_group("stdio: seeking", kinds);
    FILE *file = fopen(name, "w+");

    CHECK(file && setvbuf(file, room, mode, size) == 0);
    if (!file)
        return;
    for (long i = 0; i < total; i++)
        right &= fputc(byte_at(i), file) != EOF;
    CHECK(right && ftell(file) == total);
    for (int i = 0; i < rounds; i++) {
        long place = (long)(next_random() % (uint64_t)total), length = (long)(next_random() % 100);
        char got[100];

        right &= fseek(file, place, SEEK_SET) == 0;
        size_t count = fread(got, 1, (size_t)length, file);

        right &= (long)count == (place + length > total ? total - place : length);
        for (size_t j = 0; j < count; j++)
            right &= got[j] == byte_at(place + (long)j);
        told &= ftell(file) == place + (long)count;
        if (i % 3 == 0 && count > 0) {
            back &= ungetc('#', file) == '#' && ftell(file) == place + (long)count - 1 && fgetc(file) == '#';
            back &= ungetc('#', file) == '#' && fseek(file, 0, SEEK_CUR) == 0 && ftell(file) == place + (long)count - 1;
        }
        if (i % 5 == 0) {
            right &= fseek(file, place, SEEK_SET) == 0 && fputc(byte_at(place), file) != EOF;
            right &= fseek(file, 0, SEEK_CUR) == 0;
        }
    }
    CHECK(right);
    CHECK(told);
    CHECK(back);
    CHECK_REFUSED(fseek(file, -1, SEEK_SET), EINVAL);
    CHECK(fseek(file, 5, SEEK_END) == 0 && fputc('x', file) == 'x' && ftell(file) == total + 6);
    CHECK(fseek(file, total, SEEK_SET) == 0 && fgetc(file) == 0);
    CHECK(fclose(file) == 0);
}

static void check_giving_back(void)
{
    char *line = NULL;
    size_t size = 0;

    begin_group("stdio: modes", "ungetc, end and error, append, freopen, x, long lines");
    FILE *file = fopen(name, "w");

    for (int i = 0; file && i < 5000; i++)
        fputs("abcde", file);
    CHECK(file && fputs("\nlast", file) >= 0 && fclose(file) == 0);
    CHECK((file = fopen(name, "r")) != NULL);
    CHECK(getline(&line, &size, file) == 25001 && size >= 25002 && line[24999] == 'e' && line[25001] == '\0');
    CHECK(getdelim(&line, &size, 's', file) == 3 && strcmp(line, "las") == 0);
    CHECK(fgetc(file) == 't' && fgetc(file) == EOF && feof(file));
    CHECK(ungetc('u', file) == 'u' && !feof(file) && fgetc(file) == 'u' && fgetc(file) == EOF);
    CHECK(ungetc(EOF, file) == EOF && fseek(file, 0, SEEK_SET) == 0 && !feof(file) && fgetc(file) == 'a');
    CHECK(fclose(file) == 0);
    CHECK((file = fopen(name, "a+")) != NULL);
    CHECK(fseek(file, 0, SEEK_SET) == 0 && fgetc(file) == 'a' && fseek(file, 0, SEEK_SET) == 0 && fputs("END", file) >= 0 && ftell(file) == 25008);
    CHECK(fseek(file, 25000, SEEK_SET) == 0 && getdelim(&line, &size, '#', file) == 8 && strcmp(line, "\nlastEND") == 0);
    CHECK((file = freopen(name, "r", file)) != NULL && fgetc(file) == 'a' && fputc('x', file) == EOF && ferror(file));
    CHECK(fclose(file) == 0);
    free(line);
    errno = 0;
    CHECK(fopen(name, "wx") == NULL && errno == EEXIST);
    CHECK((file = fopen(name, "w")) && setvbuf(file, NULL, _IONBF, 0) == 0 && fputs("now", file) >= 0);
    FILE *other = fopen(name, "r");

    CHECK(other && fgetc(other) == 'n' && fclose(other) == 0 && fclose(file) == 0);
    CHECK((file = fopen(name, "w")) && setvbuf(file, NULL, _IOLBF, 100) == 0 && fputs("a\nb", file) >= 0);
    other = fopen(name, "r");
    CHECK(other && fgetc(other) == 'a' && fgetc(other) == '\n' && fgetc(other) == EOF && fclose(other) == 0 && fclose(file) == 0);
}

static void check_in_memory(void)
{
    char room[8] = "1234567", *made = NULL;
    size_t size = 99;

    begin_group("stdio: memory, modes", "fmemopen r w a, full; open_memstream seeking");
    FILE *file = fmemopen(room, 4, "r");

    CHECK(file && fgetc(file) == '1' && fseek(file, 0, SEEK_END) == 0 && ftell(file) == 4 && fgetc(file) == EOF);
    CHECK(fseek(file, 5, SEEK_SET) == -1 && fclose(file) == 0);
    room[3] = '\0';
    file = fmemopen(room, 8, "a");
    CHECK(file && fputs("X", file) >= 0 && fclose(file) == 0 && strcmp(room, "123X") == 0);
    file = fmemopen(room, 8, "w");
    CHECK(file && fputs("ab", file) >= 0 && fclose(file) == 0 && strcmp(room, "ab") == 0);
    file = fmemopen(room, 4, "w");
    CHECK(file && setvbuf(file, NULL, _IONBF, 0) == 0 && fwrite("abcdefgh", 1, 8, file) < 8 && fclose(file) == 0);
    file = open_memstream(&made, &size);
    CHECK(file && fputs("hello", file) >= 0 && fflush(file) == 0 && size == 5 && strcmp(made, "hello") == 0);
    CHECK(fseek(file, 1, SEEK_SET) == 0 && fputs("E", file) >= 0 && fflush(file) == 0 && size == 2);
    CHECK(fclose(file) == 0 && memcmp(made, "hE", 2) == 0);
    free(made);
}

void check_buffers(void)
{
    snprintf(name, sizeof name, "%s/buffers", work);
    check_seeking(_IOFBF, 5000, 10007, 100, "a buffer of 5000 bytes");
    check_seeking(_IOFBF, 7, 601, 30, "a buffer of 7 bytes");
    check_seeking(_IONBF, 0, 301, 20, "no buffer");
    if (access(name, F_OK) == 0)
        check_giving_back();
    check_in_memory();
    unlink(name);
}
