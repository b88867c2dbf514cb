/*
 * All that runs in a Linux domain: says how it was started, then ends as the kernel's command line wants it: END=poweroff, or
 * END=panic by its own end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
    const char *rank = getenv("LWD_RANK"), *end = getenv("END");
    struct utsname kernel;

    uname(&kernel);
    printf("%s, rank %s\n", kernel.sysname, rank != NULL ? rank : "none");
    fflush(stdout);
    if (end != NULL && strcmp(end, "panic") == 0)
        return 1;
    sync();
    reboot(RB_POWER_OFF);
    return 2;
}
