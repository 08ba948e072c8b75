/*
 * sim/records.c - one generated video or channel as a record of the schema.
 *
 * Rules
 *   1. only the fields asked for are computed: text costs more than counts
 *   2. what YouTube would not tell is absent: hidden likes, comments that
 *      are off, the duration of a stream that is live, most languages
 *
 * Threads: pure functions; text goes to the caller's arena.
 */
#include "sim/catalog_priv.h"

#include "base/num.h"
#include "sim/words_priv.h"

#include <math.h>

/* Shorts exist since 2020-09-14 and may last 3 minutes since 2024-10-15. */
#define SHORTS_SINCE_S       INT64_C(1600041600)
#define SHORTS_SHARE         0.26
#define LIVE_SHARE           0.0005 /* streams round the clock */
#define KIDS_SHARE           0.03
#define NOT_EMBEDDABLE_SHARE 0.02
enum { SHORT_MIN_S = 8, SHORT_MAX_S = 60, DURATION_MAX_S = 43200 };
/* A log-normal over what is no Short: median 5 minutes. */
#define DURATION_MEDIAN_S 300.0
#define DURATION_SPREAD   1.25

/* ---- small facts ---- */

static bool is_live(const struct catalog *c, uint64_t index)
{
    return catalog_unit(c, SALT_KIND, index) < LIVE_SHARE;
}

static bool is_short(const struct catalog *c, uint64_t index, int64_t published)
{
    double u = catalog_unit(c, SALT_KIND, index);
    return published >= SHORTS_SINCE_S && u > 1 - SHORTS_SHARE;
}

static uint64_t duration(const struct catalog *c, uint64_t index,
                         int64_t published)
{
    double u = catalog_unit(c, SALT_DURATION, index);
    if (is_short(c, index, published))
        return SHORT_MIN_S + (uint64_t)(u * (SHORT_MAX_S - SHORT_MIN_S + 1));
    double v = catalog_unit(c, SALT_DURATION_B, index);
    double z = sqrt(-2 * log(1 - u)) * cos(2 * M_PI * v);
    double s = DURATION_MEDIAN_S * exp(DURATION_SPREAD * z);
    return s < 1 ? 1 : s > DURATION_MAX_S ? DURATION_MAX_S : (uint64_t)s;
}

/* YouTube's assignable categories and their share of the channels. */
/* clang-format off */
static const struct category {
    uint32_t id, per_mille;
} categories[] = {
    { 22, 250 }, { 24, 150 }, { 10, 140 }, { 20, 120 }, { 27, 70 },
    { 26,  55 }, { 17,  50 }, {  1,  40 }, { 25,  35 }, { 28, 25 },
    { 23,  20 }, { 19,  15 }, {  2,  15 }, { 15,  10 }, { 29, 5 },
};
/* clang-format on */

static uint64_t category_at(double u)
{
    double left = u * 1000;
    for (size_t i = 0; i < ARRAY_LEN(categories); i++) {
        left -= categories[i].per_mille;
        if (left < 0)
            return categories[i].id;
    }
    return categories[0].id;
}

/* Four videos in five are in their channel's own category. */
static uint64_t category(const struct catalog *c, uint64_t index,
                         uint64_t channel)
{
    uint64_t h = catalog_hash(c, SALT_CATEGORY, index);
    double own = catalog_unit(c, SALT_CATEGORY, ~channel);
    return category_at(h % 5 ? own : (double)(h >> 11) * 0x1p-53);
}

static const struct words_language *language(const struct catalog *c,
                                             uint64_t channel)
{
    return words_language_at(catalog_unit(c, SALT_LANGUAGE, channel));
}

static struct rnd draws(const struct catalog *c, enum catalog_salt salt,
                        uint64_t x)
{
    struct rnd r;
    rnd_init(&r, catalog_hash(c, salt, x));
    return r;
}

/* ---- texts ---- */

static int keep(const struct buf *b, struct arena *arena, struct str *ret,
                struct err *e)
{
    if (b->failed || !arena_str(arena, buf_view(b), ret))
        return err_set(e, RC_NOMEM, "no memory for a record's text");
    return RC_OK;
}

static int set_title(const struct catalog *c, uint64_t index,
                     const struct words_language *l, struct buf *b,
                     struct arena *arena, struct video *v, struct err *e)
{
    struct rnd r = draws(c, SALT_TITLE, index);
    buf_reset(b);
    words_title(l, &r, is_short(c, index, catalog_published(c, index)), b);
    v->h.have |= VIDEO_BIT(title);
    return keep(b, arena, &v->title, e);
}

