/*
 * tests/contract/whole.c - copying and checking whole stores. What a copy
 * holds is compared here record by record, without the sums that store_copy()
 * believes in.
 */
#include "tests/contract/contract.h"
#include "tests/store/findings.h"

#include <stdio.h>

enum {
    VIDEOS = 1300,
    CHANNELS = 3,
    SAMPLED = 5,
    SAMPLES = SAMPLED * (SAMPLED + 1) / 2
};

/* ---- what is copied ---- */

static void put_videos(void)
{
    static struct video v[VIDEOS];
    static enum store_outcome out[VIDEOS];
    memset(v, 0, sizeof(v));
    for (uint64_t i = 0; i < VIDEOS; i++) {
        v[i].h.key[0] = i * UINT64_C(0x9e3779b97f4a7c15);
        if (i % 3)
            fill_record(&schema_video, &v[i], i % 100);
        else /* a number and no more, or not even that */
            v[i].h.have = i % 2 ? VIDEO_BIT(views) : 0;
    }
    T_OK(store_put(fx.s, &schema_video, v, VIDEOS, 7, out, &fx.e), &fx.e);
}

static uint64_t id_of(uint64_t i)
{
    return i * UINT64_C(0x9e3779b97f4a7c15);
}

static void put_others(void)
{
    struct channel c[CHANNELS] = { { .title = STR("") } };
    struct sample s[SAMPLES] = { { .views = 0 } };
    enum store_outcome out[SAMPLES];
    size_t n = 0;
    for (uint64_t i = 0; i < CHANNELS; i++) {
        c[i].h.key[0] = ~i;
        c[i].h.key[1] = i;
        fill_record(&schema_channel, &c[i], i);
    }
    for (uint64_t i = 0; i < SAMPLED; i++)
        for (uint64_t day = 0; day <= i; day++, n++) {
            s[n].h.key[0] = id_of(i);
            s[n].h.key[1] = 20000 + day;
            fill_record(&schema_sample, &s[n], i + day);
        }
    T_OK(store_put(fx.s, &schema_channel, c, CHANNELS, 3, out, &fx.e), &fx.e);
    T_OK(store_put(fx.s, &schema_sample, s, n, 0, out, &fx.e), &fx.e);
}

static void put_items(struct lease *held)
{
    struct source src;
    char holder[128];
    lease_holder(holder);
    T_OK(source_parse(STR("@somebody"), &src, &fx.e), &fx.e);
    T_OK(source_add(fx.s, &src, &fx.e), &fx.e);
    T_OK(epoch_put(fx.s, STR("{\"a\":1}"), 0, NULL, &fx.e), &fx.e);
    T_OK(epoch_put(fx.s, STR("{\"a\":2}"), 0, NULL, &fx.e), &fx.e);
    T_OK(report_put(fx.s, "20261120-1", STR("{}"), 9, &fx.e), &fx.e);
    T_OK(store_doc_put(fx.s, "bytes", 0, str_n("\0\xff\0", 3), 0, NULL, &fx.e),
         &fx.e);
    T_OK(store_doc_put(fx.s, "nothing", 0, STR(""), 0, NULL, &fx.e), &fx.e);
    T_OK(store_count(fx.s, "one", 1, 5, NULL, &fx.e), &fx.e);
    T_OK(store_count(fx.s, "most", INT64_MAX, INT64_MAX, NULL, &fx.e), &fx.e);
    T_OK(store_count(fx.s, "none", 1, 5, NULL, &fx.e), &fx.e);
    T_OK(store_count(fx.s, "none", -1, 5, NULL, &fx.e), &fx.e);
    T_OK(lease_take(fx.s, "other", holder, DUR_S(60), clk_wall(clk_real()),
                    held, &fx.e),
         &fx.e);
}

static void fill(void)
{
    struct lease held;
    put_videos();
    put_others();
    put_items(&held);
}

/* ---- is it the same? ---- */

struct pair {
    struct store *a, *b;
    const struct schema_type *t;
    size_t n;
};

