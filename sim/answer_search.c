/*
 * sim/answer_search.c - search.list.
 *
 * Rules
 *   1. a query looks at SEARCH_SCAN_MAX videos: all when there are not more,
 *      else a sample that the query itself draws, so that the answer stays
 *      a pure function of (seed, now, request)
 *   2. at most SEARCH_RESULTS_MAX results; totalResults is an estimate, at
 *      most a million
 *   3. titles and descriptions are HTML-escaped, the description is cut, and
 *      the id is an object
 *   4. channels stand before videos
 *
 * Threads: pure functions of corpus and request.
 */
#include "sim/search_priv.h"

#include "base/rnd.h"
#include "sim/catalog_priv.h"

#include <stdlib.h>
#include <string.h>

enum { TOTAL_MAX = 1000000, CUT_BYTES = 160 };

struct hit {
    bool is_channel;
    struct cid channel; /* of a channel */
    uint64_t id;        /* of a video */
    double key;         /* larger comes first */
    char title[24];     /* its front, for order=title */
};

struct hits {
    struct ask *a;
    struct search_query q;
    struct hit *at; /* owned */
    size_t n, cap;
    uint64_t looked_at, of; /* videos: for the estimate */
};

/* ---- finding ---- */

static double key_of(const struct search_query *q, const struct video *v)
{
    double views = VIDEO_HAS(v, views) ? (double)v->views : 0;
    switch (q->order) {
    case BY_DATE:
        return VIDEO_HAS(v, published) ? (double)v->published : -1;
    case BY_VIEWS:
        return views;
    case BY_RATING:
        return VIDEO_HAS(v, likes) ? (double)v->likes / (views + 1) : 0;
    case BY_TITLE:
    case BY_RELEVANCE:
        break;
    }
    return (double)(rnd_mix(q->hash ^ v->h.key[0]) >> 11);
}

static void add_video(struct hits *h, const struct video *v)
{
    struct hit *x = &h->at[h->n++];
    *x = (struct hit){ .id = v->h.key[0], .key = key_of(&h->q, v) };
    size_t n = VIDEO_HAS(v, title) ? v->title.n : 0;
    memcpy(x->title, v->title.p ? v->title.p : "",
           n < sizeof(x->title) ? n : sizeof(x->title));
}

static int look_at(struct hits *h, const uint64_t *ids, size_t n,
                   struct arena *scratch, struct api_error *x)
{
    const uint64_t cols = VIDEO_BIT(title) | VIDEO_BIT(views) |
                          VIDEO_BIT(likes) | VIDEO_BIT(published) |
                          VIDEO_BIT(duration) | VIDEO_BIT(category) |
                          VIDEO_BIT(live) | VIDEO_BIT(embeddable);
    const struct corpus *c = &h->a->s->corpus;
    struct err e = ERR_INIT;
    bool found[CORPUS_BATCH_MAX];
    struct video *v = arena_take(scratch, CORPUS_BATCH_MAX * sizeof(*v));
    if (!v)
        return error_set(x, ERROR_BACKEND);
    if (c->ops->videos(c->ctx, ids, n, h->a->now, cols, scratch, v, found, &e))
        return error_backend(x, &e);
    for (size_t i = 0; i < n; i++)
        if (found[i] && search_fits(&h->q, &v[i]) && h->n < h->cap)
            add_video(h, &v[i]);
    h->looked_at += n;
    arena_reset(scratch);
    return RC_OK;
}

/* Look at the videos of @run, or at a sample of them. */
static int scan_run(struct hits *h, struct corpus_run run, struct api_error *x)
{
    const struct corpus *c = &h->a->s->corpus;
    struct arena scratch = ARENA_INIT(SERVICE_ARENA_MAX);
    struct catalog_perm sample;
    catalog_perm_init(&sample, run.n, h->q.hash);
    uint64_t ids[CORPUS_BATCH_MAX];
    uint64_t max = run.n < SEARCH_SCAN_MAX ? run.n : SEARCH_SCAN_MAX;
    size_t n = 0;
    int rc = RC_OK;
    for (uint64_t i = 0; !rc && i < max; i++) {
        uint64_t slot = run.first + catalog_perm_at(&sample, i);
        n += c->ops->told(c->ctx, slot, h->a->now, &ids[n]);
        if (n < CORPUS_BATCH_MAX && i + 1 < max)
            continue;
        rc = look_at(h, ids, n, &scratch, x);
        n = 0;
    }
    h->of = run.n;
    arena_fini(&scratch);
    return rc;
}

