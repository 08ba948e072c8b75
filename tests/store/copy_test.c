/*
 * tests/store/copy_test.c - what a copy's sums are made of, copies into a store
 * whose writes fail, each one in turn, and copies beside others who write. The
 * stores are in memory; some of their verbs do something else first.
 */
#include "store/whole_priv.h"
#include "tests/t.h"

#include <stdio.h>

static struct err e;

/* ---- sums ---- */

union any {
    struct schema_head h;
    struct video v;
    struct channel c;
    struct sample s;
};

/* Set field @i of @rec to the @nth of its values. */
static void set(const struct schema_type *t, union any *rec, size_t i,
                uint64_t nth)
{
    static const struct str words[] = { { "a", 1 }, { "b", 1 }, { "", 0 } };
    const struct schema_field *f = &t->fields[i];
    void *at = schema_at(f, rec);
    rec->h.have |= UINT64_C(1) << i;
    switch (f->kind) {
    case SCHEMA_F32:
        *(float *)at = (float)nth + 0.5f;
        break;
    case SCHEMA_CID:
        *(struct cid *)at = (struct cid){ nth, 2 * nth };
        break;
    case SCHEMA_STR:
    case SCHEMA_LIST:
        *(struct str *)at = words[nth % ARRAY_LEN(words)];
        break;
    case SCHEMA_U64:
    case SCHEMA_I64:
    case SCHEMA_SEC:
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        *(uint64_t *)at = nth;
        break;
    }
}

START_TEST(a_sum_knows_each_field_and_whether_it_is_there)
{
    static const struct schema_type *const types[] = { &schema_video,
                                                       &schema_channel,
                                                       &schema_sample };
    for (size_t k = 0; k < ARRAY_LEN(types); k++) {
        const struct schema_type *t = types[k];
        for (size_t i = 0; i < t->n_fields; i++) {
            union any rec = { .h = { .key = { 1, 2 } } };
            uint64_t seen[4];
            seen[0] = whole_record_digest(t, &rec);
            for (uint64_t nth = 0; nth < 3; nth++) {
                set(t, &rec, i, nth);
                seen[nth + 1] = whole_record_digest(t, &rec);
            }
            for (size_t a = 0; a < 4; a++)
                for (size_t b = 0; b < a; b++)
                    ck_assert_msg(seen[a] != seen[b], "%s.%s: %zu and %zu",
                                  t->name, t->fields[i].name, a, b);
        }
    }
}
END_TEST

START_TEST(a_sum_knows_keys_types_and_the_bounds_of_texts)
{
    union any a = { .h = { .key = { 1, 2 } } },
              b = { .h = { .key = { 2, 1 } } };
    T_TRUE("keys", whole_record_digest(&schema_channel, &a) !=
                       whole_record_digest(&schema_channel, &b));
    T_TRUE("types", whole_record_digest(&schema_channel, &a) !=
                        whole_record_digest(&schema_sample, &a));
    b = a;
    VIDEO_SET(&a.v, title, STR("ab"));
    VIDEO_SET(&a.v, description, STR("c"));
    VIDEO_SET(&b.v, title, STR("a"));
    VIDEO_SET(&b.v, description, STR("bc"));
    T_TRUE("texts", whole_record_digest(&schema_video, &a) !=
                        whole_record_digest(&schema_video, &b));
    a = b = (union any){ .h = { .key = { 1, 0 } } };
    VIDEO_SET(&a.v, views, 5);
    VIDEO_SET(&b.v, likes, 5);
    T_TRUE("fields", whole_record_digest(&schema_video, &a) !=
                         whole_record_digest(&schema_video, &b));
    T_TRUE("documents", whole_doc_digest("ab", STR("c")) !=
                            whole_doc_digest("a", STR("bc")));
    T_TRUE("counters",
           whole_count_digest("a", 1) != whole_count_digest("a", 2));
    T_TRUE("counters and documents",
           whole_count_digest("a", 0) !=
               whole_doc_digest("a", str_n("\0\0\0\0\0\0\0\0", 8)));
    /* What a record lacks may lie there from an earlier use. */
    b = a;
    b.v.likes = 77;
    T_U64("absent is absent", whole_record_digest(&schema_video, &b),
          whole_record_digest(&schema_video, &a));
}
END_TEST

/* ---- failing writes ---- */

enum { VIDEOS = 1100 };

static struct store *open_mem(void)
{
    struct store_options o = {
        .uri = "mem:", .create = true, .clk = clk_real()
    };
    struct store *s;
    T_OK(store_open(&s, &o, &e), &e);
    return s;
}