static int same_here(void *ctx, const void *rec)
{
    struct pair *p = ctx;
    const struct schema_head *h = rec;
    const uint64_t key[1][2] = { { h->key[0], h->key[1] } };
    struct arena text = ARENA_INIT(1 << 24);
    union {
        struct video v;
        struct channel c;
        struct sample s;
    } got;
    bool found = false;
    T_OK(
        store_get(p->b, p->t, key, 1, ~UINT64_C(0), &text, &got, &found, &fx.e),
        &fx.e);
    T_TRUE("it is there", found);
    same_record("copied", p->t, &got, rec);
    arena_fini(&text);
    p->n++;
    return RC_OK;
}

static bool is_own(const char *key)
{
    return str_starts(str_of(key), STR("lease/"));
}

static int same_doc(void *ctx, const char *key, uint64_t version,
                    struct str body)
{
    (void)version;
    struct pair *p = ctx;
    struct buf b = BUF_INIT(1 << 20);
    if (is_own(key))
        return RC_OK;
    T_RC(key, store_doc_get(p->b, key, &b, NULL, &fx.e), RC_OK, &fx.e);
    T_TRUE(key, str_eq(buf_view(&b), body));
    buf_fini(&b);
    p->n++;
    return RC_OK;
}

static int count_doc(void *ctx, const char *key, uint64_t version,
                     struct str body)
{
    (void)version, (void)body;
    *(size_t *)ctx += !is_own(key);
    return RC_OK;
}

static int same_count(void *ctx, const char *key, int64_t value)
{
    struct pair *p = ctx;
    int64_t got = -1;
    T_OK(store_count(p->b, key, 0, INT64_MAX, &got, &fx.e), &fx.e);
    T_I64(key, got, value);
    return RC_OK;
}

static void same_store(struct store *a, struct store *b)
{
    const struct schema_type *const types[] = { &schema_video, &schema_channel,
                                                &schema_sample };
    struct pair p = { .a = a, .b = b };
    size_t docs = 0;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        p.t = types[i];
        p.n = 0;
        T_OK(store_scan(a, p.t, ~UINT64_C(0), NULL, same_here, &p, &fx.e),
             &fx.e);
        T_U64(types[i]->name, scan_count(b, types[i]), p.n);
    }
    p.n = 0;
    T_OK(store_doc_list(a, "", same_doc, &p, &fx.e), &fx.e);
    T_OK(store_doc_list(b, "", count_doc, &docs, &fx.e), &fx.e);
    T_U64("documents", docs, p.n);
    T_OK(store_counts(a, "", same_count, &p, &fx.e), &fx.e);
    p.b = a;
    T_OK(store_counts(b, "", same_count, &p, &fx.e), &fx.e);
}

/* ---- a clock that acts ---- */

enum { READS_A_LOOK = 256 }; /* work reads the clock at every record */

/* Work looks at the clock again and again; at each look something happens. It
 * asks for the hour when a lease is taken, renewed and asked for. */
static struct acting {
    struct clk clk;
    int64_t reads, looks;
    int64_t stop_at; /* the look at which *stop becomes true; 0 = never */
    void (*act)(int64_t look);
    int64_t hours;
    void (*act_on_hour)(int64_t hour);
    atomic_bool stop;
} acting;

static mono_t on_look(struct clk *c)
{
    (void)c;
    if (++acting.reads % READS_A_LOOK)
        return clk_mono(clk_real());
    acting.looks++;
    if (acting.looks == acting.stop_at)
        acting.stop = true;
    if (acting.act)
        acting.act(acting.looks);
    return clk_mono(clk_real());
}

static wall_t on_hour(struct clk *c)
{
    (void)c;
    acting.hours++;
    if (acting.act_on_hour)
        acting.act_on_hour(acting.hours);
    return clk_wall(clk_real());
}

static int copy(struct store *from, struct store *to, int64_t stop_at,
                void (*act)(int64_t look), struct store_copy_report *r)
{
    acting.clk = (struct clk){ .mono = on_look, .wall = on_hour };
    acting.reads = acting.looks = acting.hours = 0;
    acting.stop_at = stop_at;
    acting.act = act;
    acting.stop = false;
    struct store_work w = { .clk = &acting.clk,
                            .progress_fd = -1,
                            .stop = &acting.stop };
    return store_copy(from, to, &w, r, &fx.e);
}

