/* What programs ask of the system around them: who they are, limits, real paths, the calendar, locks of streams. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "verdict.h"

TEST(the_one_user)
{
    struct utsname system;
    char name[65];

    check_equal(getuid(), 0);
    check_equal(setuid(geteuid()), 0);
    check_refused(setgid(5), EPERM);
    check_equal(setgroups(1, (gid_t[]){ 0 }), 0);
    check_refused(setgroups(1, (gid_t[]){ 5 }), EPERM);
    check_text(getpwuid(getuid())->pw_name, "root");
    check(getpwnam("nobody") == NULL);
    check_equal(getgrnam("root")->gr_gid, getegid());
    check_equal(uname(&system), 0);
    check_text(system.sysname, "lwd");
    check_equal(gethostname(name, sizeof name), 0);
    check_text(name, system.nodename);
    check(strlen(name) > 0);
    check_refused(gethostname(name, 1), ENAMETOOLONG);
}

TEST(limits_of_the_system)
{
    int descriptors[2];
    struct rusage usage;

    check_equal(sysconf(_SC_PAGESIZE), getpagesize());
    check_equal(sysconf(_SC_NPROCESSORS_ONLN), 1);
    check(sysconf(_SC_PHYS_PAGES) > sysconf(_SC_AVPHYS_PAGES));
    check(sysconf(_SC_AVPHYS_PAGES) > 0);
    check(sysconf(_SC_OPEN_MAX) >= 64);
    check_equal(sysconf(_SC_THREADS), 200809);
    check_refused(sysconf(-1), EINVAL);
    errno = 0;
    check_equal(sysconf(_SC_JOB_CONTROL), -1);
    check_equal(errno, 0);
    check_equal(pathconf("/", _PC_NAME_MAX), 255);
    check_refused(fpathconf(999, _PC_NAME_MAX), EBADF);
    check_equal(pipe(descriptors), 0);
    check_equal(fpathconf(descriptors[0], _PC_PIPE_BUF), PIPE_BUF);
    close(descriptors[0]);
    close(descriptors[1]);
    check_equal(getrusage(RUSAGE_SELF, &usage), 0);
    check(usage.ru_utime.tv_sec > 0 || usage.ru_utime.tv_usec > 0);
    check_refused(getrusage(77, &usage), EINVAL);
}

static void check_real(const char *path, const char *wanted)
{
    char *found = realpath(path, NULL);

    if (!found)
        fail("realpath(%s): %s", path, strerror(errno));
    check_text(found, wanted);
    free(found);
}

TEST(real_paths)
{
    char path[PATH_MAX];

    check_real("/data/deep/../deep//er/./copy.txt", "/data/deep/er/copy.txt");
    check_real("/", "/");
    check_real("/..", "/");
    check_equal(chdir("/data/deep"), 0);
    check_real("er", "/data/deep/er");
    check_real("../empty", "/data/empty");
    check_equal(chdir("/"), 0);
    check_real("data", "/data");
    check(realpath("/data", path) == path);
    check(realpath("", path) == NULL && errno == ENOENT);
    check(realpath("/no/such", path) == NULL && errno == ENOENT);
    check(realpath("/text.txt/below", path) == NULL && errno == ENOTDIR);
}

TEST(owners_and_modes)
{
    struct stat status;
    mode_t mask = umask(077);

    check_equal(umask(mask), 077);
    check_equal(mask, 022);
    check_equal(stat("/text.txt", &status), 0);
    check_equal(chown("/text.txt", status.st_uid, (gid_t)-1), 0);
    check_refused(chown("/text.txt", 77, (gid_t)-1), EPERM);
    check_refused(chown("/none", 0, 0), ENOENT);
    check_refused(fchown(999, 0, 0), EBADF);
    int file = open("/text.txt", O_RDONLY);

    check_equal(fchmod(file, status.st_mode & 07777), 0);
    check_refused(fchmod(file, 0777 ^ (status.st_mode & 07777)), EPERM);
    close(file);
}

TEST(what_a_domain_cannot_do)
{
    int status;

    check(popen("true", "r") == NULL && errno == ENOSYS);
    check_refused(execvp("true", (char *[]){ "true", NULL }), ENOSYS);
    check_refused(mkfifo("/fifo", 0600), ENOSYS);
    check_refused(linkat(AT_FDCWD, "/text.txt", AT_FDCWD, "/other", 0), EROFS);
    check_refused(linkat(7, "text.txt", AT_FDCWD, "/other", 0), EBADF);
    check_refused(waitpid(-1, &status, WNOHANG), ECHILD);
}

/* The fields may be out of their ranges; what gmtime() says of a time leads back to it. */
TEST(universal_time)
{
    struct tm date = { .tm_year = 100, .tm_mon = 1, .tm_mday = 29, .tm_hour = 12 };

    check_equal(timegm(&date), 951825600);
    check_equal(date.tm_wday, 2);
    check_equal(date.tm_yday, 59);
    date = (struct tm){ .tm_year = 70, .tm_mon = -1, .tm_mday = 1 };
    check_equal(timegm(&date), -2678400);
    check_equal(date.tm_year, 69);
    for (int i = 0; i < 20000; i++) {
        /* From the year -4000 to 8000. */
        time_t wanted = (time_t)random_below(400000000000) - 200000000000, found;
        struct tm fields = *gmtime(&wanted);

        fields.tm_mday += 400;
        fields.tm_mon -= 25;
        fields.tm_mon += 25;
        fields.tm_mday -= 400;
        found = timegm(&fields);
        check_equal(found, wanted);
    }
}

TEST(locks_of_streams)
{
    flockfile(stdout);
    check_equal(ftrylockfile(stdout), 0);
    printf("%s", "");
    funlockfile(stdout);
    funlockfile(stdout);
}

static jmp_buf place;

static _Noreturn void leave(int value)
{
    _longjmp(place, value);
}

TEST(jumps_without_signal_mask)
{
    volatile int visits = 0;
    int value = _setjmp(place);

    visits = visits + 1;
    if (value == 0)
        leave(7);
    check_equal(value, 7);
    check_equal(visits, 2);
}
