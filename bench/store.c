/*
 * bench/store.c - the verbs of a store over n videos: put new ones, refresh
 * their counts, read them by id, scan the counts, follow the change feed.
 *
 * Columns: a sqlite: store and a mem: store as results; as bound of the
 * first, bare sqlite3 that does the least the verb must do, and a plain
 * file of as many bytes, written and synced. Per verb us of CPU (kernel
 * included) and records a second of wall time. Refreshes and gets go in
 * random order.
 *
 * Rules
 *   1. the columns take turns batch by batch, so all meet the same machine
 *   2. videos are made before the clock starts
 *   3. every outcome is counted, every record read is compared with what
 *      was written: what differs is an oracleMismatch
 */
#include "store/store.h"
#include "base/rnd.h"
#include "bench/bench.h"
#include "bench/catalog.h"
#include "bench/store_raw.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BULK = 1000,     /* records a put when much is to do */
    LIVE = 50,       /* ids of one videos.list answer */
    LIVE_SHARE = 10, /* this part of the videos is refreshed or read so */
    ARENA_MAX = 16 << 20,
    FILE_BLOCK = 1 << 20
};

enum verb { LOAD, REFRESH, REFRESH_LIVE, GET, SCAN, FEED, VERBS };
static const char *const verb_names[VERBS] = {
    [LOAD] = "put new by 1000",          [REFRESH] = "put counts by 1000",
    [REFRESH_LIVE] = "put counts by 50", [GET] = "get whole by 50",
    [SCAN] = "scan of counts",           [FEED] = "feed",
};

/* One column: a store, or bare sqlite3. */
struct column {
    const char *name;
    struct store *store;
    struct raw *raw;
    struct store_pos after_load;
    double cpu[VERBS], wall[VERBS]; /* seconds in this run */
};

enum { SQLITE, MEM, RAW, COLUMNS };

struct work {
    struct bench *bench;
    const struct catalog *catalog;
    uint64_t n;
    size_t n_live;
    uint32_t *order; /* owned; the videos in random order */
    struct column columns[COLUMNS];
    char dir[256];
    struct arena arena;
    uint64_t bad; /* oracle mismatches */
};

/* ---- the clock ---- */

static void clock_stop(struct column *c, enum verb v, struct bench_time begun)
{
    c->cpu[v] += bench_cpu() - begun.cpu;
    c->wall[v] += bench_wall() - begun.wall;
}

/* ---- one batch in one column ---- */

static void put_batch(struct work *w, struct column *c, enum verb verb,
                      const struct video *v, size_t n)
{
    enum store_outcome out[BULK];
    struct err e = ERR_INIT;
    struct bench_time begun = bench_now();
    if (c->store)
        bench_must(store_put(c->store, &schema_video, v, n, 0, out, &e), &e);
    else if (verb == LOAD)
        raw_load(c->raw, v, n);
    else
        raw_refresh(c->raw, v, n);
    clock_stop(c, verb, begun);
    for (size_t i = 0; c->store && i < n; i++) /* rule 3 */
        w->bad += out[i] != (verb == LOAD ? STORE_NEW : STORE_UPDATED);
}

static void get_batch(struct work *w, struct column *c,
                      const struct video *want, size_t n)
{
    uint64_t keys[LIVE][2];
    struct video got[LIVE];
    bool found[LIVE];
    uint64_t views = 0, raw_views = 0;
    struct err e = ERR_INIT;
    for (size_t i = 0; i < n; i++) {
        keys[i][0] = want[i].h.key[0];
        keys[i][1] = 0;
        views += want[i].views;
    }
    const uint64_t(*ids)[2] = (const uint64_t(*)[2])keys;
    struct bench_time begun = bench_now();
    if (c->store)
        bench_must(store_get(c->store, &schema_video, ids, n, ~UINT64_C(0),
                             &w->arena, got, found, &e),
                   &e);
    else
        raw_views = raw_get(c->raw, ids, n);
    clock_stop(c, GET, begun);
    for (size_t i = 0; c->store && i < n; i++)
        w->bad += !found[i] || got[i].title.n == 0 ||
                  catalog_digest(&got[i]) != catalog_digest(&want[i]);
    w->bad += !c->store && raw_views != views;
    arena_reset(&w->arena);
}

/* ---- all batches of a verb ---- */

/* Rule 1: who comes first changes from batch to batch. */
static struct column *turn(struct work *w, size_t batch, size_t i)
{
    return &w->columns[(batch + i) % COLUMNS];
}

