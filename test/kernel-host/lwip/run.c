/*
 * Runs lwIP's unit tests of what the kernel uses of it: each in a child, one verdict a test on stdout.
 */
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lwip_check.h"

#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/sys.h"

#include "core/checksum.h"

#define SECONDS 20

struct check_tcase {
    SFun setup, teardown;
    const TTest *test;
    struct check_tcase *next;
};

struct check_suite {
    const char *name;
    TCase *first, **last;
};

static int report[2];

void check_fail(const char *file, int line, const char *what)
{
    const char *name = strrchr(file, '/');

    dprintf(report[1], "%s:%d: %s", name ? name + 1 : file, line, what);
    _exit(1);
}

Suite *suite_create(const char *name)
{
    Suite *suite = calloc(1, sizeof *suite);

    suite->name = name;
    suite->last = &suite->first;
    return suite;
}

TCase *tcase_create(const char *name)
{
    (void)name;
    return calloc(1, sizeof(TCase));
}

void tcase_add_checked_fixture(TCase *tcase, SFun setup, SFun teardown)
{
    tcase->setup = setup;
    tcase->teardown = teardown;
}

void tcase_add_test(TCase *tcase, const TTest *test)
{
    tcase->test = test;
}

void suite_add_tcase(Suite *suite, TCase *tcase)
{
    *suite->last = tcase;
    suite->last = &tcase->next;
}

Suite *create_suite(const char *name, testfunc *tests, size_t count, SFun setup, SFun teardown)
{
    Suite *suite = suite_create(name);

    for (size_t i = 0; i < count; i++) {
        TCase *tcase = tcase_create(name);

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, tests[i]);
        suite_add_tcase(suite, tcase);
    }
    return suite;
}

static void run_in_child(const TCase *tcase)
{
    alarm(SECONDS);
    if (tcase->setup)
        tcase->setup();
    tcase->test->run();
    if (tcase->teardown)
        tcase->teardown();
    _exit(0);
}

static void run(const Suite *suite, const TCase *tcase)
{
    char why[400] = "";
    int status;

    fflush(stdout);
    if (pipe(report))
        abort();
    pid_t child = fork();

    if (child == 0)
        run_in_child(tcase);
    close(report[1]);
    ssize_t size = read(report[0], why, sizeof why - 1);

    close(report[0]);
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        printf("SUCCESS lwip/%s/%s\n", suite->name, tcase->test->name);
    else if (size > 0)
        printf("FAILURE lwip/%s/%s: %s\n", suite->name, tcase->test->name, why);
    else
        printf("CRASH lwip/%s/%s: status %#x\n", suite->name, tcase->test->name, status);
}

/* The pools are counted in lwIP's statistics; the heap's users by its own, in memory.c. */
void lwip_check_ensure_no_alloc(unsigned int skip)
{
    for (int i = 0; i < MEMP_MAX; i++)
        if (!(skip & SKIP_POOL(i)))
            fail_unless(lwip_stats.memp[i]->used == 0);
}

Suite *ip4_suite(void), *ip6_suite(void), *udp_suite(void), *tcp_suite(void), *tcp_oos_suite(void),
    *tcp_state_suite(void), *def_suite(void), *dns_suite(void), *mem_suite(void), *netif_suite(void),
    *pbuf_suite(void), *timers_suite(void), *etharp_suite(void), *dhcp_suite(void), *segment_suite(void);

int main(void)
{
    suite_getter_fn *const suites[] = {
        ip4_suite, ip6_suite,  udp_suite,   tcp_suite,  tcp_oos_suite, tcp_state_suite, def_suite,
        dns_suite, mem_suite,  netif_suite, pbuf_suite, timers_suite,  etharp_suite,    dhcp_suite, segment_suite,
    };

    lwip_init();
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        const Suite *suite = suites[i]();

        for (const TCase *tcase = suite->first; tcase; tcase = tcase->next)
            run(suite, tcase);
    }
    return 0;
}

/* Delivers what was sent to ourselves. */
int tcpip_thread_poll_one(void)
{
    netif_poll_all();
    return 0;
}

/* --- what lwIP asks of the kernel (ports/lwip/cc.h) --- */

void network_assertion_failed(const char *what, const char *file, int line)
{
    check_fail(file, line, what);
}

uint32_t network_random(void)
{
    return (uint32_t)rand();
}

void *network_allocate(size_t size)
{
    return malloc(size);
}

void *network_allocate_zeroed(size_t count, size_t size)
{
    return calloc(count, size);
}

void network_release(void *memory)
{
    free(memory);
}

/* The tests set the time. */
uint32_t lwip_sys_now;

u32_t sys_now(void)
{
    return lwip_sys_now;
}

/* As in kernel/net/support.c. */
uint16_t network_checksum(const void *data, int length)
{
    return checksum_fold(checksum_add(0, data, (size_t)length));
}
