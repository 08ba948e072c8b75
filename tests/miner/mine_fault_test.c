/* tests/miner/mine_fault_test.c - jobs against an API that misbehaves. */
#include "tests/miner/mine_kit.h"

#include <stdio.h>

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };

#define SOMETIMES(action)                                                      \
    "[{\"match\":{\"probability\":0.2},\"action\":{" action "}}]"
#define ALWAYS(action) "[{\"match\":{},\"action\":{" action "}}]"
#define NTH(method, n, action)                                                 \
    "[{\"match\":{\"method\":\"" method "\",\"nth\":" n                        \
    "},\"action\":{" action "}}]"

/* ---- faults that pass ---- */

static const struct {
    const char *name;
    const char *faults;
    int class; /* counted under this error, -1 = none */
    int days;  /* until the last trace is gone */
} passing[] = {
    /* clang-format off */
    { "server errors", SOMETIMES("\"status\":500,\"reason\":\"backendError\""), 2, 1 },
    { "server errors that ask to wait", SOMETIMES("\"status\":503,\"reason\":\"backendError\",\"retryAfter\":2"), 2, 1 },
    { "a proxy's HTML", SOMETIMES("\"status\":502,\"body\":\"<html>bad gateway\""), 2, 1 },
    { "HTML with status 200", SOMETIMES("\"status\":200,\"body\":\"<html>log in\""), 2, 1 },
    { "cut JSON", SOMETIMES("\"status\":200,\"body\":\"{\\\"items\\\":[{\\\"id\\\"\""), 2, 1 },
    { "an empty object", SOMETIMES("\"status\":200,\"body\":\"{}\""), 2, 1 },
    { "items that are no list", SOMETIMES("\"status\":200,\"body\":\"{\\\"items\\\":7}\""), 2, 1 },
    { "another kind of page", SOMETIMES("\"status\":200,\"body\":\"{\\\"kind\\\":\\\"youtube#searchListResponse\\\",\\\"items\\\":[]}\""), 2, 1 },
    { "a body cut on the way", SOMETIMES("\"cutAfterBytes\":60"), 0, 1 },
    { "a connection cut at once", SOMETIMES("\"cutAfterBytes\":0"), 0, 1 },
    { "a redirect elsewhere", SOMETIMES("\"redirect\":\"https://evil.example/\""), 2, 1 },
    { "too fast", SOMETIMES("\"status\":429,\"reason\":\"rateLimitExceeded\""), 3, 1 },
    { "too fast, by its old status", SOMETIMES("\"status\":403,\"reason\":\"userRateLimitExceeded\""), 3, 1 },
    { "an answer that drips", NTH("videos.list", "3", "\"dripBytesPerSecond\":20"), 1, 1 },
    { "an answer that does not come", NTH("playlistItems.list", "5", "\"delayMs\":4000"), 1, 1 },
    { "a stale page token", NTH("playlistItems.list", "30", "\"status\":400,\"reason\":\"invalidPageToken\""), 6, 1 },
    { "a wrong question once", NTH("videos.list", "4", "\"status\":400,\"reason\":\"invalidParameter\""), 6, 1 },
    { "a list that was gone for a week", NTH("playlistItems.list", "7", "\"status\":404,\"reason\":\"playlistNotFound\""), 7, 9 },
    { "a page of videos that leaves all out", NTH("videos.list", "2", "\"status\":200,\"body\":\"{\\\"kind\\\":\\\"youtube#videoListResponse\\\",\\\"items\\\":[]}\""), -1, 2 },
    { "a day that the server closes", NTH("videos.list", "9", "\"status\":403,\"reason\":\"quotaExceeded\""), 4, 2 },
    /* clang-format on */
};

/* Mine until nothing failed and nothing was left, for @days at least, and one
 * day more: a list whose question failed five times in a row (at one in five,
 * about one of 3,000) is no outcome of a video, and goes on the next day. */
