/*
 * Names that ISO C leaves to programs, and that kernel, IP stack or C library have uses for: all the program's own here, each
 * with another meaning. Nothing but the program may ever get here.
 */
#define OWN(name) int name(void) { own_calls++; return -77; }

int own_calls;

/* The kernel's. */
OWN(schedule)
OWN(thread_create)
OWN(heap_grow)
OWN(list_add)
OWN(kernel_main)
OWN(log_line)
OWN(clock_monotonic)
int boot_info = 5;
int platform = 6;

/* The linker script's. */
int image_start = 1;
int image_end = 2;
int tls_size = 3;
int text_end = 4;

/* lwIP's. */
OWN(tcp_write)
OWN(mem_malloc)
OWN(pbuf_alloc)
OWN(netif_add)
OWN(lwip_init)

/* POSIX's, which a program of ISO C may have for itself. */
OWN(read)
OWN(write)
OWN(open)
OWN(close)
OWN(lseek)
OWN(fstat)
OWN(isatty)
OWN(fcntl)
OWN(getpid)
OWN(kill)
OWN(sigaction)
OWN(poll)
OWN(select)
OWN(send)
OWN(recv)
OWN(bind)
OWN(connect)
OWN(wait)
OWN(sched_yield)
OWN(nanosleep)
OWN(clock_gettime)
OWN(gettimeofday)
OWN(pthread_self)
OWN(pthread_mutex_lock)
OWN(sbrk)
OWN(mmap)
OWN(strnlen)
OWN(index)
OWN(stpcpy)
OWN(getopt)
OWN(error)
