/*
 * A rank of PMI (hpc/pmi.c, and its codec) under libFuzzer, which plays the server: whatever it says, each call ends with what it
 * may, and what is got is within the caller's memory.
 */
#include "pmi_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_result(int result)
{
    if (result > 0 || result < -4095)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct lwd_pmi_place place;
    struct pmi_reply reply = { size % 2 ? PMI_1 : PMI_2, (const char *)bytes, size };
    const char *found;
    int length = pmi_find(&reply, "value", &found);

    if (length >= 0 && (found < reply.text || found + length > reply.text + size))
        abort();
    if (size >= PMI_PREFIX && pmi_body_size((const char *)bytes) > PMI_MESSAGE_MAX - PMI_PREFIX)
        abort();
    server_begin(bytes, size);
    int error = lwd_pmi_init(&place);

    check_result(error);
    if (!error && place.rank >= place.size)
        abort();
    if (error && pmi.connected)
        abort();
    for (unsigned i = 0; i < 4 && pmi.connected; i++) {
        char *value = malloc(20);

        check_result(lwd_pmi_put("key", "value"));
        check_result(lwd_pmi_fence());
        error = lwd_pmi_get("key", value, 20);
        check_result(error);
        if (!error && strnlen(value, 20) == 20)
            abort();
        free(value);
    }
    check_result(lwd_pmi_finalize());
    if (pmi.connected || lwd_pmi_fence() != -ENOTCONN)
        abort();
    return 0;
}
