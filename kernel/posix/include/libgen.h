/*
 * Parts of paths (POSIX.1-2017, <libgen.h>). GNU has another basename() in <string.h>: this one has a name of its own.
 */
#ifndef _LIBGEN_H_
#define _LIBGEN_H_

#ifdef __cplusplus
extern "C" {
#endif

#undef basename
#define basename __xpg_basename

char *__xpg_basename(char *);
char *dirname(char *);

#ifdef __cplusplus
}
#endif
#endif
