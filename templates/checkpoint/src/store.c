#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "written.h"

/* So many increments, then a checkpoint that stands by itself. */
#define INCREMENTS 8

/* Pages to a write. */
#define PART 64

static const char magic[8] = "LWDCKPT1";

/* A file: this, the pages' numbers, the pages. Numbers are as the machine has them. */
struct header {
    char magic[8];
    uint64_t step, previous; /* `previous` is 0 for one that stands by itself */
    uint64_t size, pages;
    uint64_t sum; /* of all that follows */
};

/* FNV-1a over words, which is what everything here is made of. */
static uint64_t sum_of(uint64_t sum, const void *data, size_t bytes)
{
    const uint64_t *words = data;

    for (size_t i = 0; i < bytes / sizeof *words; i++)
        sum = (sum ^ words[i]) * 0x100000001b3;
    return sum;
}

#define SUM_START 0xcbf29ce484222325

static void name_of(const struct store *store, uint64_t step, char name[256])
{
    snprintf(name, 256, "%s/step-%012llu", store->folder, (unsigned long long)step);
}

bool store_open(struct store *store, const char *folder, void *memory, size_t size)
{
    struct stat status;

    *store = (struct store){ .folder = folder, .memory = memory, .size = size };
    if (stat(folder, &status))
        return false;
    store->ever = calloc(size / PAGE, 1);
    store->numbers = malloc(size / PAGE * sizeof *store->numbers);
    return store->ever && store->numbers;
}

void store_close(struct store *store)
{
    free(store->ever);
    free(store->numbers);
}

/* --- writing --- */

static bool put(int file, const void *data, size_t bytes)
{
    for (const char *at = data; bytes;) {
        ssize_t done = write(file, at, bytes);

        if (done <= 0)
            return false;
        at += done;
        bytes -= (size_t)done;
    }
    return true;
}

/* Pages that follow each other in memory go out together. */
static bool put_pages(int file, const struct store *store, size_t count)
{
    for (size_t i = 0, run; i < count; i += run) {
        for (run = 1; run < PART && i + run < count && store->numbers[i + run] == store->numbers[i] + run;)
            run++;
        if (!put(file, store->memory + store->numbers[i] * PAGE, run * PAGE))
            return false;
    }
    return true;
}

static bool write_file(const struct store *store, const char *name, struct header *header)
{
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    if (file < 0)
        return false;
    header->sum = sum_of(SUM_START, store->numbers, header->pages * sizeof *store->numbers);
    for (size_t i = 0; i < header->pages; i++)
        header->sum = sum_of(header->sum, store->memory + store->numbers[i] * PAGE, PAGE);
    bool good = put(file, header, sizeof *header) && put(file, store->numbers, header->pages * sizeof *store->numbers) &&
                put_pages(file, store, header->pages) && fsync(file) == 0;
    int error = errno;

    if (close(file) && good) {
        good = false;
        error = errno;
    }
    errno = error;
    return good;
}

/* All files of steps before `step`: one that stands by itself has taken their place. */
static void forget_before(const struct store *store, uint64_t step)
{
    DIR *folder = opendir(store->folder);
    struct dirent *entry;
    unsigned long long found;
    char name[256];

    while (folder && (entry = readdir(folder)))
        if (sscanf(entry->d_name, "step-%llu", &found) == 1 && found < step) {
            name_of(store, found, name);
            unlink(name);
        }
    if (folder)
        closedir(folder);
}