static struct store *filled(void)
{
    static struct video v[VIDEOS];
    static enum store_outcome out[VIDEOS];
    struct store *s = open_mem();
    struct sample day = { .h = { .key = { 1, 20000 } }, .views = 4 };
    for (uint64_t i = 0; i < VIDEOS; i++) {
        v[i] = (struct video){ .h = { .key = { i, 0 } } };
        VIDEO_SET(&v[i], views, i);
        VIDEO_SET(&v[i], title, STR("a title"));
    }
    day.h.have = SAMPLE_BIT(views);
    T_OK(store_put(s, &schema_video, v, VIDEOS, 0, out, &e), &e);
    T_OK(store_put(s, &schema_sample, &day, 1, 0, out, &e), &e);
    T_OK(store_doc_put(s, "d", 0, STR("x"), 0, NULL, &e), &e);
    T_OK(store_doc_put(s, "e", 0, STR("y"), 0, NULL, &e), &e);
    T_OK(store_count(s, "c", 41, 50, NULL, &e), &e);
    return s;
}

static int copy(struct store *from, struct store *to,
                struct store_copy_report *r)
{
    struct store_work w = { .clk = clk_real(), .progress_fd = -1 };
    return store_copy(from, to, &w, r, &e);
}

static struct store_content content_of(struct store *s)
{
    struct store_work w = { .clk = clk_real(), .progress_fd = -1 };
    struct whole_pulse p = { .w = &w };
    struct store_content c;
    uint64_t records;
    whole_pulse_begin(&p, "reading", 0);
    T_OK(whole_content(s, &p, &c, &records, &e), &e);
    return c;
}

/* The @nth write fails with @code; *reached: there was one. */
static struct store *copy_failing(struct store *from, uint64_t nth, int code,
                                  int *rc)
{
    struct store_copy_report r;
    struct store *to = open_mem();
    store_mem_fail(to, nth, code);
    *rc = copy(from, to, &r);
    store_mem_fail(to, 0, 0);
    return to;
}

START_TEST(a_write_that_fails_is_done_by_the_next_call)
{
    struct store *from = filled();
    struct store_content want = content_of(from);
    uint64_t failed = 0;
    int rc = RC_DOWN;
    for (uint64_t nth = 1; rc; nth++) {
        struct store_copy_report r;
        struct store *to = copy_failing(from, nth, RC_DOWN, &rc);
        if (rc) {
            T_RC("told", rc, RC_DOWN, &e);
            failed++;
            T_OK(copy(from, to, &r), &e);
            struct store_content got = content_of(to);
            ck_assert_msg(store_content_equal(&got, &want), "write %d",
                          (int)nth);
        }
        store_close(to);
    }
    T_TRUE("lease, states, batches, items", failed > 10);
    store_close(from);
}
END_TEST

/* It happened, and only the answer was lost: nothing is done twice. */
START_TEST(a_lost_answer_stops_nothing)
{
    struct store *from = filled();
    struct store_content want = content_of(from);
    for (uint64_t nth = 1; nth < 20; nth++) {
        int rc;
        struct store *to = copy_failing(from, nth, RC_UNKNOWN, &rc);
        int64_t count = 0;
        T_RC("it goes on", rc, RC_OK, &e);
        struct store_content got = content_of(to);
        ck_assert_msg(store_content_equal(&got, &want), "write %d", (int)nth);
        T_OK(store_count(to, "c", 0, 50, &count, &e), &e);
        T_I64("counted once", count, 41);
        store_close(to);
    }
    store_close(from);
}
END_TEST

/* ---- a source that is written, and slow ---- */

static struct store *from, *to;
static struct store_ops acting; /* of one of the two */

static void act(struct store *s)
{
    acting = *s->ops;
    s->ops = &acting;
}

static void act_no_more(struct store *s)
{
    s->ops = &store_mem_ops;
}

static void open_both(void)
{
    from = filled();
    to = open_mem();
}

static void close_both(void)
{
    store_close(to);
    store_close(from);
}

static void expect_same(void)
{
    struct store_content a = content_of(from), b = content_of(to);
    T_TRUE("both are the same", store_content_equal(&a, &b));
}

static void put_sample(uint64_t day)
{
    struct sample x = { .h = { .key = { 1, day } }, .views = 4 };
    enum store_outcome out;
    x.h.have = SAMPLE_BIT(views);
    T_OK(store_put(from, &schema_sample, &x, 1, 0, &out, &e), &e);
}

static int scan_growing(struct store *s, const struct schema_type *t,
                        uint64_t cols, const struct store_range *range,
                        store_row_fn fn, void *ctx, struct err *why)
{
    static uint64_t day;
    if (t == &schema_sample && !range->one_key)
        put_sample(++day);
    return store_mem_ops.scan(s, t, cols, range, fn, ctx, why);
}

