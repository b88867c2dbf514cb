/*
 * net/segment: segments larger than a frame, over a link that cuts them up and loses some of the pieces, to a receiver
 * whose window opens and shuts. What was written arrives whole and then its end, whatever is lost, and nothing overruns a
 * window.
 */
#include "net/segment.h"

#include <stdbool.h>
#include <string.h>

#include "lwip/ip4.h"
#include "lwip/priv/tcp_priv.h"

#include "net/interface.h"
#include "net/network.h"
#include "tcp/tcp_helper.h"

#define MTU (TCP_MSS + 40)
#define AMOUNT 60000

static struct {
    struct netif netif;
    struct test_tcp_counters counters;
    struct tcp_pcb *pcb;
    bool cuts_up;
    unsigned loss;              /* of a hundred pieces */
    uint32_t start, right_edge, most;
    unsigned acknowledgements;  /* to be sent */
    size_t next;
    bool have[AMOUNT], have_end;
    uint8_t sent[AMOUNT], seen[AMOUNT];
} link;

bool interface_cuts_up(const struct netif *netif, uint8_t version)
{
    return netif == &link.netif && link.cuts_up && version == 4;
}

size_t network_memory_limit(void)
{
    return 1 << 20;
}

static bool happens(unsigned percent)
{
    return (unsigned)rand() % 100 < percent;
}

/* A packet as the card has it; the receiver gets what is not lost of it. */
static err_t carry(struct netif *netif, struct pbuf *packet, const ip4_addr_t *to)
{
    const struct tcp_hdr *tcp = (const struct tcp_hdr *)((char *)packet->payload + IP_HLEN);
    size_t headers = IP_HLEN + TCPH_HDRLEN_BYTES(tcp), size = packet->tot_len - headers;
    size_t at = lwip_ntohl(tcp->seqno) - link.start, unit = packet->tot_len > MTU ? segment_unit(netif) : size;
    bool is_end = TCPH_FLAGS(tcp) & TCP_FIN;

    (void)to;
    EXPECT(unit <= TCP_MSS);
    EXPECT(size <= TCP_MSS || link.cuts_up);
    /* What is only an acknowledgement may come after the end. */
    EXPECT(at + size <= AMOUNT + (size == 0 && !is_end));
    /* One byte beyond is the probe of a window that is shut. */
    EXPECT(TCP_SEQ_LEQ(lwip_ntohl(tcp->seqno) + size, link.right_edge) || size == 1);
    EXPECT(!is_end || at + size == AMOUNT);
    link.most = LWIP_MAX(link.most, size);
    if (is_end && size == 0 && !happens(link.loss)) {
        link.have_end = true;
        link.acknowledgements++;
    }
    for (size_t done = 0; done < size; done += unit) {
        size_t part = LWIP_MIN(unit, size - done);

        if (happens(link.loss))
            continue;
        pbuf_copy_partial(packet, link.seen + at + done, (u16_t)part, (u16_t)(headers + done));
        memset(link.have + at + done, true, part);
        link.have_end |= is_end && done + part == size;
        link.acknowledgements++;
    }
    return ERR_OK;
}

/* The receiver says how far it has everything, once for each piece that came, and how much more it takes. */
static void acknowledge(void)
{
    /* Its window only moves on. */
    static const u16_t windows[] = { 0, 100, TCP_MSS, TCP_MSS + 1, 4 * TCP_MSS, TCP_WND, TCP_WND, TCP_WND };
    u16_t window = windows[rand() % 8];

    for (; link.acknowledgements; link.acknowledgements--) {
        while (link.next < AMOUNT && link.have[link.next])
            link.next++;
        bool ended = link.next == AMOUNT && link.have_end;
        uint32_t now = link.start + (uint32_t)link.next + ended, left = link.right_edge - now;

        /* The end needs no window. */
        window = TCP_SEQ_GT(now, link.right_edge) ? window : LWIP_MAX(window, (u16_t)left);
        link.right_edge = now + window;
        test_tcp_input(tcp_create_rx_segment_wnd(link.pcb, NULL, 0, 0, now - link.pcb->lastack, TCP_ACK, window),
                       &link.netif);
    }
}

