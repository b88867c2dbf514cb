/*
 * Strings, characters, sorting, memory, random sequences, jumps.
 */
#include "conform.h"

#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static void check_strings(void)
{
    char text[40] = "abc", *rest, *save;

    begin_group("string", "str* mem*");
    CHECK(strlen("") == 0 && strnlen("abcdef", 3) == 3);
    CHECK(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("\xff", "a") > 0 && strncmp("abc", "abd", 2) == 0);
    CHECK(strcpy(text, "xyz") == text && strcat(text, "123") == text && strcmp(text, "xyz123") == 0);
    CHECK(strncpy(text, "ab", 5) == text && memcmp(text, "ab\0\0\0", 5) == 0);
    CHECK(stpcpy(text, "12") == text + 2);
    CHECK(strchr("hello", 'l') && strcmp(strchr("hello", 'l'), "llo") == 0 && strchr("a", 'b') == NULL);
    CHECK(*strchr("a", '\0') == '\0' && strcmp(strrchr("hello", 'l'), "lo") == 0 && *strchrnul("ab", 'x') == '\0');
    CHECK(strcmp(strstr("haystack", "st"), "stack") == 0 && strstr("a", "aa") == NULL && *strstr("x", "") == 'x');
    CHECK(strspn("112a", "12") == 3 && strcspn("ab1", "0123") == 2 && *strpbrk("ab1c", "12") == '1');
    strcpy(text, "a,,b;c");
    CHECK_TEXT(strtok_r(text, ",;", &save), "a");
    CHECK_TEXT(strtok_r(NULL, ",;", &save), "b");
    CHECK_TEXT(strtok_r(NULL, ",;", &save), "c");
    CHECK(strtok_r(NULL, ",;", &save) == NULL);
    strcpy(text, "a,,b");
    rest = text;
    CHECK(strcmp(strsep(&rest, ","), "a") == 0 && *strsep(&rest, ",") == '\0' && strcmp(rest, "b") == 0);
    CHECK(strcasecmp("HeLLo", "hEllO") == 0 && strncasecmp("ABx", "aby", 2) == 0 && strcasestr("ABCdef", "cD"));
    CHECK(memcmp("a\0b", "a\0c", 3) < 0 && memchr("a\0b", 'b', 3) && memrchr("abca", 'a', 4));
    CHECK(memmem("a\0bc", 4, "\0b", 2) && memccpy(text, "abc", 'b', 3) == text + 2);
    memcpy(text, "0123456789", 11);
    CHECK(memmove(text + 2, text, 5) == text + 2 && memcmp(text, "0101234789", 10) == 0);
    CHECK(strcoll("a", "b") < 0 && strxfrm(text, "abc", sizeof text) == 3);
    CHECK(strverscmp("file9", "file10") < 0 && ffs(8) == 4 && ffs(0) == 0 && ffsl(1L << 40) == 41);
    CHECK_TEXT(strerror(ENOENT), "No such file or directory");
    CHECK_TEXT(strerror(99999), "Unknown error 99999");
    CHECK_TEXT(strerror(-5), "Unknown error -5");
    CHECK(strerror_r(EINVAL, text, sizeof text) != NULL);
    char *copy = strndup("copied", 3);

    CHECK_TEXT(copy, "cop");
    free(copy);
}

static void check_characters(void)
{
    int letters = 0, printable = 0, blanks = 0;

    begin_group("ctype", "the C locale");
    for (int c = 0; c < 256; c++) {
        letters += isalpha(c) != 0;
        printable += isprint(c) != 0;
        blanks += isspace(c) != 0;
    }
    CHECK(letters == 52 && printable == 95 && blanks == 6);
    CHECK(isalnum('9') && !isalnum('_') && isblank('\t') && iscntrl(127) && isgraph('!') && ispunct('~') && isxdigit('F'));
    CHECK(toupper('z') == 'Z' && tolower('A') == 'a' && toupper('1') == '1' && toascii(0xc1) == 'A');
    CHECK(!isalpha(EOF) && tolower(EOF) == EOF);
}

static int compare(const void *one, const void *other)
{
    int a = *(const int *)one, b = *(const int *)other;

    return (a > b) - (a < b);
}

static int compare_with(const void *one, const void *other, void *calls)
{
    ++*(int *)calls;
    return compare(one, other);
}

