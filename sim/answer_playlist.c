/*
 * sim/answer_playlist.c - playlistItems.list of uploads lists.
 *
 * Rules
 *   1. newest first; every told upload occurs on exactly one page, also when
 *      others appear or vanish meanwhile: a page token names the slot below
 *      which the page begins, not a number of items
 *   2. a list stops at CATALOG_UPLOADS_MAX items
 *   3. the last page has no nextPageToken, the first no prevPageToken
 *   4. only uploads lists exist; any other id is 404 playlistNotFound
 *
 * Threads: pure functions of corpus and request.
 */
#include "sim/service_priv.h"

#include "sim/catalog_priv.h"

#include <stdio.h>

/* One page under way. */
struct page {
    struct ask *a;
    struct cid channel;
    char playlist[CID_TEXT];
    uint64_t list;         /* what its tokens are bound to */
    struct corpus_run run; /* the uploads' slots */
    uint64_t told;         /* of them */
    uint32_t at;           /* slots [0, at) of the run are still to come */
    uint32_t position;     /* of the first item */
    uint64_t ids[SERVICE_IDS_MAX];
    size_t n;
    uint32_t next; /* where the next page begins; 0 = last page */
    bool single;   /* one video of the list was asked for */
};

static bool slot_told(const struct page *p, uint32_t k, uint64_t *id)
{
    const struct corpus *c = &p->a->s->corpus;
    return c->ops->told(c->ctx, p->run.first + k, p->a->now, id);
}

/* Take the page's ids, newest first, and find out where the next begins. */
static void take_ids(struct page *p)
{
    uint32_t left = CATALOG_UPLOADS_MAX - p->position;
    uint32_t max = p->a->max_results < left ? p->a->max_results : left;
    uint32_t k = p->at;
    uint64_t id;
    while (k && p->n < max)
        p->n += slot_told(p, --k, &p->ids[p->n]);
    while (k && !slot_told(p, k - 1, &id))
        k--;
    bool more = p->n == max && max && p->position + max < CATALOG_UPLOADS_MAX;
    p->next = more ? k : 0;
}

/* Where the page before this one begins. */
static struct token before(const struct page *p)
{
    uint32_t k = p->at, n = 0;
    uint64_t id;
    while (k < p->run.n && n < p->a->max_results)
        n += slot_told(p, k++, &id);
    return (struct token){ k, p->position > n ? p->position - n : 0 };
}

/* ---- items ---- */

static void put_resource(struct out *o, const char *id)
{
    if (!out_obj(o, "resourceId"))
        return;
    out_z(o, "kind", "youtube#video");
    out_z(o, "videoId", id);
    out_end(o);
}

static void put_snippet(struct out *o, const struct page *p,
                        const struct video *v, const char *id,
                        uint32_t position)
{
    char channel[CID_TEXT];
    if (!out_obj(o, "snippet"))
        return;
    cid_text(p->channel, channel);
    if (VIDEO_HAS(v, published))
        out_time(o, "publishedAt", v->published);
    out_z(o, "channelId", channel);
    if (VIDEO_HAS(v, title))
        out_str(o, "title", v->title);
    if (VIDEO_HAS(v, description))
        out_str(o, "description", v->description);
    piece_thumbnails(o, v->h.key[0], PIECE_LARGE);
    if (VIDEO_HAS(v, channel_title))
        out_str(o, "channelTitle", v->channel_title);
    out_z(o, "playlistId", p->playlist);
    out_u64(o, "position", position);
    put_resource(o, id);
    if (VIDEO_HAS(v, channel_title))
        out_str(o, "videoOwnerChannelTitle", v->channel_title);
    out_z(o, "videoOwnerChannelId", channel);
    out_end(o);
}

static void put_content(struct out *o, const struct video *v, const char *id)
{
    if (!out_obj(o, "contentDetails"))
        return;
    out_z(o, "videoId", id);
    if (VIDEO_HAS(v, published))
        out_time(o, "videoPublishedAt", v->published);
    out_end(o);
}

/* base64 of "UU….videoId", as the service's own item ids are. */
static void put_item_id(struct out *o, const struct page *p, const char *id)
{
    if (!out_wants(o, "id"))
        return;
    char plain[CID_TEXT + VID_TEXT];
    int n = snprintf(plain, sizeof(plain), "%s.%s", p->playlist, id);
    struct buf b = BUF_INIT(2 * sizeof(plain));
    token_base64(&b, plain, (size_t)n);
    out_str(o, "id", buf_view(&b));
    buf_fini(&b);
}

