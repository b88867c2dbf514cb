/*
 * lwd's attendant of a domain's process: runs in dom0 for as long as lwd stays with the domain, started by lwd's script for the
 * domain's life.
 *
 *   process-channel LOG OFFSET [LIMIT]
 *
 *   0  words of the script, a line each: "domain NUMBER", "ended", and how it ends: "destroyed", "kept"
 *   1  frames to lwd: the process's output, and the console's, which is read from xenconsoled's LOG, from OFFSET on; that has
 *      no more than LIMIT bytes there
 *   3  frames from lwd: the process's input, signals, and words for the script; and both ways its stream, if it has one
 *   4  words to the script, a line each: those, and "gone" when lwd is
 *
 * Without lwd the process's output goes to the log, so that it is not lost, and the domain does not wait. Ends when the script
 * has said how, or gone, and lwd has all; its status tells the script which (10: destroyed, 11: kept).
 *
 * With other arguments it gives a process to a domain that has none yet (shell.h), or bounds a log (log.h).
 */
#include <errno.h>
#include <string.h>

#include "core/format.h"
#include "domain.h"
#include "linux.h"
#include "log.h"
#include "shell.h"

enum { WORDS_IN, LOCKED_FILE = WORDS_IN, FRAMES_OUT, FRAMES_IN = 3, WORDS_OUT = 4 };
enum { POLL_WORDS, POLL_IN, POLL_OUT, POLL_STORE, POLL_EVENTS, POLL_LOG, POLLS };

#define STATUS_DESTROYED 10
#define STATUS_KEPT 11
#define CHUNK 16384

int server_main(int count, char **arguments);

static struct {
    struct domain domain;
    struct outbox outbox;
    struct inbox inbox;
    struct input input;
    struct log log;
    int log_changes;            /* Linux's descriptor; negative: none */
    const char *log_path;
    long log_error;             /* 0, or why there is none */
    bool lwd_gone, script_done;
    int status;
    size_t words;
    char line[256];
} self;

static void complain(const char *what, long error)
{
    char text[200];

    sys(SYS_write, 2, text, format_text(text, sizeof text, "lwd1 xl process-channel: %s: error %d\n", what, (int)-error));
}

/* Nobody in dom0 is told of the domain's end any more. */
static void tell_of_lost_store(void)
{
    static const char text[] = "lwd1 store-lost\n";

    sys(SYS_write, 2, text, sizeof text - 1);
}

static void tell_script(const void *text, size_t size)
{
    sys(SYS_write, WORDS_OUT, text, size);
}

static void lose_lwd(void)
{
    if (self.lwd_gone)
        return;
    self.lwd_gone = true;
    /* As if the writer of a pipe had gone. */
    self.input.ended = self.domain.stream.from_lwd.ended = self.domain.stream.gone = true;
    tell_script("gone\n", 5);
}

/* --- the console's log --- */

static void open_log(const char *path, const char *offset, const char *limit)
{
    self.log.file = (int)sys(SYS_openat, AT_FDCWD, path, O_RDWR | O_APPEND | O_CLOEXEC);
    self.log.begin = log_number(offset);
    self.log.limit = log_number(limit);
    self.log_changes = (int)sys(SYS_inotify_init1, O_CLOEXEC | O_NONBLOCK);
    long watch = sys(SYS_inotify_add_watch, self.log_changes, path, INOTIFY_MODIFY);

    self.log_path = path;
    self.log_error = self.log.file < 0 ? self.log.file : watch < 0 ? watch : 0;
    if (!self.log_error)
        sys(SYS_lseek, self.log.file, self.log.begin, SEEK_SET);
}

/* What there is, as far as it can be passed on. True: that was all. */
static bool read_log(void)
{
    for (;;) {
        if (self.lwd_gone || self.log.file < 0)
            return true;
        if (outbox_filled(&self.outbox) >= OUTBOX_USUAL)
            return false;
        uint8_t *to = outbox_place(&self.outbox, FRAME_HEADER + CHUNK);
        long size = sys(SYS_read, self.log.file, to + FRAME_HEADER, CHUNK);

        if (size <= 0)
            return true;
        uint32_t header = (uint32_t)FRAME_CONSOLE << 24 | (uint32_t)size;

        memcpy(to, &header, sizeof header);
        outbox_add(&self.outbox, FRAME_HEADER + (size_t)size);
    }
}

