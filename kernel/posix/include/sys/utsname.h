/*
 * What system this is (POSIX.1-2017, <sys/utsname.h>).
 */
#ifndef _SYS_UTSNAME_H
#define _SYS_UTSNAME_H

#ifdef __cplusplus
extern "C" {
#endif

struct utsname {
    char sysname[16];   /* "lwd" */
    char nodename[65];  /* the domain's name, as xl has it */
    char release[16];
    char version[32];
    char machine[16];   /* "x86_64" */
};

int uname(struct utsname *);

#ifdef __cplusplus
}
#endif
#endif
