/*
 * What the compiler expects of a C library, since the server runs without one.
 */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    void *at = to;

    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(count) : : "memory");
    return to;
}

void *memset(void *to, int byte, size_t count)
{
    void *at = to;

    __asm__ volatile("rep stosb" : "+D"(at), "+c"(count) : "a"(byte) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *first = a, *second = b;

    for (size_t i = 0; i < count; i++)
        if (first[i] != second[i])
            return first[i] - second[i];
    return 0;
}

void *memchr(const void *bytes, int byte, size_t count)
{
    const uint8_t *at = bytes;

    for (; count; at++, count--)
        if (*at == (uint8_t)byte)
            return (void *)at;
    return NULL;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

int strncmp(const char *a, const char *b, size_t count)
{
    for (; count && *a && *a == *b; count--)
        a++, b++;
    return count ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}
