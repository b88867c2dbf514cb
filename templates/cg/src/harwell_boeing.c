/*
 * The Harwell-Boeing form (Duff, Grimes, Lewis: Users' Guide for the Harwell-Boeing Sparse Matrix Collection, 1992), of
 * assembled real matrices: a header of four or five lines, then column pointers, row indices and values, each in the
 * Fortran format that the header names. A symmetric matrix has one triangle.
 */
#include "fortran.h"
#include "source.h"

#include <stdlib.h>
#include <string.h>

struct header {
    unsigned long size, stored;
    bool half;
    struct fortran_format pointers, rows, values;
};

/* Copies columns first .. first + width - 1 of the line, shorter if the line is. */
static void columns(const struct lines *lines, size_t first, size_t width, char *text)
{
    size_t available = first < lines->length ? lines->length - first : 0;
    size_t length = width < available ? width : available;
    memcpy(text, lines->text + (first < lines->length ? first : 0), length);
    text[length] = '\0';
}

static bool read_type(struct lines *lines, struct header *header, struct problem *problem)
{
    char type[4];
    columns(lines, 0, 3, type);
    if (strcmp(type, "RSA") != 0 && strcmp(type, "RUA") != 0)
        return problem_note(problem, "line 3: only types RSA and RUA are known, not \"%s\"", type);
    header->half = type[1] == 'S';
    /* Three numbers in (I14) behind fourteen other characters; the fourth is of no use here. */
    const struct fortran_format sizes = { .repeat = 5, .width = 14, .integer = true };
    struct fortran_reader reader = fortran_reader(lines, sizes);
    reader.field = 1;
    unsigned long size;
    if (!fortran_integer(&reader, 1, UINT32_MAX - 1, &size, problem) ||
        !fortran_integer(&reader, 1, UINT32_MAX - 1, &header->size, problem) ||
        !fortran_integer(&reader, 1, SIZE_MAX / 64, &header->stored, problem))
        return false;
    if (size != header->size)
        return problem_note(problem, "the matrix is not square: %lu rows, %lu columns", size, header->size);
    return true;
}

static bool read_formats(struct lines *lines, struct header *header, struct problem *problem)
{
    static const struct {
        size_t first, width;
        bool integer;
    } places[] = { { 0, 16, true }, { 16, 16, true }, { 32, 20, false } };
    struct fortran_format *formats[] = { &header->pointers, &header->rows, &header->values };
    for (int i = 0; i < 3; i++) {
        char text[21];
        columns(lines, places[i].first, places[i].width, text);
        if (!fortran_parse(text, formats[i]) || formats[i]->integer != places[i].integer)
            return problem_note(problem, "line 4: the format \"%s\" is not understood", text);
    }
    return true;
}

/* Lines 2 to 5; line 1, the title, has been read. */
static bool read_header(struct lines *lines, struct header *header, struct problem *problem)
{
    if (!lines_next(lines, problem))
        return false;
    char field[15];
    columns(lines, 56, 14, field);
    bool right_hand_sides = strtol(field, NULL, 10) > 0;
    columns(lines, 42, 14, field);
    if (strtol(field, NULL, 10) <= 0)
        return problem_note(problem, "line 2: the file has no values");
    if (!lines_next(lines, problem) || !read_type(lines, header, problem))
        return false;
    if (!lines_next(lines, problem) || !read_formats(lines, header, problem))
        return false;
    return !right_hand_sides || lines_next(lines, problem);
}

/* Column pointers and row indices; the values are filled in later. */
static bool read_pattern(struct lines *lines, const struct header *header, struct entries *entries, struct problem *problem)
{
    if (header->size > header->stored)
        return problem_note(problem, "the matrix has %lu columns and only %lu entries", header->size, header->stored);
    unsigned long *starts = malloc((header->size + 1) * sizeof *starts);
    if (starts == NULL)
        return problem_note(problem, "there is not enough memory for %lu columns", header->size);
    struct fortran_reader reader = fortran_reader(lines, header->pointers);
    bool good = true;
    for (unsigned long i = 0; good && i <= header->size; i++)
        good = fortran_integer(&reader, i == 0 ? 1 : starts[i - 1], i == 0 ? 1 : header->stored + 1, &starts[i], problem);
    if (good && starts[header->size] != header->stored + 1)
        good = problem_note(problem, "line %lu: the column pointers end at %lu instead of %lu", lines->number,
                            starts[header->size], header->stored + 1);
    reader = fortran_reader(lines, header->rows);
    for (unsigned long column = 0; good && column < header->size; column++) {
        for (unsigned long k = starts[column]; good && k < starts[column + 1]; k++) {
            unsigned long row;
            good = fortran_integer(&reader, 1, header->size, &row, problem);
            if (good && !entries_add(entries, (uint32_t)row - 1, (uint32_t)column, 0))
                good = problem_note(problem, "line %lu: there is not enough memory", lines->number);
        }
    }
    free(starts);
    return good;
}

bool harwell_boeing(struct lines *lines, struct entries *entries, struct problem *problem)
{
    struct header header = { 0 };
    if (!read_header(lines, &header, problem))
        return false;
    entries->size = (uint32_t)header.size;
    entries->half = header.half;
    if (!read_pattern(lines, &header, entries, problem))
        return false;
    struct fortran_reader reader = fortran_reader(lines, header.values);
    for (size_t i = 0; i < entries->count; i++)
        if (!fortran_real(&reader, &entries->list[i].value, problem))
            return false;
    return true;
}
