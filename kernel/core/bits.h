/*
 * Small arithmetic, attributes and memory ordering that every layer uses. Depends on nothing.
 */
#ifndef LWD_CORE_BITS_H
#define LWD_CORE_BITS_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + ((__typeof__(x))(a) - 1), a)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* In nanoseconds of Xen's time: one that does not come. */
#define NO_DEADLINE UINT64_MAX

/* Of a function: kept out of line and small, so that who hardly ever calls it pays nothing for it. For files:
 * src/toolchain/target.ts. */
#define SELDOM __attribute__((noinline, cold, minsize))

/* Keeps the compiler from moving memory accesses across; the processor is not told. */
#define barrier() __asm__ volatile("" ::: "memory")

/*
 * Reads or writes a location that somebody else changes (Xen, a backend) exactly once: what is checked is what is used.
 */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* Orders against another CPU, which a backend's is: x86 keeps loads and stores in order but for a store before a load. */
#define acquire_fence() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define release_fence() __atomic_thread_fence(__ATOMIC_RELEASE)
#define full_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif
