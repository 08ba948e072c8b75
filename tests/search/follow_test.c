/*
 * tests/search/follow_test.c - an index that follows the feed is the index
 * that would be built from the store now.
 */
#include "search/snap_priv.h"
#include "tests/search/check.h"

enum { RECORDS = 400, ROUNDS = 12, CHANGES = 60 };

static int64_t counted(const char *name)
{
    for (size_t i = 0; i < search_counters.n; i++)
        if (strcmp(search_counters.rows[i].name, name) == 0)
            return ctr_get(&search_counters.rows[i]);
    ck_abort_msg("no such counter");
}

static int put_line(void *ctx, const struct search_item *item)
{
    struct search_columns c;
    T_TRUE("columns", search_columns_parse(STR(""), &c, NULL) == RC_OK);
    search_ndjson_item(&c, item, ctx);
    return RC_OK;
}

/* All that an index tells, as text. */
static void dump(struct kit *k, struct search *s, struct buf *out)
{
    struct search_query q;
    *out = (struct buf)BUF_INIT(64 << 20);
    kit_query(k, "", &q);
    T_OK(search_each(s, &q, put_line, out, &k->e), &k->e);
    search_query_fini(&q);
}

static void same_as_fresh(struct kit *k, struct search *s, const char *name)
{
    struct buf a, b;
    struct search_info x, y;
    struct search *fresh = kit_index(k, false);
    search_info(s, &x);
    search_info(fresh, &y);
    T_U64(name, x.videos, y.videos);
    T_U64(name, x.digest, y.digest);
    T_U64(name, x.epoch_id, y.epoch_id);
    T_I64(name, x.oldest_stats_at, y.oldest_stats_at);
    dump(k, s, &a);
    dump(k, fresh, &b);
    ck_assert_msg(str_eq(buf_view(&a), buf_view(&b)), "%s: texts differ", name);
    buf_fini(&a);
    buf_fini(&b);
    search_close(fresh);
}

/* ---- rounds ---- */

START_TEST(many_rounds_of_changes)
{
    struct kit k;
    kit_open(&k, _i ? "sqlite:" : "mem:");
    struct world *w = world_open(&k, 20 + (uint64_t)_i);
    struct search *s = kit_index(&k, false);
    for (int round = 0; round < ROUNDS; round++) {
        world_add(w, round == 1 ? RECORDS : 5);
        world_change(w, CHANGES);
        kit_refresh(&k, s);
        check_records(w, NULL, s, "followed");
        if (round % 4 == 3)
            same_as_fresh(&k, s, "followed");
    }
    search_close(s);
    world_close(w);
    kit_close(&k);
}
END_TEST

