/*
 * tests/store/mongo_fault_test.c - a MongoDB server that fails on purpose:
 * elections, lost answers, cut connections. The server runs the fail point
 * `failCommand`, which refuses the commands named in a row, or carries them
 * out and then denies that they are durable. CK_RUN_CASE=brief or patience
 * runs one part of the tests; --auth lets the store run as a user with no more
 * than it needs.
 */
#include "store/store.h"
#include "tests/mongod/set.h"
#include "tests/t.h"

#include <mongoc/mongoc.h>
#include <stdio.h>

static struct mongod_set servers;

/* Whom the store runs as with --auth: a user with readWrite, who may list and
 * end transactions of its own only. */
static const char *writer = "", *root = "";

static void make_writer(void)
{
    char *answer = mongod_set_run(
        &servers, "fault",
        "{\"createUser\":\"writer\",\"pwd\":\"secret\",\"roles\":["
        "{\"role\":\"readWrite\",\"db\":\"fault\"}]}");
    if (!strstr(answer, "\"ok\" : 1"))
        printf("no user: %s", answer);
    free(answer);
    writer = "writer:secret@";
    root = "root:root-secret@";
}

static struct fixture {
    struct store *s;
    mongoc_client_t *admin;
    struct err e;
} fx;

/* ---- the fixture ---- */

static struct store *open_store(bool upgrade)
{
    char uri[300];
    /* After a cut the driver looks for the server again within a heartbeat:
     * the shortest it allows. */
    snprintf(uri, sizeof(uri), "mongodb://%s%s/fault?heartbeatFrequencyMS=500",
             writer, servers.hosts);
    struct store_options o = {
        .uri = uri, .create = true, .upgrade = upgrade, .clk = clk_real()
    };
    struct store *s = NULL;
    T_OK(store_open(&s, &o, &fx.e), &fx.e);
    return s;
}

/* Run @json on the database admin. */
static void command(const char *json)
{
    bson_t b;
    bson_error_t be = { .message = "" };
    T_TRUE(json, bson_init_from_json(&b, json, -1, &be));
    bool ok =
        mongoc_client_command_simple(fx.admin, "admin", &b, NULL, NULL, &be);
    ck_assert_msg(ok, "%s: %s", json, be.message);
    bson_destroy(&b);
}

static void set_up(void)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "mongodb://%s%s/?directConnection=true", root,
             servers.hosts);
    mongoc_init();
    fx.admin = mongoc_client_new(uri);
    fx.s = open_store(false);
}

static void stop_failing(void)
{
    command("{\"configureFailPoint\":\"failCommand\",\"mode\":\"off\"}");
}

static void empty(const char *collection)
{
    const bson_t all = BSON_INITIALIZER;
    mongoc_collection_t *c =
        mongoc_client_get_collection(fx.admin, "fault", collection);
    (void)mongoc_collection_delete_many(c, &all, NULL, NULL, NULL);
    mongoc_collection_destroy(c);
}

/* The store stays for the next test: making one takes longer than most. */
static void tear_down(void)
{
    static const char *const written[] = { "video", "video_text", "count",
                                           "doc" };
    stop_failing();
    store_close(fx.s);
    for (size_t i = 0; i < ARRAY_LEN(written); i++)
        empty(written[i]);
    mongoc_client_destroy(fx.admin);
}

/* ---- what fails ---- */

enum how {
    REFUSED, /* with a code: not carried out */
    CUT,     /* the connection ends: not carried out */
    DENIED,  /* carried out, then "not durable" with a code */
    UNSURE   /* refused, but the label says nothing about it */
};

struct fault {
    const char *name;
    const char *what; /* the command */
    enum how how;
    int code;
    int times; /* 0 = until it is switched off */
};

