/*
 * schema/decode.c - pages of the API's list methods: the envelope, and which
 * form each kind of item has.
 *
 * Rules
 *   1. "kind" decides what a page is; without it, what the caller expects
 *   2. an item that cannot be read is counted and left out, the others stay
 *      in their order, also where an id comes twice
 *   3. n_items = decoded + rejected + items of search that are neither video
 *      nor channel
 *   4. an object with "error" and without "items" is no page: as an empty
 *      one it would declare every id that was asked for gone
 *   5. nothing of the parser's memory is in what is returned
 * Source: the API's discovery document, revision 20261104.
 */
#include "schema/schema_priv.h"

#include <stdio.h>

/* ---- forms ---- */

#define HIDEABLE (VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(comments))

/* The table's own paths are those of videos.list and channels.list. */
static const struct form_row video_rows[] = {
#define V(name, kind, part, stored, api, item, since, help)                    \
    { VIDEO_##name, api },
#include "schema/video_fields.def"
#undef V
};
static const struct form video_form = {
    .type = &schema_video,
    .id_paths = { "id" },
    .rows = video_rows,
    .n_rows = ARRAY_LEN(video_rows),
    .stats_at = VIDEO_stats_at,
    .text_at = VIDEO_text_at,
    .clear_stats = HIDEABLE,
    .clear_text =
        VIDEO_BIT(tags) | VIDEO_BIT(language) | VIDEO_BIT(audio_language),
};

/* An uploads list is stored only where it cannot be derived from the id; a
 * channel that hides its subscribers has no count of them. */
static int finish_channel(const struct jsonr *item, void *rec, struct err *e)
{
    (void)e;
    struct channel *c = rec;
    bool hidden = false;
    jsonr_bool(jsonr_get(item, "statistics.hiddenSubscriberCount"), &hidden);
    if (hidden)
        CHANNEL_CLEAR(c, subscribers);

    char id[CID_TEXT];
    cid_text((struct cid){ c->h.key[0], c->h.key[1] }, id);
    id[1] = 'U'; /* UC… has the uploads UU… */
    if (CHANNEL_HAS(c, uploads) && str_eqz(c->uploads, id))
        CHANNEL_CLEAR(c, uploads);
    return RC_OK;
}

static const struct form_row channel_rows[] = {
#define C(name, kind, part, stored, api, item, since, help)                    \
    { CHANNEL_##name, api },
#include "schema/channel_fields.def"
#undef C
};
static const struct form channel_form = {
    .type = &schema_channel,
    .id_paths = { "id" },
    .rows = channel_rows,
    .n_rows = ARRAY_LEN(channel_rows),
    .stats_at = CHANNEL_stats_at,
    .text_at = CHANNEL_text_at,
    .clear_stats =
        CHANNEL_BIT(subscribers) | CHANNEL_BIT(views) | CHANNEL_BIT(videos),
    .clear_text = CHANNEL_BIT(handle) | CHANNEL_BIT(country),
    .finish = finish_channel,
};

/* videos:batchGetStats may tell the length in ms instead. */
static int finish_stats(const struct jsonr *item, void *rec, struct err *e)
{
    static const char path[] = "contentDetails.durationMillis";
    struct video *v = rec;
    const struct jsonr *millis = jsonr_get(item, path);
    bool told = (v->h.have | v->h.clear) & VIDEO_BIT(duration);
    if (told || !millis || jsonr_is_null(millis))
        return RC_OK;
    uint64_t ms;
    char quoted[QUOTE_CAP];
    if (!jsonr_u64(millis, &ms))
        return err_set(e, RC_INPUT, "%s '%s' cannot be read", path,
                       jsonr_quote(millis, quoted));
    if (ms / 1000)
        VIDEO_SET(v, duration, ms / 1000);
    else
        VIDEO_CLEAR(v, duration);
    return RC_OK;
}

static const struct form_row stats_rows[] = {
    { VIDEO_views, "statistics.viewCount" },
    { VIDEO_likes, "statistics.likeCount" },
    { VIDEO_comments, "statistics.commentCount" },
    { VIDEO_published, "snippet.publishTime" },
    { VIDEO_duration, "contentDetails.duration" },
};
static const struct form stats_form = {
    .type = &schema_video,
    .id_paths = { "id" },
    .rows = stats_rows,
    .n_rows = ARRAY_LEN(stats_rows),
    .stats_at = VIDEO_stats_at,
    .text_at = FORM_NO_FIELD,
    .clear_stats = HIDEABLE,
    .finish = finish_stats,
};

/* The place of a video that is no longer shown has a title of YouTube's. */
static int finish_entry(const struct jsonr *item, void *rec, struct err *e)
{
    (void)item;
    (void)e;
    struct video *v = rec;
    if (VIDEO_HAS(v, title) && !VIDEO_HAS(v, published) &&
        (str_eqz(v->title, "Deleted video") ||
         str_eqz(v->title, "Private video")))
        v->h.have &= ~(VIDEO_BIT(title) | VIDEO_BIT(description));
    return RC_OK;
}

/* snippet.channelId and .publishedAt are the list's owner and the time of
 * adding; the video's own are beside them. */
static const struct form_row entry_rows[] = {
    { VIDEO_published, "contentDetails.videoPublishedAt" },
    { VIDEO_title, "snippet.title" },
    { VIDEO_description, "snippet.description" },
    { VIDEO_channel, "snippet.videoOwnerChannelId" },
    { VIDEO_channel_title, "snippet.videoOwnerChannelTitle" },
};
static const struct form entry_form = {
    .type = &schema_video,
    .id_paths = { "contentDetails.videoId", "snippet.resourceId.videoId" },
    .rows = entry_rows,
    .n_rows = ARRAY_LEN(entry_rows),
    .stats_at = FORM_NO_FIELD,
    .text_at = FORM_NO_FIELD,
    .finish = finish_entry,
};

/* Search cuts descriptions, so they are not taken. */
static const struct form_row found_video_rows[] = {
    { VIDEO_published, "snippet.publishedAt" },
    { VIDEO_live, "snippet.liveBroadcastContent" },
    { VIDEO_title, "snippet.title" },
    { VIDEO_channel, "snippet.channelId" },
    { VIDEO_channel_title, "snippet.channelTitle" },
};
static const struct form found_video_form = {
    .type = &schema_video,
    .id_paths = { "id.videoId" },
    .rows = found_video_rows,
    .n_rows = ARRAY_LEN(found_video_rows),
    .stats_at = FORM_NO_FIELD,
    .text_at = FORM_NO_FIELD,
    .escaped = true,
};
static const struct form_row found_channel_rows[] = {
    { CHANNEL_published, "snippet.publishedAt" },
    { CHANNEL_title, "snippet.title" },
};
static const struct form found_channel_form = {
    .type = &schema_channel,
    .id_paths = { "id.channelId" },
    .rows = found_channel_rows,
    .n_rows = ARRAY_LEN(found_channel_rows),
    .stats_at = FORM_NO_FIELD,
    .text_at = FORM_NO_FIELD,
    .escaped = true,
};

/* ---- the page ---- */

static const struct {
    const char *kind;
    enum decode_what what;
} kinds[] = {
    { "youtube#videoListResponse", DECODE_VIDEOS },
    { "youtube#batchGetStatsResponse", DECODE_STATS },
    { "youtube#channelListResponse", DECODE_CHANNELS },
    { "youtube#playlistItemListResponse", DECODE_PLAYLIST_ITEMS },
    { "youtube#searchListResponse", DECODE_SEARCH },
};

static enum decode_what what_of(struct str kind, enum decode_what expect)
{
    if (kind.n == 0)
        return expect;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eqz(kind, kinds[i].kind))
            return kinds[i].what;
    return DECODE_OTHER;
}

/* NULL: an item that is counted and not decoded. */
static const struct form *form_of(enum decode_what what,
                                  const struct jsonr *item)
{
    static const struct form *const forms[] = {
        [DECODE_VIDEOS] = &video_form,
        [DECODE_STATS] = &stats_form,
        [DECODE_CHANNELS] = &channel_form,
        [DECODE_PLAYLIST_ITEMS] = &entry_form,
        [DECODE_SEARCH] = &found_video_form,
        [DECODE_OTHER] = NULL,
    };
    if (what != DECODE_SEARCH || jsonr_get(item, "id.videoId"))
        return forms[what];
    if (jsonr_get(item, "id.channelId"))
        return &found_channel_form;
    return jsonr_get(item, "id.playlistId") ? NULL : &found_video_form;
}

static void reject(struct decode_page *page, const struct form *form,
                   const struct jsonr *item, size_t i, const struct err *why)
{
    uint64_t id[2];
    if (page->n_rejected++ == 0)
        snprintf(page->first_reject, sizeof(page->first_reject),
                 "item %zu: %.170s", i, why->msg);
    if (form->type == &schema_video && !decode_id(form, item, id, NULL))
        page->refused[page->n_refused++] = id[0];
}

static int take_item(struct decode_page *page, const struct jsonr *item,
                     size_t i, int64_t now, struct arena *arena, struct err *e)
{
    const struct form *form = form_of(page->what, item);
    if (!form)
        return RC_OK;
    bool is_video = form->type == &schema_video;
    void *rec = is_video ? (void *)&page->videos[page->n_videos]
                         : (void *)&page->channels[page->n_channels];
    struct err why = ERR_INIT;
    int rc = decode_item(form, item, now, arena, rec, &why);
    if (rc == RC_NOMEM)
        return err_set(e, rc, "%s", why.msg);
    if (rc)
        reject(page, form, item, i, &why);
    else if (is_video)
        page->n_videos++;
    else
        page->n_channels++;
    return RC_OK;
}

static bool has_videos(enum decode_what what)
{
    return what != DECODE_CHANNELS && what != DECODE_OTHER;
}

static bool has_channels(enum decode_what what)
{
    return what == DECODE_CHANNELS || what == DECODE_SEARCH;
}

/* Room for as many records as there are items. */
static int take_room(struct decode_page *page, struct arena *arena,
                     struct err *e)
{
    size_t n = page->n_items;
    if (n && has_videos(page->what)) {
        page->videos = arena_take(arena, n * sizeof(struct video));
        page->refused = arena_take(arena, n * sizeof(*page->refused));
    }
    if (n && has_channels(page->what))
        page->channels = arena_take(arena, n * sizeof(struct channel));
    if (n && ((has_videos(page->what) && !(page->videos && page->refused)) ||
              (has_channels(page->what) && !page->channels)))
        return err_set(e, RC_NOMEM, "no room for %zu items", n);
    return RC_OK;
}

static int take_items(struct decode_page *page, const struct jsonr *items,
                      int64_t now, struct arena *arena, struct err *e)
{
    page->n_items = jsonr_len(items);
    if (page->n_items > DECODE_ITEMS_MAX)
        return err_set(e, RC_INPUT, "the answer has %zu items, more than %d",
                       page->n_items, DECODE_ITEMS_MAX);
    int rc = take_room(page, arena, e);
    for (size_t i = 0; !rc && i < page->n_items; i++)
        rc = take_item(page, jsonr_item(items, i), i, now, arena, e);
    return rc;
}

/* Copy the text at @path, "" when there is none. */
static int take_text(const struct jsonr *root, const char *path,
                     struct arena *arena, struct str *ret, struct err *e)
{
    struct str s = STR("");
    jsonr_str(jsonr_get(root, path), &s);
    if (!arena_str(arena, s, ret))
        return err_set(e, RC_NOMEM, "no room for '%s'", path);
    return RC_OK;
}

static int take_envelope(struct decode_page *page, const struct jsonr *root,
                         struct arena *arena, struct err *e)
{
    jsonr_u64(jsonr_get(root, "pageInfo.totalResults"), &page->total_results);
    int rc = take_text(root, "kind", arena, &page->kind, e);
    if (!rc)
        rc = take_text(root, "nextPageToken", arena, &page->next_page_token, e);
    return rc ? rc : take_text(root, "etag", arena, &page->etag, e);
}

static int check_shape(const struct jsonr *root, const struct jsonr *items,
                       struct err *e)
{
    if (!jsonr_is_object(root))
        return err_set(e, RC_INPUT, "the answer is not a JSON object");
    if (!items && jsonr_get(root, "error"))
        return err_set(e, RC_INPUT, "the answer is an error");
    if (items && !jsonr_is_null(items) && !jsonr_is_array(items))
        return err_set(e, RC_INPUT, "'items' of the answer is no array");
    return RC_OK;
}

static int read_page(const struct jsonr *root, enum decode_what expect,
                     int64_t now, struct arena *arena, struct decode_page *ret,
                     struct err *e)
{
    const struct jsonr *items = jsonr_get(root, "items");
    struct decode_page page = { .n_items = 0 };
    int rc = check_shape(root, items, e);
    if (!rc)
        rc = take_envelope(&page, root, arena, e);
    if (rc)
        return rc;
    page.what = what_of(page.kind, expect);
    rc = take_items(&page, items, now, arena, e);
    if (rc == RC_OK)
        *ret = page;
    return rc;
}

int decode_page(struct str body, enum decode_what expect, int64_t now,
                struct arena *arena, struct decode_page *ret, struct err *e)
{
    struct jsonr *root;
    int rc = jsonr_open(&root, body, e);
    if (rc)
        return rc;
    rc = read_page(root, expect, now, arena, ret, e);
    jsonr_close(root);
    return rc;
}
