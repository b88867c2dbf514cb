/*
 * Strings and blocks of memory at every alignment and length, beside loops that cannot be wrong, up to the last byte before
 * a page that is not there.
 */
#include "conform.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#define AREA 1024

static const size_t lengths[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 31, 32, 33, 47, 63, 64, 65, 96, 127, 128, 129,
                                  200, 255, 256, 257, 300, 511, 512, 513 };

#define LENGTHS (sizeof lengths / sizeof *lengths)

static unsigned char area[AREA], wanted[AREA], source[AREA];

static void fill_random(unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)next_random();
}

static void check_moving(void)
{
    bool copied = true, moved = true, set = true, stopped = true;

    begin_group("memory: every alignment", "memcpy, memmove, memset, memccpy; 0 to 513 bytes");
    fill_random(source, AREA);
    for (size_t to = 0; to < 16; to++) {
        for (size_t from = 0; from < 16; from += 3) {
            for (size_t k = 0; k < LENGTHS; k++) {
                size_t length = lengths[k];

                memset(area, 0xee, AREA);
                copied &= memcpy(area + 32 + to, source + from, length) == area + 32 + to;
                for (size_t i = 0; i < length + 64; i++)
                    copied &= area[to + i] == (i < 32 || i >= 32 + length ? 0xee : source[from + i - 32]);
            }
        }
        for (size_t k = 0; k < LENGTHS; k++) {
            size_t length = lengths[k], distance = 1 + (k * 7 + to) % 40;

            for (int down = 0; down < 2; down++) {
                size_t at = 64 + to, target = down ? at - distance : at + distance;

                for (size_t i = 0; i < AREA; i++)
                    wanted[i] = area[i] = source[i];
                for (size_t i = 0; i < length; i++)
                    wanted[target + i] = source[at + i];
                memmove(area + target, area + at, length);
                for (size_t i = 0; i < AREA; i++)
                    moved &= area[i] == wanted[i];
            }
            for (size_t i = 0; i < AREA; i++)
                area[i] = 1;
            set &= memset(area + to, 0x1a7, length) == area + to;
            for (size_t i = 0; i < AREA; i++)
                set &= area[i] == (i < to || i >= to + length ? 1 : 0xa7);
            area[to + length] = 'x';
            stopped &= memccpy(wanted, area + to, 'x', length + 5) == wanted + length + 1;
            stopped &= memccpy(wanted, area + to, 'x', length) == NULL;
        }
    }
    CHECK(copied);
    CHECK(moved);
    CHECK(set);
    CHECK(stopped);
}

/* The last bytes of a page, behind which there is none. */
static unsigned char *make_edge(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED || munmap(memory + page, page))
        return NULL;
    return memory + page;
}