static void load(struct work *w)
{
    struct video *v = bench_alloc(BULK, sizeof(*v));
    for (uint64_t at = 0; at < w->n; at += BULK) {
        size_t n = w->n - at < BULK ? (size_t)(w->n - at) : BULK;
        for (size_t i = 0; i < n; i++)
            v[i] = catalog_video(w->catalog, at + i);
        for (size_t i = 0; i < COLUMNS; i++)
            put_batch(w, turn(w, at / BULK, i), LOAD, v, n);
    }
    free(v);
}

/* The first @total videos of the random order, @size a batch. */
static void refresh(struct work *w, enum verb verb, size_t total, size_t size)
{
    struct video *v = bench_alloc(size, sizeof(*v));
    for (size_t at = 0; at < total; at += size) {
        size_t n = total - at < size ? total - at : size;
        for (size_t i = 0; i < n; i++)
            v[i] = catalog_counts(w->catalog, w->order[at + i],
                                  verb == REFRESH ? 1 : 2);
        for (size_t i = 0; i < COLUMNS; i++)
            put_batch(w, turn(w, at / size, i), verb, v, n);
    }
    free(v);
}

static void get(struct work *w)
{
    struct video want[LIVE];
    for (size_t at = 0; at < w->n_live; at += LIVE) {
        size_t n = w->n_live - at < LIVE ? w->n_live - at : LIVE;
        for (size_t i = 0; i < n; i++)
            want[i] = catalog_counts(w->catalog, w->order[at + i], 2);
        for (size_t i = 0; i < COLUMNS; i++)
            get_batch(w, turn(w, at / LIVE, i), want, n);
    }
}

/* ---- scan and feed ---- */

struct seen {
    uint64_t n, digest;
};

static int see_record(void *ctx, const void *rec)
{
    struct seen *s = ctx;
    s->n++;
    s->digest += catalog_digest(rec);
    return RC_OK;
}

/* What a scan must see after both refreshes. */
static struct seen expected(const struct work *w)
{
    struct seen s = { .n = w->n };
    for (size_t i = 0; i < w->n; i++) {
        struct video v =
            catalog_counts(w->catalog, w->order[i], i < w->n_live ? 2 : 1);
        s.digest += catalog_digest(&v);
    }
    return s;
}

static void scan(struct work *w)
{
    static const uint64_t cols = VIDEO_BIT(views) | VIDEO_BIT(likes) |
                                 VIDEO_BIT(dislikes) | VIDEO_BIT(comments);
    struct seen want = expected(w);
    struct err e = ERR_INIT;
    for (size_t i = 0; i < COLUMNS; i++) {
        struct column *c = &w->columns[i];
        struct seen got = { 0, 0 };
        struct bench_time begun = bench_now();
        if (c->store)
            bench_must(store_scan(c->store, &schema_video, cols, NULL,
                                  see_record, &got, &e),
                       &e);
        else
            got = (struct seen){ raw_scan(c->raw), want.digest };
        clock_stop(c, SCAN, begun);
        w->bad += got.n != want.n || got.digest != want.digest;
    }
}

static int see_change(void *ctx, const struct schema_type *t,
                      const uint64_t key[2])
{
    struct seen *s = ctx;
    s->n += t == &schema_video;
    s->digest += key[0];
    return RC_OK;
}

static void feed(struct work *w)
{
    uint64_t want = w->n + w->n_live;
    struct err e = ERR_INIT;
    for (size_t i = 0; i < COLUMNS; i++) {
        struct column *c = &w->columns[i];
        struct seen got = { 0, 0 };
        struct bench_time begun = bench_now();
        if (c->store)
            bench_must(store_feed_read(c->store, &c->after_load, SIZE_MAX,
                                       DUR_MS(0), see_change, &got, NULL, &e),
                       &e);
        else
            got.n = raw_changes(c->raw, want);
        clock_stop(c, FEED, begun);
        w->bad += got.n != want;
    }
}

/* ---- figures ---- */

static void report(struct work *w)
{
    const double records[VERBS] = {
        [LOAD] = (double)w->n,
        [REFRESH] = (double)w->n,
        [REFRESH_LIVE] = (double)w->n_live,
        [GET] = (double)w->n_live,
        [SCAN] = (double)w->n,
        [FEED] = (double)(w->n + w->n_live),
    };
    for (int v = 0; v < VERBS; v++) {
        for (int i = 0; i < COLUMNS; i++) {
            const struct column *c = &w->columns[i];
            void (*tell)(struct bench *, const char *, const char *, double) =
                c->store ? bench_result : bench_peer;
            char name[80];
            snprintf(name, sizeof(name), "%s, %s", c->name, verb_names[v]);
            tell(w->bench, name, "us/video", c->cpu[v] * 1e6 / records[v]);
            snprintf(name, sizeof(name), "%s, %s, wall", c->name,
                     verb_names[v]);
            tell(w->bench, name, "videos/s", records[v] / c->wall[v]);
        }
    }
}

