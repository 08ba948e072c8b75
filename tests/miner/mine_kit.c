/* tests/miner/mine_kit.c - see mine_kit.h. */
#include "tests/miner/mine_kit.h"

#include "base/cal.h"
#include "base/digest.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BODY_MAX = 64 << 20, VIDEOS_MAX = 1 << 20 };

/* ---- set up and down ---- */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    T_TRUE(path, f);
    bool written = fputs(text, f) >= 0;
    bool closed = !fclose(f);
    T_TRUE(path, written && closed);
}

static void open_sim(struct kit *k, const struct kit_setup *setup)
{
    struct sim_options o = SIM_OPTIONS_INIT;
    char faults[96];
    o.listen = "127.0.0.1:0";
    o.key = KIT_KEY;
    o.videos = setup->videos;
    o.channels = setup->channels;
    if (setup->sim_quota)
        o.quota_general = setup->sim_quota;
    if (setup->faults) {
        snprintf(faults, sizeof(faults), "%s/faults.json", k->dir);
        write_file(faults, setup->faults);
        o.faults_file = faults;
    }
    T_OK(sim_open(&k->sim, &o, &k->e), &k->e);
    snprintf(k->sim_url, sizeof(k->sim_url), "%s", sim_url(k->sim));
}

/* The simulator in a child, so that this process has no threads to fork. It
 * ends with its parent. */
static void fork_sim(struct kit *k, const struct kit_setup *setup)
{
    int url[2];
    T_TRUE("pipe", pipe(url) == 0);
    k->sim_pid = fork();
    T_TRUE("fork", k->sim_pid >= 0);
    if (k->sim_pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        open_sim(k, setup);
        ssize_t n = write(url[1], k->sim_url, sizeof(k->sim_url));
        while (n > 0)
            pause();
        _exit(1);
    }
    T_TRUE("url", read(url[0], k->sim_url, sizeof(k->sim_url)) > 0);
    close(url[0]);
    close(url[1]);
}

static void close_sim(struct kit *k)
{
    sim_close(k->sim);
    if (k->sim_pid > 0) {
        kill(k->sim_pid, SIGKILL);
        waitpid(k->sim_pid, NULL, 0);
    }
}

static struct net *open_net(struct kit *k, const char *path, dur_t timeout)
{
    static const struct secret key = { .bytes = KIT_KEY };
    struct net_options o = NET_OPTIONS_INIT;
    char url[128];
    struct net *n;
    snprintf(url, sizeof(url), "%s%s", k->sim_url, path);
    o.base_url = url;
    o.key = &key;
    o.body_max_bytes = BODY_MAX;
    o.total_timeout = timeout;
    T_OK(net_open(&n, &o, &k->e), &k->e);
    return n;
}

static void fill_options(struct kit *k)
{
    k->o = (struct mine_options){
        .store = k->store,
        .net = k->net,
        .clk = &k->clock.clk,
        .progress_fd = -1,
        .seed = 7,
        .threads = 4,
        .refresh_after = DUR_S(20 * 3600),
        .sim_time = true,
    };
    k->ledger = (struct quota_options){
        .store = k->store,
        .project = "default",
        .limit = { 10000, 100, 10000 },
        .lease_units = 20,
    };
    T_OK(quota_rule_parse(MINE_RESET_RULE, &k->ledger.rule, &k->e), &k->e);
}

void kit_connect(struct kit *k)
{
    struct store_options so = { .uri = k->store_uri,
                                .create = true,
                                .kind = STORE_LOCAL,
                                .clk = &k->clock.clk };
    T_OK(net_global_init(&k->e), &k->e);
    int64_t ms = k->setup.timeout_ms;
    k->net = open_net(k, "/youtube/v3", DUR_MS(ms ? ms : 2000));
    k->root = open_net(k, "", DUR_S(30));
    T_OK(store_open(&k->store, &so, &k->e), &k->e);
    k->o.store = k->store;
    k->o.net = k->net;
    k->ledger.store = k->store;
}

void kit_disconnect(struct kit *k)
{
    store_close(k->store);
    net_close(k->net);
    net_close(k->root);
    net_global_fini();
}

void kit_open(struct kit *k, const struct kit_setup *setup)
{
    const char *tmp = getenv("TMPDIR");
    *k = (struct kit){ .setup = *setup, .e = ERR_INIT };
    snprintf(k->dir, sizeof(k->dir), "%.40s/svf-mine-XXXXXX",
             tmp ? tmp : "/tmp");
    T_TRUE("temporary folder", mkdtemp(k->dir));
    snprintf(k->store_uri, sizeof(k->store_uri), "sqlite:%s/svf.db", k->dir);
    clk_step_init(&k->clock, (wall_t){ SIM_START_MS });
    schema_init(7);
    if (setup->apart)
        fork_sim(k, setup);
    else
        open_sim(k, setup);
    k->setup.faults = NULL; /* borrowed, and only until here */
    kit_connect(k);
    fill_options(k);
}

void kit_heal(struct kit *k)
{
    kit_disconnect(k);
    close_sim(k);
    open_sim(k, &k->setup);
    kit_connect(k);
}

