/*
 * How lwIP is set up for a domain; installed beside its headers as <lwipopts.h>. kernel/net/ drives it: there is no
 * stack thread. Calls into lwIP never block, and threads are cooperative, so whoever has something to do calls it
 * straight: the thread that sends, and the event handler that received (kernel/net/network.h).
 */
#ifndef LWD_LWIPOPTS_H
#define LWD_LWIPOPTS_H

/* --- how it is called --- */
#define NO_SYS 1
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_ERRNO_STDINCLUDE 1
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS

/* --- memory: all of it from kernel/net/memory.c, which knows a limit --- */
#define MEM_CUSTOM_ALLOCATOR 1
#define MEM_CUSTOM_MALLOC network_allocate
#define MEM_CUSTOM_CALLOC network_allocate_zeroed
#define MEM_CUSTOM_FREE network_release
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT 16

/* --- protocols --- */
#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_TCP 1
#define LWIP_UDP 1
#define LWIP_ICMP 1
#define LWIP_ICMP6 1
#define LWIP_RAW 0
#define LWIP_ARP 1
#define LWIP_ETHERNET 1
#define ARP_TABLE_SIZE 32
#define ARP_QUEUEING 1
#define LWIP_DHCP 1
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_ACD 0
#define LWIP_AUTOIP 0
#define LWIP_DNS 1
#define DNS_MAX_SERVERS 3
#define DNS_TABLE_SIZE 8
/* Group membership has a timer of 100 ms that never rests. */
#define LWIP_IGMP 0
#define LWIP_IPV6_MLD 0
#define LWIP_IPV6_AUTOCONFIG 1
#define LWIP_IPV6_DHCP6 0
#define LWIP_ND6_RDNSS_MAX_DNS_SERVERS 2
#define IP_REASSEMBLY 1
#define IP_FRAG 1
#define IPV6_FRAG_COPYHEADER 1
/* A datagram of 64 KiB in Ethernet frames. */
#define IP_REASS_MAX_PBUFS 192

/* --- interfaces --- */
#define LWIP_SINGLE_NETIF 0
#define LWIP_HAVE_LOOPIF 1
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_LOOPBACK_MAX_PBUFS 0
#define LWIP_NETIF_LOOPBACK_MULTITHREADING 0
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_LINK_CALLBACK 1
/* By it a card also learns which connection a packet is of (kernel/net/segment.c). */
#define LWIP_NETIF_HWADDRHINT 1
#define LWIP_SUPPORT_CUSTOM_PBUF 1
/* Room that every packet leaves in front for the Ethernet header. */
#define PBUF_LINK_HLEN 14
#define PBUF_LINK_ENCAPSULATION_HLEN 0
#define ETH_PAD_SIZE 0

/* --- TCP --- */
#define TCP_MSS 1460
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 3
#define TCP_WND (256 * 1024)
#define TCP_SND_BUF (256 * 1024)
#define TCP_SND_QUEUELEN 1024
#define TCP_SNDLOWAT (16 * 1024)
#define TCP_SNDQUEUELOWAT 512
#define TCP_OVERSIZE TCP_MSS
#define TCP_QUEUE_OOSEQ 1
#define LWIP_TCP_SACK_OUT 1
#define TCP_LISTEN_BACKLOG 1
#define TCP_DEFAULT_LISTEN_BACKLOG 0xff
#define LWIP_TCP_KEEPALIVE 1
#define SO_REUSE 1
/* Delayed acknowledgements wait this long at the most; runs only while there are connections. */
#define TCP_TMR_INTERVAL 100

/* --- UDP --- */
#define LWIP_NETBUF_RECVINFO 0
#define IP_SOF_BROADCAST 1
#define IP_SOF_BROADCAST_RECV 0

/* --- checksums: each interface says what its device does --- */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_CHKSUM network_checksum

/* --- chance: initial sequence numbers, ports and DNS identifiers are not to be guessed --- */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) network_random()

#define LWIP_STATS 0
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1

#endif
