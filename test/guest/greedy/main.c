/*
 * A domain that takes whatever it is not refused: event channels, grants, nodes of xenstore; then it writes to the console
 * as fast as that goes, for a while, and after that it never looks at its network card again, nor at anything else.
 *
 * Begins when a packet comes, so that whoever sends knows where to. Prints how much it got of each.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DOM0 0
#define PORT 9
/* More of anything than any limit of Xen's. */
#define ENOUGH 100000
#define WRITING_SECONDS 2

/* The kernel's own (xen/evtchn.h, xen/gnttab.h, drivers/xenstore.h). */
int evtchn_bind_remote(uint16_t domain, void (*handler)(void *), void *argument);
int gnttab_grant(uint16_t domain, uint64_t frame, bool readonly);
int xenstore_write(const char *path, const char *value);

static void ignore(void *argument)
{
    (void)argument;
}

static int take_channel(int number)
{
    (void)number;
    return evtchn_bind_remote(DOM0, ignore, NULL);
}

static int take_grant(int number)
{
    return gnttab_grant(DOM0, (uint64_t)number % 1024, false);
}

static int take_node(int number)
{
    static char value[1500];
    char path[64];

    memset(value, 'x', sizeof value - 1);
    snprintf(path, sizeof path, "data/lwd/greedy/%d", number);
    return xenstore_write(path, value);
}

static void take_all(const char *what, int (*take)(int number))
{
    int count = 0, error = 0;

    while (count < ENOUGH && (error = take(count)) >= 0)
        count++;
    printf("%s %d, then %s\n", what, count, strerror(-error));
}

static int wait_for_packet(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    int listening = socket(AF_INET, SOCK_DGRAM, 0);
    char byte;

    if (listening < 0 || bind(listening, (struct sockaddr *)&any, sizeof any))
        return -1;
    puts("waiting");
    return (int)recv(listening, &byte, 1, 0);
}

static void write_on_and_on(void)
{
    time_t end = time(NULL) + WRITING_SECONDS;
    char line[200];

    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    while (time(NULL) < end)
        write(STDOUT_FILENO, line, sizeof line);
}

int main(void)
{
    if (wait_for_packet() < 0)
        return 1;
    take_all("channels", take_channel);
    take_all("grants", take_grant);
    take_all("nodes", take_node);
    puts("writing");
    write_on_and_on();
    puts("silent");
    for (volatile unsigned long counter = 0;; counter++)
        ;
}
