/*
 * miner/import_page.c - an answer of the YouTube Data API as it was saved.
 *
 * Rules
 *   1. answers that tell videos or channels are taken (videos, channels,
 *      playlistItems, search), all others are refused with a sentence
 *   2. an answer does not say when it was given: it is dated by the latest
 *      publication it names, before which it cannot have been given; if it
 *      names none it is undated
 *   3. a dislike count in an answer was measured: the API never estimated
 */
#include "miner/import_priv.h"

enum { PAGE_ARENA_MAX = 4 * IMPORT_PAGE_MAX };

/* An error answer is refused by its own reason. */
static int refuse_error(const struct import *im, struct str body, uint64_t line,
                        struct err *e)
{
    struct decode_error failure;
    decode_error(body, &failure);
    if (!failure.code)
        return RC_OK;
    return err_set(e, RC_INPUT,
                   "%s:%llu: an error answer of the API (%d %s) holds "
                   "nothing to import",
                   im->path, (unsigned long long)line, failure.code,
                   failure.reason);
}

static int refuse_kind(const struct import *im, uint64_t line,
                       const struct decode_page *page, struct err *e)
{
    return err_set(e, RC_INPUT,
                   "%s:%llu: '%.*s' tells neither videos nor channels; "
                   "videos, channels, playlistItems and search answers do",
                   im->path, (unsigned long long)line, STR_ARG(page->kind));
}

static bool is_useful(enum decode_what what)
{
    return what == DECODE_VIDEOS || what == DECODE_STATS ||
           what == DECODE_CHANNELS || what == DECODE_PLAYLIST_ITEMS ||
           what == DECODE_SEARCH;
}

/* Rule 2; 0 = none. */
static int64_t latest_publication(const struct decode_page *page)
{
    int64_t latest = 0;
    for (size_t i = 0; i < page->n_videos; i++)
        if (VIDEO_HAS(&page->videos[i], published) &&
            page->videos[i].published > latest)
            latest = page->videos[i].published;
    for (size_t i = 0; i < page->n_channels; i++)
        if (CHANNEL_HAS(&page->channels[i], published) &&
            page->channels[i].published > latest)
            latest = page->channels[i].published;
    return latest;
}

static int take_video(struct import *im, const struct video *v, uint64_t line,
                      int64_t at, bool undated, struct err *e)
{
    struct import_obs o = { .line = line, .undated = undated, .u.v = *v };
    struct video *w = &o.u.v;
    if (VIDEO_HAS(w, stats_at))
        w->stats_at = at;
    if (VIDEO_HAS(w, text_at))
        w->text_at = at;
    VIDEO_SET(w, origin, ORIGIN_APIDUMP);
    VIDEO_SET(w, discovered_by, FOUND_IMPORT);
    if (VIDEO_HAS(w, dislikes)) { /* rule 3 */
        VIDEO_SET(w, dislikes_from, DISLIKES_MEASURED);
        VIDEO_SET(w, dislikes_at, at);
    }
    return import_take_obs(im, &o, e);
}

static int take_channel(struct import *im, const struct channel *c,
                        uint64_t line, int64_t at, bool undated, struct err *e)
{
    struct import_obs o = {
        .line = line, .channel = true, .undated = undated, .u.c = *c
    };
    struct channel *w = &o.u.c;
    if (CHANNEL_HAS(w, stats_at))
        w->stats_at = at;
    if (CHANNEL_HAS(w, text_at))
        w->text_at = at;
    CHANNEL_SET(w, origin, ORIGIN_APIDUMP);
    return import_take_obs(im, &o, e);
}

static int take_items(struct import *im, const struct decode_page *page,
                      uint64_t line, struct err *e)
{
    int64_t at = latest_publication(page);
    bool undated = at == 0;
    if (undated)
        at = im->how.now;
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < page->n_videos; i++)
        rc = take_video(im, &page->videos[i], line, at, undated, e);
    for (size_t i = 0; !rc && i < page->n_channels; i++)
        rc = take_channel(im, &page->channels[i], line, at, undated, e);
    return rc;
}

/* Items without an id, and in search answers playlists. */
static int refuse_items(struct import *im, const struct decode_page *page,
                        uint64_t line, struct err *e)
{
    size_t taken = page->n_videos + page->n_channels;
    int rc = RC_OK;
    for (size_t i = taken; !rc && i < page->n_items; i++)
        rc =
            import_reject(im, line, REJECT_ITEM,
                          i == taken ? str_of(page->first_reject) : STR(""), e);
    return rc;
}

static int take_page(struct import *im, const struct decode_page *page,
                     uint64_t line, struct err *e)
{
    if (!is_useful(page->what))
        return refuse_kind(im, line, page, e);
    im->how.format = im->report.format = IMPORT_API;
    int rc = take_items(im, page, line, e);
    return rc ? rc : refuse_items(im, page, line, e);
}

int import_page(struct import *im, struct str body, uint64_t line,
                struct err *e)
{
    int rc = refuse_error(im, body, line, e);
    if (rc)
        return rc;
    struct arena arena = ARENA_INIT(PAGE_ARENA_MAX);
    struct decode_page page;
    rc = decode_page(body, DECODE_OTHER, 1, &arena, &page, e);
    if (rc)
        err_wrap(e, rc, "%s:%llu", im->path, (unsigned long long)line);
    else
        rc = take_page(im, &page, line, e);
    arena_fini(&arena);
    return rc;
}
