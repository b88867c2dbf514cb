/*
 * An integral in parts: each of several domains computes one and writes it to a file, and another one adds them up.
 *
 *   part INTERVALS   this domain's part, by its number among the others
 *   sum              all parts
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number_of(const char *name, long least, long *value)
{
    const char *text = getenv(name);
    char *end;

    if (text == NULL || *text == '\0')
        return -1;
    *value = strtol(text, &end, 10);
    return *end == '\0' && *value >= least ? 0 : -1;
}

static void part_path(char *path, size_t size, long rank)
{
    snprintf(path, size, "/out/part-%ld", rank);
}

/* 4 / (1 + x * x) from 0 to 1, whose integral is pi: every size-th interval from the rank-th on. */
static double integrate(long intervals, long rank, long size)
{
    double width = 1.0 / (double)intervals;
    double sum = 0;

    for (long i = rank; i < intervals; i += size) {
        double x = ((double)i + 0.5) * width;

        sum += 4 / (1 + x * x);
    }
    return sum * width;
}

static int write_part(long intervals)
{
    long rank, size;
    char path[64];

    if (number_of("LWD_SIZE", 1, &size) || number_of("LWD_RANK", 0, &rank) || rank >= size) {
        fprintf(stderr, "LWD_RANK and LWD_SIZE say which part this is: lwd up --count N\n");
        return 2;
    }
    part_path(path, sizeof(path), rank);
    FILE *file = fopen(path, "w");

    /* In hexadecimal: every bit arrives. */
    if (file == NULL || fprintf(file, "%ld %ld %a\n", rank, size, integrate(intervals, rank, size)) < 0 || fclose(file)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    printf("part %ld of %ld is done\n", rank, size);
    return 0;
}

/* Reads part `rank`; `size` is how many there are, or 0 if that is to be found out. */
static int read_part(long rank, long *size, double *value)
{
    long its_rank, its_size;
    char path[64];

    part_path(path, sizeof(path), rank);
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return -1;
    int found = fscanf(file, "%ld %ld %la", &its_rank, &its_size, value);

    fclose(file);
    if (found != 3 || its_rank != rank || (*size != 0 && its_size != *size))
        return -1;
    *size = its_size;
    return 0;
}

static int add_parts(void)
{
    double sum = 0, value;
    long size = 0;

    for (long rank = 0; rank == 0 || rank < size; rank++) {
        if (read_part(rank, &size, &value)) {
            fprintf(stderr, "part %ld is missing, or is of another run\n", rank);
            return 1;
        }
        sum += value;
    }
    printf("pi is %.12f, from %ld parts\n", sum, size);
    return 0;
}

int main(int argc, char **argv)
{
    long intervals = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

    if (argc == 3 && strcmp(argv[1], "part") == 0 && intervals > 0)
        return write_part(intervals);
    if (argc == 2 && strcmp(argv[1], "sum") == 0)
        return add_parts();
    fprintf(stderr, "usage: part INTERVALS | sum\n");
    return 2;
}
