/*
 * Time, beyond what POSIX has. For execution environments and applications.
 */
#ifndef LWD_TIME_H
#define LWD_TIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Nanoseconds since the domain's first instruction: what the kernel needed to start, if main() asks first thing. Neither
 * blocks nor calls the hypervisor.
 */
uint64_t lwd_time_since_entry(void);

#ifdef __cplusplus
}
#endif
#endif
