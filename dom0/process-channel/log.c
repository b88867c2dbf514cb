/*
 * Bounding xenconsoled's log. Its file is not exchanged for another: xenconsoled has it open, and so may have those who read it.
 */
#include "log.h"

#include "core/bits.h"
#include "core/format.h"
#include "linux.h"

/* Bytes that stay. */
#define KEPT 65536
/* Milliseconds between two looks: xenconsoled writes some 300 KB a second at the most. */
#define PAUSE 5000

static char last[KEPT];

long log_number(const char *text)
{
    long number = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (*text - '0');
    return number;
}

/* Whole lines of what is to stay, if there is an end of one in it: where they begin in the file, and in `last`. */
static long find_lines(long from, long count)
{
    for (long i = 0; i + 1 < count; i++)
        if (last[i] == '\n')
            return from + i + 1;
    return from;
}

/* Puts what stays behind the line that says what is gone. Returns where it was. */
static long cut(struct log *log, long size)
{
    char notice[160];
    long start = size - KEPT;

    sys(SYS_lseek, log->file, start, SEEK_SET);
    long count = sys(SYS_read, log->file, last, KEPT), from = find_lines(start, count);

    log->gone += from - log->begin - log->notice;
    log->notice = (long)format_text(notice, sizeof notice,
                                    "lwd: %ld bytes of this console are gone: its log may have %ld (domain.max_console_log)\n",
                                    log->gone, log->limit);
    const struct linux_iovec parts[] = {
        { notice, (size_t)log->notice }, { last + (from - start), (size_t)MAX(start + count - from, 0) },
    };

    sys(SYS_ftruncate, log->file, log->begin);
    sys(SYS_writev, log->file, parts, 2);
    return from;
}

void log_bound(struct log *log)
{
    long position = sys(SYS_lseek, log->file, 0, SEEK_CUR), size = sys(SYS_lseek, log->file, 0, SEEK_END);

    if (log->limit > 0 && size - log->begin > MAX(log->limit, KEPT)) {
        long from = cut(log, size);

        position = position < from ? log->begin : log->begin + log->notice + (position - from);
    }
    sys(SYS_lseek, log->file, position, SEEK_SET);
}

int log_keep(char **arguments)
{
    struct log log = {
        .file = (int)sys(SYS_openat, AT_FDCWD, arguments[0], O_RDWR | O_APPEND | O_CLOEXEC),
        .begin = log_number(arguments[1]),
        .limit = log_number(arguments[2]),
    };
    struct linux_poll going = { (int)sys(SYS_inotify_init1, O_CLOEXEC | O_NONBLOCK), POLLIN, 0 };

    if (log.file < 0 || sys(SYS_inotify_add_watch, going.fd, arguments[3], INOTIFY_DELETE_SELF) < 0)
        return 1;
    /* Whoever ends the script with all that it has started does not mean this. */
    sys(SYS_setsid);
    sys(SYS_prctl, PR_SET_NAME, "lwd-log");
    do
        log_bound(&log);
    while (sys(SYS_poll, &going, 1, PAUSE) <= 0);
    return 0;
}
