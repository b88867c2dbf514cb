/*
 * Tables and trees of <search.h>, options.
 */
#include "conform.h"

#include <getopt.h>
#include <search.h>
#include <stdlib.h>
#include <unistd.h>

static int compare(const void *one, const void *other)
{
    return strcmp(one, other);
}

static int visited;

static void visit(const void *node, VISIT order, int depth)
{
    (void)node;
    (void)depth;
    visited += order == postorder || order == leaf;
}

static void check_tables(void)
{
    ENTRY entry = { .key = "one", .data = &visited }, other = { .key = "two" };
    void *root = NULL;

    begin_group("search", "hsearch, tsearch");
    CHECK(hcreate(20) != 0);
    char *key = strdup("one");

    entry.key = key;
    CHECK(hsearch(entry, ENTER) != NULL && hsearch(other, FIND) == NULL);
    entry.data = NULL;
    CHECK(hsearch(entry, FIND) && hsearch(entry, FIND)->data == &visited);
    CHECK(tsearch("b", &root, compare) && tsearch("a", &root, compare) && tsearch("c", &root, compare));
    CHECK(tfind("a", &root, compare) && !tfind("x", &root, compare));
    twalk(root, visit);
    CHECK(visited == 3);
    CHECK(tdelete("b", &root, compare) && !tfind("b", &root, compare) && !tdelete("b", &root, compare));
}

static void check_options(void)
{
    char *words[] = { "program", "-a", "-bvalue", "file", "--long=7", "-c", NULL };
    static const struct option options[] = { { "long", required_argument, NULL, 'l' }, { NULL, 0, NULL, 0 } };
    char found[20] = "";
    int option;

    begin_group("options", "getopt, getopt_long");
    opterr = 0;
    while ((option = getopt_long(6, words, "ab:", options, NULL)) != -1) {
        size_t length = strlen(found);

        found[length] = (char)option;
        found[length + 1] = '\0';
        if (option == 'b')
            CHECK_TEXT(optarg, "value");
        if (option == 'l')
            CHECK_TEXT(optarg, "7");
    }
    CHECK_TEXT(found, "abl?");
    CHECK(optind == 5);
    CHECK_TEXT(words[5], "file");
}

void check_search(void)
{
    check_tables();
    check_options();
}
