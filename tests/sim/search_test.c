/* What search.list finds: rules of sim/search_query.c and of the answer. */
#include "tests/sim/sim_t.h"

#include "sim/search_priv.h"

#include <stdio.h>
#include <string.h>

/* ---- one video against one query ---- */

#define AT   "2026-01-01T12:00:00Z"
#define AT_S INT64_C(1767268800)

/* A video that is published AT, has a length of 600 s, category 10. */
static struct video sample(void)
{
    struct video v = { .h = { .key = { 5, 0 } } };
    VIDEO_SET(&v, published, AT_S);
    VIDEO_SET(&v, duration, 600);
    VIDEO_SET(&v, category, 10);
    VIDEO_SET(&v, live, LIVE_NONE);
    VIDEO_SET(&v, embeddable, 1);
    VIDEO_SET(&v, title, STR("Piano at night"));
    return v;
}

/* clang-format off */
static const struct { const char *name, *query; bool fits; } filters[] = {
    { "nothing asked",              "",                                     true },
    { "published after, inclusive", "publishedAfter=" AT,                   true },
    { "a second later",             "publishedAfter=2026-01-01T12:00:01Z",  false },
    { "published before, exclusive", "publishedBefore=" AT,                 false },
    { "a second later",             "publishedBefore=2026-01-01T12:00:01Z", true },
    { "both ends",                  "publishedAfter=2025-01-01T00:00:00Z&publishedBefore=2027-01-01T00:00:00Z", true },
    { "its category",               "videoCategoryId=10",                   true },
    { "another category",           "videoCategoryId=11",                   false },
    { "any category",               "videoCategoryId=0",                    true },
    { "medium",                     "videoDuration=medium",                 true },
    { "short",                      "videoDuration=short",                  false },
    { "long",                       "videoDuration=long",                   false },
    { "any length",                 "videoDuration=any",                    true },
    { "live",                       "eventType=live",                       false },
    { "upcoming",                   "eventType=upcoming",                   false },
    { "completed",                  "eventType=completed",                  false },
    { "no event",                   "eventType=none",                       true },
    { "embeddable",                 "videoEmbeddable=true",                 true },
    { "a film",                     "videoType=movie",                      false },
    { "an episode",                 "videoType=episode",                    false },
    { "any kind",                   "videoType=any",                        true },
    { "3D",                         "videoDimension=3d",                    false },
    { "2D",                         "videoDimension=2d",                    true },
    { "a paid placement",           "videoPaidProductPlacement=true",       false },
    { "its words",                  "q=night+piano",                        true },
    { "other words",                "q=drums",                              false },
};
/* clang-format on */

static struct search_query query_of(const char *raw)
{
    static struct params p;
    static struct arena arena = ARENA_INIT(1 << 20); /* holds the words */
    struct api_error x = { .http = 0 };
    struct search_query q;
    char text[400];
    arena_reset(&arena);
    snprintf(text, sizeof(text), "type=video&%s", raw);
    ck_assert(!params_decode(str_of(text), &arena, &p, &x));
    ck_assert_msg(!search_query_read(&p, &q, &x), "%s: %s", raw, x.message);
    return q;
}

START_TEST(filters_keep_what_fits)
{
    const struct video v = sample();
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        struct search_query q = query_of(filters[i].query);
        T_I64(filters[i].name, search_fits(&q, &v), filters[i].fits);
    }
}
END_TEST

/* clang-format off */
static const struct { uint64_t seconds; const char *name; } lengths[] = {
    { 0, "short" }, { 239, "short" }, { 240, "medium" }, { 1200, "medium" },
    { 1201, "long" }, { 43200, "long" },
};
/* clang-format on */

START_TEST(each_length_has_one_name)
{
    static const char *const names[] = { "short", "medium", "long" };
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        struct video v = sample();
        VIDEO_SET(&v, duration, lengths[i].seconds);
        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            char raw[60];
            snprintf(raw, sizeof(raw), "videoDuration=%s", names[k]);
            struct search_query q = query_of(raw);
            T_I64(lengths[i].name, search_fits(&q, &v),
                  strcmp(names[k], lengths[i].name) == 0);
        }
    }
}
END_TEST

START_TEST(absent_facts_fit_no_filter)
{
    struct video v = { .h = { .key = { 5, 0 } } };
    static const char *const asked[] = {
        "publishedAfter=" AT,
        "publishedBefore=" AT,
        "videoDuration=short",
        "videoDuration=medium",
        "videoCategoryId=10",
        "eventType=live",
        "q=piano",
    };
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct search_query q = query_of(asked[i]);
        T_TRUE(asked[i], !search_fits(&q, &v));
    }
    struct search_query q = query_of("q=");
    T_TRUE("no filter at all", search_fits(&q, &v));
}
END_TEST