static void mine_through(struct kit *k, const char *name, int days,
                         uint64_t *errors)
{
    for (int day = 1; day <= 20; day++) {
        int rc = kit_mine(k);
        ck_assert_msg(rc == RC_OK || rc == RC_DOWN, "%s: %s", name, k->e.msg);
        kit_check_report(k);
        for (int i = 0; i < MINE_ERROR_CLASSES; i++)
            errors[i] += k->r.errors[i].n;
        int64_t own = kit_own_ledger(k);
        int64_t sim = kit_sim_ledger(k, "general.spent");
        ck_assert_msg(own >= sim, "%s: %lld own units, %lld of the server",
                      name, (long long)own, (long long)sim);
        bool whole = rc == RC_OK && k->r.stopped_by == MINE_DONE;
        if (whole && !k->r.outcomes[MINE_FAILED] && day > days)
            return;
        kit_pass(k, DAY_S);
    }
    ck_abort_msg("%s: no end", name);
}

START_TEST(faults_that_pass_cost_units_but_no_videos)
{
    for (size_t i = 0; i < ARRAY_LEN(passing); i++) {
        struct kit k;
        struct kit_setup setup = { .videos = 1000,
                                   .channels = 20,
                                   .faults = passing[i].faults };
        uint64_t errors[MINE_ERROR_CLASSES] = { 0 };
        size_t n;
        kit_open(&k, &setup);
        k.o.refresh_after = DUR_S(5 * DAY_S);
        kit_add_channels(&k);
        struct kit_video *then = kit_truth(&k, &n);
        mine_through(&k, passing[i].name, passing[i].days, errors);
        kit_check_kept(&k, then, n);
        if (passing[i].class >= 0)
            T_TRUE(passing[i].name, errors[passing[i].class] > 0);
        free(then);
        kit_close(&k);
    }
}
END_TEST

/* ---- faults that do not ---- */

static const struct {
    const char *name;
    const char *faults;
    int rc;
    enum mine_stop stop;
    uint64_t requests_max;
    const char *says;
} lasting[] = {
    /* clang-format off */
    { "an API that is down", ALWAYS("\"status\":500,\"reason\":\"backendError\""), RC_DOWN, MINE_ERROR, 5, "backendError" },
    { "an API that is down for videos", "[{\"match\":{\"method\":\"videos.list\"},\"action\":{\"status\":503}}]", RC_DOWN, MINE_ERROR, 200, "in a row" },
    { "an API that is down for the last eight lists", "[{\"match\":{\"method\":\"playlistItems.list\",\"nth\":13,\"count\":1000},\"action\":{\"status\":503}}]", RC_DOWN, MINE_ERROR, 200, "in a row" },
    { "an API that refuses all about videos", "[{\"match\":{\"method\":\"videos.list\"},\"action\":{\"status\":400,\"reason\":\"invalidParameter\"}}]", RC_DOWN, MINE_ERROR, 60, "in a row" },
    { "an API that refuses each list", "[{\"match\":{\"method\":\"playlistItems.list\"},\"action\":{\"status\":400,\"reason\":\"playlistOperationUnsupported\"}}]", RC_OK, MINE_DONE, 21, "" },
    { "an API that asks for an hour", ALWAYS("\"status\":503,\"retryAfter\":3600"), RC_AGAIN, MINE_ERROR, 4, "3600 s" },
    { "a key that is refused later", NTH("videos.list", "5", "\"status\":400,\"reason\":\"keyInvalid\""), RC_DENIED, MINE_ERROR, 100, "keyInvalid" },
    { "a project without the API", NTH("channels.list", "1", "\"status\":403,\"reason\":\"accessNotConfigured\""), RC_DENIED, MINE_ERROR, 1, "accessNotConfigured" },
    { "a day that is used up", NTH("channels.list", "1", "\"status\":403,\"reason\":\"dailyLimitExceeded\""), RC_OK, MINE_QUOTA, 1, "" },
    /* clang-format on */
};

