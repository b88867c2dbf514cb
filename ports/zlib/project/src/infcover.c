/* zlib's own infcover.c, under a name of its own beside the others. */
#define main infcover_main
#include "../source/test/infcover.c"
