/*
 * lwIP as a domain has it (ports/lwip/lwipopts.h), but for what its unit tests look at, and the sizes that they reckon
 * with.
 */
#ifndef LWD_TEST_LWIPOPTS_H
#define LWD_TEST_LWIPOPTS_H

#include "ports/lwip/lwipopts.h"

#define LWIP_TESTMODE 1
#undef LWIP_STATS
#define LWIP_STATS 1
#define MEM_STATS 1
#define MEMP_STATS 1
#define MIB2_STATS 1
#define LWIP_NETIF_EXT_STATUS_CALLBACK 1
#define ETHARP_SUPPORT_STATIC_ENTRIES 1

/* They know the sequence numbers that lwIP itself would choose. */
#undef LWIP_HOOK_TCP_ISN

#undef TCP_MSS
#undef TCP_WND
#undef TCP_SND_BUF
#undef TCP_SND_QUEUELEN
#undef TCP_SNDLOWAT
#undef TCP_SNDQUEUELOWAT
#undef TCP_RCV_SCALE
#undef TCP_TMR_INTERVAL
#define TCP_MSS 536
#define TCP_WND (10 * TCP_MSS)
#define TCP_SND_BUF (12 * TCP_MSS)
#define TCP_SND_QUEUELEN 40
#define TCP_RCV_SCALE 0

#endif