static int count_reports(void *ctx, const char *key, uint64_t version,
                         struct str body)
{
    (void)key, (void)version;
    int *n = ctx;
    if (!memmem(body.p, body.n, "\"stoppedBy\":null", 16))
        *n += 1;
    return RC_OK;
}

START_TEST(faults_that_last_end_the_job_with_a_report)
{
    for (size_t i = 0; i < ARRAY_LEN(lasting); i++) {
        const char *name = lasting[i].name;
        struct kit k;
        struct kit_setup setup = { .videos = 1000,
                                   .channels = 20,
                                   .faults = lasting[i].faults };
        int reports = 0;
        kit_open(&k, &setup);
        kit_add_channels(&k);
        int rc = kit_mine(&k);
        T_RC(name, rc, lasting[i].rc, &k.e);
        kit_check_report(&k);
        T_TRUE(name, k.r.requests <= lasting[i].requests_max);
        T_TRUE(name, strstr(k.e.msg, lasting[i].says));
        T_TRUE(name, !strstr(k.r.why, KIT_KEY));
        T_OK(report_each(k.store, 10, count_reports, &reports, &k.e), &k.e);
        T_I64(name, reports, 1);
        kit_close(&k);
    }
}
END_TEST

START_TEST(a_wait_that_is_asked_for_is_the_least)
{
    struct kit k;
    struct kit_setup setup = { .videos = 40,
                               .channels = 2,
                               .faults = NTH("*", "1",
                                             "\"status\":503,"
                                             "\"retryAfter\":30") };
    kit_open(&k, &setup);
    kit_add_channels(&k);
    T_OK(kit_mine(&k), &k.e);
    T_I64("done", k.r.stopped_by, MINE_DONE);
    T_TRUE("30 s", k.r.ended.ms - k.r.begun.ms >= 30 * 1000);
    kit_close(&k);
}
END_TEST

/* All connections fail together, the fastest of them twice: of 75 requests
 * without an answer at most 32 are tries of questions still open, so 9
 * questions at least have failed, in a row, and 15 at most. */
START_TEST(an_outage_that_all_connections_meet_passes)
{
    struct kit k;
    struct kit_setup setup = {
        .videos = 1000,
        .channels = 4,
        .faults = "[{\"match\":{\"method\":\"videos.list\",\"nth\":1,"
                  "\"count\":75},\"action\":{\"status\":503}}]"
    };
    kit_open(&k, &setup);
    k.o.threads = 8;
    kit_add_channels(&k);
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    T_I64("done", k.r.stopped_by, MINE_DONE);
    T_TRUE("failed", k.r.outcomes[MINE_FAILED] > 0);
    kit_close(&k);
}
END_TEST

/* Questions that fail, 9 of them, with one between that does not: no nine
 * in a row, so nothing says that the API is down. */
START_TEST(an_api_that_answers_now_and_then_is_not_down)
{
    enum { TRIES = 5, FAILING = 9 };
    struct buf faults = BUF_INIT(4096);
    for (int i = 0; i < FAILING; i++)
        buf_f(&faults,
              "%s{\"match\":{\"method\":\"videos.list\",\"nth\":%d,"
              "\"count\":%d},\"action\":{\"status\":503}}",
              i ? "," : "[", 1 + i * (TRIES + 1), TRIES);
    buf_z(&faults, "]");
    buf_c(&faults, '\0');
    struct kit k;
    struct kit_setup setup = { .videos = 1000,
                               .channels = 4,
                               .faults = faults.p };
    kit_open(&k, &setup);
    k.o.threads = 1;
    kit_add_channels(&k);
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    T_I64("done", k.r.stopped_by, MINE_DONE);
    T_U64("failed", k.r.outcomes[MINE_FAILED], FAILING * 50);
    buf_fini(&faults);
    kit_close(&k);
}
END_TEST

/* ---- answers that tell something else ---- */

enum { OWN_VIEWS = 1234567 };

