/*
 * sim/counts.c - what moves with time in the generated catalogue: when a
 * video appears and vanishes, and its counts.
 *
 * Rules
 *   1. the views of all videos at start follow the published percentiles of
 *      4.56 G videos (view_points), whatever their age
 *   2. views grow as age does: V(t) = V(start) * base(age) / base(age at
 *      start), a power law that decays plus a constant trickle
 *   3. likes = c * views^0.57 within one video; c is log-normal and rises
 *      with size^0.3, so that the like rate falls with views both within a
 *      video and, more slowly, over all of them
 *   4. counts fall rarely: one week in 512 for views, one in 16 for likes
 *   5. uploads of one channel are told newest first without sorting: time
 *      grows with the index
 *
 * Threads: pure functions.
 * Source: rule 1 to 4 from published distributions of real metadata (the
 * archived crawl of November 2021, trending lists 2017 to 2021).
 */
#include "sim/catalog_priv.h"

#include <math.h>

#define DAY_S 86400.0
enum { WEEK_S = 7 * 86400 };

/* ---- publication and end ---- */

/* Days that a channel has been uploading, and days since it stopped. */
#define SPAN_MIN_D   120.0
#define SPAN_D       5000.0
#define PAUSE_MAX_D  2000.0
#define PAUSED_SHARE 0.3
/* The first public upload was on 2005-04-23. */
#define FIRST_UPLOAD_S INT64_C(1114300800)
/* What is published after start comes within so many days, most of it soon. */
#define FUTURE_D     28.0
#define GONE_AFTER_D 30.0

static double span_days(const struct catalog *c, uint64_t channel)
{
    double u = catalog_unit(c, SALT_SPAN, channel);
    return SPAN_MIN_D + SPAN_D * u * u;
}

static double pause_days(const struct catalog *c, uint64_t channel)
{
    double u = catalog_unit(c, SALT_PAUSE, channel);
    return u < PAUSED_SHARE ? u / PAUSED_SHARE * PAUSE_MAX_D : 0;
}

/* Age at start in days of the upload at share @x of the way, 0 = oldest. */
static double age_days(const struct catalog *c, uint64_t channel, double x)
{
    double age = pause_days(c, channel) + span_days(c, channel) * (1 - x);
    double possible = (double)(c->start - FIRST_UPLOAD_S) / DAY_S;
    double longest = SPAN_MIN_D + SPAN_D + PAUSE_MAX_D;
    return possible < longest ? age * possible / longest : age;
}

int64_t catalog_published(const struct catalog *c, uint64_t index)
{
    uint64_t channel = catalog_channel_of(c, index);
    struct catalog_uploads u = catalog_uploads(c, channel);
    uint64_t k = index - u.first, past = u.n - u.future;
    double jitter = catalog_unit(c, SALT_UPLOAD, index);
    if (k < past) {
        double age = age_days(c, channel, ((double)k + jitter) / (double)past);
        return c->start - 1 - (int64_t)(age * DAY_S);
    }
    double x = ((double)(k - past) + jitter) / (double)u.future;
    return c->start + 1 + (int64_t)(x * x * FUTURE_D * DAY_S);
}

/* The second that video @index vanishes at; INT64_MAX = never. */
static int64_t gone_at(const struct catalog *c, uint64_t index,
                       int64_t published)
{
    uint64_t rank = catalog_perm_at(&c->video_order, index);
    if (rank >= c->gone || published > c->start)
        return INT64_MAX;
    uint64_t before = c->gone / 2;
    if (rank < before)
        return published + (int64_t)((double)(c->start - published) *
                                     (double)rank / (double)before);
    double x = ((double)(rank - before) + 1) / (double)(c->gone - before);
    return c->start + 1 + (int64_t)(x * GONE_AFTER_D * DAY_S);
}

bool catalog_told(const struct catalog *c, uint64_t index, int64_t now)
{
    int64_t published = catalog_published(c, index);
    return published <= now && now < gone_at(c, index, published);
}

/* Uploads [0, result) of @u are published at @now: a binary search, since
 * time grows with the index (rule 5). */
