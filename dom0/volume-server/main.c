/*
 * lwd's server of host directories: runs in dom0, one process for each volume of a domain. Started by lwd's script for a
 * domain's life while the domain is still paused:
 *
 *   volume-server DOMAIN TAG DIRECTORY [TAG DIRECTORY …]
 *
 * A TAG is the volume's place in the domain, "/data", or "ro:/data" for one that is only to be read. Comes back with 0 when
 * the devices can be found by the domain, with a line on stdout that has the numbers of the processes that serve on in the
 * background until the domain is gone; or says on stderr what went wrong, and comes back with 1.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

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

/* --- what a volume's process may do --- */

/* Root keeps what it takes to work on any file below the directory; other users have no privileges to keep. */
static int drop_privileges(uint32_t uid, uint32_t gid)
{
    const struct linux_capability_header header = { CAPABILITY_VERSION, 0 };
    const uint32_t kept = CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER);
    const struct linux_capability_data sets[2] = { { kept, kept, 0 }, { 0, 0, 0 } };
    long error = sys(SYS_setgroups, 0, NULL);

    if (!error)
        error = sys(SYS_setresgid, gid, gid, gid);
    if (!error)
        error = sys(SYS_setresuid, uid, uid, uid);
    if (!error && uid == 0)
        error = sys(SYS_capset, &header, sets);
    return (int)(error ? error : sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1));
}

/*
 * Makes the directory all that there is, and its owner who we are. The working directory is the one way out: it leads to
 * what we have open anyway.
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
    return error ? (int)error : drop_privileges(owner.uid, owner.gid);
}

/* --- one volume --- */

static int set_up(unsigned domain, unsigned index, const char *tag, const char *directory, const char **what)
{
    *what = directory;
    int root = (int)sys(SYS_openat, AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
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
__attribute__((noreturn)) static void serve(unsigned domain, unsigned index, const char *tag, const char *directory,
                                            int ready)
{
    const char *what;
    int nowhere = (int)sys(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
    int error = set_up(domain, index, tag, directory, &what);

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
static int start(unsigned domain, unsigned index, const char *tag, const char *directory)
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
        serve(domain, index, tag, directory, ends[1]);
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

    if (count < 4 || count % 2)
        return complain("arguments: DOMAIN TAG DIRECTORY …", -EINVAL), 1;
    for (const char *at = arguments[1]; *at >= '0' && *at <= '9'; at++)
        domain = domain * 10 + (unsigned)(*at - '0');
    /* What whoever started us has open is not to stay open for as long as the domain lives. */
    sys(SYS_close_range, 3, ~0u, 0);
    for (int i = 2; i < count; i += 2) {
        int process = start(domain, (unsigned)i / 2 - 1, arguments[i], arguments[i + 1]);

        if (process < 0)
            return 1;
        tell_process(process);
    }
    sys(SYS_write, 1, "\n", 1);
    return 0;
}
