/*
 * tests/store/mongo_check_test.c - what store_check() finds in collections
 * that somebody wrote to by another door.
 */
#include "store/store.h"
#include "tests/mongod/set.h"
#include "tests/store/findings.h"
#include "tests/t.h"

#include <stdio.h>

static struct mongod_set servers;
static struct store *s;
static struct err e;

static void set_up(void)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "mongodb://%s/check", servers.hosts);
    struct store_options o = { .uri = uri, .create = true, .clk = clk_real() };
    T_OK(store_open(&s, &o, &e), &e);
}

static void tear_down(void)
{
    store_close(s);
}

/* Run @json on the store's database; exactly one document is changed. */
static void command(const char *json)
{
    char *answer = mongod_set_run(&servers, "check", json);
    ck_assert_msg(strstr(answer, "\"n\" : 1,") && !strstr(answer, "rrors"),
                  "%s: %s", json, answer);
    free(answer);
}

static uint64_t check(struct findings *f)
{
    return findings_of(s, f).wrong;
}

static const struct {
    const char *name, *command, *undo, *line;
} rows[] = {
    { "text without a record",
      "{\"insert\":\"video_text\",\"documents\":[{\"_id\":"
      "{\"$numberLong\":\"-7\"},\"t\":\"x\"}]}",
      "{\"delete\":\"video_text\",\"deletes\":[{\"q\":{\"_id\":"
      "{\"$numberLong\":\"-7\"}},\"limit\":1}]}",
      "video_text: text of fffffffffffffff9" },
    { "text of a channel without a record",
      "{\"insert\":\"channel_text\",\"documents\":[{\"_id\":{\"h\":"
      "{\"$numberLong\":\"1\"},\"l\":{\"$numberLong\":\"2\"}},\"t\":\"x\"}]}",
      "{\"delete\":\"channel_text\",\"deletes\":[{\"q\":{},\"limit\":0}]}",
      "channel_text: text of" },
    { "text of no key",
      "{\"insert\":\"video_text\",\"bypassDocumentValidation\":true,"
      "\"documents\":[{\"_id\":\"x\",\"t\":\"x\"}]}",
      "{\"delete\":\"video_text\",\"deletes\":[{\"q\":{\"_id\":\"x\"},"
      "\"limit\":1}]}",
      "video_text: a key is damaged" },
    { "a name that no table knows",
      "{\"update\":\"video\",\"bypassDocumentValidation\":true,\"updates\":"
      "[{\"q\":{\"_id\":{\"$numberLong\":\"3\"}},\"u\":{\"$set\":"
      "{\"strange\":1}}}]}",
      "{\"update\":\"video\",\"updates\":[{\"q\":{\"_id\":"
      "{\"$numberLong\":\"3\"}},\"u\":{\"$unset\":{\"strange\":1}}}]}",
      "breaks its schema" },
};

START_TEST(what_came_by_another_door_is_told)
{
    struct findings f;
    enum store_outcome out;
    for (uint64_t i = 0; i < 5; i++) {
        struct video v = { .h = { .key = { i, 0 } } };
        VIDEO_SET(&v, views, i);
        VIDEO_SET(&v, title, STR("a title"));
        T_OK(store_put(s, &schema_video, &v, 1, 0, &out, &e), &e);
    }
    T_U64("a good store", check(&f), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        command(rows[i].command);
        /* Breaking the schema, and the server's own check, may tell it too. */
        uint64_t wrong = check(&f);
        T_TRUE(rows[i].name, wrong >= 1 && wrong <= 3);
        ck_assert_msg(strstr(f.last, rows[i].line) != NULL, "%s: %s",
                      rows[i].name, f.last);
        command(rows[i].undo);
    }
    T_U64("good again", check(&f), 0);
}
END_TEST

int main(void)
{
    mongod_set_start(&servers, 1, NULL);
    Suite *suite = suite_create("mongo_check");
    TCase *c = tcase_create("mongo_check");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, what_came_by_another_door_is_told);
    suite_add_tcase(suite, c);
    int code = t_run(suite);
    mongod_set_stop(&servers);
    return code;
}
