/*
 * Sorting and searching, for many sizes, orders and widths of elements.
 */
#include "conform.h"

#include <stdlib.h>

#define MOST 700

static int calls;

static int compare_numbers(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

    calls++;
    return (a > b) - (a < b);
}

struct wide {
    uint32_t key;
    unsigned char rest[97];
};

/* The order is the context's to choose. */
static int compare_wide(const void *one, const void *other, void *context)
{
    uint32_t a = ((const struct wide *)one)->key, b = ((const struct wide *)other)->key;

    return ((a > b) - (a < b)) * *(int *)context;
}

static int compare_bytes(const void *one, const void *other)
{
    return *(const unsigned char *)one - *(const unsigned char *)other;
}

/* Insertion: the order that cannot be wrong. */
static void sort_simply(uint32_t *numbers, int count)
{
    for (int i = 1; i < count; i++) {
        uint32_t moved = numbers[i];
        int at = i;

        for (; at > 0 && numbers[at - 1] > moved; at--)
            numbers[at] = numbers[at - 1];
        numbers[at] = moved;
    }
}

static uint32_t element(int kind, int i, int count)
{
    switch (kind) {
    case 0: return (uint32_t)next_random();
    case 1: return (uint32_t)i;
    case 2: return (uint32_t)(count - i);
    case 3: return (uint32_t)(next_random() % 4);
    case 4: return (uint32_t)(i < count / 2 ? i : count - i);
    default: return (uint32_t)(i % 17 * 100 + i % 5);
    }
}

static void check_orders(void)
{
    static uint32_t numbers[MOST], wanted[MOST];
    int sorted = 1, found = 1, missed = 1, most = 0;

    begin_group("sorting: orders", "random, ascending, descending, few values, organ pipe, saw; 0 to 700 elements");
    for (int kind = 0; kind < 6; kind++) {
        for (int count = 0; count <= MOST; count += count < 20 ? 1 : 97) {
            for (int i = 0; i < count; i++)
                wanted[i] = numbers[i] = element(kind, i, count);
            calls = 0;
            qsort(numbers, (size_t)count, sizeof *numbers, compare_numbers);
            most = calls > most ? calls : most;
            sort_simply(wanted, count);
            sorted &= memcmp(numbers, wanted, (size_t)count * sizeof *numbers) == 0;
            for (int i = 0; i < count; i += 7) {
                uint32_t *at = bsearch(&wanted[i], numbers, (size_t)count, sizeof *numbers, compare_numbers);

                found &= at && *at == wanted[i];
            }
            uint32_t absent = count ? wanted[count - 1] + 1 : 0;

            missed &= absent == 0 || !bsearch(&absent, numbers, (size_t)count, sizeof *numbers, compare_numbers);
        }
    }
    CHECK(sorted);
    CHECK(found);
    CHECK(missed);
    /* 700 elements in any of these orders: far from 700 * 700 / 2. */
    CHECK(most < 40000);
}

static void check_widths(void)
{
    static struct wide wide[200];
    unsigned char bytes[301], three[50][3];
    int descending = -1, sorted = 1, whole = 1;

    begin_group("sorting: widths", "elements of 1, 3 and 101 bytes, qsort_r");
    for (int i = 0; i < 200; i++) {
        wide[i].key = (uint32_t)next_random() % 1000;
        memset(wide[i].rest, (int)(wide[i].key % 251), sizeof wide[i].rest);
    }
    qsort_r(wide, 200, sizeof *wide, compare_wide, &descending);
    for (int i = 0; i < 200; i++) {
        sorted &= i == 0 || wide[i - 1].key >= wide[i].key;
        for (size_t j = 0; j < sizeof wide[i].rest; j++)
            whole &= wide[i].rest[j] == wide[i].key % 251;
    }
    CHECK(sorted);
    CHECK(whole);
    for (int i = 0; i < 301; i++)
        bytes[i] = (unsigned char)next_random();
    qsort(bytes + 1, 299, 1, compare_bytes);
    sorted = 1;
    for (int i = 2; i < 300; i++)
        sorted &= bytes[i - 1] <= bytes[i];
    CHECK(sorted);
    for (int i = 0; i < 50; i++)
        three[i][0] = three[i][1] = three[i][2] = (unsigned char)next_random();
    qsort(three, 50, 3, compare_bytes);
    sorted = 1;
    for (int i = 0; i < 50; i++)
        sorted &= three[i][0] == three[i][2] && (i == 0 || three[i - 1][0] <= three[i][0]);
    CHECK(sorted);
}

void check_order(void)
{
    check_orders();
    check_widths();
}
