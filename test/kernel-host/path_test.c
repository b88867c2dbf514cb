/*
 * posix/path: by a table, and against a stack of components.
 */
#include "posix/path/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

#define MAX_TEXT 200

TEST(known_paths)
{
    static const struct { const char *path, *normal; } table[] = {
        { "/", "" },          { "///", "" },          { ".", "" },           { "/.", "" },           { "..", "" },
        { "/..", "" },        { "/a", "a" },          { "a", "a" },          { "a/", "a" },          { "//a//b//", "a/b" },
        { "/a/./b", "a/b" },  { "/a/../b", "b" },     { "a/b/..", "a" },     { "a/b/../..", "" },    { "../../a", "a" },
        { "...", "..." },     { "/a/..b/.c", "a/..b/.c" }, { "a/.../b", "a/.../b" }, { "a/b/../../../c", "c" },
    };
    char out[MAX_TEXT];

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        check_equal(path_normalise(table[i].path, out, sizeof out), 0);
        check_text(out, table[i].normal);
    }
    check_equal(path_normalise("", out, sizeof out), -ENOENT);
}

/* A path of random components; its normal form is made beside it. */
static void random_path(char *path, char *normal)
{
    static const char *const words[] = { "", ".", "..", "a", "bc", "..d", "e.", "a much longer name" };
    const char *stack[64];
    int depth = 0;
    int count = 1 + (int)random_below(12);

    *path = *normal = '\0';
    for (int i = 0; i < count; i++) {
        const char *word = words[random_below(sizeof words / sizeof *words)];

        strcat(strcat(path, i || random_below(2) ? "/" : ""), word);
        if (strcmp(word, "..") == 0)
            depth -= depth > 0;
        else if (*word && strcmp(word, ".") != 0)
            stack[depth++] = word;
    }
    for (int i = 0; i < depth; i++)
        strcat(strcat(normal, i ? "/" : ""), stack[i]);
}

TEST(random_paths)
{
    char path[512], wanted[512];

    for (int i = 0; i < 50000; i++) {
        random_path(path, wanted);
        size_t size = strlen(wanted) + 1;
        /* Going up frees room: only a form that is too long at its longest does not fit. */
        char *out = exact_copy(NULL, 512);

        check_equal(path_normalise(path, out, 512), *path ? 0 : -ENOENT);
        if (*path)
            check_text(out, wanted);
        check_equal(path_is_normal(path, 512), *path && strcmp(path, wanted) == 0);
        check(size == 1 || !path_is_normal(wanted, size - 1));
        free(out);
        if (*path && !strstr(path, "..")) {
            out = exact_copy(NULL, size);
            check_equal(path_normalise(path, out, size), 0);
            check_text(out, wanted);
            free(out);
            if (size > 1) {
                out = exact_copy(NULL, size - 1);
                check_equal(path_normalise(path, out, size - 1), -ENAMETOOLONG);
                free(out);
            }
        }
    }
}