START_TEST(a_filter_and_its_opposite_share_the_videos)
{
    static const char *const pairs[][2] = {
        { "videoDefinition=high", "videoDefinition=standard" },
        { "videoCaption=closedCaption", "videoCaption=none" },
    };
    struct search_query commons = query_of("videoLicense=creativeCommon");
    size_t free_ones = 0, first[2] = { 0, 0 };
    for (uint64_t id = 0; id < 1000; id++) {
        struct video v = sample();
        v.h.key[0] = id;
        for (size_t i = 0; i < 2; i++) {
            struct search_query a = query_of(pairs[i][0]);
            struct search_query b = query_of(pairs[i][1]);
            T_TRUE("exactly one", search_fits(&a, &v) != search_fits(&b, &v));
            first[i] += search_fits(&a, &v);
        }
        free_ones += search_fits(&commons, &v);
    }
    T_TRUE("most are HD", first[0] > 800 && first[0] < 1000);
    T_TRUE("few have captions", first[1] > 80 && first[1] < 250);
    T_TRUE("very few are free", free_ones > 5 && free_ones < 80);
}
END_TEST

/* ---- whole answers ---- */

static struct service s;

static void setup(void)
{
    t_service(&s, 3000, 30);
}

static void teardown(void)
{
    t_service_fini(&s);
}

/* The text at @path of item @i, of the video behind a result. */
static uint64_t count_at(const struct jsonr *items, size_t i, const char *path)
{
    char target[100];
    uint64_t n = 0;
    struct str id = t_text(jsonr_item(items, i), "id.videoId");
    snprintf(target, sizeof(target), "videos?part=statistics&id=%.*s",
             STR_ARG(id));
    struct jsonr *v = t_json(&s, target, NULL, 200);
    ck_assert(
        jsonr_u64(jsonr_get(jsonr_item(jsonr_get(v, "items"), 0), path), &n));
    jsonr_close(v);
    return n;
}

START_TEST(results_are_in_the_order_asked_for)
{
    struct jsonr *v = t_json(
        &s, "search?part=snippet&type=video&order=viewCount&maxResults=30",
        NULL, 200);
    const struct jsonr *items = jsonr_get(v, "items");
    T_U64("results", jsonr_len(items), 30);
    for (size_t i = 1; i < 30; i++)
        T_TRUE("views fall", count_at(items, i - 1, "statistics.viewCount") >=
                                 count_at(items, i, "statistics.viewCount"));
    jsonr_close(v);
    v = t_json(&s, "search?part=snippet&type=video&order=title&maxResults=30",
               NULL, 200);
    items = jsonr_get(v, "items");
    for (size_t i = 1; i < 30; i++) {
        struct str a = t_text(jsonr_item(items, i - 1), "snippet.title");
        struct str b = t_text(jsonr_item(items, i), "snippet.title");
        size_t n = a.n < b.n ? a.n : b.n;
        T_TRUE("titles rise", memcmp(a.p, b.p, n < 20 ? n : 20) <= 0);
    }
    jsonr_close(v);
}
END_TEST

/* clang-format off */
static const struct { const char *name, *query; bool videos, channels; } types[] = {
    { "videos",           "type=video",             true,  false },
    { "channels",         "type=channel",           false, true },
    { "both",             "type=video,channel",     true,  true },
    { "both, repeated",   "type=video&type=channel", true, true },
    { "both by default",  "order=relevance",        true,  true },
    { "playlists are not simulated", "type=playlist", false, false },
};
/* clang-format on */

START_TEST(types_choose_the_results)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        char target[200];
        bool videos = false, channels = false;
        snprintf(target, sizeof(target),
                 "search?part=snippet&q=a|e&maxResults=50&%s", types[i].query);
        struct jsonr *v = t_json(&s, target, NULL, 200);
        const struct jsonr *items = jsonr_get(v, "items");
        for (size_t k = 0; k < jsonr_len(items); k++) {
            const struct jsonr *item = jsonr_item(items, k);
            videos |= t_text(item, "id.videoId").n > 0;
            channels |= t_text(item, "id.channelId").n > 0;
        }
        T_I64(types[i].name, videos, types[i].videos);
        T_I64(types[i].name, channels, types[i].channels);
        jsonr_close(v);
    }
}
END_TEST

T_SUITE_WITH("sim.search", 60, setup, teardown, filters_keep_what_fits,
             each_length_has_one_name, absent_facts_fit_no_filter,
             a_filter_and_its_opposite_share_the_videos,
             results_are_in_the_order_asked_for, types_choose_the_results)
