/*
 * One request, one answer: what is refused and how, what it costs, which ids
 * and keys come back. Rules of sim/service.c, sim/answer_videos.c,
 * sim/answer_channels.c, sim/item_video.c, sim/errors.c.
 */
#include "tests/sim/sim_t.h"

#include "base/cal.h"

#include <stdio.h>
#include <string.h>

#define CHANNEL     "UCAAAAAAAAAAAAAAAAAAAAAA"
#define PLAYLIST    "UUAAAAAAAAAAAAAAAAAAAAAA"
#define ID          "AAAAAAAAAAA"
#define TEN         ID "," ID "," ID "," ID "," ID "," ID "," ID "," ID "," ID "," ID
#define FIFTY       TEN "," TEN "," TEN "," TEN "," TEN
#define MONTH_AFTER "2026-12-20T08:00:00Z"

static struct service s;

static void setup(void)
{
    t_service(&s, 3000, 60);
}

static void teardown(void)
{
    t_service_fini(&s);
}

/* ---- refusals ---- */

/* clang-format off */
static const struct {
    const char *name, *target;
    int status;
    const char *reason, *location; /* location NULL = none */
} refusals[] = {
    { "no part",             "videos?id=" ID,              400, "missingRequiredParameter", "part" },
    { "an empty part",       "videos?part=&id=" ID,        400, "missingRequiredParameter", "part" },
    { "an unknown part",     "videos?part=id,colour&id=" ID, 400, "unknownPart", "part" },
    { "a part of another method", "videos?part=brandingSettings&id=" ID, 400, "unknownPart", "part" },
    { "a part of the owner", "videos?part=fileDetails&id=" ID, 403, "forbidden", "part" },
    { "no filter",           "videos?part=id",             400, "missingRequiredParameter", "parameters." },
    { "an empty filter",     "videos?part=id&id=",         400, "missingRequiredParameter", "parameters." },
    { "two filters",         "videos?part=id&id=" ID "&chart=mostPopular", 400, "incompatibleParameters", "parameters." },
    { "ids have no pages",   "videos?part=id&id=" ID "&pageToken=x", 400, "incompatibleParameters", "parameters." },
    { "51 ids",              "videos?part=id&id=" FIFTY "," ID, 400, "invalidParameter", "id" },
    { "my rating",           "videos?part=id&myRating=like", 401, "authorizationRequired", "Authorization" },
    { "a chart of nothing",  "videos?part=id&chart=mostPopular&videoCategoryId=3", 404, "videoChartNotFound", "chart" },
    { "51 results",          "videos?part=id&chart=mostPopular&maxResults=51", 400, "invalidParameter", "maxResults" },
    { "a chart's bad token", "videos?part=id&chart=mostPopular&pageToken=CAUQAA", 400, "invalidPageToken", "pageToken" },
    { "an unknown parameter", "videos?part=id&id=" ID "&ids=" ID, 400, "badRequest", "parameters." },
    { "a bad selector",      "videos?part=id&id=" ID "&fields=items(id", 400, "invalidParameter", "fields" },
    { "an unknown name",     "videos?part=id&id=" ID "&fields=items/colour", 400, "invalidParameter", "fields" },
    { "51 ids of statistics", "videos:batchGetStats?part=id&id=" FIFTY "," ID, 400, "invalidParameter", "id" },
    { "statistics of nothing", "videos:batchGetStats?part=id", 400, "missingRequiredParameter", "id" },
    { "channels: no filter", "channels?part=id",           400, "missingRequiredParameter", "parameters." },
    { "channels: two filters", "channels?part=id&id=" CHANNEL "&forHandle=@a", 400, "invalidCriteria", "parameters." },
    { "channels: mine",      "channels?part=id&mine=true", 401, "authorizationRequired", "Authorization" },
    { "items: no list",      "playlistItems?part=id",      400, "missingRequiredParameter", "parameters." },
    { "items: unknown list", "playlistItems?part=id&playlistId=" PLAYLIST, 404, "playlistNotFound", "playlistId" },
    { "items: not an uploads list", "playlistItems?part=id&playlistId=PL0123456789", 404, "playlistNotFound", "playlistId" },
    { "search: a filter without a type", "search?part=snippet&q=a&videoDuration=long", 400, "invalidSearchFilter", "videoDuration" },
    { "search: a bad token", "search?part=snippet&q=a&pageToken=CAUQAA", 400, "invalidPageToken", "pageToken" },
};
/* clang-format on */

