/*
 * What a program does with a database: creates, fills, asks, changes, takes back, makes small, checks. Prints results that
 * depend on nothing but SQLite, so that every place gives the same. The argument is the database: a file's name, ":memory:",
 * or "disk:" and a block device.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk_vfs.h"
#include "sqlite3.h"

#define ROWS 10000

static sqlite3 *database;

static void end_if(int failed, const char *what)
{
    if (!failed)
        return;
    printf("FAILURE %s: %s\n", what, database ? sqlite3_errmsg(database) : "no database");
    exit(1);
}

/* Prints each row, fields parted by a bar. */
static int print_row(void *context, int count, char **fields, char **names)
{
    (void)context;
    (void)names;
    for (int i = 0; i < count; i++)
        printf("%s%s", i ? "|" : "", fields[i] ? fields[i] : "NULL");
    printf("\n");
    return 0;
}

static void run(const char *text)
{
    printf("> %s\n", text);
    end_if(sqlite3_exec(database, text, print_row, NULL, NULL), text);
}

static void fill(void)
{
    sqlite3_stmt *insert;
    char word[64];

    end_if(sqlite3_prepare_v2(database, "INSERT INTO item VALUES (?, ?, ?, ?)", -1, &insert, NULL), "prepare");
    for (int i = 0; i < ROWS; i++) {
        if (i % 1000 == 0)
            end_if(sqlite3_exec(database, "BEGIN", NULL, NULL, NULL), "BEGIN");
        int length = snprintf(word, sizeof word, "word %d", i * 7919 % ROWS);

        sqlite3_bind_int(insert, 1, i);
        sqlite3_bind_text(insert, 2, word, length, SQLITE_TRANSIENT);
        sqlite3_bind_double(insert, 3, i / 7.0);
        sqlite3_bind_zeroblob(insert, 4, i % 100);
        end_if(sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert), "INSERT");
        if (i % 1000 == 999)
            end_if(sqlite3_exec(database, "COMMIT", NULL, NULL, NULL), "COMMIT");
    }
    sqlite3_finalize(insert);
}

int main(int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : ":memory:";
    const char *vfs = NULL;

    if (strncmp(name, "disk:", 5) == 0) {
        name += 5;
        vfs = disk_vfs_register();
    }
    end_if(sqlite3_open_v2(name, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), "open");
    run("CREATE TABLE item (id INTEGER PRIMARY KEY, word TEXT, number REAL, padding BLOB)");
    fill();
    run("CREATE INDEX by_word ON item (word)");
    run("SELECT count(*), sum(id), round(sum(number), 6), sum(length(padding)) FROM item");
    run("SELECT id, word FROM item WHERE word BETWEEN 'word 500' AND 'word 5002' ORDER BY word");
    run("SELECT id % 10 AS rest, avg(number) FROM item GROUP BY rest HAVING rest > 7 ORDER BY rest DESC");
    run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT sum(i * i) FROM n");
    run("UPDATE item SET number = number * 2 WHERE id % 3 = 0");
    run("BEGIN");
    run("DELETE FROM item");
    run("ROLLBACK");
    run("DELETE FROM item WHERE id % 2 = 1");
    run("SELECT count(*), round(sum(number), 6) FROM item");
    run("PRAGMA page_count");
    run("VACUUM");
    run("PRAGMA page_count");
    run("PRAGMA integrity_check");
    end_if(sqlite3_close(database), "close");
    end_if(sqlite3_open_v2(name, &database, SQLITE_OPEN_READONLY, vfs), "open again");
    run("SELECT count(*), max(id), max(word) FROM item");
    end_if(sqlite3_close(database), "close again");
    return 0;
}
