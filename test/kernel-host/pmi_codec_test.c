/*
 * hpc/pmi_codec: messages as servers of both versions know them, answers as they send them, and what is none.
 */
#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "hpc/pmi_codec.h"
#include "verdict.h"

static struct pmi_message message;

static void check_message(const char *text)
{
    check_equal(message.size, strlen(text));
    check(memcmp(message.text, text, message.size) == 0);
}

TEST(a_message_is_as_both_versions_have_it)
{
    pmi_begin(&message, PMI_1, "init");
    pmi_add_number(&message, "pmi_version", 2);
    pmi_add_number(&message, "pmi_subversion", 0);
    check_equal(pmi_end(&message), 0);
    check_message("cmd=init pmi_version=2 pmi_subversion=0\n");
    pmi_begin(&message, PMI_2, "kvs-put");
    pmi_add(&message, "key", "where");
    pmi_add(&message, "value", "10.0.0.1:7000");
    check_equal(pmi_end(&message), 0);
    check_message("42    cmd=kvs-put;key=where;value=10.0.0.1:7000;");
}

TEST(what_does_not_fit_is_refused_and_harms_nothing)
{
    static char value[PMI_MESSAGE_MAX + 100];

    for (size_t size = PMI_LINE_MAX - 20; size < sizeof value; size++) {
        memset(value, 'x', size);
        value[size] = '\0';
        for (enum pmi_version version = PMI_1; version <= PMI_2; version++) {
            size_t most = version == PMI_1 ? PMI_LINE_MAX : PMI_MESSAGE_MAX;

            pmi_begin(&message, version, "put");
            pmi_add(&message, "key", value);
            size_t whole = (version == PMI_2 ? PMI_PREFIX : 0) + strlen("cmd=put key=") + size + 1;

            check_equal(pmi_end(&message), whole <= most ? 0 : -EMSGSIZE);
            check(whole > most || message.size == whole);
        }
    }
}

TEST(words_are_what_needs_no_quotes)
{
    check(pmi_is_word("10.0.0.1:7000=x", 64, false) && !pmi_is_word("a=b", 64, true));
    check(!pmi_is_word("", 64, false) && !pmi_is_word("a b", 64, false) && !pmi_is_word("a;b", 64, false));
    check(!pmi_is_word("a\n", 64, false) && !pmi_is_word("\x7f", 64, false) && !pmi_is_word("\xe4", 64, false));
    check(pmi_is_word("abc", 4, true) && !pmi_is_word("abcd", 4, true));
}

TEST(a_prefix_is_a_number_that_can_be)
{
    check_equal(pmi_body_size("    22"), 22);
    check_equal(pmi_body_size("22    "), 22);
    check_equal(pmi_body_size("002042"), PMI_MESSAGE_MAX - PMI_PREFIX);
    static const char *const none[] = { "      ", "0     ", "2043  ", "999999", "-1    ", "2 2   ", "22\n   ", "0x10  " };

    for (size_t i = 0; i < ARRAY_SIZE(none); i++)
        check_equal(pmi_body_size(none[i]), -EBADMSG);
}

static struct pmi_reply reply_of(enum pmi_version version, const char *text)
{
    size_t size = strlen(text);

    return (struct pmi_reply){ version, exact_copy(text, size), size };
}

TEST(an_answer_is_taken_apart_by_its_version)
{
    struct pmi_reply two = reply_of(PMI_2, "cmd=fullinit-response;rc=0;rank=3;size=4;ranks=9;value=a b=c;");
    struct pmi_reply one = reply_of(PMI_1, "cmd=get_result rc=0 value=a;b\n");
    const char *value;
    unsigned number;

    check_equal(pmi_check(&two, "fullinit-response"), 0);
    check_equal(pmi_check(&two, "fullinit"), -EBADMSG);
    check(pmi_find_number(&two, "rank", &number) == 0 && number == 3);
    check(pmi_find_number(&two, "size", &number) == 0 && number == 4);
    check(pmi_find(&two, "value", &value) == 5 && memcmp(value, "a b=c", 5) == 0);
    check_equal(pmi_find(&two, "valu", &value), -ENOENT);
    check_equal(pmi_find_number(&two, "value", &number), -EBADMSG);
    check_equal(pmi_check(&one, "get_result"), 0);
    check(pmi_find(&one, "value", &value) == 3 && memcmp(value, "a;b", 3) == 0);
}

TEST(what_went_wrong_is_told_and_what_is_no_answer_too)
{
    struct pmi_reply refused = reply_of(PMI_1, "cmd=put_result rc=-1 msg=no\n"), silent = reply_of(PMI_1, "cmd=put_result\n");
    struct pmi_reply cut = reply_of(PMI_2, "cmd=kvs-get-response;rc=0;value=never ends"), empty = reply_of(PMI_2, "");
    const char *value;
    unsigned number;

    check_equal(pmi_check(&refused, "put_result"), -EIO);
    check_equal(pmi_check(&silent, "put_result"), 0);
    check_equal(pmi_find(&cut, "value", &value), -ENOENT);
    check_equal(pmi_check(&empty, "kvs-get-response"), -EBADMSG);
    struct pmi_reply large = reply_of(PMI_2, "size=2147483648;rank=99999999999999999999;most=2147483647;none=;");

    check_equal(pmi_find_number(&large, "size", &number), -EBADMSG);
    check_equal(pmi_find_number(&large, "rank", &number), -EBADMSG);
    check_equal(pmi_find_number(&large, "none", &number), -EBADMSG);
    check(pmi_find_number(&large, "most", &number) == 0 && number == 2147483647);
}
