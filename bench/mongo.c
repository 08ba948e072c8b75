/*
 * bench/mongo.c - the mongodb: store over n videos, beside the plain driver
 * that writes and reads the same documents: load, refresh in random order,
 * scan of the counts, feed; bytes on disk and bytes written; and the ratio
 * engine behind the scan beside the server that ranks by itself.
 *
 * The server is a replica set of one member on this machine, so both share
 * its cores with it: only ratios carry to another machine, and client CPU.
 *
 * Rules
 *   1. the columns take turns batch by batch, so they meet the same machine;
 *      for bytes written each has the server to itself, from checkpoint to
 *      checkpoint
 *   2. the driver's bulks wait for a majority and its journal too; they
 *      read nothing first, merge nothing and are not atomic, but for those
 *      of the column that refreshes in transactions
 *   3. every outcome is counted, every scan compared with what was written,
 *      every place of the server with the engine's: what differs is an
 *      oracleMismatch
 *   4. the definitions of a place coincide where no other video of the bucket
 *      has the same ratio in f32; else the server's must lie among those of
 *      the equals
 */
#include "base/rnd.h"
#include "bench/bench.h"
#include "bench/catalog.h"
#include "bench/mongo_raw.h"
#include "tests/mongod/set.h"

#include <stdlib.h>

enum { BULK = 1000, SCANS = 4 };

enum verb { LOAD, REFRESH, SCAN, FEED, VERBS };
static const char *const verb_names[VERBS] = {
    [LOAD] = "put new by 1000",
    [REFRESH] = "put counts by 1000",
    [SCAN] = "scan of counts",
    [FEED] = "feed",
};

enum column { STORE, RAW, RAW_TXN, COLUMNS };
static const char *const column_names[COLUMNS] = {
    [STORE] = "mongodb",
    [RAW] = "driver",
    [RAW_TXN] = "driver in transactions",
};

struct work {
    struct bench *bench;
    const struct catalog *catalog;
    const char *hosts;
    uint64_t n;
    uint32_t *order; /* owned; the videos in random order */
    struct store *store;
    struct mg_conn own; /* of the store's database */
    struct raw raw;     /* a database beside it */
    struct store_pos after_load;
    double cpu[COLUMNS][VERBS], wall[COLUMNS][VERBS];
    uint64_t bad, compared, tied;
};

static void clock_stop(struct work *w, enum column column, enum verb v,
                       struct bench_time begun)
{
    w->cpu[column][v] += bench_cpu() - begun.cpu;
    w->wall[column][v] += bench_wall() - begun.wall;
}

/* ---- writes ---- */

static void put(struct work *w, enum verb verb, const struct video *v, size_t n)
{
    static enum store_outcome out[BULK];
    struct err e = ERR_INIT;
    bench_must(store_put(w->store, &schema_video, v, n, 0, out, &e), &e);
    for (size_t i = 0; i < n; i++) /* rule 3 */
        w->bad += out[i] != (verb == LOAD ? STORE_NEW : STORE_UPDATED);
}

static void load_all(struct work *w)
{
    static struct video v[BULK];
    for (uint64_t at = 0; at < w->n; at += BULK) {
        size_t n = w->n - at < BULK ? (size_t)(w->n - at) : BULK;
        for (size_t i = 0; i < n; i++)
            v[i] = catalog_video(w->catalog, at + i);
        struct bench_time begun = bench_now();
        put(w, LOAD, v, n);
        clock_stop(w, STORE, LOAD, begun);
        begun = bench_now();
        raw_load(&w->raw, v, n);
        clock_stop(w, RAW, LOAD, begun);
    }
}

/* Refresh the batch of @column at @at, by the counts of @edition. */
static void refresh(struct work *w, enum column column, uint64_t at,
                    unsigned edition)
{
    static struct video v[BULK];
    size_t n = w->n - at < BULK ? (size_t)(w->n - at) : BULK;
    for (size_t i = 0; i < n; i++)
        v[i] = catalog_counts(w->catalog, w->order[at + i], edition);
    struct bench_time begun = bench_now();
    if (column == STORE)
        put(w, REFRESH, v, n);
    else
        raw_refresh(&w->raw, v, n, column == RAW_TXN);
    clock_stop(w, column, REFRESH, begun);
}

/* The transactions are half a round away, or they would find the documents
 * that the other bulk has just brought into the cache. */
static void refresh_in_turn(struct work *w)
{
    uint64_t half = w->n / 2 / BULK * BULK;
    for (uint64_t at = 0; at < w->n; at += BULK) {
        refresh(w, STORE, at, 1);
        refresh(w, RAW, at, 1);
        refresh(w, RAW_TXN, at < half ? at + half : at - half, 2);
    }
}

