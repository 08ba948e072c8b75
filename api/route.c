/*
 * api/route.c - which address is answered by whom.
 *
 * Rules
 *   1. only GET and HEAD; everything else is 405 with Allow
 *   2. a route that takes no parameters refuses them by name
 *   3. an answer is a pure function of state and address
 */
#include "api/api_priv.h"

#include "base/digest.h"

#include <string.h>

struct ctr api_ctr[] = {
#define CTR CTR_ROW
#include "api/counters.def"
#undef CTR
};
struct ctr_table api_counters = CTR_TABLE(api_ctr);

struct route {
    const char *path;
    bool prefix; /* everything below it too */
    bool params; /* takes parameters */
    void (*fn)(struct api *a, const struct request *q, struct answer *r);
};

/* clang-format off */
static const struct route routes[] = {
    { "/api/v1/videos",  false, true,  route_videos },
    { "/api/v1/videos/", true,  true,  route_video },
    { "/api/v1/buckets", false, true,  route_buckets },
    { "/api/v1/status",  false, false, route_status },
    { "/health",         false, false, route_health },
    { "/metrics",        false, false, route_metrics },
};

/* Of the interface, but not built yet: refused by name. */
static const char *const later[] = {
    "/api/v1/channels", "/api/v1/suggest", "/api/v1/facets",
    "/api/v1/feed.atom", "/api/v1/export.ndjson", "/api/v1/openapi.json",
    "/api/v1/docs", "/ready",
};
/* clang-format on */

void answer_init(struct answer *r)
{
    *r = (struct answer){ .status = 200,
                          .type = "application/json",
                          .data_age_s = -1,
                          .body = BUF_INIT(API_BODY_MAX) };
}

static const struct route *find(struct str path)
{
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        const struct route *x = &routes[i];
        if (x->prefix ? str_starts(path, str_of(x->path))
                      : str_eqz(path, x->path))
            return x;
    }
    return NULL;
}

static void refuse_params(const struct request *q, struct answer *r)
{
    struct search_problem p = { .reason = "not a parameter of this route" };
    snprintf(p.parameter, sizeof(p.parameter), "%.*s",
             STR_ARG(q->params[0].name));
    problem(q, r, 400, "bad-parameter", "this route takes no parameters", &p);
}

static bool is_later(struct str path)
{
    struct str similar = STR("/similar");
    if (str_starts(path, STR("/api/v1/videos/")) && path.n > similar.n &&
        str_eq(str_from(path, path.n - similar.n), similar))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        struct str name = str_of(later[i]);
        if (str_starts(path, name) &&
            (path.n == name.n || path.p[name.n] == '/'))
            return true;
    }
    return false;
}

static void dispatch(struct api *a, const struct request *q, struct answer *r)
{
    const struct route *x = find(q->path);
    if (is_later(q->path)) {
        problem(q, r, 404, "not-built", "this address is not built yet", NULL);
        return;
    }
    if (!x) {
        route_page(a, q, r);
        return;
    }
    if (q->no_json && str_starts(q->path, STR("/api/"))) {
        problem(q, r, 406, "not-acceptable",
                "the API answers application/json only", NULL);
        return;
    }
    if (!x->params && q->n_params) {
        refuse_params(q, r);
        return;
    }
    x->fn(a, q, r);
}

bool route_takes(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

void route_refuse_method(const struct request *q, struct answer *r)
{
    problem(q, r, 405, "method-not-allowed",
            "only GET and HEAD are answered here", NULL);
    r->allow = "GET, HEAD";
    r->close = true;
}

static void decode_failed(struct request *q, struct answer *r, int rc,
                          const struct err *e)
{
    q->path = STR("/");
    if (rc == RC_LIMIT)
        problem(q, r, 414, "uri-too-long", e->msg, NULL);
    else
        problem(q, r, 400, "bad-address", e->msg, NULL);
    r->close = true;
}

/* The client has this very answer already. Weak comparison (RFC 9110): only
 * what stands between the quotes counts. */
static void not_modified(const struct request *q, struct answer *r)
{
    if (r->status != 200 || !*r->etag || !*q->if_none_match)
        return;
    if (!strstr(q->if_none_match, strchr(r->etag, '"')) &&
        strcmp(q->if_none_match, "*") != 0)
        return;
    r->status = 304;
    buf_reset(&r->body);
    ctr_add(&api_ctr[CTR_api_not_modified_total], 1);
}

void request_init(struct api *a, struct request *q)
{
    uint64_t n = atomic_fetch_add(&a->next_request, 1);
    snprintf(q->id, sizeof(q->id), "%016" PRIx64, digest_mix(a->boot + n));
    ctr_add(&api_ctr[CTR_api_requests_total], 1);
}

void route_answer(struct api *a, const char *method, const char *raw_uri,
                  struct request *q, struct answer *r)
{
    struct err e = ERR_INIT;
    int rc = uri_decode(raw_uri, q, &e);
    if (rc)
        decode_failed(q, r, rc, &e);
    else if (!route_takes(method))
        route_refuse_method(q, r);
    else
        dispatch(a, q, r);
    if (r->body.failed)
        problem(q, r, 500, "too-large", "the answer grew too large", NULL);
    not_modified(q, r);
}
