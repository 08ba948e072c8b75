/* tests/api/route_test.c - addresses and their answers, without a socket. */
#include "api/api.h"
#include "base/clk.h"
#include "search/search.h"
#include "store/store.h"
#include "tests/t.h"

#include <stdio.h>
#include <string.h>

/* A service over an empty local store. */
struct served {
    struct store *store;
    struct search *search;
    struct api *api;
};

static void no_status(void *ctx, struct jsonw *w)
{
    (void)ctx;
    jsonw_kz(w, "role", "test");
}

static void no_metrics(void *ctx, struct buf *out)
{
    (void)ctx;
    buf_z(out, "svf_test 1\n");
}

static void served_open(struct served *s, struct api_policy policy,
                        struct clk *clk)
{
    struct err e = ERR_INIT;
    struct store_options so = {
        .uri = "mem:", .create = true, .kind = STORE_LOCAL, .clk = clk_real()
    };
    T_RC("store", store_open(&s->store, &so, &e), RC_OK, &e);
    struct search_options xo = {
        .store = s->store, .clk = clk_real(), .progress_fd = -1, .threads = 1
    };
    T_RC("search", search_open(&s->search, &xo, &e), RC_OK, &e);
    struct api_options ao = { .listen = "127.0.0.1:0",
                              .search = s->search,
                              .sources = { NULL, no_status, no_metrics },
                              .policy = policy,
                              .clk = clk,
                              .threads = 1,
                              .request_timeout = DUR_S(10) };
    T_RC("api", api_open(&s->api, &ao, &e), RC_OK, &e);
}

static void served_close(struct served *s)
{
    api_close(s->api);
    search_close(s->search);
    store_close(s->store);
}

/* clang-format off */
static const struct {
    const char *name, *method, *uri;
    int status;
    const char *type;
    const char *body; /* a part of it */
} rows[] = {
    { "an empty store has no videos", "GET", "/api/v1/videos", 200, "application/json", "\"total\":0" },
    { "the absolute form is the path", "GET", "http://h:1/health", 200, "text/plain; charset=utf-8", "alive" },
    { "health is five bytes", "HEAD", "/health", 200, "text/plain; charset=utf-8", "alive" },
    { "status comes from outside", "GET", "/api/v1/status", 200, "application/json", "{\"role\":\"test\"}" },
    { "metrics come from outside", "GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "svf_test 1" },
    { "the page", "GET", "/", 200, "text/html; charset=utf-8", "<!doctype html>" },
    { "another method", "DELETE", "/health", 405, "application/problem+json", "\"method-not-allowed\"" },
    { "methods are case-sensitive", "get", "/health", 405, "application/problem+json", "\"method-not-allowed\"" },
    { "a route without parameters", "GET", "/health?a=1", 400, "application/problem+json", "\"parameter\":\"a\"" },
    { "a later route, by name", "GET", "/api/v1/suggest", 404, "application/problem+json", "\"not-built\"" },
    { "a later route and what lies below", "GET", "/api/v1/channels/UC1", 404, "application/problem+json", "\"not-built\"" },
    { "a name that only begins like one", "GET", "/api/v1/suggestions", 404, "application/problem+json", "\"not-found\"" },
    { "no id", "GET", "/api/v1/videos/", 404, "application/problem+json", "not a video id" },
    { "a name that only begins like a route", "GET", "/api/v1/statuses", 404, "application/problem+json", "\"not-found\"" },
    { "nothing above the page's folder", "GET", "/../api.c", 404, "application/problem+json", "\"not-found\"" },
    { "a bad escape", "GET", "/api/v1/videos?q=%4", 400, "application/problem+json", "\"bad-address\"" },
    { "one ratio only", "GET", "/api/v1/buckets?ratio=likesViews&ratio=likesViews", 400, "application/problem+json", "twice" },
    { "an empty store has no buckets", "GET", "/api/v1/buckets?ratio=likes/views", 200, "application/json", "\"buckets\":[]" },
};
/* clang-format on */

START_TEST(rows_hold)
{
    struct served s;
    struct err e = ERR_INIT;
    served_open(&s, (struct api_policy){ .derived = true }, clk_real());
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_answer a = { .body = BUF_INIT(1 << 20) };
        T_RC(rows[i].name,
             api_answer(s.api, rows[i].method, rows[i].uri, &a, &e), RC_OK, &e);
        ck_assert_msg(a.status == rows[i].status, "%s: %d", rows[i].name,
                      a.status);
        ck_assert_msg(strcmp(a.content_type, rows[i].type) == 0, "%s: %s",
                      rows[i].name, a.content_type);
        ck_assert_msg(strstr(a.body.p, rows[i].body) != NULL, "%s: %s",
                      rows[i].name, a.body.p);
        buf_fini(&a.body);
    }
    served_close(&s);
}
END_TEST

