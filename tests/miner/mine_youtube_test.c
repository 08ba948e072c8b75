/* tests/miner/mine_youtube_test.c - questions, refusals and lists' names. */
#include "miner/youtube_priv.h"
#include "tests/t.h"

#include <stdio.h>

/* ---- refusals ---- */

#define BODY(code, reason)                                                     \
    "{\"error\":{\"code\":" code                                               \
    ",\"message\":\"x\",\"errors\":[{\"reason\":\"" reason "\"}]}}"
#define LIMIT(reason, text)                                                    \
    "{\"error\":{\"message\":\"" text "\",\"status\":\"RESOURCE_EXHAUSTED\","  \
    "\"errors\":[{\"reason\":\"" reason "\"}],\"details\":[{\"reason\":"       \
    "\"RATE_LIMIT_EXCEEDED\"}]}}"

static const struct {
    const char *name;
    int status;
    const char *body;
    enum yt_class class;
} refusals[] = {
    /* clang-format off */
    { "the day's quota, as the docs promise it", 403, BODY("403", "quotaExceeded"), YT_QUOTA },
    { "the day's quota by its old name", 403, BODY("403", "dailyLimitExceeded"), YT_QUOTA },
    { "an exhausted bucket under the name of a rate", 429,
      LIMIT("rateLimitExceeded", "Quota exceeded for quota metric 'Search Queries' and limit 'Search Queries per day'"), YT_QUOTA },
    { "a minute's limit is a rate", 429,
      LIMIT("rateLimitExceeded", "limit 'Queries per minute' exceeded"), YT_RATE },
    { "a minute's limit under the name of a quota", 403,
      LIMIT("quotaExceeded", "limit 'Queries per minute' exceeded"), YT_RATE },
    { "quota with a rate in the details is the day's", 403,
      LIMIT("quotaExceeded", "you have exceeded your quota"), YT_QUOTA },
    { "a user's rate", 403, BODY("403", "userRateLimitExceeded"), YT_RATE },
    { "429 without any word", 429, "{\"error\":{\"code\":429}}", YT_RATE },
    { "429 as a page of HTML", 429, "<html>", YT_RATE },
    { "a backend error", 503, BODY("503", "backendError"), YT_SERVER },
    { "500 without a body", 500, "", YT_SERVER },
    { "a proxy's page", 404, "<html><b>404</b>", YT_SERVER },
    { "a captive portal's refusal", 403, "<html>log in", YT_SERVER },
    { "a bad key", 400, BODY("400", "keyInvalid"), YT_KEY },
    { "a bad key behind a bad request", 400,
      "{\"error\":{\"errors\":[{\"reason\":\"badRequest\"}],\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}", YT_KEY },
    { "a service that is switched off", 403,
      "{\"error\":{\"errors\":[{\"reason\":\"forbidden\"}],\"details\":[{\"reason\":\"SERVICE_DISABLED\"}]}}", YT_KEY },
    { "a missing login", 401, BODY("401", "authorizationRequired"), YT_KEY },
    { "401 in unknown words", 401, BODY("401", "brandNew"), YT_KEY },
    { "no key at all", 403,
      "{\"error\":{\"message\":\"Method doesn't allow unregistered callers\",\"errors\":[{\"reason\":\"forbidden\"}]}}", YT_KEY },
    { "a stale page token", 400, BODY("400", "invalidPageToken"), YT_REQUEST },
    { "an unknown 400", 400, BODY("400", "brandNew"), YT_REQUEST },
    { "an unknown 403", 403, BODY("403", "forbidden"), YT_REQUEST },
    { "a chart that is not there is a wrong question", 404, BODY("404", "videoChartNotFound"), YT_REQUEST },
    { "a list that is not there", 404, BODY("404", "playlistNotFound"), YT_GONE },
    { "a list nobody may read", 403, BODY("403", "playlistItemsNotAccessible"), YT_GONE },
    { "a closed channel", 403, BODY("403", "channelClosed"), YT_GONE },
    { "an unknown 404 of the API", 404, BODY("404", "brandNew"), YT_GONE },
    { "an unknown 502 of the API", 502, BODY("502", "brandNew"), YT_SERVER },
    { "an error that is a text", 400, "{\"error\":\"bad\"}", YT_REQUEST },
    { "a redirect without a place", 304, "", YT_SERVER },
    /* clang-format on */
};

