/*
 * net/conn.c - one HTTP exchange over one reused connection.
 *
 * Rules
 *   1. one net_get() puts at most one request on the wire: libcurl's silent
 *      second try on a reused connection that died is refused, because the
 *      caller has paid for one request only
 *   2. a redirect is an answer, never an order
 *   3. what a peer sends is bounded: headers by HEADERS_MAX, the body after
 *      decompression by the smaller bound of net and response
 *   4. no message holds the key, the query or a path that a peer sent; nor
 *      does a body that was received hold the key
 *
 * A struct net_conn belongs to one thread at a time; nothing is shared but
 * the struct net, which does not change.
 */
#include "net/net_priv.h"

#include "base/num.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    URL_MAX = 8192,
    HEADERS_MAX = 64 * 1024,
    STOP_SEEN_MS = 100, /* how long a stop may go unseen */
    STALL_S = 30        /* no byte for so long: given up */
};

struct net_conn {
    const struct net *net; /* borrowed */
    CURL *easy;            /* owned */
    CURLM *multi;          /* owned; holds the connection */
    struct buf url;
    bool bad_option; /* an option was refused while opening */
    /* the exchange under way */
    struct net_response *r; /* borrowed */
    size_t header_bytes;
    int sends;   /* times a connection was ready to take the request */
    int refused; /* enum rc: why a callback ended the exchange */
};

/* ---- callbacks ---- */

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct net_conn *c = ctx;
    struct buf *body = &c->r->body;
    size_t bytes = size * n;
    if (bytes > c->net->body_max_bytes - body->n) {
        c->refused = RC_LIMIT;
        return 0;
    }
    buf_put(body, p, bytes);
    c->refused = body->failed;
    return body->failed ? 0 : bytes;
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    (void)p;
    struct net_conn *c = ctx;
    c->header_bytes += size * n;
    if (c->header_bytes > HEADERS_MAX) {
        c->refused = RC_INPUT;
        return 0;
    }
    return size * n;
}

/* Called when a connection stands, before the request goes out (rule 1). */
static int on_send(void *ctx, char *peer_ip, char *own_ip, int peer_port,
                   int own_port)
{
    (void)peer_ip, (void)own_ip, (void)peer_port, (void)own_port;
    struct net_conn *c = ctx;
    return c->sends++ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* ---- open and close ---- */

static void set_long(struct net_conn *c, CURLoption option, int64_t value)
{
    if (curl_easy_setopt(c->easy, option, (long)value))
        c->bad_option = true;
}

static void set_text(struct net_conn *c, CURLoption option, const char *value)
{
    if (curl_easy_setopt(c->easy, option, value))
        c->bad_option = true;
}

static void set_limits(struct net_conn *c)
{
    const struct net *n = c->net;
    set_long(c, CURLOPT_CONNECTTIMEOUT_MS, n->connect_timeout.ms);
    set_long(c, CURLOPT_TIMEOUT_MS, n->total_timeout.ms);
    set_long(c, CURLOPT_LOW_SPEED_LIMIT, 1);
    set_long(c, CURLOPT_LOW_SPEED_TIME, STALL_S);
    set_long(c, CURLOPT_NOSIGNAL, 1);
    set_long(c, CURLOPT_TCP_KEEPALIVE, 1);
}

static void set_trust(struct net_conn *c)
{
    const char *scheme = c->net->https ? "https" : "http";
    set_text(c, CURLOPT_PROTOCOLS_STR, scheme);
    set_text(c, CURLOPT_REDIR_PROTOCOLS_STR, scheme);
    set_long(c, CURLOPT_FOLLOWLOCATION, 0);
    set_long(c, CURLOPT_SSL_VERIFYPEER, 1);
    set_long(c, CURLOPT_SSL_VERIFYHOST, 2);
    set_long(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_long(c, CURLOPT_HEADEROPT, CURLHEADER_SEPARATE);
    /* One request at a time: there is nothing to multiplex. */
    set_long(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_long(c, CURLOPT_HTTP09_ALLOWED, 0);
    if (c->net->loopback)
        set_text(c, CURLOPT_PROXY, ""); /* also not by the environment */
    set_text(c, CURLOPT_ACCEPT_ENCODING, "gzip");
    set_text(c, CURLOPT_USERAGENT, c->net->user_agent);
}

static void set_callbacks(struct net_conn *c)
{
    if (curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body) ||
        curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, (void *)c) ||
        curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header) ||
        curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, (void *)c) ||
        curl_easy_setopt(c->easy, CURLOPT_PREREQFUNCTION, on_send) ||
        curl_easy_setopt(c->easy, CURLOPT_PREREQDATA, (void *)c))
        c->bad_option = true;
}

