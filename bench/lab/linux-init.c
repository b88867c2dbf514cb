/*
 * All that runs in the Linux domain beside Debian's kernel: prints the line that is waited for, then sleeps until
 * the domain is destroyed.
 */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    static const char line[] = "bench: main runs\n";
    int console = open("/dev/console", O_WRONLY);

    if (write(console, line, sizeof line - 1) < 0)
        return 1;
    fsync(console);
    sleep(3600);
    return 0;
}