static void begin_failing(const struct fault *f)
{
    char mode[40] = "\"alwaysOn\"", how[120] = "\"closeConnection\":true";
    char json[400];
    if (f->times)
        snprintf(mode, sizeof(mode), "{\"times\":%d}", f->times);
    if (f->how == REFUSED)
        snprintf(how, sizeof(how), "\"errorCode\":%d", f->code);
    if (f->how == UNSURE)
        snprintf(how, sizeof(how), "\"errorCode\":%d,\"errorLabels\":[]",
                 f->code);
    if (f->how == DENIED)
        snprintf(how, sizeof(how),
                 "\"writeConcernError\":{\"code\":%d,\"errmsg\":\"test\"}",
                 f->code);
    snprintf(json, sizeof(json),
             "{\"configureFailPoint\":\"failCommand\",\"mode\":%s,\"data\":{"
             "\"failCommands\":[\"%s\"],\"appName\":\"svf\",%s}}",
             mode, f->what, how);
    command(json);
}

/* ---- small builders ---- */

static struct video video_of(uint64_t id, uint64_t views)
{
    struct video v = { .h = { .key = { id, 0 } } };
    VIDEO_SET(&v, views, views);
    VIDEO_SET(&v, title, STR("title"));
    return v;
}

static int put(uint64_t id, uint64_t views, enum store_outcome *out)
{
    struct video v = video_of(id, views);
    return store_put(fx.s, &schema_video, &v, 1, 0, out, &fx.e);
}

static int add_id(void *ctx, const void *rec)
{
    const struct schema_head *h = rec;
    *(uint64_t *)ctx += UINT64_C(1) << h->key[0];
    return RC_OK;
}

/* The ids stored, as a sum of bits: one that is doubled or lost shows. */
static uint64_t stored_ids(void)
{
    uint64_t ids = 0;
    T_OK(store_scan(fx.s, &schema_video, 0, NULL, add_id, &ids, &fx.e), &fx.e);
    return ids;
}

static int add_change(void *ctx, const struct schema_type *t,
                      const uint64_t key[2])
{
    (void)t;
    *(uint64_t *)ctx += UINT64_C(1) << key[0];
    return RC_OK;
}

/* ---- put ---- */

static const struct fault put_faults[] = {
    { "the primary steps down before the read", "find", REFUSED, 189, 1 },
    { "… before the insert", "insert", REFUSED, 10107, 1 },
    { "an election during the insert", "insert", REFUSED, 11602, 1 },
    { "a shutdown during the insert", "insert", REFUSED, 91, 2 },
    { "a conflict, three times", "insert", REFUSED, 112, 3 },
    { "the connection is cut in the read", "find", CUT, 0, 1 },
    { "… in the insert", "insert", CUT, 0, 2 },
    { "… in the commit", "commitTransaction", CUT, 0, 1 },
    { "… in the commit and its retry", "commitTransaction", CUT, 0, 3 },
    { "an election during the commit", "commitTransaction", REFUSED, 11602, 3 },
    { "the commit may not last", "commitTransaction", DENIED, 64, 1 },
    { "the commit's answer comes from a dying primary", "commitTransaction",
      DENIED, 91, 3 },
    { "the server forgot the transaction", "commitTransaction", REFUSED, 251,
      1 },
    { "a new primary does not know it yet", "commitTransaction", UNSURE, 251,
      2 },
};

START_TEST(a_put_survives_it_and_counts_once)
{
    const struct fault *f = &put_faults[_i];
    enum store_outcome out = 0;
    struct store_pos pos;
    uint64_t told = 0;
    size_t n;
    T_OK(put(1, 1, &out), &fx.e);
    T_OK(store_feed_now(fx.s, &pos, &fx.e), &fx.e);
    begin_failing(f);
    T_RC(f->name, put(2, 5, &out), RC_OK, &fx.e);
    stop_failing();
    T_U64(f->name, out, STORE_NEW);
    T_U64(f->name, stored_ids(), 1 << 1 | 1 << 2);
    T_OK(store_feed_read(fx.s, &pos, 99, DUR_MS(0), add_change, &told, &n,
                         &fx.e),
         &fx.e);
    T_U64(f->name, told, 1 << 2);
    T_OK(put(2, 5, &out), &fx.e);
    T_U64(f->name, out, STORE_UNCHANGED);
}
END_TEST