/* An answer about @id, twice, and about @other, and something unreadable. */
static void put_odd_answer(char *out, size_t cap, uint64_t id, uint64_t other)
{
    char a[VID_TEXT], b[VID_TEXT];
    vid_text(id, a);
    vid_text(other, b);
#define ITEM                                                                   \
    "{\\\"id\\\":\\\"%s\\\",\\\"statistics\\\":"                               \
    "{\\\"viewCount\\\":\\\"%d\\\",\\\"likeCount\\\":\\\"1\\\"}},"
    snprintf(out, cap,
             "[{\"match\":{\"method\":\"videos.list\",\"nth\":1},"
             "\"action\":{\"status\":200,\"body\":\""
             "{\\\"kind\\\":\\\"youtube#videoListResponse\\\","
             "\\\"items\\\":[" ITEM ITEM ITEM "7]}\"}}]",
             a, OWN_VIEWS, a, OWN_VIEWS + 1, b, OWN_VIEWS);
#undef ITEM
}

START_TEST(what_nobody_asked_for_is_left_out)
{
    struct kit k;
    struct kit_setup setup = { .videos = 40, .channels = 2 };
    struct source only[2] = { { .kind = SOURCE_VIDEO },
                              { .kind = SOURCE_VIDEO } };
    char faults[1024];
    size_t n;
    kit_open(&k, &setup);
    struct kit_video *truth = kit_truth(&k, &n);
    kit_close(&k);
    put_odd_answer(faults, sizeof(faults), truth[0].id, truth[2].id);
    setup.faults = faults;
    kit_open(&k, &setup);
    vid_text(truth[0].id, only[0].ref);
    vid_text(truth[1].id, only[1].ref);
    k.o.only = only;
    k.o.n_only = 2;
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    T_U64("answered", k.r.outcomes[MINE_NEW], 1);
    T_U64("behind what could not be read", k.r.outcomes[MINE_FAILED], 1);
    struct kit_video *stored = kit_stored(&k, &n);
    T_U64("stored", n, 1);
    T_U64("the asked one", stored[0].id, truth[0].id);
    T_U64("as told first", stored[0].views, OWN_VIEWS);
    free(stored);
    free(truth);
    kit_close(&k);
}
END_TEST

START_TEST(an_unreadable_item_does_not_hide_that_another_is_gone)
{
    struct kit k;
    struct kit_setup setup = { .videos = 40, .channels = 2 };
    struct source only[2] = { { .kind = SOURCE_VIDEO },
                              { .kind = SOURCE_VIDEO } };
    char faults[400], id[VID_TEXT];
    size_t n;
    kit_open(&k, &setup);
    struct kit_video *truth = kit_truth(&k, &n);
    kit_close(&k);
    snprintf(faults, sizeof(faults),
             "[{\"match\":{\"method\":\"videos.list\",\"nth\":1},"
             "\"action\":{\"status\":200,\"body\":\"{\\\"kind\\\":"
             "\\\"youtube#videoListResponse\\\",\\\"items\\\":["
             "{\\\"id\\\":\\\"%s\\\",\\\"statistics\\\":"
             "{\\\"viewCount\\\":\\\"-5\\\"}}]}\"}}]",
             vid_text(truth[0].id, id));
    setup.faults = faults;
    kit_open(&k, &setup);
    vid_text(truth[0].id, only[0].ref);
    vid_text(truth[1].id, only[1].ref);
    k.o.only = only;
    k.o.n_only = 2;
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    T_U64("the unreadable one", k.r.outcomes[MINE_FAILED], 1);
    T_U64("the one left out", k.r.outcomes[MINE_GONE], 1);
    free(truth);
    kit_close(&k);
}
END_TEST

