/*
 * sim/search_query.c - the parameters of search.list and whether a video
 * fits them.
 *
 * Rules
 *   1. filters on videos need type=video, else 400 invalidSearchFilter
 *   2. publishedAfter is inclusive, publishedBefore exclusive
 *   3. films, episodes, 3D and paid placements are searched in vain: no video
 *      of the simulator is one
 *   4. words are matched as parts of the title, ASCII letters in any case;
 *      '|' means or and binds loosest, a leading '-' means not
 *
 * Threads: pure functions.
 */
#include "sim/search_priv.h"

#include "base/cal.h"

#include <ctype.h>

enum { SHORT_BELOW_S = 240, MEDIUM_UP_TO_S = 1200 };

static bool is_value(const struct params *p, const char *name,
                     const char *value)
{
    return str_eqz(params_get(p, name), value);
}

static void read_types(const struct params *p, struct search_query *q)
{
    struct str type[4];
    size_t n = params_list(p, "type", type, ARRAY_LEN(type));
    q->videos = q->channels = n == 0;
    for (size_t i = 0; i < n && i < ARRAY_LEN(type); i++) {
        q->videos |= str_eqz(type[i], "video");
        q->channels |= str_eqz(type[i], "channel");
    }
}

static bool read_time(const struct params *p, const char *name, int64_t *ret)
{
    wall_t t;
    if (!params_has(p, name) || cal_parse(params_get(p, name), &t, NULL))
        return false;
    *ret = wall_s(t);
    return true;
}

static void read_duration(const struct params *p, struct search_query *q)
{
    q->duration_max = UINT64_MAX;
    if (is_value(p, "videoDuration", "short"))
        q->duration_max = SHORT_BELOW_S - 1;
    if (is_value(p, "videoDuration", "long"))
        q->duration_min = MEDIUM_UP_TO_S + 1;
    if (!is_value(p, "videoDuration", "medium"))
        return;
    q->duration_min = SHORT_BELOW_S;
    q->duration_max = MEDIUM_UP_TO_S;
}

/* eventType=none is no filter. */
static uint64_t read_event(const struct params *p)
{
    static const char *const names[] = { [LIVE_UPCOMING] = "upcoming",
                                         [LIVE_LIVE] = "live",
                                         [LIVE_COMPLETED] = "completed" };
    for (uint64_t i = LIVE_UPCOMING; i < ARRAY_LEN(names); i++)
        if (is_value(p, "eventType", names[i]))
            return i;
    return 0;
}

static void read_flags(const struct params *p, struct search_query *q)
{
    q->live = read_event(p);
    q->nothing = is_value(p, "videoType", "movie") ||
                 is_value(p, "videoType", "episode") ||
                 is_value(p, "videoDimension", "3d") ||
                 is_value(p, "videoPaidProductPlacement", "true");
    q->embeddable_only = is_value(p, "videoEmbeddable", "true");
    q->commons_only = is_value(p, "videoLicense", "creativeCommon");
    q->hd_only = is_value(p, "videoDefinition", "high");
    q->sd_only = is_value(p, "videoDefinition", "standard");
    q->caption_only = is_value(p, "videoCaption", "closedCaption");
    q->no_caption = is_value(p, "videoCaption", "none");
    q->category = params_number(p, "videoCategoryId", 0);
}

static enum search_order read_order(const struct params *p)
{
    static const char *const names[] = { [BY_DATE] = "date",
                                         [BY_VIEWS] = "viewCount",
                                         [BY_RATING] = "rating",
                                         [BY_TITLE] = "title" };
    for (size_t i = BY_DATE; i < ARRAY_LEN(names); i++)
        if (is_value(p, "order", names[i]))
            return (enum search_order)i;
    return BY_RELEVANCE;
}

static uint64_t hash_of(const struct params *p)
{
    static const char *const names[] = {
        "q",
        "channelId",
        "order",
        "publishedAfter",
        "publishedBefore",
        "videoDuration",
        "videoCategoryId",
        "eventType",
        "videoEmbeddable",
        "videoLicense",
        "videoDefinition",
        "videoCaption",
        "videoType",
        "videoDimension",
        "videoPaidProductPlacement",
    };
    uint64_t h = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct str v = params_get(p, names[i]);
        h = out_hash(h + i, v.p, v.n);
    }
    return h;
}

