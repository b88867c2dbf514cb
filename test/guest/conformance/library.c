/*
 * The C library's further parts: words, tables, terminals, accounts, Unicode, states of random().
 */
#include "conform.h"

#include <byteswap.h>
#include <complex.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <fmtmsg.h>
#include <getopt.h>
#include <grp.h>
#include <locale.h>
#include <nl_types.h>
#include <pwd.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/timeb.h>
#include <syslog.h>
#include <termios.h>
#include <time.h>
#include <uchar.h>
#include <ulimit.h>
#include <unistd.h>
#include <wordexp.h>

static void check_words(void)
{
    char pattern[256];
    wordexp_t words = { 0 };

    begin_group("wordexp", "variables, quotes, patterns, refusals");
    setenv("LWD_A", "one two", 1);
    setenv("LWD_E", "", 1);
    CHECK(wordexp("a '$LWD_A' \"$LWD_A\"x $LWD_A", &words, 0) == 0 && words.we_wordc == 5);
    CHECK_TEXT(words.we_wordv[1], "$LWD_A");
    CHECK_TEXT(words.we_wordv[2], "one twox");
    CHECK_TEXT(words.we_wordv[4], "two");
    CHECK(wordexp("${LWD_N:-other} ${LWD_E:+no}${#LWD_A} \\$x", &words, WRDE_APPEND) == 0 && words.we_wordc == 8);
    CHECK_TEXT(words.we_wordv[6], "7");
    CHECK_TEXT(words.we_wordv[7], "$x");
    wordfree(&words);
    words.we_offs = 2;
    snprintf(pattern, sizeof pattern, "%s/l*.txt \"%s/l*.txt\"", tree, tree);
    CHECK(wordexp(pattern, &words, WRDE_DOOFFS) == 0 && words.we_wordc == 2 && !words.we_wordv[0] && !words.we_wordv[1]);
    CHECK(strstr(words.we_wordv[2], "/lines.txt") && strstr(words.we_wordv[3], "/l*.txt"));
    wordfree(&words);
    CHECK(wordexp("a | b", &words, 0) == WRDE_BADCHAR && wordexp("'a", &words, 0) == WRDE_SYNTAX);
    CHECK(wordexp("$(ls)", &words, WRDE_NOCMD) == WRDE_CMDSUB && wordexp("$LWD_N", &words, WRDE_UNDEF) == WRDE_BADVAL);
}

struct element {
    struct element *next, *previous;
};

static int compare(const void *one, const void *other)
{
    return *(const int *)one - *(const int *)other;
}

static void check_tables(void)
{
    struct element first, second, third;
    int table[4] = { 3, 1, 2 }, key = 2, missing = 9;
    size_t count = 3;

    begin_group("tables and lists", "lfind, lsearch, insque, remque");
    CHECK(lfind(&key, table, &count, sizeof key, compare) == &table[2] && !lfind(&missing, table, &count, sizeof key, compare));
    CHECK(lsearch(&missing, table, &count, sizeof key, compare) == &table[3] && count == 4 && table[3] == 9);
    CHECK(lsearch(&key, table, &count, sizeof key, compare) == &table[2] && count == 4);
    insque(&first, NULL);
    insque(&third, &first);
    insque(&second, &first);
    CHECK(first.next == &second && second.next == &third && third.previous == &second && !third.next && !first.previous);
    remque(&second);
    CHECK(first.next == &third && third.previous == &first);
}

static void check_accounts(void)
{
    struct passwd entry, *found;
    struct group group, *found_group;
    char buffer[1024];

    begin_group("accounts", "getpw*, getgr*");
    setpwent();
    CHECK((found = getpwent()) && getpwuid(found->pw_uid));
    endpwent();
    CHECK((found = getpwuid(0)) && strcmp(found->pw_name, "root") == 0 && getpwnam("root")->pw_uid == 0);
    CHECK(!getpwnam("nobody-of-this-name") && getpwnam_r("root", &entry, buffer, sizeof buffer, &found) == 0 && found == &entry);
    CHECK(getpwnam_r("nobody-of-this-name", &entry, buffer, sizeof buffer, &found) == 0 && !found);
    setgrent();
    CHECK(getgrent() && getgrnam("root")->gr_gid == 0 && getgrgid_r(0, &group, buffer, sizeof buffer, &found_group) == 0);
    endgrent();
    CHECK(found_group == &group && strcmp(group.gr_name, "root") == 0);
}