/* Rule 1. */
static void refresh_alone(struct work *w, enum column column, unsigned edition)
{
    char name[80];
    double wall = w->wall[column][REFRESH], cpu = w->cpu[column][REFRESH];
    server_checkpoint(&w->own);
    struct server_written before = server_written(&w->own);
    for (uint64_t at = 0; at < w->n; at += BULK)
        refresh(w, column, at, edition);
    server_checkpoint(&w->own);
    struct server_written after = server_written(&w->own);
    w->wall[column][REFRESH] = wall; /* no turns were taken */
    w->cpu[column][REFRESH] = cpu;
    void (*tell)(struct bench *, const char *, const char *, double) =
        column == STORE ? bench_result : bench_peer;
    snprintf(name, sizeof(name), "%s: pages written", column_names[column]);
    tell(w->bench, name, "bytes/refresh",
         (after.pages - before.pages) / (double)w->n);
    snprintf(name, sizeof(name), "%s: journal written", column_names[column]);
    tell(w->bench, name, "bytes/refresh",
         (after.journal - before.journal) / (double)w->n);
}

/* ---- reads ---- */

static uint64_t views_of(const struct work *w, unsigned edition)
{
    uint64_t views = 0;
    for (uint64_t i = 0; i < w->n; i++)
        views += catalog_counts(w->catalog, i, edition).views;
    return views;
}

static int add_views(void *ctx, const void *rec)
{
    *(uint64_t *)ctx += ((const struct video *)rec)->views;
    return RC_OK;
}

static void scan_both(struct work *w, uint64_t want, uint64_t want_raw)
{
    uint64_t cols = VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(comments);
    uint64_t sum = 0;
    struct err e = ERR_INIT;
    struct bench_time begun = bench_now();
    bench_must(
        store_scan(w->store, &schema_video, cols, NULL, add_views, &sum, &e),
        &e);
    clock_stop(w, STORE, SCAN, begun);
    begun = bench_now();
    uint64_t raw = raw_scan(&w->raw);
    clock_stop(w, RAW, SCAN, begun);
    w->bad += sum != want;
    w->bad += raw != want_raw;
}

static int pass(void *ctx, const struct schema_type *t, const uint64_t key[2])
{
    (void)ctx, (void)t, (void)key;
    return RC_OK;
}

static void feed_all(struct work *w)
{
    struct err e = ERR_INIT;
    uint64_t told = 0;
    size_t n = 1;
    struct bench_time begun = bench_now();
    while (n) {
        bench_must(store_feed_read(w->store, &w->after_load, 5000, DUR_MS(0),
                                   pass, NULL, &n, &e),
                   &e);
        told += n;
    }
    clock_stop(w, STORE, FEED, begun);
    w->bad += told != w->n;
}

/* ---- ranks ---- */

/* What the engine ranks, and what the server says. */
struct ranking {
    size_t n;
    uint64_t *id, *views, *likes; /* owned, as the rest; in the scan's order */
    uint32_t *q;
    struct place {
        uint64_t id, place; /* from 0 */
        size_t row;         /* of the engine's */
    } * engine, *server;
    size_t n_engine, n_server;
    struct ratio_table *table;
};

static int take_row(void *ctx, const void *rec)
{
    struct ranking *r = ctx;
    const struct video *v = rec;
    r->id[r->n] = v->h.key[0];
    r->views[r->n] = VIDEO_HAS(v, views) ? v->views : RATIO_UNKNOWN;
    r->likes[r->n++] = VIDEO_HAS(v, likes) ? v->likes : RATIO_UNKNOWN;
    return RC_OK;
}

static void take_place(void *ctx, uint64_t id, uint64_t place)
{
    struct ranking *r = ctx;
    r->server[r->n_server++] = (struct place){ .id = id, .place = place - 1 };
}

static void ranking_init(struct ranking *r, size_t n)
{
    *r = (struct ranking){ .id = bench_alloc(n, sizeof(*r->id)),
                           .views = bench_alloc(n, sizeof(*r->views)),
                           .likes = bench_alloc(n, sizeof(*r->likes)),
                           .q = bench_alloc(n, sizeof(*r->q)),
                           .engine = bench_alloc(n, sizeof(*r->engine)),
                           .server = bench_alloc(n, sizeof(*r->server)) };
}

static void ranking_fini(struct ranking *r)
{
    free(r->id);
    free(r->views);
    free(r->likes);
    free(r->q);
    free(r->engine);
    free(r->server);
    ratio_table_close(r->table);
}

