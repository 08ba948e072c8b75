/*
 * tests/store/check_test.c - checks of a store that is written meanwhile, and
 * of figures that a server may be wrong about. The stores are in memory; some
 * of their verbs do something else first.
 */
#include "store/store_priv.h"
#include "tests/store/findings.h"
#include "tests/t.h"

#include <stdio.h>

static struct err e;
static struct store *s;
static struct store_ops acting;
static int calls; /* of the verb that does something else */

enum { ID = 7 };

static void put_video(uint64_t id)
{
    struct video v = { .h = { .key = { id, 0 } } };
    enum store_outcome out;
    VIDEO_SET(&v, views, 1);
    T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
}

static void put_sample(uint64_t day)
{
    struct sample x = { .h = { .key = { ID, day } }, .views = 1 };
    enum store_outcome out;
    x.h.have = SAMPLE_BIT(views);
    T_OK(store_put(s, &schema_sample, &x, 1, 0, &out, &e), &e);
}

static void set_up(void)
{
    struct store_options o = {
        .uri = "mem:", .create = true, .clk = clk_real()
    };
    T_OK(store_open(&s, &o, &e), &e);
    acting = *s->ops;
    s->ops = &acting;
    calls = 0;
    put_sample(20000);
}

static void tear_down(void)
{
    store_close(s);
}

static struct store_check_report check(struct findings *f)
{
    return findings_of(s, f);
}

static void expect_moving(void)
{
    struct findings f;
    struct store_check_report r = check(&f);
    ck_assert_msg(f.wrong == 0, "%s", f.last);
    T_U64("nothing wrong", r.wrong, 0);
    T_TRUE("it says so", r.moving);
}

/* ---- written meanwhile ---- */

static int stats_late(struct store *st, struct store_stats *ret,
                      struct err *why)
{
    if (calls++)
        put_video(ID + 1);
    return store_mem_ops.stats(st, ret, why);
}

START_TEST(a_video_that_comes_before_the_figures_is_no_damage)
{
    put_video(ID);
    acting.stats = stats_late;
    expect_moving();
}
END_TEST

static int list_late(struct store *st, const char *prefix, store_doc_fn fn,
                     void *ctx, struct err *why)
{
    put_sample(20001);
    return store_mem_ops.doc_list(st, prefix, fn, ctx, why);
}

/* The feed does not tell it. */
START_TEST(a_sample_that_comes_before_the_figures_is_no_damage)
{
    put_video(ID);
    acting.doc_list = list_late;
    expect_moving();
}
END_TEST

static int get_late(struct store *st, const struct schema_type *t,
                    const uint64_t (*keys)[2], size_t n, uint64_t cols,
                    struct arena *arena, void *recs, bool *found,
                    struct err *why)
{
    int rc = store_mem_ops.get(st, t, keys, n, cols, arena, recs, found, why);
    if (!calls++)
        put_video(ID);
    return rc;
}

/* An import writes the samples of a batch first. */
START_TEST(a_video_that_comes_behind_its_sample_is_no_damage)
{
    acting.get = get_late;
    expect_moving();
}
END_TEST

/* ---- figures ---- */

static int stats_off(struct store *st, struct store_stats *ret, struct err *why)
{
    int rc = store_mem_ops.stats(st, ret, why);
    ret->videos++;
    return rc;
}

START_TEST(a_server_may_count_wrongly_until_it_counts_anew)
{
    struct findings f;
    put_video(ID);
    acting.stats = stats_off;
    T_U64("a file may not", check(&f).wrong, 1);
    T_U64("it is told", f.wrong, 1);
    acting.estimates = true;
    T_U64("a server may", check(&f).wrong, 0);
    T_U64("that is told as well", f.notes, 1);
    T_TRUE("how", strstr(f.note, "figures say 2 videos, there are 1") != NULL);
}
END_TEST

static int stats_damaged(struct store *st, struct store_stats *ret,
                         struct err *why)
{
    (void)st, (void)ret;
    return err_set(why, RC_CORRUPT, "a row is damaged");
}

START_TEST(figures_that_cannot_be_read_end_nothing)
{
    struct findings f;
    acting.stats = stats_damaged;
    struct store_check_report r = check(&f);
    T_U64("the sample has no video, and the figures", r.wrong, 2);
    T_U64("all is read", r.content.samples, 1);
    T_TRUE("why", strstr(f.last, "figures: a row is damaged") != NULL);
}
END_TEST

T_SUITE_WITH("check", 60, set_up, tear_down,
             a_video_that_comes_before_the_figures_is_no_damage,
             a_sample_that_comes_before_the_figures_is_no_damage,
             a_video_that_comes_behind_its_sample_is_no_damage,
             a_server_may_count_wrongly_until_it_counts_anew,
             figures_that_cannot_be_read_end_nothing)
