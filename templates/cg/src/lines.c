/* Reading lines; see lines.h. */
#include "lines.h"

#include <ctype.h>

bool lines_next(struct lines *lines, struct problem *problem)
{
    lines->length = 0;
    lines->number++;
    int character;
    while ((character = getc(lines->file)) != EOF && character != '\n') {
        if (character == '\0')
            return problem_note(problem, "line %lu: not a text file", lines->number);
        if (lines->length == LONGEST_LINE)
            return problem_note(problem, "line %lu: longer than %d characters", lines->number, LONGEST_LINE);
        lines->text[lines->length++] = (char)character;
    }
    if (ferror(lines->file))
        return problem_note(problem, "line %lu: cannot be read", lines->number);
    if (character == EOF && lines->length == 0)
        return problem_note(problem, "line %lu: the file ends too early", lines->number);
    if (lines->length > 0 && lines->text[lines->length - 1] == '\r')
        lines->length--;
    lines->text[lines->length] = '\0';
    return true;
}

bool lines_at_end(struct lines *lines, struct problem *problem)
{
    int character;
    while ((character = getc(lines->file)) != EOF) {
        if (character == '\n')
            lines->number++;
        if (!isspace(character))
            return problem_note(problem, "line %lu: more than the header announces", lines->number + 1);
    }
    return true;
}
