/*
 * The links of wait queues (sched/wait.h) and of the ready threads' queue (sched/fifo.h), against arrays. Who waits and
 * who runs is the guest tests' matter.
 */
#include "sched/fifo.h"
#include "sched/wait.h"

#include <string.h>

#include "verdict.h"

#define ELEMENTS 20
#define STEPS 20000

static struct waiter waiters[ELEMENTS];

struct model {
    struct waiter *order[ELEMENTS];
    int count;
};

static void model_remove(struct model *model, int at)
{
    model->count--;
    memmove(model->order + at, model->order + at + 1, sizeof *model->order * (size_t)(model->count - at));
}

static void compare(const struct wait_queue *queue, const struct model *model)
{
    const struct waiter *before = NULL;
    int at = 0;

    check_equal(wait_queue_is_empty(queue), model->count == 0);
    for (const struct waiter *waiter = queue->first; waiter; waiter = waiter->next) {
        check(at < model->count);
        check(waiter == model->order[at++]);
        check(waiter->previous == before);
        check(waiter->queue == queue);
        before = waiter;
    }
    check_equal(at, model->count);
    check(queue->last == before);
}

static struct waiter *find_idle(void)
{
    for (;;) {
        struct waiter *waiter = &waiters[random_below(ELEMENTS)];

        if (!waiter->queue)
            return waiter;
    }
}

TEST(wait_queues_behave_like_arrays)
{
    struct wait_queue queue = { 0 };
    struct model model = { .count = 0 };

    for (int step = 0; step < STEPS; step++) {
        switch (random_below(4)) {
        case 0:
        case 1:
            if (model.count < ELEMENTS) {
                model.order[model.count] = find_idle();
                wait_queue_append(&queue, model.order[model.count++]);
            }
            break;
        case 2:
            if (model.count) {
                int at = (int)random_below((uint64_t)model.count);

                wait_queue_take(model.order[at]);
                check(!model.order[at]->queue);
                model_remove(&model, at);
            }
            break;
        default:
            if (model.count) {
                wait_queue_take_first(&queue);
                check(!model.order[0]->queue);
                model_remove(&model, 0);
            }
        }
        compare(&queue, &model);
    }
}

TEST(ready_threads_leave_in_the_order_in_which_they_came)
{
    static struct thread threads[ELEMENTS];
    struct fifo fifo = { .end = &fifo.first };
    unsigned put = 0, taken = 0;

    for (int step = 0; step < STEPS; step++) {
        if (random_below(2) && put - taken < ELEMENTS) {
            fifo_put(&fifo, &threads[put++ % ELEMENTS]);
        } else if (put != taken) {
            check(fifo_take(&fifo) == &threads[taken++ % ELEMENTS]);
        }
        check((fifo.first == NULL) == (put == taken));
    }
}