static void check_terminals(void)
{
    struct termios modes = { .c_lflag = ICANON | ECHO | ISIG };
    char name[L_ctermid];
    int ends[2];

    begin_group("terminals", "a pipe is none; modes as a structure");
    CHECK(pipe(ends) == 0);
    CHECK_REFUSED(tcgetattr(ends[0], &modes), ENOTTY);
    CHECK_REFUSED(tcsetattr(ends[0], TCSANOW, &modes), ENOTTY);
    CHECK_REFUSED(tcdrain(ends[1]), ENOTTY);
    CHECK_REFUSED(tcflush(-1, TCIFLUSH), EBADF);
    CHECK_REFUSED(tcgetpgrp(ends[0]), ENOTTY);
    CHECK(!isatty(ends[0]) && ttyname(ends[0]) == NULL && ctermid(name) == name && name[0] == '/');
    cfmakeraw(&modes);
    CHECK(!(modes.c_lflag & (ICANON | ECHO | ISIG)) && (modes.c_cflag & CSIZE) == CS8 && modes.c_cc[VMIN] == 1);
    CHECK(cfsetospeed(&modes, B9600) == 0 && cfgetospeed(&modes) == B9600 && cfsetispeed(&modes, B38400) == 0 && cfgetispeed(&modes) == B38400);
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void check_unicode(void)
{
    mbstate_t state = { 0 };
    char bytes[8];
    char16_t sixteen;
    char32_t thirty_two;

    begin_group("Unicode", "mbrtoc16, c16rtomb, mbrtoc32, c32rtomb");
    setlocale(LC_ALL, "C.UTF-8");
    CHECK(mbrtoc32(&thirty_two, "\xf0\x9f\x98\x80", 4, &state) == 4 && thirty_two == 0x1f600);
    CHECK(c32rtomb(bytes, 0x20ac, &state) == 3 && memcmp(bytes, "\xe2\x82\xac", 3) == 0);
    memset(&state, 0, sizeof state);
    CHECK(mbrtoc16(&sixteen, "\xf0\x9f\x98\x80", 4, &state) == 4 && sixteen == 0xd83d);
    CHECK(mbrtoc16(&sixteen, "", 1, &state) == (size_t)-3 && sixteen == 0xde00);
    memset(&state, 0, sizeof state);
    CHECK(c16rtomb(bytes, 0xd83d, &state) == 0 && c16rtomb(bytes, 0xde00, &state) == 4 && memcmp(bytes, "\xf0\x9f\x98\x80", 4) == 0);
    memset(&state, 0, sizeof state);
    CHECK(mbrtoc32(&thirty_two, "\xe2\x82", 2, &state) == (size_t)-2);
    memset(&state, 0, sizeof state);
    errno = 0;
    CHECK(mbrtoc32(&thirty_two, "\xff", 1, &state) == (size_t)-1 && errno == EILSEQ);
    setlocale(LC_ALL, "C");
}

static void check_states(void)
{
    static char state[64];
    long first[3];

    begin_group("random states", "initstate, setstate");
    char *before = initstate(5, state, sizeof state);

    for (int i = 0; i < 3; i++)
        first[i] = random();
    char *own = setstate(before);

    CHECK(own == state && random() >= 0);
    setstate(state);
    srandom(5);
    CHECK(random() == first[0] && random() == first[1] && random() == first[2]);
    setstate(before);
    srandom(1);
    CHECK(random() == 1804289383 && random() == 846930886);
}

static void check_others(void)
{
    struct timeb now;
    struct option options[] = { { "first", no_argument, NULL, 'f' }, { "value", required_argument, NULL, 'v' }, { 0 } };
    char *words[] = { "program", "stays", "--val=7", "-f", "also", NULL }, path[32];
    clockid_t clock;
    struct timespec used;
    sigset_t set;

    begin_group("further functions", "confstr, ftime, ulimit, getopt_long, getsubopt, signals of old, byte order");
    CHECK(confstr(_CS_PATH, path, sizeof path) > 0);
    errno = 0;
    CHECK(confstr(99999, path, sizeof path) == 0 && errno == EINVAL);
    CHECK(ftime(&now) == 0 && labs((long)now.time - (long)time(NULL)) < 10 && now.millitm < 1000);
    CHECK(ulimit(UL_GETFSIZE) > 0 && getdtablesize() > 100);
    CHECK(clock_getcpuclockid(0, &clock) == 0 && clock_gettime(clock, &used) == 0);
    optind = 0;
    CHECK(getopt_long(5, words, "fv:", options, NULL) == 'v' && strcmp(optarg, "7") == 0);
    CHECK(getopt_long(5, words, "fv:", options, NULL) == 'f' && getopt_long(5, words, "fv:", options, NULL) == -1);
    char suboptions[] = "ro,size=12,bad=3", *rest = suboptions, *value;
    char *const tokens[] = { "ro", "size", NULL };

    CHECK(getsubopt(&rest, tokens, &value) == 0 && !value);
    CHECK(getsubopt(&rest, tokens, &value) == 1 && strcmp(value, "12") == 0);
    CHECK(getsubopt(&rest, tokens, &value) == -1 && strcmp(value, "bad=3") == 0 && *rest == '\0');
    CHECK(optind == 3 && strcmp(words[3], "stays") == 0 && strcmp(words[4], "also") == 0);
    CHECK(sigset(SIGXCPU, SIG_HOLD) == SIG_DFL && sigprocmask(SIG_BLOCK, NULL, &set) == 0 && sigismember(&set, SIGXCPU));
    CHECK(sigset(SIGXCPU, SIG_IGN) == SIG_HOLD && sigignore(SIGUSR1) == 0);
    CHECK(be16toh(htobe16(0x1234)) == 0x1234 && htole32(7) == 7 && bswap_32(0x11223344) == 0x44332211);
    CHECK(catgets((nl_catd)-1, 1, 1, "own") != NULL && catopen("lwd-none", 0) == (nl_catd)-1);
    CHECK(setlogmask(LOG_UPTO(LOG_ERR)) == LOG_UPTO(LOG_DEBUG) && setlogmask(0) == LOG_UPTO(LOG_ERR));
    syslog(LOG_DEBUG, "is not shown");
    char *here = getcwd(NULL, 0);

    CHECK(here && here[0] == '/');
    free(here);
    errno = 0;
    CHECK(getcwd(path, 1) == NULL && errno == ERANGE);
    sync();
}

static int near(long double complex one, long double complex other)
{
    return cabsl(one - other) <= 1e-15L * (1 + cabsl(other));
}

static void check_complex(void)
{
    long double complex z = 0.5L + 0.75L * I;

    begin_group("complex numbers", "long double: exp, log, sqrt, pow, trigonometric, hyperbolic");
    CHECK(near(clogl(cexpl(z)), z) && near(csqrtl(z) * csqrtl(z), z) && near(cpowl(z, 2), z * z));
    CHECK(near(csinl(z) * csinl(z) + ccosl(z) * ccosl(z), 1) && near(ctanl(z), csinl(z) / ccosl(z)));
    CHECK(near(ccoshl(z) * ccoshl(z) - csinhl(z) * csinhl(z), 1) && near(ctanhl(z), csinhl(z) / ccoshl(z)));
    CHECK(near(ctanl(catanl(z)), z) && cargl(-1 + 0.0L * I) > 3.14L && crealf(conjf(1 + 2 * I)) == 1);
    CHECK(cabs(3 + 4 * I) == 5 && cimag(cproj(1 + 2 * I)) == 2 && near(cexp(I * 3.14159265358979323846), -1));
}

void check_library(void)
{
    check_words();
    check_tables();
    check_accounts();
    check_terminals();
    check_unicode();
    check_states();
    check_others();
    check_complex();
}
