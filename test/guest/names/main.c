/* A program whose names are those of the system's insides: see own.c. ISO C works all the same, and never calls them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "verdict.h"

extern int own_calls, image_start, image_end, text_end, tls_size, boot_info, platform;
int schedule(void);
int read(void);
int tcp_write(void);

TEST(files)
{
    char text[64];
    FILE *file = fopen("/text", "r");

    check(file && fgets(text, sizeof text, file));
    check_text(text, "one line\n");
    check_equal(fseek(file, 4, SEEK_SET), 0);
    check_equal(fgetc(file), 'l');
    check_equal(fclose(file), 0);
    check_equal(own_calls, 0);
}

TEST(heap)
{
    char *block = malloc(100000);

    check(block && memset(block, 1, 100000) == block);
    block = realloc(block, 10 << 20);
    check(block && block[99999] == 1);
    free(block);
    check_equal(own_calls, 0);
}

TEST(text_and_time)
{
    char text[64], *end;

    check(strtod("2.5e1x", &end) == 25 && *end == 'x');
    check_equal(snprintf(text, sizeof text, "%.3f %10.4s", 1.5, "abcdef"), 16);
    check(time(NULL) > 0 && clock() != (clock_t)-1);
    check_equal(own_calls, 0);
}

TEST(own_names)
{
    check(schedule() == -77 && read() == -77 && tcp_write() == -77);
    check_equal(own_calls, 3);
    check(image_start == 1 && image_end == 2 && tls_size == 3 && text_end == 4 && boot_info == 5 && platform == 6);
}

int main(void)
{
    return test_run_all();
}