START_TEST(ratios_are_kept_back)
{
    static const char *const asking[] = { "/api/v1/buckets",
                                          "/api/v1/videos?top=1",
                                          "/api/v1/videos?sort=-ratio",
                                          "/api/v1/videos?minVotes=3",
                                          "/api/v1/videos?fields=ratios",
                                          "/api/v1/videos/AAAAAAAAAAA"
                                          "?fields=ratios" };
    struct served s;
    struct err e = ERR_INIT;
    served_open(&s, (struct api_policy){ .derived = false }, clk_real());
    for (size_t i = 0; i < ARRAY_LEN(asking); i++) {
        struct api_answer a = { .body = BUF_INIT(1 << 20) };
        T_RC(asking[i], api_answer(s.api, "GET", asking[i], &a, &e), RC_OK, &e);
        ck_assert_msg(a.status == 403, "%s: %d", asking[i], a.status);
        ck_assert_ptr_nonnull(strstr(a.body.p, "derived-metrics-off"));
        buf_fini(&a.body);
    }
    served_close(&s);
}
END_TEST

static int status_of(struct served *s, const char *uri)
{
    struct api_answer a = { .body = BUF_INIT(1 << 20) };
    struct err e = ERR_INIT;
    T_RC(uri, api_answer(s->api, "GET", uri, &a, &e), RC_OK, &e);
    buf_fini(&a.body);
    return a.status;
}

START_TEST(a_review_ends_while_the_service_runs)
{
    struct clk_step now;
    wall_t end = { 1000000 };
    struct api_policy review = { .derived = true, .derived_until = end };
    struct served s;
    clk_step_init(&now, (wall_t){ end.ms - 1 });
    served_open(&s, review, &now.clk);
    ck_assert_int_eq(status_of(&s, "/api/v1/videos?top=1"), 200);
    now.clk.wait(&now.clk, end, NULL);
    ck_assert_int_eq(status_of(&s, "/api/v1/videos?top=1"), 403);
    ck_assert_int_eq(status_of(&s, "/api/v1/videos"), 200);
    served_close(&s);
}
END_TEST

/* ---- two videos: the elder is the better one ---- */

enum { ELDER = 1, YOUNGER = 2 };

static struct video a_cat(uint64_t id, uint64_t likes)
{
    struct video v = { .h.key = { id, 0 } };
    VIDEO_SET(&v, views, 1000);
    VIDEO_SET(&v, likes, likes);
    VIDEO_SET(&v, stats_at, 1763200000);
    VIDEO_SET(&v, text_at, 1763200000);
    VIDEO_SET(&v, published, 1700000000 + (int64_t)id);
    VIDEO_SET(&v, title, STR("a cat"));
    return v;
}

static void add_cats(struct served *s)
{
    struct video v[2] = { a_cat(ELDER, 90), a_cat(YOUNGER, 10) };
    struct ratio_options o = RATIO_OPTIONS_INIT;
    struct search_rank_report report;
    enum store_outcome out[2];
    struct err e = ERR_INIT;
    bool changed;
    T_RC("put", store_put(s->store, &schema_video, v, 2, 0, out, &e), RC_OK,
         &e);
    T_RC("refresh", search_refresh(s->search, DUR_MS(0), &changed, &e), RC_OK,
         &e);
    T_RC("rank", search_rank(s->search, &o, false, 0, &report, &e), RC_OK, &e);
}

