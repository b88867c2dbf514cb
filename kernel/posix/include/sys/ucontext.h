/*
 * The registers that a signal's handler is shown: <signal.h> has them.
 */
#ifndef _SYS_UCONTEXT_H
#define _SYS_UCONTEXT_H

#include <signal.h>

#endif