static void connect(void)
{
    test_tcp_init_netif(&link.netif, NULL, &test_local_ip, &test_netmask);
    link.netif.output = carry;
    link.netif.mtu = MTU;
    link.pcb = test_tcp_new_counters_pcb(&link.counters);
    tcp_set_state(link.pcb, ESTABLISHED, &test_local_ip, &test_remote_ip, TEST_LOCAL_PORT, TEST_REMOTE_PORT);
    link.pcb->mss = TCP_MSS;
    link.pcb->cwnd = 10 * TCP_MSS;
    link.start = link.pcb->lastack;
    link.right_edge = link.start + link.pcb->snd_wnd;
    for (size_t i = 0; i < AMOUNT; i++)
        link.sent[i] = (uint8_t)rand();
}

static void write_some(size_t *written, size_t size)
{
    size = LWIP_MIN(LWIP_MIN(size, AMOUNT - *written), tcp_sndbuf(link.pcb));
    if (size && tcp_write(link.pcb, link.sent + *written, (u16_t)size, TCP_WRITE_FLAG_COPY) == ERR_OK)
        *written += size;
}

static bool is_everything_delivered(void)
{
    return link.next == AMOUNT && link.have_end && !link.pcb->unsent && !link.pcb->unacked;
}

/* Writes everything, ends, and has it delivered. */
static void transfer(void)
{
    size_t written = 0;

    for (int step = 0; step < 100000 && !is_everything_delivered(); step++) {
        write_some(&written, 1 + (size_t)rand() % TCP_SND_BUF);
        if (written == AMOUNT && link.pcb->state == ESTABLISHED)
            tcp_shutdown(link.pcb, 0, 1);
        tcp_output(link.pcb);
        acknowledge();
        /* A window that was shut opens. */
        link.acknowledgements = happens(20);
        acknowledge();
        if (happens(50))
            tcp_slowtmr();
        EXPECT_RET(link.counters.err_calls == 0);
    }
    EXPECT(is_everything_delivered());
    EXPECT(memcmp(link.seen, link.sent, AMOUNT) == 0);
}

START_TEST(test_a_card_that_cuts_gets_large_segments)
{
    (void)_i;
    link.cuts_up = true;
    connect();
    transfer();
    EXPECT(link.most > 3 * TCP_MSS);
}
END_TEST

START_TEST(test_another_card_gets_frames)
{
    (void)_i;
    connect();
    transfer();
    EXPECT(link.most == TCP_MSS);
}
END_TEST

START_TEST(test_losses)
{
    (void)_i;
    for (int round = 0; round < 200; round++) {
        memset(&link, 0, sizeof link);
        srand((unsigned)round);
        link.cuts_up = round % 4 != 0;
        link.loss = (unsigned)rand() % 15;
        connect();
        transfer();
        tcp_abort(link.pcb);
    }
}
END_TEST

START_TEST(test_after_a_timeout_one_frame_is_sent)
{
    size_t written = 0;

    (void)_i;
    link.cuts_up = true;
    link.loss = 100;
    connect();
    write_some(&written, 8 * TCP_MSS);
    tcp_output(link.pcb);
    EXPECT(link.pcb->unacked->len == 5 * TCP_MSS);
    link.most = 0;
    while (link.pcb->nrtx == 0)
        tcp_slowtmr();
    EXPECT(link.most == TCP_MSS);
    EXPECT(link.pcb->unacked->len == TCP_MSS && link.pcb->unacked->next == NULL);
    EXPECT(link.pcb->unsent->len == 4 * TCP_MSS);
}
END_TEST

START_TEST(test_a_packet_without_its_connection_is_cut_small)
{
    (void)_i;
    link.netif.hints = NULL;
    EXPECT(segment_unit(&link.netif) == 536);
}
END_TEST

static void clean_up(void)
{
    tcp_remove_all();
}

Suite *segment_suite(void)
{
    testfunc tests[] = {
        TESTFUNC(test_a_card_that_cuts_gets_large_segments),
        TESTFUNC(test_another_card_gets_frames),
        TESTFUNC(test_losses),
        TESTFUNC(test_after_a_timeout_one_frame_is_sent),
        TESTFUNC(test_a_packet_without_its_connection_is_cut_small),
    };

    return create_suite("SEGMENT", tests, sizeof tests / sizeof *tests, NULL, clean_up);
}
