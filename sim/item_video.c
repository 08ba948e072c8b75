/*
 * sim/item_video.c - one item of videos.list.
 *
 * Rules
 *   1. an absent fact is an absent key, never 0 and never null
 *   2. 64-bit counts are texts; favoriteCount is always "0"; dislikes are
 *      told to nobody since 2021-12-13
 *
 * Threads: pure functions.
 */
#include "sim/service_priv.h"

#include <stdio.h>
#include <string.h>

uint64_t item_video_cols(const struct ask *a)
{
    uint64_t cols = VIDEO_BIT(published) | VIDEO_BIT(live);
    if (a->parts & PART_STATISTICS)
        cols |= VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(comments);
    if (a->parts & PART_CONTENT)
        cols |= VIDEO_BIT(duration);
    if (a->parts & PART_STATUS)
        cols |= VIDEO_BIT(made_for_kids) | VIDEO_BIT(embeddable);
    if (a->parts & (PART_TOPIC | PART_SNIPPET))
        cols |= VIDEO_BIT(category);
    if (a->parts & (PART_LOCALIZATIONS | PART_SNIPPET))
        cols |= VIDEO_BIT(title) | VIDEO_BIT(language);
    if (a->parts & PART_LOCALIZATIONS)
        cols |= VIDEO_BIT(description);
    if (!(a->parts & PART_SNIPPET))
        return cols;
    cols |= VIDEO_BIT(channel) | VIDEO_BIT(audio_language);
    if (piece_wants(a, "snippet", "description") ||
        piece_wants(a, "snippet", "localized"))
        cols |= VIDEO_BIT(description);
    if (piece_wants(a, "snippet", "tags"))
        cols |= VIDEO_BIT(tags);
    if (piece_wants(a, "snippet", "channelTitle"))
        cols |= VIDEO_BIT(channel_title);
    return cols;
}

static void put_texts(struct out *o, const struct video *v)
{
    if (VIDEO_HAS(v, title))
        out_str(o, "title", v->title);
    if (VIDEO_HAS(v, description))
        out_str(o, "description", v->description);
}

static void put_tags(struct out *o, const struct video *v)
{
    if (!VIDEO_HAS(v, tags) || !v->tags.n || !out_arr(o, "tags"))
        return;
    struct str rest = v->tags, tag;
    while (str_split(&rest, '\n', &tag))
        out_elem(o, tag);
    out_arr_end(o);
}

static void put_category(struct out *o, const struct video *v)
{
    char digits[24];
    if (!VIDEO_HAS(v, category))
        return;
    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v->category);
    out_z(o, "categoryId", digits);
}

static void put_live(struct out *o, const struct video *v)
{
    if (VIDEO_HAS(v, live))
        out_z(o, "liveBroadcastContent",
              schema_enum_text(&schema_video.fields[VIDEO_live], v->live));
}

static void put_channel(struct out *o, const struct video *v)
{
    char text[CID_TEXT];
    if (VIDEO_HAS(v, channel))
        out_z(o, "channelId", cid_text(v->channel, text));
    if (VIDEO_HAS(v, channel_title))
        out_str(o, "channelTitle", v->channel_title);
}

static void put_snippet(struct out *o, const struct video *v)
{
    if (!out_obj(o, "snippet"))
        return;
    if (VIDEO_HAS(v, published))
        out_time(o, "publishedAt", v->published);
    put_channel(o, v);
    put_texts(o, v);
    piece_thumbnails(o, v->h.key[0], PIECE_LARGE);
    put_tags(o, v);
    put_category(o, v);
    put_live(o, v);
    if (VIDEO_HAS(v, language))
        out_str(o, "defaultLanguage", v->language);
    if (VIDEO_HAS(v, title) && out_obj(o, "localized")) {
        put_texts(o, v);
        out_end(o);
    }
    if (VIDEO_HAS(v, audio_language))
        out_str(o, "defaultAudioLanguage", v->audio_language);
    out_end(o);
}

static void put_restriction(struct out *o, uint64_t id)
{
    if (piece_fact(id, FACT_BLOCKED) % 10 || !out_obj(o, "regionRestriction"))
        return;
    if (out_arr(o, "blocked")) {
        out_elem(o, STR("DE"));
        out_elem(o, STR("KP"));
        out_arr_end(o);
    }
    out_end(o);
}

static void put_content(struct out *o, const struct video *v)
{
    uint64_t id = v->h.key[0];
    if (!out_obj(o, "contentDetails"))
        return;
    piece_duration(o, "duration", v);
    out_z(o, "dimension", "2d");
    out_z(o, "definition", piece_is_hd(id) ? "hd" : "sd");
    out_z(o, "caption", piece_has_caption(id) ? "true" : "false");
    out_bool(o, "licensedContent", piece_fact(id, FACT_LICENSED) % 3 == 0);
    put_restriction(o, id);
    if (out_obj(o, "contentRating"))
        out_end(o);
    out_z(o, "projection", "rectangular");
    out_end(o);
}