static void check_lengths(unsigned char *edge)
{
    bool length_right = true, found = true, missed = true, copied = true, limited = true;

    begin_group("strings: end of a page", "strlen, strchr, memchr, strcpy, stpcpy, strncpy, strnlen and their kin; 0 to 300 bytes");
    for (size_t length = 0; length < 300; length++) {
        char *text = (char *)edge - length - 1, copy[320];

        memset(text, 'a', length);
        text[length] = '\0';
        length_right &= strlen(text) == length && strnlen(text, 1000) == length && strnlen(text + 1, length) == length - (length > 0);
        missed &= !strchr(text, 'b') && !strrchr(text, 'b') && !memchr(text, 'b', length + 1) && !memrchr(text, 'b', length + 1);
        missed &= strchrnul(text, 'b') == text + length && strcspn(text, "bc") == length && strspn(text, "a") == length;
        found &= strchr(text, 0) == text + length && memchr(text, 0, length + 1) == text + length && !strpbrk(text, "xyz");
        memset(copy, '#', sizeof copy);
        copied &= strcpy(copy, text) == copy && strcmp(copy, text) == 0 && copy[length + 1] == '#';
        copied &= stpcpy(copy, text) == copy + length && strncpy(copy, text, length + 9) == copy && copy[length + 8] == '\0';
        copied &= copy[length + 9] == '#' && stpncpy(copy, text, length) == copy + length;
        /* No terminator: what is limited reads no further than its limit. */
        text[length] = 'a';
        limited &= strnlen(text, length + 1) == length + 1 && memchr(text, 'z', length + 1) == NULL;
        limited &= strncmp(text, text, length + 1) == 0 && memcmp(text, text, length + 1) == 0;
        memset(copy, '#', sizeof copy);
        limited &= strncpy(copy, text, length + 1) == copy && copy[length] == 'a' && copy[length + 1] == '#';
        copy[0] = '\0';
        limited &= strncat(copy, text, length + 1) == copy && strlen(copy) == length + 1;
        char *twin = strndup(text, length + 1);

        limited &= twin && strlen(twin) == length + 1;
        free(twin);
        if (length > 0) {
            text[length / 2] = 'b';
            found &= strchr(text, 'b') == text + length / 2 && memchr(text, 'b', 1000) == text + length / 2;
            found &= memrchr(text, 'b', length + 1) == text + length / 2;
        }
    }
    CHECK(length_right);
    CHECK(found);
    CHECK(missed);
    CHECK(copied);
    CHECK(limited);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void check_comparing(unsigned char *edge, unsigned char *other)
{
    bool blocks = true, texts = true, folded = true;

    begin_group("strings: comparing", "memcmp, strcmp, strncmp, strcasecmp at the ends of two pages");
    for (size_t length = 1; length < 140; length++) {
        for (size_t apart = 0; apart < length; apart += 1 + length / 9) {
            unsigned char *one = edge - length, *two = other - length - length % 5;
            unsigned char low = (unsigned char)(next_random() % 255 + 1), high = (unsigned char)(next_random() % 255 + 1);
            int order = sign((int)low - (int)high);

            memset(one, 'k', length);
            memset(two, 'k', length);
            one[length - 1] = two[length - 1] = '\0';
            one[apart] = low;
            two[apart] = high;
            blocks &= sign(memcmp(one, two, length)) == order && memcmp(one, two, apart) == 0;
            if (apart == length - 1)
                continue;
            texts &= sign(strcmp((char *)one, (char *)two)) == order && sign(strncmp((char *)one, (char *)two, length)) == order;
            texts &= strncmp((char *)one, (char *)two, apart) == 0;
            two[apart] = 'Q';
            one[apart] = 'q';
            folded &= strcasecmp((char *)one, (char *)two) == 0 && strncasecmp((char *)one, (char *)two, length) == 0;
            folded &= strcmp((char *)one, (char *)two) > 0;
        }
    }
    CHECK(blocks);
    CHECK(texts);
    CHECK(folded);
}

static const char *find_simply(const char *text, size_t length, const char *part, size_t size)
{
    for (size_t i = 0; i + size <= length; i++) {
        size_t j = 0;

        while (j < size && text[i + j] == part[j])
            j++;
        if (j == size)
            return text + i;
    }
    return NULL;
}

static void check_finding(unsigned char *edge)
{
    bool texts = true, blocks = true, wide = true;

    begin_group("strings: finding", "strstr, memmem, strcasestr of texts of two letters; wcsstr; at the end of a page");
    for (int i = 0; i < 3000; i++) {
        size_t length = next_random() % 120, size = next_random() % (i % 3 ? 6 : 40);
        char part[40], *text = (char *)edge - length - 1;
        wchar_t wide_text[121], wide_part[40];

        for (size_t j = 0; j < length; j++)
            wide_text[j] = text[j] = "ab"[next_random() % 8 == 0];
        for (size_t j = 0; j < size; j++)
            wide_part[j] = part[j] = length > size && i % 2 ? text[(length - size) / 2 + j] : "ab"[next_random() % 8 == 0];
        wide_text[length] = wide_part[size] = text[length] = part[size] = '\0';
        const char *place = find_simply(text, length, part, size);
        const wchar_t *wide_place = wcsstr(wide_text, wide_part);

        texts &= strstr(text, part) == place && strcasestr(text, part) == place;
        wide &= place ? wide_place == wide_text + (place - text) : wide_place == NULL;
        memmove(text + 1, text, length);
        blocks &= memmem(text + 1, length, part, size) == (place ? place + 1 : NULL);
    }
    CHECK(texts);
    CHECK(blocks);
    CHECK(wide);
}

void check_blocks(void)
{
    check_moving();
    unsigned char *edge = make_edge(), *other = make_edge();

    CHECK(edge && other);
    if (!edge || !other)
        return;
    check_lengths(edge);
    check_comparing(edge, other);
    check_finding(edge);
}
