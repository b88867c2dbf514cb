/*
 * random() and its kin, with states that a program may have several of (XSI, <stdlib.h>): a sum of earlier numbers at two
 * distances, begun by a linear congruence. The numbers are those of other systems.
 */
#include <stdint.h>
#include <stdlib.h>

/* By size of the state in words beside the first: how far back the other term of the sum is. */
static const struct kind {
    int words, distance;
} kinds[] = { { 0, 0 }, { 7, 3 }, { 15, 1 }, { 31, 3 }, { 63, 1 } };

#define KINDS 5
#define USUAL 3
/* Numbers thrown away, for each word, until the beginning does not show. */
#define WARM_UP 10

/* A state's first word says its kind and its place. */
static uint32_t usual_state[32];
static uint32_t *state = usual_state + 1;
static int kind = USUAL, place;

static void note_place(void)
{
    state[-1] = (uint32_t)(place * KINDS + kind);
}

static uint32_t step(uint32_t value)
{
    int64_t next = 16807 * (int64_t)((int32_t)value % 127773) - 2836 * (int64_t)((int32_t)value / 127773);

    return (uint32_t)(next < 0 ? next + 2147483647 : next);
}

void srandom(unsigned seed)
{
    int words = kinds[kind].words;

    place = 0;
    state[0] = seed ? seed : 1;
    for (int i = 1; i < words; i++)
        state[i] = step(state[i - 1]);
    for (int i = 0; i < WARM_UP * words; i++)
        random();
}

long random(void)
{
    int words = kinds[kind].words;

    if (!words) {
        state[0] = (state[0] * 1103515245 + 12345) & 0x7fffffff;
        return (long)state[0];
    }
    if (state == usual_state + 1 && !state[0] && !state[1])
        srandom(1);
    int ahead = place + kinds[kind].distance;
    uint32_t sum = state[ahead >= words ? ahead - words : ahead] += state[place];

    place = place + 1 == words ? 0 : place + 1;
    return (long)(sum >> 1);
}

char *initstate(unsigned seed, char *memory, size_t size)
{
    char *before = (char *)(state - 1);

    if (size < 8)
        return NULL;
    note_place();
    for (kind = 0; kind + 1 < KINDS && size >= ((size_t)kinds[kind + 1].words + 1) * 4; kind++)
        ;
    state = (uint32_t *)memory + 1;
    srandom(seed);
    note_place();
    return before;
}

char *setstate(char *memory)
{
    char *before = (char *)(state - 1);
    uint32_t *wanted = (uint32_t *)memory;
    uint32_t there = wanted[0];

    note_place();
    if (wanted != state - 1) {
        kind = (int)(there % KINDS);
        place = (int)(there / KINDS);
        state = wanted + 1;
    }
    return before;
}
