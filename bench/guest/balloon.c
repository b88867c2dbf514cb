/*
 * Memory that was used and is free again, for the host to ask back. The same source for a domain and for Linux.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (160ul << 20)

int main(void)
{
    char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return 71;
    memset(memory, 0x5a, SIZE);
    munmap(memory, SIZE);
    printf("bench: memory was used\n");
    for (;;)
        pause();
}
