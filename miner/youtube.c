/*
 * miner/youtube.c - questions to the YouTube Data API: the queries, and one
 * exchange.
 *
 * Rules
 *   1. only what is stored is asked for: the `fields` of videos and channels
 *      are the api column of the schema's tables
 *   2. an answer that is not plainly the page that was asked for is a server
 *      error: read as an empty page it would declare every id gone
 *   3. what is told about a refused key is the API's reason, not its message:
 *      that could quote the key
 */
#include "miner/youtube_priv.h"

#include "base/cal.h"
#include "schema/schema.h"

#include <stdio.h>
#include <string.h>

/* ---- queries ---- */

/* Append the api paths of @t as "items(a/b,…)": dots become slashes. */
static void put_fields(struct buf *b, const struct schema_type *t,
                       const char *more)
{
    buf_z(b, "kind,items(id");
    for (size_t i = 0; i < t->n_fields; i++) {
        const char *path = t->fields[i].api;
        if (path[0])
            buf_c(b, ',');
        for (; *path; path++)
            buf_c(b, *path == '.' ? '/' : *path);
    }
    buf_z(b, more);
    buf_c(b, ')');
}

static void put_param_buf(struct buf *b, const char *name, struct buf *value)
{
    if (value->failed)
        b->failed = value->failed;
    net_query_put(b, name, buf_view(value));
    buf_fini(value);
}

enum { PARAM_MAX = 4096 };

void yt_videos_query(struct buf *b, const uint64_t *ids, size_t n)
{
    struct buf list = BUF_INIT(PARAM_MAX), fields = BUF_INIT(PARAM_MAX);
    char text[VID_TEXT];
    for (size_t i = 0; i < n; i++)
        buf_f(&list, "%s%s", i ? "," : "", vid_text(ids[i], text));
    put_fields(&fields, &schema_video, "");
    buf_reset(b);
    net_query_put(b, "part", STR("snippet,contentDetails,statistics,status"));
    put_param_buf(b, "id", &list);
    put_param_buf(b, "fields", &fields);
    net_query_put(b, "prettyPrint", STR("false"));
}

static void put_channel_parts(struct buf *b)
{
    struct buf fields = BUF_INIT(PARAM_MAX);
    put_fields(&fields, &schema_channel, ",statistics/hiddenSubscriberCount");
    net_query_put(b, "part", STR("snippet,contentDetails,statistics,status"));
    put_param_buf(b, "fields", &fields);
    net_query_put(b, "prettyPrint", STR("false"));
}

void yt_channels_query(struct buf *b, const struct cid *ids, size_t n)
{
    struct buf list = BUF_INIT(PARAM_MAX);
    char text[CID_TEXT];
    for (size_t i = 0; i < n; i++)
        buf_f(&list, "%s%s", i ? "," : "", cid_text(ids[i], text));
    buf_reset(b);
    put_param_buf(b, "id", &list);
    net_query_put(b, "maxResults", STR("50"));
    put_channel_parts(b);
}

void yt_handle_query(struct buf *b, const char *handle)
{
    buf_reset(b);
    net_query_put(b, "forHandle", str_of(handle));
    put_channel_parts(b);
}

void yt_page_query(struct buf *b, const char *playlist, const char *token)
{
    buf_reset(b);
    net_query_put(b, "part", STR("contentDetails"));
    net_query_put(b, "playlistId", str_of(playlist));
    net_query_put(b, "maxResults", STR("50"));
    if (token[0])
        net_query_put(b, "pageToken", str_of(token));
    net_query_put(b, "fields",
                  STR("kind,nextPageToken,pageInfo/totalResults,"
                      "items/contentDetails(videoId,videoPublishedAt)"));
    net_query_put(b, "prettyPrint", STR("false"));
}

void yt_uploads(struct cid id, char out[static YT_LIST_TEXT])
{
    cid_text(id, out);
    out[1] = 'U';
}