START_TEST(refusals_name_their_reason)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct jsonr *v =
            t_json(&s, refusals[i].target, NULL, refusals[i].status);
        const struct jsonr *first = jsonr_item(jsonr_get(v, "error.errors"), 0);
        uint64_t code = 0;
        T_STR(refusals[i].name, t_reason(v), refusals[i].reason);
        T_STR(refusals[i].name, t_text(first, "location"),
              refusals[i].location);
        T_TRUE(refusals[i].name, jsonr_u64(jsonr_get(v, "error.code"), &code));
        T_I64(refusals[i].name, (int)code, refusals[i].status);
        T_TRUE(refusals[i].name, t_text(v, "error.message").n > 0);
        T_TRUE(refusals[i].name, t_text(first, "domain").n > 0);
        jsonr_close(v);
        T_I64(refusals[i].name,
              t_spent(&s, LEDGER_GENERAL) + t_spent(&s, LEDGER_SEARCH) +
                  t_spent(&s, LEDGER_BATCH_STATS),
              (int64_t)i + 1);
    }
}
END_TEST

/* A request with any verb, key and path. */
static int ask(const char *verb, const char *target, const char *key,
               const char *if_none_match, struct answer *ret)
{
    struct str path, query = str_of(target);
    (void)str_split(&query, '?', &path);
    struct request r = { .verb = str_of(verb),
                         .path = path,
                         .query = query,
                         .key = str_of(key),
                         .if_none_match = str_of(if_none_match) };
    service_answer(&s, &r, ret);
    return ret->status;
}

static int status_of(const char *verb, const char *target, const char *key)
{
    struct answer a;
    int status = ask(verb, target, key, NULL, &a);
    answer_fini(&a);
    return status;
}

/* clang-format off */
static const struct {
    const char *name, *verb, *target, *key;
    int status;
    int64_t general, search, stats; /* units charged */
} prices[] = {
    { "ids, none of them known", "GET", "/youtube/v3/videos?part=id&id=" ID, "k", 200, 1, 0, 0 },
    { "the key as a parameter", "GET", "/youtube/v3/videos?part=id&id=" ID "&key=k", NULL, 200, 1, 0, 0 },
    { "the header wins",       "GET", "/youtube/v3/videos?part=id&id=" ID "&key=k", "x", 400, 0, 0, 0 },
    { "channels",              "GET", "/youtube/v3/channels?part=id&id=" CHANNEL, "k", 200, 1, 0, 0 },
    { "a search",              "GET", "/youtube/v3/search?part=snippet&q=a", "k", 200, 0, 1, 0 },
    { "a wrong search",        "GET", "/youtube/v3/search?part=colour", "k", 400, 0, 1, 0 },
    { "statistics",            "GET", "/youtube/v3/videos:batchGetStats?part=id&id=" ID, "k", 200, 0, 0, 1 },
    { "no key",                "GET", "/youtube/v3/videos?part=id&id=" ID, NULL, 403, 0, 0, 0 },
    { "an empty key",          "GET", "/youtube/v3/videos?part=id&id=" ID, "", 403, 0, 0, 0 },
    { "a longer key",          "GET", "/youtube/v3/videos?part=id&id=" ID, "kk", 400, 0, 0, 0 },
    { "a bad escape",          "GET", "/youtube/v3/videos?part=id&id=%4", "k", 400, 0, 0, 0 },
    { "an unknown method",     "GET", "/youtube/v3/captions?part=id", "k", 404, 0, 0, 0 },
    { "another version",       "GET", "/youtube/v2/videos?part=id", "k", 404, 0, 0, 0 },
    { "nothing",               "GET", "/", "k", 404, 0, 0, 0 },
    { "another verb",          "POST", "/youtube/v3/videos?part=id&id=" ID, "k", 405, 0, 0, 0 },
    { "the ledger",            "GET", "/_sim/ledger", NULL, 200, 0, 0, 0 },
    { "writing to the ledger", "POST", "/_sim/ledger", NULL, 405, 0, 0, 0 },
};
/* clang-format on */

