/* There, and nothing more. With an argument: ends at once. */
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    while (argc == 1)
        sleep(1000000);
    return 0;
}