int net_conn_open(struct net_conn **ret, struct net *n, struct err *e)
{
    struct net_conn *c = calloc(1, sizeof(*c));
    if (!c)
        return err_set(e, RC_NOMEM, "no memory for a connection");
    c->net = n;
    c->url = (struct buf)BUF_INIT(URL_MAX);
    c->easy = curl_easy_init();
    c->multi = curl_multi_init();
    if (c->easy && c->multi) {
        set_limits(c);
        set_trust(c);
        set_callbacks(c);
        c->bad_option |=
            curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK;
    }
    if (!c->easy || !c->multi || c->bad_option) {
        net_conn_close(c);
        return err_set(e, RC_NOMEM, "libcurl refuses a connection's options");
    }
    *ret = c;
    return RC_OK;
}

void net_conn_close(struct net_conn *c)
{
    if (!c)
        return;
    curl_easy_cleanup(c->easy);
    curl_multi_cleanup(c->multi);
    buf_fini(&c->url);
    free(c);
}

void net_response_init(struct net_response *r, size_t body_max_bytes)
{
    *r = (struct net_response){
        .body = BUF_INIT(body_max_bytes),
        .retry_after_s = -1,
    };
}

void net_response_fini(struct net_response *r)
{
    if (r)
        buf_fini(&r->body);
}

/* ---- the request ---- */

static bool has_byte(struct str s, char c)
{
    return s.n && memchr(s.p, c, s.n);
}

static int build_url(struct net_conn *c, const struct net_request *q,
                     struct err *e)
{
    struct str path = str_of(q->path);
    if (!path.n || path.p[0] != '/' || !net_is_clean(path, false) ||
        has_byte(path, '?') || has_byte(path, '#'))
        return err_set(e, RC_INPUT, "'%.60s' is no path of a request",
                       q->path ? q->path : "");
    if (!net_is_clean(q->query, false) || has_byte(q->query, '#'))
        return err_set(e, RC_INPUT, "the query of %s is not encoded", q->path);
    buf_reset(&c->url);
    buf_z(&c->url, c->net->base);
    buf_str(&c->url, path);
    if (q->query.n) {
        buf_c(&c->url, '?');
        buf_str(&c->url, q->query);
    }
    if (c->url.failed)
        return err_set(e, c->url.failed == RC_LIMIT ? RC_INPUT : RC_NOMEM,
                       "the request for %s is too long", q->path);
    return RC_OK;
}

static void slist_free(struct curl_slist **l)
{
    curl_slist_free_all(*l);
}

/* Append @line; on failure the list stays as it was and false is told. */
static bool slist_put(struct curl_slist **l, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*l, line);
    if (!longer)
        return false;
    *l = longer;
    return true;
}

static int build_headers(const struct net *n, const struct net_request *q,
                         struct curl_slist **ret, struct err *e)
{
    if (n->key_header && !slist_put(ret, n->key_header))
        return err_set(e, RC_NOMEM, "no memory for a header");
    for (size_t i = 0; q->headers && q->headers[i]; i++) {
        if (!net_is_clean(str_of(q->headers[i]), true))
            return err_set(e, RC_INPUT, "header %zu holds a control character",
                           i);
        if (!slist_put(ret, q->headers[i]))
            return err_set(e, RC_NOMEM, "no memory for a header");
    }
    return RC_OK;
}

/* ---- the exchange ---- */

static CURLcode result_of(CURLM *multi)
{
    int left = 0;
    for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));)
        if (m->msg == CURLMSG_DONE)
            return m->data.result;
    return CURLE_ABORTED_BY_CALLBACK;
}

static CURLcode drive(struct net_conn *c, const atomic_bool *stop)
{
    int running = 1;
    while (!curl_multi_perform(c->multi, &running) && running) {
        if (stop && *stop) {
            c->refused = RC_CANCELLED;
            return CURLE_ABORTED_BY_CALLBACK;
        }
        if (curl_multi_poll(c->multi, NULL, 0, STOP_SEEN_MS, NULL))
            break;
    }
    return result_of(c->multi);
}

static CURLcode exchange(struct net_conn *c, struct curl_slist *headers,
                         const atomic_bool *stop)
{
    CURLcode rc = curl_easy_setopt(c->easy, CURLOPT_URL, c->url.p);
    if (!rc)
        rc = curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
    if (!rc && curl_multi_add_handle(c->multi, c->easy))
        rc = CURLE_OUT_OF_MEMORY;
    if (rc)
        return rc;
    rc = drive(c, stop);
    curl_multi_remove_handle(c->multi, c->easy);
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, NULL);
    return rc;
}

/* The sentence behind a callback's refusal. */
static int refused(const struct net_conn *c, const char *path, struct err *e)
{
    switch (c->refused) {
    case RC_LIMIT:
        return err_set(e, RC_LIMIT, "GET %s: the answer exceeds its bound",
                       path);
    case RC_CANCELLED:
        return err_set(e, RC_CANCELLED, "GET %s: stopped", path);
    case RC_INPUT:
        return err_set(e, RC_INPUT, "GET %s: endless headers", path);
    default:
        return err_set(e, RC_NOMEM, "GET %s: no memory for the answer", path);
    }
}

