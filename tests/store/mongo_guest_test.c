/*
 * tests/store/mongo_guest_test.c - a database in which we are not alone: what
 * others put there, by hand or by mistake, and a server that is away when it
 * is asked.
 */
#include "base/thr.h"
#include "store/store.h"
#include "tests/mongod/set.h"
#include "tests/t.h"

#include <stdio.h>

static struct mongod_set servers;
static struct store *store;
static struct err e;

static int open_with(const char *more, struct store **ret)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "mongodb://%s/guest%s", servers.hosts, more);
    struct store_options o = {
        .uri = uri, .create = true, .upgrade = true, .clk = clk_real()
    };
    return store_open(ret, &o, &e);
}

static void run(const char *json)
{
    char *answer = mongod_set_run(&servers, "guest", json);
    ck_assert_msg(strstr(answer, "\"ok\" : 1") != NULL, "%s: %s", json, answer);
    free(answer);
}

static void set_up(void)
{
    run("{\"dropDatabase\":1}");
    store = NULL;
}

static void tear_down(void)
{
    store_close(store);
}

/* ---- whose database it is ---- */

START_TEST(collections_of_another_with_our_names_are_refused_and_left_alone)
{
    static const char update[] = "{\"update\":\"video\",\"updates\":[{\"q\":{},"
                                 "\"u\":{\"$set\":{\"theirs\":2}}}]}";
    run("{\"insert\":\"video\",\"documents\":[{\"theirs\":1}]}");
    T_RC("foreign", open_with("", &store), RC_CORRUPT, &e);
    T_TRUE(e.msg, strstr(e.msg, "no store is made there") != NULL);
    char *answer = mongod_set_run(&servers, "guest", update);
    T_TRUE(answer, strstr(answer, "\"nModified\" : 1") != NULL);
    free(answer);
    answer = mongod_set_run(&servers, "guest", "{\"count\":\"meta\"}");
    T_TRUE(answer, strstr(answer, "\"n\" : 0") != NULL);
    free(answer);
}
END_TEST

START_TEST(empty_collections_with_our_names_become_a_store)
{
    run("{\"create\":\"video\"}");
    T_OK(open_with("", &store), &e);
}
END_TEST

/* ---- what others wrote ---- */

START_TEST(a_counter_below_zero_is_added_to)
{
    int64_t value;
    T_OK(open_with("", &store), &e);
    run("{\"insert\":\"count\",\"documents\":[{\"_id\":\"units\","
        "\"v\":{\"$numberLong\":\"-5\"}}]}");
    T_RC("not enough", store_count(store, "units", 4, 100, &value, &e),
         RC_LIMIT, &e);
    T_I64("as it is", value, -5);
    T_OK(store_count(store, "units", 10, 100, &value, &e), &e);
    T_I64("the sum", value, 5);
}
END_TEST

static int take(void *ctx, const void *rec)
{
    size_t *n = ctx;
    const struct channel *c = rec;
    ck_assert_uint_eq(c->h.key[0], 1);
    ++*n;
    return RC_OK;
}

START_TEST(two_documents_of_one_record_are_damage)
{
    size_t n = 0;
    T_OK(open_with("", &store), &e);
    run("{\"insert\":\"channel\",\"bypassDocumentValidation\":true,"
        "\"documents\":[{\"_id\":{\"h\":{\"$numberLong\":\"1\"},"
        "\"l\":{\"$numberLong\":\"2\"}}},"
        "{\"_id\":{\"l\":{\"$numberLong\":\"2\"},"
        "\"h\":{\"$numberLong\":\"1\"}}}]}");
    T_RC("with text",
         store_scan(store, &schema_channel, ~UINT64_C(0), NULL, take, &n, &e),
         RC_CORRUPT, &e);
    T_TRUE(e.msg, strstr(e.msg, "of one channel") != NULL);
}
END_TEST

/* ---- a server that is away ---- */

static void *start_server(void *arg)
{
    (void)arg;
    mongod_set_do(&servers, "start 0");
    return NULL;
}

static int note(void *ctx, const struct schema_type *t, const uint64_t key[2])
{
    uint64_t *last = ctx;
    (void)t;
    *last = key[0];
    return RC_OK;
}

/* The first questions find no server, and the driver's streams end without
 * having seen one. */
START_TEST(a_feed_goes_on_from_its_place_when_the_server_comes_back)
{
    struct thr starter;
    struct store_pos pos;
    enum store_outcome out;
    struct video v = { .h = { .key = { 42, 0 } } };
    uint64_t told = 0;
    size_t n = 0;
    VIDEO_SET(&v, views, 1);
    T_OK(open_with("?serverSelectionTimeoutMS=200", &store), &e);
    T_OK(store_feed_now(store, &pos, &e), &e);
    T_OK(store_put(store, &schema_video, &v, 1, 0, &out, &e), &e);
    mongod_set_do(&servers, "kill 0");
    T_OK(thr_start(&starter, "starter", start_server, NULL, &e), &e);
    int rc = store_feed_read(store, &pos, 10, DUR_MS(0), note, &told, &n, &e);
    thr_join(&starter);
    T_RC("read", rc, RC_OK, &e);
    T_U64("what was written before", told, 42);
    T_U64("once", n, 1);
}
END_TEST

int main(void)
{
    mongod_set_start(&servers, 1, NULL);
    Suite *s = suite_create("mongo guest");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(
        c, collections_of_another_with_our_names_are_refused_and_left_alone);
    tcase_add_test(c, empty_collections_with_our_names_become_a_store);
    tcase_add_test(c, a_counter_below_zero_is_added_to);
    tcase_add_test(c, two_documents_of_one_record_are_damage);
    tcase_add_test(c, a_feed_goes_on_from_its_place_when_the_server_comes_back);
    suite_add_tcase(s, c);
    int code = t_run(s);
    mongod_set_stop(&servers);
    return code;
}