static void put_item(struct out *o, const struct page *p, const struct video *v,
                     uint32_t position)
{
    uint32_t parts = p->a->parts;
    char id[VID_TEXT];
    vid_text(v->h.key[0], id);
    out_item(o, "youtube#playlistItem");
    put_item_id(o, p, id);
    if (parts & PART_SNIPPET)
        put_snippet(o, p, v, id, position);
    if (parts & PART_CONTENT)
        put_content(o, v, id);
    if ((parts & PART_STATUS) && out_obj(o, "status")) {
        out_z(o, "privacyStatus", "public");
        out_end(o);
    }
    out_item_end(o);
}

/* ---- pages ---- */

static uint64_t cols_of(const struct ask *a)
{
    uint64_t cols = VIDEO_BIT(published);
    if (!(a->parts & PART_SNIPPET))
        return cols;
    if (piece_wants(a, "snippet", "title"))
        cols |= VIDEO_BIT(title);
    if (piece_wants(a, "snippet", "description"))
        cols |= VIDEO_BIT(description);
    if (piece_wants(a, "snippet", "channelTitle") ||
        piece_wants(a, "snippet", "videoOwnerChannelTitle"))
        cols |= VIDEO_BIT(channel_title);
    return cols;
}

static void put_tokens(struct out *o, const struct page *p)
{
    if (p->next)
        piece_page_token(
            o, "nextPageToken",
            (struct token){ p->next, p->position + (uint32_t)p->n }, p->list);
    if (p->position && !p->single)
        piece_page_token(o, "prevPageToken", before(p), p->list);
}

static int put_page(struct page *p, struct api_error *x)
{
    struct ask *a = p->a;
    struct err e = ERR_INIT;
    bool found[SERVICE_IDS_MAX];
    struct video *v = arena_take(a->arena, (p->n + 1) * sizeof(*v));
    if (!v)
        return error_set(x, ERROR_BACKEND);
    if (a->s->corpus.ops->videos(a->s->corpus.ctx, p->ids, p->n, a->now,
                                 cols_of(a), a->arena, v, found, &e))
        return error_backend(x, &e);
    struct out o;
    out_begin(&o, a->body, a->fields, "youtube#playlistItemListResponse");
    put_tokens(&o, p);
    if (out_arr(&o, "items")) {
        for (size_t i = 0; i < p->n; i++)
            if (found[i])
                put_item(&o, p, &v[i], p->position + (uint32_t)i);
        out_arr_end(&o);
    }
    uint64_t told = p->single ? p->n : p->told;
    if (told > CATALOG_UPLOADS_MAX)
        told = CATALOG_UPLOADS_MAX;
    piece_page_info(&o, told, a->max_results);
    out_finish(&o, a->etag);
    return RC_OK;
}

/* Find the list and the place in it. */
static int open_page(struct page *p, struct api_error *x)
{
    const struct corpus *c = &p->a->s->corpus;
    struct str playlist = params_get(p->a->params, "playlistId");
    struct str text = params_get(p->a->params, "pageToken");
    if (!piece_uploads_of(playlist, &p->channel) ||
        !c->ops->uploads(c->ctx, p->channel, p->a->now, &p->run, &p->told))
        return error_set(x, ERROR_PLAYLIST);
    piece_uploads_id(p->channel, p->playlist);
    p->list = p->channel.hi ^ p->channel.lo;
    struct token t = { (uint32_t)p->run.n, 0 };
    if (text.p && (!token_read(text, p->list, &t) || t.at > p->run.n ||
                   t.position >= CATALOG_UPLOADS_MAX))
        return error_set(x, ERROR_PAGE_TOKEN);
    p->at = t.at;
    p->position = t.position;
    return RC_OK;
}

/* Keep the one video of the list that was asked for. */
static int open_one(struct page *p, struct str video, struct api_error *x)
{
    uint64_t want, id;
    if (vid_parse(video, &want, NULL))
        return error_param(x, "invalidParameter", "videoId",
                           "Invalid video id.");
    p->single = true;
    p->position = 0;
    for (uint32_t k = (uint32_t)p->run.n; k; k--) {
        if (!slot_told(p, k - 1, &id))
            continue;
        if (id == want) {
            p->ids[p->n++] = id;
            return RC_OK;
        }
        p->position++;
    }
    return RC_OK;
}

int answer_playlist(struct ask *a, struct api_error *x)
{
    struct page p = { .a = a };
    struct str video = params_get(a->params, "videoId");
    if (!params_has(a->params, "playlistId"))
        return error_filters(x, "missingRequiredParameter",
                             "No filter selected. Expected one of: "
                             "playlistId");
    int rc = open_page(&p, x);
    if (rc)
        return rc;
    if (!video.p)
        take_ids(&p);
    else
        rc = open_one(&p, video, x);
    return rc ? rc : put_page(&p, x);
}