static int rc_of_curl(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return RC_AGAIN;
    case CURLE_OUT_OF_MEMORY:
        return RC_NOMEM;
    case CURLE_UNSUPPORTED_PROTOCOL: /* an answer without a status line */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return RC_INPUT;
    default:
        return RC_DOWN;
    }
}

static int failed(const struct net_conn *c, CURLcode code, const char *path,
                  struct err *e)
{
    ctr_add(&net_ctr[CTR_net_failures_total], 1);
    if (c->refused)
        return refused(c, path, e);
    if (c->sends > 1)
        return err_sys(e, RC_DOWN, (int)code,
                       "GET %s from %.60s: the connection was closed before "
                       "the answer",
                       path, c->net->host);
    return err_sys(e, rc_of_curl(code), (int)code, "GET %s from %.60s: %s",
                   path, c->net->host, curl_easy_strerror(code));
}

/* ---- the answer ---- */

static const char *header(CURL *easy, const char *name)
{
    struct curl_header *h = NULL;
    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h))
        return NULL;
    return h->value;
}

/* Seconds, or a date: then as far ahead as the server's own clock says. */
static int64_t retry_after(CURL *easy)
{
    const char *text = header(easy, "Retry-After");
    if (!text)
        return -1;
    uint64_t seconds;
    if (!num_u64(str_trim(str_of(text)), &seconds, NULL))
        return seconds > INT32_MAX ? INT32_MAX : (int64_t)seconds;
    const char *date = header(easy, "Date");
    time_t then = curl_getdate(text, NULL);
    time_t now = date ? curl_getdate(date, NULL) : -1;
    if (then < 0 || now < 0)
        return -1;
    return then > now ? then - now : 0;
}

static bool is_json(CURL *easy)
{
    static const char want[] = "application/json";
    char *type = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type) || !type)
        return false;
    return strncasecmp(type, want, sizeof(want) - 1) == 0;
}

static void measure(struct net_conn *c, struct net_response *r)
{
    curl_off_t body = 0, took_us = 0;
    long headers = 0, connects = 0;
    curl_easy_getinfo(c->easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
    curl_easy_getinfo(c->easy, CURLINFO_HEADER_SIZE, &headers);
    curl_easy_getinfo(c->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    curl_easy_getinfo(c->easy, CURLINFO_NUM_CONNECTS, &connects);
    r->wire_bytes = (uint64_t)body + (uint64_t)headers;
    r->took = DUR_MS(took_us / 1000);
    ctr_add(&net_ctr[CTR_net_wire_bytes_total], (int64_t)r->wire_bytes);
    ctr_add(&net_ctr[CTR_net_connections_total], connects);
}

/* Refuse a redirect, naming nothing but the host it points to. */
static int check_redirect(struct net_conn *c, const char *path, struct err *e)
{
    char *to = NULL;
    curl_easy_getinfo(c->easy, CURLINFO_REDIRECT_URL, &to);
    if (!to)
        return RC_OK;
    ctr_add(&net_ctr[CTR_net_failures_total], 1);
    CURLU *u = curl_url();
    char *host = NULL;
    if (u && !curl_url_set(u, CURLUPART_URL, to, CURLU_NON_SUPPORT_SCHEME))
        curl_url_get(u, CURLUPART_HOST, &host, 0);
    if (host)
        net_hide_key(c->net, host, strlen(host));
    int rc = err_set(e, RC_DENIED,
                     "GET %s: %.60s redirects to '%.60s', which is not "
                     "followed",
                     path, c->net->host, host ? host : "?");
    curl_free(host);
    curl_url_cleanup(u);
    return rc;
}

static void read_answer(struct net_conn *c, struct net_response *r)
{
    long status = 0;
    if (r->body.n)
        net_hide_key(c->net, r->body.p, r->body.n);
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    r->status = (int)status;
    r->retry_after_s = retry_after(c->easy);
    r->is_json = is_json(c->easy);
}

static void begin(struct net_conn *c, struct net_response *r)
{
    buf_reset(&r->body);
    r->status = 0;
    r->wire_bytes = 0;
    r->took = DUR_MS(0);
    r->retry_after_s = -1;
    r->is_json = false;
    c->r = r;
    c->header_bytes = 0;
    c->sends = 0;
    c->refused = RC_OK;
}

int net_get(struct net_conn *c, const struct net_request *q,
            struct net_response *r, struct err *e)
{
    AUTO(slist_free) struct curl_slist *headers = NULL;
    begin(c, r);
    int rc = build_url(c, q, e);
    if (!rc)
        rc = build_headers(c->net, q, &headers, e);
    if (rc)
        return rc;
    ctr_add(&net_ctr[CTR_net_requests_total], 1);
    CURLcode code = exchange(c, headers, q->stop);
    measure(c, r);
    if (!code)
        rc = check_redirect(c, q->path, e);
    else
        rc = failed(c, code, q->path, e);
    if (rc) {
        buf_reset(&r->body);
        return rc;
    }
    read_answer(c, r);
    return RC_OK;
}
