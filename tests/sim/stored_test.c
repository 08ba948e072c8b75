/*
 * The records of a store as the service's corpus: rules of
 * sim/corpus_stored.c, and the bounds of sim/answer_playlist.c, which a
 * generated catalogue cannot exceed.
 */
#include "tests/sim/sim_t.h"

#include <stdio.h>

static struct store *store;
static struct service s;
static struct err e;

static void setup(void)
{
    struct store_options o = {
        .uri = "mem:", .create = true, .kind = STORE_LOCAL, .clk = clk_real()
    };
    T_OK(store_open(&store, &o, &e), &e);
}

static void teardown(void)
{
    t_service_fini(&s);
    store_close(store);
}

static const struct cid home = { 11, 12 }, other = { 21, 24 };

/* A video of @channel as a source told it. */
static struct video told(uint64_t id, struct cid channel, int64_t published)
{
    struct video v = { .h = { .key = { id, 0 } } };
    VIDEO_SET(&v, stats_at, 1);
    VIDEO_SET(&v, views, 1000 + id);
    VIDEO_SET(&v, likes, 10 + id);
    VIDEO_SET(&v, dislikes, 7);
    VIDEO_SET(&v, published, published);
    VIDEO_SET(&v, title, STR("A <title> & \"more\""));
    VIDEO_SET(&v, channel, channel);
    VIDEO_SET(&v, channel_title, STR("Home's"));
    return v;
}

static void put(const struct video *v, size_t n)
{
    static enum store_outcome out[STORE_BATCH_MAX];
    T_OK(store_put(store, &schema_video, v, n, 0, out, &e), &e);
}

static struct jsonr *ask_video(uint64_t id)
{
    char target[100], text[VID_TEXT];
    snprintf(target, sizeof(target), "videos?part=snippet,statistics&id=%s",
             vid_text(id, text));
    return t_json(&s, target, NULL, 200);
}

static const struct jsonr *first(const struct jsonr *v)
{
    return jsonr_item(jsonr_get(v, "items"), 0);
}

static struct jsonr *ask_uploads(struct cid channel, const char *rest)
{
    char target[300], text[CID_TEXT];
    cid_text(channel, text);
    snprintf(target, sizeof(target),
             "playlistItems?part=contentDetails&maxResults=49"
             "&playlistId=UU%s%s",
             text + 2, rest);
    return t_json(&s, target, NULL, 200);
}

START_TEST(records_are_told_as_they_are)
{
    struct video v = told(5, home, 100);
    put(&v, 1);
    t_service_stored(&s, store);
    struct jsonr *doc = ask_video(5);
    const struct jsonr *item = first(doc);
    T_STR("views", t_text(item, "statistics.viewCount"), "1005");
    T_STR("likes", t_text(item, "statistics.likeCount"), "15");
    T_TRUE("comments are absent", !jsonr_get(item, "statistics.commentCount"));
    T_TRUE("dislikes are private", !jsonr_get(item, "statistics.dislikeCount"));
    T_STR("title", t_text(item, "snippet.title"), "A <title> & \"more\"");
    T_STR("published", t_text(item, "snippet.publishedAt"),
          "1970-01-01T00:01:40Z");
    jsonr_close(doc);
    struct arena arena = ARENA_INIT(1 << 20);
    struct video back;
    bool found;
    T_OK(s.corpus.ops->videos(s.corpus.ctx, &v.h.key[0], 1, T_START,
                              ~UINT64_C(0), &arena, &back, &found, &e),
         &e);
    T_TRUE("nor does the corpus know them",
           found && !VIDEO_HAS(&back, dislikes));
    arena_fini(&arena);
    doc = t_json(&s, "search?part=snippet&type=video&q=title", NULL, 200);
    T_STR("searches escape HTML", t_text(first(doc), "snippet.title"),
          "A &lt;title&gt; &amp; &quot;more&quot;");
    T_STR("and apostrophes", t_text(first(doc), "snippet.channelTitle"),
          "Home&#39;s");
    jsonr_close(doc);
}
END_TEST

START_TEST(only_what_a_source_told_and_what_is_not_gone)
{
    struct video v[3] = { told(1, home, 1), told(2, home, 2),
                          told(3, home, 3) };
    VIDEO_SET(&v[1], gone_since, 9);
    v[2].h.have &= ~VIDEO_BIT(stats_at);
    put(v, 3);
    t_service_stored(&s, store);
    for (uint64_t id = 1; id <= 3; id++) {
        struct jsonr *doc = ask_video(id);
        T_U64("told", jsonr_len(jsonr_get(doc, "items")), id == 1);
        jsonr_close(doc);
    }
    struct jsonr *doc = ask_uploads(home, "");
    T_U64("in the list", jsonr_len(jsonr_get(doc, "items")), 1);
    jsonr_close(doc);
    VIDEO_SET(&v[0], gone_since, 10);
    put(v, 1);
    doc = ask_video(1);
    T_U64("gone meanwhile", jsonr_len(jsonr_get(doc, "items")), 0);
    jsonr_close(doc);
}
END_TEST

START_TEST(a_video_without_a_channel_is_told_by_id)
{
    struct video v[2] = { told(1, home, 1), told(2, home, 2) };
    v[1].h.have &= ~VIDEO_BIT(channel);
    put(v, 2);
    t_service_stored(&s, store);
    struct jsonr *doc = ask_video(2);
    T_U64("by id", jsonr_len(jsonr_get(doc, "items")), 1);
    T_TRUE("no channel", !jsonr_get(first(doc), "snippet.channelId"));
    jsonr_close(doc);
    doc = ask_uploads(home, "");
    T_U64("in no list", jsonr_len(jsonr_get(doc, "items")), 1);
    jsonr_close(doc);
}
END_TEST

