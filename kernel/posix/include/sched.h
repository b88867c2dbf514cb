/*
 * Scheduling as far as a domain has it: threads of one priority that are not preempted, on one processor.
 */
#ifndef _SCHED_H_
#define _SCHED_H_

#include <sys/types.h>
#include <sys/sched.h>

#ifdef __cplusplus
extern "C" {
#endif

int sched_yield(void);

/* SCHED_OTHER with priority 0 is what there is. */
int sched_get_priority_max(int __policy);
int sched_get_priority_min(int __policy);
int sched_getparam(pid_t __process, struct sched_param *__parameters);
int sched_setparam(pid_t __process, const struct sched_param *__parameters);
int sched_getscheduler(pid_t __process);
int sched_setscheduler(pid_t __process, int __policy, const struct sched_param *__parameters);
/* ENOSYS: no thread is ever preempted. */
int sched_rr_get_interval(pid_t __process, struct timespec *__interval);

#if __GNU_VISIBLE

#define CPU_SETSIZE 1024
#define __CPU_BITS (8 * sizeof(unsigned long))

typedef struct {
    unsigned long __bits[CPU_SETSIZE / (8 * sizeof(unsigned long))];
} cpu_set_t;

#define __CPU_WORD(cpu, set) ((set)->__bits[(__SIZE_TYPE__)(cpu) / __CPU_BITS])
#define __CPU_BIT(cpu) (1UL << ((__SIZE_TYPE__)(cpu) % __CPU_BITS))
#define __CPU_FITS(cpu, bytes) ((__SIZE_TYPE__)(cpu) / 8 < (bytes))

#define CPU_ZERO_S(bytes, set) ((void)__builtin_memset((set), 0, (bytes)))
#define CPU_SET_S(cpu, bytes, set) ((void)(__CPU_FITS(cpu, bytes) && (__CPU_WORD(cpu, set) |= __CPU_BIT(cpu))))
#define CPU_CLR_S(cpu, bytes, set) ((void)(__CPU_FITS(cpu, bytes) && (__CPU_WORD(cpu, set) &= ~__CPU_BIT(cpu))))
#define CPU_ISSET_S(cpu, bytes, set) (__CPU_FITS(cpu, bytes) && (__CPU_WORD(cpu, set) & __CPU_BIT(cpu)) != 0)
#define CPU_EQUAL_S(bytes, set1, set2) (__builtin_memcmp((set1), (set2), (bytes)) == 0)
#define CPU_COUNT_S(bytes, set) __lwd_cpu_count((bytes), (set))

#define CPU_ZERO(set) CPU_ZERO_S(sizeof(cpu_set_t), set)
#define CPU_SET(cpu, set) CPU_SET_S(cpu, sizeof(cpu_set_t), set)
#define CPU_CLR(cpu, set) CPU_CLR_S(cpu, sizeof(cpu_set_t), set)
#define CPU_ISSET(cpu, set) CPU_ISSET_S(cpu, sizeof(cpu_set_t), set)
#define CPU_EQUAL(set1, set2) CPU_EQUAL_S(sizeof(cpu_set_t), set1, set2)
#define CPU_COUNT(set) CPU_COUNT_S(sizeof(cpu_set_t), set)

static __inline int __lwd_cpu_count(__SIZE_TYPE__ __bytes, const cpu_set_t *__set)
{
    int __count = 0;

    for (__SIZE_TYPE__ __i = 0; __i < __bytes / sizeof(unsigned long); __i++)
        __count += __builtin_popcountl(__set->__bits[__i]);
    return __count;
}

int sched_getcpu(void);
int sched_getaffinity(pid_t __process, size_t __bytes, cpu_set_t *__set);
int sched_setaffinity(pid_t __process, size_t __bytes, const cpu_set_t *__set);

#endif

#ifdef __cplusplus
}
#endif

#endif
