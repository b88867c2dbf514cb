/*
 * All that runs in a Linux domain: says how it was started, then ends as the kernel's command line wants it: END=poweroff,
 * END=panic by its own end, or END=cpus when its second processor has been taken, given back, and taken again.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char cpu[] = "/sys/devices/system/cpu/cpu1/online";

static void wait_until_there(bool wanted)
{
    while ((access(cpu, F_OK) == 0) != wanted)
        usleep(50000);
}

/* What Xen gives back, Linux only shows: somebody, udev as a rule, has to switch it on. */
static void switch_on(void)
{
    FILE *file = fopen(cpu, "w");

    if (file == NULL || fputs("1", file) < 0 || fclose(file) != 0)
        perror(cpu);
}

static void follow_processor(void)
{
    mkdir("/sys", 0755);
    if (mount("sysfs", "/sys", "sysfs", 0, NULL) != 0)
        perror("/sys");
    wait_until_there(false);
    wait_until_there(true);
    switch_on();
    wait_until_there(false);
}

int main(void)
{
    const char *rank = getenv("LWD_RANK"), *end = getenv("END");
    struct utsname kernel;

    uname(&kernel);
    printf("%s, rank %s\n", kernel.sysname, rank != NULL ? rank : "none");
    fflush(stdout);
    if (end != NULL && strcmp(end, "panic") == 0)
        return 1;
    if (end != NULL && strcmp(end, "cpus") == 0)
        follow_processor();
    sync();
    reboot(RB_POWER_OFF);
    return 2;
}
