/*
 * A circular doubly linked list whose links live in the elements. An element is on at most one list through one link.
 */
#ifndef LWD_CORE_LIST_H
#define LWD_CORE_LIST_H

#include <stdbool.h>

#include "core/bits.h"

struct list {
    struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *list)
{
    list->next = list->prev = list;
}

static inline bool list_empty(const struct list *list)
{
    return list->next == list;
}

/* Puts `link` before `position`: at the end, if that is the list's head. */
static inline void list_insert(struct list *position, struct list *link)
{
    link->prev = position->prev;
    link->next = position;
    position->prev->next = link;
    position->prev = link;
}

/* Takes `link` off its list and leaves it pointing to itself, so that a second removal does no harm. */
static inline void list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

#define list_first(list, type, member) container_of((list)->next, type, member)

/* The body may not remove elements. */
#define list_for_each(element, list, member)                                          \
    for (element = container_of((list)->next, __typeof__(*element), member);          \
         &element->member != (list);                                                  \
         element = container_of(element->member.next, __typeof__(*element), member))

#endif
