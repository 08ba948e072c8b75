/*
 * miner/import_columns.c - the one table of column names known in the wild,
 * and the formats recognised by them.
 *
 * Rules
 *   1. names are compared without case, blanks and underscores, so the table
 *      holds each spelling once: video_id, videoId and "Video ID" are one
 *   2. a name the table does not know is no error: its column is ignored
 */
#include "miner/import_priv.h"

static const struct column {
    const char *names;  /* separated by blanks */
    int video, channel; /* field filled in a record, -1 = none */
} columns[IMPORT_COLUMNS] = {
    /* clang-format off */
    [COL_VIDEO_ID]      = { "videoid videoids vidid", -1, -1 },
    [COL_ITEM_ID]       = { "id", -1, -1 },
    [COL_ADVIEW]        = { "adview", -1, -1 },
    [COL_AT]            = { "trendingdate date today statsat", -1, -1 },
    [COL_SNAPSHOT]      = { "snapshot", -1, -1 },
    [COL_RATINGS_OFF]   = { "ratingsdisabled", -1, -1 },
    [COL_COMMENTS_OFF]  = { "commentsdisabled", -1, -1 },
    [COL_VIEWS]         = { "viewcount views", VIDEO_views, CHANNEL_views },
    [COL_LIKES]         = { "likecount likes", VIDEO_likes, -1 },
    [COL_DISLIKES]      = { "dislikecount dislikes", VIDEO_dislikes, -1 },
    [COL_COMMENTS]      = { "commentcount commenttotal comments comment", VIDEO_comments, -1 },
    [COL_SUBSCRIBERS]   = { "subscribers subscribercount", -1, CHANNEL_subscribers },
    [COL_VIDEOS]        = { "videocount", -1, CHANNEL_videos },
    [COL_TITLE]         = { "title titles", VIDEO_title, CHANNEL_title },
    [COL_CHANNEL]       = { "channelid channelids", VIDEO_channel, -1 },
    [COL_CHANNEL_TITLE] = { "channeltitle channeltitles channel actor", VIDEO_channel_title, CHANNEL_title },
    [COL_PUBLISHED]     = { "publishedat publishtime published creationdate", VIDEO_published, CHANNEL_published },
    [COL_DURATION]      = { "durationseconds duration durations", VIDEO_duration, -1 },
    [COL_CATEGORY]      = { "categoryid categoryids category", VIDEO_category, -1 },
    [COL_TAGS]          = { "tags", VIDEO_tags, -1 },
    [COL_DESCRIPTION]   = { "description descriptions", VIDEO_description, CHANNEL_description },
    [COL_LIVE]          = { "livebroadcastcontent", VIDEO_live, -1 },
    [COL_KIDS]          = { "madeforkids", VIDEO_made_for_kids, CHANNEL_made_for_kids },
    [COL_EMBEDDABLE]    = { "embeddable", VIDEO_embeddable, -1 },
    [COL_FOREIGN]       = { "foreign", VIDEO_foreign, -1 },
    [COL_GONE]          = { "gonesince", VIDEO_gone_since, -1 },
    [COL_LANGUAGE]      = { "language defaultlanguage", VIDEO_language, -1 },
    [COL_AUDIO]         = { "audiolanguage defaultaudiolanguage", VIDEO_audio_language, -1 },
    [COL_DISLIKES_FROM] = { "dislikessource", VIDEO_dislikes_from, -1 },
    [COL_DISLIKES_AT]   = { "dislikesat", VIDEO_dislikes_at, -1 },
    [COL_TEXT_AT]       = { "textat", VIDEO_text_at, -1 },
    /* clang-format on */
};

/* Objects of the API's items whose members are told by their own name. */
static const char *const groups[] = { "snippet", "statistics", "contentDetails",
                                      "status", "id" };

bool import_column_group(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (str_eqz(name, groups[i]))
            return true;
    return false;
}

static struct str without_group(struct str name)
{
    const char *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
    if (!dot)
        return name;
    size_t n = (size_t)(dot - name.p);
    return import_column_group(str_n(name.p, n)) ? str_from(name, n + 1) : name;
}

/* Rule 1; returns the length, 0 when no known name is that long. */
static size_t plain_name(struct str name, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '_' || c == ' ')
            continue;
        if (n == cap)
            return 0;
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return n;
}

static bool names_hold(const char *names, struct str name)
{
    struct str rest = str_of(names), part;
    while (str_split(&rest, ' ', &part))
        if (str_eq(part, name))
            return true;
    return false;
}

enum import_column import_column(struct str name)
{
    char plain[32];
    size_t n = plain_name(without_group(str_trim(name)), plain, sizeof(plain));
    for (int c = 0; n && c < IMPORT_COLUMNS; c++)
        if (names_hold(columns[c].names, str_n(plain, n)))
            return (enum import_column)c;
    return COL_NONE;
}

int import_column_field(enum import_column c, const struct schema_type *t)
{
    return t == &schema_channel ? columns[c].channel : columns[c].video;
}

#define HAS(c) ((told & COL_BIT(c)) != 0)

static bool is_channels(uint64_t told)
{
    return HAS(COL_CHANNEL) && HAS(COL_SUBSCRIBERS);
}

enum import_format import_format_of(uint64_t told)
{
    bool video = HAS(COL_VIDEO_ID) || HAS(COL_ITEM_ID);
    if (!video)
        return is_channels(told) ? IMPORT_SNAPSHOTS : IMPORT_AUTO;
    if (HAS(COL_ADVIEW))
        return IMPORT_ADVIEW;
    if (HAS(COL_SNAPSHOT) && HAS(COL_VIEWS))
        return IMPORT_SNAPSHOTS;
    if (HAS(COL_DISLIKES) && !HAS(COL_VIEWS) && !HAS(COL_TITLE))
        return IMPORT_DISLIKES;
    if (!HAS(COL_VIDEO_ID) && (HAS(COL_VIEWS) || HAS(COL_TITLE)))
        return IMPORT_SVF;
    return HAS(COL_VIEWS) ? IMPORT_TRENDING : IMPORT_AUTO;
}

/* What is missing for @f, NULL when nothing is. */
static const char *missing(enum import_format f, uint64_t told)
{
    bool video = HAS(COL_VIDEO_ID) || HAS(COL_ITEM_ID);
    if (f == IMPORT_SNAPSHOTS && !video && is_channels(told))
        return NULL;
    if (!video)
        return "a column of video ids (video_id)";
    if (f == IMPORT_DISLIKES)
        return HAS(COL_DISLIKES) ? NULL : "a column dislikes";
    if (f == IMPORT_TRENDING || f == IMPORT_SNAPSHOTS || f == IMPORT_ADVIEW)
        return HAS(COL_VIEWS) ? NULL : "a column views";
    return NULL;
}

#undef HAS

int import_format_check(enum import_format f, uint64_t told, const char *path,
                        uint64_t line, struct err *e)
{
    if (f == IMPORT_AUTO)
        return err_set(e, RC_INPUT,
                       "%s:%llu: no known format by its columns; formats "
                       "are trending, snapshots, adview, api, svf, dislikes",
                       path, (unsigned long long)line);
    if (f == IMPORT_API)
        return err_set(e, RC_INPUT,
                       "%s:%llu: format api wants JSON answers of the "
                       "YouTube Data API, this is a table",
                       path, (unsigned long long)line);
    const char *what = missing(f, told);
    if (what)
        return err_set(e, RC_INPUT, "%s:%llu: format %s needs %s", path,
                       (unsigned long long)line, import_format_name(f), what);
    return RC_OK;
}
