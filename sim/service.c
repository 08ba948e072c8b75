/*
 * sim/service.c - from a request to its answer, without any socket.
 *
 * Rules
 *   1. a request with a wrong key, an unknown path or a query that cannot be
 *      decoded costs nothing: it can be attributed to no project and method;
 *      any other costs the price of its method, also when it is wrong,
 *      answered 304, or struck by a fault
 *   2. no charge: a fault that redirects (the edge answers) or that claims
 *      that quota or rate is exceeded, and a request beyond the day's limit
 *   3. an answer depends on (corpus, simulated second, request) only
 *
 * Threads: any; the ledger and the faults have locks of their own.
 */
#include "sim/service_priv.h"

#include "base/cal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_JSON  "application/json; charset=UTF-8"
#define TYPE_HTML  "text/html; charset=UTF-8"
#define TYPE_TEXT  "text/plain; charset=UTF-8"
#define API_PREFIX "/youtube/v3/"

void answer_fini(struct answer *a)
{
    buf_fini(&a->body);
    fault_fini(&a->fault);
    free(a->catalog_fields);
    a->catalog_fields = NULL;
}

void service_plain(struct answer *ret, int status, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    ret->status = status;
    ret->type = TYPE_TEXT;
    buf_reset(&ret->body);
    buf_f(&ret->body, "%s\n", text);
}

bool service_now(const struct service *s, const struct request *r, int64_t *ret)
{
    wall_t t;
    if (!r->now.p) {
        *ret = s->start;
        return true;
    }
    if (cal_parse(r->now, &t, NULL))
        return false;
    *ret = wall_s(t);
    return true;
}

static void html_answer(struct answer *ret, int status)
{
    ret->status = status;
    ret->type = TYPE_HTML;
    buf_reset(&ret->body);
    error_html(status, &ret->body);
}

/* ---- one call of a method ---- */

/* What is known of a call while it is answered. */
struct call {
    struct service *s;
    const struct request *r;
    const struct method *m;
    struct answer *ret;
    struct arena arena;
    struct params params;
    struct fields fields;
    int64_t now;
};

/* Replace @compact by its indented form. */
static void indent(struct buf *compact)
{
    struct buf pretty = BUF_INIT(SERVICE_BODY_MAX);
    out_pretty(buf_view(compact), &pretty);
    buf_fini(compact);
    *compact = pretty;
}

static bool wants_pretty(const struct call *c)
{
    return params_bool(&c->params, "prettyPrint", true);
}

static void error_answer(struct call *c, const struct api_error *x)
{
    struct answer *ret = c->ret;
    ret->status = x->http;
    ret->type = TYPE_JSON;
    ret->etag[0] = '\0';
    buf_reset(&ret->body);
    error_body(x, str_eqz(params_get(&c->params, "$.xgafv"), "2"), &ret->body);
    if (wants_pretty(c))
        indent(&ret->body);
}

/* Rule 2: what the service, or the edge before it, refuses. */
static bool fault_is_free(const struct fault *f)
{
    static const char *const reasons[] = { "quotaExceeded",
                                           "dailyLimitExceeded",
                                           "rateLimitExceeded",
                                           "userRateLimitExceeded" };
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (strcmp(f->reason, reasons[i]) == 0)
            return true;
    return f->redirect[0] != '\0';
}

/* True when a fault has answered in the service's place. */
static bool fault_answers(struct call *c)
{
    const struct fault *f = &c->ret->fault;
    struct answer *ret = c->ret;
    if (!f->status)
        return false;
    if (f->body) {
        ret->status = f->status;
        ret->type = f->body_n && f->body[0] == '<' ? TYPE_HTML : TYPE_JSON;
        buf_reset(&ret->body);
        buf_put(&ret->body, f->body, f->body_n);
    } else if (f->reason[0]) {
        struct api_error x;
        error_of_reason(&x, f->status, f->reason);
        error_answer(c, &x);
    } else {
        html_answer(ret, f->status);
    }
    return true;
}

static int read_fields(struct call *c, const struct fields **ret,
                       struct api_error *x)
{
    struct str text = params_get(&c->params, "fields"), bad;
    struct err e = ERR_INIT;
    *ret = NULL;
    if (!text.p)
        return RC_OK;
    if (fields_parse(text, &c->fields, &e))
        return error_param(x, "invalidParameter", "fields",
                           "Invalid field selection: %s", e.msg);
    struct fields *shape = arena_take(&c->arena, sizeof(*shape));
    if (!shape || fields_parse(str_of(c->m->shape), shape, &e))
        return error_backend(x, &e);
    if (!fields_fit(&c->fields, shape, &bad))
        return error_param(x, "invalidParameter", "fields",
                           "Invalid field selection %.*s",
                           (int)(bad.n < 60 ? bad.n : 60), bad.p);
    *ret = &c->fields;
    return RC_OK;
}

