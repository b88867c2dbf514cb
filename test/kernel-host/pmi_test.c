/*
 * hpc/pmi: whole conversations with servers of both versions, of one that refuses the first hello, and of one that goes.
 */
#include <errno.h>

#include "pmi_server.h"
#include "verdict.h"

static struct lwd_pmi_place place;

static void check_heard(const char *text)
{
    check_equal(server_heard_size, strlen(text));
    check(memcmp(server_heard, text, server_heard_size) == 0);
}

static void talk(void)
{
    char value[LWD_PMI_VALUE];

    check_equal(lwd_pmi_init(&place), 0);
    check(place.rank == 1 && place.size == 2);
    check_equal(lwd_pmi_init(&place), -EALREADY);
    check_equal(lwd_pmi_put("a", "b"), 0);
    check_equal(lwd_pmi_fence(), 0);
    check_equal(lwd_pmi_get("a", value, sizeof value), 0);
    check(strcmp(value, "abc") == 0);
    check_equal(lwd_pmi_get("c", value, sizeof value), -ENOENT);
    check_equal(lwd_pmi_finalize(), 0);
    check_equal(lwd_pmi_put("a", "b"), -ENOTCONN);
}

TEST(version_2)
{
    static const char words[] = "cmd=response_to_init rc=0 pmi_version=2 pmi_subversion=0\n"
                                "44    cmd=fullinit-response;rc=0;rank=1;size=2;a=;"
                                "26    cmd=kvs-put-response;rc=0;"
                                "28    cmd=kvs-fence-response;rc=0;"
                                "47    cmd=kvs-get-response;rc=0;found=TRUE;value=abc;"
                                "38    cmd=kvs-get-response;rc=0;found=FALSE;"
                                "27    cmd=finalize-response;rc=0;";

    server_begin(words, sizeof words - 1);
    talk();
    check_heard("cmd=init pmi_version=2 pmi_subversion=0\n"
                "51    cmd=fullinit;pmijobid=7.0;pmirank=1;threaded=FALSE;"
                "26    cmd=kvs-put;key=a;value=b;"
                "14    cmd=kvs-fence;"
                "37    cmd=kvs-get;jobid=7.0;srcid=-1;key=a;"
                "37    cmd=kvs-get;jobid=7.0;srcid=-1;key=c;"
                "13    cmd=finalize;");
    check(server_at == server_end);
}

static const char old_words[] = "cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1\n"
                                "cmd=my_kvsname rc=0 kvsname=kvs_1\n"
                                "cmd=put_result rc=0\n"
                                "cmd=barrier_out rc=0\n"
                                "cmd=get_result rc=0 value=abc\n"
                                "cmd=get_result rc=-1 msg=no_such_key\n"
                                "cmd=finalize_ack rc=0\n";
#define OLD_TALK "cmd=get_my_kvsname\n"                      \
                 "cmd=put kvsname=kvs_1 key=a value=b\n"     \
                 "cmd=barrier_in\n"                          \
                 "cmd=get kvsname=kvs_1 key=a\n"             \
                 "cmd=get kvsname=kvs_1 key=c\n"             \
                 "cmd=finalize\n"

TEST(a_server_that_answers_with_version_1)
{
    server_begin(old_words, sizeof old_words - 1);
    talk();
    check_heard("cmd=init pmi_version=2 pmi_subversion=0\n" OLD_TALK);
}

TEST(a_server_that_refuses_version_2_is_asked_for_1)
{
    static char words[sizeof old_words + 40] = "cmd=response_to_init rc=-1\n";

    strcat(words, old_words);
    server_begin(words, strlen(words));
    talk();
    check_heard("cmd=init pmi_version=2 pmi_subversion=0\ncmd=init pmi_version=1 pmi_subversion=1\n" OLD_TALK);
}

TEST(who_goes_or_talks_nonsense_is_lost)
{
    static const char *const words[] = {
        "", "cmd=response_to_init rc=0 pmi_version=2 pmi_subversion=0\n",
        "cmd=response_to_init rc=0 pmi_version=3\n", "cmd=something rc=0\n", "cmd=response_to_init rc=0\n",
        "cmd=response_to_init rc=0 pmi_version=2\n44    cmd=fullinit-response;rc=0;rank=2;size=2;a=;",
        "cmd=response_to_init rc=0 pmi_version=2\n38    cmd=fullinit-response;rc=0;rank=1;abc;",
    };
    static const int errors[] = { -ECONNRESET, -ECONNRESET, -EPROTO, -EBADMSG, -EBADMSG, -EBADMSG, -EBADMSG };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        server_begin(words[i], strlen(words[i]));
        check_equal(lwd_pmi_init(&place), errors[i]);
        check_equal(lwd_pmi_fence(), -ENOTCONN);
    }
}

TEST(without_a_descriptor_there_is_no_pmi)
{
    server_begin("", 0);
    unsetenv("PMI_FD");
    check_equal(lwd_pmi_init(&place), -ENOENT);
    setenv("PMI_FD", "three", 1);
    check_equal(lwd_pmi_init(&place), -EBADF);
    setenv("PMI_FD", "4", 1);
    check_equal(lwd_pmi_init(&place), -EBADF);
}

TEST(what_cannot_be_said_is_not)
{
    static const char words[] = "cmd=response_to_init rc=0 pmi_version=1\ncmd=my_kvsname rc=0 kvsname=kvs_1\n";
    char value[LWD_PMI_VALUE + 1];

    server_begin(words, sizeof words - 1);
    check_equal(lwd_pmi_init(&place), 0);
    size_t heard = server_heard_size;

    memset(value, 'x', LWD_PMI_VALUE);
    value[LWD_PMI_VALUE] = '\0';
    check_equal(lwd_pmi_put("a", value), -EMSGSIZE);
    /* A value that it could be, but not within a line of version 1. */
    value[LWD_PMI_VALUE - 1] = '\0';
    check_equal(lwd_pmi_put("a", value), -EMSGSIZE);
    check_equal(lwd_pmi_put("a;b", "c"), -EINVAL);
    check_equal(lwd_pmi_get("a=b", value, sizeof value), -EINVAL);
    check_equal(server_heard_size, heard);
}