START_TEST(refusals_are_classed)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct decode_error d;
        decode_error(str_of(refusals[i].body), &d);
        enum yt_class got = yt_classify(refusals[i].status, &d);
        ck_assert_msg(got == refusals[i].class, "%s: got %s, want %s",
                      refusals[i].name, yt_class_name(got),
                      yt_class_name(refusals[i].class));
    }
}
END_TEST

START_TEST(only_what_passes_by_itself_is_asked_again)
{
    static const bool passes[YT_ERRORS] = {
        [YT_NETWORK] = true,
        [YT_TIMEOUT] = true,
        [YT_SERVER] = true,
        [YT_RATE] = true,
    };
    for (int c = 0; c < YT_ERRORS; c++)
        T_TRUE(yt_class_name((enum yt_class)c),
               yt_class_passes((enum yt_class)c) == passes[c]);
    T_TRUE("ok", !yt_class_passes(YT_OK));
    T_TRUE("stopped", !yt_class_passes(YT_STOPPED));
}
END_TEST

/* ---- queries ---- */

static bool has(const struct buf *b, const char *part)
{
    return memmem(b->p, b->n, part, strlen(part)) != NULL;
}

START_TEST(fifty_ids_make_one_short_query)
{
    uint64_t ids[YT_BATCH];
    struct buf b = BUF_INIT(8192);
    struct err e;
    for (uint64_t i = 0; i < YT_BATCH; i++)
        ids[i] = UINT64_MAX - i;
    yt_videos_query(&b, ids, YT_BATCH);
    T_OK(buf_check(&b, "query", &e), &e);
    T_TRUE("parts",
           has(&b, "part=snippet%2CcontentDetails%2Cstatistics%2Cstatus&"));
    T_TRUE("first id", has(&b, "&id=__________8%2C"));
    T_TRUE("fields", has(&b, "&fields=kind%2Citems%28id%2C"));
    T_TRUE("counts", has(&b, "statistics%2FviewCount"));
    T_TRUE("no thumbnails", !has(&b, "thumbnails"));
    T_TRUE("compact", has(&b, "prettyPrint=false"));
    T_TRUE("fits a request line", b.n < 4096);
    buf_fini(&b);
}
END_TEST

START_TEST(a_query_does_not_keep_the_one_before)
{
    struct buf b = BUF_INIT(8192);
    yt_handle_query(&b, "@a&b");
    T_TRUE("encoded", has(&b, "forHandle=%40a%26b&"));
    yt_page_query(&b, "UUx", "");
    T_TRUE("no handle", !has(&b, "forHandle"));
    T_TRUE("no token", !has(&b, "pageToken"));
    yt_page_query(&b, "UUx", "CAUQAA");
    T_TRUE("token", has(&b, "&pageToken=CAUQAA&"));
    buf_fini(&b);
}
END_TEST

START_TEST(uploads_lists_and_channels_name_each_other)
{
    struct cid id, back;
    struct err e;
    char list[YT_LIST_TEXT];
    T_OK(cid_parse(STR("UC_x5XG1OV2P6uZZ5FSM9Ttw"), &id, &e), &e);
    yt_uploads(id, list);
    T_STR("list", str_of(list), "UU_x5XG1OV2P6uZZ5FSM9Ttw");
    T_TRUE("back", yt_channel_of_uploads(list, &back) && cid_eq(id, back));
    T_TRUE("a playlist",
           !yt_channel_of_uploads("PL_x5XG1OV2P6uZZ5FSM9Ttw", &back));
    T_TRUE("cut", !yt_channel_of_uploads("UU_x5XG1OV2P6uZZ5FSM9Tt", &back));
    T_TRUE("empty", !yt_channel_of_uploads("", &back));
}
END_TEST

T_SUITE("miner.youtube", 20, refusals_are_classed,
        only_what_passes_by_itself_is_asked_again,
        fifty_ids_make_one_short_query, a_query_does_not_keep_the_one_before,
        uploads_lists_and_channels_name_each_other)
