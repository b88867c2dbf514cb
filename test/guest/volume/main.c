/*
 * A host directory's data: the runner gives a folder as /data, with "big" (8 MiB, random) and "greeting" in it, and
 * compares what is left there afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "volume.h"

#define MIB (1 << 20)

void make_file(const char *path, const char *text)
{
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);

    check(file >= 0);
    check_equal(write(file, text, strlen(text)), strlen(text));
    check_equal(close(file), 0);
}

void check_content(const char *path, const char *text)
{
    char found[200] = "";
    int file = open(path, O_RDONLY);

    check(file >= 0);
    ssize_t size = read(file, found, sizeof found - 1);

    check_equal(close(file), 0);
    check_equal(size, strlen(text));
    check_text(found, text);
}

TEST(what_the_host_wrote)
{
    check_content("/data/greeting", "good day\n");
    check_content("/fixed/sub/below", "below\n");
}

/* Reads in messages of full size, writes in an odd one; the runner compares the bytes. */
TEST(a_big_file_there_and_back)
{
    size_t size = 8 * MIB, step = MIB + 4099;
    char *bytes = malloc(size);
    int from = open("/data/big", O_RDONLY), to = open("/data/big.copy", O_CREAT | O_WRONLY, 0644);
    struct stat status;

    check(bytes && from >= 0 && to >= 0);
    check_equal(fstat(from, &status), 0);
    check_equal(status.st_size, size);
    for (size_t done = 0; done < size; done += MIB)
        check_equal(read(from, bytes + done, MIB), MIB);
    check_equal(read(from, bytes, 1), 0);
    for (size_t done = 0; done < size; done += step) {
        size_t part = size - done < step ? size - done : step;

        check_equal(write(to, bytes + done, part), part);
    }
    check_equal(fsync(to), 0);
    check_equal(close(to), 0);

    char *again = malloc(size);

    to = open("/data/big.copy", O_RDONLY);
    check(again && to >= 0);
    check_equal(read(to, again, size + 1), size);
    check(memcmp(bytes, again, size) == 0);
    check_equal(pread(from, again, 100001, 7 * MIB + 12345), 100001);
    check(memcmp(bytes + 7 * MIB + 12345, again, 100001) == 0);
    close(from);
    close(to);
    free(bytes);
    free(again);
}

TEST(at_any_offset)
{
    enum { SIZE = 300000 };
    static char wanted[SIZE], found[SIZE];
    int file = open("/data/offsets", O_CREAT | O_RDWR, 0600);

    check(file >= 0);
    for (int i = 0; i < 40; i++) {
        size_t size = random_below(i % 10 == 0 ? 100000 : 5000), at = random_below(SIZE - size);

        for (size_t k = 0; k < size; k++)
            wanted[at + k] = (char)random_bits();
        check_equal(pwrite(file, wanted + at, size, (off_t)at), size);
        at = random_below(SIZE - 5000);
        ssize_t got = pread(file, found, 5000, (off_t)at);

        check(got >= 0);
        check(memcmp(found, wanted + at, (size_t)got) == 0);
    }
    check_equal(lseek(file, 0, SEEK_CUR), 0);
    check_equal(pread(file, found, 10, SIZE), 0);
    check_equal(close(file), 0);
}

TEST(a_hole_reads_as_zeroes)
{
    char found[20];
    int file = open("/data/hole", O_CREAT | O_RDWR, 0644);

    check_equal(pwrite(file, "end", 3, 5000000), 3);
    check_equal(pread(file, found, 20, 4999990), 13);
    check(memcmp(found, "\0\0\0\0\0\0\0\0\0\0end", 13) == 0);
    check_equal(lseek(file, 0, SEEK_END), 5000003);
    close(file);
    check_equal(unlink("/data/hole"), 0);
}

/* Nothing on the way counts in 32 bits. The runner looks at the file's size, its end, and that it is mostly hole. */
TEST(beyond_4_gib)
{
    const off_t end = ((off_t)5 << 30) + 4099;
    char found[10];
    struct stat status;
    int file = open("/data/huge", O_CREAT | O_RDWR, 0644);

    check(file >= 0);
    check_equal(pwrite(file, "across", 6, ((off_t)4 << 30) - 3), 6);
    check_equal(lseek(file, end - 3, SEEK_SET), end - 3);
    check_equal(write(file, "end", 3), 3);
    check_equal(fstat(file, &status), 0);
    check_equal(status.st_size, end);
    check_equal(pread(file, found, 10, ((off_t)4 << 30) - 5), 10);
    check(memcmp(found, "\0\0across\0\0", 10) == 0);
    check_equal(pread(file, found, 10, ((off_t)1 << 32) + 100), 10);
    check(memcmp(found, "\0\0\0\0\0\0\0\0\0\0", 10) == 0);
    check_equal(pread(file, found, 10, end - 3), 3);
    check(memcmp(found, "end", 3) == 0);
    check_equal(close(file), 0);
}

