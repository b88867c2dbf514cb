/* zlib's own example.c, under a name of its own beside the others. */
#define main example_main
#include "../source/test/example.c"
