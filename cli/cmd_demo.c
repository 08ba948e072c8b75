/*
 * cli/cmd_demo.c - `svf demo`: simulator, mine, rank, serve, in a temporary
 * folder that is removed at the end.
 *
 * Rules
 *   1. every part is the real one: HTTP to the simulator, the ledger, the
 *      store, the rank job, HTTP to the own API
 *   2. only free ports, only loopback, nothing outside the temporary folder,
 *      but the store that --store names; it stays
 *   3. that one must be new: simulated videos never come among others
 */
#include "cli/service_priv.h"

#include "base/thr.h"
#include "base/utf8.h"
#include "sim/sim.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEMO_VIDEOS = 20000, DEMO_CHANNELS = 400, DEMO_TOP = 10 };

struct demo {
    struct cli *c;
    char dir[256];
    char base[128]; /* the simulator's API */
    struct sim *sim;
    struct store *store;
    struct service *service;
    struct mine_report report;
};

static int make_folder(struct demo *d, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(d->dir, sizeof(d->dir), "%.200s/svf-demo-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(d->dir)) {
        int sys = errno;
        d->dir[0] = '\0';
        d->c->exit = EXIT_CANT_CREATE;
        return err_sys(e, RC_IO, sys, "cannot make a temporary folder: %s",
                       strerror(sys));
    }
    return RC_OK;
}

static void remove_folder(const char *dir)
{
    DIR *d = *dir ? opendir(dir) : NULL;
    if (!d)
        return;
    for (struct dirent *x; (x = readdir(d));) {
        char path[600];
        snprintf(path, sizeof(path), "%s/%s", dir, x->d_name);
        if (x->d_name[0] != '.')
            unlink(path);
    }
    closedir(d);
    rmdir(dir);
}

/* Over what the user configured: the demo touches nothing of theirs. A secret
 * is never an option. */
static int set_conf(struct demo *d, const char *key, const char *value,
                    struct err *e)
{
    bool secret = strcmp(key, "api.key") == 0;
    return conf_set(d->c->conf, key, str_of(value),
                    secret ? CONF_ENV : CONF_OPTION, "demo", e);
}

/* The simulator decides where the API lies; the rest follows. */
static int start_sim(struct demo *d, struct err *e)
{
    struct sim_options o = SIM_OPTIONS_INIT;
    o.listen = "127.0.0.1:0";
    o.videos = DEMO_VIDEOS;
    o.channels = DEMO_CHANNELS;
    o.log = d->c->log;
    int rc = sim_open(&d->sim, &o, e);
    if (rc)
        return rc;
    char uri[300];
    bool own = !cli_has(d->c, "store"); /* rule 2 */
    snprintf(d->base, sizeof(d->base), "%s/youtube/v3", sim_url(d->sim));
    snprintf(uri, sizeof(uri), "sqlite:%s/svf.db", d->dir);
    clk_step_init(&d->c->step, o.start);
    d->c->clk = &d->c->step.clk;
    rc = set_conf(d, "api.base_url", d->base, e);
    if (!rc)
        rc = set_conf(d, "api.key_file", "", e);
    if (!rc)
        rc = set_conf(d, "api.key", o.key, e);
    if (!rc)
        rc = set_conf(d, "state.dir", d->dir, e);
    if (!rc && own)
        rc = set_conf(d, "store.uri", uri, e);
    return rc;
}

/* Rule 3. */
static int check_new(struct demo *d, struct err *e)
{
    struct store_stats x;
    uint64_t sources = 0;
    char n[32];
    int rc = store_stats(d->store, &x, e);
    if (!rc)
        rc = source_count(d->store, &sources, e);
    if (rc)
        return rc;
    if (store_kind(d->store) != STORE_LOCAL)
        return err_set(e, RC_CONFIG,
                       "%s is a live store; the demo wants a local one",
                       store_uri(d->store));
    if (x.videos || x.channels || x.samples || sources) {
        snprintf(d->c->hint, sizeof(d->c->hint),
                 "name a store that is not there yet, or none: the demo then "
                 "makes one for a while");
        return err_set(e, RC_EXISTS,
                       "%s holds %s videos and %" PRIu64 " sources already; "
                       "the demo wants a new store",
                       store_uri(d->store), cli_count_text(x.videos, n),
                       sources);
    }
    return RC_OK;
}

