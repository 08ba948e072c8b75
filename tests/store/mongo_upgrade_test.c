/*
 * tests/store/mongo_upgrade_test.c - a database that an older version of
 * svf made: collections of version 1, or some of them absent. It is told,
 * read as it is, and brought up on request: also by two at once, also after
 * an attempt that broke off anywhere.
 */
#include "base/thr.h"
#include "schema/jsonr.h"
#include "store/store.h"
#include "tests/mongod/set.h"
#include "tests/t.h"

#include <stdio.h>

enum { COLLECTIONS = 8 };

static struct mongod_set servers;
static struct err e;

static int open_as(const struct store_options *how, struct store **ret)
{
    char uri[300];
    struct store_options o = *how;
    snprintf(uri, sizeof(uri), "mongodb://%s/upgrade", servers.hosts);
    o.uri = uri;
    o.clk = clk_real();
    return store_open(ret, &o, &e);
}

/* Open, close, tell how it went. */
static int try(const struct store_options *how)
{
    struct store *s;
    int rc = open_as(how, &s);
    if (!rc)
        store_close(s);
    return rc;
}

static const struct store_options to_make = { .create = true };
static const struct store_options to_use = { .create = false };
static const struct store_options to_read = { .read_only = true };
static const struct store_options to_upgrade = { .create = true,
                                                 .upgrade = true };

/* ---- the server's side ---- */

static void run(const char *db, const char *json)
{
    char *answer = mongod_set_run(&servers, db, json);
    ck_assert_msg(strstr(answer, "\"ok\" : 1") != NULL, "%s: %s", json, answer);
    free(answer);
}

static uint64_t number_of(const char *db, const char *json, const char *path)
{
    char *answer = mongod_set_run(&servers, db, json);
    struct jsonr *v;
    int64_t n = -1;
    T_OK(jsonr_open(&v, str_of(answer), &e), &e);
    ck_assert_msg(jsonr_i64(jsonr_get(v, path), &n), "%s: no %s in %s", json,
                  path, answer);
    jsonr_close(v);
    free(answer);
    return (uint64_t)n;
}

static bool is_version(int version)
{
    char json[100];
    snprintf(json, sizeof(json),
             "{\"count\":\"meta\",\"query\":{\"version\":%d}}", version);
    return number_of("upgrade", json, "n") == 1;
}

/* How often the server was asked to change a collection. */
static uint64_t changes_asked(void)
{
    return number_of("admin", "{\"serverStatus\":1}",
                     "metrics.commands.collMod.total");
}

/* What the server enforces: name and options of each collection. */
static char *rules(void)
{
    return mongod_set_run(
        &servers, "admin",
        "{\"aggregate\":1,\"cursor\":{},\"pipeline\":[{\"$listCatalog\":{}},"
        "{\"$match\":{\"db\":\"upgrade\"}},{\"$sort\":{\"name\":1}},"
        "{\"$project\":{\"_id\":0,\"name\":1,"
        "\"v\":\"$md.options.validator\"}}]}");
}

/* Of both, what stands before the answer's time. */
static bool same_rules(const char *a, const char *b)
{
    const char *end = strstr(a, "], \"id\" : 0");
    T_TRUE(a, end != NULL && strstr(a, "video_text"));
    return strncmp(a, b, (size_t)(end - a)) == 0;
}

static void set_back(void)
{
    run("upgrade", "{\"collMod\":\"count\",\"validator\":{}}");
    run("upgrade", "{\"collMod\":\"doc\",\"validator\":{\"v\":{\"$type\":"
                   "\"long\"}}}");
    run("upgrade", "{\"collMod\":\"video\",\"validator\":{}}");
    run("upgrade", "{\"drop\":\"sample\"}");
    run("upgrade", "{\"update\":\"meta\",\"updates\":[{\"q\":{\"_id\":"
                   "\"store\"},\"u\":{\"$set\":{\"version\":1}}}]}");
}

/* ---- the fixture ---- */

static char *good; /* the rules of a store just made */

static void set_up(void)
{
    struct store *s;
    enum store_outcome out;
    struct video v = { .h = { .key = { 7, 0 } } };
    VIDEO_SET(&v, views, 42);
    run("upgrade", "{\"dropDatabase\":1}");
    T_OK(open_as(&to_make, &s), &e);
    T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
    store_close(s);
    good = rules();
    set_back();
}

static void tear_down(void)
{
    free(good);
}

static void check_brought_up(void)
{
    char *now = rules();
    ck_assert_msg(same_rules(good, now), "want %s\ngot %s", good, now);
    free(now);
    T_TRUE("version", is_version(2));
    T_OK(try(&to_use), &e);
}

/* ---- tests ---- */

START_TEST(an_older_store_is_told_and_read_as_it_is)
{
    T_RC("to make one", try(&to_make), RC_CONFIG, &e);
    T_TRUE("what to do", strstr(e.msg, "svf init") != NULL);
    T_RC("to write", try(&to_use), RC_CONFIG, &e);
    T_RC("to read", try(&to_read), RC_OK, &e);
    T_TRUE("nothing was changed", is_version(1));
}
END_TEST

