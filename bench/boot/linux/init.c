/*
 * The rival's init: a static program and nothing else in Debian's kernel's initramfs. Says when it began, in the form of
 * ../stdio/src/main.c, and ends the domain. As `stamp` in dom0 it only says the time.
 */
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    printf("tsc %llu\n", __builtin_readcyclecounter());
    fflush(stdout);
    if (argc > 0 && strcmp(argv[0], "/init") == 0)
        reboot(RB_AUTOBOOT);
    return 0;
}
