/* tests/contract/open.c - opening: kinds, handles, refusals. */
#include "tests/contract/contract.h"

#include <stdio.h>

static int try_open(const char *uri, bool create, bool read_only,
                    enum store_kind kind, struct store **ret)
{
    struct store_options o = { .uri = uri,
                               .create = create,
                               .read_only = read_only,
                               .kind = kind,
                               .clk = clk_real() };
    *ret = NULL;
    return store_open(ret, &o, &fx.e);
}

START_TEST(a_store_is_local_unless_told)
{
    T_U64("kind", store_kind(fx.s), STORE_LOCAL);
    T_STR("uri", str_of(store_uri(fx.s)), fx.uri);
}
END_TEST

START_TEST(a_kind_is_for_ever)
{
    char uri[700];
    struct store *s;
    if (column->keeps)
        snprintf(uri, sizeof(uri), "%s-live", fx.uri);
    else
        snprintf(uri, sizeof(uri), "%s", fx.uri);
    T_OK(try_open(uri, true, false, STORE_LIVE, &s), &fx.e);
    T_U64("live", store_kind(s), STORE_LIVE);
    store_close(s);
    if (!column->keeps)
        return;
    T_OK(try_open(uri, true, false, STORE_LOCAL, &s), &fx.e);
    T_U64("still live", store_kind(s), STORE_LIVE);
    store_close(s);
    T_OK(try_open(uri, false, true, 0, &s), &fx.e);
    T_U64("also read only", store_kind(s), STORE_LIVE);
    store_close(s);
}
END_TEST

START_TEST(a_store_is_known_by_its_id)
{
    unsigned char id[STORE_ID_BYTES];
    static const unsigned char none[STORE_ID_BYTES];
    memcpy(id, store_id(fx.s), sizeof(id));
    T_TRUE("there is one", memcmp(id, none, sizeof(id)) != 0);
    struct store *other = open_other("other", 0);
    T_TRUE("another store's is another",
           memcmp(store_id(other), id, sizeof(id)) != 0);
    store_close(other);
    if (!column->keeps)
        return;
    reopen();
    T_TRUE("opened again", memcmp(store_id(fx.s), id, sizeof(id)) == 0);
    struct store *reader = open_again(true);
    T_TRUE("for reading", memcmp(store_id(reader), id, sizeof(id)) == 0);
    store_close(reader);
}
END_TEST

static const TTest **const kind_tests[] = { &a_store_is_local_unless_told,
                                            &a_kind_is_for_ever,
                                            &a_store_is_known_by_its_id, NULL };

START_TEST(what_is_not_there_is_not_made_unasked)
{
    char uri[700];
    struct store *s;
    if (column->keeps)
        snprintf(uri, sizeof(uri), "%s-none", fx.uri);
    else
        snprintf(uri, sizeof(uri), "%s", fx.uri);
    T_RC("absent", try_open(uri, false, false, 0, &s), RC_NOTFOUND, &fx.e);
    T_TRUE("nothing was handed out", s == NULL);
    if (!column->keeps)
        return;
    T_RC("absent, to read", try_open(uri, true, true, 0, &s), RC_NOTFOUND,
         &fx.e);
}
END_TEST

static const char *const bad_uris[] = {
    "",
    "nothing",
    ":",
    "sqlite",
    "sqlite:",
    "SQLITE:x",
    "/path/svf.db",
    "mem:x",
    "redis://localhost",
    "mongodb:",
    "mongodb://",
    "mongodb://localhost",
    "mongodb://localhost/",
    "mongodb://localhost/svf?tsl=true",
    "mongodb://localhost:port/svf",
    "://",
};

START_TEST(a_uri_that_means_nothing_is_refused)
{
    struct store *s;
    for (size_t i = 0; i < ARRAY_LEN(bad_uris); i++)
        T_RC(bad_uris[i], try_open(bad_uris[i], true, false, 0, &s), RC_CONFIG,
             &fx.e);
}
END_TEST

START_TEST(a_reader_is_refused_every_write)
{
    if (!column->keeps)
        return;
    struct video v = video_of(1, 5, 1);
    enum store_outcome out;
    const uint64_t keys[1][2] = { { 1, 0 } };
    int64_t value = 0;
    (void)put_video(&v);
    T_OK(store_count(fx.s, "c", 3, 9, NULL, &fx.e), &fx.e);
    struct store *s = open_again(true);
    T_RC("put", store_put(s, &schema_video, &v, 1, 0, &out, &fx.e), RC_DENIED,
         &fx.e);
    T_RC("delete", store_delete(s, &schema_video, keys, 1, 0, NULL, &fx.e),
         RC_DENIED, &fx.e);
    T_RC("count", store_count(s, "c", 1, 9, NULL, &fx.e), RC_DENIED, &fx.e);
    T_RC("document", store_doc_put(s, "d", 0, STR("x"), 0, NULL, &fx.e),
         RC_DENIED, &fx.e);
    T_U64("it reads", get_video(s, 1)->views, 5);
    T_OK(store_count(s, "c", 0, 9, &value, &fx.e), &fx.e);
    T_I64("a counter too", value, 3);
    struct store_pos pos = feed_now(s);
    v.views = 6;
    (void)put_video(&v);
    T_U64("it follows", feed_count(s, &pos), 1);
    T_U64("it sees", get_video(s, 1)->views, 6);
    store_close(s);
}
END_TEST

START_TEST(two_handles_see_each_other)
{
    if (!column->keeps)
        return;
    struct store *b = open_again(false);
    struct video v = video_of(1, 5, 1);
    enum store_outcome out;
    int64_t value;
    (void)put_video(&v);
    T_U64("b reads a's record", get_video(b, 1)->views, 5);
    T_OK(store_put(b, &schema_video, &v, 1, 0, &out, &fx.e), &fx.e);
    T_U64("b merges with it", out, STORE_UNCHANGED);
    T_OK(store_count(fx.s, "c", 4, 9, NULL, &fx.e), &fx.e);
    T_OK(store_count(b, "c", 5, 9, &value, &fx.e), &fx.e);
    T_I64("one counter", value, 9);
    T_OK(store_doc_put(b, "d", 0, STR("x"), 0, NULL, &fx.e), &fx.e);
    T_RC("one document", store_doc_put(fx.s, "d", 0, STR("y"), 0, NULL, &fx.e),
         RC_EXISTS, &fx.e);
    store_close(b);
}
END_TEST

static const TTest **const open_tests[] = {
    &what_is_not_there_is_not_made_unasked,
    &a_uri_that_means_nothing_is_refused, &a_reader_is_refused_every_write,
    &two_handles_see_each_other, NULL
};

const struct contract_case open_cases[] = { { "kinds", kind_tests },
                                            { "open", open_tests },
                                            { NULL, NULL } };
