/*
 * core/list.h: against an array.
 */
#include "core/list.h"

#include <string.h>

#include "verdict.h"

#define ELEMENTS 40
#define STEPS 20000

struct element {
    int number;
    struct list link;
};

static struct element elements[ELEMENTS];

struct model {
    int order[ELEMENTS];
    int count;
};

static int position_of(const struct model *model, int number)
{
    for (int i = 0; i < model->count; i++)
        if (model->order[i] == number)
            return i;
    return -1;
}

static void model_insert(struct model *model, int at, int number)
{
    memmove(model->order + at + 1, model->order + at, sizeof(int) * (size_t)(model->count - at));
    model->order[at] = number;
    model->count++;
}

static void model_remove(struct model *model, int at)
{
    model->count--;
    memmove(model->order + at, model->order + at + 1, sizeof(int) * (size_t)(model->count - at));
}

static void compare(const struct list *list, const struct model *model)
{
    const struct element *element;
    int at = 0;

    check_equal(list_empty(list), model->count == 0);
    if (model->count)
        check_equal(list_first(list, struct element, link)->number, model->order[0]);
    list_for_each(element, list, link) {
        check(at < model->count);
        check_equal(element->number, model->order[at]);
        check(element->link.next->prev == &element->link && element->link.prev->next == &element->link);
        at++;
    }
    check_equal(at, model->count);
}

TEST(behaves_like_an_array)
{
    struct list list = LIST_INIT(list);
    struct model model = { .count = 0 };

    for (int i = 0; i < ELEMENTS; i++) {
        elements[i].number = i;
        list_init(&elements[i].link);
    }
    for (int step = 0; step < STEPS; step++) {
        int number = (int)random_below(ELEMENTS);
        int at = position_of(&model, number);

        if (at >= 0) {
            list_remove(&elements[number].link);
            model_remove(&model, at);
        } else if (model.count && random_below(2)) {
            int before = (int)random_below((uint64_t)model.count);

            list_insert(&elements[model.order[before]].link, &elements[number].link);
            model_insert(&model, before, number);
        } else {
            list_insert(&list, &elements[number].link);
            model_insert(&model, model.count, number);
        }
        compare(&list, &model);
    }
}

TEST(a_second_removal_does_no_harm)
{
    struct list list = LIST_INIT(list);
    struct element one = { .number = 1 }, two = { .number = 2 };

    list_insert(&list, &one.link);
    list_insert(&list, &two.link);
    list_remove(&one.link);
    list_remove(&one.link);
    check_equal(list_first(&list, struct element, link)->number, 2);
    list_remove(&two.link);
    check(list_empty(&list));
}
