/*
 * api/respond.c - reads the headers, lets route.c answer, queues the result.
 *
 * Rules
 *   1. requests that could be read in two ways (Transfer-Encoding with
 *      Content-Length, repeated Host or Content-Length) get 400 and a close:
 *      a proxy in front may read them the other way
 *   2. a body is refused before it is read: 413 (405 for a method that is not
 *      answered anyway) and a close
 *   3. only refusals are queued in the library's first call: it closes the
 *      connection of whoever is answered there (seen in 0.9.75), and a client
 *      with many questions must keep its connection
 *   4. a request that a proxy hands on comes from who asked the proxy, so it
 *      is not from this machine, wherever the proxy runs
 *
 * Threads: those of one responder and its exchanges are its loop's.
 */
#include "api/respond_priv.h"

#include <arpa/inet.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { GZIP_MIN_BYTES = 600, GZIP_LEVEL = 1 };

struct responder {
    struct api *a;
    struct libdeflate_compressor *gzip;
};

struct exchange {
    struct request q;
    char raw_uri[API_URI_MAX + 2]; /* one more than allowed: seen as long */
    unsigned hosts, lengths, encodings;
    bool has_body;
    bool forwarded; /* rule 4 */
    bool begun;     /* the headers are read; the second call answers */
};

int responder_open(struct responder **ret, struct api *a, struct err *e)
{
    struct responder *p = calloc(1, sizeof(*p));
    if (p)
        p->gzip = libdeflate_alloc_compressor(GZIP_LEVEL);
    if (!p || !p->gzip) {
        free(p);
        return err_set(e, RC_NOMEM, "no memory for the server");
    }
    p->a = a;
    *ret = p;
    return RC_OK;
}

void responder_close(struct responder *p)
{
    if (!p)
        return;
    libdeflate_free_compressor(p->gzip);
    free(p);
}

struct exchange *respond_begin(const char *raw_uri)
{
    struct exchange *x = calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    size_t n = strnlen(raw_uri, API_URI_MAX + 1);
    memcpy(x->raw_uri, raw_uri, n);
    return x;
}

void respond_end(struct exchange *x)
{
    free(x);
}

/* ---- headers ---- */

/* ";q=0", ";q=0.000": the client says that it does not want it. */
static bool unwanted(struct str params)
{
    struct str one;
    while (str_split(&params, ';', &one)) {
        one = str_trim(one);
        if (!str_starts(one, STR("q=0")))
            continue;
        while (one.n && strchr("q=.0", one.p[0]))
            one = str_from(one, 1);
        return !one.n;
    }
    return false;
}

enum wish { UNNAMED, UNWANTED, WANTED };

/* What a list of Accept or Accept-Encoding says of @token by its name. */
static enum wish wish_for(const char *list, const char *token)
{
    struct str rest = str_of(list), part, name;
    while (str_split(&rest, ',', &part)) {
        (void)str_split(&part, ';', &name);
        name = str_trim(name);
        if (name.n == strlen(token) && strncasecmp(name.p, token, name.n) == 0)
            return unwanted(part) ? UNWANTED : WANTED;
    }
    return UNNAMED;
}

/* What is said most precisely counts (RFC 9110, 12.5.1). */
static bool accepts_json(const char *list)
{
    static const char *const names[] = { "application/json", "application/*",
                                         "*/*" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        enum wish wish = wish_for(list, names[i]);
        if (wish != UNNAMED)
            return wish == WANTED;
    }
    return !*list;
}

static bool is_of_proxy(const char *name)
{
    return strcasecmp(name, "Forwarded") == 0 || strcasecmp(name, "Via") == 0 ||
           strcasecmp(name, "X-Forwarded-For") == 0 ||
           strcasecmp(name, "X-Real-IP") == 0;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind,
                                 const char *key, const char *value)
{
    struct exchange *x = cls;
    (void)kind;
    if (!value)
        value = "";
    if (strcasecmp(key, "Host") == 0)
        x->hosts++;
    else if (strcasecmp(key, "Content-Length") == 0) {
        x->lengths++;
        x->has_body = x->has_body || strcmp(value, "0") != 0;
    } else if (strcasecmp(key, "Transfer-Encoding") == 0) {
        x->encodings++;
        x->has_body = true;
    } else if (strcasecmp(key, "Accept-Encoding") == 0)
        x->q.gzip = wish_for(value, "gzip") == WANTED;
    else if (strcasecmp(key, "Accept") == 0)
        x->q.no_json = !accepts_json(value);
    else if (strcasecmp(key, "If-None-Match") == 0)
        snprintf(x->q.if_none_match, sizeof(x->q.if_none_match), "%s", value);
    else if (strcasecmp(key, "Origin") == 0)
        snprintf(x->q.origin, sizeof(x->q.origin), "%s", value);
    else if (is_of_proxy(key))
        x->forwarded = true;
    return MHD_YES;
}

static bool from_loopback(struct MHD_Connection *mc)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *sa = info ? info->client_addr : NULL;
    if (!sa)
        return false;
    if (sa->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)sa;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *v6 = (const void *)sa;
    return sa->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* Rules 1 and 2; true when an answer was made. */
static bool refused(struct exchange *x, const char *method, struct answer *r)
{
    x->q.path = STR("/");
    if (x->hosts > 1 || x->lengths > 1 || (x->encodings && x->lengths))
        problem(&x->q, r, 400, "ambiguous-request",
                "the request can be read in two ways", NULL);
    else if (x->has_body && !route_takes(method))
        route_refuse_method(&x->q, r);
    else if (x->has_body)
        problem(&x->q, r, 413, "no-body-please",
                "requests to this service have no body", NULL);
    else
        return false;
    r->close = true;
    return true;
}

