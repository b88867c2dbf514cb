/* A text file, line by line, counted; a line that no honest file has is an error and not cut short. */
#ifndef LINES_H
#define LINES_H

#include <stdio.h>

#include "problem.h"

#define LONGEST_LINE 1024

struct lines {
    FILE *file;
    unsigned long number; /* of the line in `text`, from 1 */
    size_t length;
    char text[LONGEST_LINE + 1]; /* without its end, NUL-terminated */
};

/* Reads the next line. False, with a problem, at the end of the file as well: the callers know how many there must be. */
bool lines_next(struct lines *lines, struct problem *problem);

/* True if nothing but blank lines is left. */
bool lines_at_end(struct lines *lines, struct problem *problem);

#endif