static int set_description(const struct catalog *c, uint64_t index,
                           const struct words_language *l, struct buf *b,
                           struct arena *arena, struct video *v, struct err *e)
{
    struct rnd r = draws(c, SALT_TEXT, index);
    buf_reset(b);
    words_text(l, &r, b);
    v->h.have |= VIDEO_BIT(description);
    return keep(b, arena, &v->description, e);
}

static int set_tags(const struct catalog *c, uint64_t index,
                    const struct words_language *l, struct buf *b,
                    struct arena *arena, struct video *v, struct err *e)
{
    struct rnd r = draws(c, SALT_TAGS, index);
    buf_reset(b);
    words_tags(l, &r, b);
    if (!b->n)
        return RC_OK;
    v->h.have |= VIDEO_BIT(tags);
    return keep(b, arena, &v->tags, e);
}

static void put_channel_title(const struct catalog *c, uint64_t channel,
                              struct buf *b)
{
    struct rnd r = draws(c, SALT_CHANNEL, channel);
    words_name(language(c, channel), &r, b);
}

static int set_channel_title(const struct catalog *c, uint64_t channel,
                             struct buf *b, struct arena *arena,
                             struct video *v, struct err *e)
{
    buf_reset(b);
    put_channel_title(c, channel, b);
    v->h.have |= VIDEO_BIT(channel_title);
    return keep(b, arena, &v->channel_title, e);
}

static int set_texts(const struct catalog *c, uint64_t index, uint64_t channel,
                     uint64_t cols, struct buf *b, struct arena *arena,
                     struct video *v, struct err *e)
{
    const struct words_language *l = language(c, channel);
    int rc = RC_OK;
    if (cols & VIDEO_BIT(title))
        rc = set_title(c, index, l, b, arena, v, e);
    if (!rc && (cols & VIDEO_BIT(description)))
        rc = set_description(c, index, l, b, arena, v, e);
    if (!rc && (cols & VIDEO_BIT(tags)))
        rc = set_tags(c, index, l, b, arena, v, e);
    if (!rc && (cols & VIDEO_BIT(channel_title)))
        rc = set_channel_title(c, channel, b, arena, v, e);
    return rc;
}

/* ---- records ---- */

static void set_counts(const struct catalog *c, uint64_t index, int64_t now,
                       struct video *v)
{
    struct catalog_counts n = catalog_counts(c, index, now);
    VIDEO_SET(v, views, n.views);
    if (!n.likes_hidden)
        VIDEO_SET(v, likes, n.likes);
    if (!n.comments_off)
        VIDEO_SET(v, comments, n.comments);
}

static void set_languages(const struct catalog *c, uint64_t index,
                          uint64_t channel, struct video *v)
{
    struct str code = str_of(language(c, channel)->code);
    uint64_t h = catalog_hash(c, SALT_LANGUAGE, ~index);
    if (h % 10 < 3)
        VIDEO_SET(v, language, code);
    if (h / 10 % 10 < 6)
        VIDEO_SET(v, audio_language, code);
}

static void set_facts(const struct catalog *c, uint64_t index, uint64_t channel,
                      struct video *v)
{
    double u = catalog_unit(c, SALT_HIDDEN, ~index);
    bool live = is_live(c, index);
    VIDEO_SET(v, published, catalog_published(c, index));
    if (!live)
        VIDEO_SET(v, duration, duration(c, index, v->published));
    VIDEO_SET(v, live, live ? LIVE_LIVE : LIVE_NONE);
    VIDEO_SET(v, category, category(c, index, channel));
    VIDEO_SET(v, made_for_kids, u < KIDS_SHARE);
    VIDEO_SET(v, embeddable, u < 1 - NOT_EMBEDDABLE_SHARE);
    VIDEO_SET(v, channel, catalog_channel_id(c, channel));
    set_languages(c, index, channel, v);
}

