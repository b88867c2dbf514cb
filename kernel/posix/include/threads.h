/*
 * Threads as C11 has them (7.26), made of POSIX's.
 */
#ifndef _THREADS_H_
#define _THREADS_H_

#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#elif __STDC_VERSION__ < 202311L
#define thread_local _Thread_local
#endif

typedef pthread_t thrd_t;
typedef pthread_mutex_t mtx_t;
typedef pthread_cond_t cnd_t;
typedef pthread_key_t tss_t;
typedef pthread_once_t once_flag;
typedef int (*thrd_start_t)(void *);
typedef void (*tss_dtor_t)(void *);

#define ONCE_FLAG_INIT { 0, { 0, 0, 0 } }
#define TSS_DTOR_ITERATIONS 4

enum { mtx_plain = 0, mtx_recursive = 1, mtx_timed = 2 };
enum { thrd_success = 0, thrd_busy, thrd_error, thrd_nomem, thrd_timedout };

void call_once(once_flag *__flag, void (*__function)(void));

int cnd_init(cnd_t *__condition);
void cnd_destroy(cnd_t *__condition);
int cnd_signal(cnd_t *__condition);
int cnd_broadcast(cnd_t *__condition);
int cnd_wait(cnd_t *__condition, mtx_t *__mutex);
int cnd_timedwait(cnd_t *__restrict __condition, mtx_t *__restrict __mutex, const struct timespec *__restrict __time);

int mtx_init(mtx_t *__mutex, int __type);
void mtx_destroy(mtx_t *__mutex);
int mtx_lock(mtx_t *__mutex);
int mtx_trylock(mtx_t *__mutex);
int mtx_timedlock(mtx_t *__restrict __mutex, const struct timespec *__restrict __time);
int mtx_unlock(mtx_t *__mutex);

int thrd_create(thrd_t *__id, thrd_start_t __function, void *__argument);
thrd_t thrd_current(void);
int thrd_equal(thrd_t __one, thrd_t __other);
int thrd_detach(thrd_t __id);
int thrd_join(thrd_t __id, int *__result);
int thrd_sleep(const struct timespec *__duration, struct timespec *__left);
void thrd_yield(void);
void thrd_exit(int __result) __attribute__((__noreturn__));

int tss_create(tss_t *__key, tss_dtor_t __destructor);
void tss_delete(tss_t __key);
void *tss_get(tss_t __key);
int tss_set(tss_t __key, void *__value);

#ifdef __cplusplus
}
#endif

#endif
