/*
 * cli/service.c - index + HTTP service over one store, for serve and demo.
 *
 * Rules
 *   1. only the owner's thread touches store and index; API threads read the
 *      index's snapshot and the status text under a mutex
 *   2. an index that cannot be refreshed serves on and logs why
 *   3. the status is read anew at most once a second: it costs a dozen reads
 *      of the store, and the index does not wait for it behind every change
 *   4. the index is kept in its file every half an hour and at the end: who is
 *      killed catches up with less than that by the change feed
 *
 * Threads: the caller's is the owner; the API has its own.
 */
#include "cli/service_priv.h"

#include "base/thr.h"

#include <stdlib.h>

enum {
    REFRESH_MS = 500,
    STATUS_MS = 1000,         /* after a change, */
    STATUS_OLD_MS = 2000,     /* or without any */
    SAVE_MS = 30 * 60 * 1000, /* the file is written whole */
    STATUS_MAX = 1024 * 1024
};

struct service {
    struct cli *c;
    struct store *store;   /* borrowed */
    struct search *search; /* owned */
    struct api *api;       /* owned */
    mono_t saved_at;       /* the index, to its file */
    bool changed;          /* the index, since the status was read … */
    mono_t status_at;      /* … which was then */
    struct mtx mu;
    struct buf status; /* guarded by mu: members of the status object */
};

static void tell_status(void *ctx, struct jsonw *w)
{
    struct service *s = ctx;
    mtx_lock(&s->mu);
    struct str whole = buf_view(&s->status); /* "{…}" */
    jsonw_raw_members(w, str_n(whole.p + 1, whole.n - 2));
    mtx_unlock(&s->mu);
}

static void tell_metrics(void *ctx, struct buf *out)
{
    (void)ctx;
    cli_metrics(out);
}

static int renew_status(struct service *s, struct err *e)
{
    struct buf b = BUF_INIT(STATUS_MAX);
    struct search_info info;
    struct jsonw w;
    search_info(s->search, &info);
    jsonw_init(&w, &b);
    jsonw_obj(&w);
    int rc = cli_status_json(s->c, s->store, &info, &w, e);
    if (!rc) {
        jsonw_obj_end(&w);
        rc = buf_check(&b, "status", e);
    }
    if (!rc) {
        mtx_lock(&s->mu);
        struct buf old = s->status;
        s->status = b;
        b = old;
        mtx_unlock(&s->mu);
    }
    buf_fini(&b);
    return rc;
}

static int open_api(struct service *s, const char *listen, struct err *e)
{
    struct api_options o = { .listen = listen,
                             .web_dir = cli_opt(s->c, "web-dir"),
                             .cors_origins =
                                 conf_text(s->c->conf, "server.cors_origins"),
                             .search = s->search,
                             .sources = { s, tell_status, tell_metrics },
                             .clk = s->c->clk,
                             .log = s->c->log,
                             .threads =
                                 (int)conf_int(s->c->conf, "server.threads"),
                             .request_timeout = DUR_S(10) };
    int rc = cli_policy(s->c, s->store, &o.policy, e);
    if (rc)
        return rc;
    rc = api_open(&s->api, &o, e);
    if (rc == RC_CONFIG)
        s->c->exit = EXIT_USAGE;
    return rc;
}

int service_open(struct service **ret, struct cli *c, struct store *st,
                 const char *listen, struct err *e)
{
    struct service *s = calloc(1, sizeof(*s));
    if (!s)
        return err_set(e, RC_NOMEM, "no memory for the service");
    s->c = c;
    s->store = st;
    s->saved_at = clk_mono(clk_real());
    s->status = (struct buf)BUF_INIT(STATUS_MAX);
    mtx_init(&s->mu);
    int rc = cli_search_open(c, st, false, &s->search, e);
    if (!rc && store_kind(st) == STORE_LOCAL)
        rc = cli_rank_if_needed(c, st, s->search, e);
    if (!rc)
        rc = renew_status(s, e);
    if (!rc)
        rc = open_api(s, listen, e);
    if (rc) {
        service_close(s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

const char *service_url(const struct service *s)
{
    return api_url(s->api);
}

/* Rule 3. */
static int keep_status(struct service *s, struct err *e)
{
    mono_t now = clk_mono(clk_real());
    int64_t age_ms = mono_since(s->status_at, now).ms;
    if (age_ms < (s->changed ? STATUS_MS : STATUS_OLD_MS))
        return RC_OK;
    int rc = renew_status(s, e);
    if (!rc) {
        s->changed = false;
        s->status_at = now;
    }
    return rc;
}

/* Rule 4. */
static void keep_index(struct service *s)
{
    mono_t now = clk_mono(clk_real());
    if (mono_since(s->saved_at, now).ms < SAVE_MS)
        return;
    cli_search_keep(s->c, s->store, s->search);
    s->saved_at = now;
}

static void one_round(struct service *s)
{
    struct err e = ERR_INIT;
    bool changed = false;
    int rc = search_refresh(s->search, DUR_MS(REFRESH_MS), &changed, &e);
    s->changed = s->changed || changed;
    if (!rc)
        rc = keep_status(s, &e);
    keep_index(s);
    if (!rc || rc == RC_CANCELLED)
        return;
    log_often(s->c->log, LOG_WARN, "serve", "refresh_failed", "why=\"%s\"",
              e.msg);
    clk_real()->wait(clk_real(),
                     wall_add(clk_wall(clk_real()), DUR_MS(REFRESH_MS)),
                     &cli_stop);
}

void service_run(struct service *s)
{
    while (!cli_stop)
        one_round(s);
}

void service_close(struct service *s)
{
    if (!s)
        return;
    if (s->api) {
        api_stop(s->api, DUR_S(10));
        api_close(s->api);
    }
    if (s->search)
        cli_search_keep(s->c, s->store, s->search);
    search_close(s->search);
    buf_fini(&s->status);
    mtx_fini(&s->mu);
    free(s);
}