START_TEST(it_is_brought_up_and_keeps_its_records)
{
    struct store *s;
    struct video v;
    struct arena a = ARENA_INIT(1 << 16);
    bool found;
    const uint64_t keys[1][2] = { { 7, 0 } };
    T_OK(open_as(&to_upgrade, &s), &e);
    T_OK(store_get(s, &schema_video, keys, 1, ~UINT64_C(0), &a, &v, &found, &e),
         &e);
    T_TRUE("its record", found && v.views == 42);
    arena_fini(&a);
    store_close(s);
    check_brought_up();
}
END_TEST

START_TEST(the_server_then_refuses_what_it_took_before)
{
    const char insert[] =
        "{\"insert\":\"count\",\"documents\":[{\"_id\":\"x\"}]}";
    run("upgrade", insert);
    run("upgrade", "{\"delete\":\"count\",\"deletes\":[{\"q\":{},"
                   "\"limit\":0}]}");
    T_OK(try(&to_upgrade), &e);
    char *answer = mongod_set_run(&servers, "upgrade", insert);
    T_TRUE(answer, strstr(answer, "\"code\" : 121") != NULL);
    free(answer);
}
END_TEST

START_TEST(again_asks_the_server_for_nothing)
{
    T_OK(try(&to_upgrade), &e);
    uint64_t before = changes_asked();
    T_OK(try(&to_upgrade), &e);
    T_U64("collMod", changes_asked(), before);
    check_brought_up();
}
END_TEST

/* The server refuses all after so many changes: it is asked to make each
 * collection, then to change three of them, then the version. */
static const int broken_at[] = { 0, COLLECTIONS, COLLECTIONS + 1,
                                 COLLECTIONS + 2, COLLECTIONS + 3 };

START_TEST(an_attempt_that_broke_off_is_taken_up)
{
    char json[300];
    snprintf(json, sizeof(json),
             "{\"configureFailPoint\":\"failCommand\",\"mode\":{\"skip\":%d},"
             "\"data\":{\"failCommands\":[\"create\",\"collMod\",\"update\"],"
             "\"appName\":\"svf\",\"errorCode\":8}}",
             broken_at[_i]);
    run("admin", json);
    bool broke = try(&to_upgrade) != RC_OK;
    run("admin", "{\"configureFailPoint\":\"failCommand\",\"mode\":\"off\"}");
    T_TRUE("it broke off", broke);
    T_TRUE("the version is last", is_version(1));
    T_OK(try(&to_upgrade), &e);
    check_brought_up();
}
END_TEST

struct starter {
    struct thr t;
    int rc;
    struct err e;
};

static void *upgrade_on(void *arg)
{
    struct starter *x = arg;
    char uri[300];
    struct store *s;
    snprintf(uri, sizeof(uri), "mongodb://%s/upgrade", servers.hosts);
    struct store_options o = to_upgrade;
    o.uri = uri;
    o.clk = clk_real();
    x->rc = store_open(&s, &o, &x->e);
    if (!x->rc)
        store_close(s);
    return NULL;
}

START_TEST(several_at_once_agree)
{
    struct starter x[4] = { { .rc = RC_OK } };
    for (size_t i = 0; i < ARRAY_LEN(x); i++)
        T_OK(thr_start(&x[i].t, "starter", upgrade_on, &x[i], &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(x); i++) {
        thr_join(&x[i].t);
        T_RC("each", x[i].rc, RC_OK, &x[i].e);
    }
    check_brought_up();
}
END_TEST

START_TEST(a_newer_store_is_refused_and_left_alone)
{
    run("upgrade", "{\"update\":\"meta\",\"updates\":[{\"q\":{\"_id\":"
                   "\"store\"},\"u\":{\"$set\":{\"version\":3}}}]}");
    char *before = rules();
    T_RC("to upgrade", try(&to_upgrade), RC_CORRUPT, &e);
    T_TRUE("why", strstr(e.msg, "newer version") != NULL);
    T_RC("to use", try(&to_use), RC_CORRUPT, &e);
    T_RC("to read", try(&to_read), RC_CORRUPT, &e);
    char *after = rules();
    T_TRUE("left alone", same_rules(before, after));
    T_TRUE("version", is_version(3));
    free(before);
    free(after);
}
END_TEST

int main(void)
{
    const char *const more[] = { "--test-commands", NULL };
    mongod_set_start(&servers, 1, more);
    Suite *s = suite_create("mongo upgrade");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, an_older_store_is_told_and_read_as_it_is);
    tcase_add_test(c, it_is_brought_up_and_keeps_its_records);
    tcase_add_test(c, the_server_then_refuses_what_it_took_before);
    tcase_add_test(c, again_asks_the_server_for_nothing);
    tcase_add_loop_test(c, an_attempt_that_broke_off_is_taken_up, 0,
                        (int)ARRAY_LEN(broken_at));
    tcase_add_test(c, several_at_once_agree);
    tcase_add_test(c, a_newer_store_is_refused_and_left_alone);
    suite_add_tcase(s, c);
    int code = t_run(s);
    mongod_set_stop(&servers);
    return code;
}
