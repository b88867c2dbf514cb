/*
 * Directory entries and streams, put among newlib's headers as <sys/dirent.h>, which its <dirent.h> declares the calls for.
 * The kernel's posix/path/directory.c has their bodies.
 */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H

#include <sys/types.h>

#define DT_UNKNOWN 0
#define DT_FIFO 1
#define DT_CHR 2
#define DT_DIR 4
#define DT_BLK 6
#define DT_REG 8
#define DT_LNK 10
#define DT_SOCK 12

#define _DIRENT_HAVE_D_OFF
#define _DIRENT_HAVE_D_TYPE

struct dirent {
    ino_t d_ino;
    off_t d_off;
    unsigned char d_type;
    char d_name[256];
};

/* What posix_getdents() puts into a program's buffer, one behind the other. */
typedef unsigned short reclen_t;

struct posix_dent {
    ino_t d_ino;
    reclen_t d_reclen;
    unsigned char d_type;
    char d_name[];
};

typedef struct lwd_directory DIR;

#endif
