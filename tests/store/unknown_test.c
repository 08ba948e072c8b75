/*
 * tests/store/unknown_test.c - writes whose answer is lost (RC_UNKNOWN): the
 * write is there, the outputs are untouched, and what store.h advises for
 * each verb ends well. A mem: store loses the answers.
 */
#include "store/store.h"
#include "tests/t.h"

static struct store *mem;
static struct err e;

static void set_up(void)
{
    struct store_options o = {
        .uri = "mem:", .create = true, .clk = clk_real()
    };
    T_OK(store_open(&mem, &o, &e), &e);
}

static void tear_down(void)
{
    store_close(mem);
}

static void lose_next(void)
{
    store_mem_fail(mem, 1, RC_UNKNOWN);
}

START_TEST(a_put_is_repeated_without_harm)
{
    struct video v = { .h = { .key = { 7, 0 } } };
    enum store_outcome out = STORE_FENCED;
    VIDEO_SET(&v, views, 5);
    set_up();
    lose_next();
    T_RC("lost", store_put(mem, &schema_video, &v, 1, 0, &out, &e), RC_UNKNOWN,
         &e);
    T_U64("no outcome", out, STORE_FENCED);
    T_OK(store_put(mem, &schema_video, &v, 1, 0, &out, &e), &e);
    T_U64("it was there", out, STORE_UNCHANGED);
    tear_down();
}
END_TEST

START_TEST(a_delete_is_repeated_without_harm)
{
    struct video v = { .h = { .key = { 7, 0 } } };
    const uint64_t keys[1][2] = { { 7, 0 } };
    enum store_outcome out;
    size_t deleted = 9;
    set_up();
    T_OK(store_put(mem, &schema_video, &v, 1, 0, &out, &e), &e);
    lose_next();
    T_RC("lost", store_delete(mem, &schema_video, keys, 1, 0, &deleted, &e),
         RC_UNKNOWN, &e);
    T_U64("no number", deleted, 9);
    T_OK(store_delete(mem, &schema_video, keys, 1, 0, &deleted, &e), &e);
    T_U64("it was gone", deleted, 0);
    tear_down();
}
END_TEST

START_TEST(what_may_have_been_counted_counts)
{
    int64_t value = -1;
    set_up();
    lose_next();
    T_RC("lost", store_count(mem, "units", 20, 100, &value, &e), RC_UNKNOWN,
         &e);
    T_I64("no value", value, -1);
    T_OK(store_count(mem, "units", 0, 100, &value, &e), &e);
    T_I64("counted", value, 20);
    tear_down();
}
END_TEST

START_TEST(a_document_is_read_to_learn_whose_it_is)
{
    struct buf b = BUF_INIT(100);
    uint64_t version = 9;
    set_up();
    lose_next();
    T_RC("lost", store_doc_put(mem, "d", 0, STR("mine"), 0, &version, &e),
         RC_UNKNOWN, &e);
    T_U64("no version", version, 9);
    T_OK(store_doc_get(mem, "d", &b, &version, &e), &e);
    T_STR("the body tells", buf_view(&b), "mine");
    T_U64("the version too", version, 1);
    buf_fini(&b);
    tear_down();
}
END_TEST

START_TEST(a_lease_survives_lost_answers)
{
    struct lease l;
    char holder[128];
    lease_holder(holder);
    set_up();
    lose_next();
    T_OK(lease_take(mem, "job", holder, DUR_S(60), (wall_t){ 1000 }, &l, &e),
         &e);
    T_U64("taken once", l.token, 1);
    lose_next();
    T_OK(lease_renew(mem, &l, DUR_S(60), (wall_t){ 2000 }, &e), &e);
    lose_next();
    lease_drop(mem, &l);
    T_OK(lease_take(mem, "job", holder, DUR_S(60), (wall_t){ 3000 }, &l, &e),
         &e);
    T_U64("it was given back", l.token, 2);
    tear_down();
}
END_TEST

START_TEST(other_codes_change_nothing)
{
    int64_t value;
    set_up();
    store_mem_fail(mem, 2, RC_DOWN);
    T_OK(store_count(mem, "n", 1, 9, NULL, &e), &e);
    T_RC("the second", store_count(mem, "n", 1, 9, NULL, &e), RC_DOWN, &e);
    T_OK(store_count(mem, "n", 1, 9, &value, &e), &e);
    T_I64("two of three", value, 2);
    tear_down();
}
END_TEST

T_SUITE("unknown", 60, a_put_is_repeated_without_harm,
        a_delete_is_repeated_without_harm, what_may_have_been_counted_counts,
        a_document_is_read_to_learn_whose_it_is, a_lease_survives_lost_answers,
        other_codes_change_nothing)
