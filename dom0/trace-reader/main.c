/*
 * Reads a domain's recording (kernel/hpc/trace_form.h) out of its memory from dom0, when the domain has ended and is not yet
 * destroyed: nothing of the domain has to work for that.
 *
 *   trace-reader DOMAIN FRAME
 *
 * FRAME is where the domain says that the header is. Writes the header and the pages that it names to stdout, as they are:
 * to whoever takes them apart they are a stranger's. That the frames are the domain's own, and no other's, Xen sees to.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/format.h"
#include "hpc/trace_form.h"
#include "linux.h"

#define PAGE 4096ul

/* Linux's include/uapi/xen/privcmd.h. */
struct privcmd_map {
    uint32_t count;
    uint16_t domain;
    uint64_t address;
    const uint64_t *frames;
    int *errors;
};
#define PRIVCMD_MAP LINUX_IOCTL('P', 4, sizeof(struct privcmd_map))

int server_main(int count, char **arguments);

static int complain(const char *what, long error)
{
    char text[200];

    sys(SYS_write, 2, text, format_text(text, sizeof text, "trace-reader: %s: error %d\n", what, (int)-error));
    return 1;
}

static bool parse(const char *text, uint64_t *value)
{
    *value = 0;
    for (; *text >= '0' && *text <= '9' && *value < UINT64_MAX / 16; text++)
        *value = *value * 10 + (uint64_t)(*text - '0');
    return *text == '\0';
}

/* Shows frames of the domain's in one range. Returns its address, or a negative errno. */
static long map(int privcmd, unsigned domain, const uint64_t *frames, uint32_t count)
{
    static int errors[TRACE_FRAMES];
    long address = sys(SYS_mmap, 0, count * PAGE, PROT_READ, MAP_SHARED, privcmd, 0);

    if (address < 0 && address > -(long)PAGE)
        return address;
    struct privcmd_map request = { count, (uint16_t)domain, (uint64_t)address, frames, errors };
    long error = sys(SYS_ioctl, privcmd, PRIVCMD_MAP, &request);

    for (uint32_t i = 0; i < count && !error; i++)
        error = errors[i];
    return error < 0 ? error : address;
}

static long write_all(const void *from, size_t bytes)
{
    const char *at = from;

    while (bytes > 0) {
        long written = sys(SYS_write, 1, at, bytes);

        if (written <= 0)
            return written ? written : -EIO;
        at += written;
        bytes -= (size_t)written;
    }
    return 0;
}

int server_main(int count, char **arguments)
{
    static struct trace_header header;
    uint64_t domain, frame;

    if (count != 3 || !parse(arguments[1], &domain) || !parse(arguments[2], &frame) || domain == 0 || domain >= 0x7ff0)
        return complain("arguments: DOMAIN FRAME", -EINVAL);
    int privcmd = (int)sys(SYS_openat, AT_FDCWD, "/dev/xen/privcmd", O_RDWR | O_CLOEXEC);

    if (privcmd < 0)
        return complain("/dev/xen/privcmd", privcmd);
    long address = map(privcmd, (unsigned)domain, &frame, 1);

    if (address < 0)
        return complain("the header", address);
    /* The domain should not run any more; if it does, it cannot change what has been looked at. */
    memcpy(&header, (const void *)address, sizeof header);
    if (memcmp(header.magic, TRACE_MAGIC, sizeof header.magic) != 0 || header.frame_count == 0 ||
        header.frame_count > TRACE_FRAMES)
        return complain("no recording is there", -EINVAL);
    address = map(privcmd, (unsigned)domain, header.frames, header.frame_count);
    if (address < 0)
        return complain("the recording", address);
    long error = write_all(&header, sizeof header);

    if (!error)
        error = write_all((const void *)address, header.frame_count * PAGE);
    return error ? complain("stdout", error) : 0;
}