/* One item more than were asked for would not fit where answers are put. */
START_TEST(an_answer_with_too_many_items_is_no_answer)
{
    struct buf faults = BUF_INIT(1 << 16);
    buf_z(&faults, "[{\"match\":{\"method\":\"videos.list\",\"nth\":1},"
                   "\"action\":{\"status\":200,\"body\":\""
                   "{\\\"kind\\\":\\\"youtube#videoListResponse\\\","
                   "\\\"items\\\":[");
    for (int i = 0; i < 51; i++)
        buf_f(&faults, "%s{\\\"id\\\":\\\"aaaaaaaaa%02dA\\\"}", i ? "," : "",
              i);
    buf_z(&faults, "]}\"}}]");
    buf_c(&faults, '\0');
    struct kit k;
    struct kit_setup setup = { .videos = 40,
                               .channels = 1,
                               .faults = faults.p };
    kit_open(&k, &setup);
    kit_add_channels(&k);
    T_OK(kit_mine(&k), &k.e);
    T_U64("a server error", k.r.errors[2].n, 1);
    T_U64("gone", k.r.outcomes[MINE_GONE], 0);
    T_U64("failed", k.r.outcomes[MINE_FAILED], 0);
    kit_check_report(&k);
    buf_fini(&faults);
    kit_close(&k);
}
END_TEST

static int count_channel(void *ctx, const void *rec)
{
    (void)rec;
    ++*(int *)ctx;
    return RC_OK;
}

static int count_gone(void *ctx, const struct source *src)
{
    *(int *)ctx += src->gone_since != 0;
    return RC_OK;
}

/* The channel asked for is behind what could not be read: not gone. */
START_TEST(a_channel_that_nobody_asked_for_is_left_out)
{
    struct kit k;
    int channels = 0, gone = 0;
    struct kit_setup setup = {
        .videos = 40,
        .channels = 1,
        .faults = "[{\"match\":{\"method\":\"channels.list\",\"nth\":1},"
                  "\"action\":{\"status\":200,\"body\":\""
                  "{\\\"kind\\\":\\\"youtube#channelListResponse\\\","
                  "\\\"items\\\":[7,{\\\"id\\\":"
                  "\\\"UCaaaaaaaaaaaaaaaaaaaaaA\\\"}]}\"}}]"
    };
    kit_open(&k, &setup);
    kit_add_channels(&k);
    T_OK(kit_mine(&k), &k.e);
    T_U64("one question", k.r.requests, 1);
    T_OK(store_scan(k.store, &schema_channel, ~UINT64_C(0), NULL, count_channel,
                    &channels, &k.e),
         &k.e);
    T_I64("channels stored", channels, 0);
    T_OK(source_each(k.store, count_gone, &gone, &k.e), &k.e);
    T_I64("sources gone", gone, 0);
    T_OK(kit_mine(&k), &k.e);
    kit_check_truth(&k);
    kit_close(&k);
}
END_TEST

/* The first two answers about the channel at @id tell no video; the list,
 * when it is asked for, is not there the first time. */
static void put_empty_channel(char *out, size_t cap, const char *id)
{
    snprintf(out, cap,
             "[{\"match\":{\"method\":\"channels.list\",\"nth\":1,"
             "\"count\":2},\"action\":{\"status\":200,\"body\":\""
             "{\\\"kind\\\":\\\"youtube#channelListResponse\\\","
             "\\\"items\\\":[{\\\"id\\\":\\\"%s\\\","
             "\\\"statistics\\\":{\\\"videoCount\\\":\\\"0\\\"}}]}\"}},"
             "{\"match\":{\"method\":\"playlistItems.list\",\"nth\":1},"
             "\"action\":{\"status\":404,\"reason\":\"playlistNotFound\"}}]",
             id);
}

/* Nor when its list, last known to be empty, is older than any other is let
 * become. */
START_TEST(a_channel_without_videos_is_not_gone)
{
    struct kit k;
    struct kit_setup setup = { .videos = 40, .channels = 1 };
    char faults[1024], id[CID_TEXT];
    size_t n;
    kit_open(&k, &setup);
    struct kit_video *truth = kit_truth(&k, &n);
    cid_text(truth[0].channel, id);
    free(truth);
    kit_close(&k);
    put_empty_channel(faults, sizeof(faults), id);
    setup.faults = faults;
    kit_open(&k, &setup);
    kit_add_channels(&k);
    for (int month = 0; month < 2; month++) {
        int gone = 0;
        T_OK(kit_mine(&k), &k.e);
        T_U64("the channel is all that is asked for", k.r.requests, 1);
        T_OK(source_each(k.store, count_gone, &gone, &k.e), &k.e);
        T_I64("sources gone", gone, 0);
        kit_pass(&k, 30 * DAY_S);
    }
    kit_close(&k);
}
END_TEST