/* One thing happens to one video; what a question finds before and after. */
START_TEST(one_change_at_a_time)
{
    static const struct {
        const char *name;
        const char *title; /* NULL: stays "a cat" */
        uint64_t views;
        bool gone, deleted, again, clock;
        bool changed;
        const char *cats, *many; /* q=cat, viewsMin=5000 */
    } rows[] = {
        { "nothing", NULL, 1000, false, false, false, false, false, "7", "" },
        { "only the clock", NULL, 1000, false, false, false, true, true, "7",
          "" },
        { "counts", NULL, 9000, false, false, false, true, true, "7", "7" },
        { "a text", "a dog", 1000, false, false, false, true, true, "", "" },
        { "text and counts", "a dog", 9000, false, false, false, true, true, "",
          "7" },
        { "gone", NULL, 1000, true, false, false, true, true, "", "" },
        { "deleted", NULL, 1000, false, true, false, false, true, "", "" },
        { "deleted and back", NULL, 9000, false, true, true, true, true, "7",
          "7" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kit k;
        struct search_result r;
        char text[100];
        bool changed;
        kit_open(&k, "mem:");
        struct video v = kit_video(7, 1000, 5, "a cat");
        kit_put(&k, &v, 1);
        struct search *s = kit_index(&k, false);
        if (rows[i].deleted)
            kit_delete(&k, 7);
        v.views = rows[i].views;
        v.stats_at += rows[i].clock ? 60 : 0;
        if (rows[i].title)
            VIDEO_SET(&v, title, str_of(rows[i].title));
        VIDEO_SET(&v, text_at, v.stats_at);
        if (rows[i].gone)
            VIDEO_SET(&v, gone_since, v.stats_at);
        if (!rows[i].deleted || rows[i].again)
            kit_put(&k, &v, 1);
        T_OK(search_refresh(s, DUR_MS(0), &changed, &k.e), &k.e);
        ck_assert_msg(changed == rows[i].changed, "%s", rows[i].name);
        T_OK(kit_ask(&k, s, "q=cat", &r), &k.e);
        T_STR(rows[i].name, str_of(kit_ids(s, &r, text, sizeof(text))),
              rows[i].cats);
        T_OK(kit_ask(&k, s, "viewsMin=5000", &r), &k.e);
        T_STR(rows[i].name, str_of(kit_ids(s, &r, text, sizeof(text))),
              rows[i].many);
        same_as_fresh(&k, s, rows[i].name);
        search_close(s);
        kit_close(&k);
    }
}
END_TEST

/* ---- many at once ---- */

static void put_many(struct kit *k, uint64_t from, uint64_t n, uint64_t views)
{
    struct video *v = calloc(n, sizeof(*v));
    ck_assert_ptr_nonnull(v);
    for (uint64_t i = 0; i < n; i++) {
        v[i] = kit_video(from + i, views, views / 9, "a cat");
        VIDEO_SET(&v[i], stats_at, KIT_NOW + (int64_t)views);
    }
    kit_put(k, v, (size_t)n);
    free(v);
}

START_TEST(a_grown_second_part_is_merged)
{
    struct kit k;
    kit_open(&k, "mem:");
    put_many(&k, 1, 10, 1);
    struct search *s = kit_index(&k, false);
    int64_t merges = counted("search_merges_total");
    put_many(&k, 100, 4096, 1);
    kit_refresh(&k, s);
    T_U64("two parts", s->snap->n_parts, 2);
    put_many(&k, 10000, 1, 1);
    kit_refresh(&k, s);
    T_U64("one part", s->snap->n_parts, 1);
    T_I64("merges", counted("search_merges_total"), merges + 1);
    same_as_fresh(&k, s, "merged");
    search_close(s);
    kit_close(&k);
}
END_TEST

/* More than one snapshot takes: the rest comes at once, in a second one. */
START_TEST(one_refresh_takes_all_that_happened)
{
    struct kit k;
    kit_open(&k, "mem:");
    put_many(&k, 1, 10, 1);
    struct search *s = kit_index(&k, false);
    for (uint64_t views = 2; views < 16; views++)
        put_many(&k, 1, 5000, views);
    put_many(&k, 50000, 1000, 1);
    kit_refresh(&k, s);
    T_U64("videos", s->snap->live, 6000);
    int64_t changes = counted("search_changes_total");
    kit_refresh(&k, s);
    T_I64("and only once", counted("search_changes_total"), changes);
    search_close(s);
    kit_close(&k);
}
END_TEST

/* A clock that asks to stop when a snapshot is published. */
struct stopper {
    struct clk clk;
    atomic_bool stop;
};

static wall_t stop_and_tell(struct clk *clk)
{
    ((struct stopper *)clk)->stop = true;
    return wall_of_s(KIT_NOW);
}

/* Rule 4: in the first round nothing is taken, behind it one round is. */
START_TEST(a_long_refresh_stops_when_asked)
{
    struct kit k;
    struct stopper x = { .clk = { .wall = stop_and_tell } };
    bool changed;
    kit_open(&k, "mem:");
    put_many(&k, 1, 10, 1);
    struct search *s = kit_index(&k, false);
    s->o.stop = &x.stop;
    s->o.clk = &x.clk;
    for (uint64_t views = 2; views < 16; views++)
        put_many(&k, 1, 5000, views);
    put_many(&k, 50000, 1000, 1);
    x.stop = true;
    T_RC("at once", search_refresh(s, DUR_MS(0), &changed, &k.e), RC_CANCELLED,
         &k.e);
    T_U64("as before", s->snap->live, 10);
    x.stop = false;
    T_RC("behind a round", search_refresh(s, DUR_MS(0), &changed, &k.e),
         RC_CANCELLED, &k.e);
    T_U64("which stays", s->snap->live, 5000);
    x.stop = false;
    T_OK(search_refresh(s, DUR_MS(0), &changed, &k.e), &k.e);
    same_as_fresh(&k, s, "the rest");
    search_close(s);
    kit_close(&k);
}
END_TEST

/* ---- counts beyond 32 bits ---- */

START_TEST(a_large_count_is_kept_once)
{
    static const struct {
        uint64_t views;
        size_t n_big;
    } steps[] = { { UINT64_C(1) << 33, 1 }, { UINT64_C(1) << 34, 1 },
                  { UINT32_MAX - 2, 0 },    { UINT32_MAX - 1, 1 },
                  { UINT32_MAX, 1 },        { 5, 0 } };
    struct kit k;
    kit_open(&k, "mem:");
    put_many(&k, 1, 3, 1);
    struct search *s = kit_index(&k, false);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct video v = kit_video(2, steps[i].views, 1, "a cat");
        struct search_result r;
        VIDEO_SET(&v, stats_at, KIT_NOW + 60 * (int64_t)(i + 1));
        kit_put(&k, &v, 1);
        kit_refresh(&k, s);
        T_U64("kept apart", s->snap->part[0].facts->col[FACT_VIEWS].n_big,
              steps[i].n_big);
        T_OK(kit_ask(&k, s, "sort=-views", &r), &k.e);
        T_U64("views", r.items[0].v.views, steps[i].views);
        search_result_fini(s, &r);
    }
    search_close(s);
    kit_close(&k);
}
END_TEST

/* ---- a feed that forgot ---- */

