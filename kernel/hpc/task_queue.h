/*
 * A queue of ready tasks that one vCPU owns: it puts and takes at one end, others steal at the other (Chase and Lev, "Dynamic
 * circular work-stealing deque", SPAA 2005), without a lock. Of fixed size, so that putting cannot fail for want of memory.
 */
#ifndef LWD_HPC_TASK_QUEUE_H
#define LWD_HPC_TASK_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

struct lwd_task;

struct task_queue {
    int64_t oldest;             /* the next to be stolen; never goes back */
    int64_t end;                /* where the next is put */
    int64_t mask;
    struct lwd_task **places;   /* mask + 1 of them, a power of two */
};

/* By the owner. False if there is no place. */
static inline bool task_queue_put(struct task_queue *queue, struct lwd_task *task)
{
    int64_t end = __atomic_load_n(&queue->end, __ATOMIC_RELAXED);
    int64_t oldest = __atomic_load_n(&queue->oldest, __ATOMIC_ACQUIRE);

    if (end - oldest > queue->mask)
        return false;
    __atomic_store_n(&queue->places[end & queue->mask], task, __ATOMIC_RELAXED);
    __atomic_store_n(&queue->end, end + 1, __ATOMIC_RELEASE);
    return true;
}

/* Claims the place `oldest` against all others who want it. */
static inline bool task_queue_claim(struct task_queue *queue, int64_t oldest)
{
    return __atomic_compare_exchange_n(&queue->oldest, &oldest, oldest + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* By the owner: the one that was put last; null if there is none. */
static inline struct lwd_task *task_queue_take(struct task_queue *queue)
{
    int64_t end = __atomic_load_n(&queue->end, __ATOMIC_RELAXED) - 1;
    struct lwd_task *task = NULL;

    /* Thieves see the claim before this looks at theirs: only the last one left can be wanted by both. */
    __atomic_store_n(&queue->end, end, __ATOMIC_SEQ_CST);
    int64_t oldest = __atomic_load_n(&queue->oldest, __ATOMIC_SEQ_CST);

    if (oldest < end)
        return __atomic_load_n(&queue->places[end & queue->mask], __ATOMIC_RELAXED);
    if (oldest == end && task_queue_claim(queue, oldest))
        task = __atomic_load_n(&queue->places[end & queue->mask], __ATOMIC_RELAXED);
    __atomic_store_n(&queue->end, end + 1, __ATOMIC_RELAXED);
    return task;
}

/* By anybody: the one that was put first; null if there is none. Tries again when another was quicker. */
static inline struct lwd_task *task_queue_steal(struct task_queue *queue)
{
    for (;;) {
        int64_t oldest = __atomic_load_n(&queue->oldest, __ATOMIC_SEQ_CST);
        int64_t end = __atomic_load_n(&queue->end, __ATOMIC_SEQ_CST);

        if (oldest >= end)
            return NULL;
        struct lwd_task *task = __atomic_load_n(&queue->places[oldest & queue->mask], __ATOMIC_RELAXED);

        if (task_queue_claim(queue, oldest))
            return task;
    }
}

static inline bool task_queue_is_empty(const struct task_queue *queue)
{
    return __atomic_load_n(&queue->oldest, __ATOMIC_RELAXED) >= __atomic_load_n(&queue->end, __ATOMIC_RELAXED);
}

#endif
