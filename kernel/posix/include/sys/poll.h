/*
 * The older name of <poll.h>, which programs still use.
 */
#include <poll.h>