/* Samples are not in the feed. */
START_TEST(samples_that_come_meanwhile_are_no_damage)
{
    struct store_copy_report r;
    open_both();
    act(from);
    acting.scan = scan_growing;
    T_RC("each time it is read", copy(from, to, &r), RC_AGAIN, &e);
    act_no_more(from);
    T_OK(copy(from, to, &r), &e);
    expect_same();
    close_both();
}
END_TEST

/* A clock that is moved by hand. */
static struct {
    struct clk clk;
    int64_t ms;
    int64_t slept_ms; /* the monotonic side stands still meanwhile */
    atomic_bool stop;
} slow;

static mono_t slow_mono(struct clk *c)
{
    (void)c;
    return (mono_t){ slow.ms * 1000 };
}

static wall_t slow_wall(struct clk *c)
{
    (void)c;
    return (wall_t){ slow.ms + slow.slept_ms };
}

static int one_by_one; /* scans of the samples of one video */

static void open_slow(void)
{
    memset(&slow, 0, sizeof(slow));
    one_by_one = 0;
    open_both();
}

static int copy_slowly(struct store_copy_report *r)
{
    slow.clk = (struct clk){ .mono = slow_mono, .wall = slow_wall };
    struct store_work w = { .clk = &slow.clk,
                            .progress_fd = -1,
                            .stop = &slow.stop };
    return store_copy(from, to, &w, r, &e);
}

enum { CHANGED = 100, STOP_AT = 3 };

static void change_some(void)
{
    for (uint64_t i = 0; i < CHANGED; i++) {
        struct video v = { .h = { .key = { i, 0 } } };
        enum store_outcome out;
        VIDEO_SET(&v, likes, i);
        T_OK(store_put(from, &schema_video, &v, 1, 0, &out, &e), &e);
    }
}

/* Some videos are changed; to read the samples of one takes five seconds. */
static int scan_slow(struct store *s, const struct schema_type *t,
                     uint64_t cols, const struct store_range *range,
                     store_row_fn fn, void *ctx, struct err *why)
{
    if (t == &schema_channel && !one_by_one)
        change_some();
    if (range->one_key) {
        one_by_one++;
        slow.ms += 5000;
        T_RC("the lease is held", lease_free(to, "job", slow_wall(NULL), NULL),
             RC_AGAIN, &e);
    }
    return store_mem_ops.scan(s, t, cols, range, fn, ctx, why);
}

START_TEST(a_lease_is_kept_through_slow_answers)
{
    struct store_copy_report r;
    open_slow();
    act(from);
    acting.scan = scan_slow;
    T_OK(copy_slowly(&r), &e);
    T_I64("they were followed", one_by_one, CHANGED);
    expect_same();
    close_both();
}
END_TEST

static int scan_stopped(struct store *s, const struct schema_type *t,
                        uint64_t cols, const struct store_range *range,
                        store_row_fn fn, void *ctx, struct err *why)
{
    if (range->one_key && one_by_one + 1 == STOP_AT)
        slow.stop = true;
    return scan_slow(s, t, cols, range, fn, ctx, why);
}

START_TEST(a_stop_is_heard_through_slow_answers)
{
    struct store_copy_report r;
    open_slow();
    act(from);
    acting.scan = scan_stopped;
    T_RC("stopped", copy_slowly(&r), RC_CANCELLED, &e);
    T_I64("at once", one_by_one, STOP_AT);
    close_both();
}
END_TEST

/* ---- of two copiers the older one wakes ---- */

static uint64_t states;  /* how often the state of a copy was written */
static uint64_t wake_at; /* the one before which the copier was stalled */

/* This copier is stalled for an hour; another one does all of it meanwhile. */
static void stall(struct store *acted)
{
    struct store_copy_report r;
    const struct store_ops *ops = acted->ops;
    act_no_more(acted);
    slow.ms += 3600 * 1000;
    T_OK(copy_slowly(&r), &e);
    acted->ops = ops;
}

static int doc_put_stalled(struct store *s, const char *key, uint64_t expect,
                           struct str body, uint64_t fence, uint64_t *version,
                           struct err *why)
{
    if (strcmp(key, WHOLE_COPY_KEY) == 0 && ++states == wake_at)
        stall(s);
    return store_mem_ops.doc_put(s, key, expect, body, fence, version, why);
}

/* Stalled before its @nth write of the state. */
static int copy_stalled(uint64_t nth)
{
    struct store_copy_report r;
    states = 0;
    wake_at = nth;
    act(to);
    acting.doc_put = doc_put_stalled;
    int rc = copy_slowly(&r);
    act_no_more(to);
    return rc;
}

