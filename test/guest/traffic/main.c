/*
 * Keeps its disk and its network card busy until it is asked to end: a sector and a datagram a turn. What becomes of the datagram
 * is nobody's affair.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char sector[512];

int main(void)
{
    const struct sockaddr_in host = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = inet_addr("10.0.3.1")
    };
    int disk = open("/dev/xvda", O_RDWR), card = socket(AF_INET, SOCK_DGRAM, 0);

    if (disk < 0 || card < 0) {
        perror(disk < 0 ? "/dev/xvda" : "socket");
        return 1;
    }
    for (unsigned long turn = 0;; turn++) {
        memset(sector, (int)turn, sizeof sector);
        if (pwrite(disk, sector, sizeof sector, 0) != sizeof sector || fsync(disk) != 0)
            return 2;
        sendto(card, sector, sizeof sector, 0, (const struct sockaddr *)&host, sizeof host);
        if (turn == 0)
            puts("busy");
        usleep(20000);
    }
}
