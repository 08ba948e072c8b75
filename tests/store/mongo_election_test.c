/*
 * tests/store/mongo_election_test.c - the primary is killed while two
 * threads write, one counts and one follows the feed. Whatever was
 * acknowledged is there in the end, once.
 *
 * `members`: three that hold data; work goes on under the next primary.
 * `arbiter`: two that hold data, and one that votes. The next primary alone
 * is no majority that keeps what is written: each call ends with RC_DOWN or
 * RC_UNKNOWN, none hangs, and work goes on when the other one is back.
 */
#include "base/thr.h"
#include "store/store.h"
#include "tests/mongod/set.h"
#include "tests/t.h"

#include <stdatomic.h>
#include <stdio.h>

enum { WRITERS = 2, ROUNDS = 3, IDS_MAX = 100000, BATCH = 20, ENOUGH = 400 };

static struct mongod_set servers;
static struct store *store;

static _Atomic bool stop;             /* no more writes, … */
static _Atomic bool ended;            /* … and none is under way */
static _Atomic uint64_t acknowledged; /* records, by all writers */
static _Atomic int failures;          /* calls that ended badly, … */
static _Atomic int strange;           /* … but not by RC_DOWN or RC_UNKNOWN */

static void note_end(int rc, const struct err *e)
{
    atomic_fetch_add(&failures, 1);
    if (rc == RC_DOWN || rc == RC_UNKNOWN)
        return;
    atomic_fetch_add(&strange, 1);
    printf("%s: %s\n", err_name(rc), e->msg);
}

/* ---- those at work ---- */

struct writer {
    struct thr t;
    uint64_t first; /* of its ids, which it uses up in order */
    uint64_t next;
    _Atomic int failures;
    bool acked[IDS_MAX]; /* by id - first */
};

static void write_batch(struct writer *w)
{
    struct video v[BATCH];
    enum store_outcome out[BATCH];
    uint64_t at = w->next;
    for (uint64_t i = 0; i < BATCH; i++) {
        v[i] = (struct video){ .h = { .key = { w->first + at + i, 0 } } };
        VIDEO_SET(&v[i], views, at + i);
        VIDEO_SET(&v[i], title, STR("title"));
    }
    w->next += BATCH;
    struct err e = ERR_INIT;
    int rc = store_put(store, &schema_video, v, BATCH, 0, out, &e);
    if (rc) {
        note_end(rc, &e);
        atomic_fetch_add(&w->failures, 1);
        return;
    }
    for (uint64_t i = 0; i < BATCH; i++)
        w->acked[at + i] = true;
    atomic_fetch_add(&acknowledged, BATCH);
}

static void *write_on(void *arg)
{
    struct writer *w = arg;
    while (!atomic_load(&stop) && w->next + BATCH <= IDS_MAX)
        write_batch(w);
    return NULL;
}

struct counter {
    struct thr t;
    int64_t sure;
    _Atomic int64_t unknown;
};

static void *count_on(void *arg)
{
    struct counter *c = arg;
    while (!atomic_load(&stop)) {
        struct err e = ERR_INIT;
        int rc = store_count(store, "units", 1, INT64_MAX, NULL, &e);
        c->sure += rc == RC_OK;
        if (rc == RC_UNKNOWN)
            atomic_fetch_add(&c->unknown, 1);
        if (rc)
            note_end(rc, &e);
    }
    return NULL;
}

struct reader {
    struct thr t;
    struct store_pos pos;
    bool told[WRITERS][IDS_MAX];
    int lost;
};

static int note(void *ctx, const struct schema_type *t, const uint64_t key[2])
{
    struct reader *r = ctx;
    (void)t;
    r->told[key[0] / IDS_MAX][key[0] % IDS_MAX] = true;
    return RC_OK;
}

/* Until all is told that was acknowledged before the end. */
static void *read_on(void *arg)
{
    struct reader *r = arg;
    bool last;
    size_t n;
    do {
        last = atomic_load(&ended);
        n = 0;
        int rc = store_feed_read(store, &r->pos, 1000, DUR_MS(50), note, r, &n,
                                 NULL);
        r->lost += rc == RC_LOST;
        last = last && !rc && n == 0;
    } while (!last && !r->lost);
    return NULL;
}

/* ---- the test ---- */

static struct writer writers[WRITERS];
static struct counter counter;
static struct reader reader;

/* Between two looks: progress is the condition, the test's time limit the
 * bound. */
static void pause(void)
{
    struct clk *clk = clk_real();
    clk->wait(clk, wall_add(clk_wall(clk), DUR_MS(20)), NULL);
}

static void wait_for_progress(void)
{
    uint64_t from = atomic_load(&acknowledged);
    while (atomic_load(&acknowledged) < from + ENOUGH)
        pause();
}

