/*
 * The first line of main, by printf; then how long the kernel's own part of the boot took.
 */
#include <stdio.h>

#include <lwd/time.h>

int main(void)
{
    unsigned long long since_entry = lwd_time_since_entry();

    printf("bench: main runs\n");
    printf("bench: entry to main %llu ns\n", since_entry);
    return 0;
}