static void log_has_changed(void)
{
    char events[1024];

    while (sys(SYS_read, self.log_changes, events, sizeof events) > 0)
        ;
    log_bound(&self.log);
}

/* --- lwd --- */

/* Of what would have gone to lwd: the console's text is in the log already. */
static void spill(void)
{
    enum frame_kind kind;
    const uint8_t *data;
    uint32_t count;

    while (outbox_take(&self.outbox, &kind, &data, &count))
        if ((kind == FRAME_STDOUT || kind == FRAME_STDERR) && self.log.file >= 0)
            sys(SYS_write, self.log.file, data, count);
    log_bound(&self.log);
}

static void send_frames(void)
{
    const uint8_t *data;
    size_t size;

    while (!self.lwd_gone && (size = outbox_next(&self.outbox, &data)) > 0) {
        long sent = sys(SYS_write, FRAMES_OUT, data, size);

        if (sent == -EAGAIN || sent == -EINTR)
            return;
        if (sent <= 0)
            lose_lwd();
        else
            outbox_gone(&self.outbox, (size_t)sent);
    }
    if (self.lwd_gone)
        spill();
}

static bool handle_frame(void *unused, enum frame_kind kind, const uint8_t *data, uint32_t count)
{
    (void)unused;
    switch (kind) {
    case FRAME_INPUT:
        return input_add(&self.input, data, count);
    case FRAME_INPUT_ENDS:
        self.input.ended = true;
        return count == 0;
    case FRAME_SIGNAL:
        if (count != 1 || data[0] >= PROCESS_SIGNALS)
            return false;
        self.domain.signals |= 1u << data[0];
        return true;
    case FRAME_WORDS:
        tell_script(data, count);
        return true;
    case FRAME_STREAM_INPUT:
        return input_add(&self.domain.stream.from_lwd, data, count);
    case FRAME_STREAM_INPUT_ENDS:
        self.domain.stream.from_lwd.ended = true;
        return count == 0;
    case FRAME_STREAM_ROOM:
        return stream_add_credit(&self.domain.stream, data, count);
    case FRAME_STREAM_GONE:
        self.domain.stream.gone = true;
        return count == 0;
    default:
        return false;
    }
}

static void take_frames(void)
{
    uint8_t *to;
    size_t room = inbox_room(&self.inbox, &to);
    long size = sys(SYS_read, FRAMES_IN, to, room);

    if (size == -EINTR || size == -EAGAIN)
        return;
    if (size <= 0 || !inbox_filled(&self.inbox, (size_t)size, handle_frame, NULL))
        lose_lwd();
}

static void give_credit(struct input *input, enum frame_kind kind)
{
    uint32_t credit = input_take_credit(input);

    if (credit)
        outbox_put(&self.outbox, kind, &credit, sizeof credit);
}

/* --- the script --- */

static void begin(const char *text)
{
    const char *what;
    unsigned number = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (unsigned)(*text - '0');
    /* Where there is no domain the script has removed the log, perhaps before it could be opened. */
    if (self.log_error)
        complain(self.log_path, self.log_error);
    int error = domain_begin(&self.domain, number, &what);

    if (error)
        complain(what, error);
}

static void obey(const char *line)
{
    if (strncmp(line, "domain ", 7) == 0)
        begin(line + 7);
    else if (strcmp(line, "ended") == 0)
        domain_end(&self.domain, &self.outbox);
    else if (strcmp(line, "destroyed") == 0)
        self.status = STATUS_DESTROYED;
    else if (strcmp(line, "kept") == 0)
        self.status = STATUS_KEPT;
}

