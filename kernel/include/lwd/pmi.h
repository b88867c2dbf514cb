/*
 * PMI: ranks of a job tell each other where they are, by way of the batch system that has started them (Slurm's
 * `srun --mpi=pmi2`, Flux, mpiexec). Each puts what it has under keys, all meet in a fence, and then each gets what others
 * have put. It is for the few words that a program begins with, not for its data.
 *
 * lwd hands the batch system's socket through to the domain, whose number is PMI_FD in the environment (docs/batch.md). Who
 * has a PMI client already uses that socket by itself; this is for those who have none. It speaks PMI-2, and PMI-1 with
 * servers that know nothing else. What the server says is not trusted: it may lie, but not harm.
 *
 * Calls return 0 or a negative errno. All but lwd_pmi_init() return -ENOTCONN before it, after lwd_pmi_finalize(), and once
 * the server is lost: which is -ECONNRESET if it went, -EBADMSG if it broke the protocol. They block until the server has
 * answered, and are for one thread at a time.
 */
#ifndef LWD_PMI_H
#define LWD_PMI_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The longest key and value, in characters, with the NUL behind them. */
#define LWD_PMI_KEY 64
#define LWD_PMI_VALUE 1024

struct lwd_pmi_place {
    unsigned rank, size;        /* rank < size */
};

/*
 * Says hello, and which rank of how many this is. -ENOENT: PMI_FD is not set, so that nobody has started this as one of
 * several; -EBADF: what it says is no descriptor; -EALREADY: this was done before.
 */
int lwd_pmi_init(struct lwd_pmi_place *place);

/*
 * Puts a value under a key, for those who get it after the next fence. Both are of visible ASCII characters but `;`, a key also
 * without `=`, and have at least one: -EINVAL else. -EMSGSIZE: too long, for the server perhaps; -EIO: it refuses.
 */
int lwd_pmi_put(const char *key, const char *value);

/* Returns when all ranks have called it. All that was put before can be had then. -EIO: the server says that it failed. */
int lwd_pmi_fence(void);

/* Copies what somebody has put under the key, and a NUL. -ENOENT: nobody has; -EMSGSIZE: `size` is too small; -EINVAL. */
int lwd_pmi_get(const char *key, char *value, size_t size);

/* Says that this rank is done with PMI, and closes the socket, on an error too. The program may go on. */
int lwd_pmi_finalize(void);

/*
 * Has all ranks of the job ended, without further notice to them, and ends this program with `status`. Flushes nothing, as
 * _exit(). Before lwd_pmi_init() it ends this program alone. `why` may go into the batch system's log.
 */
_Noreturn void lwd_pmi_abort(int status, const char *why);

#ifdef __cplusplus
}
#endif
#endif