static void remove_dir(const char *dir)
{
    char path[512];
    DIR *d = opendir(dir);
    for (struct dirent *x; d && (x = readdir(d));) {
        snprintf(path, sizeof(path), "%s/%s", dir, x->d_name);
        unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(dir);
}

void kit_close(struct kit *k)
{
    kit_disconnect(k);
    close_sim(k);
    remove_dir(k->dir);
}

/* ---- jobs ---- */

int kit_mine(struct kit *k)
{
    T_OK(quota_open(&k->o.quota, &k->ledger, &k->e), &k->e);
    int rc = mine_run(&k->o, &k->r, &k->e);
    quota_close(k->o.quota, clk_wall(&k->clock.clk));
    return rc;
}

void kit_check_report(const struct kit *k)
{
    const struct mine_report *r = &k->r;
    uint64_t outcomes = 0, errors = 0;
    int64_t units = 0;
    for (int i = 0; i < MINE_OUTCOMES; i++)
        outcomes += r->outcomes[i];
    for (int i = 0; i < QUOTA_METHODS; i++)
        units += r->units_by_method[i];
    for (int i = 0; i < MINE_ERROR_CLASSES; i++)
        errors += r->errors[i].n;
    T_U64("asked is the sum of the outcomes", outcomes, r->asked);
    T_I64("units are the sum of the methods'", units, r->units[QUOTA_GENERAL]);
    T_U64("a unit a request", r->requests, units);
    T_TRUE("errors are requests", errors <= r->requests);
}

void kit_pass(struct kit *k, int64_t seconds)
{
    wall_t until = wall_add(clk_wall(&k->clock.clk), DUR_S(seconds));
    k->clock.clk.wait(&k->clock.clk, until, NULL);
}

/* ---- truth ---- */

static void get_control(struct kit *k, const char *path, const char *query,
                        struct net_response *r)
{
    struct net_conn *c;
    char now[CAL_TEXT], header[64];
    const char *headers[] = { header, NULL };
    snprintf(header, sizeof(header), "X-Svf-Sim-Now: %s",
             cal_text(clk_wall(&k->clock.clk), now));
    T_OK(net_conn_open(&c, k->root, &k->e), &k->e);
    net_response_init(r, BODY_MAX);
    struct net_request q = { .path = path,
                             .query = str_of(query),
                             .headers = headers };
    T_OK(net_get(c, &q, r, &k->e), &k->e);
    T_I64(path, r->status, 200);
    net_conn_close(c);
}

static uint64_t digest_text(struct str title, struct str description)
{
    uint64_t h = digest_bytes(DIGEST_INIT, title.p, title.n);
    h = digest_u8(h, 0);
    return digest_bytes(h, description.p, description.n);
}

static void read_line(struct kit *k, struct str line, struct kit_video *v)
{
    struct jsonr *j;
    struct str id = { 0 }, channel = { 0 }, at = { 0 }, title = { 0 },
               text = { 0 };
    wall_t published;
    T_OK(jsonr_open(&j, line, &k->e), &k->e);
    jsonr_str(jsonr_get(j, "id"), &id);
    jsonr_str(jsonr_get(j, "channelId"), &channel);
    jsonr_str(jsonr_get(j, "publishedAt"), &at);
    jsonr_str(jsonr_get(j, "title"), &title);
    jsonr_str(jsonr_get(j, "description"), &text);
    *v = (struct kit_video){ .text = digest_text(title, text) };
    v->has_views = jsonr_u64(jsonr_get(j, "viewCount"), &v->views);
    v->has_likes = jsonr_u64(jsonr_get(j, "likeCount"), &v->likes);
    jsonr_u64(jsonr_get(j, "durationSeconds"), &v->duration);
    T_OK(vid_parse(id, &v->id, &k->e), &k->e);
    T_OK(cid_parse(channel, &v->channel, &k->e), &k->e);
    T_OK(cal_parse(at, &published, &k->e), &k->e);
    v->published = wall_s(published);
    jsonr_close(j);
}

static int by_id(const void *a, const void *b)
{
    const struct kit_video *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

struct kit_video *kit_truth(struct kit *k, size_t *n)
{
    struct net_response r;
    struct kit_video *all = calloc(VIDEOS_MAX, sizeof(*all));
    char now[CAL_TEXT], query[64];
    struct str line;
    T_TRUE("memory", all);
    snprintf(query, sizeof(query), "now=%s",
             cal_text(clk_wall(&k->clock.clk), now));
    get_control(k, "/_sim/catalog.ndjson", query, &r);
    *n = 0;
    struct str rest = buf_view(&r.body);
    while (str_split(&rest, '\n', &line))
        if (line.n)
            read_line(k, line, &all[(*n)++]);
    net_response_fini(&r);
    qsort(all, *n, sizeof(*all), by_id);
    return all;
}

struct collect {
    struct kit_video *all;
    size_t n;
};

static int collect_video(void *ctx, const void *rec)
{
    struct collect *c = ctx;
    const struct video *v = rec;
    if (!VIDEO_HAS(v, stats_at) || VIDEO_HAS(v, gone_since))
        return RC_OK;
    struct kit_video *to = &c->all[c->n++];
    *to = (struct kit_video){ .id = v->h.key[0] };
    to->has_views = VIDEO_HAS(v, views);
    to->views = to->has_views ? v->views : 0;
    to->has_likes = VIDEO_HAS(v, likes);
    to->likes = to->has_likes ? v->likes : 0;
    to->duration = VIDEO_HAS(v, duration) ? v->duration : 0;
    to->published = VIDEO_HAS(v, published) ? v->published : 0;
    to->channel = v->channel;
    to->text =
        digest_text(VIDEO_HAS(v, title) ? v->title : STR(""),
                    VIDEO_HAS(v, description) ? v->description : STR(""));
    return RC_OK;
}

struct kit_video *kit_stored(struct kit *k, size_t *n)
{
    struct collect c = { .all = calloc(VIDEOS_MAX, sizeof(*c.all)) };
    T_TRUE("memory", c.all);
    T_OK(store_scan(k->store, &schema_video, ~UINT64_C(0), NULL, collect_video,
                    &c, &k->e),
         &k->e);
    qsort(c.all, c.n, sizeof(*c.all), by_id);
    *n = c.n;
    return c.all;
}

size_t kit_check_truth(struct kit *k)
{
    size_t n_truth, n_stored;
    struct kit_video *truth = kit_truth(k, &n_truth);
    struct kit_video *stored = kit_stored(k, &n_stored);
    T_U64("videos", n_stored, n_truth);
    for (size_t i = 0; i < n_truth; i++) {
        char name[64], id[VID_TEXT];
        const struct kit_video *t = &truth[i], *s = &stored[i];
        snprintf(name, sizeof(name), "video %s", vid_text(t->id, id));
        T_U64(name, s->id, t->id);
        T_TRUE(name, s->has_views == t->has_views);
        T_U64(name, s->views, t->views);
        T_TRUE(name, s->has_likes == t->has_likes);
        T_U64(name, s->likes, t->likes);
        T_U64(name, s->duration, t->duration);
        T_I64(name, s->published, t->published);
        T_TRUE(name, cid_eq(s->channel, t->channel));
        T_U64(name, s->text, t->text);
    }
    free(truth);
    free(stored);
    return n_truth;
}

void kit_check_kept(struct kit *k, const struct kit_video *then, size_t n)
{
    size_t n_truth, n_stored;
    struct kit_video *truth = kit_truth(k, &n_truth);
    struct kit_video *stored = kit_stored(k, &n_stored);
    for (size_t i = 0; i < n; i++) {
        const struct kit_video *s;
        char id[VID_TEXT];
        if (!bsearch(&then[i], truth, n_truth, sizeof(*truth), by_id))
            continue;
        s = bsearch(&then[i], stored, n_stored, sizeof(*stored), by_id);
        ck_assert_msg(s && s->text == then[i].text, "video %s is missing",
                      vid_text(then[i].id, id));
    }
    free(truth);
    free(stored);
}

/* ---- sources ---- */

static int by_channel(const void *a, const void *b)
{
    const struct kit_video *x = a, *y = b;
    if (x->channel.hi != y->channel.hi)
        return x->channel.hi < y->channel.hi ? -1 : 1;
    return (x->channel.lo > y->channel.lo) - (x->channel.lo < y->channel.lo);
}

size_t kit_add_channels(struct kit *k)
{
    size_t n, channels = 0;
    struct kit_video *all = kit_truth(k, &n);
    qsort(all, n, sizeof(*all), by_channel);
    for (size_t i = 0; i < n; i++) {
        if (i && cid_eq(all[i].channel, all[i - 1].channel))
            continue;
        struct source s = { .kind = SOURCE_CHANNEL };
        cid_text(all[i].channel, s.ref);
        T_OK(source_add(k->store, &s, &k->e), &k->e);
        channels++;
    }
    free(all);
    return channels;
}

int64_t kit_least_pages(struct kit *k)
{
    size_t n, run = 0;
    int64_t pages = 0;
    struct kit_video *all = kit_truth(k, &n);
    qsort(all, n, sizeof(*all), by_channel);
    for (size_t i = 0; i < n; i++) {
        run++;
        if (i + 1 < n && cid_eq(all[i].channel, all[i + 1].channel))
            continue;
        pages += (int64_t)(run + 49) / 50;
        run = 0;
    }
    free(all);
    return pages;
}

/* ---- ledgers ---- */

int64_t kit_sim_ledger(struct kit *k, const char *path)
{
    struct net_response r;
    struct jsonr *j;
    int64_t n = -1;
    get_control(k, "/_sim/ledger", "", &r);
    T_OK(jsonr_open(&j, buf_view(&r.body), &k->e), &k->e);
    T_TRUE(path, jsonr_i64(jsonr_get(j, path), &n));
    jsonr_close(j);
    net_response_fini(&r);
    return n;
}

int64_t kit_own_ledger(struct kit *k)
{
    struct quota_state s;
    T_OK(quota_read(&k->ledger, clk_wall(&k->clock.clk), &s, &k->e), &k->e);
    return s.bucket[QUOTA_GENERAL].spent;
}