/* What lasts, and how a put ends then. */
struct ending {
    struct fault f;
    int want;
    uint64_t stored; /* bits of ids */
};

static void check_ending(const struct ending *x)
{
    enum store_outcome out = 77;
    begin_failing(&x->f);
    T_RC(x->f.name, put(2, 5, &out), x->want, &fx.e);
    T_U64(x->f.name, out, 77);
    stop_failing();
    T_U64(x->f.name, stored_ids(), x->stored);
    T_RC("again is harmless", put(2, 5, &out), RC_OK, &fx.e);
    T_U64(x->f.name, stored_ids(), 1 << 2);
}

static const struct ending refusals[] = {
    { { "no right to insert", "insert", REFUSED, 13, 0 }, RC_DENIED, 0 },
    { { "the disk is full", "insert", REFUSED, 14031, 0 }, RC_IO, 0 },
};

START_TEST(a_put_that_is_refused_says_why)
{
    check_ending(&refusals[_i]);
}
END_TEST

/* Each of them takes all the patience there is. */
static const struct ending lasting[] = {
    { { "no answer to the commit, ever", "commitTransaction", CUT, 0, 0 },
      RC_UNKNOWN,
      0 },
    { { "the commit is never durable", "commitTransaction", DENIED, 64, 0 },
      RC_UNKNOWN,
      1 << 2 },
    { { "always in another's way", "insert", REFUSED, 112, 0 }, RC_AGAIN, 0 },
    { { "no primary, ever", "find", REFUSED, 10107, 0 }, RC_DOWN, 0 },
};

START_TEST(a_put_that_ends_badly_says_how)
{
    check_ending(&lasting[_i]);
}
END_TEST

START_TEST(an_abandoned_transaction_is_no_obstacle)
{
    char uri[300];
    enum store_outcome out = 0;
    bson_error_t be = { .message = "" };
    bson_t doc = BSON_INITIALIZER, opts = BSON_INITIALIZER;
    snprintf(uri, sizeof(uri),
             "mongodb://%s%s/fault?directConnection=true&appname=svf", writer,
             servers.hosts);
    mongoc_client_t *c = mongoc_client_new(uri);
    mongoc_client_session_t *s = mongoc_client_start_session(c, NULL, &be);
    mongoc_collection_t *to = mongoc_client_get_collection(c, "fault", "video");
    BSON_APPEND_INT64(&doc, "_id", 2);
    T_TRUE(be.message,
           mongoc_client_session_start_transaction(s, NULL, &be) &&
               mongoc_client_session_append(s, &opts, &be) &&
               mongoc_collection_insert_one(to, &doc, &opts, NULL, &be));
    T_RC("the same record", put(2, 5, &out), RC_OK, &fx.e);
    T_U64("is new", out, STORE_NEW);
    T_TRUE("the other one came to nothing",
           !mongoc_client_session_commit_transaction(s, NULL, &be));
    T_U64("only ours came", stored_ids(), 1 << 2);
    bson_destroy(&doc);
    bson_destroy(&opts);
    mongoc_collection_destroy(to);
    mongoc_client_session_destroy(s);
    mongoc_client_destroy(c);
}
END_TEST

/* Nobody here writes it; somebody's tool may have left it. */
START_TEST(text_without_its_record_is_taken_over)
{
    bson_t doc = BSON_INITIALIZER;
    bson_error_t be = { .message = "" };
    enum store_outcome out = 0;
    mongoc_collection_t *to =
        mongoc_client_get_collection(fx.admin, "fault", "video_text");
    BSON_APPEND_INT64(&doc, "_id", 2);
    T_TRUE(be.message, mongoc_collection_insert_one(to, &doc, NULL, NULL, &be));
    T_RC("the record", put(2, 5, &out), RC_OK, &fx.e);
    T_U64("is new", out, STORE_NEW);
    T_OK(put(2, 5, &out), &fx.e);
    T_U64("and whole", out, STORE_UNCHANGED);
    bson_destroy(&doc);
    mongoc_collection_destroy(to);
}
END_TEST

