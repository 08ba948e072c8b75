/*
 * bench/decode.c - CPU time of decoding videos.list answers of 50 videos.
 *
 * Results: us of CPU a video for decode_page(), in the four forms an answer
 * can have. Bound: jansson's parse alone, which decode_page() contains.
 * Peer, where it is installed: yyjson's parse alone, to see what exchanging
 * the parser would give.
 *
 * Rules
 *   1. every fact of every video is a function of seed and number; what the
 *      timed decode made is compared with each, outside the clock
 *   2. what is timed and its bound take turns page by page, so that both
 *      meet the same machine: their difference is small against its noise
 *   3. the n videos are shared out to the runs: each is decoded and timed
 *      once in each form
 */
#include "base/cal.h"
#include "base/jsonw.h"
#include "base/rnd.h"
#include "bench/bench.h"
#include "schema/schema.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_YYJSON
#include <yyjson.h>
#endif

enum { PER_PAGE = 50, ARENA_MAX = 64 << 20 };

enum form { PRETTY, FULL, FIELDS, STATISTICS, FORMS };
static const char *const form_names[FORMS] = {
    [PRETTY] = "all parts, pretty",
    [FULL] = "all parts, compact",
    [FIELDS] = "fields=, compact",
    [STATISTICS] = "statistics only",
};

/* ---- what the videos are ---- */

struct facts {
    uint64_t id, views, likes, comments, seconds;
    struct cid channel;
    int64_t published;
    bool likes_hidden;
};

static struct facts facts_of(uint64_t seed, uint64_t i)
{
    struct rnd r;
    rnd_init(&r, rnd_mix(seed) ^ i);
    struct facts f = { .id = rnd_u64(&r),
                       .channel = { rnd_u64(&r), rnd_u64(&r) } };
    f.views = rnd_u64(&r) >> (30 + rnd_below(&r, 34));
    f.likes = f.views / (2 + rnd_below(&r, 100));
    f.comments = f.likes / 8;
    f.seconds = 1 + rnd_below(&r, 7200);
    f.published = INT64_C(1200000000) + (int64_t)rnd_below(&r, 500000000);
    f.likes_hidden = rnd_below(&r, 50) == 0;
    return f;
}

/* ---- answers ---- */

static void put_words(struct jsonw *w, const char *key, uint64_t from,
                      size_t bytes)
{
    static const char *const words[] = { "the",    "smart", "video",    "über",
                                         "filter", "of",    "a",        "day",
                                         "music",  "live",  "\"best\"", "&" };
    struct buf text = BUF_INIT(1 << 16);
    struct rnd r;
    rnd_init(&r, from);
    while (text.n < bytes) {
        buf_z(&text, words[rnd_below(&r, sizeof(words) / sizeof(*words))]);
        buf_c(&text, rnd_below(&r, 12) ? ' ' : '\n');
    }
    jsonw_kstr(w, key, buf_view(&text));
    buf_fini(&text);
}

static void put_thumbnails(struct jsonw *w, const char *id)
{
    static const struct {
        const char *key, *file;
        uint64_t width, height;
    } sizes[] = { { "default", "default", 120, 90 },
                  { "medium", "mqdefault", 320, 180 },
                  { "high", "hqdefault", 480, 360 },
                  { "standard", "sddefault", 640, 480 },
                  { "maxres", "maxresdefault", 1280, 720 } };
    jsonw_key(w, "thumbnails");
    jsonw_obj(w);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char url[100];
        snprintf(url, sizeof(url), "https://i.example/vi/%s/%s.jpg", id,
                 sizes[i].file);
        jsonw_key(w, sizes[i].key);
        jsonw_obj(w);
        jsonw_kz(w, "url", url);
        jsonw_ku64(w, "width", sizes[i].width);
        jsonw_ku64(w, "height", sizes[i].height);
        jsonw_obj_end(w);
    }
    jsonw_obj_end(w);
}

static void put_tags(struct jsonw *w, const struct facts *f)
{
    static const char *const tags[] = { "video", "filter", "smart music",
                                        "live",  "2026",   "how to" };
    jsonw_key(w, "tags");
    jsonw_arr(w);
    for (uint64_t i = 0; i < f->seconds % 13; i++)
        jsonw_z(w, tags[(f->id + i) % (sizeof(tags) / sizeof(tags[0]))]);
    jsonw_arr_end(w);
}

