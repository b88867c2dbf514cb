/* Says, first thing in main, the time stamp and how long the kernel took from its entry. */
#include <lwd/time.h>
#include <stdio.h>

int main(void)
{
    unsigned long since_entry = lwd_time_since_entry();

    printf("tsc %llu entry-to-main %lu ns\n", __builtin_readcyclecounter(), since_entry);
    return 0;
}