static void put_statistics(struct out *o, const struct video *v)
{
    if (!out_obj(o, "statistics"))
        return;
    if (VIDEO_HAS(v, views))
        out_count(o, "viewCount", v->views);
    if (VIDEO_HAS(v, likes))
        out_count(o, "likeCount", v->likes);
    out_count(o, "favoriteCount", 0);
    if (VIDEO_HAS(v, comments))
        out_count(o, "commentCount", v->comments);
    out_end(o);
}

static void put_status(struct out *o, const struct video *v)
{
    if (!out_obj(o, "status"))
        return;
    out_z(o, "uploadStatus", "processed");
    out_z(o, "privacyStatus", "public");
    out_z(o, "license",
          piece_is_commons(v->h.key[0]) ? "creativeCommon" : "youtube");
    if (VIDEO_HAS(v, embeddable))
        out_bool(o, "embeddable", v->embeddable != 0);
    out_bool(o, "publicStatsViewable", true);
    if (VIDEO_HAS(v, made_for_kids))
        out_bool(o, "madeForKids", v->made_for_kids != 0);
    out_end(o);
}

static void put_topics(struct out *o, const struct video *v)
{
    static const struct topic {
        uint64_t category;
        const char *url;
    } topics[] = {
        { 10, "https://en.wikipedia.org/wiki/Music" },
        { 17, "https://en.wikipedia.org/wiki/Sport" },
        { 20, "https://en.wikipedia.org/wiki/Video_game_culture" },
        { 27, "https://en.wikipedia.org/wiki/Knowledge" },
    };
    const char *url = "https://en.wikipedia.org/wiki/Entertainment";
    for (size_t i = 0; i < ARRAY_LEN(topics); i++)
        if (VIDEO_HAS(v, category) && topics[i].category == v->category)
            url = topics[i].url;
    if (!out_obj(o, "topicDetails"))
        return;
    if (out_arr(o, "topicCategories")) {
        out_elem(o, str_of(url));
        out_arr_end(o);
    }
    out_end(o);
}

static void put_live_details(struct out *o, const struct video *v)
{
    if (!VIDEO_HAS(v, live) || v->live != LIVE_LIVE ||
        !out_obj(o, "liveStreamingDetails"))
        return;
    if (VIDEO_HAS(v, published))
        out_time(o, "actualStartTime", v->published);
    out_count(o, "concurrentViewers",
              piece_fact(v->h.key[0], FACT_VIEWERS) % 5000);
    out_end(o);
}

static void put_localizations(struct out *o, const struct video *v)
{
    char code[64];
    if (!VIDEO_HAS(v, language) || v->language.n >= sizeof(code) ||
        !out_obj(o, "localizations"))
        return;
    memcpy(code, v->language.p, v->language.n);
    code[v->language.n] = '\0';
    if (out_obj(o, code)) {
        put_texts(o, v);
        out_end(o);
    }
    out_end(o);
}

static void put_player(struct out *o, const char *id)
{
    char html[200];
    if (!out_obj(o, "player"))
        return;
    snprintf(html, sizeof(html),
             "<iframe width=\"480\" height=\"270\" "
             "src=\"//www.youtube.com/embed/%s\" frameborder=\"0\" "
             "allowfullscreen></iframe>",
             id);
    out_z(o, "embedHtml", html);
    out_end(o);
}

/* The parts that few ask for. */
static void put_rest(struct out *o, uint32_t parts, const struct video *v,
                     const char *id)
{
    if (parts & PART_TOPIC)
        put_topics(o, v);
    if (parts & PART_LIVE)
        put_live_details(o, v);
    if ((parts & PART_RECORDING) && out_obj(o, "recordingDetails"))
        out_end(o);
    if (parts & PART_LOCALIZATIONS)
        put_localizations(o, v);
    if (parts & PART_PLAYER)
        put_player(o, id);
    if ((parts & PART_PLACEMENT) && out_obj(o, "paidProductPlacementDetails")) {
        out_bool(o, "hasPaidProductPlacement", false);
        out_end(o);
    }
}

void item_video(struct out *o, const struct ask *a, const struct video *v)
{
    char id[VID_TEXT];
    vid_text(v->h.key[0], id);
    out_item(o, "youtube#video");
    out_z(o, "id", id);
    if (a->parts & PART_SNIPPET)
        put_snippet(o, v);
    if (a->parts & PART_CONTENT)
        put_content(o, v);
    if (a->parts & PART_STATUS)
        put_status(o, v);
    if (a->parts & PART_STATISTICS)
        put_statistics(o, v);
    put_rest(o, a->parts, v, id);
    out_item_end(o);
}
