/*
 * Semaphores in memory. Named ones are ENOSYS: there is no other process to meet.
 */
#ifndef _SEMAPHORE_H
#define _SEMAPHORE_H

#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    unsigned __value;
    struct __lwd_wait_queue __waiters;
} __lwd_shared sem_t;

#define SEM_FAILED ((sem_t *)0)

int sem_init(sem_t *__semaphore, int __pshared, unsigned __value);
int sem_destroy(sem_t *__semaphore);
int sem_wait(sem_t *__semaphore);
int sem_trywait(sem_t *__semaphore);
int sem_timedwait(sem_t *__restrict __semaphore, const struct timespec *__restrict __time);
int sem_clockwait(sem_t *__restrict __semaphore, clockid_t __clock, const struct timespec *__restrict __time);
int sem_post(sem_t *__semaphore);
int sem_getvalue(sem_t *__restrict __semaphore, int *__restrict __value);

sem_t *sem_open(const char *__name, int __flags, ...);
int sem_close(sem_t *__semaphore);
int sem_unlink(const char *__name);

#ifdef __cplusplus
}
#endif

#endif
