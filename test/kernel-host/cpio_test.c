/*
 * posix/cpio: archives of our own, of cpio(1), cut off at every length, and with every byte wrong in turn.
 */
#include "posix/path/cpio.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive.h"
#include "verdict.h"

#define MAX_ENTRIES 20

struct expected {
    char name[64];
    unsigned char data[700];
    size_t size;
    uint32_t mode;
};

static size_t random_entries(struct archive *archive, struct expected *expected)
{
    size_t count = random_below(MAX_ENTRIES);

    for (size_t i = 0; i < count; i++) {
        struct expected *e = &expected[i];
        size_t length = 1 + random_below(sizeof e->name - 2);

        memset(e->name, 'a' + (int)random_below(26), length);
        e->name[length] = '\0';
        e->size = random_below(4) ? random_below(sizeof e->data) : 0;
        random_bytes(e->data, e->size);
        e->mode = random_below(2) ? 0100644 : 0040755;
        archive_add(archive, e->name, e->mode, e->data, e->size);
    }
    return count;
}

/* Reads `size` bytes of `bytes` from a place that ends there, and returns the last result and the number of entries. */
static int read_all(const void *bytes, size_t size, size_t *count)
{
    char *copy = exact_copy(bytes, size);
    struct cpio_reader reader = cpio_open(copy, size);
    struct cpio_entry entry;
    int result;
    volatile unsigned char sum = 0;

    for (*count = 0; (result = cpio_next(&reader, &entry)) > 0; ++*count) {
        /* Everything that an entry names is there. */
        for (size_t i = 0; i < entry.size; i++)
            sum ^= ((const unsigned char *)entry.data)[i];
        sum ^= (unsigned char)strlen(entry.name);
    }
    if (size)
        free(copy);
    return result;
}

TEST(reads_what_was_written)
{
    static struct expected expected[MAX_ENTRIES];

    for (int round = 0; round < 500; round++) {
        struct archive archive = { .size = 0 };
        size_t count = random_entries(&archive, expected), at = 0;

        archive_end(&archive);
        struct cpio_reader reader = cpio_open(exact_copy(archive.bytes, archive.size), archive.size);
        struct cpio_entry entry;

        while (cpio_next(&reader, &entry) == 1) {
            check(at < count);
            check_text(entry.name, expected[at].name);
            check_equal(entry.size, expected[at].size);
            check_equal(entry.mode, expected[at].mode);
            check_equal(entry.links, 1);
            check_equal(entry.modified, 1700000000);
            check(memcmp(entry.data, expected[at].data, entry.size) == 0);
            at++;
        }
        check_equal(at, count);
        check_equal(cpio_next(&reader, &entry), 0);
        free((void *)(reader.end - archive.size));
    }
}

TEST(archives_behind_one_another_read_as_one)
{
    struct archive both = { .size = 0 };
    size_t count;

    archive_add(&both, "first", 0100644, "1", 1);
    archive_end(&both);
    both.size += 4 * random_below(300);
    archive_add(&both, "second", 0100644, "22", 2);
    archive_end(&both);
    both.size += 4096 - both.size % 4096;
    check_equal(read_all(both.bytes, both.size, &count), 0);
    check_equal(count, 2);
}

TEST(leading_slashes_and_dots_go)
{
    static const char *const names[][2] = {
        { "/a", "a" }, { "./a/b", "a/b" }, { "././/a", "a" }, { ".", "" }, { "/", "" }, { ".hidden", ".hidden" }, { "..", ".." },
    };
    struct archive archive = { .size = 0 };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        archive_add(&archive, names[i][0], 0100644, NULL, 0);
    struct cpio_reader reader = cpio_open(archive.bytes, archive.size);
    struct cpio_entry entry;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        check_equal(cpio_next(&reader, &entry), 1);
        check_text(entry.name, names[i][1]);
    }
}

TEST(a_cut_archive_is_malformed_or_shorter)
{
    struct archive archive = { .size = 0 };
    size_t count, whole_entries = 0;

    archive_add(&archive, "one", 0100644, "11111", 5);
    size_t first_end = archive.size;

    archive_add(&archive, "two", 0100644, "2222222", 7);
    for (size_t size = 0; size < archive.size; size++) {
        int result = read_all(archive.bytes, size, &count);

        check(result == 0 || result == -EINVAL);
        /* The padding behind the last datum may be missing, nothing else. */
        if (result == 0)
            check(size == 0 || size >= first_end - 3);
        check(count >= whole_entries);
        whole_entries = count;
    }
}

TEST(wrong_bytes_are_never_followed_out_of_the_archive)
{
    struct archive archive = { .size = 0 };
    size_t count;

    archive_add(&archive, "one", 0100644, "11111", 5);
    archive_add(&archive, "dir/two", 0100644, "2222222", 7);
    archive_end(&archive);
    for (size_t at = 0; at < archive.size; at++)
        for (int wrong = 0; wrong < 256; wrong += 1 + (int)random_below(9)) {
            char kept = archive.bytes[at];
            archive.bytes[at] = (char)wrong;
            int result = read_all(archive.bytes, archive.size, &count);

            check(result == 0 || result == -EINVAL);
            archive.bytes[at] = kept;
        }
}

TEST(sizes_that_wrap_are_refused)
{
    struct archive archive = { .size = 0 };
    size_t count;

    archive_add(&archive, "name", 0100644, "data", 4);
    memcpy(archive.bytes + 6 + 6 * 8, "ffffffff", 8);
    check_equal(read_all(archive.bytes, archive.size, &count), -EINVAL);
    memcpy(archive.bytes + 6 + 6 * 8, "00000004", 8);
    memcpy(archive.bytes + 6 + 11 * 8, "ffffffff", 8);
    check_equal(read_all(archive.bytes, archive.size, &count), -EINVAL);
    memcpy(archive.bytes + 6 + 11 * 8, "00000000", 8);
    check_equal(read_all(archive.bytes, archive.size, &count), -EINVAL);
}

TEST(reads_what_the_cpio_program_writes)
{
    if (system("command -v cpio >/dev/null 2>&1") != 0)
        verdict_skip("there is no cpio program here");
    char folder[] = "/tmp/lwd-cpio-XXXXXX", command[400];

    if (!mkdtemp(folder))
        verdict_error("no temporary folder");
    snprintf(command, sizeof command,
             "cd %s && mkdir sub && printf 'in a folder' >sub/file && : >empty && printf sub/file >list && "
             "printf '%%s\\n' sub sub/file empty | cpio --quiet -o -H newc >out && cat out", folder);
    FILE *pipe = popen(command, "r");
    static char bytes[1 << 16];
    size_t size = pipe ? fread(bytes, 1, sizeof bytes, pipe) : 0;

    if (!pipe || pclose(pipe) != 0)
        verdict_error("cpio failed in %s", folder);
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0)
        verdict_error("%s could not be removed", folder);
    struct cpio_reader reader = cpio_open(exact_copy(bytes, size), size);
    struct cpio_entry entry;

    check_equal(cpio_next(&reader, &entry), 1);
    check_text(entry.name, "sub");
    check_equal(entry.mode & 0170000, 0040000);
    check_equal(cpio_next(&reader, &entry), 1);
    check_text(entry.name, "sub/file");
    check_equal(entry.size, 11);
    check(memcmp(entry.data, "in a folder", 11) == 0);
    check_equal(cpio_next(&reader, &entry), 1);
    check_text(entry.name, "empty");
    check_equal(entry.size, 0);
    check_equal(cpio_next(&reader, &entry), 0);
}