static struct store *open_mem(enum store_kind kind)
{
    struct store_options o = {
        .uri = "mem:", .create = true, .kind = kind, .clk = clk_real()
    };
    struct store *s;
    T_OK(store_open(&s, &o, &fx.e), &fx.e);
    return s;
}

/* ---- copy ---- */

START_TEST(a_copy_holds_what_its_source_holds)
{
    struct store_copy_report r, again;
    fill();
    struct store *mem = open_mem(STORE_LOCAL);
    struct store *back = open_other("back", 0);
    T_OK(copy(fx.s, mem, 0, NULL, &r), &fx.e);
    same_store(fx.s, mem);
    T_U64("videos", r.content.videos, VIDEOS);
    T_U64("channels", r.content.channels, CHANNELS);
    T_U64("samples", r.content.samples, SAMPLES);
    T_U64("documents", r.content.documents, 6);
    T_U64("counters", r.content.counters, 2);
    T_U64("written", r.written, VIDEOS + CHANNELS + SAMPLES);
    T_TRUE("not begun before", !r.resumed);
    T_OK(copy(mem, back, 0, NULL, &again), &fx.e);
    same_store(fx.s, back);
    T_TRUE("the same figures", store_content_equal(&r.content, &again.content));
    T_U64("of the same kind", store_kind(back), STORE_LOCAL);
    store_close(back);
    store_close(mem);
}
END_TEST

/* Nobody ever held a lease of the copy but who made it. */
START_TEST(leases_and_fences_begin_anew)
{
    struct store_copy_report r;
    struct lease l;
    char holder[128];
    enum store_outcome out;
    fill();
    lease_holder(holder);
    struct store *to = open_other("to", 0);
    T_OK(copy(fx.s, to, 0, NULL, &r), &fx.e);
    T_RC("the lease of the source",
         store_doc_get(to, "lease/other", NULL, NULL, &fx.e), RC_NOTFOUND,
         &fx.e);
    T_OK(lease_take(to, "job", holder, DUR_S(60), clk_wall(clk_real()), &l,
                    &fx.e),
         &fx.e);
    T_U64("the second token of this store", l.token, 2);
    struct video v = video_of(id_of(1), 5, INT64_C(1) << 40);
    T_OK(store_put(to, &schema_video, &v, 1, l.token, &out, &fx.e), &fx.e);
    T_U64("its holder may write", out, STORE_UPDATED);
    T_OK(store_doc_put(to, "report/20261120-1", STORE_DOC_ANY, STR("{}"),
                       l.token, NULL, &fx.e),
         &fx.e);
    store_close(to);
}
END_TEST

static void change_source(uint64_t round)
{
    const uint64_t keys[2][2] = { { id_of(10 * round + 1), 0 },
                                  { id_of(10 * round + 3), 0 } };
    struct video v = { .h = { .key = { id_of(10 * round + 5), 0 } } };
    struct sample day = { .h = { .key = { id_of(10 * round + 5), 9 } } };
    char name[40];
    T_OK(store_delete(fx.s, &schema_video, keys, 2, 0, NULL, &fx.e), &fx.e);
    VIDEO_SET(&v, views, round);
    VIDEO_CLEAR(&v, title);
    VIDEO_CLEAR(&v, stats_at);
    put_one(&schema_video, &v, 7);
    fill_record(&schema_sample, &day, round);
    put_one(&schema_sample, &day, 0);
    v.h.key[0] = id_of(VIDEOS + round);
    put_one(&schema_video, &v, 7);
    snprintf(name, sizeof(name), "round %d", (int)round);
    T_OK(store_doc_put(fx.s, name, 0, STR("x"), 0, NULL, &fx.e), &fx.e);
    T_OK(store_count(fx.s, name, 3, 9, NULL, &fx.e), &fx.e);
    snprintf(name, sizeof(name), "round %d", (int)round - 1);
    T_OK(store_doc_put(fx.s, name, STORE_DOC_ANY, str_n(NULL, 0), 0, NULL,
                       &fx.e),
         &fx.e);
    int64_t value = 0;
    T_OK(store_count(fx.s, name, 0, 9, &value, &fx.e), &fx.e);
    T_OK(store_count(fx.s, name, -value, 9, NULL, &fx.e), &fx.e);
}