/* Ask the simulator's truth which channels there are: a person would have
 * a list of their own. */
struct channels {
    struct source *list;
    size_t n;
};

static bool known(const struct channels *ch, struct str ref)
{
    for (size_t i = ch->n; i > 0 && i + 4 > ch->n; i--)
        if (str_eqz(ref, ch->list[i - 1].ref))
            return true;
    return false;
}

static int one_video(struct channels *ch, struct str line, struct err *e)
{
    struct jsonr *v;
    struct str ref;
    int rc = jsonr_open(&v, line, e);
    if (rc)
        return rc;
    if (jsonr_str(jsonr_get(v, "channelId"), &ref) && !known(ch, ref) &&
        ch->n < DEMO_CHANNELS * 2)
        rc = source_parse(ref, &ch->list[ch->n++], e);
    jsonr_close(v);
    return rc;
}

static int get(const char *base, const char *path, struct str query,
               struct net_response *r, struct err *e)
{
    struct net_options o = NET_OPTIONS_INIT;
    struct net *n;
    struct net_conn *conn = NULL;
    o.base_url = base;
    o.body_max_bytes = 256u * 1024 * 1024;
    int rc = net_open(&n, &o, e);
    if (rc)
        return rc;
    rc = net_conn_open(&conn, n, e);
    struct net_request q = { .path = path, .query = query };
    if (!rc)
        rc = net_get(conn, &q, r, e);
    if (!rc && r->status != 200)
        rc = err_sys(e, RC_DOWN, r->status, "%s%s answered %d", base, path,
                     r->status);
    net_conn_close(conn);
    net_close(n);
    return rc;
}

static int find_channels(struct demo *d, struct channels *ch, struct err *e)
{
    struct net_response r;
    struct str rest, line;
    net_response_init(&r, 256u * 1024 * 1024);
    int rc = get(sim_url(d->sim), "/_sim/catalog.ndjson", STR(""), &r, e);
    rest = buf_view(&r.body);
    while (!rc && !cli_stop && str_split(&rest, '\n', &line))
        if (line.n)
            rc = one_video(ch, line, e);
    net_response_fini(&r);
    return rc;
}

static int mine(struct demo *d, struct err *e)
{
    struct cli_remote remote;
    struct channels ch = { .n = 0 };
    ch.list = calloc(DEMO_CHANNELS * 2, sizeof(*ch.list));
    if (!ch.list)
        return err_set(e, RC_NOMEM, "no memory for the demo");
    int rc = cli_store_make(d->c, STORE_LOCAL, &d->store, e);
    if (!rc)
        rc = check_new(d, e);
    if (!rc)
        rc = find_channels(d, &ch, e);
    for (size_t i = 0; !rc && !cli_stop && i < ch.n; i++) {
        ch.list[i].added_at = wall_s(clk_wall(d->c->clk));
        rc = source_add(d->store, &ch.list[i], e);
        if (rc == RC_EXISTS)
            rc = RC_OK;
    }
    free(ch.list);
    if (!rc)
        rc = cli_remote_open(d->c, d->store, &remote, e);
    if (rc)
        return rc;
    struct mine_options o = { .store = d->store,
                              .quota = remote.quota,
                              .net = remote.net,
                              .clk = d->c->clk,
                              .log = d->c->log,
                              .progress_fd = d->c->progress_fd,
                              .threads =
                                  (int)conf_int(d->c->conf, "api.connections"),
                              .refresh_after =
                                  conf_dur(d->c->conf, "mine.refresh_after"),
                              .rule = &remote.quota_options.rule,
                              .sim_time = true,
                              .stop = &cli_stop };
    rc = mine_run(&o, &d->report, e);
    cli_remote_close(d->c, &remote);
    if (!rc && d->report.stopped_by == MINE_SIGNAL)
        return err_set(e, RC_CANCELLED, "stopped by a signal");
    return rc;
}

/* ---- what is printed ---- */