/* ---- the response ---- */

static bool origin_allowed(const struct api *a, const char *origin)
{
    struct str rest = str_of(a->o.cors_origins), one;
    if (!*origin || !rest.n)
        return false;
    while (str_split(&rest, ',', &one))
        if (str_eqz(str_trim(one), origin))
            return true;
    return false;
}

static void add(struct MHD_Response *m, const char *name, const char *value)
{
    (void)MHD_add_response_header(m, name, value);
}

/* A shared cache must not hand ratios on that only loopback may see. */
static const char *cache_control(const struct api *a, const struct answer *r)
{
    if (r->cache == CACHE_NEVER)
        return "no-store";
    if (r->cache == CACHE_PAGE)
        return "no-cache";
    if (a->o.policy.derived_loopback_only)
        return "private, max-age=60";
    return "public, max-age=60, stale-while-revalidate=600";
}

static void add_cache(struct MHD_Response *m, const struct api *a,
                      const struct answer *r)
{
    char age[24];
    add(m, "Cache-Control", cache_control(a, r));
    add(m, "Vary",
        *a->o.cors_origins ? "Accept-Encoding, Origin" : "Accept-Encoding");
    if (*r->etag)
        add(m, "ETag", r->etag);
    if (r->data_age_s >= 0) {
        snprintf(age, sizeof(age), "%" PRId64, r->data_age_s);
        add(m, "Age", age);
    }
}

static void add_headers(struct MHD_Response *m, const struct api *a,
                        const struct request *q, const struct answer *r,
                        dur_t took)
{
    char timing[40];
    add(m, "Content-Type", r->type);
    add(m, "X-Request-Id", q->id);
    add(m, "X-Content-Type-Options", "nosniff");
    snprintf(timing, sizeof(timing), "app;dur=%" PRId64, took.ms);
    add(m, "Server-Timing", timing);
    add_cache(m, a, r);
    if (r->allow)
        add(m, "Allow", r->allow);
    if (*r->link)
        add(m, "Link", r->link);
    if (r->cache == CACHE_PAGE) {
        add(m, "Content-Security-Policy",
            "default-src 'self'; img-src 'self' data: https://i.ytimg.com; "
            "frame-src https://www.youtube-nocookie.com; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'");
        add(m, "Referrer-Policy", "strict-origin-when-cross-origin");
    }
    if (origin_allowed(a, q->origin))
        add(m, "Access-Control-Allow-Origin", q->origin);
    if (r->close || atomic_load(&a->draining))
        add(m, "Connection", "close");
}

/* The gzip form in memory that MHD frees, or NULL to send it plain. */
static struct MHD_Response *compressed(struct responder *p,
                                       const struct answer *r)
{
    size_t bound = libdeflate_gzip_compress_bound(p->gzip, r->body.n);
    void *out = malloc(bound);
    size_t n = out ? libdeflate_gzip_compress(p->gzip, r->body.p, r->body.n,
                                              out, bound)
                   : 0;
    if (!n || n >= r->body.n) {
        free(out);
        return NULL;
    }
    struct MHD_Response *m =
        MHD_create_response_from_buffer(n, out, MHD_RESPMEM_MUST_FREE);
    if (!m) {
        free(out);
        return NULL;
    }
    add(m, "Content-Encoding", "gzip");
    ctr_add(&api_ctr[CTR_api_gzip_total], 1);
    ctr_add(&api_ctr[CTR_api_sent_bytes_total], (int64_t)n);
    return m;
}

static struct MHD_Response *
make_response(struct responder *p, const struct request *q, struct answer *r)
{
    struct MHD_Response *m = NULL;
    if (q->gzip && r->body.n >= GZIP_MIN_BYTES)
        m = compressed(p, r);
    if (m)
        return m;
    ctr_add(&api_ctr[CTR_api_sent_bytes_total], (int64_t)r->body.n);
    static char nothing[1]; /* the library takes no NULL */
    return MHD_create_response_from_buffer(
        r->body.n, r->body.p ? r->body.p : nothing, MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result queue(struct responder *p, struct MHD_Connection *mc,
                             const struct request *q, struct answer *r,
                             mono_t begun)
{
    struct MHD_Response *m = make_response(p, q, r);
    if (!m)
        return MHD_NO;
    add_headers(m, p->a, q, r, mono_since(begun, clk_mono(p->a->o.clk)));
    enum MHD_Result done = MHD_queue_response(mc, (unsigned)r->status, m);
    MHD_destroy_response(m);
    return done;
}

enum MHD_Result respond(struct responder *p, struct MHD_Connection *mc,
                        struct exchange *x, const char *method)
{
    struct answer r;
    enum MHD_Result done = MHD_YES;
    mono_t begun = clk_mono(p->a->o.clk);
    answer_init(&r);
    if (x->begun) { /* rule 3 */
        route_answer(p->a, method, x->raw_uri, &x->q, &r);
        done = queue(p, mc, &x->q, &r, begun);
    } else {
        x->begun = true;
        request_init(p->a, &x->q);
        (void)MHD_get_connection_values(mc, MHD_HEADER_KIND, on_header, x);
        x->q.loopback = from_loopback(mc) && !x->forwarded;
        if (refused(x, method, &r))
            done = queue(p, mc, &x->q, &r, begun);
    }
    buf_fini(&r.body);
    return done;
}
