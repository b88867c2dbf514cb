/*
 * The toolstack's wish as text: pure, so that it also builds on the host.
 */
#ifndef LWD_DRIVERS_BALLOON_TARGET_H
#define LWD_DRIVERS_BALLOON_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* KiB in decimal digits, `length` of them, to frames, rounded down. False if it is no such number or has more than 63 bits. */
bool balloon_parse_target(const char *text, size_t length, uint64_t *frames);

#endif