static int refuse_video_filters(const struct params *p, struct api_error *x)
{
    static const char *const filters[] = {
        "eventType",
        "videoCaption",
        "videoCategoryId",
        "videoDefinition",
        "videoDimension",
        "videoDuration",
        "videoEmbeddable",
        "videoLicense",
        "videoSyndicated",
        "videoType",
        "videoPaidProductPlacement",
        "location",
        "locationRadius",
    };
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        if (params_has(p, filters[i]))
            return error_param(x, "invalidSearchFilter", filters[i],
                               "The request contains an invalid combination "
                               "of search filters and/or restrictions: %s "
                               "needs type=video.",
                               filters[i]);
    return RC_OK;
}

int search_query_read(const struct params *p, struct search_query *ret,
                      struct api_error *x)
{
    struct search_query q = { .q = params_get(p, "q"), .hash = hash_of(p) };
    struct str channel = params_get(p, "channelId");
    if (params_bool(p, "forMine", false) ||
        params_bool(p, "forDeveloper", false) ||
        params_bool(p, "forContentOwner", false))
        return error_set(x, ERROR_LOGIN);
    read_types(p, &q);
    q.hash = out_hash(q.hash, (const bool[]){ q.videos, q.channels },
                      2 * sizeof(bool));
    if (!q.videos || q.channels) {
        int rc = refuse_video_filters(p, x);
        if (rc)
            return rc;
    }
    q.in_channel = channel.p != NULL;
    if (q.in_channel && cid_parse(channel, &q.channel, NULL))
        return error_param(x, "invalidChannelId", "channelId",
                           "The channelId parameter specified an invalid "
                           "channel ID.");
    q.has_after = read_time(p, "publishedAfter", &q.after);
    q.has_before = read_time(p, "publishedBefore", &q.before);
    read_duration(p, &q);
    read_flags(p, &q);
    q.order = read_order(p);
    *ret = q;
    return RC_OK;
}

/* ---- fitting ---- */

static bool same_letters(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return false;
    return true;
}

static bool holds(struct str title, struct str word)
{
    for (size_t i = 0; i + word.n <= title.n; i++)
        if (same_letters(title.p + i, word.p, word.n))
            return true;
    return false;
}

static bool all_fit(struct str words, struct str title)
{
    struct str rest = words, word;
    while (str_split(&rest, ' ', &word)) {
        bool negated = word.n > 1 && word.p[0] == '-';
        if (negated)
            word = str_from(word, 1);
        if (word.n && holds(title, word) == negated)
            return false;
    }
    return true;
}

bool search_words_fit(struct str q, struct str title)
{
    struct str rest = q, alternative;
    if (!q.n)
        return true;
    while (str_split(&rest, '|', &alternative))
        if (all_fit(alternative, title))
            return true;
    return false;
}

static bool date_fits(const struct search_query *q, const struct video *v)
{
    if (!q->has_after && !q->has_before)
        return true;
    if (!VIDEO_HAS(v, published))
        return false;
    return (!q->has_after || v->published >= q->after) &&
           (!q->has_before || v->published < q->before);
}

static bool duration_fits(const struct search_query *q, const struct video *v)
{
    if (!q->duration_min && q->duration_max == UINT64_MAX)
        return true;
    return VIDEO_HAS(v, duration) && v->duration >= q->duration_min &&
           v->duration <= q->duration_max;
}

static bool flags_fit(const struct search_query *q, const struct video *v)
{
    uint64_t id = v->h.key[0];
    bool live = !q->live || (VIDEO_HAS(v, live) && v->live == q->live);
    bool embeddable = !VIDEO_HAS(v, embeddable) || v->embeddable;
    return !q->nothing && live && (!q->embeddable_only || embeddable) &&
           (!q->commons_only || piece_is_commons(id)) &&
           (!q->hd_only || piece_is_hd(id)) &&
           (!q->sd_only || !piece_is_hd(id)) &&
           (!q->caption_only || piece_has_caption(id)) &&
           (!q->no_caption || !piece_has_caption(id));
}

bool search_fits(const struct search_query *q, const struct video *v)
{
    if (q->category && (!VIDEO_HAS(v, category) || v->category != q->category))
        return false;
    struct str title = VIDEO_HAS(v, title) ? v->title : STR("");
    return date_fits(q, v) && duration_fits(q, v) && flags_fit(q, v) &&
           search_words_fit(q->q, title);
}