/* ---- a store that fails ---- */

static void open_in_memory(struct kit *k, const struct kit_setup *setup)
{
    struct store_options so = {
        .uri = "mem:", .create = true, .kind = STORE_LOCAL, .clk = &k->clock.clk
    };
    kit_open(k, setup);
    store_close(k->store);
    T_OK(store_open(&k->store, &so, &k->e), &k->e);
    k->o.store = k->ledger.store = k->store;
    kit_add_channels(k);
}

/* Each write of a job in turn, until a job needs fewer of them; the next job
 * completes what it left. */
START_TEST(a_store_that_fails_ends_the_job)
{
    struct kit_setup setup = { .videos = 200, .channels = 4 };
    int rc = RC_IO;
    for (uint64_t nth = 1; rc; nth++) {
        struct kit k;
        open_in_memory(&k, &setup);
        store_mem_fail(k.store, nth, RC_IO);
        rc = kit_mine(&k);
        kit_check_report(&k);
        if (rc)
            T_RC("the store's own error", rc, RC_IO, &k.e);
        store_mem_fail(k.store, 0, RC_OK);
        kit_pass(&k, 61); /* the lease may not have been given back */
        k.o.refresh_after = DUR_S(60);
        T_OK(kit_mine(&k), &k.e);
        kit_check_truth(&k);
        kit_close(&k);
    }
}
END_TEST

/* Each second page is refused, also after the list was begun again. */
START_TEST(a_page_token_that_stays_stale_is_given_up)
{
    struct kit k;
    struct kit_setup setup = {
        .videos = 300,
        .channels = 1,
        .faults = "[{\"match\":{\"method\":\"playlistItems.list\","
                  "\"every\":2},\"action\":{\"status\":400,"
                  "\"reason\":\"invalidPageToken\"}}]"
    };
    kit_open(&k, &setup);
    kit_add_channels(&k);
    T_OK(kit_mine(&k), &k.e);
    kit_check_report(&k);
    T_I64("done", k.r.stopped_by, MINE_DONE);
    T_I64("pages", k.r.units_by_method[QUOTA_PLAYLIST_ITEMS], 4);
    kit_close(&k);
}
END_TEST

static int make_stale(void *ctx, const struct source *src)
{
    struct kit *k = ctx;
    struct source s = *src;
    s.walking = true;
    snprintf(s.page_token, sizeof(s.page_token), "stale");
    return source_save(k->store, &s, 0, &k->e);
}

static int forget_count(void *ctx, const struct source *src)
{
    struct kit *k = ctx;
    struct source s = *src;
    s.list_count = 0;
    return source_save(k->store, &s, 0, &k->e);
}

/* A walked list that is missing when its channel's count changed. */
START_TEST(a_list_that_is_back_is_read_though_the_count_stayed)
{
    struct kit k;
    struct kit_setup setup = { .videos = 40,
                               .channels = 1,
                               .faults = NTH("playlistItems.list", "2",
                                             "\"status\":404,\"reason\":"
                                             "\"playlistNotFound\"") };
    kit_open(&k, &setup);
    kit_add_channels(&k);
    T_OK(kit_mine(&k), &k.e);
    T_OK(source_each(k.store, forget_count, &k, &k.e), &k.e);
    kit_pass(&k, DAY_S);
    T_OK(kit_mine(&k), &k.e);
    T_U64("missing", k.r.errors[7].n, 1);
    kit_pass(&k, 8 * DAY_S);
    T_OK(kit_mine(&k), &k.e);
    T_I64("read", k.r.units_by_method[QUOTA_PLAYLIST_ITEMS], 1);
    kit_close(&k);
}
END_TEST