/* ---- counters and documents ---- */

static const struct fault count_faults[] = {
    { "the primary steps down", "findAndModify", REFUSED, 189, 1 },
    { "the connection is cut", "findAndModify", CUT, 0, 1 },
    { "added, and the answer is from a dying primary", "findAndModify", DENIED,
      91, 1 },
};

START_TEST(a_unit_is_counted_once)
{
    const struct fault *f = &count_faults[_i];
    int64_t value = 0;
    T_OK(store_count(fx.s, "units", 3, 10, NULL, &fx.e), &fx.e);
    begin_failing(f);
    T_RC(f->name, store_count(fx.s, "units", 4, 10, &value, &fx.e), RC_OK,
         &fx.e);
    T_I64(f->name, value, 7);
    stop_failing();
    T_OK(store_count(fx.s, "units", 0, 10, &value, &fx.e), &fx.e);
    T_I64(f->name, value, 7);
}
END_TEST

START_TEST(a_count_without_answer_is_unknown)
{
    const struct fault f = { "cut for ever", "findAndModify", CUT, 0, 0 };
    T_OK(store_count(fx.s, "units", 3, 10, NULL, &fx.e), &fx.e);
    begin_failing(&f);
    T_RC(f.name, store_count(fx.s, "units", 4, 10, NULL, &fx.e), RC_UNKNOWN,
         &fx.e);
}
END_TEST

static const struct fault doc_faults[] = {
    { "an election during the write", "update", REFUSED, 11602, 1 },
    { "the connection is cut in the commit", "commitTransaction", CUT, 0, 3 },
    { "the commit may not last", "commitTransaction", DENIED, 64, 1 },
};

START_TEST(a_document_is_written_once)
{
    const struct fault *f = &doc_faults[_i];
    uint64_t version = 0;
    T_OK(store_doc_put(fx.s, "d", 0, STR("a"), 0, &version, &fx.e), &fx.e);
    begin_failing(f);
    T_RC(f->name, store_doc_put(fx.s, "d", 1, STR("b"), 0, &version, &fx.e),
         RC_OK, &fx.e);
    T_U64(f->name, version, 2);
    stop_failing();
    T_RC(f->name, store_doc_put(fx.s, "d", 2, STR("c"), 0, &version, &fx.e),
         RC_OK, &fx.e);
}
END_TEST

/* ---- the feed ---- */

static const struct fault feed_faults[] = {
    { "no committed view", "getMore", REFUSED, 134, 1 },
    { "no committed view, three times", "getMore", REFUSED, 134, 3 },
    { "an election", "getMore", REFUSED, 11602, 2 },
    { "the primary steps down", "getMore", REFUSED, 189, 3 },
    { "not the primary", "getMore", REFUSED, 10107, 3 },
    { "in recovery", "getMore", REFUSED, 13436, 3 },
    { "the cursor is gone", "getMore", REFUSED, 43, 3 },
    { "the connection is cut", "getMore", CUT, 0, 1 },
    { "and the stream cannot be opened at once", "aggregate", REFUSED, 11602,
      2 },
};

/* The driver takes a second for each cut. */
static const struct fault feed_cuts[] = {
    { "the connection is cut, three times", "getMore", CUT, 0, 3 },
    { "… and the server cannot be asked", "aggregate", CUT, 0, 2 },
};

enum { FEED_IDS = 6 }; /* in rounds of three, without a wait and with one */

