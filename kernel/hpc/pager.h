/*
 * A pager's insides: what lwd/pager.h's bodies share.
 */
#ifndef LWD_HPC_PAGER_H
#define LWD_HPC_PAGER_H

#include <lwd/memory.h>
#include <lwd/pager.h>

#include "posix/file/file.h"
#include "sched/wait.h"

/* What a unit is. Between two of these lies somebody's reading or writing, which others wait for. */
enum unit_state { UNIT_OUT, UNIT_COMING, UNIT_IN, UNIT_GOING };

struct unit {
    uint8_t state;              /* enum unit_state */
    bool wanted;                /* a hint asks for it */
    /* Its dirty bits were cleared, but what was written is not where the file is. */
    bool unsaved;
    bool kept;                  /* could not go just now */
    bool spared;                /* for policies: let it be once more */
    uint64_t came;              /* for policies: how many had come before */
};

struct lwd_pager {
    struct open_file *file;
    const struct lwd_pager_policy *policy;
    void *policy_data;
    char *range;
    off_t offset;
    size_t unit_bytes, units;
    size_t limit;               /* units that may be in memory, on their way among them */
    size_t held;                /* that are */
    size_t coming;              /* of them, those on their way in */
    unsigned writable;          /* LWD_MEMORY_READ, or _WRITE */
    int error;
    struct lwd_pager_counts counts;
    struct wait_queue changed;  /* woken when a unit's state has changed */
    size_t hand;                /* for policies */
    size_t wanted;              /* units that are to be read ahead; */
    size_t next_wanted;         /* looked for from here on */
    unsigned readers;
    bool closing;
    struct unit unit[];
};

static inline char *unit_at(const struct lwd_pager *pager, size_t unit)
{
    return pager->range + unit * pager->unit_bytes;
}

/*
 * Brings a unit in if it is out, else waits until whoever moves it is done. `patient`: waits for room where there is
 * none. Returns 0 once it is in; -EAGAIN without room.
 */
int pager_bring_in(struct lwd_pager *pager, size_t unit, bool patient);

/* Ends the threads that read ahead, and returns once they have. */
void pager_stop_readers(struct lwd_pager *pager);

#endif
