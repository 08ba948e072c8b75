/*
 * api/videos.c - GET /api/v1/videos, /videos/{id}, /buckets.
 *
 * Rules
 *   1. every parameter is checked by search_query_set(), the one table
 *   2. ratios are told only where the policy allows it: asking for them
 *      elsewhere is 403, and items then carry none
 *   3. the ETag is a hash of what the body is a function of: rank epoch,
 *      digest of the index, the query as understood (relative dates made
 *      absolute), and whether ratios are told; so it is the same on every
 *      machine that would answer the same
 *
 * Threads: any loop's; each query pins a snapshot of the index.
 */
#include "api/api_priv.h"

#include "base/cal.h"
#include "base/digest.h"

#include <string.h>

static const char disclosure[] =
    "Ratios, percentiles and buckets are computed by this service, not by "
    "YouTube; counts are YouTube's, unchanged, as of statsAt.";
static const char attribution[] =
    "Data: YouTube. Terms: https://www.youtube.com/t/terms";

bool route_derived(const struct api *a, const struct request *q)
{
    const struct api_policy *p = &a->o.policy;
    bool over =
        p->derived_until.ms && clk_wall(a->o.clk).ms >= p->derived_until.ms;
    return p->derived && !over && (!p->derived_loopback_only || q->loopback);
}

void route_derived_off(const struct request *q, struct answer *r)
{
    problem(q, r, 403, "derived-metrics-off",
            "ratios of live API data are derived metrics, which YouTube's "
            "policy III.E.4.h allows only with approval; apply at "
            "https://support.google.com/youtube/contact/yt_api_form",
            NULL);
}

static int read_query(struct api *a, const struct request *q,
                      struct search_query *query, struct search_problem *p,
                      struct err *e)
{
    wall_t now = clk_wall(a->o.clk);
    for (size_t i = 0; i < q->n_params; i++) {
        int rc = search_query_set(query, q->params[i].name, q->params[i].value,
                                  now, p, e);
        if (rc)
            return rc;
    }
    return search_query_check(query, p, e);
}

static uint64_t query_digest(const struct search_query *s)
{
    uint64_t h = digest_bytes(DIGEST_INIT, &s->asked, sizeof(s->asked));
    h = digest_bytes(h, &s->limit, sizeof(s->limit));
    h = digest_bytes(h, s->cursor, strlen(s->cursor) + 1);
    h = digest_bytes(h, s->fields, strlen(s->fields) + 1);
    h = digest_bytes(h, &s->published_from, sizeof(s->published_from));
    return digest_bytes(h, &s->published_to, sizeof(s->published_to));
}

/* Rule 3; @question a digest of what was asked at this path. */
static void put_data_headers(struct api *a, const struct request *q,
                             struct answer *r, const struct search_info *i,
                             uint64_t question)
{
    int64_t age = wall_s(clk_wall(a->o.clk)) - i->as_of;
    uint64_t h = digest_bytes(DIGEST_INIT, q->path.p, q->path.n);
    h = digest_bytes(h, &i->epoch_id, sizeof(i->epoch_id));
    h = digest_bytes(h, &i->digest, sizeof(i->digest));
    h = digest_bytes(h, &question, sizeof(question));
    h = digest_u8(h, route_derived(a, q));
    snprintf(r->etag, sizeof(r->etag), "W/\"%016" PRIx64 "\"", digest_mix(h));
    r->cache = CACHE_DATA;
    r->data_age_s = age < 0 ? 0 : age;
}

/* Percent-encode what RFC 3986 does not allow in a query value. */
static void put_encoded(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || strchr("-._~,:", c);
        if (plain && c)
            buf_c(b, (char)c);
        else
            buf_f(b, "%%%02X", c);
    }
}

/* The same query at another place: "next" with @cursor, "first" without. */
static void put_link(struct answer *r, const struct request *q, const char *rel,
                     const char *cursor)
{
    struct buf b = BUF_INIT(sizeof(r->link) - 1);
    const char *sep = "?";
    buf_z(&b, "</api/v1/videos");
    for (size_t i = 0; i < q->n_params; i++) {
        if (str_eqz(q->params[i].name, "cursor") ||
            str_eqz(q->params[i].name, "pageToken"))
            continue;
        buf_z(&b, sep);
        put_encoded(&b, q->params[i].name);
        buf_c(&b, '=');
        put_encoded(&b, q->params[i].value);
        sep = "&";
    }
    if (*cursor)
        buf_f(&b, "%scursor=%s", sep, cursor);
    buf_f(&b, ">; rel=\"%s\"", rel);
    if (!b.failed)
        memcpy(r->link, b.p, b.n + 1);
    buf_fini(&b);
}

