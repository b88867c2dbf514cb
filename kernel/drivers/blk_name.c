/*
 * xvda … xvdz, xvdaa …, with partitions.
 */
#include "drivers/blk_name.h"

#include <string.h>

#include "core/format.h"

#define MAJOR 202u
#define EXTENDED (1u << 28)
#define PREFIX "xvd"

/* With more the extended form's 20 bits of disk number would run over. */
#define MAX_DISKS (26u + 26u * 26u)
#define MAX_PARTITION 255u
#define SMALL_DISKS 16u
#define SMALL_PARTITIONS 16u

/* Letters count like digits without a zero: a … z, aa …. Returns what is behind them. */
static const char *read_disk(const char *text, uint32_t *disk)
{
    uint32_t number = 0;

    for (; *text >= 'a' && *text <= 'z' && number <= MAX_DISKS; text++)
        number = number * 26 + (uint32_t)(*text - 'a') + 1;
    *disk = number - 1;
    return text;
}

uint32_t blk_name_number(const char *name)
{
    uint32_t disk, partition = 0;

    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
        return 0;
    const char *rest = read_disk(name + strlen(PREFIX), &disk);

    if (disk >= MAX_DISKS || *rest == '0')
        return 0;
    for (; *rest >= '0' && *rest <= '9' && partition <= MAX_PARTITION; rest++)
        partition = partition * 10 + (uint32_t)(*rest - '0');
    if (*rest || partition > MAX_PARTITION)
        return 0;
    if (disk < SMALL_DISKS && partition < SMALL_PARTITIONS)
        return MAJOR << 8 | disk << 4 | partition;
    return EXTENDED | disk << 8 | partition;
}

void blk_number_name(uint32_t number, char *name)
{
    uint32_t disk, partition;
    char letters[3] = "";

    if (number & EXTENDED) {
        disk = (number & ~EXTENDED) >> 8;
        partition = number & 0xff;
    } else {
        disk = (number & 0xff) >> 4;
        partition = number & 0xf;
    }
    name[0] = '\0';
    if (disk >= MAX_DISKS || (!(number & EXTENDED) && number >> 8 != MAJOR))
        return;
    letters[0] = (char)('a' + (disk < 26 ? disk : disk / 26 - 1));
    if (disk >= 26)
        letters[1] = (char)('a' + disk % 26);
    if (partition)
        format_text(name, BLK_NAME_MAX, PREFIX "%s%u", letters, partition);
    else
        format_text(name, BLK_NAME_MAX, PREFIX "%s", letters);
}
