/*
 * sim/answer_videos.c - videos.list by ids or by chart, videos.batchGetStats.
 *
 * Rules
 *   1. exactly one filter; ids that are unknown, deleted or private are
 *      silently missing, asked order is kept, repeated ids are told once
 *   2. the chart is the told videos with the most views, at most
 *      CHART_MAX, in one category if asked
 *   3. batchGetStats has its own item and no pageInfo, as its discovery
 *      document says: durations like "213s", no summary
 *
 * Threads: pure functions of corpus and request.
 */
#include "sim/service_priv.h"

#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHART_MAX = 200 };

/* ---- by id ---- */

struct batch {
    uint64_t ids[CORPUS_BATCH_MAX];
    size_t n;
    struct video *videos; /* in the arena */
    bool found[CORPUS_BATCH_MAX];
};

static int read_batch(struct ask *a, struct batch *b, uint64_t cols,
                      struct api_error *x)
{
    struct err e = ERR_INIT;
    b->videos = arena_take(a->arena, (b->n + 1) * sizeof(*b->videos));
    if (!b->videos) {
        err_set(&e, RC_NOMEM, "no memory for %zu videos", b->n);
        return error_backend(x, &e);
    }
    if (a->s->corpus.ops->videos(a->s->corpus.ctx, b->ids, b->n, a->now, cols,
                                 a->arena, b->videos, b->found, &e))
        return error_backend(x, &e);
    return RC_OK;
}

static size_t count_found(const struct batch *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        n += b->found[i];
    return n;
}

static void put_items(struct out *o, const struct ask *a, const struct batch *b)
{
    if (!out_arr(o, "items"))
        return;
    for (size_t i = 0; i < b->n; i++)
        if (b->found[i])
            item_video(o, a, &b->videos[i]);
    out_arr_end(o);
}

static int answer_ids(struct ask *a, struct api_error *x)
{
    struct batch b;
    struct out o;
    int rc = piece_video_ids(a, b.ids, &b.n, x);
    if (!rc)
        rc = read_batch(a, &b, item_video_cols(a), x);
    if (rc)
        return rc;
    size_t n = count_found(&b);
    out_begin(&o, a->body, a->fields, "youtube#videoListResponse");
    put_items(&o, a, &b);
    piece_page_info(&o, n, n);
    out_finish(&o, a->etag);
    return RC_OK;
}

/* ---- the chart ---- */

struct charted {
    uint64_t id, views;
};

static int order_of_charted(const void *pa, const void *pb)
{
    const struct charted *a = pa, *b = pb;
    if (a->views != b->views)
        return a->views < b->views ? 1 : -1;
    return (a->id > b->id) - (a->id < b->id);
}

static bool in_category(const struct video *v, uint64_t category)
{
    return !category || (VIDEO_HAS(v, category) && v->category == category);
}

/* Candidates [from, from + b->n) of the popular ones, as far as they are
 * told now and in the category. */
static int add_charted(struct ask *a, struct batch *b, uint64_t category,
                       struct charted *to, size_t *n, struct api_error *x)
{
    int rc = read_batch(a, b, VIDEO_BIT(views) | VIDEO_BIT(category), x);
    for (size_t i = 0; !rc && i < b->n; i++)
        if (b->found[i] && in_category(&b->videos[i], category))
            to[(*n)++] = (struct charted){ b->ids[i], b->videos[i].views };
    return rc;
}

/* The chart at this moment, into @to of CORPUS_POPULAR_MAX places. */
static int make_chart(struct ask *a, uint64_t category, struct charted *to,
                      size_t *n, struct api_error *x)
{
    const struct corpus *c = &a->s->corpus;
    const uint64_t *slots;
    size_t candidates = c->ops->popular(c->ctx, &slots);
    struct batch b = { .n = 0 };
    *n = 0;
    for (size_t i = 0; i < candidates; i++) {
        b.n += c->ops->told(c->ctx, slots[i], a->now, &b.ids[b.n]);
        if (b.n < CORPUS_BATCH_MAX && i + 1 < candidates)
            continue;
        int rc = add_charted(a, &b, category, to, n, x);
        if (rc)
            return rc;
        b.n = 0;
    }
    qsort(to, *n, sizeof(*to), order_of_charted);
    *n = *n < CHART_MAX ? *n : CHART_MAX;
    return RC_OK;
}

static void put_chart_tokens(struct out *o, const struct ask *a, size_t from,
                             size_t n, uint64_t list)
{
    if (from + a->max_results < n)
        piece_page_token(o, "nextPageToken",
                         (struct token){ (uint32_t)from + a->max_results, 0 },
                         list);
    if (from)
        piece_page_token(
            o, "prevPageToken",
            (struct token){
                (uint32_t)(from > a->max_results ? from - a->max_results : 0),
                0 },
            list);
}

