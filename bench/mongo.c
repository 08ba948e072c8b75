/*
 * bench/mongo.c - the mongodb: store over n videos, beside the plain driver
 * that writes and reads the same documents: load, refresh in random order,
 * scan of the counts, feed.
 *
 * The server is a replica set of one member on this machine, so both share
 * its cores with it: only ratios carry to another machine, and client CPU.
 *
 * Rules
 *   1. both columns take turns batch by batch, so they meet the same machine
 *   2. the driver's bulks wait for a majority and its journal too; they
 *      read nothing first, merge nothing and are not atomic
 *   3. every outcome is counted, every scan compared with what was written:
 *      what differs is an oracleMismatch
 */
#include "base/rnd.h"
#include "bench/bench.h"
#include "bench/catalog.h"
#include "store/mongo_priv.h"
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

struct work {
    struct bench *bench;
    const struct catalog *catalog;
    uint64_t n;
    uint32_t *order; /* owned; the videos in random order */
    struct store *store;
    struct mg_conn raw; /* of a database beside the store's */
    struct store_pos after_load;
    double cpu[2][VERBS], wall[2][VERBS]; /* store, driver */
    uint64_t bad;
};
enum { STORE, RAW };

static void must(int rc, const struct err *e)
{
    if (rc)
        bench_give_up(e->msg);
}

struct stretch {
    double cpu, wall;
};

static struct stretch clock_now(void)
{
    return (struct stretch){ bench_cpu(), bench_wall() };
}

static void clock_stop(struct work *w, int column, enum verb v,
                       struct stretch begun)
{
    w->cpu[column][v] += bench_cpu() - begun.cpu;
    w->wall[column][v] += bench_wall() - begun.wall;
}

/* ---- the plain driver ---- */

static void raw_insert(struct work *w, const struct video *v, size_t n,
                       bool wide)
{
    bson_t opts = BSON_INITIALIZER;
    bson_error_t be = { .message = "" };
    BSON_APPEND_BOOL(&opts, "validate", false);
    mongoc_collection_t *c = mg_coll(&w->raw, wide ? "video_text" : "video");
    mongoc_bulk_operation_t *bulk =
        mongoc_collection_create_bulk_operation_with_opts(c, NULL);
    for (size_t i = 0; i < n; i++) {
        bson_t doc = BSON_INITIALIZER;
        mg_put_key(&doc, "_id", 0, v[i].h.key);
        mg_put_fields(&doc, &schema_video, wide, v[i].h.have, &v[i]);
        mongoc_bulk_operation_insert_with_opts(bulk, &doc, &opts, &be);
        bson_destroy(&doc);
    }
    if (!mongoc_bulk_operation_execute(bulk, NULL, &be))
        bench_give_up(be.message);
    mongoc_bulk_operation_destroy(bulk);
    mongoc_collection_destroy(c);
    bson_destroy(&opts);
}

static void raw_update(struct work *w, const struct video *v, size_t n)
{
    bson_t opts = BSON_INITIALIZER;
    bson_error_t be = { .message = "" };
    BSON_APPEND_BOOL(&opts, "ordered", false);
    mongoc_collection_t *c = mg_coll(&w->raw, "video");
    mongoc_bulk_operation_t *bulk =
        mongoc_collection_create_bulk_operation_with_opts(c, &opts);
    for (size_t i = 0; i < n; i++) {
        bson_t id = BSON_INITIALIZER, doc = BSON_INITIALIZER, set;
        mg_put_key(&id, "_id", 0, v[i].h.key);
        BSON_APPEND_DOCUMENT_BEGIN(&doc, "$set", &set);
        mg_put_fields(&set, &schema_video, false, v[i].h.have, &v[i]);
        bson_append_document_end(&doc, &set);
        mongoc_bulk_operation_update_one_with_opts(bulk, &id, &doc, NULL, &be);
        bson_destroy(&id);
        bson_destroy(&doc);
    }
    if (!mongoc_bulk_operation_execute(bulk, NULL, &be))
        bench_give_up(be.message);
    mongoc_bulk_operation_destroy(bulk);
    mongoc_collection_destroy(c);
    bson_destroy(&opts);
}

