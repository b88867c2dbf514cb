/*
 * Files of a caller's as disks of a domain that is about to be made: runs in dom0 for `lwd broker`, which may not open them
 * itself.
 *
 *   disk-attacher as:UID:GID[:GROUP…] DISK ROOT FILE [DISK ROOT FILE …]
 *
 * A DISK is the disk's name in the domain, "xvda", or "ro:xvda" for one that is only to be read. Each FILE is opened once, with
 * the caller's rights, by its name below ROOT, out of which no link leads; what was opened is looked at, locked against other
 * domains, and becomes a loop device. From there on nothing has a name that somebody could change. Prints "disk DEVICE" for each,
 * then "ready"; or says on stderr "disk-attacher: DISK: error NUMBER", and ends with 1.
 *
 * A device goes with its last user (LO_FLAGS_AUTOCLEAR), which is this program until the domain's backend has it; a device that
 * went earlier could be another user's file by the time that xl looks. So this stays until a line says on stdin which domain it
 * was, and that one's backend has opened the devices; or, "-", that there is none. If stdin ends before, nobody can tell, and it
 * stays for long enough that xl has come to an end.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "caller.h"
#include "core/format.h"
#include "linux.h"

#define SECTOR 512
#define MODE_KIND 0170000
#define MODE_FILE 0100000
/* Others may take a free device first. */
#define TRIES 64
/* Milliseconds between two looks, and how many there are: 10 min, and 1 s. */
#define PAUSE 20
#define LOOKS 30000
#define LOCK_TRIES 50

int server_main(int count, char **arguments);

static struct caller caller;

static int complain(const char *what, long error)
{
    char text[256];
    size_t length = format_text(text, sizeof text, "disk-attacher: %s: error %d\n", what, (int)-error);

    sys(SYS_write, 2, text, length);
    return 1;
}

/*
 * The lock is the open file's: it lasts as long as the loop device has that, so for a moment longer than a domain that had it
 * before. Returns 0 or a negative errno.
 */
static int lock(int file, bool readonly)
{
    for (int tries = 1;; tries++) {
        long error = sys(SYS_flock, file, (readonly ? LOCK_SH : LOCK_EX) | LOCK_NB);

        if (error != -EAGAIN || tries == LOCK_TRIES)
            return (int)error;
        sys(SYS_poll, NULL, 0, PAUSE);
    }
}

/* The file, opened and checked, or a negative errno: EISDIR for what is no file, ERANGE for no whole sectors, EAGAIN if it is in
 * use. */
static int open_file(const char *below, const char *file, bool readonly)
{
    /* Not to wait for anybody if it should be a pipe. */
    const uint64_t flags = (readonly ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    struct linux_open_how how = { flags, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    struct linux_statx found;
    int base = (int)sys(SYS_openat, AT_FDCWD, below, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = base < 0 ? base : caller_become(&caller);

    if (error)
        return error;
    int opened = (int)sys(SYS_openat2, base, file, &how, sizeof how);

    caller_leave();
    sys(SYS_close, base);
    if (opened < 0)
        return opened;
    error = (int)sys(SYS_statx, opened, "", AT_EMPTY_PATH, LINUX_STATX_BASIC, &found);
    if (error)
        return error;
    if ((found.mode & MODE_KIND) != MODE_FILE)
        return -EISDIR;
    if (!found.size || found.size % SECTOR)
        return -ERANGE;
    error = lock(opened, readonly);
    return error ? error : opened;
}

/* Makes the file a loop device and opens that; its number is then in `number`. Returns a negative errno. */
static int attach(int file, bool readonly, int *number)
{
    struct linux_loop_config config = { .file = (uint32_t)file };
    int control = (int)sys(SYS_openat, AT_FDCWD, "/dev/loop-control", O_RDWR | O_CLOEXEC);
    int error = control;

    config.flags = LO_FLAGS_AUTOCLEAR | (readonly ? LO_FLAGS_READ_ONLY : 0);
    for (int tries = 0; control >= 0 && tries < TRIES; tries++) {
        char path[32];

        *number = (int)sys(SYS_ioctl, control, LOOP_CTL_GET_FREE);
        if ((error = *number) < 0)
            break;
        format_text(path, sizeof path, "/dev/loop%d", *number);
        int device = (int)sys(SYS_openat, AT_FDCWD, path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);

        if ((error = device) < 0)
            break;
        error = (int)sys(SYS_ioctl, device, LOOP_CONFIGURE, &config);
        if (!error)
            break;
        sys(SYS_close, device);
        if (error != -EBUSY)
            break;
    }
    if (control >= 0)
        sys(SYS_close, control);
    return error < 0 ? error : 0;
}

/* The number of "xvda" and its like, as Xen and Linux count them. */
static unsigned device_number(const char *disk)
{
    unsigned index = (unsigned)(disk[3] - 'a');

    return index < 16 ? 202u << 8 | index << 4 : 1u << 28 | index << 8;
}

/* "xvda" from "ro:xvda"; NULL if it is no disk. */
static const char *name_of(const char *disk)
{
    const char *name = strncmp(disk, "ro:", 3) == 0 ? disk + 3 : disk;

    return strncmp(name, "xvd", 3) == 0 && name[3] >= 'a' && name[3] <= 'z' && !name[4] ? name : NULL;
}

static bool is_there(const char *domain, unsigned device, const char *file)
{
    struct linux_statx found;
    char path[128];

    format_text(path, sizeof path, "/sys/bus/xen-backend/devices/vbd-%s-%u%s", domain, device, file);
    return sys(SYS_statx, AT_FDCWD, path, 0, LINUX_STATX_BASIC, &found) == 0;
}

/* The file shows as soon as the backend has opened the device that it was told of. Without a backend nothing will be opened. */
static void await_backend(const char *domain, const char *name)
{
    unsigned device = device_number(name);

    for (int look = 0; look < LOOKS && is_there(domain, device, ""); look++) {
        if (is_there(domain, device, "/physical_device"))
            return;
        sys(SYS_poll, NULL, 0, PAUSE);
    }
}

/* The line on stdin, without its end. Empty if there was none. */
static const char *read_word(void)
{
    static char word[16];
    size_t length = 0;
    char byte;

    while (sys(SYS_read, 0, &byte, 1) == 1)
        if (byte == '\n')
            return word;
        else if (length < sizeof word - 1)
            word[length++] = byte;
    return "";
}

int server_main(int count, char **arguments)
{
    if (count < 5 || (count - 2) % 3 || !caller_read(&caller, arguments[1]))
        return complain("arguments: as:UID:GID[:GROUP…] DISK ROOT FILE …", -EINVAL);
    for (int i = 2; i < count; i += 3) {
        const char *disk = arguments[i], *name = name_of(disk);
        char line[32];
        int number = 0;

        if (!name)
            return complain(disk, -EINVAL);
        int file = open_file(arguments[i + 1], arguments[i + 2], name != disk);
        int error = file < 0 ? file : attach(file, name != disk, &number);

        if (error)
            return complain(name, error);
        /* The loop device has it now. */
        sys(SYS_close, file);
        sys(SYS_write, 1, line, format_text(line, sizeof line, "disk /dev/loop%d\n", number));
    }
    sys(SYS_write, 1, "ready\n", 6);
    const char *word = read_word();

    if (!*word)
        sys(SYS_poll, NULL, 0, PAUSE * LOOKS);
    for (int i = 2; *word >= '0' && *word <= '9' && i < count; i += 3)
        await_backend(word, name_of(arguments[i]));
    return 0;
}