START_TEST(requests_cost_what_they_should)
{
    for (size_t i = 0; i < ARRAY_LEN(prices); i++) {
        int64_t general = t_spent(&s, LEDGER_GENERAL);
        int64_t search = t_spent(&s, LEDGER_SEARCH);
        int64_t stats = t_spent(&s, LEDGER_BATCH_STATS);
        T_I64(prices[i].name,
              status_of(prices[i].verb, prices[i].target, prices[i].key),
              prices[i].status);
        T_I64(prices[i].name, t_spent(&s, LEDGER_GENERAL) - general,
              prices[i].general);
        T_I64(prices[i].name, t_spent(&s, LEDGER_SEARCH) - search,
              prices[i].search);
        T_I64(prices[i].name, t_spent(&s, LEDGER_BATCH_STATS) - stats,
              prices[i].stats);
    }
}
END_TEST

/* ---- error bodies ---- */

/* The body of @target, as sent, is @want with '"' for '\''. */
static void check_body(const char *name, const char *target, const char *key,
                       const char *want)
{
    struct answer a;
    (void)ask("GET", target, key, NULL, &a);
    for (size_t i = 0; i < a.body.n; i++)
        if (a.body.p[i] == '"')
            a.body.p[i] = '\'';
    T_STR(name, buf_view(&a.body), want);
    answer_fini(&a);
}

#define VIDEOS "/youtube/v3/videos?part=id&id=" ID "&prettyPrint=false"
#define SEARCH "/youtube/v3/search?part=snippet&q=a&prettyPrint=false"

START_TEST(bodies_are_those_of_the_service)
{
    for (int b = 0; b < LEDGER_BUCKETS; b++)
        s.ledger.limit[b] = 0;
    check_body("the general bucket is used up", VIDEOS, "k",
               "{'error':{'code':403,'message':'The request cannot be "
               "completed because you have exceeded your <a "
               "href=\\'/youtube/v3/getting-started#quota\\'>quota</a>.',"
               "'errors':[{'message':'The request cannot be completed because "
               "you have exceeded your <a "
               "href=\\'/youtube/v3/getting-started#quota\\'>quota</a>.',"
               "'domain':'youtube.quota','reason':'quotaExceeded'}]}}");
    check_body("without a list of errors", VIDEOS "&$.xgafv=2", "k",
               "{'error':{'code':403,'message':'The request cannot be "
               "completed because you have exceeded your <a "
               "href=\\'/youtube/v3/getting-started#quota\\'>quota</a>.'}}");
    check_body("a wrong key", VIDEOS, "x",
               "{'error':{'code':400,'message':'API key not valid. Please pass "
               "a valid API key.','errors':[{'message':'API key not valid. "
               "Please pass a valid API key.','domain':'global','reason':"
               "'badRequest'}],'status':'INVALID_ARGUMENT','details':[{'@type':"
               "'type.googleapis.com/google.rpc.ErrorInfo','reason':"
               "'API_KEY_INVALID','domain':'googleapis.com','metadata':{"
               "'service':'youtube.googleapis.com'}}]}}");
    struct answer a;
    T_I64("the search bucket is used up", ask("GET", SEARCH, "k", NULL, &a),
          429);
    const char *const parts[] = { "\"reason\":\"rateLimitExceeded\"",
                                  "\"status\":\"RESOURCE_EXHAUSTED\"",
                                  "'Search Queries per day'",
                                  "\"reason\":\"RATE_LIMIT_EXCEEDED\"",
                                  "youtube.googleapis.com/search_list" };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        T_TRUE(parts[i], strstr(a.body.p, parts[i]));
    answer_fini(&a);
}
END_TEST