static void check_follows(const struct fault *f)
{
    enum store_outcome out;
    struct store_pos pos;
    uint64_t told = 0;
    T_OK(store_feed_now(fx.s, &pos, &fx.e), &fx.e);
    for (uint64_t id = 0; id < FEED_IDS; id += 3) {
        size_t n = 0;
        for (uint64_t i = id; i < id + 3; i++)
            T_OK(put(i, 1, &out), &fx.e);
        begin_failing(f);
        for (uint64_t sum = 0; sum < 3; sum += n)
            T_RC(f->name,
                 store_feed_read(fx.s, &pos, 2, DUR_MS(id % 2 ? 200 : 0),
                                 add_change, &told, &n, &fx.e),
                 RC_OK, &fx.e);
        stop_failing();
    }
    T_U64(f->name, told, (1 << FEED_IDS) - 1);
}

START_TEST(a_reader_of_the_feed_goes_on)
{
    check_follows(&feed_faults[_i]);
}
END_TEST

START_TEST(it_goes_on_after_many_cuts)
{
    check_follows(&feed_cuts[_i]);
}
END_TEST

static const struct fault lost_faults[] = {
    { "the history ends, told by a read", "getMore", REFUSED, 286, 0 },
    { "the history ends, told at the begin", "aggregate", REFUSED, 286, 0 },
    { "the token is not found", "aggregate", REFUSED, 280, 0 },
};

START_TEST(history_that_is_gone_is_lost)
{
    const struct fault *f = &lost_faults[_i];
    enum store_outcome out;
    struct store_pos pos;
    uint64_t told = 0;
    size_t n;
    T_OK(store_feed_now(fx.s, &pos, &fx.e), &fx.e);
    struct store_pos before = pos;
    T_OK(put(1, 1, &out), &fx.e);
    begin_failing(f);
    T_RC(
        f->name,
        store_feed_read(fx.s, &pos, 9, DUR_MS(0), add_change, &told, &n, &fx.e),
        RC_LOST, &fx.e);
    T_TRUE("the position stays", memcmp(&pos, &before, sizeof(pos)) == 0);
}
END_TEST

START_TEST(a_collection_put_back_from_a_copy_is_lost)
{
    struct store_pos pos;
    uint64_t told = 0;
    size_t n;
    T_OK(store_feed_now(fx.s, &pos, &fx.e), &fx.e);
    mongoc_collection_t *c =
        mongoc_client_get_collection(fx.admin, "fault", "video");
    T_TRUE("dropped", mongoc_collection_drop(c, NULL));
    mongoc_collection_destroy(c);
    T_RC(
        "lost",
        store_feed_read(fx.s, &pos, 9, DUR_MS(0), add_change, &told, &n, &fx.e),
        RC_LOST, &fx.e);
    store_close(open_store(true)); /* for the next test it is there */
}
END_TEST

/* ---- reading ---- */

static const struct fault read_faults[] = {
    { "an election during a get", "find", REFUSED, 11602, 2 },
    { "the connection is cut in a get", "find", CUT, 0, 2 },
    { "the end of a get is cut", "commitTransaction", CUT, 0, 2 },
};

START_TEST(a_get_is_done_again)
{
    const struct fault *f = &read_faults[_i];
    enum store_outcome out;
    struct arena a = ARENA_INIT(1 << 16);
    const uint64_t keys[1][2] = { { 7, 0 } };
    struct video v;
    bool found = false;
    T_OK(put(7, 42, &out), &fx.e);
    begin_failing(f);
    T_RC(f->name,
         store_get(fx.s, &schema_video, keys, 1, ~UINT64_C(0), &a, &v, &found,
                   &fx.e),
         RC_OK, &fx.e);
    T_TRUE(f->name, found && v.views == 42);
    T_STR(f->name, v.title, "title");
    arena_fini(&a);
}
END_TEST

static int count_row(void *ctx, const void *rec)
{
    (void)rec;
    ++*(size_t *)ctx;
    return RC_OK;
}

/* The driver asks a second time, the store goes on. */
static const struct fault early_faults[] = {
    { "an election", "find", REFUSED, 11602, 5 },
    { "the server gives up", "find", REFUSED, 50, 3 },
    { "the connection is cut", "find", CUT, 0, 4 },
};