static int put_chart(struct ask *a, const struct charted *chart, size_t n,
                     size_t from, uint64_t list, struct api_error *x)
{
    struct batch b = { .n = 0 };
    struct out o;
    for (size_t i = from; i < n && b.n < a->max_results; i++)
        b.ids[b.n++] = chart[i].id;
    int rc = read_batch(a, &b, item_video_cols(a), x);
    if (rc)
        return rc;
    out_begin(&o, a->body, a->fields, "youtube#videoListResponse");
    put_items(&o, a, &b);
    put_chart_tokens(&o, a, from, n, list);
    piece_page_info(&o, n, b.n);
    out_finish(&o, a->etag);
    return RC_OK;
}

static int answer_chart(struct ask *a, struct api_error *x)
{
    uint32_t category = params_number(a->params, "videoCategoryId", 0);
    uint64_t list = out_hash(category, "mostPopular", 11);
    struct str token = params_get(a->params, "pageToken");
    struct token t = { 0, 0 };
    if (token.p && !token_read(token, list, &t))
        return error_set(x, ERROR_PAGE_TOKEN);
    struct charted *chart = calloc(CORPUS_POPULAR_MAX, sizeof(*chart));
    if (!chart)
        return error_set(x, ERROR_BACKEND);
    size_t n;
    int rc = make_chart(a, category, chart, &n, x);
    if (!rc && !n && category)
        rc = error_set(x, ERROR_CHART);
    if (!rc)
        rc = put_chart(a, chart, n, t.at, list, x);
    free(chart);
    return rc;
}

int answer_videos(struct ask *a, struct api_error *x)
{
    bool id = params_has(a->params, "id");
    bool chart = str_eqz(params_get(a->params, "chart"), "mostPopular");
    if (params_has(a->params, "myRating"))
        return error_set(x, ERROR_LOGIN);
    if (!id && !chart)
        return error_filters(x, "missingRequiredParameter",
                             "No filter selected. Expected one of: id, chart, "
                             "myRating");
    if (id && chart)
        return error_filters(x, "incompatibleParameters",
                             "Incompatible parameters specified in the "
                             "request: id, chart");
    if (id && params_has(a->params, "pageToken"))
        return error_filters(x, "incompatibleParameters",
                             "Incompatible parameters specified in the "
                             "request: id, pageToken");
    return id ? answer_ids(a, x) : answer_chart(a, x);
}

/* ---- batchGetStats ---- */

static void put_stat_counts(struct out *o, const struct video *v)
{
    if (!out_obj(o, "statistics"))
        return;
    if (VIDEO_HAS(v, views))
        out_count(o, "viewCount", v->views);
    if (VIDEO_HAS(v, likes))
        out_count(o, "likeCount", v->likes);
    if (VIDEO_HAS(v, comments))
        out_count(o, "commentCount", v->comments);
    out_end(o);
}

static void put_stat_duration(struct out *o, const struct video *v)
{
    char text[32];
    if (!out_obj(o, "contentDetails"))
        return;
    snprintf(text, sizeof(text), "%llus", (unsigned long long)v->duration);
    if (VIDEO_HAS(v, duration))
        out_z(o, "duration", text);
    out_end(o);
}

static void put_stat(struct out *o, const struct ask *a, const struct video *v)
{
    char id[VID_TEXT];
    out_item(o, "youtube#videoStats");
    out_z(o, "id", vid_text(v->h.key[0], id));
    if ((a->parts & PART_SNIPPET) && out_obj(o, "snippet")) {
        if (VIDEO_HAS(v, published))
            out_time(o, "publishTime", v->published);
        out_end(o);
    }
    if (a->parts & PART_CONTENT)
        put_stat_duration(o, v);
    if (a->parts & PART_STATISTICS)
        put_stat_counts(o, v);
    out_item_end(o);
}

int answer_stats(struct ask *a, struct api_error *x)
{
    const uint64_t cols = VIDEO_BIT(views) | VIDEO_BIT(likes) |
                          VIDEO_BIT(comments) | VIDEO_BIT(duration) |
                          VIDEO_BIT(published);
    struct batch b;
    struct out o;
    if (!params_has(a->params, "id"))
        return error_param(x, "missingRequiredParameter", "id",
                           "Required parameter: id");
    int rc = piece_video_ids(a, b.ids, &b.n, x);
    if (!rc)
        rc = read_batch(a, &b, cols, x);
    if (rc)
        return rc;
    out_begin(&o, a->body, a->fields, "youtube#batchGetStatsResponse");
    if (out_arr(&o, "items")) {
        for (size_t i = 0; i < b.n; i++)
            if (b.found[i])
                put_stat(&o, a, &b.videos[i]);
        out_arr_end(&o);
    }
    out_finish(&o, a->etag);
    return RC_OK;
}