/* Stopped at look after look, and the source changed each time. */
START_TEST(a_copy_that_is_stopped_goes_on)
{
    struct store_copy_report r = { .written = 0 };
    bool unfinished = false;
    int rc = RC_CANCELLED;
    uint64_t round = 0;
    /* A server takes its time to make each change of a source durable. */
    const int64_t step = column->prunes ? 1 : 5;
    fill();
    struct store *to = open_other("to", 0);
    for (; rc == RC_CANCELLED && round < 40; round++) {
        rc = copy(fx.s, to, 1 + (int64_t)round * step, NULL, &r);
        T_OK(store_copy_unfinished(to, &unfinished, &fx.e), &fx.e);
        T_TRUE("it says so", unfinished == (rc == RC_CANCELLED));
        T_U64("the feed told all", r.rescans, 0);
        if (rc == RC_CANCELLED)
            change_source(round);
    }
    T_RC("at last", rc, RC_OK, &fx.e);
    T_TRUE("it was stopped often", round * (uint64_t)step >= 10);
    T_TRUE("it had begun", r.resumed);
    same_store(fx.s, to);
    T_RC("a second copy", copy(fx.s, to, 0, NULL, &r), RC_EXISTS, &fx.e);
    store_close(to);
}
END_TEST

static void act_now(int64_t look)
{
    static bool acting_now;
    if (acting_now || look % 4 || look > 24)
        return;
    acting_now = true;
    change_source((uint64_t)look / 4);
    acting_now = false;
}

START_TEST(what_changes_meanwhile_is_followed)
{
    struct store_copy_report r;
    fill();
    struct store *to = open_other("to", 0);
    T_OK(copy(fx.s, to, 0, act_now, &r), &fx.e);
    T_TRUE("there was something", r.followed >= 5);
    T_U64("the feed told all of it", r.rescans, 0);
    same_store(fx.s, to);
    store_close(to);
}
END_TEST

static int64_t last_look;

static void act_at_last(int64_t look)
{
    struct video v = video_of(id_of(2), 1, INT64_C(1) << 40);
    if (look == last_look)
        put_video(&v);
}

/* While both are compared the source is read last, as of its beginning: a
 * change that comes now is in neither. */
START_TEST(a_change_at_the_last_moment_is_not_missed)
{
    struct store_copy_report r;
    fill();
    struct store *to = open_other("one", 0);
    T_OK(copy(fx.s, to, 0, NULL, &r), &fx.e);
    store_close(to);
    last_look = acting.looks;
    to = open_other("two", 0);
    T_OK(copy(fx.s, to, 0, act_at_last, &r), &fx.e);
    T_U64("it came", get_video(fx.s, id_of(2))->views, 1);
    T_U64("and was followed", get_video(to, id_of(2))->views, 1);
    store_close(to);
}
END_TEST

static void act_for_ever(int64_t look)
{
    static bool acting_now;
    struct video v =
        video_of(id_of(2), (uint64_t)look, (INT64_C(1) << 40) + look);
    if (acting_now)
        return;
    acting_now = true;
    put_video(&v);
    acting_now = false;
}

START_TEST(a_source_that_never_rests_is_told)
{
    struct store_copy_report r;
    fill();
    struct store *to = open_other("to", 0);
    T_RC("it moves", copy(fx.s, to, 0, act_for_ever, &r), RC_AGAIN, &fx.e);
    T_OK(copy(fx.s, to, 0, NULL, &r), &fx.e);
    T_TRUE("it goes on", r.resumed);
    same_store(fx.s, to);
    store_close(to);
}
END_TEST

/* Where the feed keeps only some changes, all is brought anew, and what was
 * deleted meanwhile goes. */