/* The id of the first video of the answer to @uri. */
static uint64_t first_of(struct served *s, const char *uri)
{
    static const char before[] = "{\"data\":[{\"id\":\"";
    struct api_answer a = { .body = BUF_INIT(1 << 20) };
    struct err e = ERR_INIT;
    uint64_t id;
    T_RC(uri, api_answer(s->api, "GET", uri, &a, &e), RC_OK, &e);
    ck_assert_msg(a.status == 200 &&
                      str_starts(buf_view(&a.body), str_of(before)),
                  "%s: %d %s", uri, a.status, a.body.p);
    T_RC(uri,
         vid_parse(str_n(a.body.p + strlen(before), VID_TEXT - 1), &id, &e),
         RC_OK, &e);
    buf_fini(&a.body);
    return id;
}

/* An order by percentile would tell it, and so would a cursor. */
START_TEST(an_order_tells_ratios_only_where_they_may_be_told)
{
    static const struct {
        const char *uri;
        uint64_t told, plain;
    } orders[] = {
        { "/api/v1/videos", ELDER, YOUNGER },
        { "/api/v1/videos?q=cat", ELDER, YOUNGER },
        { "/api/v1/videos?q=cat&sort=publishedAt", ELDER, ELDER },
        { "/api/v1/videos?q=cat&limit=1", ELDER, YOUNGER },
    };
    for (int derived = 0; derived < 2; derived++) {
        struct served s;
        served_open(&s, (struct api_policy){ .derived = derived }, clk_real());
        add_cats(&s);
        for (size_t i = 0; i < ARRAY_LEN(orders); i++)
            T_U64(orders[i].uri, first_of(&s, orders[i].uri),
                  derived ? orders[i].told : orders[i].plain);
        served_close(&s);
    }
}
END_TEST

START_TEST(a_cursor_of_another_query_is_named)
{
    static const char next[] = "\"nextCursor\":\"";
    struct served s;
    struct err e = ERR_INIT;
    char uri[400];
    served_open(&s, (struct api_policy){ .derived = true }, clk_real());
    add_cats(&s);
    struct api_answer a = { .body = BUF_INIT(1 << 20) };
    T_RC("a page", api_answer(s.api, "GET", "/api/v1/videos?limit=1", &a, &e),
         RC_OK, &e);
    const char *cursor = strstr(a.body.p, next);
    ck_assert_ptr_nonnull(cursor);
    cursor += strlen(next);
    snprintf(uri, sizeof(uri), "/api/v1/videos?q=cat&cursor=%.*s",
             (int)strcspn(cursor, "\""), cursor);
    buf_fini(&a.body);
    a = (struct api_answer){ .body = BUF_INIT(1 << 20) };
    T_RC(uri, api_answer(s.api, "GET", uri, &a, &e), RC_OK, &e);
    ck_assert_int_eq(a.status, 400);
    ck_assert_msg(strstr(a.body.p, "\"parameter\":\"cursor\"") != NULL, "%s",
                  a.body.p);
    buf_fini(&a.body);
    served_close(&s);
}
END_TEST

/* One byte around the longest address; the one too many is 414. */
START_TEST(an_address_has_4096_bytes)
{
    struct served s;
    struct err e = ERR_INIT;
    char uri[4200];
    served_open(&s, (struct api_policy){ .derived = true }, clk_real());
    for (size_t n = 4095; n <= 4097; n++) {
        struct api_answer a = { .body = BUF_INIT(1 << 20) };
        memset(uri, 'x', n);
        memcpy(uri, "/api/v1/videos?", 15);
        uri[n] = '\0';
        T_RC("uri", api_answer(s.api, "GET", uri, &a, &e), RC_OK, &e);
        ck_assert_int_eq(a.status, n > 4096 ? 414 : 400);
        buf_fini(&a.body);
    }
    served_close(&s);
}
END_TEST

T_SUITE("api.route", 60, rows_hold, ratios_are_kept_back,
        a_review_ends_while_the_service_runs,
        an_order_tells_ratios_only_where_they_may_be_told,
        a_cursor_of_another_query_is_named, an_address_has_4096_bytes)
