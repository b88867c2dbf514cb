/*
 * Declarations that newlib's own build is given ahead of every C file (-include).
 *
 * newlib is configured with REENTRANT_SYSCALLS_PROVIDED and MISSING_SYSCALL_NAMES: its reent.h then turns _read_r(...) into
 * read(...), so that the kernel's posix/ is called straight and sets the thread's errno itself. That header does not declare
 * what it expands to; without these lines sbrk and lseek would be taken to return int. The types are newlib's for x86-64.
 */
#ifndef LWD_PORTS_NEWLIB_SYSCALLS_H
#define LWD_PORTS_NEWLIB_SYSCALLS_H
#ifndef __ASSEMBLER__

struct stat;
struct tms;
struct timeval;

int close(int fd);
int execve(const char *path, char *const argv[], char *const envp[]);
int fcntl(int fd, int command, ...);
int fork(void);
int fstat(int fd, struct stat *status);
int getentropy(void *buffer, unsigned long size);
int getpid(void);
int gettimeofday(struct timeval *__restrict now, void *__restrict zone);
int isatty(int fd);
int kill(int pid, int signal);
int link(const char *from, const char *to);
int lstat(const char *__restrict path, struct stat *__restrict status);
long lseek(int fd, long offset, int whence);
int mkdir(const char *path, unsigned int mode);
int open(const char *path, int flags, ...);
long read(int fd, void *buffer, unsigned long size);
int rename(const char *from, const char *to);
void *sbrk(long increment);
int stat(const char *__restrict path, struct stat *__restrict status);
unsigned long times(struct tms *times);
int unlink(const char *path);
int wait(int *status);
long write(int fd, const void *buffer, unsigned long size);

#endif
#endif
