/*
 * search/row.c - stored fields: what answers show and no column holds.
 *
 * A row is: which fields (bits), then each of them in the order of the enum,
 * numbers as varints, texts as length and bytes.
 *
 * Rules
 *   1. the same record gives the same bytes: equal rows mean that nothing
 *      but counts and clocks has changed
 *   2. reading never goes beyond the row and never fails: a field that does
 *      not fit ends the reading
 *
 * Threads: any.
 */
#include "search/seg_priv.h"

#include "base/utf8.h"
#include "search/varint_priv.h"

enum {
    ROW_CATEGORY = 1,
    ROW_DISLIKES_AT = 2,
    ROW_TITLE = 4,
    ROW_TAGS = 8,
    ROW_LANGUAGE = 16,
    ROW_AUDIO = 32,
    ROW_ABOUT = 64
};

static void put_text(struct buf *out, struct str s)
{
    varint_put(out, s.n);
    buf_str(out, s);
}

/* The first bytes of a description, whole characters only. */
static struct str cut(struct str s)
{
    if (s.n <= ROW_DESCRIPTION)
        return s;
    for (size_t n = 0;;) {
        size_t len = utf8_len(str_from(s, n));
        if (n + (len ? len : 1) > ROW_DESCRIPTION)
            return str_n(s.p, n);
        n += len ? len : 1;
    }
}

static uint64_t bits_of(const struct video *v)
{
    return (VIDEO_HAS(v, category) ? ROW_CATEGORY : 0u) |
           (VIDEO_HAS(v, dislikes_at) ? ROW_DISLIKES_AT : 0u) |
           (VIDEO_HAS(v, title) ? ROW_TITLE : 0u) |
           (VIDEO_HAS(v, tags) ? ROW_TAGS : 0u) |
           (VIDEO_HAS(v, language) ? ROW_LANGUAGE : 0u) |
           (VIDEO_HAS(v, audio_language) ? ROW_AUDIO : 0u) |
           (VIDEO_HAS(v, description) ? ROW_ABOUT : 0u);
}

void row_put(struct buf *out, const struct video *v)
{
    uint64_t bits = bits_of(v);
    varint_put(out, bits);
    if (bits & ROW_CATEGORY)
        varint_put(out, v->category);
    if (bits & ROW_DISLIKES_AT)
        varint_put(out, (uint64_t)v->dislikes_at);
    if (bits & ROW_TITLE)
        put_text(out, v->title);
    if (bits & ROW_TAGS)
        put_text(out, v->tags);
    if (bits & ROW_LANGUAGE)
        put_text(out, v->language);
    if (bits & ROW_AUDIO)
        put_text(out, v->audio_language);
    if (bits & ROW_ABOUT)
        put_text(out, cut(v->description));
}

static bool get_text(struct str *row, struct str *ret)
{
    uint64_t n;
    if (!varint_get(row, &n) || n > row->n)
        return false;
    *ret = str_n(row->p, (size_t)n);
    *row = str_from(*row, (size_t)n);
    return true;
}

static bool get_numbers(struct str *row, uint64_t bits, struct video *v)
{
    uint64_t x;
    if (bits & ROW_CATEGORY) {
        if (!varint_get(row, &x))
            return false;
        VIDEO_SET(v, category, x);
    }
    if (bits & ROW_DISLIKES_AT) {
        if (!varint_get(row, &x))
            return false;
        VIDEO_SET(v, dislikes_at, (int64_t)x);
    }
    return true;
}

void row_get(struct str row, struct video *v)
{
    uint64_t bits;
    if (!varint_get(&row, &bits) || !get_numbers(&row, bits, v))
        return;
    /* clang-format off */
    const struct { unsigned bit; enum video_field field; struct str *to; }
    texts[] = {
        { ROW_TITLE, VIDEO_title, &v->title },
        { ROW_TAGS, VIDEO_tags, &v->tags },
        { ROW_LANGUAGE, VIDEO_language, &v->language },
        { ROW_AUDIO, VIDEO_audio_language, &v->audio_language },
        { ROW_ABOUT, VIDEO_description, &v->description },
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (!(bits & texts[i].bit))
            continue;
        if (!get_text(&row, texts[i].to))
            return;
        v->h.have |= UINT64_C(1) << texts[i].field;
    }
}

/* ---- flags and facts of a record ---- */

static uint32_t flag_put(int shift, int bits, uint64_t value)
{
    uint64_t max = (UINT64_C(1) << bits) - 1;
    return (uint32_t)(value <= max ? value : 0) << shift;
}

static uint64_t flag_bool(bool have, uint64_t value)
{
    if (!have)
        return 0;
    return value ? FLAG_TRUE : FLAG_FALSE;
}

uint32_t flags_of(const struct video *v)
{
    uint64_t live = VIDEO_HAS(v, live) ? v->live : 0;
    uint64_t from = VIDEO_HAS(v, dislikes_from) ? v->dislikes_from : 0;
    uint64_t origin = VIDEO_HAS(v, origin) ? v->origin : 0;
    bool kids = VIDEO_HAS(v, made_for_kids), embed = VIDEO_HAS(v, embeddable);
    return flag_put(FLAG_LIVE, FLAG_LIVE_BITS, live) |
           flag_put(FLAG_KIDS, FLAG_BOOL_BITS,
                    flag_bool(kids, v->made_for_kids)) |
           flag_put(FLAG_EMBED, FLAG_BOOL_BITS,
                    flag_bool(embed, v->embeddable)) |
           flag_put(FLAG_FOREIGN, FLAG_BOOL_BITS,
                    flag_bool(VIDEO_HAS(v, foreign), v->foreign)) |
           flag_put(FLAG_DISLIKES, FLAG_DISLIKES_BITS, from) |
           flag_put(FLAG_ORIGIN, FLAG_ORIGIN_BITS, origin);
}

uint64_t fact_of(const struct video *v, enum fact col)
{
    switch (col) {
    case FACT_VIEWS:
        return VIDEO_HAS(v, views) ? v->views : UINT64_MAX;
    case FACT_LIKES:
        return VIDEO_HAS(v, likes) ? v->likes : UINT64_MAX;
    case FACT_DISLIKES:
        return VIDEO_HAS(v, dislikes) ? v->dislikes : UINT64_MAX;
    case FACT_COMMENTS:
        return VIDEO_HAS(v, comments) ? v->comments : UINT64_MAX;
    case FACT_DURATION:
        return VIDEO_HAS(v, duration) ? v->duration : UINT64_MAX;
    case FACT_STATS_AT:
        return VIDEO_HAS(v, stats_at) ? (uint64_t)v->stats_at : UINT64_MAX;
    case FACT_TEXT_AT:
        return VIDEO_HAS(v, text_at) ? (uint64_t)v->text_at : UINT64_MAX;
    case FACT_COUNT:
        break;
    }
    return UINT64_MAX;
}
