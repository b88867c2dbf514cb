/*
 * A host directory under several threads at once: each with a file of its own, all with one, names coming and going.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "volume.h"

#define THREADS 6
#define PIECE 70000
#define ROUNDS 3
#define ENTRIES 40

struct worker {
    pthread_t thread;
    int number, shared;
    const char *failed;
};

static const char *one_round(struct worker *worker, char *bytes, char *found, int round)
{
    char path[40], moved[40];
    struct stat status;

    sprintf(path, "/data/worker-%d", worker->number);
    sprintf(moved, "/data/moved-%d", worker->number);
    memset(bytes, 'a' + worker->number + round, PIECE);
    int file = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);

    if (file < 0 || write(file, bytes, PIECE) != PIECE)
        return "write";
    if (rename(path, moved) || stat(moved, &status) || status.st_size != PIECE)
        return "rename";
    if (pread(file, found, PIECE, 0) != PIECE || memcmp(bytes, found, PIECE) != 0)
        return "read";
    close(file);
    off_t at = (off_t)worker->number * PIECE;

    if (pwrite(worker->shared, bytes, PIECE, at) != PIECE || pread(worker->shared, found, PIECE, at) != PIECE)
        return "the shared file";
    if (memcmp(bytes, found, PIECE) != 0)
        return "another's bytes";
    if (unlink(moved) || stat(moved, &status) == 0 || errno != ENOENT)
        return "unlink";
    return NULL;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    char *bytes = malloc(PIECE), *found = malloc(PIECE);

    if (!bytes || !found)
        worker->failed = "memory";
    for (int round = 0; round < ROUNDS && !worker->failed; round++)
        worker->failed = one_round(worker, bytes, found, round);
    free(bytes);
    free(found);
    return NULL;
}

TEST(several_threads)
{
    struct worker workers[THREADS];
    int shared = open("/data/shared", O_CREAT | O_RDWR, 0644);

    check(shared >= 0);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .number = i, .shared = shared };
        check_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        check_equal(pthread_join(workers[i].thread, NULL), 0);
        check_text(workers[i].failed ? workers[i].failed : "", "");
    }
    check_equal(close(shared), 0);
}

/* A whole tree made and removed while it is listed. */
TEST(a_tree_comes_and_goes)
{
    char path[60];
    struct dirent *entry;
    int left = 0;

    check_equal(mkdir("/data/tree", 0755), 0);
    for (int i = 0; i < ENTRIES; i++) {
        sprintf(path, "/data/tree/%d", i);
        check_equal(mkdir(path, 0755), 0);
    }
    DIR *directory = opendir("/data/tree");

    check(directory != NULL);
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] == '.')
            continue;
        sprintf(path, "/data/tree/%s", entry->d_name);
        check_equal(rmdir(path), 0);
        left++;
    }
    check_equal(left, ENTRIES);
    check_equal(closedir(directory), 0);
    check_equal(rmdir("/data/tree"), 0);
}
