/*
 * Terminals. The console is one that lwd's reader in dom0 reads: it has no modes, nothing is echoed or edited, and what it
 * is asked to be it is only if it is that already.
 */
#include <termios.h>

#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/shortfall.h"

static const struct termios console_modes = {
    .c_cflag = CS8 | CREAD | CLOCAL | B38400,
    .c_cc = { [VMIN] = 1 },
    .c_ispeed = B38400,
    .c_ospeed = B38400,
};

int tcgetattr(int descriptor, struct termios *modes)
{
    if (!isatty(descriptor))
        return -1;
    *modes = console_modes;
    return 0;
}

/* POSIX: 0 if any of what was asked for could be done. What was asked for and is so is enough for that. */
POSIX_FAKED(tcsetattr, "the console has no modes: what is asked for is taken and not done");
int tcsetattr(int descriptor, int when, const struct termios *modes)
{
    (void)modes;
    if (!isatty(descriptor))
        return -1;
    return (int)posix_result(when < TCSANOW || when > TCSAFLUSH ? -EINVAL : 0);
}

/* What was written is in the ring that dom0 reads; there is no line behind it that would still be busy. */
int tcdrain(int descriptor)
{
    return isatty(descriptor) ? 0 : -1;
}

POSIX_REFUSED(tcsendbreak, EINVAL, "the console has no line");
int tcsendbreak(int descriptor, int duration)
{
    (void)duration;
    return isatty(descriptor) ? (int)posix_result(-EINVAL) : -1;
}

/* Input that has come can be thrown away; output has gone. */
int tcflush(int descriptor, int queue)
{
    char bytes[64];
    int size;

    if (!isatty(descriptor))
        return -1;
    if (queue < TCIFLUSH || queue > TCIOFLUSH)
        return (int)posix_result(-EINVAL);
    while (queue != TCOFLUSH && ioctl(descriptor, FIONREAD, &size) == 0 && size > 0)
        if (read(descriptor, bytes, (size_t)size < sizeof bytes ? (size_t)size : sizeof bytes) <= 0)
            break;
    return 0;
}

POSIX_REFUSED(tcflow, EINVAL, "the console's output cannot be held");
int tcflow(int descriptor, int action)
{
    (void)action;
    return isatty(descriptor) ? (int)posix_result(-EINVAL) : -1;
}

/* --- the process that a terminal belongs to: there is one --- */

pid_t tcgetsid(int descriptor)
{
    return isatty(descriptor) ? getpid() : -1;
}

pid_t tcgetpgrp(int descriptor)
{
    return isatty(descriptor) ? getpgrp() : -1;
}

int tcsetpgrp(int descriptor, pid_t group)
{
    if (!isatty(descriptor))
        return -1;
    return (int)posix_result(group == getpgrp() ? 0 : group < 0 ? -EINVAL : -EPERM);
}

char *ctermid(char *name)
{
    static char own[] = "/dev/console";

    return name ? strcpy(name, own) : own;
}

/* A terminal that does not echo would be needed, and there is none to be opened for it: as POSIX has it then. */
POSIX_REFUSED(getpass, ENXIO, "the console has no modes, so none without echo");
char *getpass(const char *prompt)
{
    (void)prompt;
    errno = ENXIO;
    return NULL;
}

/* --- modes as a structure --- */

speed_t cfgetispeed(const struct termios *modes)
{
    return modes->c_ispeed;
}

speed_t cfgetospeed(const struct termios *modes)
{
    return modes->c_ospeed;
}

static int set_speed(speed_t *speed, speed_t wanted)
{
    if (wanted > B38400 && wanted != B57600 && wanted != B115200)
        return (int)posix_result(-EINVAL);
    *speed = wanted;
    return 0;
}

int cfsetispeed(struct termios *modes, speed_t speed)
{
    return set_speed(&modes->c_ispeed, speed);
}

int cfsetospeed(struct termios *modes, speed_t speed)
{
    return set_speed(&modes->c_ospeed, speed);
}

int cfsetspeed(struct termios *modes, speed_t speed)
{
    return set_speed(&modes->c_ispeed, speed) ? -1 : set_speed(&modes->c_ospeed, speed);
}

void cfmakeraw(struct termios *modes)
{
    modes->c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    modes->c_oflag &= ~(tcflag_t)OPOST;
    modes->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    modes->c_cflag = (modes->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    modes->c_cc[VMIN] = 1;
    modes->c_cc[VTIME] = 0;
}
