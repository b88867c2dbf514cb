/* Numbers in columns, as a Fortran format such as (10I8) or (1P,5E16.8) lays them out. */
#ifndef FORTRAN_H
#define FORTRAN_H

#include "lines.h"

struct fortran_format {
    int repeat;   /* fields a line */
    int width;    /* characters a field */
    int decimals; /* digits behind a point that is not written; 0 for integers */
    int scale;    /* the P of 1P */
    bool integer;
};

/* Understands [kP[,]] [r] I|E|D|F|G w [.d [Ee]] in brackets. False for anything else. */
bool fortran_parse(const char *text, struct fortran_format *format);

/* Fields one after the other, over as many lines as it takes. */
struct fortran_reader {
    struct lines *lines;
    struct fortran_format format;
    int field; /* the next one of the line; format.repeat: a new line is needed */
};

struct fortran_reader fortran_reader(struct lines *lines, struct fortran_format format);
bool fortran_integer(struct fortran_reader *reader, unsigned long least, unsigned long most, unsigned long *value,
                     struct problem *problem);
bool fortran_real(struct fortran_reader *reader, double *value, struct problem *problem);

#endif
