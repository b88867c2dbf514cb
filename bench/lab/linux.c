/*
 * Process 1 of a Linux domain that runs one benchmark: everything that a distribution's init would have done for it.
 * What is wanted comes in the environment, which the kernel fills with what it does not know of its command line:
 *
 *   BENCH_IP=10.0.3.200       the card's address, in a network of 24 bits
 *   BENCH_DISK=/dev/xvda      to be waited for
 *   BENCH_VOLUME=TAG          a 9p device, mounted at /data
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "bench/lab/main.h"

#define PATIENCE_SECONDS 20

void lab_leave(void)
{
    tcdrain(STDOUT_FILENO);
    /* The console's backend takes it from there. */
    sleep(1);
    reboot(RB_AUTOBOOT);
    _exit(1);
}

static void must(int condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    printf("bench: status 71\n");
    fflush(stdout);
    lab_leave();
}

static void load_modules(void)
{
    FILE *order = fopen("/modules/order", "r");
    char line[256], path[300];

    while (order && fgets(line, sizeof line, order)) {
        line[strcspn(line, "\n")] = '\0';
        snprintf(path, sizeof path, "/modules/%s", line);
        int module = open(path, O_RDONLY);

        must(module >= 0 && syscall(SYS_finit_module, module, "", 0) == 0, path);
        close(module);
    }
    if (order)
        fclose(order);
}

/* A device appears some time after its driver. */
static void wait_for_file(const char *path)
{
    for (int i = 0; i < PATIENCE_SECONDS * 100 && access(path, F_OK) != 0; i++)
        usleep(10000);
    must(access(path, F_OK) == 0, path);
}

static void set_address(int socket_, struct ifreq *request, unsigned long which, const char *address)
{
    struct sockaddr_in value = { .sin_family = AF_INET };

    must(inet_pton(AF_INET, address, &value.sin_addr) == 1, address);
    memcpy(&request->ifr_addr, &value, sizeof value);
    must(ioctl(socket_, which, request) == 0, "the card's address");
}

static void set_up_network(const char *address)
{
    struct ifreq request = { .ifr_name = "eth0" };
    int socket_ = socket(AF_INET, SOCK_DGRAM, 0);

    wait_for_file("/sys/class/net/eth0");
    set_address(socket_, &request, SIOCSIFADDR, address);
    set_address(socket_, &request, SIOCSIFNETMASK, "255.255.255.0");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    must(ioctl(socket_, SIOCSIFFLAGS, &request) == 0, "eth0");
    close(socket_);
}

/* Several at once are common in real life; which of the limits counts is the benchmark's to find out. */
static void mount_volume(const char *tag)
{
    mkdir("/data", 0755);
    for (int i = 0; i < PATIENCE_SECONDS * 100; i++) {
        if (mount(tag, "/data", "9p", 0, "trans=xen,version=9p2000.L,msize=1048576,cache=none") == 0)
            return;
        usleep(10000);
    }
    must(0, "the volume");
}

void lab_prepare(void)
{
    const char *address = getenv("BENCH_IP"), *disk = getenv("BENCH_DISK"), *volume = getenv("BENCH_VOLUME");
    struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/tmp", 01777);
    must(mount("dev", "/dev", "devtmpfs", 0, "") == 0, "/dev");
    must(mount("proc", "/proc", "proc", 0, "") == 0, "/proc");
    must(mount("sys", "/sys", "sysfs", 0, "") == 0, "/sys");
    setrlimit(RLIMIT_MEMLOCK, &none);
    if (address || disk || volume)
        load_modules();
    if (disk)
        wait_for_file(disk);
    if (address)
        set_up_network(address);
    if (volume)
        mount_volume(volume);
}