TEST(append)
{
    make_file("/data/log", "one\n");
    int file = open("/data/log", O_WRONLY | O_APPEND), other = open("/data/log", O_WRONLY | O_APPEND);

    check_equal(write(file, "two\n", 4), 4);
    check_equal(write(other, "three\n", 6), 6);
    check_equal(write(file, "four\n", 5), 5);
    check_equal(close(file) | close(other), 0);
    check_content("/data/log", "one\ntwo\nthree\nfour\n");
}

TEST(access_modes)
{
    char byte = 0;
    int file = open("/data/log", O_RDONLY);

    check_refused(write(file, "x", 1), EBADF);
    close(file);
    file = open("/data/log", O_WRONLY);
    check_refused(read(file, &byte, 1), EBADF);
    close(file);
}

TEST(truncating)
{
    struct stat status;

    make_file("/data/cut", "0123456789");
    int file = open("/data/cut", O_RDWR), other = open("/data/cut", O_RDONLY);

    check_equal(ftruncate(file, 20), 0);
    check_equal(fstat(file, &status), 0);
    check_equal(status.st_size, 20);
    check_equal(ftruncate(file, 5), 0);
    check_content("/data/cut", "01234");
    check_refused(ftruncate(other, 0), EINVAL);
    check_equal(close(other), 0);
    check_equal(ftruncate(file, 0), 0);
    check_equal(fstat(file, &status), 0);
    check_equal(status.st_size, 0);
    check_equal(write(file, "new", 3), 3);
    close(file);
    check_content("/data/cut", "new");
    check_equal(truncate("/data/cut", 2), 0);
    check_content("/data/cut", "ne");
    check_refused(truncate("/data/cut", -1), EINVAL);
    check_refused(truncate("/data/no", 0), ENOENT);
    check_refused(truncate("/data/many", 0), EISDIR);
}

TEST(two_files_in_turn)
{
    char line[40];
    FILE *first = fopen("/data/first", "w+"), *second = fopen("/data/second", "w+");

    check(first && second);
    for (int i = 0; i < 2000; i++) {
        check(fprintf(first, "first %d\n", i) > 0);
        check(fprintf(second, "%d second\n", i) > 0);
    }
    rewind(first);
    rewind(second);
    for (int i = 0; i < 2000; i++) {
        char wanted[40];

        sprintf(wanted, "first %d\n", i);
        check(fgets(line, sizeof line, first));
        check_text(line, wanted);
        sprintf(wanted, "%d second\n", i);
        check(fgets(line, sizeof line, second));
        check_text(line, wanted);
    }
    check(fgets(line, sizeof line, first) == NULL);
    check_equal(fclose(first) | fclose(second), 0);
}

TEST(a_file_without_a_name_lives_on)
{
    struct stat status;
    char found[10] = "";

    make_file("/data/nameless", "still here");
    int file = open("/data/nameless", O_RDWR);

    check_equal(unlink("/data/nameless"), 0);
    check_refused(stat("/data/nameless", &status), ENOENT);
    check_equal(read(file, found, 5), 5);
    check(memcmp(found, "still", 5) == 0);
    check_equal(pwrite(file, "!", 1, 1000), 1);
    check_equal(fstat(file, &status), 0);
    check_equal(status.st_size, 1001);
    check_equal(status.st_nlink, 0);
    /* Another file of that name is another file. */
    make_file("/data/nameless", "new");
    check_equal(fstat(file, &status), 0);
    check_equal(status.st_size, 1001);
    check_equal(close(file), 0);
    check_content("/data/nameless", "new");
}

static int cat(const char *path)
{
    static char bytes[4096];
    int file = open(path, O_RDONLY);
    ssize_t size;

    while ((size = read(file, bytes, sizeof bytes)) > 0)
        write(STDOUT_FILENO, bytes, (size_t)size);
    return size == 0 ? 0 : 1;
}

/* Lives until it is ended from outside. */
static int write_and_wait(void)
{
    make_file("/data/result", "worth keeping");
    puts("written");
    fflush(stdout);
    for (;;)
        sleep(1000);
}

/* Whatever the size. */
static int copy(const char *from_path, const char *to_path)
{
    char *bytes = malloc(MIB);
    int from = open(from_path, O_RDONLY), to = open(to_path, O_CREAT | O_WRONLY, 0644);
    ssize_t size;

    while ((size = read(from, bytes, MIB)) > 0)
        if (write(to, bytes, (size_t)size) != size)
            return 1;
    return size == 0 && close(to) == 0 ? 0 : 1;
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "lose-the-server") == 0)
        return lose_the_server();
    if (count > 1 && strcmp(arguments[1], "fill-up") == 0)
        return fill_up();
    if (count > 2 && strcmp(arguments[1], "hear-lies") == 0)
        return hear_lies(atoi(arguments[2]));
    if (count > 1 && strcmp(arguments[1], "write-and-wait") == 0)
        return write_and_wait();
    if (count > 3 && strcmp(arguments[1], "copy") == 0)
        return copy(arguments[2], arguments[3]);
    if (count > 2 && strcmp(arguments[1], "cat") == 0)
        return cat(arguments[2]);
    return test_run_all();
}