static int scan_videos(struct hits *h, struct api_error *x)
{
    const struct corpus *c = &h->a->s->corpus;
    struct corpus_run run = { 0, c->ops->slots(c->ctx) };
    uint64_t told;
    if (h->q.in_channel &&
        !c->ops->uploads(c->ctx, h->q.channel, h->a->now, &run, &told))
        return RC_OK; /* no such channel: nothing is found */
    return run.n ? scan_run(h, run, x) : RC_OK;
}

/* The channels whose title fits; only with words, and never the whole
 * catalogue. */
static int scan_channels(struct hits *h, struct api_error *x)
{
    const struct corpus *c = &h->a->s->corpus;
    uint64_t n = c->ops->n_channels(c->ctx);
    if (h->q.in_channel || !h->q.q.n)
        return RC_OK;
    struct arena scratch = ARENA_INIT(SERVICE_ARENA_MAX);
    struct err e = ERR_INIT;
    int rc = RC_OK;
    for (uint64_t i = 0; !rc && i < n && i < SEARCH_CHANNELS_MAX; i++) {
        struct cid id = c->ops->channel_at(c->ctx, i);
        struct channel ch;
        bool found;
        if (c->ops->channels(c->ctx, &id, 1, h->a->now, &scratch, &ch, &found,
                             &e))
            rc = error_backend(x, &e);
        else if (found && CHANNEL_HAS(&ch, title) &&
                 search_words_fit(h->q.q, ch.title) && h->n < h->cap)
            h->at[h->n++] = (struct hit){ .is_channel = true, .channel = id };
        arena_reset(&scratch);
    }
    arena_fini(&scratch);
    return rc;
}

static int order_by_key(const void *pa, const void *pb)
{
    const struct hit *a = pa, *b = pb;
    if (a->key < b->key || a->key > b->key)
        return a->key < b->key ? 1 : -1;
    return (a->id > b->id) - (a->id < b->id);
}

static int order_by_title(const void *pa, const void *pb)
{
    const struct hit *a = pa, *b = pb;
    int c = memcmp(a->title, b->title, sizeof(a->title));
    return c ? c : (a->id > b->id) - (a->id < b->id);
}

static int find(struct hits *h, struct api_error *x)
{
    int rc = h->q.channels ? scan_channels(h, x) : RC_OK;
    size_t first = h->n;
    if (!rc && h->q.videos)
        rc = scan_videos(h, x);
    if (!rc)
        qsort(h->at + first, h->n - first, sizeof(*h->at),
              h->q.order == BY_TITLE ? order_by_title : order_by_key);
    return rc;
}

/* ---- telling ---- */

/* Append @s with the five characters of HTML escaped, cut to @max bytes at
 * a whole character. */
static void escape_html(struct str s, size_t max, struct buf *out)
{
    if (s.n > max) {
        s.n = max;
        while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
            s.n--;
    }
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            buf_z(out, "&amp;");
            break;
        case '<':
            buf_z(out, "&lt;");
            break;
        case '>':
            buf_z(out, "&gt;");
            break;
        case '"':
            buf_z(out, "&quot;");
            break;
        case '\'':
            buf_z(out, "&#39;");
            break;
        default:
            buf_c(out, s.p[i]);
        }
    }
}

static void put_escaped(struct out *o, const char *key, struct str s,
                        size_t max)
{
    struct buf b = BUF_INIT(SCHEMA_TEXT_MAX * 6);
    escape_html(s, max, &b);
    out_str(o, key, buf_view(&b));
    buf_fini(&b);
}

static void put_video_snippet(struct out *o, const struct video *v)
{
    char channel[CID_TEXT];
    if (!out_obj(o, "snippet"))
        return;
    if (VIDEO_HAS(v, published))
        out_time(o, "publishedAt", v->published);
    if (VIDEO_HAS(v, channel))
        out_z(o, "channelId", cid_text(v->channel, channel));
    if (VIDEO_HAS(v, title))
        put_escaped(o, "title", v->title, SCHEMA_TEXT_MAX);
    if (VIDEO_HAS(v, description))
        put_escaped(o, "description", v->description, CUT_BYTES);
    piece_thumbnails(o, v->h.key[0], PIECE_SMALL);
    if (VIDEO_HAS(v, channel_title))
        put_escaped(o, "channelTitle", v->channel_title, SCHEMA_TEXT_MAX);
    if (VIDEO_HAS(v, live))
        out_z(o, "liveBroadcastContent",
              schema_enum_text(&schema_video.fields[VIDEO_live], v->live));
    out_end(o);
}

static void put_video(struct out *o, const struct ask *a, const struct video *v)
{
    char id[VID_TEXT];
    out_item(o, "youtube#searchResult");
    if (out_obj(o, "id")) {
        out_z(o, "kind", "youtube#video");
        out_z(o, "videoId", vid_text(v->h.key[0], id));
        out_end(o);
    }
    if (a->parts & PART_SNIPPET)
        put_video_snippet(o, v);
    out_item_end(o);
}