static int by_id(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* The place that q tells: t of (2t + 1) 2^31 / n, cut. */
static void place_rows(struct ranking *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->q[i] == RATIO_NO_RANK)
            continue;
        uint64_t n = ratio_bucket_of(r->table, r->views[i])->n;
        r->engine[r->n_engine++] = (struct place){ .id = r->id[i],
                                                   .place = (r->q[i] * n) >> 32,
                                                   .row = i };
    }
    qsort(r->engine, r->n_engine, sizeof(*r->engine), by_id);
    qsort(r->server, r->n_server, sizeof(*r->server), by_id);
}

/* The engine's rows in order of bucket and place, and their keys. */
struct order {
    size_t *begins;      /* of each bucket */
    uint32_t *key;       /* at each place */
    size_t *first, *end; /* of the equals at each place, within the bucket */
};

static void order_init(struct order *o, const struct ranking *r)
{
    const struct ratio_table *t = r->table;
    o->begins = bench_alloc(t->n_buckets + 1, sizeof(*o->begins));
    o->key = bench_alloc(r->n_engine, sizeof(*o->key));
    o->first = bench_alloc(r->n_engine, sizeof(*o->first));
    o->end = bench_alloc(r->n_engine, sizeof(*o->end));
    for (size_t b = 0; b < t->n_buckets; b++)
        o->begins[b + 1] = o->begins[b] + t->buckets[b].n;
    for (size_t i = 0; i < r->n_engine; i++) {
        size_t row = r->engine[i].row;
        size_t b = (size_t)(ratio_bucket_of(t, r->views[row]) - t->buckets);
        o->key[o->begins[b] + r->engine[i].place] =
            ratio_key(r->likes[row], r->views[row], 0, 0);
    }
}

static void find_equals(struct order *o, size_t n_buckets)
{
    for (size_t b = 0; b < n_buckets; b++) {
        size_t from = o->begins[b];
        for (size_t i = from, k; i < o->begins[b + 1]; i = k) {
            for (k = i; k < o->begins[b + 1] && o->key[k] == o->key[i]; k++)
                continue;
            for (size_t j = i; j < k; j++) {
                o->first[j] = i - from;
                o->end[j] = k - from;
            }
        }
    }
}

static void order_fini(struct order *o)
{
    free(o->begins);
    free(o->key);
    free(o->first);
    free(o->end);
}

/* Rule 4. */
static void compare(struct work *w, struct ranking *r)
{
    struct order o;
    place_rows(r);
    w->bad += r->n_engine != r->n_server;
    order_init(&o, r);
    find_equals(&o, r->table->n_buckets);
    for (size_t i = 0; i < r->n_engine && i < r->n_server; i++) {
        const struct place *x = &r->engine[i], *y = &r->server[i];
        size_t b = (size_t)(ratio_bucket_of(r->table, r->views[x->row]) -
                            r->table->buckets);
        size_t at = o.begins[b] + x->place;
        w->bad +=
            x->id != y->id || y->place < o.first[at] || y->place >= o.end[at];
        bool alone = o.end[at] - o.first[at] == 1;
        *(alone ? &w->compared : &w->tied) += 1;
    }
    order_fini(&o);
}

static void engine_ranks(struct work *w, struct ranking *r)
{
    struct ratio_options o = RATIO_OPTIONS_INIT;
    struct ratio_rows rows = {
        .n = r->n, .id = r->id, .views = r->views, .a = r->likes, .c = r->views
    };
    struct err e = ERR_INIT;
    (void)w;
    bench_must(
        ratio_rank(&o, RATIO_LIKES_VIEWS, &rows, NULL, r->q, &r->table, &e),
        &e);
}

static void rank_both(struct work *w)
{
    struct ranking r;
    struct err e = ERR_INIT;
    ranking_init(&r, w->n);
    double begun = bench_wall();
    bench_must(store_scan(w->store, &schema_video,
                          VIDEO_BIT(views) | VIDEO_BIT(likes), NULL, take_row,
                          &r, &e),
               &e);
    double scanned = bench_wall();
    engine_ranks(w, &r);
    double ranked = bench_wall();
    server_rank(&w->own, w->hosts, r.table, take_place, &r);
    double server = bench_wall() - ranked;
    compare(w, &r);
    ranking_fini(&r);
    bench_result(w->bench, "ranks: scan into the ratio engine", "videos/s",
                 (double)w->n / (ranked - begun));
    bench_result(w->bench, "ranks: ratio engine alone", "s", ranked - scanned);
    bench_peer(w->bench, "ranks: $setWindowFields", "s", server);
    bench_result(w->bench, "ranks: scan and engine against $setWindowFields",
                 "ratio", server / (ranked - begun));
    bench_result(w->bench, "ranks: engine against $setWindowFields", "ratio",
                 server / (ranked - scanned));
}

