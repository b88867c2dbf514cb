/*
 * hpc/pmi.c with a server whose words are given beforehand, instead of a descriptor: they come as they would from a socket, in
 * whatever pieces. What the client says is kept.
 */
#ifndef LWD_PMI_SERVER_H
#define LWD_PMI_SERVER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t *server_at, *server_end;
static char server_heard[8192];
static size_t server_heard_size;

static ssize_t server_read(int descriptor, void *to, size_t size)
{
    size_t left = (size_t)(server_end - server_at), part = size < left ? size : left;

    (void)descriptor;
    part = part > 3 && *server_at % 4 == 0 ? part / 2 : part;
    if (part)
        memcpy(to, server_at, part);
    server_at += part;
    return (ssize_t)part;
}

/* Never more than a part of it; and of what is too much to be kept, the end is. */
static ssize_t server_write(int descriptor, const void *data, size_t size)
{
    size_t part = size > 100 ? 100 : size;

    (void)descriptor;
    if (part > sizeof server_heard - server_heard_size)
        server_heard_size = 0;
    memcpy(server_heard + server_heard_size, data, part);
    server_heard_size += part;
    return (ssize_t)part;
}

static int server_close(int descriptor)
{
    return descriptor - 3;
}

static int server_stat(int descriptor, struct stat *status)
{
    (void)status;
    return descriptor - 3;
}

#define read server_read
#define write server_write
#define close server_close
#define fstat server_stat
#include "hpc/pmi.c"

/* A program that has not called anything yet, and what its server will say. */
static inline void server_begin(const void *words, size_t size)
{
    memset(&pmi, 0, sizeof pmi);
    server_at = words;
    server_end = server_at + size;
    server_heard_size = 0;
    setenv("PMI_FD", "3", 1);
    setenv("PMI_RANK", "1", 1);
    setenv("PMI_SIZE", "2", 1);
    setenv("PMI_JOBID", "7.0", 1);
}

#endif
