/*
 * Searching tables and linking lists (XSI, <search.h>): what newlib's part of it does not have.
 */
#include <search.h>

#include <string.h>

struct element {
    struct element *next, *previous;
};

void insque(void *new, void *behind)
{
    struct element *element = new, *before = behind;

    if (!before) {
        element->next = element->previous = NULL;
        return;
    }
    element->next = before->next;
    element->previous = before;
    before->next = element;
    if (element->next)
        element->next->previous = element;
}

void remque(void *old)
{
    struct element *element = old;

    if (element->next)
        element->next->previous = element->previous;
    if (element->previous)
        element->previous->next = element->next;
}

void *lfind(const void *key, const void *table, size_t *count, size_t width, int (*compare)(const void *, const void *))
{
    const char *entry = table;

    for (size_t i = 0; i < *count; i++, entry += width)
        if (compare(key, entry) == 0)
            return (void *)entry;
    return NULL;
}

void *lsearch(const void *key, void *table, size_t *count, size_t width, int (*compare)(const void *, const void *))
{
    void *found = lfind(key, table, count, width, compare);

    return found ? found : memcpy((char *)table + (*count)++ * width, key, width);
}