static void bad_parameter(const struct request *q, struct answer *r, int rc,
                          const struct err *e, const struct search_problem *p)
{
    if (rc == RC_LOST) {
        problem(q, r, 410, "cursor-expired",
                "the ranks behind this cursor are gone; begin again without "
                "it",
                NULL);
        put_link(r, q, "first", "");
    } else if (rc == RC_INPUT) {
        problem(q, r, 400, "bad-parameter", e->msg, p);
    } else {
        problem(q, r, 500, "internal", e->msg, NULL);
    }
}

static void put_page(struct jsonw *w, const struct search_query *query,
                     const struct search_result *res)
{
    jsonw_key(w, "page");
    jsonw_obj(w);
    jsonw_ku64(w, "limit", query->limit);
    jsonw_kz(w, "nextCursor", *res->next_cursor ? res->next_cursor : NULL);
    jsonw_ku64(w, "total", res->total);
    jsonw_kz(w, "totalRelation", "eq");
    jsonw_obj_end(w);
}

void api_unknown_json(struct jsonw *w, const struct search_result *r)
{
    jsonw_key(w, "unknown");
    jsonw_obj(w);
    jsonw_ku64(w, "duration", r->unknown_duration);
    jsonw_ku64(w, "published", r->unknown_published);
    jsonw_ku64(w, "rank", r->unknown_rank);
    jsonw_ku64(w, "shorts", r->kept_unknown.shorts);
    jsonw_ku64(w, "live", r->kept_unknown.live);
    jsonw_ku64(w, "kids", r->kept_unknown.kids);
    jsonw_ku64(w, "unavailable", r->kept_unknown.unavailable);
    jsonw_obj_end(w);
    jsonw_kbool(w, "oneBucket", r->one_bucket);
}

static void put_meta(struct jsonw *w, const struct api *a,
                     const struct search_result *res, bool derived)
{
    char text[CAL_TEXT];
    const struct search_info *i = &res->info;
    jsonw_key(w, "meta");
    jsonw_obj(w);
    jsonw_ku64(w, "epochId", i->epoch_id);
    jsonw_kz(w, "computedAt",
             i->computed_at ? cal_text(wall_of_s(i->computed_at), text) : NULL);
    api_unknown_json(w, res);
    jsonw_key(w, "ignored");
    jsonw_arr(w);
    jsonw_arr_end(w);
    jsonw_kz(w, "disclosure", derived ? disclosure : NULL);
    jsonw_kz(w, "attribution", attribution);
    jsonw_kz(w, "banner", derived ? a->o.policy.banner : NULL);
    jsonw_obj_end(w);
}

static void put_answer(struct api *a, const struct request *q,
                       const struct search_query *query,
                       const struct search_result *res, bool derived,
                       struct answer *r)
{
    struct jsonw w;
    jsonw_init(&w, &r->body);
    jsonw_obj(&w);
    jsonw_key(&w, "data");
    jsonw_arr(&w);
    for (size_t i = 0; i < res->n; i++)
        search_item_json(&w, &res->items[i], query->fields, derived);
    jsonw_arr_end(&w);
    put_page(&w, query, res);
    put_meta(&w, a, res, derived);
    jsonw_obj_end(&w);
    put_data_headers(a, q, r, &res->info, query_digest(query));
    if (*res->next_cursor)
        put_link(r, q, "next", res->next_cursor);
}

/* Each value was checked when it was set: what is refused only now is a
 * cursor of another query. */
static int run_query(struct api *a, const struct search_query *query,
                     struct search_result *res, struct search_problem *p,
                     struct err *e)
{
    int rc = search_run(a->o.search, query, res, e);
    if (rc == RC_INPUT) {
        snprintf(p->parameter, sizeof(p->parameter), "cursor");
        snprintf(p->reason, sizeof(p->reason), "it is of another query");
    }
    return rc;
}

static void answer_query(struct api *a, const struct request *q,
                         struct search_query *query, struct answer *r)
{
    struct search_problem p = { .parameter = "" };
    struct search_result res;
    struct err e = ERR_INIT;
    bool derived = route_derived(a, q);
    int rc = read_query(a, q, query, &p, &e);
    if (!rc && !derived && search_query_derived(query)) {
        route_derived_off(q, r);
        return;
    }
    query->plain = !derived;
    if (!rc)
        rc = run_query(a, query, &res, &p, &e);
    if (rc) {
        bad_parameter(q, r, rc, &e, &p);
        return;
    }
    put_answer(a, q, query, &res, derived, r);
    search_result_fini(a->o.search, &res);
}

void route_videos(struct api *a, const struct request *q, struct answer *r)
{
    struct search_query query;
    search_query_init(&query);
    answer_query(a, q, &query, r);
    search_query_fini(&query);
}

/* ---- one video ---- */

/* Take the one parameter that this route knows; false when an answer was made
 * that refuses another. */