static void answer_text(struct demo *d, const struct jsonr *data)
{
    struct cli *c = d->c;
    for (size_t i = 0; i < jsonr_len(data); i++) {
        const struct jsonr *v = jsonr_item(data, i);
        struct str title = STR("?");
        uint64_t views = 0;
        double value = 0, percentile = 0;
        char n[16];
        (void)jsonr_str(jsonr_get(v, "title"), &title);
        (void)jsonr_u64(jsonr_get(v, "viewCount"), &views);
        (void)jsonr_f64(jsonr_get(v, "ratios.likesViews.value"), &value);
        (void)jsonr_f64(jsonr_get(v, "ratios.likesViews.percentile"),
                        &percentile);
        cli_print(c, "  top %4.2f %%  %5.1f %% likes/views  %6s views  ",
                  100 - percentile, 100 * value, cli_short_text(views, n));
        utf8_plain(&c->out, title);
        cli_print(c, "\n");
    }
}

static void answer_json(struct demo *d, struct str body)
{
    struct jsonw w;
    jsonw_init(&w, &d->c->out);
    jsonw_obj(&w);
    jsonw_kz(&w, "url", service_url(d->service));
    jsonw_ku64(&w, "mined", d->report.asked);
    jsonw_ki64(&w, "units", d->report.units[QUOTA_GENERAL]);
    jsonw_key(&w, "top");
    jsonw_raw(&w, body);
    jsonw_obj_end(&w);
    buf_c(&d->c->out, '\n');
}

/* The bytes of the "data" array within an API answer: it comes first. */
static struct str data_part(struct str body)
{
    static const char head[] = "{\"data\":";
    if (!str_starts(body, STR("{\"data\":")))
        return STR("[]");
    struct str rest = str_from(body, sizeof(head) - 1);
    const char *end = NULL;
    for (const char *p = rest.p; p + 7 < rest.p + rest.n; p++)
        if (memcmp(p, "],\"page\"", 8) == 0)
            end = p + 1;
    return end ? str_n(rest.p, (size_t)(end - rest.p)) : STR("[]");
}

static int ask_own_api(struct demo *d, struct err *e)
{
    struct net_response r;
    struct jsonr *root = NULL;
    char query[64];
    snprintf(query, sizeof(query),
             "top=1&ratio=likesViews&viewsMin=100&limit=%d", DEMO_TOP);
    net_response_init(&r, 16u * 1024 * 1024);
    int rc =
        get(service_url(d->service), "/api/v1/videos", str_of(query), &r, e);
    if (!rc)
        rc = jsonr_open(&root, buf_view(&r.body), e);
    if (!rc && d->c->json)
        answer_json(d, data_part(buf_view(&r.body)));
    if (!rc && !d->c->json) {
        cli_print(d->c, "%s/api/v1/videos?%s answers:\n",
                  service_url(d->service), query);
        answer_text(d, jsonr_get(root, "data"));
    }
    jsonr_close(root);
    net_response_fini(&r);
    return rc;
}

static void tell_mined(struct demo *d)
{
    char n[32];
    cli_note(d->c,
             "mined %s videos of a simulated YouTube for %" PRId64
             " units, %" PRIu64 " requests\n",
             cli_count_text(d->report.asked, n), d->report.units[QUOTA_GENERAL],
             d->report.requests);
}

static int serve(struct demo *d, struct err *e)
{
    bool once = cli_has(d->c, "once");
    int rc = service_open(&d->service, d->c, d->store, "127.0.0.1:0", e);
    if (rc)
        return rc;
    if (!d->c->json)
        cli_print(d->c, "listening on %s\n", service_url(d->service));
    if (once || d->c->json)
        rc = ask_own_api(d, e);
    cli_flush(d->c, true);
    if (rc || once)
        return rc;
    cli_note(d->c, "open %s in a browser; Ctrl-C ends the demo\n",
             service_url(d->service));
    service_run(d->service);
    return RC_OK;
}

int cmd_demo(struct cli *c, struct err *e)
{
    struct demo d = { .c = c };
    if (cli_no_words(c, e))
        return cli_usage(c, e, NULL);
    int rc = net_global_init(e);
    if (rc)
        return rc;
    rc = make_folder(&d, e);
    if (!rc)
        rc = start_sim(&d, e);
    if (!rc)
        rc = mine(&d, e);
    if (!rc) {
        tell_mined(&d);
        rc = serve(&d, e);
    }
    service_close(d.service);
    store_close(d.store);
    sim_close(d.sim);
    remove_folder(d.dir);
    net_global_fini();
    return rc;
}
