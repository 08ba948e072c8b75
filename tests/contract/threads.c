/* tests/contract/threads.c - many threads at once, with exact sums. */
#include "tests/contract/contract.h"

#include "base/rnd.h"
#include "base/thr.h"

#include <stdatomic.h>

enum { THREADS = 8 };

/* One thread's work; @own is a second handle where the store keeps. */
struct worker {
    struct thr t;
    struct store *s;
    int no;
    int64_t done; /* successes */
};

/* Run @fn in THREADS threads; odd ones use a second handle, if any. */
static void run_all(struct worker w[static THREADS], void *(*fn)(void *))
{
    struct store *second = column->keeps ? open_again(false) : fx.s;
    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct worker){ .s = i % 2 ? second : fx.s, .no = i };
        T_OK(thr_start(&w[i].t, "worker", fn, &w[i], &fx.e), &fx.e);
    }
    for (int i = 0; i < THREADS; i++)
        thr_join(&w[i].t);
    if (second != fx.s)
        store_close(second);
}

static int64_t sum_of(const struct worker w[static THREADS])
{
    int64_t sum = 0;
    for (int i = 0; i < THREADS; i++)
        sum += w[i].done;
    return sum;
}

/* ---- counting ---- */

enum { LIMIT = 500 };

static void *count_up(void *arg)
{
    struct worker *w = arg;
    for (;;) {
        int64_t value;
        int rc = store_count(w->s, "units", 1, LIMIT, &value, NULL);
        if (rc == RC_LIMIT)
            return NULL;
        if (rc || value > LIMIT)
            abort();
        w->done++;
    }
}

START_TEST(a_limit_is_met_exactly)
{
    struct worker w[THREADS];
    int64_t value;
    run_all(w, count_up);
    T_I64("successes", sum_of(w), LIMIT);
    T_OK(store_count(fx.s, "units", 0, LIMIT, &value, &fx.e), &fx.e);
    T_I64("the counter", value, LIMIT);
}
END_TEST

/* ---- compare and set ---- */

enum { SETS = 40 };

/* The document is a number; each success adds one to it. */
static void *add_one(void *arg)
{
    struct worker *w = arg;
    while (w->done < SETS) {
        struct buf b = BUF_INIT(64);
        uint64_t version = 0;
        int rc = store_doc_get(w->s, "n", &b, &version, NULL);
        if (rc && rc != RC_NOTFOUND)
            abort();
        long n = b.p ? strtol(b.p, NULL, 10) : 0;
        buf_reset(&b);
        buf_i64(&b, n + 1);
        rc = store_doc_put(w->s, "n", version, buf_view(&b), 0, NULL, NULL);
        w->done += rc == RC_OK;
        if (rc && rc != RC_EXISTS)
            abort();
        buf_fini(&b);
    }
    return NULL;
}

START_TEST(no_compare_and_set_is_lost)
{
    struct worker w[THREADS];
    struct buf b = BUF_INIT(64);
    uint64_t version;
    run_all(w, add_one);
    T_OK(store_doc_get(fx.s, "n", &b, &version, &fx.e), &fx.e);
    T_I64("the number", strtol(b.p, NULL, 10), THREADS * SETS);
    T_U64("the version", version, THREADS * SETS);
    buf_fini(&b);
}
END_TEST

/* ---- records ---- */

enum { IDS = 300, BATCH = 50, BATCHES = 12 };

static void *put_shared(void *arg)
{
    struct worker *w = arg;
    struct rnd r;
    rnd_init(&r, (uint64_t)w->no);
    for (int i = 0; i < BATCHES; i++) {
        struct video v[BATCH];
        enum store_outcome out[BATCH];
        for (size_t k = 0; k < BATCH; k++) {
            v[k] = video_of(rnd_below(&r, IDS), 1, 1);
            VIDEO_SET(&v[k], title, STR("same for all"));
        }
        if (store_put(w->s, &schema_video, v, BATCH, 0, out, NULL))
            abort();
        for (size_t k = 0; k < BATCH; k++)
            w->done += out[k] == STORE_NEW;
    }
    return NULL;
}

