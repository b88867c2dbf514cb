/*
 * What a thread has of signals, and whether timers are served; apart, so that making threads needs nothing else of them.
 */
#include "posix/signal/signals.h"
#include "posix/time/timers.h"

_Thread_local struct signal_thread signal_thread;

unsigned signal_timer_threads;
