/*
 * The table of fids.
 */
#include "fids.h"

#include <errno.h>
#include <stddef.h>

#include "linux.h"

void fids_init(struct fids *fids)
{
    for (int i = 0; i < FIDS_MAX; i++) {
        fids->all[i].next = fids->free;
        fids->free = &fids->all[i];
    }
}

/* What points to the fid, or to the null at the end of its bucket. */
static struct fid **place_of(struct fids *fids, uint32_t number)
{
    struct fid **at = &fids->buckets[number % FID_BUCKETS];

    while (*at && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

struct fid *fids_find(struct fids *fids, uint32_t number)
{
    return *place_of(fids, number);
}

int fids_add(struct fids *fids, uint32_t number, int descriptor, uint32_t kind, struct fid **made)
{
    struct fid **at = place_of(fids, number), *fid = fids->free;

    if (*at)
        return -EBADF;
    if (!fid)
        return -EMFILE;
    fids->free = fid->next;
    *fid = (struct fid){ .number = number, .descriptor = descriptor, .kind = kind };
    *at = *made = fid;
    return 0;
}

void fids_remove(struct fids *fids, uint32_t number)
{
    struct fid **at = place_of(fids, number), *fid = *at;

    if (!fid)
        return;
    sys(SYS_close, fid->descriptor);
    *at = fid->next;
    fid->next = fids->free;
    fids->free = fid;
}

void fids_remove_all(struct fids *fids)
{
    for (int i = 0; i < FID_BUCKETS; i++)
        while (fids->buckets[i])
            fids_remove(fids, fids->buckets[i]->number);
}
