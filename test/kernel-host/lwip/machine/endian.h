/*
 * newlib's header of this name, as far as ports/lwip/cc.h needs it.
 */
#ifndef LWD_TEST_ENDIAN_H
#define LWD_TEST_ENDIAN_H

#include <endian.h>

#define __htonl(x) __builtin_bswap32(x)

#endif
