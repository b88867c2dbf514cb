/*
 * The registers that a signal's handler is shown: <signal.h> has them. Nothing is declared for switching between contexts.
 */
#ifndef _UCONTEXT_H
#define _UCONTEXT_H

#include <signal.h>

#endif