static int answer_method(struct call *c, struct api_error *x)
{
    struct ask a = { .s = c->s,
                     .params = &c->params,
                     .now = c->now,
                     .arena = &c->arena,
                     .body = &c->ret->body,
                     .etag = c->ret->etag };
    int rc = params_check(&c->params, c->m->specs, c->m->n_specs, x);
    if (!rc)
        rc = method_parts(c->m, &c->params, &a.parts, x);
    if (!rc)
        rc = read_fields(c, &a.fields, x);
    if (rc)
        return rc;
    a.max_results =
        params_number(&c->params, "maxResults", c->m->default_results);
    rc = c->m->answer(&a, x);
    if (!rc && c->ret->body.failed)
        return error_set(x, ERROR_BACKEND);
    return rc;
}

/* Does one of the etags of If-None-Match name @etag? */
static bool etag_matches(struct str header, const char *etag)
{
    struct str rest = header, one;
    while (str_split(&rest, ',', &one)) {
        one = str_trim(one);
        if (str_starts(one, STR("W/")))
            one = str_from(one, 2);
        if (one.n >= 2 && one.p[0] == '"' && one.p[one.n - 1] == '"')
            one = str_n(one.p + 1, one.n - 2);
        if (str_eqz(one, etag) || str_eqz(one, "*"))
            return true;
    }
    return false;
}

static void finish(struct call *c)
{
    struct answer *ret = c->ret;
    ret->type = TYPE_JSON;
    if (c->r->if_none_match.p && etag_matches(c->r->if_none_match, ret->etag)) {
        ret->status = 304;
        buf_reset(&ret->body);
        return;
    }
    if (wants_pretty(c))
        indent(&ret->body);
}

static void charge_and_answer(struct call *c)
{
    struct api_error x = { .http = 0 };
    enum ledger_bucket bucket = c->m->bucket;
    if (fault_is_free(&c->ret->fault)) {
        ledger_refused(&c->s->ledger, bucket, c->now);
        (void)fault_answers(c);
        return;
    }
    if (!ledger_charge(&c->s->ledger, bucket, c->m->units, c->now)) {
        (void)error_set(&x, bucket == LEDGER_SEARCH ? ERROR_SEARCH_QUOTA
                                                    : ERROR_QUOTA);
        error_answer(c, &x);
        return;
    }
    if (fault_answers(c))
        return;
    if (c->s->replay_dir) {
        c->ret->type = TYPE_JSON;
        if (!replay_answer(c->s, c->m->path, &c->params, &c->ret->body))
            html_answer(c->ret, 404);
        return;
    }
    if (answer_method(c, &x)) {
        error_answer(c, &x);
        if (x.http < 500)
            ledger_invalid(&c->s->ledger, bucket, c->now);
        return;
    }
    finish(c);
}

/* The key decides whose request it is: before that nothing is charged. */
static bool key_is_good(struct call *c, struct api_error *x)
{
    struct str key = c->r->key.p ? c->r->key : params_get(&c->params, "key");
    if (str_eqz(key, c->s->key))
        return true;
    (void)error_set(x, key.n ? ERROR_BAD_KEY : ERROR_NO_KEY);
    return false;
}

static void answer_call(struct call *c)
{
    struct api_error x = { .http = 0 };
    struct err e = ERR_INIT;
    if (params_decode(c->r->query, &c->arena, &c->params, &x)) {
        error_answer(c, &x);
    } else if (!service_now(c->s, c->r, &c->now)) {
        service_plain(c->ret, 400, "X-Svf-Sim-Now is no RFC 3339 time");
    } else if (!key_is_good(c, &x)) {
        error_answer(c, &x);
    } else if (faults_next(&c->s->faults, c->m->name, &c->ret->fault, &e)) {
        (void)error_backend(&x, &e);
        error_answer(c, &x);
    } else {
        charge_and_answer(c);
    }
}

static void api_answer(struct service *s, const struct request *r,
                       struct answer *ret)
{
    const struct method *m =
        method_of_path(str_from(r->path, strlen(API_PREFIX)));
    if (!m) {
        html_answer(ret, 404);
        return;
    }
    if (!str_eqz(r->verb, "GET")) {
        html_answer(ret, 405);
        ret->allow = "GET";
        return;
    }
    struct call *c = calloc(1, sizeof(*c));
    if (!c) {
        html_answer(ret, 500);
        return;
    }
    c->s = s;
    c->r = r;
    c->m = m;
    c->ret = ret;
    c->arena = (struct arena)ARENA_INIT(SERVICE_ARENA_MAX);
    answer_call(c);
    arena_fini(&c->arena);
    free(c);
}

void service_answer(struct service *s, const struct request *r,
                    struct answer *ret)
{
    *ret = (struct answer)ANSWER_INIT;
    if (control_answer(s, r, ret))
        return;
    if (str_starts(r->path, STR(API_PREFIX)))
        api_answer(s, r, ret);
    else
        html_answer(ret, 404);
}