/* ---- ids ---- */

static struct buf ask_for(const char *front, const uint64_t *ids, size_t n,
                          const char *back)
{
    struct buf b = BUF_INIT(8192);
    buf_z(&b, front);
    for (size_t i = 0; i < n; i++) {
        char text[VID_TEXT];
        buf_f(&b, "%s%s", i ? "," : "", vid_text(ids[i], text));
    }
    buf_z(&b, back);
    return b;
}

static void check_items(const char *name, const uint64_t *ask_ids, size_t n,
                        const uint64_t *want, size_t n_want)
{
    struct buf b = ask_for("videos?part=id&id=", ask_ids, n, "");
    struct jsonr *v = t_json(&s, b.p, NULL, 200);
    const struct jsonr *items = jsonr_get(v, "items");
    T_U64(name, jsonr_len(items), n_want);
    for (size_t i = 0; i < n_want; i++) {
        char text[VID_TEXT];
        T_STR(name, t_text(jsonr_item(items, i), "id"),
              vid_text(want[i], text));
    }
    uint64_t total = 999;
    T_TRUE(name, jsonr_u64(jsonr_get(v, "pageInfo.totalResults"), &total));
    T_U64(name, total, n_want);
    jsonr_close(v);
    buf_fini(&b);
}

START_TEST(ids_come_back_in_order_once_or_not_at_all)
{
    const struct catalog *c = s.corpus.ctx;
    size_t n;
    uint64_t *ids = t_catalog(&s, T_START, &n);
    ck_assert(n > 100);
    check_items("one", ids, 1, ids, 1);
    check_items("fifty", ids, 50, ids, 50);
    const uint64_t unknown = catalog_video_id(c, c->videos + 5);
    const uint64_t mixed[] = { ids[9], unknown, ids[2], ids[9], ids[40] };
    const uint64_t told[] = { ids[9], ids[2], ids[40] };
    check_items("unknown and repeated ones", mixed, 5, told, 3);
    check_items("unknown ones only", &unknown, 1, NULL, 0);
    free(ids);
}
END_TEST

/* A video is told from its publication to its end, and silently absent
 * before and after. */
START_TEST(deleted_videos_are_silently_absent)
{
    const struct catalog *c = s.corpus.ctx;
    size_t gone = 0, new = 0;
    for (uint64_t i = 0; i < c->videos; i++) {
        bool now = catalog_told(c, i, T_START);
        bool later = catalog_told(c, i, T_START + 30 * 86400);
        if (now == later)
            continue;
        uint64_t id = catalog_video_id(c, i);
        struct buf b = ask_for("videos?part=id&id=", &id, 1, "");
        struct jsonr *before = t_json(&s, b.p, NULL, 200);
        struct jsonr *after = t_json(&s, b.p, MONTH_AFTER, 200);
        T_U64("before", jsonr_len(jsonr_get(before, "items")), now);
        T_U64("after", jsonr_len(jsonr_get(after, "items")), later);
        gone += now;
        new += later;
        jsonr_close(before);
        jsonr_close(after);
        buf_fini(&b);
    }
    T_TRUE("some end", gone);
    T_TRUE("some appear", new);
}
END_TEST

/* ---- items ---- */

/* The item of @index with all of its statistics, asked at @now. */
static struct jsonr *one_video(uint64_t index, const char *query)
{
    uint64_t id = catalog_video_id(s.corpus.ctx, index);
    struct buf b = ask_for("videos?id=", &id, 1, query);
    struct jsonr *v = t_json(&s, b.p, NULL, 200);
    buf_fini(&b);
    return v;
}

static void check_count(const char *name, const struct jsonr *item,
                        const char *path, bool told, uint64_t want)
{
    char digits[24] = "";
    if (told)
        snprintf(digits, sizeof(digits), "%llu", (unsigned long long)want);
    T_I64(name, jsonr_get(item, path) != NULL, told);
    T_STR(name, t_text(item, path), digits);
}

