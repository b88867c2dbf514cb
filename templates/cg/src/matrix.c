/* Sparse matrices in compressed rows; see matrix.h. */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

bool entries_add(struct entries *entries, uint32_t row, uint32_t column, double value)
{
    if (entries->count == entries->room) {
        /* Grows by what has been read, not by what the file says of itself. */
        size_t room = entries->room == 0 ? 1024 : entries->room + entries->room / 2;
        if (room > SIZE_MAX / sizeof *entries->list)
            return false;
        struct entry *list = realloc(entries->list, room * sizeof *list);
        if (list == NULL)
            return false;
        entries->list = list;
        entries->room = room;
    }
    entries->list[entries->count++] = (struct entry){ row, column, value };
    return true;
}

void entries_free(struct entries *entries)
{
    free(entries->list);
    *entries = (struct entries){ 0 };
}

void matrix_free(struct matrix *matrix)
{
    free(matrix->start);
    free(matrix->column);
    free(matrix->value);
    *matrix = (struct matrix){ 0 };
}

static void place(struct matrix *matrix, size_t *next, uint32_t row, uint32_t column, double value)
{
    size_t at = next[row]++;
    matrix->column[at] = column;
    matrix->value[at] = value;
}

/* Puts the entries into rows, in the order of the list; `next` has size + 1 elements to work with. */
static void fill_rows(const struct entries *entries, struct matrix *matrix, size_t *next)
{
    memset(next, 0, (matrix->size + (size_t)1) * sizeof *next);
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->list[i];
        next[entry->row]++;
        if (entries->half && entry->row != entry->column)
            next[entry->column]++;
    }
    size_t total = 0;
    for (size_t row = 0; row <= matrix->size; row++) {
        size_t count = next[row];
        matrix->start[row] = next[row] = total;
        total += count;
    }
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->list[i];
        place(matrix, next, entry->row, entry->column, entry->value);
        if (entries->half && entry->row != entry->column)
            place(matrix, next, entry->column, entry->row, entry->value);
    }
}

struct element {
    uint32_t column;
    double value;
};

static int by_column(const void *left, const void *right)
{
    uint32_t a = ((const struct element *)left)->column, b = ((const struct element *)right)->column;
    return (a > b) - (a < b);
}

/* Sorts each row by column; false if there is no memory. */
static bool sort_rows(struct matrix *matrix)
{
    size_t longest = 0;
    for (uint32_t row = 0; row < matrix->size; row++) {
        size_t length = matrix->start[row + 1] - matrix->start[row];
        longest = length > longest ? length : longest;
    }
    struct element *work = malloc(longest * sizeof *work + 1);
    if (work == NULL)
        return false;
    for (uint32_t row = 0; row < matrix->size; row++) {
        size_t first = matrix->start[row], length = matrix->start[row + 1] - first;
        for (size_t k = 0; k < length; k++)
            work[k] = (struct element){ matrix->column[first + k], matrix->value[first + k] };
        qsort(work, length, sizeof *work, by_column);
        for (size_t k = 0; k < length; k++) {
            matrix->column[first + k] = work[k].column;
            matrix->value[first + k] = work[k].value;
        }
    }
    free(work);
    return true;
}

/* The element, or NULL where the row has none in this column. */
static const double *find(const struct matrix *matrix, uint32_t row, uint32_t column)
{
    size_t low = matrix->start[row], high = matrix->start[row + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (matrix->column[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    bool there = low < matrix->start[row + 1] && matrix->column[low] == column;
    return there ? &matrix->value[low] : NULL;
}

static bool check(const struct matrix *matrix, struct problem *problem)
{
    for (uint32_t row = 0; row < matrix->size; row++) {
        for (size_t k = matrix->start[row]; k < matrix->start[row + 1]; k++) {
            uint32_t column = matrix->column[k];
            if (k > matrix->start[row] && matrix->column[k - 1] == column)
                return problem_note(problem, "row %lu, column %lu is given twice", row + 1UL, column + 1UL);
            const double *mirror = find(matrix, column, row);
            if (mirror == NULL || *mirror != matrix->value[k])
                return problem_note(problem, "the matrix is not symmetric: row %lu, column %lu", row + 1UL, column + 1UL);
        }
        const double *diagonal = find(matrix, row, row);
        if (diagonal == NULL || !(*diagonal > 0))
            return problem_note(problem, "the matrix is not positive definite: row %lu has no positive diagonal element",
                                row + 1UL);
    }
    return true;
}

bool matrix_build(const struct entries *entries, struct matrix *matrix, struct problem *problem)
{
    *matrix = (struct matrix){ .size = entries->size };
    if (entries->size == 0)
        return problem_note(problem, "the matrix has no rows");
    /* A row without an entry cannot be; a size that the entries cannot fill is refused before memory is taken for it. */
    if (entries->size > entries->count)
        return problem_note(problem, "the matrix has %lu rows and only %lu entries", (unsigned long)entries->size,
                            (unsigned long)entries->count);
    size_t rows = entries->size + (size_t)1, stored = entries->count * (entries->half ? 2 : 1);
    size_t *next = malloc(rows * sizeof *next);
    matrix->start = malloc(rows * sizeof *matrix->start);
    matrix->column = malloc(stored * sizeof *matrix->column);
    matrix->value = malloc(stored * sizeof *matrix->value);
    bool built = false;
    if (next == NULL || matrix->start == NULL || matrix->column == NULL || matrix->value == NULL) {
        problem_note(problem, "there is not enough memory for %lu entries", (unsigned long)stored);
    } else {
        fill_rows(entries, matrix, next);
        if (!sort_rows(matrix))
            problem_note(problem, "there is not enough memory");
        else
            built = check(matrix, problem);
    }
    free(next);
    if (!built)
        matrix_free(matrix);
    return built;
}

void matrix_multiply(const struct matrix *matrix, const double *x, double *y)
{
    for (uint32_t row = 0; row < matrix->size; row++) {
        double sum = 0;
        for (size_t k = matrix->start[row]; k < matrix->start[row + 1]; k++)
            sum += matrix->value[k] * x[matrix->column[k]];
        y[row] = sum;
    }
}

void matrix_diagonal(const struct matrix *matrix, double *diagonal)
{
    for (uint32_t row = 0; row < matrix->size; row++)
        diagonal[row] = *find(matrix, row, row);
}