START_TEST(each_record_is_new_exactly_once)
{
    struct worker w[THREADS];
    struct store_stats x;
    struct store_pos pos = feed_now(fx.s);
    run_all(w, put_shared);
    size_t n = scan_count(fx.s, &schema_video);
    T_I64("new", sum_of(w), (long long)n);
    T_U64("told once each", feed_count(fx.s, &pos), n);
    T_OK(store_stats(fx.s, &x, &fx.e), &fx.e);
    T_U64("figures", x.videos, n);
}
END_TEST

/* Writers put pairs of equal counts; a reader must never see them differ. */
static _Atomic bool writing;

static void *put_pairs(void *arg)
{
    struct worker *w = arg;
    for (uint64_t i = 1; i <= 100; i++) {
        struct video v[2] = { video_of(1, i, 1), video_of(2, i, 1) };
        enum store_outcome out[2];
        if (w->no == 0 && store_put(w->s, &schema_video, v, 2, 0, out, NULL))
            abort();
    }
    if (w->no == 0)
        atomic_store(&writing, false);
    while (w->no && atomic_load(&writing)) {
        const uint64_t keys[2][2] = { { 1, 0 }, { 2, 0 } };
        struct arena a = ARENA_INIT(1 << 16);
        struct video v[2];
        bool found[2];
        if (store_get(w->s, &schema_video, keys, 2, ~UINT64_C(0), &a, v, found,
                      NULL))
            abort();
        bool same =
            found[0] == found[1] && (!found[0] || v[0].views == v[1].views);
        w->done += !same;
        arena_fini(&a);
    }
    return NULL;
}

START_TEST(a_batch_is_seen_whole_or_not_at_all)
{
    struct worker w[THREADS];
    atomic_store(&writing, true);
    run_all(w, put_pairs);
    T_I64("halves seen", sum_of(w), 0);
}
END_TEST

/* ---- the feed ---- */

static struct store_pos steady_from;

static int pass_change(void *ctx, const struct schema_type *t,
                       const uint64_t key[2])
{
    (void)ctx, (void)t, (void)key;
    return RC_OK;
}

static void read_some(struct worker *w)
{
    size_t n = 0;
    while (n == 0)
        if (store_feed_read(w->s, &steady_from, SIZE_MAX, DUR_MS(500),
                            pass_change, NULL, &n, NULL))
            abort();
    w->done = 1;
    atomic_store(&writing, false);
}

static void put_steadily(struct worker *w)
{
    for (uint64_t i = 0; atomic_load(&writing); i++) {
        struct video v = video_of((uint64_t)w->no, i, 1);
        enum store_outcome out;
        if (store_put(w->s, &schema_video, &v, 1, 0, &out, NULL))
            abort();
    }
}

static void *read_or_write(void *arg)
{
    struct worker *w = arg;
    if (w->no == 0)
        read_some(w);
    else
        put_steadily(w);
    return NULL;
}

/* The writers end when the reader was told something: one that waits for a
 * moment without changes waits for ever. */
START_TEST(a_reader_of_a_steady_stream_gets_some)
{
    struct worker w[THREADS];
    steady_from = feed_now(fx.s);
    atomic_store(&writing, true);
    run_all(w, read_or_write);
    T_I64("told", w[0].done, 1);
}
END_TEST

static const TTest **const thread_tests[] = {
    &a_limit_is_met_exactly,
    &no_compare_and_set_is_lost,
    &each_record_is_new_exactly_once,
    &a_batch_is_seen_whole_or_not_at_all,
    &a_reader_of_a_steady_stream_gets_some,
    NULL
};

const struct contract_case thread_cases[] = { { "threads", thread_tests },
                                              { NULL, NULL } };