static void take_words(void)
{
    char bytes[256];
    long size = sys(SYS_read, WORDS_IN, bytes, sizeof bytes);

    if (size <= 0) {
        self.script_done = size != -EINTR;
        return;
    }
    for (long i = 0; i < size; i++) {
        if (bytes[i] != '\n') {
            if (self.words < sizeof self.line - 1)
                self.line[self.words++] = bytes[i];
            continue;
        }
        self.line[self.words] = '\0';
        self.words = 0;
        obey(self.line);
    }
}

/* --- the loop --- */

static void poll_all(bool closing)
{
    struct linux_poll polls[POLLS] = {
        [POLL_WORDS] = { closing ? -1 : WORDS_IN, POLLIN, 0 },
        [POLL_IN] = { self.lwd_gone ? -1 : FRAMES_IN, POLLIN, 0 },
        [POLL_OUT] = { self.lwd_gone ? -1 : FRAMES_OUT, outbox_filled(&self.outbox) ? POLLOUT : 0, 0 },
        [POLL_STORE] = { self.domain.store.descriptor, POLLIN, 0 },
        [POLL_EVENTS] = { self.domain.attached ? self.domain.events : -1, POLLIN, 0 },
        [POLL_LOG] = { self.log_changes, POLLIN, 0 },
    };

    if (sys(SYS_poll, polls, POLLS, -1) < 0)
        return;
    if (polls[POLL_OUT].found & (POLLERR | POLLHUP))
        lose_lwd();
    if (polls[POLL_IN].found)
        take_frames();
    if (polls[POLL_STORE].found && !domain_store_ready(&self.domain))
        tell_of_lost_store();
    if (polls[POLL_EVENTS].found)
        domain_events_ready(&self.domain);
    if (polls[POLL_LOG].found)
        log_has_changed();
    if (polls[POLL_WORDS].found)
        take_words();
}

/* True: the log was passed on to its end. What had no room is looked at again at once when there is some: nothing would tell. */
static bool serve(void)
{
    bool all, was_full;

    do {
        domain_serve(&self.domain, &self.outbox, &self.input);
        give_credit(&self.input, FRAME_CREDIT);
        give_credit(&self.domain.stream.from_lwd, FRAME_STREAM_CREDIT);
        all = read_log();
        was_full = outbox_filled(&self.outbox) >= OUTBOX_USUAL;
        send_frames();
    } while (was_full && outbox_filled(&self.outbox) < OUTBOX_USUAL);
    return all;
}

static void ignore_broken_pipes(void)
{
    const struct linux_signal_action ignore = { .handler = LINUX_SIG_IGN };

    sys(SYS_rt_sigaction, LINUX_SIGPIPE, &ignore, NULL, 8);
}

int server_main(int count, char **arguments)
{
    bool ended = false;

    if (count >= 7 && strcmp(arguments[1], "claim") == 0)
        return shell_claim(arguments + 2, arguments + count + 1);
    if (count == 3 && strcmp(arguments[1], "drop") == 0)
        return shell_drop(arguments[2]);
    if (count == 2 && strcmp(arguments[1], "lock") == 0)
        return shell_lock(LOCKED_FILE);
    if (count == 6 && strcmp(arguments[1], "log") == 0)
        return log_keep(arguments + 2);
    if (count != 3 && count != 4)
        return complain("arguments: LOG OFFSET [LIMIT]", -EINVAL), 1;
    domain_init(&self.domain);
    ignore_broken_pipes();
    sys(SYS_prctl, PR_SET_NAME, "lwd-process");
    sys(SYS_fcntl, FRAMES_OUT, F_SETFL, O_NONBLOCK);
    open_log(arguments[1], arguments[2], count == 4 ? arguments[3] : "");
    while (!self.script_done) {
        serve();
        poll_all(false);
    }
    domain_end(&self.domain, &self.outbox);
    while (!ended || outbox_filled(&self.outbox)) {
        if (serve() && !ended)
            ended = outbox_put(&self.outbox, FRAME_END, NULL, 0);
        send_frames();
        if (outbox_filled(&self.outbox))
            poll_all(true);
    }
    return self.status;
}
