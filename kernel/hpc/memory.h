/*
 * What the bodies of lwd/memory.h share.
 */
#ifndef LWD_HPC_MEMORY_H
#define LWD_HPC_MEMORY_H

#include <stddef.h>

/* 0 for whole pages of which all are reserved; -EINVAL or -ENOMEM. */
int memory_check_range(const void *at, size_t size);

/* The same; and what was only reserved may be read and written from now on. */
int memory_open(void *at, size_t size);

#endif
