/* tests/api/route_test.c - addresses and their answers, without a socket. */
#include "api/api.h"
#include "base/clk.h"
#include "search/search.h"
#include "store/store.h"
#include "tests/t.h"

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
                                          "/api/v1/videos?minVotes=3" };
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
        a_review_ends_while_the_service_runs, an_address_has_4096_bytes)