static void put_snippet(struct jsonw *w, const struct facts *f, const char *id,
                        bool all)
{
    char text[CAL_TEXT], channel[CID_TEXT];
    jsonw_key(w, "snippet");
    jsonw_obj(w);
    jsonw_kz(w, "publishedAt", cal_text(wall_of_s(f->published), text));
    jsonw_kz(w, "channelId", cid_text(f->channel, channel));
    put_words(w, "title", f->id, 50);
    put_words(w, "description", f->id + 1, f->id % 800);
    if (all)
        put_thumbnails(w, id);
    put_words(w, "channelTitle", f->channel.lo, 15);
    if (f->seconds % 13)
        put_tags(w, f);
    jsonw_kz(w, "categoryId", "22");
    jsonw_kz(w, "liveBroadcastContent", "none");
    jsonw_kz(w, "defaultLanguage", "en");
    if (all) {
        jsonw_key(w, "localized");
        jsonw_obj(w);
        put_words(w, "title", f->id, 50);
        put_words(w, "description", f->id + 1, f->id % 800);
        jsonw_obj_end(w);
    }
    jsonw_kz(w, "defaultAudioLanguage", "en-US");
    jsonw_obj_end(w);
}

static void put_details(struct jsonw *w, const struct facts *f, bool all)
{
    struct buf duration = BUF_INIT(100);
    duration_put_iso(&duration, f->seconds);
    jsonw_key(w, "contentDetails");
    jsonw_obj(w);
    jsonw_kstr(w, "duration", buf_view(&duration));
    buf_fini(&duration);
    if (all) {
        jsonw_kz(w, "dimension", "2d");
        jsonw_kz(w, "definition", "hd");
        jsonw_kz(w, "caption", "false");
        jsonw_kbool(w, "licensedContent", true);
        jsonw_key(w, "contentRating");
        jsonw_obj(w);
        jsonw_obj_end(w);
        jsonw_kz(w, "projection", "rectangular");
    }
    jsonw_obj_end(w);
}

static void put_count(struct jsonw *w, const char *key, uint64_t n)
{
    char digits[20];
    jsonw_kstr(w, key, str_n(digits, num_put_u64(digits, n)));
}

static void put_statistics(struct jsonw *w, const struct facts *f, bool all)
{
    jsonw_key(w, "statistics");
    jsonw_obj(w);
    put_count(w, "viewCount", f->views);
    if (!f->likes_hidden)
        put_count(w, "likeCount", f->likes);
    if (all)
        put_count(w, "favoriteCount", 0);
    put_count(w, "commentCount", f->comments);
    jsonw_obj_end(w);
}

static void put_item(struct jsonw *w, const struct facts *f, enum form form)
{
    char id[VID_TEXT];
    bool all = form <= FULL;
    jsonw_obj(w);
    if (all) {
        jsonw_kz(w, "kind", "youtube#video");
        jsonw_kz(w, "etag", "aaaaaaaaaaaaaaaaaaaaaaaaaaa");
    }
    jsonw_kz(w, "id", vid_text(f->id, id));
    if (form != STATISTICS) {
        put_snippet(w, f, id, all);
        put_details(w, f, all);
    }
    put_statistics(w, f, all);
    jsonw_obj_end(w);
}

/* The service's own layout: two blanks a level, a blank behind colons. */
static void make_pretty(struct buf *body)
{
    json_t *root = json_loadb(body->p, body->n, 0, NULL);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    if (!text)
        bench_give_up("no memory for a pretty page");
    buf_reset(body);
    buf_z(body, text);
    free(text);
    json_decref(root);
}

static struct buf page_of(uint64_t seed, size_t number, enum form form)
{
    struct buf body = BUF_INIT(1 << 24);
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_obj(&w);
    jsonw_kz(&w, "kind", "youtube#videoListResponse");
    jsonw_key(&w, "items");
    jsonw_arr(&w);
    for (size_t i = 0; i < PER_PAGE; i++) {
        struct facts f = facts_of(seed, number * PER_PAGE + i);
        put_item(&w, &f, form);
    }
    jsonw_arr_end(&w);
    jsonw_obj_end(&w);
    if (form == PRETTY)
        make_pretty(&body);
    if (buf_check(&body, "a page", NULL))
        bench_give_up("a page does not fit");
    return body;
}

/* ---- what is measured ---- */

static uint64_t wrong(const struct video *v, const struct facts *f,
                      enum form form)
{
    bool counts = v->h.key[0] == f->id && VIDEO_HAS(v, views) &&
                  v->views == f->views && VIDEO_HAS(v, comments) &&
                  v->comments == f->comments &&
                  VIDEO_HAS(v, likes) == !f->likes_hidden &&
                  (f->likes_hidden ? (v->h.clear & VIDEO_BIT(likes)) != 0
                                   : v->likes == f->likes);
    bool rest = form == STATISTICS ||
                (v->duration == f->seconds && v->published == f->published &&
                 cid_eq(v->channel, f->channel) && VIDEO_HAS(v, title));
    return !(counts && rest);
}