/* Looks at the fields that the store's scan is asked for. */
static uint64_t views_of(bson_iter_t *it)
{
    uint64_t views = 0, others = 0;
    for (int left = 4; left && bson_iter_next(it);) {
        const char *name = bson_iter_key(it);
        bool views_here = strcmp(name, "v") == 0;
        if (!views_here && strcmp(name, "_id") != 0 && strcmp(name, "l") != 0 &&
            strcmp(name, "c") != 0)
            continue;
        *(views_here ? &views : &others) += (uint64_t)bson_iter_int64(it);
        left--;
    }
    return others ? views : 0; /* an id is never 0 here */
}

static uint64_t raw_scan(struct work *w)
{
    bson_t none = BSON_INITIALIZER;
    const bson_t *doc;
    bson_iter_t it;
    uint64_t sum = 0;
    mongoc_collection_t *c = mg_coll(&w->raw, "video");
    mongoc_cursor_t *x = mongoc_collection_find_with_opts(c, &none, NULL, NULL);
    while (mongoc_cursor_next(x, &doc))
        if (bson_iter_init(&it, doc))
            sum += views_of(&it);
    bson_error_t be;
    if (mongoc_cursor_error(x, &be))
        bench_give_up(be.message);
    mongoc_cursor_destroy(x);
    mongoc_collection_destroy(c);
    return sum;
}

/* ---- batches, in turn ---- */

static void both_put(struct work *w, enum verb verb, const struct video *v,
                     size_t n)
{
    static enum store_outcome out[BULK];
    struct err e = ERR_INIT;
    struct stretch begun = clock_now();
    must(store_put(w->store, &schema_video, v, n, 0, out, &e), &e);
    clock_stop(w, STORE, verb, begun);
    for (size_t i = 0; i < n; i++) /* rule 3 */
        w->bad += out[i] != (verb == LOAD ? STORE_NEW : STORE_UPDATED);
    begun = clock_now();
    if (verb == LOAD) {
        raw_insert(w, v, n, false);
        raw_insert(w, v, n, true);
    } else {
        raw_update(w, v, n);
    }
    clock_stop(w, RAW, verb, begun);
}

static uint64_t put_all(struct work *w, enum verb verb)
{
    static struct video v[BULK];
    uint64_t views = 0;
    for (uint64_t at = 0; at < w->n; at += BULK) {
        size_t n = w->n - at < BULK ? (size_t)(w->n - at) : BULK;
        for (size_t i = 0; i < n; i++) {
            v[i] = verb == LOAD
                       ? catalog_video(w->catalog, at + i)
                       : catalog_counts(w->catalog, w->order[at + i], 1);
            views += v[i].views;
        }
        both_put(w, verb, v, n);
    }
    return views;
}

static int add_views(void *ctx, const void *rec)
{
    *(uint64_t *)ctx += ((const struct video *)rec)->views;
    return RC_OK;
}

static void scan_both(struct work *w, uint64_t want)
{
    uint64_t cols = VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(comments);
    uint64_t sum = 0;
    struct err e = ERR_INIT;
    struct stretch begun = clock_now();
    must(store_scan(w->store, &schema_video, cols, NULL, add_views, &sum, &e),
         &e);
    clock_stop(w, STORE, SCAN, begun);
    begun = clock_now();
    uint64_t raw = raw_scan(w);
    clock_stop(w, RAW, SCAN, begun);
    w->bad += sum != want;
    w->bad += raw != want;
}

/* The first scan behind the writes pays for cleaning up the cache. */
static void scan_all(struct work *w, uint64_t want)
{
    (void)raw_scan(w);
    for (int i = 0; i < SCANS; i++)
        scan_both(w, want);
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
    struct stretch begun = clock_now();
    while (n) {
        must(store_feed_read(w->store, &w->after_load, 5000, DUR_MS(0), pass,
                             NULL, &n, &e),
             &e);
        told += n;
    }
    clock_stop(w, STORE, FEED, begun);
    w->bad += told != w->n;
}

/* ---- a run ---- */