bool yt_channel_of_uploads(const char *playlist, struct cid *ret)
{
    char text[CID_TEXT];
    if (strncmp(playlist, "UU", 2) || strlen(playlist) != CID_TEXT - 1)
        return false;
    memcpy(text, playlist, sizeof(text));
    text[1] = 'C';
    return cid_parse(str_of(text), ret, NULL) == RC_OK;
}

/* ---- the exchange ---- */

static const struct {
    const char *path;
    enum decode_what what;
} methods[QUOTA_METHODS] = {
    [QUOTA_VIDEOS] = { "/videos", DECODE_VIDEOS },
    [QUOTA_CHANNELS] = { "/channels", DECODE_CHANNELS },
    [QUOTA_PLAYLIST_ITEMS] = { "/playlistItems", DECODE_PLAYLIST_ITEMS },
    [QUOTA_SEARCH_LIST] = { "/search", DECODE_SEARCH },
    [QUOTA_BATCH_GET_STATS] = { "/videos:batchGetStats", DECODE_STATS },
};

static int send_question(struct net_conn *c, const struct yt_question *q,
                         struct net_response *r, struct err *e)
{
    char now[CAL_TEXT], header[64];
    const char *headers[] = { header, NULL };
    snprintf(header, sizeof(header), "X-Svf-Sim-Now: %s",
             cal_text(q->now, now));
    struct net_request request = {
        .path = methods[q->method].path,
        .query = q->query,
        .headers = q->sim_time ? headers : NULL,
        .stop = q->stop,
    };
    return net_get(c, &request, r, e);
}

static enum yt_class class_of_net(int rc)
{
    switch (rc) {
    case RC_DOWN:
        return YT_NETWORK;
    case RC_AGAIN:
        return YT_TIMEOUT;
    case RC_CANCELLED:
        return YT_STOPPED;
    default: /* a redirect, no HTTP, broken gzip, an endless body */
        return YT_SERVER;
    }
}

static void explain(struct yt_answer *a, enum yt_class class, const char *why)
{
    a->class = class;
    snprintf(a->why, sizeof(a->why), "%s", why);
}

static void read_refusal(const struct net_response *r, struct yt_answer *a)
{
    struct decode_error d;
    decode_error(buf_view(&r->body), &d);
    a->class = yt_classify(r->status, &d);
    snprintf(a->reason, sizeof(a->reason), "%s",
             a->class == YT_KEY && d.detail[0] ? d.detail : d.reason);
    if (a->class == YT_KEY) /* rule 3 */
        snprintf(a->why, sizeof(a->why), "HTTP %d %s %s", r->status, a->reason,
                 d.status);
    else
        snprintf(a->why, sizeof(a->why), "HTTP %d %s: %.120s", r->status,
                 a->reason, d.message);
}

static void read_page(const struct yt_question *q, const struct net_response *r,
                      struct arena *arena, struct yt_answer *a)
{
    struct err e = ERR_INIT;
    enum decode_what want = methods[q->method].what;
    int rc = decode_page(buf_view(&r->body), want, wall_s(q->now), arena,
                         &a->page, &e);
    if (rc)
        explain(a, YT_SERVER, e.msg);
    else if (!a->page.kind.n || a->page.what != want)
        explain(a, YT_SERVER, "the answer is not of the kind asked for");
    else if (a->page.n_items > YT_BATCH)
        explain(a, YT_SERVER, "the answer has more items than were asked for");
    else
        a->class = YT_OK;
}

void yt_ask(struct net_conn *c, const struct yt_question *q,
            struct net_response *r, struct arena *arena, struct yt_answer *ret)
{
    struct err e = ERR_INIT;
    *ret = (struct yt_answer){ .class = YT_OK, .retry_after_s = -1 };
    int rc = send_question(c, q, r, &e);
    ret->wire_bytes = r->wire_bytes;
    if (rc) {
        explain(ret, class_of_net(rc), e.msg);
        return;
    }
    ret->retry_after_s = r->retry_after_s;
    if (r->status == 200)
        read_page(q, r, arena, ret);
    else
        read_refusal(r, ret);
}