/* ---- a run ---- */

static void report_verb(struct work *w, enum column c, enum verb v)
{
    char name[80];
    double n = (double)w->n * (v == SCAN ? SCANS : 1);
    void (*tell)(struct bench *, const char *, const char *, double) =
        c == STORE ? bench_result : bench_peer;
    if (w->wall[c][v] == 0)
        return; /* not a verb of this column */
    snprintf(name, sizeof(name), "%s: %s", column_names[c], verb_names[v]);
    tell(w->bench, name, "videos/s", n / w->wall[c][v]);
    snprintf(name, sizeof(name), "%s, CPU of the client: %s", column_names[c],
             verb_names[v]);
    tell(w->bench, name, "us/video", 1e6 * w->cpu[c][v] / n);
    if (c == STORE)
        return;
    snprintf(name, sizeof(name), "store against %s: %s", column_names[c],
             verb_names[v]);
    bench_result(w->bench, name, "ratio", w->wall[c][v] / w->wall[STORE][v]);
}

static void report_sizes(struct work *w, const char *when)
{
    static const char *const parts[] = { "video", "video_text" };
    char name[80];
    server_checkpoint(&w->own);
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "mongodb: %s on disk, %s", parts[i], when);
        bench_result(w->bench, name, "bytes/video",
                     server_bytes(&w->own, parts[i]) / (double)w->n);
    }
}

static void open_both(struct work *w, int run)
{
    char name[2][40];
    struct err e = ERR_INIT;
    snprintf(name[0], sizeof(name[0]), "bench%d", run);
    snprintf(name[1], sizeof(name[1]), "bench%d-raw", run);
    w->store = raw_store_open(w->hosts, name[0]);
    bench_must(mg_conn_open(mg_of(w->store), MG_PLAIN, &w->own, &e), &e);
    raw_open(&w->raw, w->hosts, name[1]);
    memset(w->cpu, 0, sizeof(w->cpu));
    memset(w->wall, 0, sizeof(w->wall));
}

/* The first scan behind the writes pays for cleaning up the cache. */
static void read_all(struct work *w)
{
    (void)raw_scan(&w->raw);
    uint64_t want = views_of(w, 3), want_raw = views_of(w, 4);
    for (int i = 0; i < SCANS; i++)
        scan_both(w, want, want_raw);
    rank_both(w);
}

static void one_run(struct work *w, int run)
{
    struct err e = ERR_INIT;
    open_both(w, run);
    load_all(w);
    report_sizes(w, "new");
    bench_must(store_feed_now(w->store, &w->after_load, &e), &e);
    refresh_in_turn(w);
    feed_all(w);
    refresh_alone(w, STORE, 3);
    refresh_alone(w, RAW, 3);
    refresh_alone(w, RAW_TXN, 4);
    report_sizes(w, "refreshed twice");
    read_all(w);
    for (int c = 0; c < COLUMNS; c++)
        for (int v = 0; v < VERBS; v++)
            report_verb(w, (enum column)c, (enum verb)v);
    raw_drop(&w->raw);
    mg_conn_close(&w->own);
    raw_store_drop(w->store);
}

static void shuffle(struct work *w, uint64_t seed)
{
    struct rnd r;
    rnd_init(&r, seed);
    w->order = bench_alloc(w->n, sizeof(*w->order));
    for (uint32_t i = 0; i < w->n; i++) {
        uint64_t k = rnd_below(&r, i + 1);
        w->order[i] = w->order[k];
        w->order[k] = i;
    }
}

int main(int argc, char **argv)
{
    const char *const more[] = { "--oplog", "4096", "--cache", "3", NULL };
    struct mongod_set servers;
    struct bench *b = bench_begin("mongo", argc, argv, 200000);
    const struct bench_options *o = bench_options(b);
    struct catalog *catalog = catalog_open(o->seed);
    struct work w = { .bench = b, .catalog = catalog, .n = o->n };
    shuffle(&w, o->seed);
    mongod_set_start(&servers, 1, more);
    w.hosts = servers.hosts;
    for (int run = 0; run < o->runs; run++)
        one_run(&w, run);
    mongod_set_stop(&servers);
    bench_check(b, "placesCompared", w.compared);
    bench_check(b, "placesAmongEquals", w.tied);
    bench_check(b, "oracleMismatches", w.bad);
    free(w.order);
    catalog_close(catalog);
    return bench_end(b);
}