static void check_sorting(void)
{
    int numbers[1000], calls = 0, sorted = 1, wanted = 500;

    begin_group("sorting", "qsort, qsort_r, bsearch");
    for (int i = 0; i < 1000; i++)
        numbers[i] = i * 7919 % 1000;
    qsort(numbers, 1000, sizeof *numbers, compare);
    for (int i = 0; i < 1000; i++)
        sorted &= numbers[i] == i;
    CHECK(sorted);
    CHECK(*(int *)bsearch(&wanted, numbers, 1000, sizeof *numbers, compare) == 500);
    wanted = 5000;
    CHECK(bsearch(&wanted, numbers, 1000, sizeof *numbers, compare) == NULL);
    qsort(numbers, 0, sizeof *numbers, compare);
    qsort_r(numbers, 1000, sizeof *numbers, compare_with, &calls);
    CHECK(calls > 0 && numbers[0] == 0 && numbers[999] == 999);
}

static void check_allocation(void)
{
    void *memory;

    begin_group("memory", "malloc, calloc, realloc, aligned");
    for (size_t alignment = sizeof(void *); alignment <= 4096; alignment *= 2) {
        CHECK(posix_memalign(&memory, alignment, 100) == 0 && (uintptr_t)memory % alignment == 0);
        free(memory);
        memory = aligned_alloc(alignment, alignment);
        CHECK(memory && (uintptr_t)memory % alignment == 0);
        free(memory);
    }
    CHECK(posix_memalign(&memory, 24, 100) == EINVAL && posix_memalign(&memory, 2, 100) == EINVAL);
    char *text = calloc(100, 10);
    int clear = 1;

    for (int i = 0; i < 1000; i++)
        clear &= text[i] == 0;
    CHECK(clear);
    strcpy(text, "kept");
    text = realloc(text, 100000);
    CHECK_TEXT(text, "kept");
    CHECK(malloc_usable_size(text) >= 100000);
    free(text);
    errno = 0;
    memory = calloc((size_t)1 << 33, (size_t)1 << 33);
    CHECK(memory == NULL && errno == ENOMEM);
    errno = 0;
    memory = reallocarray(NULL, (size_t)1 << 33, (size_t)1 << 33);
    CHECK(memory == NULL && errno == ENOMEM);
    memory = malloc(0);
    free(memory);
    free(NULL);
}

static void check_paths(void)
{
    char path[6][20] = { "/usr/lib", "/usr/", "usr", "/", "..", "a//b//" }, other[6][20];

    begin_group("paths", "basename, dirname");
    memcpy(other, path, sizeof path);
    CHECK_TEXT(basename(path[0]), "lib");
    CHECK_TEXT(basename(path[1]), "usr");
    CHECK_TEXT(basename(path[2]), "usr");
    CHECK_TEXT(basename(path[3]), "/");
    CHECK_TEXT(basename(path[5]), "b");
    CHECK_TEXT(dirname(other[0]), "/usr");
    CHECK_TEXT(dirname(other[1]), "/");
    CHECK_TEXT(dirname(other[2]), ".");
    CHECK_TEXT(dirname(other[3]), "/");
    CHECK_TEXT(dirname(other[4]), ".");
    CHECK_TEXT(dirname(other[5]), "a");
    CHECK_TEXT(dirname(NULL), ".");
}

static jmp_buf place;

static void check_jumps(void)
{
    volatile int rounds = 0;

    begin_group("setjmp", "values, repeated");
    switch (setjmp(place)) {
    case 0:
        longjmp(place, 5);
    case 5:
        rounds++;
        longjmp(place, 0);
    case 1:
        rounds++;
    }
    CHECK(rounds == 2);
}

static void check_sequences(void)
{
    begin_group("random sequences", "rand, random, drand48");
    srand(1);
    int first = rand();

    srand(1);
    CHECK(rand() == first && first >= 0);
    srand48(5);
    double value = drand48();

    srand48(5);
    CHECK(drand48() == value && value >= 0 && value < 1);
    CHECK(lrand48() >= 0 && random() >= 0);
    srand48(0);
    CHECK(lrand48() == 366850414);
}

void check_texts(void)
{
    check_strings();
    check_characters();
    check_sorting();
    check_allocation();
    check_paths();
    check_jumps();
    check_sequences();
}