START_TEST(a_lost_history_is_no_lost_copy)
{
    struct store_copy_report r;
    if (!column->prunes)
        return;
    struct store *was = fx.s;
    fx.s = open_other("short", 4);
    fill();
    struct store *to = open_other("to", 0);
    T_RC("stopped", copy(fx.s, to, 6, NULL, &r), RC_CANCELLED, &fx.e);
    T_TRUE("with records", scan_count(to, &schema_video) > 0);
    for (uint64_t i = 0; i < 5; i++)
        change_source(i);
    T_OK(copy(fx.s, to, 0, NULL, &r), &fx.e);
    T_TRUE("it goes on", r.resumed);
    T_U64("from the beginning", r.rescans, 1);
    same_store(fx.s, to);
    store_close(to);
    store_close(fx.s);
    fx.s = was;
}
END_TEST

/* Deleted and made again, the record in the source tells an older time. */
START_TEST(an_older_record_replaces_a_younger_one)
{
    struct store_copy_report r;
    struct video v = video_of(id_of(4), 7, 2000000000);
    const uint64_t key[1][2] = { { id_of(4), 0 } };
    fill();
    put_video(&v);
    struct store *to = open_other("to", 0);
    T_RC("stopped", copy(fx.s, to, 8, NULL, &r), RC_CANCELLED, &fx.e);
    T_OK(store_delete(fx.s, &schema_video, key, 1, 0, NULL, &fx.e), &fx.e);
    v = video_of(id_of(4), 3, 1000);
    put_video(&v);
    T_OK(copy(fx.s, to, 0, NULL, &r), &fx.e);
    T_U64("views", get_video(to, id_of(4))->views, 3);
    same_store(fx.s, to);
    store_close(to);
}
END_TEST

START_TEST(what_is_something_else_is_not_filled)
{
    struct store_copy_report r;
    struct video v = video_of(1, 2, 3);
    enum store_outcome out;
    fill();
    for (int i = 0; i < 4; i++) {
        char name[20];
        snprintf(name, sizeof(name), "full%d", i);
        struct store *to = open_other(name, 0);
        if (i == 0)
            T_OK(store_put(to, &schema_video, &v, 1, 0, &out, &fx.e), &fx.e);
        else if (i == 1)
            T_OK(store_doc_put(to, "x", 0, STR("y"), 0, NULL, &fx.e), &fx.e);
        else if (i == 2)
            T_OK(store_count(to, "x", 1, 2, NULL, &fx.e), &fx.e);
        else
            T_RC("begun", copy(fx.s, to, 2, NULL, &r), RC_CANCELLED, &fx.e);
        struct store *other = open_mem(STORE_LOCAL);
        T_RC(name, copy(i == 3 ? other : fx.s, to, 0, NULL, &r), RC_EXISTS,
             &fx.e);
        store_close(other);
        if (i < 3) {
            T_U64("and left alone", scan_count(to, &schema_video), i == 0);
            T_RC("no lease there",
                 store_doc_get(to, "lease/job", NULL, NULL, &fx.e), RC_NOTFOUND,
                 &fx.e);
        }
        store_close(to);
    }
    T_RC("itself", copy(fx.s, fx.s, 0, NULL, &r), RC_INPUT, &fx.e);
    struct store *live = open_mem(STORE_LIVE);
    T_RC("of another kind", copy(fx.s, live, 0, NULL, &r), RC_CONFIG, &fx.e);
    store_close(live);
}
END_TEST

