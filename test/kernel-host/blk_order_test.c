/*
 * drivers/blk_order: in which order requests begin, against a model that sorts.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/blk_order.h"
#include "verdict.h"

#define REQUESTS 40

static struct lwd_block_request requests[REQUESTS];
static struct blk_order order;

static struct lwd_block_request *add(enum lwd_block_operation operation, int priority)
{
    struct lwd_block_request *request = requests;

    while (request->is_waiting)
        request++;
    *request = (struct lwd_block_request){ .operation = operation, .priority = priority };
    blk_order_add(&order, request);
    return request;
}

static struct lwd_block_request *take_first(void)
{
    struct lwd_block_request *request = order.first;

    if (request)
        blk_order_remove(&order, request);
    return request;
}

TEST(equals_go_as_they_came)
{
    struct lwd_block_request *first = add(LWD_BLOCK_READ, 3), *second = add(LWD_BLOCK_WRITE, 3);

    check(take_first() == first);
    check(take_first() == second);
    check(take_first() == NULL);
    check(order.last == NULL);
}

TEST(the_highest_goes_first_and_not_past_a_barrier)
{
    struct lwd_block_request *low = add(LWD_BLOCK_READ, -5), *high = add(LWD_BLOCK_READ, 7);
    struct lwd_block_request *barrier = add(LWD_BLOCK_BARRIER, 100), *urgent = add(LWD_BLOCK_READ, 1000);
    struct lwd_block_request *late = add(LWD_BLOCK_FLUSH, 0), *later = add(LWD_BLOCK_READ, 1);

    check(take_first() == high);
    check(take_first() == low);
    check(take_first() == barrier);
    check(take_first() == urgent);
    check(take_first() == later);
    check(take_first() == late);
}

TEST(what_has_begun_is_not_passed)
{
    struct lwd_block_request *large = add(LWD_BLOCK_READ, 0), *urgent;

    large->started = 4096;
    urgent = add(LWD_BLOCK_READ, 9);
    check(take_first() == large);
    check(take_first() == urgent);
}

/* The model: of those before the first barrier, the one with the highest priority that came first; else the barrier. */
static size_t expected(struct lwd_block_request *const *waiting, size_t count)
{
    size_t best = 0;

    for (size_t i = 0; i < count && waiting[i]->operation != LWD_BLOCK_BARRIER; i++)
        if (waiting[i]->priority > waiting[best]->priority)
            best = i;
    return best;
}

static void forget(struct lwd_block_request **waiting, size_t *count, size_t which)
{
    (*count)--;
    memmove(waiting + which, waiting + which + 1, (*count - which) * sizeof *waiting);
}

TEST(any_order_of_coming_going_and_being_taken_back)
{
    struct lwd_block_request *waiting[REQUESTS];
    size_t count = 0;

    for (unsigned i = 0; i < 20000; i++) {
        unsigned choice = (unsigned)random_below(5);

        if (choice < 2 && count < REQUESTS / 2) {
            waiting[count++] = add(random_below(6) ? LWD_BLOCK_READ : LWD_BLOCK_BARRIER, (int)random_below(4) - 2);
            check(waiting[count - 1]->is_waiting);
        } else if (choice < 4 && count) {
            size_t which = expected(waiting, count);

            check(take_first() == waiting[which]);
            check(!waiting[which]->is_waiting);
            forget(waiting, &count, which);
        } else if (count) {
            size_t which = random_below(count);

            /* What was behind a barrier stays where it is. */
            if (waiting[which]->operation == LWD_BLOCK_BARRIER)
                continue;
            blk_order_remove(&order, waiting[which]);
            forget(waiting, &count, which);
        }
        check_equal(order.first == NULL, count == 0);
        check_equal(order.last == NULL, count == 0);
    }
    while (take_first())
        ;
}
