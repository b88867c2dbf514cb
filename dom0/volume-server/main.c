/*
 * lwd's server of host directories: runs in dom0, one process for each volume of a domain. Started by lwd's script for a
 * domain's life while the domain is still paused:
 *
 *   volume-server DOMAIN TAG DIRECTORY [TAG DIRECTORY …]
 *   volume-server DOMAIN as:UID:GID[:GROUP…] TAG ROOT DIRECTORY [TAG ROOT DIRECTORY …]
 *
 * A TAG is the volume's place in the domain, "/data", or "ro:/data" for one that is only to be read. By the first form the
 * directory's owner is who works on it; by the second one it is this user, from the opening of the directory on, which is named
 * from ROOT and nowhere outside of it, whatever links there are. Comes back with 0 when
 * the devices can be found by the domain, with a line on stdout that has the numbers of the processes that serve on in the
 * background until the domain is gone; or says on stderr what went wrong, and comes back with 1.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "caller.h"
#include "core/format.h"
#include "device.h"
#include "linux.h"

#define DESCRIPTORS (FIDS_MAX + 256)

int server_main(int count, char **arguments);

static struct device device;

static void complain(const char *what, int error)
{
    char text[512];
    size_t length = format_text(text, sizeof text, "volume-server: %s: error %d\n", what, -error);

    sys(SYS_write, 2, text, length);
}

/* --- who works on the volumes --- */

static struct caller caller;
static bool has_caller;

/* Opens a directory with the caller's rights, which must allow looking into it; nothing of this process else is the caller's. */
static int open_as_caller(const char *below, const char *directory)
{
    struct linux_open_how how = { O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    int base = (int)sys(SYS_openat, AT_FDCWD, below, O_PATH | O_DIRECTORY | O_CLOEXEC);
    long error = base < 0 ? base : caller_become(&caller);

    if (error)
        return (int)error;
    long root = sys(SYS_openat2, base, directory, &how, sizeof how);
    long look = root < 0 ? root : sys(SYS_openat, root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    caller_leave();
    sys(SYS_close, base);
    if (look >= 0)
        sys(SYS_close, look);
    return (int)(look < 0 ? look : root);
}

/* --- what a volume's process may do --- */

/* Root keeps what it takes to work on any file below the directory; other users have no privileges to keep. */
static int drop_privileges(uint32_t uid, uint32_t gid)
{
    const struct linux_capability_header header = { CAPABILITY_VERSION, 0 };
    const uint32_t kept = CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER);
    const struct linux_capability_data sets[2] = { { kept, kept, 0 }, { 0, 0, 0 } };
    long error = sys(SYS_setgroups, caller.count, caller.groups);

    if (!error)
        error = sys(SYS_setresgid, gid, gid, gid);
    if (!error)
        error = sys(SYS_setresuid, uid, uid, uid);
    if (!error && uid == 0)
        error = sys(SYS_capset, &header, sets);
    return (int)(error ? error : sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1));
}

/*
 * Makes the directory all that there is, and its owner, or the user that we were given, who we are. The working directory is the
 * one way out: it leads to what we have open anyway.
 */
static int confine(int root)
{
    struct linux_limit limit = { DESCRIPTORS, DESCRIPTORS };
    struct linux_statx owner;
    long error = sys(SYS_statx, root, "", AT_EMPTY_PATH, LINUX_STATX_BASIC, &owner);
    long descriptors = sys(SYS_openat, AT_FDCWD, "/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (error || descriptors < 0)
        return (int)(error ? error : descriptors);
    sys(SYS_umask, 0);
    error = sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
    if (!error)
        error = sys(SYS_fchdir, root);
    if (!error)
        error = sys(SYS_chroot, ".");
    if (!error)
        error = sys(SYS_fchdir, descriptors);
    if (error)
        return (int)error;
    return has_caller ? drop_privileges(caller.uid, caller.gid) : drop_privileges(owner.uid, owner.gid);
}

/* --- one volume --- */

/* As the arguments give it: `below` only if there is a user. */
struct volume {
    const char *tag, *below, *directory;
};

static int set_up(unsigned domain, unsigned index, const struct volume *volume, const char **what)
{
    const char *tag = volume->tag;

    *what = volume->directory;
    int root = has_caller ? open_as_caller(volume->below, volume->directory)
                          : (int)sys(SYS_openat, AT_FDCWD, volume->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = root < 0 ? root : session_begin(&device.session, root, strncmp(tag, "ro:", 3) == 0, DEVICE_MESSAGE_MAX);

    if (error)
        return error;
    error = device_publish(&device, domain, index, tag, what);
    if (error)
        return error;
    *what = "giving up privileges";
    return confine(root);
}

/* The process of one volume. `ready` is a pipe's end: a byte on it says that all is well. */
__attribute__((noreturn)) static void serve(unsigned domain, unsigned index, const struct volume *volume, int ready)
{
    const char *what;
    int nowhere = (int)sys(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
    int error = set_up(domain, index, volume, &what);

    if (!error && nowhere < 0) {
        what = "/dev/null";
        error = nowhere;
    }
    if (error) {
        complain(what, error);
        linux_exit(1);
    }
    sys(SYS_prctl, PR_SET_NAME, "lwd-volume");
    sys(SYS_setsid);
    for (int standard = 0; standard < 3; standard++)
        sys(SYS_dup3, nowhere, standard, 0);
    sys(SYS_write, ready, "", 1);
    sys(SYS_close, ready);
    linux_exit(device_run(&device) ? 1 : 0);
}

/* Starts the process of one volume and waits until the domain can find it. Returns its number. */
static int start(unsigned domain, unsigned index, const struct volume *volume)
{
    int ends[2];
    char byte;
    long error = sys(SYS_pipe2, ends, O_CLOEXEC);

    if (error) {
        complain("pipe", (int)error);
        return (int)error;
    }
    long process = sys(SYS_fork);

    if (process == 0)
        serve(domain, index, volume, ends[1]);
    sys(SYS_close, ends[1]);
    if (process < 0)
        complain("fork", (int)process);
    long size = sys(SYS_read, ends[0], &byte, 1);

    sys(SYS_close, ends[0]);
    return size == 1 ? (int)process : -EIO;
}

static void tell_process(int process)
{
    char text[16];

    sys(SYS_write, 1, text, format_text(text, sizeof text, "%d ", process));
}

int server_main(int count, char **arguments)
{
    unsigned domain = 0;

    int first = 2, each = 2;

    if (count > 2 && strncmp(arguments[2], "as:", 3) == 0) {
        if (!caller_read(&caller, arguments[2]))
            return complain("arguments: as:UID:GID[:GROUP…]", -EINVAL), 1;
        has_caller = true, first = 3, each = 3;
    }
    if (count <= first || (count - first) % each)
        return complain("arguments: DOMAIN TAG DIRECTORY …", -EINVAL), 1;
    for (const char *at = arguments[1]; *at >= '0' && *at <= '9'; at++)
        domain = domain * 10 + (unsigned)(*at - '0');
    /* What whoever started us has open is not to stay open for as long as the domain lives. */
    sys(SYS_close_range, 3, ~0u, 0);
    for (int i = first; i < count; i += each) {
        const struct volume volume = { arguments[i], has_caller ? arguments[i + 1] : NULL, arguments[i + each - 1] };
        int process = start(domain, (unsigned)((i - first) / each), &volume);

        if (process < 0)
            return 1;
        tell_process(process);
    }
    sys(SYS_write, 1, "\n", 1);
    return 0;
}
