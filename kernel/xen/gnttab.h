/*
 * Grants (xen/grant_table.h, version 1): letting another domain, a backend, use one of our frames. A frame may be used
 * for something else only after its grant has ended, whatever the other side promised.
 */
#ifndef LWD_XEN_GNTTAB_H
#define LWD_XEN_GNTTAB_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/grant_table.h>

#include "arch/x86_64/platform.h"

/* Sets the table up on first use. Returns 0, or -ENOMEM. */
int gnttab_init(void);

/* Lets `domain` use `frame`. Returns the reference (> 0), or -ENOSPC if all are in use. */
int gnttab_grant(domid_t domain, pfn_t frame, bool readonly);

/*
 * Ends a grant. Returns 0: the frame is ours alone again; or -EBUSY while the other side still has it mapped, and then
 * nothing changed.
 */
int gnttab_end(grant_ref_t reference);

/* References in use. */
unsigned gnttab_count(void);

#endif