START_TEST(an_older_copier_leaves_a_finished_copy_alone)
{
    bool unfinished = true;
    open_slow();
    T_OK(copy_stalled(0), &e);
    uint64_t all = states;
    T_TRUE("begun, each type, removed", all >= 1 + STORE_TYPES + 1);
    for (uint64_t nth = 1; nth <= all; nth++) {
        store_close(to);
        to = open_mem();
        int rc = copy_stalled(nth);
        /* With nothing left to do but to say so, it may. */
        ck_assert_msg(rc == RC_FENCED || (nth == all && !rc), "%d: %d, %s",
                      (int)nth, rc, e.msg);
        T_OK(store_copy_unfinished(to, &unfinished, &e), &e);
        ck_assert_msg(!unfinished, "write %d", (int)nth);
        expect_same();
    }
    close_both();
}
END_TEST

static int counts_stalled(struct store *s, const char *prefix,
                          store_count_fn fn, void *ctx, struct err *why)
{
    act_no_more(s);
    stall(s);
    T_OK(store_count(to, "c", 5, 50, NULL, &e), &e); /* a job's, say */
    return store_counts(s, prefix, fn, ctx, why);
}

static void expect_ledger_left(void)
{
    struct store_copy_report r;
    int64_t count = 0;
    T_RC("it wakes", copy_slowly(&r), RC_FENCED, &e);
    T_OK(store_count(to, "c", 0, 50, &count, &e), &e);
    T_I64("as it was left", count, 41 + 5);
}

START_TEST(an_older_copier_leaves_a_ledger_alone)
{
    open_slow();
    act(from);
    acting.counts = counts_stalled;
    expect_ledger_left();
    close_both();
}
END_TEST

static int feed_read_asleep(struct store *s, struct store_pos *pos, size_t max,
                            dur_t wait, store_change_fn fn, void *ctx,
                            size_t *n, struct err *why)
{
    const int64_t awake_ms = slow.ms;
    act_no_more(s);
    stall(s);
    slow.slept_ms = slow.ms - awake_ms;
    slow.ms = awake_ms;
    T_OK(store_count(to, "c", 5, 50, NULL, &e), &e);
    return store_feed_read(s, pos, max, wait, fn, ctx, n, why);
}

/* A machine that slept has not seen the time go by. */
START_TEST(a_copier_that_slept_leaves_a_ledger_alone)
{
    open_slow();
    act(from);
    acting.feed_read = feed_read_asleep;
    expect_ledger_left();
    close_both();
}
END_TEST

static void put_to(uint64_t stats_at, uint64_t fence)
{
    struct video v = { .h = { .key = { 5, 0 } } };
    enum store_outcome out;
    VIDEO_SET(&v, stats_at, (int64_t)stats_at);
    T_OK(store_mem_ops.put(to, &schema_video, &v, 1, fence, &out, &e), &e);
}

static int written, written_before; /* batches, in all and before a deletion */

static int put_behind(struct store *s, const struct schema_type *t,
                      const void *recs, size_t n, uint64_t fence,
                      enum store_outcome *ret, struct err *why)
{
    if (!written++)
        put_to(1000, 0);
    return store_mem_ops.put(s, t, recs, n, fence, ret, why);
}

static int del_before(struct store *s, const struct schema_type *t,
                      const uint64_t (*keys)[2], size_t n, uint64_t fence,
                      size_t *deleted, struct err *why)
{
    int rc = store_mem_ops.del(s, t, keys, n, fence, deleted, why);
    written_before = written;
    put_to(2000, fence + 1);
    return rc;
}

/* A younger record goes, and comes anew from somebody else. */
START_TEST(a_record_of_a_newer_copier_is_met)
{
    struct store_copy_report r;
    struct video old = { .h = { .key = { 5, 0 } } };
    enum store_outcome out;
    open_slow();
    VIDEO_SET(&old, stats_at, 1);
    T_OK(store_put(from, &schema_video, &old, 1, 0, &out, &e), &e);
    act(to);
    acting.put = put_behind;
    acting.del = del_before;
    T_RC("fenced", copy(from, to, &r), RC_FENCED, &e);
    T_I64("it is the last to be put", written, written_before + 1);
    close_both();
}
END_TEST

T_SUITE("copy", 60, a_sum_knows_each_field_and_whether_it_is_there,
        a_sum_knows_keys_types_and_the_bounds_of_texts,
        a_write_that_fails_is_done_by_the_next_call,
        a_lost_answer_stops_nothing, samples_that_come_meanwhile_are_no_damage,
        a_lease_is_kept_through_slow_answers,
        a_stop_is_heard_through_slow_answers,
        an_older_copier_leaves_a_finished_copy_alone,
        an_older_copier_leaves_a_ledger_alone,
        a_copier_that_slept_leaves_a_ledger_alone,
        a_record_of_a_newer_copier_is_met)