static void report(struct work *w)
{
    char name[80];
    for (int v = 0; v < VERBS; v++) {
        double n = (double)w->n * (v == SCAN ? SCANS : 1);
        snprintf(name, sizeof(name), "mongodb: %s", verb_names[v]);
        bench_result(w->bench, name, "videos/s", n / w->wall[STORE][v]);
        snprintf(name, sizeof(name), "mongodb, CPU of the client: %s",
                 verb_names[v]);
        bench_result(w->bench, name, "us/video", 1e6 * w->cpu[STORE][v] / n);
        if (v == FEED)
            continue;
        snprintf(name, sizeof(name), "driver: %s", verb_names[v]);
        bench_peer(w->bench, name, "videos/s", n / w->wall[RAW][v]);
        snprintf(name, sizeof(name), "driver, CPU of the client: %s",
                 verb_names[v]);
        bench_peer(w->bench, name, "us/video", 1e6 * w->cpu[RAW][v] / n);
        snprintf(name, sizeof(name), "store against driver: %s", verb_names[v]);
        bench_result(w->bench, name, "ratio",
                     w->wall[RAW][v] / w->wall[STORE][v]);
    }
    struct store_stats x;
    struct err e = ERR_INIT;
    must(store_stats(w->store, &x, &e), &e);
    bench_result(w->bench, "mongodb: on disk", "bytes/video",
                 (double)x.bytes / (double)w->n);
}

static struct store *open_db(const char *hosts, const char *db)
{
    char uri[300];
    struct err e = ERR_INIT;
    struct store *s;
    snprintf(uri, sizeof(uri), "mongodb://%s/%s", hosts, db);
    struct store_options o = { .uri = uri, .create = true, .clk = clk_real() };
    must(store_open(&s, &o, &e), &e);
    return s;
}

static void drop_db(struct mg_conn *c)
{
    mongoc_database_t *db = mongoc_client_get_database(c->client, c->m->db);
    mongoc_database_drop(db, NULL);
    mongoc_database_destroy(db);
}

static void one_run(struct work *w, const char *hosts, int run)
{
    char name[2][40];
    struct err e = ERR_INIT;
    snprintf(name[0], sizeof(name[0]), "bench%d", run);
    snprintf(name[1], sizeof(name[1]), "bench%d-raw", run);
    w->store = open_db(hosts, name[0]);
    struct store *beside = open_db(hosts, name[1]); /* the same collections */
    must(mg_conn_open(mg_of(beside), MG_PLAIN, &w->raw, &e), &e);
    memset(w->cpu, 0, sizeof(w->cpu));
    memset(w->wall, 0, sizeof(w->wall));
    (void)put_all(w, LOAD);
    must(store_feed_now(w->store, &w->after_load, &e), &e);
    uint64_t views = put_all(w, REFRESH);
    scan_all(w, views);
    feed_all(w);
    report(w);
    drop_db(&w->raw);
    mg_conn_close(&w->raw);
    struct mg_conn c;
    must(mg_conn_open(mg_of(w->store), MG_PLAIN, &c, &e), &e);
    drop_db(&c);
    mg_conn_close(&c);
    store_close(beside);
    store_close(w->store);
}

int main(int argc, char **argv)
{
    const char *const more[] = { "--oplog", "2048", NULL };
    struct mongod_set servers;
    struct bench *b = bench_begin("mongo", argc, argv, 200000);
    const struct bench_options *o = bench_options(b);
    struct catalog *catalog = catalog_open(o->seed);
    struct work w = { .bench = b, .catalog = catalog, .n = o->n };
    struct rnd r;
    rnd_init(&r, o->seed);
    w.order = bench_alloc(w.n, sizeof(*w.order));
    for (uint32_t i = 0; i < w.n; i++) {
        uint64_t k = rnd_below(&r, i + 1);
        w.order[i] = w.order[k];
        w.order[k] = i;
    }
    mongod_set_start(&servers, 1, more);
    for (int run = 0; run < o->runs; run++)
        one_run(&w, servers.hosts, run);
    mongod_set_stop(&servers);
    bench_check(b, "oracleMismatches", w.bad);
    free(w.order);
    catalog_close(catalog);
    return bench_end(b);
}