START_TEST(nobody_works_while_a_store_is_copied)
{
    struct store_copy_report r;
    struct lease l;
    char holder[128];
    wall_t now = clk_wall(clk_real());
    fill();
    lease_holder(holder);
    struct store *to = open_other("to", 0);
    T_OK(lease_take(fx.s, "job", holder, DUR_S(60), now, &l, &fx.e), &fx.e);
    T_RC("a job in the source", copy(fx.s, to, 0, NULL, &r), RC_AGAIN, &fx.e);
    lease_drop(fx.s, &l);
    T_OK(lease_take(to, "job", holder, DUR_S(60), now, &l, &fx.e), &fx.e);
    T_RC("a job in the copy", copy(fx.s, to, 0, NULL, &r), RC_AGAIN, &fx.e);
    lease_drop(to, &l);
    T_OK(copy(fx.s, to, 0, NULL, &r), &fx.e);
    same_store(fx.s, to);
    struct store *third = open_mem(STORE_LOCAL), *fourth = open_mem(0);
    T_RC("stopped", copy(to, third, 2, NULL, &r), RC_CANCELLED, &fx.e);
    T_RC("a source that is not whole", copy(third, fourth, 0, NULL, &r),
         RC_CORRUPT, &fx.e);
    store_close(fourth);
    store_close(third);
    store_close(to);
}
END_TEST

static struct store *taken;

/* Another process believes this one dead: the clock has run on. */
static void take_over(int64_t look)
{
    struct lease l;
    struct video v = video_of(id_of(1299), 1, 1);
    enum store_outcome out;
    if (look != 4)
        return;
    wall_t later = wall_add(clk_wall(clk_real()), DUR_S(3600));
    T_OK(lease_take(taken, "job", "elsewhere:1:1@1", DUR_S(60), later, &l,
                    &fx.e),
         &fx.e);
    T_OK(store_put(taken, &schema_video, &v, 1, l.token, &out, &fx.e), &fx.e);
}

START_TEST(of_two_copies_the_older_one_is_refused)
{
    struct store_copy_report r;
    fill();
    taken = open_other("to", 0);
    T_RC("fenced", copy(fx.s, taken, 0, take_over, &r), RC_FENCED, &fx.e);
    store_close(taken);
}
END_TEST

/* Somebody changes the copy whenever its records have been brought: before its
 * counters are, the lease is renewed. */
static void spoil(int64_t hour)
{
    struct video v = video_of(id_of(1), (uint64_t)hour, INT64_C(1) << 41);
    enum store_outcome out;
    if (hour > 2) /* the first ones are before it is begun */
        T_OK(store_put(taken, &schema_video, &v, 1, 0, &out, &fx.e), &fx.e);
}

START_TEST(a_copy_that_differs_is_not_called_one)
{
    struct store_copy_report r;
    bool unfinished = false;
    fill();
    taken = open_other("to", 0);
    acting.act_on_hour = spoil;
    T_RC("spoilt", copy(fx.s, taken, 0, NULL, &r), RC_CORRUPT, &fx.e);
    acting.act_on_hour = NULL;
    T_OK(store_copy_unfinished(taken, &unfinished, &fx.e), &fx.e);
    T_TRUE("it stays unfinished", unfinished);
    T_OK(copy(fx.s, taken, 0, NULL, &r), &fx.e);
    same_store(fx.s, taken);
    store_close(taken);
}
END_TEST

static const TTest **const copy_tests[] = {
    &a_copy_holds_what_its_source_holds,
    &leases_and_fences_begin_anew,
    &a_copy_that_is_stopped_goes_on,
    &what_changes_meanwhile_is_followed,
    &a_change_at_the_last_moment_is_not_missed,
    &a_lost_history_is_no_lost_copy,
    NULL
};
static const TTest **const guard_tests[] = {
    &a_source_that_never_rests_is_told,
    &an_older_record_replaces_a_younger_one,
    &what_is_something_else_is_not_filled,
    &nobody_works_while_a_store_is_copied,
    &of_two_copies_the_older_one_is_refused,
    &a_copy_that_differs_is_not_called_one,
    NULL
};

/* ---- check ---- */

static struct store_check_report check(struct findings *f)
{
    return findings_of(fx.s, f);
}

/* Videos, channels and samples as a source tells them. */
static void put_good(void)
{
    for (uint64_t i = 1; i <= 40; i++) {
        struct video v = video_of(id_of(i), i, 1700000000);
        struct sample s = { .h = { .key = { id_of(i), 20000 } } };
        s.views = i;
        s.h.have = SAMPLE_BIT(views);
        VIDEO_SET(&v, title, STR("a title"));
        put_video(&v);
        put_one(&schema_sample, &s, 0);
        s.h.key[1]++;
        put_one(&schema_sample, &s, 0);
    }
    struct channel c = { .h = { .key = { 1, 2 } } };
    CHANNEL_SET(&c, title, STR("a channel"));
    put_one(&schema_channel, &c, 0);
}

