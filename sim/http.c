/*
 * sim/http.c - libmicrohttpd in front of the service.
 *
 * Rules
 *   1. one thread a connection, waiting in poll(): a delayed or dripping
 *      answer holds up no other connection, and the epoll loop of
 *      libmicrohttpd 0.9.75, which stalls at 128 busy connections, is not
 *      used
 *   2. the query is taken raw from the request line: libmicrohttpd's own
 *      parser drops repeated parameters
 *   3. faults change the answer on its way out: delayed, cut after some
 *      bytes of the body (the announced length stays), or dripping
 *   4. whoever waits here is woken when the simulator stops
 *
 * Threads: the callbacks run on the connections' own threads.
 */
#include "sim/sim_priv.h"

#include "base/gz.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    IDLE_TIMEOUT_S = 120,
    REQUEST_MEMORY = 64 * 1024, /* request line and headers */
    CATALOG_PIECE = 64 * 1024,
    DRIP_TICKS = 10, /* a second */
    GZIP_LEVEL = 1
};

struct http {
    struct sim *sim; /* borrowed */
    struct MHD_Daemon *daemon;
};

/* One request; lives from its first line to its last byte. */
struct exchange {
    struct sim *sim;
    char *uri; /* owned; as sent */
    struct buf body;
    bool begun;
};

/* A body on its way out in pieces. */
struct stream {
    struct sim *sim;
    struct answer answer; /* owned */
    uint64_t slot;        /* of the catalogue */
    struct buf piece;     /* what is ready of it */
    size_t sent;          /* of the piece */
};

/* ---- requests ---- */

static void *take_uri(void *cls, const char *uri, struct MHD_Connection *con)
{
    (void)con;
    struct exchange *x = calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    x->sim = cls;
    x->body = (struct buf)BUF_INIT(FAULTS_JSON_MAX + 1);
    x->uri = strdup(uri);
    return x;
}

static void drop_exchange(void *cls, struct MHD_Connection *con, void **con_cls,
                          enum MHD_RequestTerminationCode how)
{
    (void)cls;
    (void)con;
    (void)how;
    struct exchange *x = *con_cls;
    if (!x)
        return;
    free(x->uri);
    buf_fini(&x->body);
    free(x);
    *con_cls = NULL;
}

static struct str header(struct MHD_Connection *con, const char *name)
{
    return str_of(MHD_lookup_connection_value(con, MHD_HEADER_KIND, name));
}