static void put_channel(struct out *o, const struct ask *a,
                        const struct channel *ch)
{
    struct cid cid = { ch->h.key[0], ch->h.key[1] };
    char id[CID_TEXT];
    cid_text(cid, id);
    out_item(o, "youtube#searchResult");
    if (out_obj(o, "id")) {
        out_z(o, "kind", "youtube#channel");
        out_z(o, "channelId", id);
        out_end(o);
    }
    if ((a->parts & PART_SNIPPET) && out_obj(o, "snippet")) {
        if (CHANNEL_HAS(ch, published))
            out_time(o, "publishedAt", ch->published);
        out_z(o, "channelId", id);
        if (CHANNEL_HAS(ch, title)) {
            put_escaped(o, "title", ch->title, SCHEMA_TEXT_MAX);
            put_escaped(o, "channelTitle", ch->title, SCHEMA_TEXT_MAX);
        }
        if (CHANNEL_HAS(ch, description))
            put_escaped(o, "description", ch->description, CUT_BYTES);
        piece_channel_thumbnails(o, cid);
        out_z(o, "liveBroadcastContent", "none");
        out_end(o);
    }
    out_item_end(o);
}

static int put_hit(struct out *o, struct ask *a, const struct hit *h,
                   struct err *e)
{
    const struct corpus *c = &a->s->corpus;
    const uint64_t cols = VIDEO_BIT(title) | VIDEO_BIT(description) |
                          VIDEO_BIT(channel) | VIDEO_BIT(channel_title) |
                          VIDEO_BIT(published) | VIDEO_BIT(live);
    struct video v;
    struct channel ch;
    bool found;
    int rc = h->is_channel ? c->ops->channels(c->ctx, &h->channel, 1, a->now,
                                              a->arena, &ch, &found, e)
                           : c->ops->videos(c->ctx, &h->id, 1, a->now, cols,
                                            a->arena, &v, &found, e);
    if (rc || !found)
        return rc;
    if (h->is_channel)
        put_channel(o, a, &ch);
    else
        put_video(o, a, &v);
    return RC_OK;
}

static uint64_t estimate(const struct hits *h)
{
    double share = h->looked_at ? (double)h->of / (double)h->looked_at : 1;
    double total = (double)h->n * share;
    return total < TOTAL_MAX ? (uint64_t)total : TOTAL_MAX;
}

static void put_tokens(struct out *o, const struct hits *h, uint32_t from,
                       size_t results)
{
    uint32_t max = h->a->max_results;
    if (max && from + max < results)
        piece_page_token(o, "nextPageToken", (struct token){ from + max, 0 },
                         h->q.hash);
    if (from)
        piece_page_token(o, "prevPageToken",
                         (struct token){ from > max ? from - max : 0, 0 },
                         h->q.hash);
}

static int put_answer(struct hits *h, uint32_t from, struct api_error *x)
{
    struct ask *a = h->a;
    struct out o;
    struct err e = ERR_INIT;
    struct str region = params_get(a->params, "regionCode");
    size_t results = h->n < SEARCH_RESULTS_MAX ? h->n : SEARCH_RESULTS_MAX;
    out_begin(&o, a->body, a->fields, "youtube#searchListResponse");
    put_tokens(&o, h, from, results);
    out_str(&o, "regionCode", region.p ? region : STR("US"));
    piece_page_info(&o, estimate(h), a->max_results);
    if (out_arr(&o, "items")) {
        for (size_t i = from; i < results && i < from + a->max_results; i++)
            if (put_hit(&o, a, &h->at[i], &e))
                return error_backend(x, &e);
        out_arr_end(&o);
    }
    out_finish(&o, a->etag);
    return RC_OK;
}

int answer_search(struct ask *a, struct api_error *x)
{
    struct hits h = { .a = a, .cap = SEARCH_SCAN_MAX + SEARCH_CHANNELS_MAX };
    struct str text = params_get(a->params, "pageToken");
    struct token t = { 0, 0 };
    int rc = search_query_read(a->params, &h.q, x);
    if (rc)
        return rc;
    if (text.p && !token_read(text, h.q.hash, &t))
        return error_set(x, ERROR_PAGE_TOKEN);
    h.at = calloc(h.cap, sizeof(*h.at));
    if (!h.at)
        return error_set(x, ERROR_BACKEND);
    rc = find(&h, x);
    if (!rc)
        rc = put_answer(&h, t.at, x);
    free(h.at);
    return rc;
}