static int count_doc(void *ctx, const char *key, uint64_t version,
                     struct str body)
{
    (void)key, (void)version, (void)body;
    ++*(size_t *)ctx;
    return RC_OK;
}

START_TEST(what_fails_before_the_first_row_is_read_again)
{
    const struct fault *f = &early_faults[_i];
    enum store_outcome out;
    struct buf body = BUF_INIT(100);
    uint64_t version;
    size_t rows = 0, docs = 0;
    T_OK(put(7, 42, &out), &fx.e);
    T_OK(store_doc_put(fx.s, "d", 0, STR("a"), 0, NULL, &fx.e), &fx.e);
    begin_failing(f);
    T_RC(f->name, store_doc_get(fx.s, "d", &body, &version, &fx.e), RC_OK,
         &fx.e);
    begin_failing(f);
    T_RC(f->name, store_doc_list(fx.s, "", count_doc, &docs, &fx.e), RC_OK,
         &fx.e);
    begin_failing(f);
    T_RC(f->name,
         store_scan(fx.s, &schema_video, ~UINT64_C(0), NULL, count_row, &rows,
                    &fx.e),
         RC_OK, &fx.e);
    T_U64(f->name, docs, 1);
    T_U64(f->name, rows, 1);
    buf_fini(&body);
}
END_TEST

START_TEST(a_scan_that_breaks_off_says_so)
{
    enum { N = 1000 };
    static struct video v[N];
    static enum store_outcome out[N];
    const struct fault f = { "cut", "getMore", CUT, 0, 1 };
    size_t n = 0;
    for (uint64_t i = 0; i < N; i++)
        v[i] = video_of(i, i);
    T_OK(store_put(fx.s, &schema_video, v, N, 0, out, &fx.e), &fx.e);
    begin_failing(&f);
    T_RC("behind the first answer",
         store_scan(fx.s, &schema_video, ~UINT64_C(0), NULL, count_row, &n,
                    &fx.e),
         RC_DOWN, &fx.e);
    T_TRUE("not all", n < N);
}
END_TEST

/* ---- main ---- */

int main(int argc, char **argv)
{
    bool auth = argc > 1 && strcmp(argv[1], "--auth") == 0;
    const char *const more[] = { "--test-commands", auth ? "--auth" : NULL,
                                 NULL };
    mongod_set_start(&servers, 1, more);
    if (auth)
        make_writer();
    Suite *s = suite_create("mongo faults");
    TCase *c = tcase_create("brief"), *p = tcase_create("patience");
    tcase_set_timeout(c, 120);
    tcase_set_timeout(p, 120);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_checked_fixture(p, set_up, tear_down);
#define EACH(c, test, rows)                                                    \
    tcase_add_loop_test(c, test, 0, (int)ARRAY_LEN(rows))
    EACH(c, a_put_survives_it_and_counts_once, put_faults);
    EACH(c, a_put_that_is_refused_says_why, refusals);
    EACH(p, a_put_that_ends_badly_says_how, lasting);
    tcase_add_test(p, an_abandoned_transaction_is_no_obstacle);
    tcase_add_test(c, text_without_its_record_is_taken_over);
    EACH(c, a_unit_is_counted_once, count_faults);
    tcase_add_test(c, a_count_without_answer_is_unknown);
    EACH(c, a_document_is_written_once, doc_faults);
    EACH(c, a_reader_of_the_feed_goes_on, feed_faults);
    EACH(p, it_goes_on_after_many_cuts, feed_cuts);
    EACH(c, history_that_is_gone_is_lost, lost_faults);
    tcase_add_test(c, a_collection_put_back_from_a_copy_is_lost);
    EACH(c, a_get_is_done_again, read_faults);
    EACH(c, what_fails_before_the_first_row_is_read_again, early_faults);
    tcase_add_test(c, a_scan_that_breaks_off_says_so);
    suite_add_tcase(s, p);
    suite_add_tcase(s, c);
    int code = t_run(s);
    mongod_set_stop(&servers);
    return code;
}
