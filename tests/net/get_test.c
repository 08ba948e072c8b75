/* tests/net/get_test.c - one exchange against peers good and bad. */
#include "base/gz.h"
#include "net/net.h"
#include "tests/net/raw_server.h"
#include "tests/t.h"

#include <stdatomic.h>
#include <stdio.h>

#define CANARY   "AIzaCanaryKeyThatMustNotLeak0123456789"
#define OK_HEAD  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define OK_REPLY OK_HEAD "Content-Length: 2\r\n\r\n{}"

enum { BODY_MAX = 4096 };

/* A server, a client of it and one connection. */
struct rig {
    struct raw_server *server;
    struct net *net;
    struct net_conn *conn;
    struct net_response r;
    struct err e;
};

static const struct secret canary = { .bytes = CANARY };

static void rig_open(struct rig *g, const struct raw_reply *replies, size_t n)
{
    *g = (struct rig){ .server = raw_open(replies, n), .e = ERR_INIT };
    T_OK(net_global_init(&g->e), &g->e);
    struct net_options o = NET_OPTIONS_INIT;
    o.base_url = raw_url(g->server);
    o.key = &canary;
    o.total_timeout = DUR_MS(400);
    o.body_max_bytes = BODY_MAX;
    T_OK(net_open(&g->net, &o, &g->e), &g->e);
    T_OK(net_conn_open(&g->conn, g->net, &g->e), &g->e);
    net_response_init(&g->r, BODY_MAX);
}

static void rig_close(struct rig *g)
{
    net_response_fini(&g->r);
    net_conn_close(g->conn);
    net_close(g->net);
    raw_close(g->server);
    net_global_fini();
}

static int rig_get(struct rig *g, const char *query)
{
    struct net_request q = { .path = "/videos", .query = str_of(query) };
    return net_get(g->conn, &q, &g->r, &g->e);
}