START_TEST(a_good_store_has_nothing_wrong)
{
    struct findings f;
    struct lease l;
    struct store_copy_report copied;
    put_good();
    put_items(&l);
    struct store_check_report r = check(&f);
    ck_assert_msg(f.wrong == 0, "%s", f.last);
    T_U64("wrong", r.wrong, 0);
    T_TRUE("it stands still", !r.moving);
    struct store *mem = open_mem(STORE_LOCAL);
    T_OK(copy(fx.s, mem, 0, NULL, &copied), &fx.e);
    T_TRUE("the figures are those of a copy",
           store_content_equal(&r.content, &copied.content));
    store_close(mem);
}
END_TEST

static const struct {
    const char *name, *key, *body, *line;
} bad_docs[] = {
    { "a source without its kind", "source/handle/@x", "{\"ref\":\"@x\"}",
      "no source" },
    { "a source of another name", "source/handle/@x",
      "{\"kind\":\"handle\",\"ref\":\"@y\"}", "@y" },
    { "a lease", "lease/job", "{}", "no lease" },
    { "a report", "report/1", "[", "report/1" },
    { "an epoch", "rank/current", "[1]", "rank/current" },
    { "a frontier", "frontier/handle/@x", "", "frontier/" },
    { "a copy under way", "copy/state", "{}", "not finished" },
};

START_TEST(documents_that_cannot_be_read_are_told)
{
    struct findings f;
    for (size_t i = 0; i < ARRAY_LEN(bad_docs); i++) {
        T_OK(store_doc_put(fx.s, bad_docs[i].key, STORE_DOC_ANY,
                           str_of(bad_docs[i].body), 0, NULL, &fx.e),
             &fx.e);
        struct store_check_report r = check(&f);
        T_U64(bad_docs[i].name, r.wrong, 1);
        T_U64(bad_docs[i].name, f.wrong, 1);
        ck_assert_msg(strstr(f.last, bad_docs[i].line) != NULL, "%s: %s",
                      bad_docs[i].name, f.last);
        T_OK(store_doc_put(fx.s, bad_docs[i].key, STORE_DOC_ANY, str_n(NULL, 0),
                           0, NULL, &fx.e),
             &fx.e);
    }
}
END_TEST

START_TEST(records_that_cannot_be_are_told)
{
    struct findings f;
    char id[VID_TEXT];
    put_good();
    struct video v = video_of(id_of(3), 1, 1700000000);
    VIDEO_SET(&v, live, 99);
    put_video(&v);
    struct store_check_report r = check(&f);
    T_U64("a state that no word tells", r.wrong, 1);
    ck_assert_msg(strstr(f.last, vid_text(id_of(3), id)) != NULL, "%s", f.last);
}
END_TEST

START_TEST(samples_without_a_video_are_told)
{
    struct findings f;
    put_good();
    for (uint64_t i = 0; i < 15; i++) {
        struct sample s = { .h = { .key = { 5 + i, 20000 } } };
        s.views = 1;
        s.h.have = SAMPLE_BIT(views);
        put_one(&schema_sample, &s, 0);
    }
    struct store_check_report r = check(&f);
    T_U64("all are counted", r.wrong, 15);
    T_U64("some are told", f.wrong, STORE_FINDINGS_MAX);
    ck_assert_msg(strstr(f.last, "no such video") != NULL, "%s", f.last);
}
END_TEST

static const TTest **const check_tests[] = {
    &a_good_store_has_nothing_wrong, &documents_that_cannot_be_read_are_told,
    &records_that_cannot_be_are_told, &samples_without_a_video_are_told, NULL
};

const struct contract_case whole_cases[] = { { "copy", copy_tests },
                                             { "copy_guards", guard_tests },
                                             { "check", check_tests },
                                             { NULL, NULL } };
