/*
 * A policy by rank: the least one first, and among equals first come, first served. The ready threads are a pairing heap:
 * each has its children linked through their slots, putting one in is one comparison, and taking the first pairs its
 * children off.
 */
#include <lwd/sched.h>

#include "sched/thread.h"

static struct thread *top;
static uint64_t turns;

static bool is_before(const struct thread *a, const struct thread *b)
{
    if (a->slot.rank != b->slot.rank)
        return a->slot.rank < b->slot.rank;
    return a->slot.turn < b->slot.turn;
}

/* In a slot: `other` is the first child, `next` the next child of the same parent. Either heap may be empty. */
static struct thread *meld(struct thread *a, struct thread *b)
{
    if (!a || !b)
        return a ? a : b;
    struct thread *first = is_before(a, b) ? a : b, *second = first == a ? b : a;

    second->slot.next = first->slot.other;
    first->slot.other = second;
    return first;
}

static void ranked_enqueue(struct thread *thread)
{
    thread->slot.next = thread->slot.other = NULL;
    thread->slot.turn = turns++;
    top = meld(top, thread);
}

/* Melds neighbours in pairs, and then the pairs from the last to the first: that keeps the heap flat. */
static struct thread *meld_children(struct thread *child)
{
    struct thread *pairs = NULL, *result = NULL;

    while (child) {
        struct thread *neighbour = child->slot.next, *rest = neighbour ? neighbour->slot.next : NULL;

        child->slot.next = NULL;
        if (neighbour)
            neighbour->slot.next = NULL;
        struct thread *pair = meld(child, neighbour);

        pair->slot.next = pairs;
        pairs = pair;
        child = rest;
    }
    while (pairs) {
        struct thread *rest = pairs->slot.next;

        pairs->slot.next = NULL;
        result = meld(result, pairs);
        pairs = rest;
    }
    return result;
}

static struct thread *ranked_pick(void)
{
    struct thread *first = top;

    if (first)
        top = meld_children(first->slot.other);
    return first;
}

const struct lwd_sched_policy lwd_sched_ranked = {
    .name = "ranked",
    .enqueue = ranked_enqueue,
    .pick = ranked_pick,
};
