/*
 * Runs all groups and prints the table.
 */
#include "conform.h"

#include <stdio.h>

#define MOST_GROUPS 200

static struct group {
    const char *name, *kinds;
    int passed, failed;
} groups[MOST_GROUPS];

static int count;
const char *tree, *work;

void begin_group(const char *name, const char *kinds)
{
    groups[count++] = (struct group){ .name = name, .kinds = kinds };
}

void note_check(bool passed, const char *file, int line, const char *expression)
{
    struct group *group = &groups[count - 1];
    const char *slash = strrchr(file, '/');

    if (passed) {
        group->passed++;
        return;
    }
    group->failed++;
    printf("FAILED %s %s:%d %s\n", group->name, slash ? slash + 1 : file, line, expression);
}

uint64_t next_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

int main(int argc, char **argv)
{
    int failed = 0;

    tree = argc > 1 ? argv[1] : "/tree";
    work = argc > 2 ? argv[2] : "/work";
    setvbuf(stdout, NULL, _IOLBF, 0);
    check_formats();
    check_streams();
    check_numbers();
    check_texts();
    check_wide();
    check_patterns();
    check_files();
    check_descriptors();
    check_time();
    check_process();
    check_search();
    check_volume();
    check_sockets();
    check_ipc();
    check_shared();
    check_library();
    check_rounding();
    check_dates();
    check_order();
    check_matching();
    check_digits();
    check_scans();
    check_encodings();
    check_buffers();
    check_blocks();
    check_per_thread();
    check_waits();
    check_handlers();
    for (int i = 0; i < count; i++) {
        printf("group %s | %s | %d | %d\n", groups[i].name, groups[i].kinds, groups[i].passed, groups[i].failed);
        failed += groups[i].failed;
    }
    return failed ? 1 : 0;
}