/* As after a day whose quota ended in the midst of all lists. */
START_TEST(lists_whose_tokens_all_became_stale_are_read_from_the_start)
{
    enum { CHANNELS = 20 };
    struct kit k;
    struct kit_setup setup = { .videos = 1000, .channels = CHANNELS };
    kit_open(&k, &setup);
    kit_add_channels(&k);
    k.o.units_max = 1; /* the channels */
    T_OK(kit_mine(&k), &k.e);
    k.o.units_max = 0;
    T_OK(source_each(k.store, make_stale, &k, &k.e), &k.e);
    int64_t pages = kit_least_pages(&k);
    T_OK(kit_mine(&k), &k.e);
    T_I64("done", k.r.stopped_by, MINE_DONE);
    T_U64("refused", k.r.errors[6].n, CHANNELS);
    T_I64("each list once more", k.r.units_by_method[QUOTA_PLAYLIST_ITEMS],
          CHANNELS + pages);
    kit_check_truth(&k);
    kit_close(&k);
}
END_TEST

/* Pages of one video that never come to an end. */
#define PAGE(match, token)                                                     \
    "{\"match\":{\"method\":\"playlistItems.list\"" match                      \
    "},\"action\":{\"status\":200,\"body\":\""                                 \
    "{\\\"kind\\\":\\\"youtube#playlistItemListResponse\\\","                  \
    "\\\"nextPageToken\\\":\\\"" token "\\\","                                 \
    "\\\"pageInfo\\\":{\\\"totalResults\\\":2},"                               \
    "\\\"items\\\":[{\\\"contentDetails\\\":"                                  \
    "{\\\"videoId\\\":\\\"aaaaaaaaaaA\\\"}}]}\"}}"
#define TEXT_64                                                                \
    "0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
    const char *name;
    const char *faults;
    int64_t pages;
} endless[] = {
    /* clang-format off */
    { "a token that names its own page", "[" PAGE("", "A") "]", 2 },
    { "two tokens that name each other's page", "[" PAGE(",\"every\":2", "A") "," PAGE("", "B") "]", 500 },
    { "a token that is too long", "[" PAGE("", TEXT_64 TEXT_64 TEXT_64 TEXT_64) "]", 1 },
    /* clang-format on */
};

START_TEST(a_list_without_an_end_is_left_once)
{
    for (size_t i = 0; i < ARRAY_LEN(endless); i++) {
        const char *name = endless[i].name;
        struct kit k;
        struct kit_setup setup = { .videos = 40,
                                   .channels = 1,
                                   .faults = endless[i].faults };
        open_in_memory(&k, &setup);
        T_OK(kit_mine(&k), &k.e);
        T_I64(name, k.r.units_by_method[QUOTA_PLAYLIST_ITEMS],
              endless[i].pages);
        T_OK(kit_mine(&k), &k.e);
        T_I64(name, k.r.units_by_method[QUOTA_PLAYLIST_ITEMS], 0);
        kit_close(&k);
    }
}
END_TEST

T_SUITE("miner.mine_fault", 300, faults_that_pass_cost_units_but_no_videos,
        faults_that_last_end_the_job_with_a_report,
        a_wait_that_is_asked_for_is_the_least,
        an_outage_that_all_connections_meet_passes,
        an_api_that_answers_now_and_then_is_not_down,
        what_nobody_asked_for_is_left_out,
        an_unreadable_item_does_not_hide_that_another_is_gone,
        an_answer_with_too_many_items_is_no_answer,
        a_channel_that_nobody_asked_for_is_left_out,
        a_channel_without_videos_is_not_gone, a_store_that_fails_ends_the_job,
        a_page_token_that_stays_stale_is_given_up,
        a_list_that_is_back_is_read_though_the_count_stayed,
        lists_whose_tokens_all_became_stale_are_read_from_the_start,
        a_list_without_an_end_is_left_once)
