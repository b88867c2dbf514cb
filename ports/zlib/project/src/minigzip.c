/* zlib's own minigzip.c, under a name of its own beside the others. */
#define main minigzip_main
#include "../source/test/minigzip.c"