long store_checkpoint(struct store *store, uint64_t step)
{
    size_t count = written_since(store->memory, store->size, store->numbers);
    bool whole = store->last == 0 || store->increments == INCREMENTS;

    for (size_t i = 0; i < count; i++)
        store->ever[store->numbers[i]] = 1;
    if (whole) {
        count = 0;
        for (size_t page = 0; page < store->size / PAGE; page++)
            if (store->ever[page])
                store->numbers[count++] = page;
    }
    struct header header = { .step = step, .previous = whole ? 0 : store->last, .size = store->size, .pages = count };
    char name[256], unfinished[256];

    memcpy(header.magic, magic, sizeof magic);
    name_of(store, step, name);
    snprintf(unfinished, sizeof unfinished, "%s/unfinished", store->folder);
    if (!write_file(store, unfinished, &header) || rename(unfinished, name)) {
        /* What this one would have held is in no file: the next has to stand by itself. */
        store->increments = INCREMENTS;
        return -1;
    }
    store->last = step;
    store->increments = whole ? 0 : store->increments + 1;
    if (whole)
        forget_before(store, step);
    return (long)count;
}

/* --- restoring --- */

static bool get(int file, void *data, size_t bytes)
{
    for (char *at = data; bytes;) {
        ssize_t done = read(file, at, bytes);

        if (done <= 0)
            return false;
        at += done;
        bytes -= (size_t)done;
    }
    return true;
}

/* Reads the file's numbers and checks them and everything behind them: memory is not touched before all of it is good. */
static bool is_whole(int file, const struct store *store, const struct header *header)
{
    static uint64_t page[PAGE / sizeof(uint64_t)];
    size_t pages = store->size / PAGE;

    if (header->pages > pages || !get(file, store->numbers, header->pages * sizeof *store->numbers))
        return false;
    uint64_t sum = sum_of(SUM_START, store->numbers, header->pages * sizeof *store->numbers);

    for (size_t i = 0; i < header->pages; i++) {
        if (store->numbers[i] >= pages || !get(file, page, PAGE))
            return false;
        sum = sum_of(sum, page, PAGE);
    }
    return sum == header->sum;
}

static bool apply(struct store *store, uint64_t step, uint64_t previous)
{
    char name[256];
    struct header header;

    name_of(store, step, name);
    int file = open(name, O_RDONLY);

    if (file < 0)
        return false;
    bool good = get(file, &header, sizeof header) && memcmp(header.magic, magic, sizeof magic) == 0 &&
                header.step == step && header.size == store->size && (header.previous == 0 || header.previous == previous) &&
                is_whole(file, store, &header) &&
                lseek(file, (off_t)(sizeof header + header.pages * sizeof *store->numbers), SEEK_SET) > 0;

    for (size_t i = 0; good && i < header.pages; i++) {
        good = get(file, store->memory + store->numbers[i] * PAGE, PAGE);
        store->ever[store->numbers[i]] = 1;
    }
    if (good)
        store->increments = header.previous ? store->increments + 1 : 0;
    close(file);
    return good;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

/* The steps there are files of, ascending; the caller frees them. */
static size_t list_steps(const struct store *store, uint64_t **steps)
{
    DIR *folder = opendir(store->folder);
    struct dirent *entry;
    size_t count = 0;

    *steps = NULL;
    while (folder && (entry = readdir(folder))) {
        unsigned long long step;
        uint64_t *more;

        if (sscanf(entry->d_name, "step-%llu", &step) != 1)
            continue;
        if (!(more = realloc(*steps, (count + 1) * sizeof **steps)))
            break;
        *steps = more;
        (*steps)[count++] = step;
    }
    if (folder)
        closedir(folder);
    if (count)
        qsort(*steps, count, sizeof **steps, compare);
    return count;
}

uint64_t store_restore(struct store *store)
{
    uint64_t *steps;
    size_t count = list_steps(store, &steps), i = 0;

    for (; i < count && apply(store, steps[i], store->last); i++)
        store->last = steps[i];
    for (; i < count; i++) {
        char name[256];

        fprintf(stderr, "checkpoint: step %llu is damaged or lacks the one before; it is passed over\n",
                (unsigned long long)steps[i]);
        name_of(store, steps[i], name);
        unlink(name);
    }
    free(steps);
    /* What was read in has not changed since its checkpoint. */
    written_since(store->memory, store->size, store->numbers);
    return store->last;
}
