/*
 * Options of a command line (POSIX.1-2017, <unistd.h>, and GNU's long ones), with the names that programs know.
 */
#ifndef _GETOPT_H
#define _GETOPT_H

#ifdef __cplusplus
extern "C" {
#endif

#define no_argument 0
#define required_argument 1
#define optional_argument 2

struct option {
    const char *name;
    int has_arg;                /* one of the three above */
    int *flag;                  /* where `val` is put; null: it is what is returned */
    int val;
};

extern char *optarg;
extern int optind, opterr, optopt;

int getopt(int, char *const[], const char *);
int getopt_long(int, char *const[], const char *, const struct option *, int *);
int getopt_long_only(int, char *const[], const char *, const struct option *, int *);

#ifdef __cplusplus
}
#endif
#endif