/* What was decoded from page @number against what was written there. */
static uint64_t mismatches(uint64_t seed, size_t number, enum form form,
                           const struct decode_page *page)
{
    uint64_t bad = page->n_rejected + (page->n_videos != PER_PAGE);
    for (size_t i = 0; i < page->n_videos; i++) {
        struct facts f = facts_of(seed, number * PER_PAGE + i);
        bad += wrong(&page->videos[i], &f, form);
    }
    return bad;
}

/* CPU seconds of a run in one form, summed over its pages. */
struct sums {
    double ours, bound, peer;
    uint64_t bytes, bad;
};

static void time_decode(const struct buf *body, struct arena *arena,
                        struct decode_page *page, struct sums *sums)
{
    struct err e = ERR_INIT;
    arena_reset(arena);
    double begun = bench_cpu();
    if (decode_page(buf_view(body), DECODE_VIDEOS, 1, arena, page, &e))
        bench_give_up(e.msg);
    sums->ours += bench_cpu() - begun;
}

static void time_jansson(const struct buf *body, struct sums *sums)
{
    double begun = bench_cpu();
    json_t *root = json_loadb(body->p, body->n, JSON_ALLOW_NUL, NULL);
    if (!root)
        bench_give_up("jansson refused a page");
    json_decref(root);
    sums->bound += bench_cpu() - begun;
}

static void time_yyjson(const struct buf *body, struct sums *sums)
{
#ifdef HAVE_YYJSON
    double begun = bench_cpu();
    yyjson_doc *doc = yyjson_read(body->p, body->n, 0);
    if (!doc)
        bench_give_up("yyjson refused a page");
    yyjson_doc_free(doc);
    sums->peer += bench_cpu() - begun;
#else
    (void)body, (void)sums;
#endif
}

/* Rule 2: who comes first alternates. */
static void measure_page(uint64_t seed, size_t number, enum form form,
                         struct arena *arena, struct sums *sums)
{
    struct buf body = page_of(seed, number, form);
    struct decode_page page;
    if (number % 2)
        time_jansson(&body, sums);
    time_decode(&body, arena, &page, sums);
    if (number % 2 == 0)
        time_jansson(&body, sums);
    time_yyjson(&body, sums);
    sums->bytes += body.n;
    sums->bad += mismatches(seed, number, form, &page);
    buf_fini(&body);
}

static void report(struct bench *b, const char *form, const struct sums *sums,
                   double videos)
{
    char name[80];
    snprintf(name, sizeof(name), "size, %s", form);
    bench_result(b, name, "bytes/video", (double)sums->bytes / videos);
    snprintf(name, sizeof(name), "decode_page, %s", form);
    bench_result(b, name, "us/video", sums->ours * 1e6 / videos);
    snprintf(name, sizeof(name), "added to the parse, %s", form);
    bench_result(b, name, "us/video",
                 (sums->ours - sums->bound) * 1e6 / videos);
    snprintf(name, sizeof(name), "jansson parse alone, %s", form);
    bench_peer(b, name, "us/video", sums->bound * 1e6 / videos);
    if (sums->peer > 0) {
        snprintf(name, sizeof(name), "yyjson parse alone, %s", form);
        bench_peer(b, name, "us/video", sums->peer * 1e6 / videos);
    }
}

/* Rule 3: run @run's share of the videos; returns the mismatches. */
static uint64_t measure_run(struct bench *b, int run, enum form form)
{
    const struct bench_options *o = bench_options(b);
    struct arena arena = ARENA_INIT(ARENA_MAX);
    struct sums sums = { .ours = 0 };
    size_t share = (size_t)o->n / (size_t)o->runs;
    size_t pages = share > PER_PAGE ? share / PER_PAGE : 1;
    for (size_t i = 0; i < pages; i++)
        measure_page(o->seed, (size_t)run * pages + i, form, &arena, &sums);
    arena_fini(&arena);
    report(b, form_names[form], &sums, (double)(pages * PER_PAGE));
    return sums.bad;
}

int main(int argc, char **argv)
{
    struct bench *b = bench_begin("decode", argc, argv, 1000000);
    const struct bench_options *o = bench_options(b);
    uint64_t bad = 0;
    schema_init(o->seed);
    for (enum form form = 0; form < FORMS; form++)
        for (int run = 0; run < o->runs; run++)
            bad += measure_run(b, run, form);
    bench_check(b, "oracleMismatches", bad);
    return bench_end(b);
}