START_TEST(a_channel_without_a_record_is_made_up)
{
    char target[100], text[CID_TEXT];
    struct video v[2] = { told(1, home, 5), told(2, home, 3) };
    VIDEO_SET(&v[1], channel_title, STR("The older name"));
    put(v, 2);
    t_service_stored(&s, store);
    snprintf(target, sizeof(target), "channels?part=snippet,statistics&id=%s",
             cid_text(home, text));
    struct jsonr *doc = t_json(&s, target, NULL, 200);
    T_STR("named by its newest video", t_text(first(doc), "snippet.title"),
          "Home's");
    T_STR("videos", t_text(first(doc), "statistics.videoCount"), "2");
    T_TRUE("no views", !jsonr_get(first(doc), "statistics.viewCount"));
    jsonr_close(doc);
    snprintf(target, sizeof(target), "channels?part=id&id=%s",
             cid_text(other, text));
    doc = t_json(&s, target, NULL, 200);
    T_TRUE("an unknown one", !jsonr_get(doc, "items"));
    jsonr_close(doc);
}
END_TEST

START_TEST(a_stored_channel_answers_to_its_handle)
{
    char text[CID_TEXT];
    struct channel ch = { .h = { .key = { home.hi, home.lo } } };
    enum store_outcome out;
    CHANNEL_SET(&ch, handle, STR("@home"));
    CHANNEL_SET(&ch, title, STR("Stored title"));
    T_OK(store_put(store, &schema_channel, &ch, 1, 0, &out, &e), &e);
    struct video v = told(1, home, 1);
    put(&v, 1);
    t_service_stored(&s, store);
    static const char *const handles[] = { "@home", "home" };
    for (size_t i = 0; i < ARRAY_LEN(handles); i++) {
        char target[100];
        snprintf(target, sizeof(target), "channels?part=snippet&forHandle=%s",
                 handles[i]);
        struct jsonr *doc = t_json(&s, target, NULL, 200);
        T_STR(handles[i], t_text(first(doc), "id"), cid_text(home, text));
        T_STR(handles[i], t_text(first(doc), "snippet.title"), "Stored title");
        jsonr_close(doc);
    }
    struct jsonr *doc =
        t_json(&s, "channels?part=id&forHandle=@hom", NULL, 200);
    T_TRUE("half a handle", !jsonr_get(doc, "items"));
    jsonr_close(doc);
}
END_TEST

START_TEST(an_empty_store_serves_nothing)
{
    t_service_stored(&s, store);
    struct jsonr *doc =
        t_json(&s, "videos?part=id&chart=mostPopular", NULL, 200);
    T_U64("chart", jsonr_len(jsonr_get(doc, "items")), 0);
    jsonr_close(doc);
    doc = t_json(&s, "search?part=snippet&q=a", NULL, 200);
    T_U64("search", jsonr_len(jsonr_get(doc, "items")), 0);
    jsonr_close(doc);
    uint64_t slot = 0;
    struct buf b = BUF_INIT(100);
    T_OK(service_catalog(&s, T_START, NULL, &slot, 1000, &b, &e), &e);
    T_U64("catalogue", b.n, 0);
    buf_fini(&b);
}
END_TEST

static void put_many(uint64_t from, uint64_t to)
{
    static struct video v[STORE_BATCH_MAX];
    while (from < to) {
        size_t n = 0;
        for (; n < STORE_BATCH_MAX && from < to; n++, from++)
            v[n] = told(from, home, (int64_t)from);
        put(v, n);
    }
}

/* Walk all pages of home's uploads, the last of which is not a full one; the
 * number of items. */
static uint64_t walk(uint64_t newest)
{
    char rest[100] = "";
    uint64_t n = 0;
    for (bool more = true; more;) {
        struct jsonr *doc = ask_uploads(home, rest);
        const struct jsonr *items = jsonr_get(doc, "items");
        for (size_t i = 0; i < jsonr_len(items); i++, n++) {
            char text[VID_TEXT];
            T_STR("newest first",
                  t_text(jsonr_item(items, i), "contentDetails.videoId"),
                  vid_text(newest - n, text));
        }
        struct str token = t_text(doc, "nextPageToken");
        more = token.n > 0;
        snprintf(rest, sizeof(rest), "&pageToken=%.*s", STR_ARG(token));
        uint64_t total = 0;
        ck_assert(jsonr_u64(jsonr_get(doc, "pageInfo.totalResults"), &total));
        T_TRUE("total", total <= CATALOG_UPLOADS_MAX);
        jsonr_close(doc);
    }
    return n;
}

START_TEST(a_list_ends_at_20000)
{
    put_many(0, CATALOG_UPLOADS_MAX);
    t_service_stored(&s, store);
    T_U64("as many as there may be", walk(CATALOG_UPLOADS_MAX - 1),
          CATALOG_UPLOADS_MAX);
    t_service_fini(&s);
    put_many(CATALOG_UPLOADS_MAX, CATALOG_UPLOADS_MAX + 60);
    t_service_stored(&s, store);
    T_U64("the oldest are not told", walk(CATALOG_UPLOADS_MAX + 59),
          CATALOG_UPLOADS_MAX);
}
END_TEST

T_SUITE_WITH("sim.stored", 60, setup, teardown, records_are_told_as_they_are,
             only_what_a_source_told_and_what_is_not_gone,
             a_video_without_a_channel_is_told_by_id,
             a_channel_without_a_record_is_made_up,
             a_stored_channel_answers_to_its_handle,
             an_empty_store_serves_nothing, a_list_ends_at_20000)