static uint64_t count_published(const struct catalog *c,
                                struct catalog_uploads u, int64_t now)
{
    uint64_t low = 0, high = u.n;
    if (now == c->start)
        return u.n - u.future;
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        if (catalog_published(c, u.first + mid) <= now)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

uint64_t catalog_told_uploads(const struct catalog *c, struct catalog_uploads u,
                              int64_t now)
{
    uint64_t published = count_published(c, u, now), told = published;
    for (uint64_t k = 0; k < published; k++) {
        uint64_t index = u.first + k;
        if (catalog_perm_at(&c->video_order, index) < c->gone)
            told -= !catalog_told(c, index, now);
    }
    return told;
}

/* ---- views ---- */

/* log10 of views at percentiles of all videos; below the first of them down
 * to a quarter of a view, so that about 2 % round to none. */
/* clang-format off */
static const struct view_point {
    double share, log10_views;
} view_points[] = {
    { 0.000, -0.602 }, { 0.100, 0.778 }, { 0.200, 1.204 }, { 0.300, 1.505 },
    { 0.400,  1.756 }, { 0.500, 1.987 }, { 0.600, 2.248 }, { 0.700, 2.560 },
    { 0.800,  2.978 }, { 0.900, 3.608 }, { 0.950, 4.132 }, { 0.990, 5.157 },
    { 0.999,  6.085 },
};
/* clang-format on */
/* Above the last point the tail goes on with the slope of the last two. */
#define TAIL_PER_DECADE 0.928
#define VIEWS_MAX       1.6e10

static double views_of_share(double u)
{
    const size_t n = ARRAY_LEN(view_points);
    const struct view_point *last = &view_points[n - 1];
    if (u >= last->share) {
        double decades = log10((1 - last->share) / (1 - u));
        double v = pow(10, last->log10_views + TAIL_PER_DECADE * decades);
        return v < VIEWS_MAX ? v : VIEWS_MAX;
    }
    size_t k = 1;
    while (u >= view_points[k].share)
        k++;
    const struct view_point *a = &view_points[k - 1], *b = &view_points[k];
    double x = (u - a->share) / (b->share - a->share);
    return pow(10, a->log10_views + x * (b->log10_views - a->log10_views));
}

double catalog_views_at_start(const struct catalog *c, uint64_t index)
{
    return views_of_share(catalog_unit(c, SALT_VIEWS, index));
}

/* How fast the first burst decays: most videos are forgotten soon. */
static const struct decay {
    double share;
    double power; /* of (1 + age in days) */
} decays[] = { { 0.5, 1.4 }, { 0.8, 0.6 }, { 1.0, 0.2 } };

/* The integral of (1 + x)^-power over the first @days. */
static double burst(double power, double days)
{
    return (pow(1 + days, 1 - power) - 1) / (1 - power);
}

/* Views gained by age @days, in units of those of the first year. */
static double base(const struct catalog *c, uint64_t index, double days)
{
    double u = catalog_unit(c, SALT_GROWTH, index);
    const struct decay *d = decays;
    while (u >= d->share)
        d++;
    double t = catalog_unit(c, SALT_TREND, index), trickle = 0.3 * t * t;
    return (1 - trickle) * burst(d->power, days) / burst(d->power, 365) +
           trickle * days / 365;
}

/* The age at which a video has its drawn number of views. */
static double settled_days(const struct catalog *c, int64_t published)
{
    double days = (double)(c->start - published) / DAY_S;
    if (days < 0)
        return 365; /* published later: after its first year */
    return days < 2 ? 2 : days;
}

static double views_now(const struct catalog *c, uint64_t index,
                        int64_t published, int64_t now)
{
    double drawn = catalog_views_at_start(c, index);
    double settled = settled_days(c, published);
    double days = (double)(now - published) / DAY_S;
    if (days == settled)
        return drawn;
    if (days <= 0)
        return 0;
    return drawn * base(c, index, days) / base(c, index, settled);
}

/* ---- likes and comments ---- */

/* At the median of 97 views one video in two has a like rate of 3.1 %; all of
 * them together have 5 %, since the spread is wide. */
#define LIKE_RATE          0.031
#define MEDIAN_VIEWS       97.0
#define LIKE_POWER         0.57
#define SIZE_POWER         0.3
#define LIKE_SPREAD        1.0 /* sigma of ln c */
#define COMMENTS_PER_LIKE  0.12
#define COMMENT_SPREAD     0.9
#define HIDDEN_SHARE       0.015
#define COMMENTS_OFF_SHARE 0.035

static double normal(const struct catalog *c, enum catalog_salt a,
                     enum catalog_salt b, uint64_t index)
{
    double u = 1 - catalog_unit(c, a, index);
    return sqrt(-2 * log(u)) * cos(2 * M_PI * catalog_unit(c, b, index));
}

static double likes_of_views(const struct catalog *c, uint64_t index,
                             double views)
{
    double size = catalog_views_at_start(c, index);
    double z = normal(c, SALT_LIKES, SALT_LIKES_B, index);
    double factor = LIKE_RATE * pow(MEDIAN_VIEWS, 1 - LIKE_POWER) *
                    pow((size + 1) / MEDIAN_VIEWS, SIZE_POWER) *
                    exp(LIKE_SPREAD * z);
    return factor * pow(views, LIKE_POWER);
}

static uint64_t fall_of_week(uint64_t n, uint64_t hash, unsigned one_in,
                             unsigned per_mille_max)
{
    if (hash % one_in)
        return n;
    return n - n / 1000 * (1 + (hash >> 32) % per_mille_max);
}

struct catalog_counts catalog_counts(const struct catalog *c, uint64_t index,
                                     int64_t now)
{
    double views = views_now(c, index, catalog_published(c, index), now);
    double likes = likes_of_views(c, index, round(views));
    double z = normal(c, SALT_COMMENTS, SALT_COMMENTS_B, index);
    double comments = likes * COMMENTS_PER_LIKE * exp(COMMENT_SPREAD * z);
    double dither = catalog_unit(c, SALT_ROUND, index);
    double hidden = catalog_unit(c, SALT_HIDDEN, index);
    uint64_t week = catalog_hash(c, SALT_WEEK, index) + (uint64_t)now / WEEK_S;
    uint64_t h = rnd_mix(week);
    bool likes_hidden = hidden < HIDDEN_SHARE;
    bool comments_off = 1 - hidden < COMMENTS_OFF_SHARE;
    return (struct catalog_counts){
        .views = fall_of_week((uint64_t)round(views), h, 512, 10),
        .likes = fall_of_week((uint64_t)(likes + dither), h >> 9, 16, 15),
        .comments = (uint64_t)(comments + dither),
        .likes_hidden = likes_hidden,
        .comments_off = comments_off,
    };
}