START_TEST(hidden_counts_are_absent_and_counts_are_texts)
{
    const struct catalog *c = s.corpus.ctx;
    size_t hidden = 0, off = 0;
    for (uint64_t i = 0; i < c->videos; i++) {
        struct catalog_counts k = catalog_counts(c, i, T_START);
        bool plain = !k.likes_hidden && !k.comments_off;
        if (!catalog_told(c, i, T_START) || (plain && i % 50))
            continue;
        struct jsonr *v = one_video(i, "&part=statistics");
        const struct jsonr *item = jsonr_item(jsonr_get(v, "items"), 0);
        check_count("views", item, "statistics.viewCount", true, k.views);
        check_count("likes", item, "statistics.likeCount", !k.likes_hidden,
                    k.likes);
        check_count("comments", item, "statistics.commentCount",
                    !k.comments_off, k.comments);
        check_count("favourites", item, "statistics.favoriteCount", true, 0);
        T_TRUE("dislikes", !jsonr_get(item, "statistics.dislikeCount"));
        hidden += k.likes_hidden;
        off += k.comments_off;
        jsonr_close(v);
    }
    T_TRUE("some hide their likes", hidden > 20);
    T_TRUE("some have comments off", off > 40);
}
END_TEST

/* clang-format off */
static const struct { const char *name, *query, *there, *not_there; } selections[] = {
    { "a part",            "&part=statistics", "items.0.statistics", "items.0.snippet" },
    { "parts joined",      "&part=snippet,statistics", "items.0.snippet", "items.0.status" },
    { "parts repeated",    "&part=status&part=statistics", "items.0.status", "items.0.snippet" },
    { "a selected name",   "&part=snippet,statistics&fields=items/snippet/title", "items.0.snippet.title", "items.0.snippet.channelId" },
    { "what is not selected is not there", "&part=snippet&fields=pageInfo", "pageInfo", "items" },
    { "a selected name of a part not asked for", "&part=id&fields=items(id,snippet/title)", "items.0.id", "items.0.snippet" },
    { "texts are read when only localized needs them", "&part=snippet&fields=items/snippet/localized/description", "items.0.snippet.localized", "items.0.snippet.title" },
    { "everything",        "&part=id&fields=*", "pageInfo", "items.0.snippet" },
};
/* clang-format on */

/* The value at "items.0.x.y" of @v. */
static const struct jsonr *at(const struct jsonr *v, const char *path)
{
    struct str s0 = str_of(path);
    if (!str_starts(s0, STR("items.0.")))
        return jsonr_get(v, path);
    return jsonr_get(jsonr_item(jsonr_get(v, "items"), 0), path + 8);
}

START_TEST(parts_and_fields_choose_what_is_told)
{
    uint64_t index = 0;
    while (!catalog_told(s.corpus.ctx, index, T_START))
        index++;
    for (size_t i = 0; i < ARRAY_LEN(selections); i++) {
        struct jsonr *v = one_video(index, selections[i].query);
        T_TRUE(selections[i].name, at(v, selections[i].there));
        T_TRUE(selections[i].name, !at(v, selections[i].not_there));
        jsonr_close(v);
    }
}
END_TEST

/* ---- etags, time ---- */

START_TEST(an_unchanged_answer_is_304)
{
    const char *target = "/youtube/v3/videos?part=statistics&chart=mostPopular";
    struct answer a, b;
    char headers[5][80];
    ck_assert(ask("GET", target, "k", NULL, &a) == 200);
    ck_assert(strlen(a.etag) == OUT_ETAG - 1);
    T_TRUE("the body holds it", strstr(a.body.p, a.etag));
    snprintf(headers[0], 80, "\"%s\"", a.etag);
    snprintf(headers[1], 80, "W/\"%s\"", a.etag);
    snprintf(headers[2], 80, "\"other\" , \"%s\"", a.etag);
    snprintf(headers[3], 80, "*");
    snprintf(headers[4], 80, "\"%s", a.etag);
    for (int i = 0; i < 5; i++) {
        int want = i < 4 ? 304 : 200;
        T_I64(headers[i], ask("GET", target, "k", headers[i], &b), want);
        T_I64("no body", b.body.n == 0, want == 304);
        answer_fini(&b);
    }
    T_I64("each was charged", t_spent(&s, LEDGER_GENERAL), 6);
    answer_fini(&a);
}
END_TEST