START_TEST(a_lost_position_is_a_scan)
{
    struct kit k;
    kit_open_short_feed(&k, 50);
    struct world *w = world_open(&k, 30);
    world_add(w, 40);
    struct search *s = kit_index(&k, true);
    T_OK(search_save(s, &k.e), &k.e);
    int64_t before = counted("search_scans_total");
    world_add(w, 40);
    kit_refresh(&k, s);
    T_I64("the feed was enough", counted("search_scans_total"), before);
    world_add(w, 60);
    world_change(w, 60);
    kit_refresh(&k, s);
    T_I64("it was not", counted("search_scans_total"), before + 1);
    check_records(w, NULL, s, "scanned again");
    search_close(s);
    s = kit_index(&k, true); /* the file's position is lost as well */
    T_I64("nor for the file", counted("search_scans_total"), before + 2);
    check_records(w, NULL, s, "from an old file");
    same_as_fresh(&k, s, "from an old file");
    search_close(s);
    world_close(w);
    kit_close(&k);
}
END_TEST

/* ---- readers ---- */

START_TEST(an_answer_stays_as_it_was)
{
    struct kit k;
    struct search_result r;
    kit_open(&k, "mem:");
    put_many(&k, 1, 5, 10);
    struct search *s = kit_index(&k, false);
    T_OK(kit_ask(&k, s, "sort=id", &r), &k.e);
    put_many(&k, 1, 5, 20);
    kit_delete(&k, 3);
    kit_refresh(&k, s);
    for (size_t i = 0; i < 5; i++) {
        T_U64("id", r.items[i].v.h.key[0], i + 1);
        T_U64("views", r.items[i].v.views, 10);
        T_STR("title", r.items[i].v.title, "a cat");
    }
    struct search_info now;
    search_info(s, &now);
    T_TRUE("versions grow", now.version > r.info.version);
    search_result_fini(s, &r);
    search_close(s);
    kit_close(&k);
}
END_TEST

struct reader {
    struct search *s;
    _Atomic bool *stop;
    struct thr thread;
    uint64_t asked;
};

/* Each put gives all videos the same views: a snapshot shows one of them. */
static void *read_on(void *arg)
{
    struct reader *x = arg;
    struct search_query q;
    search_query_init(&q);
    while (!*x->stop) {
        struct search_result r;
        struct err e = ERR_INIT;
        T_OK(search_run(x->s, &q, &r, &e), &e);
        T_U64("total", r.total, 20);
        for (size_t i = 1; i < r.n; i++)
            T_U64("views", r.items[i].v.views, r.items[0].v.views);
        search_result_fini(x->s, &r);
        x->asked++;
    }
    search_query_fini(&q);
    return NULL;
}

START_TEST(readers_see_whole_snapshots)
{
    struct kit k;
    _Atomic bool stop = false;
    kit_open(&k, "mem:");
    put_many(&k, 1, 20, 1);
    struct search *s = kit_index(&k, false);
    struct reader readers[2] = { { .s = s, .stop = &stop },
                                 { .s = s, .stop = &stop } };
    for (size_t i = 0; i < 2; i++)
        T_OK(
            thr_start(&readers[i].thread, "reader", read_on, &readers[i], &k.e),
            &k.e);
    for (uint64_t round = 2; round < 60; round++) {
        put_many(&k, 1, 20, round);
        kit_refresh(&k, s);
    }
    stop = true;
    for (size_t i = 0; i < 2; i++)
        thr_join(&readers[i].thread);
    search_close(s);
    kit_close(&k);
}
END_TEST

/* ---- a store that was restored ---- */

START_TEST(another_history_is_scanned)
{
    struct kit k;
    bool changed;
    kit_open(&k, "sqlite:");
    put_many(&k, 1, 5, 10);
    struct search *s = kit_index(&k, false);
    put_many(&k, 6, 5, 10);
    struct store *open = k.store;
    struct store_options o = {
        .uri = "mem:", .create = true, .kind = STORE_LOCAL, .clk = &k.clock.clk
    };
    struct store *empty;
    T_OK(store_open(&empty, &o, &k.e), &k.e);
    s->o.store = empty; /* knows no such position */
    T_OK(search_refresh(s, DUR_MS(0), &changed, &k.e), &k.e);
    T_TRUE("another store is scanned", changed && s->snap->live == 0);
    s->o.store = open;
    kit_refresh(&k, s);
    same_as_fresh(&k, s, "back again");
    search_close(s);
    store_close(empty);
    kit_close(&k);
}
END_TEST

static Suite *follow_suite(void)
{
    Suite *s = suite_create("follow");
    TCase *c = tcase_create("follow");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, many_rounds_of_changes, 0, 2);
    tcase_add_test(c, one_change_at_a_time);
    tcase_add_test(c, a_grown_second_part_is_merged);
    tcase_add_test(c, one_refresh_takes_all_that_happened);
    tcase_add_test(c, a_long_refresh_stops_when_asked);
    tcase_add_test(c, a_large_count_is_kept_once);
    tcase_add_test(c, a_lost_position_is_a_scan);
    tcase_add_test(c, an_answer_stays_as_it_was);
    tcase_add_test(c, readers_see_whole_snapshots);
    tcase_add_test(c, another_history_is_scanned);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return t_run(follow_suite());
}
