/*
 * What both parts of the test of host directories use.
 */
#ifndef LWD_TEST_VOLUME_H
#define LWD_TEST_VOLUME_H

#include "verdict.h"

/* Makes a file of this text. */
void make_file(const char *path, const char *text);

/* Fails unless the file has exactly this text. */
void check_content(const char *path, const char *text);

/* loss.c: entries of their own. Return main's result. */
int lose_the_server(void);
int fill_up(void);

/* lies.c: another one, with so many servers that lie. */
int hear_lies(int liars);

#endif