static struct buf body_of(const char *target, const char *now)
{
    struct answer a;
    struct buf b = BUF_INIT(SERVICE_BODY_MAX);
    t_ask(&s, target, now, &a);
    T_I64(target, a.status, 200);
    buf_str(&b, buf_view(&a.body));
    answer_fini(&a);
    return b;
}

START_TEST(the_same_moment_gives_the_same_bytes)
{
    static const char *const targets[] = {
        "videos?part=snippet,statistics&chart=mostPopular&maxResults=50",
        "search?part=snippet&q=a&order=viewCount&maxResults=50",
    };
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        struct buf a = body_of(targets[i], "2026-11-25T12:00:00Z");
        struct buf b = body_of(targets[i], "2026-11-25T12:00:00Z");
        struct buf later = body_of(targets[i], "2026-12-25T12:00:00Z");
        T_TRUE("equal", str_eq(buf_view(&a), buf_view(&b)));
        T_TRUE("time goes on", !str_eq(buf_view(&a), buf_view(&later)));
        buf_fini(&a);
        buf_fini(&b);
        buf_fini(&later);
    }
    struct buf start = body_of(targets[0], NULL);
    struct buf said = body_of(targets[0], "2026-11-20T08:00:00Z");
    T_TRUE("without the header it is the start",
           str_eq(buf_view(&start), buf_view(&said)));
    buf_fini(&start);
    buf_fini(&said);
    struct answer a;
    t_ask(&s, targets[0], "noon", &a);
    T_I64("a bad header", a.status, 400);
    answer_fini(&a);
}
END_TEST

/* ---- channels ---- */

START_TEST(channels_answer_to_id_and_handle)
{
    char text[CID_TEXT], target[200];
    for (uint64_t i = 0; i < 60; i++) {
        cid_text(catalog_channel_id(s.corpus.ctx, i), text);
        snprintf(target, sizeof(target),
                 "channels?part=snippet,statistics&id=%s", text);
        struct jsonr *v = t_json(&s, target, NULL, 200);
        const struct jsonr *ch = jsonr_item(jsonr_get(v, "items"), 0);
        T_STR("id", t_text(ch, "id"), text);
        struct catalog_uploads u = catalog_uploads(s.corpus.ctx, i);
        check_count("videos", ch, "statistics.videoCount", true,
                    catalog_told_uploads(s.corpus.ctx, u, T_START));
        struct str handle = t_text(ch, "snippet.customUrl");
        snprintf(target, sizeof(target), "channels?part=id&forHandle=%.*s",
                 STR_ARG(handle));
        struct jsonr *w = t_json(&s, target, NULL, 200);
        T_STR("handle", t_text(jsonr_item(jsonr_get(w, "items"), 0), "id"),
              text);
        jsonr_close(v);
        jsonr_close(w);
    }
    struct jsonr *v = t_json(&s, "channels?part=id&id=" CHANNEL, NULL, 200);
    T_TRUE("nothing found: no items at all", !jsonr_get(v, "items"));
    jsonr_close(v);
}
END_TEST

T_SUITE_WITH("sim.service", 60, setup, teardown, refusals_name_their_reason,
             requests_cost_what_they_should, bodies_are_those_of_the_service,
             ids_come_back_in_order_once_or_not_at_all,
             deleted_videos_are_silently_absent,
             hidden_counts_are_absent_and_counts_are_texts,
             parts_and_fields_choose_what_is_told, an_unchanged_answer_is_304,
             the_same_moment_gives_the_same_bytes,
             channels_answer_to_id_and_handle)