static bool wants_gzip(struct MHD_Connection *con)
{
    struct str accept = header(con, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    struct str agent = header(con, MHD_HTTP_HEADER_USER_AGENT);
    return accept.p && agent.p && strcasestr(accept.p, "gzip") &&
           strcasestr(agent.p, "gzip");
}

static struct request request_of(const struct exchange *x, const char *verb,
                                 struct MHD_Connection *con)
{
    struct str path, query = str_of(x->uri);
    (void)str_split(&query, '?', &path);
    return (struct request){
        .verb = str_of(verb),
        .path = path,
        .query = query,
        .key = header(con, "x-goog-api-key"),
        .now = header(con, "X-Svf-Sim-Now"),
        .if_none_match = header(con, MHD_HTTP_HEADER_IF_NONE_MATCH),
        .body = buf_view(&x->body),
    };
}

/* ---- bodies ---- */

static void drop_stream(void *cls)
{
    struct stream *t = cls;
    answer_fini(&t->answer);
    buf_fini(&t->piece);
    free(t);
}

static ssize_t read_catalog(void *cls, uint64_t at, char *to, size_t max)
{
    (void)at;
    struct stream *t = cls;
    struct err e = ERR_INIT;
    if (t->sent == t->piece.n) {
        buf_reset(&t->piece);
        t->sent = 0;
        if (service_catalog(&t->sim->service, t->answer.catalog_now,
                            t->answer.catalog_fields, &t->slot, CATALOG_PIECE,
                            &t->piece, &e)) {
            log_event(t->sim->log, LOG_ERROR, "sim", "catalog", "err=\"%s\"",
                      e.msg);
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
    }
    size_t left = t->piece.n - t->sent, n = left < max ? left : max;
    if (!n)
        return MHD_CONTENT_READER_END_OF_STREAM;
    memcpy(to, t->piece.p + t->sent, n);
    t->sent += n;
    return (ssize_t)n;
}

/* How many bytes may go out now: all, up to the cut, or one drip. */
static size_t allowance(const struct fault *f, uint64_t at, size_t max)
{
    uint64_t n = max;
    if (f->cut_after >= 0 && n > (uint64_t)f->cut_after - at)
        n = (uint64_t)f->cut_after - at;
    uint64_t drip = ((uint64_t)f->drip + DRIP_TICKS - 1) / DRIP_TICKS;
    return (size_t)(f->drip && n > drip ? drip : n);
}

static ssize_t read_faulty(void *cls, uint64_t at, char *to, size_t max)
{
    struct stream *t = cls;
    const struct fault *f = &t->answer.fault;
    if (f->cut_after >= 0 && at >= (uint64_t)f->cut_after)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (f->drip && !sim_wait(t->sim, DUR_MS(1000 / DRIP_TICKS)))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = allowance(f, at, max), left = t->answer.body.n - (size_t)at;
    n = n < left ? n : left;
    memcpy(to, t->answer.body.p + at, n);
    return (ssize_t)n;
}

/* A response that is read through @reader; takes the answer. */
static struct MHD_Response *streamed(struct sim *s, struct answer *take,
                                     uint64_t size,
                                     MHD_ContentReaderCallback reader)
{
    struct stream *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->sim = s;
    t->answer = *take;
    t->piece = (struct buf)BUF_INIT(SERVICE_BODY_MAX);
    *take = (struct answer)ANSWER_INIT;
    struct MHD_Response *r = MHD_create_response_from_callback(
        size, CATALOG_PIECE, reader, t, drop_stream);
    if (!r)
        drop_stream(t);
    return r;
}

/* A response of the whole body at once; takes the body. */
static struct MHD_Response *whole(struct answer *take)
{
    struct buf *b = &take->body;
    if (!b->n)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *r =
        MHD_create_response_from_buffer(b->n, b->p, MHD_RESPMEM_MUST_FREE);
    if (r)
        *b = (struct buf)BUF_INIT(SERVICE_BODY_MAX);
    return r;
}

static struct MHD_Response *response_of(struct sim *s, struct answer *a)
{
    if (a->catalog)
        return streamed(s, a, MHD_SIZE_UNKNOWN, read_catalog);
    bool cut =
        a->fault.cut_after >= 0 && (uint64_t)a->fault.cut_after < a->body.n;
    if (cut || (a->fault.drip && a->body.n))
        return streamed(s, a, a->body.n, read_faulty);
    return whole(a);
}

/* ---- answers ---- */

static bool zip(struct answer *a)
{
    struct buf z = BUF_INIT(SERVICE_BODY_MAX);
    struct err e;
    if (!a->body.n || a->catalog ||
        gz_deflate(buf_view(&a->body), GZIP_LEVEL, &z, &e)) {
        buf_fini(&z);
        return false;
    }
    buf_fini(&a->body);
    a->body = z;
    return true;
}

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    /* A header without memory is left out: the body is still right. */
    (void)MHD_add_response_header(r, name, value);
}

static void add_headers(struct MHD_Response *r, const struct answer *a)
{
    char text[64];
    if (a->type && a->status != MHD_HTTP_NOT_MODIFIED)
        add(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
    if (a->etag[0]) {
        snprintf(text, sizeof(text), "\"%s\"", a->etag);
        add(r, MHD_HTTP_HEADER_ETAG, text);
    }
    if (a->allow)
        add(r, MHD_HTTP_HEADER_ALLOW, a->allow);
    if (a->fault.redirect[0])
        add(r, MHD_HTTP_HEADER_LOCATION, a->fault.redirect);
    if (a->fault.retry_after_s) {
        snprintf(text, sizeof(text), "%lld", (long long)a->fault.retry_after_s);
        add(r, MHD_HTTP_HEADER_RETRY_AFTER, text);
    }
    add(r, MHD_HTTP_HEADER_VARY, "Accept-Encoding, User-Agent");
    add(r, MHD_HTTP_HEADER_CACHE_CONTROL, "private");
}

static enum MHD_Result send_answer(struct sim *s, struct MHD_Connection *con,
                                   struct answer *a)
{
    bool zipped = wants_gzip(con) && zip(a);
    unsigned status = (unsigned)a->status;
    const struct answer front = *a; /* response_of() takes what it owns */
    struct MHD_Response *r = response_of(s, a);
    if (!r)
        return MHD_NO;
    add_headers(r, &front);
    if (zipped)
        add(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    enum MHD_Result sent = MHD_queue_response(con, status, r);
    MHD_destroy_response(r);
    return sent;
}

static enum MHD_Result answer_exchange(struct exchange *x, const char *verb,
                                       struct MHD_Connection *con)
{
    struct sim *s = x->sim;
    struct request r = request_of(x, verb, con);
    struct answer a;
    sim_answer(s, &r, &a);
    log_event(s->log, LOG_DEBUG, "sim", "answer",
              "verb=%s path=%.*s status=%d bytes=%zu", verb, STR_ARG(r.path),
              a.status, a.body.n);
    dur_t delay = DUR_MS(s->latency.ms + a.fault.delay_ms);
    if (delay.ms)
        (void)sim_wait(s, delay);
    enum MHD_Result sent = send_answer(s, con, &a);
    answer_fini(&a);
    return sent;
}

static enum MHD_Result take_request(void *cls, struct MHD_Connection *con,
                                    const char *url, const char *verb,
                                    const char *version, const char *data,
                                    size_t *n, void **con_cls)
{
    (void)cls;
    (void)url;
    (void)version;
    struct exchange *x = *con_cls;
    if (!x || !x->uri)
        return MHD_NO;
    if (!x->begun) {
        x->begun = true; /* the body, if any, comes with later calls */
        return MHD_YES;
    }
    if (*n) {
        buf_put(&x->body, data, *n);
        *n = 0;
        return MHD_YES;
    }
    return answer_exchange(x, verb, con);
}

/* ---- life ---- */

/* Threads started by libmicrohttpd inherit the mask: signals are for the
 * main thread. */
static struct MHD_Daemon *start_daemon(struct sim *s, int fd)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
            MHD_USE_POLL,
        0, NULL, NULL, take_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)SIM_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, take_uri, s, MHD_OPTION_NOTIFY_COMPLETED,
        drop_exchange, s, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return d;
}

int http_open(struct http **ret, struct sim *s, const char *listen,
              struct err *e)
{
    int fd;
    int rc = listen_open(listen, &fd, s->url, e);
    if (rc)
        return rc;
    struct http *h = calloc(1, sizeof(*h));
    if (h)
        h->daemon = start_daemon(s, fd);
    if (!h || !h->daemon) {
        free(h);
        close(fd);
        return err_set(e, RC_NOMEM, "cannot start an HTTP server");
    }
    h->sim = s;
    *ret = h;
    return RC_OK;
}

void http_close(struct http *h)
{
    if (!h)
        return;
    MHD_stop_daemon(h->daemon);
    free(h);
}
