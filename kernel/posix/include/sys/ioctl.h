/*
 * Requests of ioctl() that lwd knows, by the names and numbers that programs written for Linux use.
 */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#ifdef __cplusplus
extern "C" {
#endif

#define FIONREAD 0x541b
#define FIONBIO 0x5421
#define TIOCGWINSZ 0x5413
/*
 * Of block devices: read-only (int), size in units of 512 bytes (unsigned long), drop caches (there are none), sector size
 * (int), discard a range (uint64_t[2]: offset and length in bytes), size in bytes (unsigned long long).
 */
#define BLKROGET 0x125e
#define BLKGETSIZE 0x1260
#define BLKFLSBUF 0x1261
#define BLKSSZGET 0x1268
#define BLKDISCARD 0x1277
#define BLKGETSIZE64 0x80081272

struct winsize {
    unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

int ioctl(int, unsigned long, ...);

#ifdef __cplusplus
}
#endif
#endif