static bool only_param(const struct request *q, const char *name,
                       struct search_query *query, struct answer *r)
{
    for (size_t i = 0; i < q->n_params; i++) {
        struct search_problem p = { .reason = "not a parameter of this route" };
        struct err e = ERR_INIT;
        int rc = RC_INPUT;
        if (str_eqz(q->params[i].name, name)) {
            rc = search_query_set(query, q->params[i].name, q->params[i].value,
                                  (wall_t){ 0 }, &p, &e);
        } else {
            snprintf(p.parameter, sizeof(p.parameter), "%.*s",
                     STR_ARG(q->params[i].name));
            snprintf(p.allowed, sizeof(p.allowed), "%s", name);
            err_set(&e, RC_INPUT, "this route takes only %s", name);
        }
        if (rc) {
            bad_parameter(q, r, rc, &e, &p);
            return false;
        }
    }
    return true;
}

static void put_video(struct api *a, const struct request *q,
                      const struct search_query *query,
                      const struct search_result *res, struct answer *r)
{
    struct jsonw w;
    bool derived = route_derived(a, q);
    jsonw_init(&w, &r->body);
    jsonw_obj(&w);
    jsonw_key(&w, "data");
    search_item_json(&w, &res->items[0], query->fields, derived);
    put_meta(&w, a, res, derived);
    jsonw_obj_end(&w);
    put_data_headers(a, q, r, &res->info, query_digest(query));
}

static void find_video(struct api *a, const struct request *q, struct str id,
                       struct search_query *query, struct answer *r)
{
    struct search_result res;
    struct err e = ERR_INIT;
    uint64_t number;
    if (vid_parse(id, &number, &e)) {
        problem(q, r, 404, "not-found", e.msg, NULL);
        return;
    }
    int rc = search_query_set(query, STR("ids"), id, (wall_t){ 0 }, NULL, &e);
    if (!rc)
        rc = search_run(a->o.search, query, &res, &e);
    if (rc) {
        bad_parameter(q, r, rc, &e, NULL);
        return;
    }
    if (res.n)
        put_video(a, q, query, &res, r);
    else
        problem(q, r, 404, "not-found", "no such video here", NULL);
    search_result_fini(a->o.search, &res);
}

void route_video(struct api *a, const struct request *q, struct answer *r)
{
    struct str id = str_from(q->path, strlen("/api/v1/videos/"));
    struct search_query query;
    search_query_init(&query);
    if (only_param(q, "fields", &query, r)) {
        if (search_query_derived(&query) && !route_derived(a, q))
            route_derived_off(q, r);
        else
            find_video(a, q, id, &query, r);
    }
    search_query_fini(&query);
}

/* ---- buckets ---- */

static void put_bucket(struct jsonw *w, const struct ratio_bucket *b)
{
    jsonw_obj(w);
    jsonw_ku64(w, "viewsMin", b->views_min);
    jsonw_ku64(w, "viewsMax", b->views_max);
    jsonw_ku64(w, "n", b->n);
    jsonw_key(w, "quantiles");
    jsonw_obj(w);
    for (size_t k = 0; k < RATIO_QUANTILES; k++) {
        char name[16];
        snprintf(name, sizeof(name), "%" PRIu32, ratio_quantile_percent[k]);
        jsonw_kf64(w, name, b->quantile[k]);
    }
    jsonw_obj_end(w);
    jsonw_obj_end(w);
}

void api_buckets_json(struct jsonw *w, const struct ratio_table *t)
{
    jsonw_obj(w);
    jsonw_kz(w, "ratio", ratio_name(t->ratio));
    jsonw_key(w, "buckets");
    jsonw_arr(w);
    for (size_t i = 0; i < t->n_buckets; i++)
        put_bucket(w, &t->buckets[i]);
    jsonw_arr_end(w);
    jsonw_obj_end(w);
}

static void find_buckets(struct api *a, const struct request *q,
                         enum ratio_id ratio, struct answer *r)
{
    struct ratio_table *t;
    struct search_info info;
    struct jsonw w;
    struct err e = ERR_INIT;
    search_info(a->o.search, &info); /* first: an old ETag is only stale */
    if (search_table(a->o.search, ratio, &t, &e)) {
        problem(q, r, 500, "internal", e.msg, NULL);
        return;
    }
    jsonw_init(&w, &r->body);
    api_buckets_json(&w, t);
    ratio_table_close(t);
    put_data_headers(a, q, r, &info, (uint64_t)ratio);
}

void route_buckets(struct api *a, const struct request *q, struct answer *r)
{
    struct search_query query;
    if (!route_derived(a, q)) {
        route_derived_off(q, r);
        return;
    }
    search_query_init(&query);
    if (only_param(q, "ratio", &query, r))
        find_buckets(a, q, query.ratio, r);
    search_query_fini(&query);
}
