/*
 * Linux's system calls as the server needs them: x86-64 numbers, structures and constants of the kernel's own interface
 * (include/uapi). Every call returns what it gives, or a negative errno. The server has no C library, so that one small
 * file runs in any dom0, whatever distribution that is.
 */
#ifndef LWD_VOLUME_SERVER_LINUX_H
#define LWD_VOLUME_SERVER_LINUX_H

#include <stddef.h>
#include <stdint.h>

static inline long linux_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define LINUX_CALL(number, a, b, c, d, e, f, ...) \
    linux_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* sys(NUMBER, up to six arguments): numbers and pointers. */
#define sys(...) LINUX_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0)

enum {
    SYS_read = 0,
    SYS_write = 1,
    SYS_close = 3,
    SYS_poll = 7,
    SYS_lseek = 8,
    SYS_mmap = 9,
    SYS_munmap = 11,
    SYS_rt_sigaction = 13,
    SYS_ioctl = 16,
    SYS_writev = 20,
    SYS_socket = 41,
    SYS_connect = 42,
    SYS_sendto = 44,
    SYS_recvfrom = 45,
    SYS_bind = 49,
    SYS_listen = 50,
    SYS_getsockopt = 55,
    SYS_fork = 57,
    SYS_execve = 59,
    SYS_wait4 = 61,
    SYS_fcntl = 72,
    SYS_flock = 73,
    SYS_fsync = 74,
    SYS_fdatasync = 75,
    SYS_truncate = 76,
    SYS_ftruncate = 77,
    SYS_fchdir = 81,
    SYS_chmod = 90,
    SYS_umask = 95,
    SYS_getuid = 102,
    SYS_getppid = 110,
    SYS_setsid = 112,
    SYS_setgroups = 116,
    SYS_setresuid = 117,
    SYS_setresgid = 119,
    SYS_setfsuid = 122,
    SYS_setfsgid = 123,
    SYS_capset = 126,
    SYS_fstatfs = 138,
    SYS_prctl = 157,
    SYS_chroot = 161,
    SYS_getdents64 = 217,
    SYS_exit_group = 231,
    SYS_inotify_add_watch = 254,
    SYS_openat = 257,
    SYS_mkdirat = 258,
    SYS_unlinkat = 263,
    SYS_linkat = 265,
    SYS_symlinkat = 266,
    SYS_readlinkat = 267,
    SYS_utimensat = 280,
    SYS_accept4 = 288,
    SYS_dup3 = 292,
    SYS_pipe2 = 293,
    SYS_inotify_init1 = 294,
    SYS_preadv = 295,
    SYS_pwritev = 296,
    SYS_prlimit64 = 302,
    SYS_renameat2 = 316,
    SYS_statx = 332,
    SYS_close_range = 436,
    SYS_openat2 = 437,
};

#define O_RDONLY 0
#define O_WRONLY 01
#define O_RDWR 02
#define O_CREAT 0100
#define O_NOCTTY 0400
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define O_CLOEXEC 02000000
#define O_PATH 010000000

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4

#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define AT_EMPTY_PATH 0x1000

struct linux_open_how {
    uint64_t flags, mode, resolve;
};
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08

struct linux_statx_time {
    int64_t seconds;
    uint32_t nanoseconds;
    int32_t unused;
};

struct linux_statx {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, uid, gid;
    uint16_t mode, unused;
    uint64_t inode, size, blocks, attributes_mask;
    struct linux_statx_time accessed, born, changed, modified;
    uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
    uint64_t spare[14];
};
#define LINUX_STATX_BASIC 0x7ffu

struct linux_statfs {
    int64_t type, block_size;
    uint64_t blocks, free, available, files, files_free, id;
    int64_t name_max, fragment, flags, spare[4];
};

struct linux_dirent {
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[];
};

struct linux_timespec {
    int64_t seconds, nanoseconds;
};
#define LINUX_UTIME_NOW 0x3fffffff
#define LINUX_UTIME_OMIT 0x3ffffffe

struct linux_iovec {
    void *base;
    size_t size;
};

struct linux_flock {
    int16_t type, whence;
    int64_t start, length;
    int32_t process;
};
#define F_GETLK 5
#define F_SETFL 4
#define F_SETLK 6
#define F_DUPFD_CLOEXEC 1030

struct linux_poll {
    int32_t fd;
    int16_t wanted, found;
};
#define POLLIN 1
#define POLLOUT 4
#define POLLHUP 0x10
#define POLLERR 0x08

#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define INOTIFY_MODIFY 2u
#define INOTIFY_DELETE_SELF 0x400u
#define AF_UNIX 1
#define SOCK_STREAM 1
#define SOCK_CLOEXEC 02000000
#define SOL_SOCKET 1
#define SO_PEERCRED 17
#define SO_PEERGROUPS 59
#define MSG_DONTWAIT 0x40
#define MSG_NOSIGNAL 0x4000
#define WNOHANG 1

struct linux_unix_address {
    uint16_t family;
    char path[108];
};

/* Who connected, when that was. */
struct linux_peer {
    int32_t process;
    uint32_t uid, gid;
};

struct linux_signal_action {
    uint64_t handler, flags, restorer, mask;
};
#define LINUX_SIGPIPE 13
#define LINUX_SIG_IGN 1

struct linux_limit {
    uint64_t soft, hard;
};
#define RLIMIT_NOFILE 7

/* Version 3: two words of each set. */
struct linux_capability_header {
    uint32_t version;
    int32_t process;
};
struct linux_capability_data {
    uint32_t effective, permitted, inheritable;
};
#define CAPABILITY_VERSION 0x20080522u
#define CAPABILITY(number) (1u << (number))
#define CAP_DAC_OVERRIDE 1
#define CAP_FOWNER 3

#define PR_SET_PDEATHSIG 1
#define PR_SET_NAME 15
#define PR_SET_NO_NEW_PRIVS 38

/* Xen's devices: include/uapi/xen/evtchn.h and gntdev.h. */
struct linux_bind_interdomain {
    uint32_t domain, port;
};
struct linux_notify {
    uint32_t port;
};
struct linux_grant {
    uint32_t domain, reference;
};
struct linux_map_grants {
    uint32_t count, unused;
    uint64_t index;
    struct linux_grant grants[];
};
#define LINUX_IOCTL(type, number, size) ((unsigned long)(size) << 16 | (unsigned long)(type) << 8 | (number))
#define EVTCHN_BIND_INTERDOMAIN LINUX_IOCTL('E', 1, sizeof(struct linux_bind_interdomain))
#define EVTCHN_NOTIFY LINUX_IOCTL('E', 4, sizeof(struct linux_notify))
#define GNTDEV_MAP_GRANTS LINUX_IOCTL('G', 0, sizeof(struct linux_map_grants) + sizeof(struct linux_grant))

/* Loop devices: include/uapi/linux/loop.h. */
struct linux_loop_config {
    uint32_t file, block_size;
    uint64_t device, inode, rdevice, offset, size_limit;
    uint32_t number, encrypt_type, encrypt_key_size, flags;
    uint8_t file_name[64], crypt_name[64], encrypt_key[32];
    uint64_t init[2], reserved[8];
};
#define LOOP_CONFIGURE 0x4c0aul
#define LOOP_CTL_GET_FREE 0x4c82ul
#define LO_FLAGS_READ_ONLY 1u
#define LO_FLAGS_AUTOCLEAR 4u

__attribute__((noreturn)) static inline void linux_exit(int status)
{
    for (;;)
        sys(SYS_exit_group, status);
}

#endif