/* Until each of those who write was told that it went wrong. */
static void wait_for_ends(void)
{
    int from[WRITERS];
    int64_t unknown = atomic_load(&counter.unknown);
    for (size_t i = 0; i < WRITERS; i++)
        from[i] = atomic_load(&writers[i].failures);
    for (size_t i = 0; i < WRITERS; i++)
        while (atomic_load(&writers[i].failures) == from[i])
            pause();
    while (atomic_load(&counter.unknown) == unknown)
        pause();
}

static int mark(void *ctx, const void *rec)
{
    const struct video *v = rec;
    unsigned char(*met)[IDS_MAX] = ctx;
    met[v->h.key[0] / IDS_MAX][v->h.key[0] % IDS_MAX]++;
    T_U64("its views", v->views, v->h.key[0] % IDS_MAX);
    return RC_OK;
}

static void check_all(struct err *e)
{
    static unsigned char met[WRITERS][IDS_MAX];
    T_OK(store_scan(store, &schema_video, VIDEO_BIT(views), NULL, mark, met, e),
         e);
    for (size_t w = 0; w < WRITERS; w++) {
        for (size_t i = 0; i < writers[w].next; i++) {
            bool acked = writers[w].acked[i];
            T_TRUE("acknowledged, so stored", !acked || met[w][i] == 1);
            T_TRUE("never twice", met[w][i] <= 1);
            T_TRUE("stored, so told", reader.told[w][i] == (met[w][i] == 1));
        }
    }
}

static void start_all(struct err *e)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "mongodb://%s/election", servers.hosts);
    struct store_options o = { .uri = uri, .create = true, .clk = clk_real() };
    T_OK(store_open(&store, &o, e), e);
    T_OK(store_feed_now(store, &reader.pos, e), e);
    T_OK(thr_start(&reader.t, "reader", read_on, &reader, e), e);
    T_OK(thr_start(&counter.t, "counter", count_on, &counter, e), e);
    for (uint64_t i = 0; i < WRITERS; i++) {
        writers[i].first = i * IDS_MAX;
        T_OK(thr_start(&writers[i].t, "writer", write_on, &writers[i], e), e);
    }
    wait_for_progress();
}

static void stop_all(struct err *e)
{
    int64_t units = 0;
    wait_for_progress();
    atomic_store(&stop, true);
    for (size_t i = 0; i < WRITERS; i++)
        thr_join(&writers[i].t);
    thr_join(&counter.t);
    atomic_store(&ended, true);
    thr_join(&reader.t);
    int64_t unknown = atomic_load(&counter.unknown);
    T_I64("no history was lost", reader.lost, 0);
    check_all(e);
    T_OK(store_count(store, "units", 0, INT64_MAX, &units, e), e);
    T_TRUE("no unit was lost", units >= counter.sure);
    T_TRUE("none was doubled", units <= counter.sure + unknown);
    T_I64("failures are RC_DOWN or RC_UNKNOWN", atomic_load(&strange), 0);
    printf("%llu records, %lld units; %d calls failed, %lld counts unknown\n",
           (unsigned long long)atomic_load(&acknowledged), (long long)units,
           atomic_load(&failures), (long long)unknown);
    store_close(store);
}

START_TEST(what_was_acknowledged_survives_elections)
{
    struct err e = ERR_INIT;
    start_all(&e);
    for (int round = 0; round < ROUNDS; round++) {
        mongod_set_do(&servers, "kill primary");
        wait_for_progress(); /* under the next one */
        mongod_set_do(&servers, "start all");
        wait_for_progress();
    }
    stop_all(&e);
}
END_TEST

START_TEST(without_a_majority_calls_end_and_nothing_is_lost)
{
    struct err e = ERR_INIT;
    start_all(&e);
    mongod_set_do(&servers, "kill primary");
    wait_for_ends();
    uint64_t then = atomic_load(&acknowledged);
    wait_for_ends();
    T_U64("nothing was acknowledged", atomic_load(&acknowledged), then);
    mongod_set_do(&servers, "start all");
    stop_all(&e);
}
END_TEST

int main(int argc, char **argv)
{
    const char *const more[] = { "--arbiter", NULL };
    bool arbiter = argc > 1 && strcmp(argv[1], "arbiter") == 0;
    mongod_set_start(&servers, 3, arbiter ? more : NULL);
    Suite *s = suite_create("mongo election");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 400);
    if (arbiter)
        tcase_add_test(c, without_a_majority_calls_end_and_nothing_is_lost);
    else
        tcase_add_test(c, what_was_acknowledged_survives_elections);
    suite_add_tcase(s, c);
    int code = t_run(s);
    mongod_set_stop(&servers);
    return code;
}
