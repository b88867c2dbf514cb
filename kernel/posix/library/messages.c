/*
 * Messages for people in standard forms: fmtmsg(), and catalogues, of which a domain has none.
 */
#include <fmtmsg.h>
#include <nl_types.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "posix/shortfall.h"

static const char *const severities[] = {
    [MM_HALT] = "HALT", [MM_ERROR] = "ERROR", [MM_WARNING] = "WARNING", [MM_INFO] = "INFO",
};

/* Does MSGVERB ("label:severity:…") ask for this part? It is not counted if it names anything else. */
static bool is_wanted(const char *part)
{
    static const char *const parts[] = { "label", "severity", "text", "action", "tag" };
    const char *verb = getenv("MSGVERB");
    bool found = false;

    if (!verb || !*verb)
        return true;
    for (size_t length; *verb; verb += length + (verb[length] == ':')) {
        bool known = false;

        length = strcspn(verb, ":");
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            known |= strlen(parts[i]) == length && strncmp(parts[i], verb, length) == 0;
        if (!known)
            return true;
        found |= strlen(part) == length && strncmp(part, verb, length) == 0;
    }
    return found;
}

static bool is_label(const char *label)
{
    const char *colon = strchr(label, ':');

    return colon && colon - label <= 10 && strlen(colon + 1) <= 14;
}

/* The console is the standard error. */
int fmtmsg(long class, const char *label, int severity, const char *text, const char *action, const char *tag)
{
    bool known = severity > MM_NOSEV && severity <= MM_INFO;
    char line[1024];

    if (label && !is_label(label))
        return MM_NOTOK;
    if (severity < MM_NOSEV)
        return MM_NOTOK;
    bool has_label = label && is_wanted("label"), has_severity = known && is_wanted("severity");
    bool has_text = text && is_wanted("text"), has_action = action && is_wanted("action");
    bool has_tag = tag && is_wanted("tag");

    snprintf(line, sizeof line, "%s%s%s%s%s%s%s%s%s%s\n",
             has_label ? label : "", has_label && (has_severity || has_text) ? ": " : "",
             has_severity ? severities[severity] : "", has_severity && has_text ? ": " : "", has_text ? text : "",
             has_action || has_tag ? "\n" : "", has_action ? "TO FIX: " : "", has_action ? action : "",
             has_action && has_tag ? "  " : "", has_tag ? tag : "");
    if ((class & (MM_PRINT | MM_CONSOLE)) && fputs(line, stderr) < 0)
        return class & MM_PRINT ? MM_NOMSG : MM_NOCON;
    return MM_OK;
}

POSIX_REFUSED(catopen, ENOENT, "there are no catalogues of messages");
nl_catd catopen(const char *name, int flags)
{
    (void)name;
    (void)flags;
    errno = ENOENT;
    return (nl_catd)-1;
}

char *catgets(nl_catd catalogue, int set, int number, const char *text)
{
    (void)catalogue;
    (void)set;
    (void)number;
    return (char *)text;
}

int catclose(nl_catd catalogue)
{
    (void)catalogue;
    errno = EBADF;
    return -1;
}