int catalog_video(const struct catalog *c, uint64_t index, int64_t now,
                  uint64_t cols, struct arena *arena, struct video *ret,
                  struct err *e)
{
    uint64_t channel = catalog_channel_of(c, index);
    struct video v = { .h.key = { catalog_video_id(c, index), 0 } };
    set_facts(c, index, channel, &v);
    const uint64_t counts =
        VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(comments);
    if (cols & counts)
        set_counts(c, index, now, &v);
    struct buf b = BUF_INIT(SCHEMA_TEXT_MAX);
    int rc = set_texts(c, index, channel, cols, &b, arena, &v, e);
    buf_fini(&b);
    if (rc)
        return rc;
    v.h.have &= cols;
    *ret = v;
    return RC_OK;
}

/* An estimate over a sample: the service's own number counts videos that
 * are gone, too, so it is never the sum of what can be listed. */
static uint64_t channel_views(const struct catalog *c, struct catalog_uploads u,
                              int64_t now)
{
    enum { SAMPLE = 16 };
    uint64_t n = u.n < SAMPLE ? u.n : SAMPLE, sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += catalog_counts(c, u.first + i * u.n / n, now).views;
    return sum * u.n / n;
}

/* Rounded down to three figures, as the API tells them. */
static uint64_t subscribers(const struct catalog *c, uint64_t channel,
                            uint64_t views)
{
    double share = 0.002 + 0.03 * catalog_unit(c, SALT_SUBSCRIBERS, channel);
    uint64_t n = (uint64_t)((double)views * share), unit = 1;
    while (n / unit >= 1000)
        unit *= 10;
    return n / unit * unit;
}

static int set_channel_texts(const struct catalog *c, uint64_t channel,
                             struct arena *arena, struct channel *ch,
                             struct err *e)
{
    struct buf b = BUF_INIT(SCHEMA_TEXT_MAX);
    put_channel_title(c, channel, &b);
    int rc = keep(&b, arena, &ch->title, e);
    struct rnd r = draws(c, SALT_CHANNEL, ~channel);
    buf_reset(&b);
    words_text(language(c, channel), &r, &b);
    if (!rc)
        rc = keep(&b, arena, &ch->description, e);
    buf_reset(&b);
    buf_c(&b, '@');
    words_handle(&r, &b);
    buf_u64(&b, channel);
    if (!rc)
        rc = keep(&b, arena, &ch->handle, e);
    buf_fini(&b);
    ch->h.have |=
        CHANNEL_BIT(title) | CHANNEL_BIT(description) | CHANNEL_BIT(handle);
    return rc;
}

int catalog_channel(const struct catalog *c, uint64_t channel, int64_t now,
                    struct arena *arena, struct channel *ret, struct err *e)
{
    enum { BEFORE_FIRST_UPLOAD_S = 40 * 86400, HIDDEN_ONE_IN = 40 };
    struct catalog_uploads u = catalog_uploads(c, channel);
    struct cid id = catalog_channel_id(c, channel);
    struct channel ch = { .h.key = { id.hi, id.lo } };
    uint64_t views = channel_views(c, u, now);
    CHANNEL_SET(&ch, views, views);
    CHANNEL_SET(&ch, videos, catalog_told_uploads(c, u, now));
    if (catalog_hash(c, SALT_SUBSCRIBERS, ~channel) % HIDDEN_ONE_IN)
        CHANNEL_SET(&ch, subscribers, subscribers(c, channel, views));
    CHANNEL_SET(&ch, published,
                catalog_published(c, u.first) - BEFORE_FIRST_UPLOAD_S);
    CHANNEL_SET(&ch, made_for_kids, false);
    CHANNEL_SET(&ch, country, str_of(language(c, channel)->country));
    int rc = set_channel_texts(c, channel, arena, &ch, e);
    if (rc)
        return rc;
    *ret = ch;
    return RC_OK;
}

bool catalog_channel_named(const struct catalog *c, struct str handle,
                           uint64_t *ret)
{
    struct str digits = handle;
    size_t i = handle.n;
    while (i && handle.p[i - 1] >= '0' && handle.p[i - 1] <= '9')
        i--;
    digits = str_from(handle, i);
    uint64_t channel;
    if (num_u64(digits, &channel, NULL) || channel >= c->channels)
        return false;
    struct arena arena = ARENA_INIT(SCHEMA_TEXT_MAX);
    struct channel ch;
    bool same = !catalog_channel(c, channel, c->start, &arena, &ch, NULL);
    if (same && handle.p[0] != '@')
        ch.handle = str_from(ch.handle, 1);
    same = same && str_eq(ch.handle, handle);
    arena_fini(&arena);
    if (same)
        *ret = channel;
    return same;
}
