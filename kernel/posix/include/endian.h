/*
 * The order of bytes (POSIX.1-2024, <endian.h>).
 */
#ifndef _ENDIAN_H
#define _ENDIAN_H

#include <sys/endian.h>

#endif