/* The bound of the disk: @bytes into a file, in blocks, then synced. */
static void write_file(struct work *w, uint64_t bytes)
{
    char path[300];
    char *block = bench_alloc(FILE_BLOCK, 1);
    snprintf(path, sizeof(path), "%s/plain", w->dir);
    double begun = bench_wall();
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0;
    for (uint64_t at = 0; ok && at < bytes; at += FILE_BLOCK)
        ok = write(fd, block, FILE_BLOCK) == FILE_BLOCK;
    if (!ok || fsync(fd) || close(fd))
        bench_give_up("cannot write a plain file");
    double seconds = bench_wall() - begun;
    free(block);
    bench_peer(w->bench, "plain file of as many bytes, wall", "videos/s",
               (double)w->n / seconds);
}

/* After loading: how large the file is, and how fast the disk takes it. */
static void report_size(struct work *w)
{
    struct store_stats stats;
    struct err e = ERR_INIT;
    bench_must(store_stats(w->columns[SQLITE].store, &stats, &e), &e);
    w->bad += stats.videos != w->n;
    bench_result(w->bench, "sqlite, after loading", "bytes/video",
                 (double)stats.bytes / (double)w->n);
    write_file(w, stats.bytes);
}

/* ---- one run ---- */

static struct store *open_store(const struct work *w, const char *uri)
{
    struct store_options o = {
        .uri = uri, .create = true, .clk = clk_real(), .feed_keep = 4 * w->n
    };
    struct store *s;
    struct err e = ERR_INIT;
    bench_must(store_open(&s, &o, &e), &e);
    return s;
}

static void open_columns(struct work *w)
{
    char path[300];
    const char *tmp = getenv("TMPDIR");
    snprintf(w->dir, sizeof(w->dir), "%s/svf-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(w->dir))
        bench_give_up("cannot make a folder under $TMPDIR");
    snprintf(path, sizeof(path), "sqlite:%s/svf.db", w->dir);
    w->columns[SQLITE] =
        (struct column){ .name = "sqlite", .store = open_store(w, path) };
    w->columns[MEM] =
        (struct column){ .name = "mem", .store = open_store(w, "mem:") };
    snprintf(path, sizeof(path), "%s/raw.db", w->dir);
    w->columns[RAW] =
        (struct column){ .name = "bare sqlite3", .raw = raw_open(path) };
}

static void close_columns(struct work *w)
{
    static const char *const files[] = { "svf.db", "raw.db", "plain" };
    store_close(w->columns[SQLITE].store);
    store_close(w->columns[MEM].store);
    raw_close(w->columns[RAW].raw);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[300];
        snprintf(path, sizeof(path), "%s/%s", w->dir, files[i]);
        unlink(path);
    }
    rmdir(w->dir);
}

static void run(struct work *w)
{
    struct err e = ERR_INIT;
    open_columns(w);
    load(w);
    report_size(w);
    for (size_t i = 0; i < RAW; i++)
        bench_must(
            store_feed_now(w->columns[i].store, &w->columns[i].after_load, &e),
            &e);
    refresh(w, REFRESH, (size_t)w->n, BULK);
    refresh(w, REFRESH_LIVE, w->n_live, LIVE);
    get(w);
    scan(w);
    feed(w);
    report(w);
    close_columns(w);
}

static uint32_t *random_order(uint64_t seed, size_t n)
{
    struct rnd r;
    uint32_t *order = bench_alloc(n, sizeof(*order));
    rnd_init(&r, seed);
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)rnd_below(&r, i + 1);
        order[i] = order[j];
        order[j] = (uint32_t)i;
    }
    return order;
}

int main(int argc, char **argv)
{
    struct bench *b = bench_begin("store", argc, argv, 1000000);
    const struct bench_options *o = bench_options(b);
    if (o->n > UINT32_MAX)
        bench_give_up("at most 2^32 videos");
    struct catalog *catalog = catalog_open(o->seed);
    struct work w = { .bench = b,
                      .catalog = catalog,
                      .n = o->n,
                      .n_live = (size_t)(o->n / LIVE_SHARE),
                      .order = random_order(o->seed, (size_t)o->n),
                      .arena = ARENA_INIT(ARENA_MAX) };
    for (int i = 0; i < o->runs; i++)
        run(&w);
    bench_check(b, "oracleMismatches", w.bad);
    arena_fini(&w.arena);
    free(w.order);
    catalog_close(catalog);
    return bench_end(b);
}