static bool has(struct str text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

/* ---- answers ---- */

static const struct {
    const char *name;
    const char *bytes;
    bool close;
    int drip_ms;
    bool hold;
    int rc;
    int status;
    const char *body;
    const char *says; /* part of the error's message */
} answers[] = {
    /* clang-format off */
    { "a whole answer is given with its status and body",
      OK_REPLY, false, 0, false, RC_OK, 200, "{}", NULL },
    { "a page of HTML is an answer like any other",
      "HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
      false, 0, false, RC_OK, 404, "<html>", NULL },
    { "an answer may end with the connection",
      OK_HEAD "\r\n{\"a\":1}", true, 0, false, RC_OK, 200, "{\"a\":1}", NULL },
    { "a body cut before its length is no answer",
      OK_HEAD "Content-Length: 20\r\n\r\n{\"items\":", true, 0, false,
      RC_DOWN, 0, "", "partial" },
    { "a chunked body cut in a chunk is no answer",
      OK_HEAD "Transfer-Encoding: chunked\r\n\r\n20\r\n{\"it", true, 0, false,
      RC_DOWN, 0, "", "127.0.0.1" },
    { "a connection closed without a byte is no answer",
      "", true, 0, false, RC_DOWN, 0, "", "127.0.0.1" },
    { "a drip slower than the deadline is given up",
      OK_REPLY, false, 30, false, RC_AGAIN, 0, "", "Timeout" },
    { "a server that says nothing is given up",
      "", false, 0, true, RC_AGAIN, 0, "", "Timeout" },
    { "a body one byte over the bound is refused by its length",
      NULL, false, 0, false, RC_LIMIT, 0, "", "exceeds" },
    { "a redirect to another host is refused by name",
      "HTTP/1.1 302 Found\r\nLocation: https://evil.example/x?k=1\r\n"
      "Content-Length: 0\r\n\r\n", false, 0, false,
      RC_DENIED, 0, "", "'evil.example'" },
    { "a redirect to the same host is refused as well",
      "HTTP/1.1 307 Temporary\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
      false, 0, false, RC_DENIED, 0, "", "'127.0.0.1'" },
    { "a redirect to nowhere is an answer with its status",
      "HTTP/1.1 304 Not Modified\r\n\r\n", false, 0, false,
      RC_OK, 304, "", NULL },
    { "a peer that does not speak HTTP is refused",
      "SSH-2.0-OpenSSH_9.2\r\n", true, 0, false, RC_INPUT, 0, "",
      "127.0.0.1" },
    { "broken gzip is refused",
      OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip",
      false, 0, false, RC_INPUT, 0, "", "Content" },
    { "an encoding that was not asked for is refused",
      OK_HEAD "Content-Encoding: zzz\r\nContent-Length: 2\r\n\r\n{}",
      false, 0, false, RC_INPUT, 0, "", "Content" },
    { "a header without end is refused",
      "ENDLESS", false, 0, false, RC_INPUT, 0, "", "headers" },
    /* clang-format on */
};

/* Rows that are too long to be written down. */
static void fill_long(struct buf *b, const char *bytes)
{
    if (bytes && strcmp(bytes, "ENDLESS")) {
        buf_z(b, bytes);
        return;
    }
    if (!bytes) {
        buf_f(b, OK_HEAD "Content-Length: %d\r\n\r\n", BODY_MAX + 1);
        for (int i = 0; i <= BODY_MAX; i++)
            buf_c(b, ' ');
        return;
    }
    buf_z(b, OK_HEAD);
    for (int i = 0; i < 4096; i++)
        buf_f(b, "X-Header-%d: and so on and on\r\n", i);
}

static void check_answer(size_t i)
{
    struct buf bytes = BUF_INIT(1 << 20);
    fill_long(&bytes, answers[i].bytes);
    struct raw_reply reply = { .bytes = buf_view(&bytes),
                               .close = answers[i].close,
                               .drip_ms = answers[i].drip_ms,
                               .hold = answers[i].hold };
    struct rig g;
    rig_open(&g, &reply, 1);
    const char *name = answers[i].name;
    T_RC(name, rig_get(&g, "id=abc"), answers[i].rc, &g.e);
    T_I64(name, g.r.status, answers[i].status);
    T_STR(name, buf_view(&g.r.body), answers[i].body);
    if (answers[i].says)
        ck_assert_msg(strstr(g.e.msg, answers[i].says), "%s: '%s'", name,
                      g.e.msg);
    ck_assert_msg(!strstr(g.e.msg, CANARY), "%s: '%s'", name, g.e.msg);
    ck_assert_msg(!strstr(g.e.msg, "id=abc"), "%s: '%s'", name, g.e.msg);
    T_U64(name, raw_requests(g.server), 1);
    rig_close(&g);
    buf_fini(&bytes);
}

START_TEST(answers_are_told_apart)
{
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        check_answer(i);
}
END_TEST

START_TEST(bodies_at_and_over_the_bound)
{
    for (int over = -1; over <= 1; over++) {
        struct buf bytes = BUF_INIT(1 << 20);
        buf_z(&bytes, OK_HEAD "Connection: close\r\n\r\n");
        for (int i = 0; i < BODY_MAX + over; i++)
            buf_c(&bytes, 'x');
        struct raw_reply reply = { .bytes = buf_view(&bytes), .close = true };
        struct rig g;
        rig_open(&g, &reply, 1);
        T_RC("body of max and about", rig_get(&g, ""),
             over > 0 ? RC_LIMIT : RC_OK, &g.e);
        T_U64("bytes", g.r.body.n, over > 0 ? 0 : BODY_MAX + over);
        rig_close(&g);
        buf_fini(&bytes);
    }
}
END_TEST

/* Make an answer whose gzip body opens to @n blanks in quotes. */
static void gzip_reply(struct buf *out, size_t n)
{
    struct buf plain = BUF_INIT(64u << 20);
    struct buf packed = BUF_INIT(1 << 20);
    struct err e;
    buf_c(&plain, '"');
    for (size_t i = 0; i + 2 < n; i++)
        buf_c(&plain, ' ');
    buf_c(&plain, '"');
    T_OK(gz_deflate(buf_view(&plain), 9, &packed, &e), &e);
    buf_f(out, OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
          packed.n);
    buf_str(out, buf_view(&packed));
    buf_fini(&plain);
    buf_fini(&packed);
}

START_TEST(gzip_is_opened_and_a_bomb_is_refused)
{
    const struct {
        const char *name;
        size_t n;
        int rc;
    } rows[] = {
        { "gzip that opens to the bound", BODY_MAX, RC_OK },
        { "gzip that opens to one byte more", BODY_MAX + 1, RC_LIMIT },
        { "gzip that opens to 16 MiB", 16u << 20, RC_LIMIT },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf bytes = BUF_INIT(1 << 20);
        gzip_reply(&bytes, rows[i].n);
        struct raw_reply reply = { .bytes = buf_view(&bytes) };
        struct rig g;
        rig_open(&g, &reply, 1);
        T_RC(rows[i].name, rig_get(&g, ""), rows[i].rc, &g.e);
        T_U64(rows[i].name, g.r.body.n, rows[i].rc ? 0 : rows[i].n);
        T_TRUE(rows[i].name, g.r.wire_bytes <= bytes.n);
        rig_close(&g);
        buf_fini(&bytes);
    }
}
END_TEST

/* ---- headers ---- */

static const struct {
    const char *name;
    const char *headers;
    int64_t retry_after_s;
    bool is_json;
} header_rows[] = {
    /* clang-format off */
    { "no header, no promise", "", -1, false },
    { "seconds", "Retry-After: 120\r\n", 120, false },
    { "none at all", "Retry-After: 0\r\n", 0, false },
    { "more than a clock can hold is cut", "Retry-After: 99999999999\r\n", INT32_MAX, false },
    { "nonsense is no promise", "Retry-After: soon\r\n", -1, false },
    { "a date counts from the server's own clock",
      "Date: Fri, 20 Nov 2026 08:00:00 GMT\r\nRetry-After: Fri, 20 Nov 2026 08:02:00 GMT\r\n", 120, false },
    { "a date that has passed is now",
      "Date: Fri, 20 Nov 2026 08:00:00 GMT\r\nRetry-After: Fri, 20 Nov 2026 07:00:00 GMT\r\n", 0, false },
    { "a date without the server's clock is no promise",
      "Retry-After: Fri, 20 Nov 2026 08:02:00 GMT\r\n", -1, false },
    { "JSON by its type", "content-type: Application/JSON; charset=UTF-8\r\n", -1, true },
    { "JSON only by its type", "Content-Type: text/html\r\n", -1, false },
    /* clang-format on */
};

static void check_headers(size_t i)
{
    struct buf bytes = BUF_INIT(4096);
    buf_f(&bytes, "HTTP/1.1 503 Busy\r\n%sContent-Length: 0\r\n\r\n",
          header_rows[i].headers);
    struct raw_reply reply = { .bytes = buf_view(&bytes) };
    struct rig g;
    rig_open(&g, &reply, 1);
    const char *name = header_rows[i].name;
    T_RC(name, rig_get(&g, ""), RC_OK, &g.e);
    T_I64(name, g.r.status, 503);
    T_I64(name, g.r.retry_after_s, header_rows[i].retry_after_s);
    T_TRUE(name, g.r.is_json == header_rows[i].is_json);
    T_U64(name, g.r.wire_bytes, bytes.n);
    rig_close(&g);
    buf_fini(&bytes);
}

START_TEST(headers_of_an_answer_are_read)
{
    for (size_t i = 0; i < ARRAY_LEN(header_rows); i++)
        check_headers(i);
}
END_TEST

START_TEST(the_key_travels_in_its_header_only)
{
    struct raw_reply reply = { .bytes = STR(OK_REPLY) };
    struct rig g;
    rig_open(&g, &reply, 1);
    const char *headers[] = { "X-Svf-Sim-Now: 2026-11-20T08:00:00Z", NULL };
    struct net_request q = { .path = "/videos",
                             .query = STR("part=id&id=a"),
                             .headers = headers };
    T_OK(net_get(g.conn, &q, &g.r, &g.e), &g.e);
    struct str head = raw_heads(g.server);
    T_TRUE("request line",
           str_starts(head, STR("GET /api/videos?part=id&id=a HTTP/1.1\r\n")));
    T_TRUE("key", has(head, "x-goog-api-key: " CANARY "\r\n"));
    T_TRUE("gzip", has(head, "Accept-Encoding: gzip\r\n"));
    T_TRUE("agent", has(head, "User-Agent: svf (gzip)\r\n"));
    T_TRUE("extra", has(head, "X-Svf-Sim-Now: 2026-11-20T08:00:00Z\r\n"));
    rig_close(&g);
}
END_TEST

#define STARS "**************************************"

static const struct {
    const char *name, *bytes;
    int rc;
    const char *body, *says;
} quoting[] = {
    /* clang-format off */
    { "a body that quotes the key, twice and at its ends",
      "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n"
      CANARY " is no key, " CANARY, RC_OK, STARS " is no key, " STARS, "" },
    { "also one with status 200",
      OK_HEAD "Connection: close\r\n\r\n{\"a\":\"" CANARY "\"}",
      RC_OK, "{\"a\":\"" STARS "\"}", "" },
    { "part of it is no key",
      "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\nAIzaCanaryKey",
      RC_OK, "AIzaCanaryKey", "" },
    { "a redirect whose host is the key",
      "HTTP/1.1 302 Found\r\nLocation: https://" CANARY "/\r\n"
      "Content-Length: 0\r\n\r\n", RC_DENIED, "", "'" STARS "'" },
    /* clang-format on */
};

START_TEST(an_answer_that_quotes_the_key_is_told_without_it)
{
    _Static_assert(sizeof(STARS) == sizeof(CANARY), "as many");
    for (size_t i = 0; i < ARRAY_LEN(quoting); i++) {
        struct raw_reply reply = { .bytes = str_of(quoting[i].bytes),
                                   .close = true };
        struct rig g;
        rig_open(&g, &reply, 1);
        const char *name = quoting[i].name;
        T_RC(name, rig_get(&g, ""), quoting[i].rc, &g.e);
        T_STR(name, buf_view(&g.r.body), quoting[i].body);
        ck_assert_msg(strstr(g.e.msg, quoting[i].says), "%s: '%s'", name,
                      g.e.msg);
        rig_close(&g);
    }
}
END_TEST

START_TEST(a_short_key_is_a_word_and_not_hidden)
{
    static const struct secret word = { .bytes = "sim-key" };
    struct raw_reply reply = { .bytes = STR(OK_HEAD "Content-Length: 9\r\n\r\n"
                                                    "\"sim-key\"") };
    struct rig g;
    rig_open(&g, &reply, 1);
    net_conn_close(g.conn);
    net_close(g.net);
    char url[128]; /* with a slash at its end, which is not doubled */
    snprintf(url, sizeof(url), "%s/", raw_url(g.server));
    struct net_options o = NET_OPTIONS_INIT;
    o.base_url = url;
    o.key = &word;
    T_OK(net_open(&g.net, &o, &g.e), &g.e);
    T_OK(net_conn_open(&g.conn, g.net, &g.e), &g.e);
    T_OK(rig_get(&g, "id=a"), &g.e);
    T_STR("body", buf_view(&g.r.body), "\"sim-key\"");
    T_TRUE("path", str_starts(raw_heads(g.server),
                              STR("GET /api/videos?id=a HTTP/1.1\r\n")));
    rig_close(&g);
}
END_TEST

/* ---- connections ---- */

START_TEST(one_connection_serves_many_requests)
{
    struct raw_reply reply = { .bytes = STR(OK_REPLY) };
    struct rig g;
    rig_open(&g, &reply, 1);
    for (int i = 0; i < 20; i++)
        T_OK(rig_get(&g, "id=x"), &g.e);
    T_U64("requests", raw_requests(g.server), 20);
    T_U64("connections", raw_connections(g.server), 1);
    rig_close(&g);
}
END_TEST

START_TEST(a_request_is_never_sent_twice_for_one_payment)
{
    struct raw_reply replies[] = { { .bytes = STR(OK_REPLY) },
                                   { .bytes = STR(""), .close = true },
                                   { .bytes = STR(OK_REPLY) } };
    struct rig g;
    rig_open(&g, replies, ARRAY_LEN(replies));
    T_OK(rig_get(&g, "id=x"), &g.e);
    /* A reused connection that dies tempts libcurl to try again. */
    T_RC("dead reused connection", rig_get(&g, "id=x"), RC_DOWN, &g.e);
    T_U64("requests", raw_requests(g.server), 2);
    T_OK(rig_get(&g, "id=x"), &g.e);
    T_U64("requests", raw_requests(g.server), 3);
    rig_close(&g);
}
END_TEST

START_TEST(a_connection_recovers_from_every_failure)
{
    struct buf too_long = BUF_INIT(1 << 20);
    fill_long(&too_long, NULL);
    struct raw_reply replies[] = {
        { .bytes = buf_view(&too_long) },
        { .bytes = STR(""), .hold = true },
        { .bytes = STR("nonsense\r\n"), .close = true },
        { .bytes = STR(OK_HEAD "Content-Length: 9\r\n\r\n{"), .close = true },
        { .bytes = STR(OK_REPLY) },
    };
    struct rig g;
    rig_open(&g, replies, ARRAY_LEN(replies));
    T_RC("too long", rig_get(&g, ""), RC_LIMIT, &g.e);
    T_RC("silence", rig_get(&g, ""), RC_AGAIN, &g.e);
    T_RC("nonsense", rig_get(&g, ""), RC_INPUT, &g.e);
    T_RC("cut", rig_get(&g, ""), RC_DOWN, &g.e);
    T_OK(rig_get(&g, ""), &g.e);
    T_STR("body", buf_view(&g.r.body), "{}");
    rig_close(&g);
    buf_fini(&too_long);
}
END_TEST

START_TEST(a_stop_ends_the_wait)
{
    struct raw_reply reply = { .bytes = STR(""), .hold = true };
    struct rig g;
    rig_open(&g, &reply, 1);
    atomic_bool stop = true;
    struct net_request q = { .path = "/videos", .stop = &stop };
    T_RC("stop", net_get(g.conn, &q, &g.r, &g.e), RC_CANCELLED, &g.e);
    rig_close(&g);
}
END_TEST

START_TEST(nobody_listens)
{
    struct raw_reply reply = { .bytes = STR(OK_REPLY) };
    struct raw_server *gone = raw_open(&reply, 1);
    char url[64];
    snprintf(url, sizeof(url), "%s", raw_url(gone));
    raw_close(gone);
    struct err e;
    struct net *n;
    struct net_conn *c;
    struct net_response r;
    T_OK(net_global_init(&e), &e);
    struct net_options o = NET_OPTIONS_INIT;
    o.base_url = url;
    T_OK(net_open(&n, &o, &e), &e);
    T_OK(net_conn_open(&c, n, &e), &e);
    net_response_init(&r, BODY_MAX);
    struct net_request q = { .path = "/videos" };
    T_RC("nobody listens", net_get(c, &q, &r, &e), RC_DOWN, &e);
    net_response_fini(&r);
    net_conn_close(c);
    net_close(n);
    net_global_fini();
}
END_TEST

/* ---- what may be sent ---- */

START_TEST(a_proxy_of_the_environment_is_not_asked_for_loopback)
{
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    struct raw_reply reply = { .bytes = STR(OK_REPLY) };
    struct rig g;
    rig_open(&g, &reply, 1);
    T_OK(rig_get(&g, ""), &g.e);
    rig_close(&g);
}
END_TEST

static const struct {
    const char *name;
    const char *path, *query, *header;
} unsendable[] = {
    { "a line end in the query", "/videos", "id=a\r\nX: y", NULL },
    { "a blank in the query", "/videos", "id=a b", NULL },
    { "a fragment in the query", "/videos", "id=a#b", NULL },
    { "a byte that is not ASCII", "/videos", "id=\xc3\xa9", NULL },
    { "a path without a slash", "videos", "", NULL },
    { "an empty path", "", "", NULL },
    { "a query hidden in the path", "/videos?x=1", "", NULL },
    { "a line end in the path", "/videos HTTP/1.1\r\n", "", NULL },
    { "a line end in a header", "/videos", "", "X-A: b\r\nHost: c" },
};

static void check_unsendable(size_t i)
{
    struct raw_reply reply = { .bytes = STR(OK_REPLY) };
    struct rig g;
    rig_open(&g, &reply, 1);
    const char *headers[] = { unsendable[i].header, NULL };
    struct net_request q = { .path = unsendable[i].path,
                             .query = str_of(unsendable[i].query),
                             .headers = headers };
    T_RC(unsendable[i].name, net_get(g.conn, &q, &g.r, &g.e), RC_INPUT, &g.e);
    T_U64(unsendable[i].name, raw_requests(g.server), 0);
    rig_close(&g);
}

START_TEST(what_would_break_the_request_is_not_sent)
{
    for (size_t i = 0; i < ARRAY_LEN(unsendable); i++)
        check_unsendable(i);
}
END_TEST

START_TEST(a_query_that_is_too_long_is_not_sent)
{
    static char query[10000];
    memset(query, 'a', sizeof(query) - 1);
    struct raw_reply reply = { .bytes = STR(OK_REPLY) };
    struct rig g;
    rig_open(&g, &reply, 1);
    T_RC("10,000 bytes", rig_get(&g, query), RC_INPUT, &g.e);
    T_U64("requests", raw_requests(g.server), 0);
    rig_close(&g);
}
END_TEST

/* A response is used again and again: the last answer must not stay in it. */
START_TEST(a_request_that_is_not_sent_leaves_no_old_answer)
{
    struct raw_reply reply = { .bytes = STR(OK_REPLY) };
    struct rig g;
    rig_open(&g, &reply, 1);
    T_OK(rig_get(&g, "a=1"), &g.e);
    T_U64("body", g.r.body.n, 2);
    T_RC("a blank in the query", rig_get(&g, "a b"), RC_INPUT, &g.e);
    T_U64("no body", g.r.body.n, 0);
    T_U64("nothing received", g.r.wire_bytes, 0);
    T_I64("no status", g.r.status, 0);
    rig_close(&g);
}
END_TEST

T_SUITE("net.get", 60, answers_are_told_apart, bodies_at_and_over_the_bound,
        gzip_is_opened_and_a_bomb_is_refused, headers_of_an_answer_are_read,
        the_key_travels_in_its_header_only,
        an_answer_that_quotes_the_key_is_told_without_it,
        a_short_key_is_a_word_and_not_hidden,
        one_connection_serves_many_requests,
        a_request_is_never_sent_twice_for_one_payment,
        a_connection_recovers_from_every_failure, a_stop_ends_the_wait,
        nobody_listens, a_proxy_of_the_environment_is_not_asked_for_loopback,
        what_would_break_the_request_is_not_sent,
        a_query_that_is_too_long_is_not_sent,
        a_request_that_is_not_sent_leaves_no_old_answer)
