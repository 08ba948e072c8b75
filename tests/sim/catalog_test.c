/*
 * The generated catalogue: rules of sim/catalog.c and sim/counts.c.
 * Marginals: published percentiles and shares of real metadata.
 */
#include "tests/sim/sim_t.h"

#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

#define DAY INT64_C(86400)

static void make(struct catalog *c, uint64_t videos, uint64_t channels)
{
    struct err e = ERR_INIT;
    T_OK(catalog_init(c, 7, videos, channels, T_START, &e), &e);
}

/* clang-format off */
static const struct { const char *name; uint64_t videos, channels; int rc; } sizes[] = {
    { "nothing at all",                 0,         0,    RC_OK },
    { "no videos, channels ignored",    0,         2000, RC_OK },
    { "one video",                      1,         1,    RC_OK },
    { "a channel for every video",      777,       777,  RC_OK },
    { "fewer than the classes",         30,        7,    RC_OK },
    { "the default",                    100000,    2000, RC_OK },
    { "long lists, tail flattened",     3000000,   2000, RC_OK },
    { "lists as long as they may be",   199990,    10,   RC_OK },
    { "lists that would be too long",   199991,    10,   RC_INPUT },
    { "the most videos",                100000000, 20000, RC_OK },
    { "one more than the most",         100000001, 20000, RC_INPUT },
    { "no channel",                     5,         0,    RC_INPUT },
    { "more channels than videos",      5,         6,    RC_INPUT },
};
/* clang-format on */

/* Sizes add up, none is 0 or above the limit, and both directions agree. */
static void check_layout(const char *name, const struct catalog *c)
{
    uint64_t sum = 0, step = c->channels / 5000 + 1;
    for (uint64_t ch = 0; ch < c->channels; ch += step) {
        struct catalog_uploads u = catalog_uploads(c, ch);
        T_TRUE(name, u.n >= 1 && u.n <= CATALOG_UPLOADS_MAX);
        T_TRUE(name, u.future < u.n);
        T_U64(name, catalog_channel_of(c, u.first), ch);
        T_U64(name, catalog_channel_of(c, u.first + u.n - 1), ch);
        sum += u.n;
    }
    if (step == 1)
        T_U64(name, sum, c->videos);
    if (!c->channels)
        return;
    struct catalog_uploads last = catalog_uploads(c, c->channels - 1);
    T_U64(name, last.first + last.n, c->videos);
}

START_TEST(channels_share_all_videos)
{
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct catalog c;
        struct err e = ERR_INIT;
        int rc = catalog_init(&c, 7, sizes[i].videos, sizes[i].channels,
                              T_START, &e);
        T_RC(sizes[i].name, rc, sizes[i].rc, &e);
        if (!rc)
            check_layout(sizes[i].name, &c);
    }
}
END_TEST

START_TEST(a_whole_harvest_costs_what_it_should)
{
    struct catalog c;
    make(&c, 1000000, 20000);
    uint64_t pages = 0, largest = 0;
    for (uint64_t ch = 0; ch < c.channels; ch++) {
        uint64_t n = catalog_uploads(&c, ch).n;
        pages += (n + 49) / 50;
        largest = n > largest ? n : largest;
    }
    uint64_t units = pages + 20000 + 400;
    ck_assert_msg(units >= 40000 && units <= 51000, "%llu units",
                  (unsigned long long)units);
    T_TRUE("the tail is heavy", largest > 30 * 50);
}
END_TEST

START_TEST(ids_lead_back_to_their_index)
{
    struct catalog c;
    make(&c, 20000, 300);
    uint64_t back;
    for (uint64_t i = 0; i < c.videos; i++) {
        T_TRUE("video",
               catalog_video_index(&c, catalog_video_id(&c, i), &back));
        T_U64("video", back, i);
    }
    for (uint64_t ch = 0; ch < c.channels; ch++) {
        struct cid id = catalog_channel_id(&c, ch);
        T_TRUE("channel", catalog_channel_index(&c, id, &back));
        T_U64("channel", back, ch);
        id.lo ^= 4;
        T_TRUE("half an id", !catalog_channel_index(&c, id, &back));
    }
    T_TRUE("beyond the last",
           !catalog_video_index(&c, catalog_video_id(&c, c.videos), &back));
}
END_TEST

START_TEST(seeds_give_different_catalogues)
{
    struct catalog a, b;
    struct err e = ERR_INIT;
    T_OK(catalog_init(&a, 7, 1000, 20, T_START, &e), &e);
    T_OK(catalog_init(&b, 8, 1000, 20, T_START, &e), &e);
    uint64_t index;
    for (uint64_t i = 0; i < 1000; i++)
        T_TRUE("an id of seed 7 in seed 8",
               !catalog_video_index(&b, catalog_video_id(&a, i), &index));
}
END_TEST

/* 99 % at start is exact for every size, small ones too. */
START_TEST(nearly_all_are_told_at_start)
{
    for (uint64_t videos = 1; videos < 40000; videos = videos * 3 + 1) {
        struct catalog c;
        make(&c, videos, videos / 50 + 1);
        uint64_t told = 0, later = 0;
        for (uint64_t i = 0; i < videos; i++) {
            told += catalog_told(&c, i, T_START);
            later += catalog_told(&c, i, T_START + 40 * DAY);
        }
        ck_assert_msg(told * 100 >= videos * 99, "%llu of %llu",
                      (unsigned long long)told, (unsigned long long)videos);
        if (videos > 5000)
            T_TRUE("some appear later, some vanish", later != told);
    }
}
END_TEST

START_TEST(uploads_are_in_order_and_counted)
{
    struct catalog c;
    make(&c, 30000, 200);
    const int64_t nows[] = { T_START - 4000 * DAY, T_START - DAY, T_START,
                             T_START + DAY, T_START + 90 * DAY };
    for (uint64_t ch = 0; ch < c.channels; ch++) {
        struct catalog_uploads u = catalog_uploads(&c, ch);
        for (uint64_t k = 1; k < u.n; k++)
            T_TRUE("time grows with the index",
                   catalog_published(&c, u.first + k - 1) <=
                       catalog_published(&c, u.first + k));
        for (size_t n = 0; n < ARRAY_LEN(nows); n++) {
            uint64_t told = 0;
            for (uint64_t k = 0; k < u.n; k++)
                told += catalog_told(&c, u.first + k, nows[n]);
            T_U64("told uploads", catalog_told_uploads(&c, u, nows[n]), told);
        }
    }
}
END_TEST

static int by_value(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

START_TEST(views_follow_the_published_percentiles)
{
    static const struct {
        double share, views;
    } want[] = { { .10, 6 },    { .20, 16 },    { .30, 32 },    { .40, 57 },
                 { .50, 97 },   { .60, 177 },   { .70, 363 },   { .80, 950 },
                 { .90, 4054 }, { .95, 13542 }, { .99, 143519 } };
    enum { N = 100000 };
    struct catalog c;
    make(&c, N, 2000);
    double *views = calloc(N, sizeof(*views));
    size_t n = 0;
    for (uint64_t i = 0; i < N; i++)
        if (catalog_told(&c, i, T_START))
            views[n++] = (double)catalog_counts(&c, i, T_START).views;
    qsort(views, n, sizeof(*views), by_value);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        double got = views[(size_t)(want[i].share * (double)n)];
        ck_assert_msg(fabs(log10((got + 1) / (want[i].views + 1))) < 0.05,
                      "%.0f %%: %.0f views, want %.0f", want[i].share * 100,
                      got, want[i].views);
    }
    double top = views[(size_t)(.999 * (double)n)];
    T_TRUE("99.9 %", top > 0.6 * 1216624 && top < 1.6 * 1216624);
    free(views);
}
END_TEST

/* Likes per view of all videos below 10, 100, ... views: the published pooled
 * (likes + dislikes)/views less the twentieth that are dislikes. */
static const double like_rates[] = { .093, .070, .036, .024, .022, .020 };

struct likes {
    double rate[60000]; /* of the videos in one decade of views */
    size_t n;
    double likes, views;
};

static void take_likes(struct likes *d, struct catalog_counts k)
{
    d->rate[d->n++] = (double)k.likes / (double)k.views;
    d->likes += (double)k.likes;
    d->views += (double)k.views;
}

static void check_likes(struct likes *d, int decade, double want)
{
    double got = d->likes / d->views;
    ck_assert_msg(got > want / 1.5 && got < want * 1.5,
                  "decade %d: %f likes a view, want %f", decade, got, want);
    qsort(d->rate, d->n, sizeof(*d->rate), by_value);
    double low = d->rate[d->n / 10], high = d->rate[d->n * 9 / 10];
    if (decade >= 2)
        ck_assert_msg(high > 7 * low && high < 21 * low,
                      "decade %d: q90 / q10 = %f", decade, high / low);
}

START_TEST(like_rates_follow_the_published_ones)
{
    enum { N = 100000, DECADES = ARRAY_LEN(like_rates) };
    struct catalog c;
    make(&c, N, 2000);
    struct likes *decade = calloc(DECADES, sizeof(*decade));
    size_t hidden = 0, off = 0, none = 0;
    for (uint64_t i = 0; i < N; i++) {
        struct catalog_counts k = catalog_counts(&c, i, T_START);
        hidden += k.likes_hidden;
        off += k.comments_off;
        none += k.likes == 0;
        int d = k.views ? (int)log10((double)k.views) : DECADES;
        if (d < DECADES)
            take_likes(&decade[d], k);
    }
    for (int d = 0; d < DECADES; d++)
        check_likes(&decade[d], d, like_rates[d]);
    free(decade);
    T_TRUE("1 to 2 % hide their likes", hidden > N / 100 && hidden < N / 50);
    T_TRUE("a few % have comments off", off > N / 50 && off < N / 20);
    T_TRUE("a sixth to a third has no like", none > N / 6 && none < N / 3);
}
END_TEST

/* Published quantiles of random-like, ad-view and channel samples span these
 * ranges. */
START_TEST(durations_are_those_of_real_samples)
{
    static const struct {
        double share, low, high;
    } want[] = { { .10, 25, 105 },
                 { .50, 190, 345 },
                 { .90, 1200, 2600 },
                 { .99, 3400, 9500 } };
    enum { N = 50000 };
    struct catalog c;
    struct arena arena = ARENA_INIT(1 << 20);
    double *seconds = calloc(N, sizeof(*seconds));
    size_t n = 0;
    make(&c, N, 1000);
    for (uint64_t i = 0; i < N; i++) {
        struct video v;
        ck_assert(!catalog_video(&c, i, T_START, VIDEO_BIT(duration), &arena,
                                 &v, NULL));
        if (VIDEO_HAS(&v, duration))
            seconds[n++] = (double)v.duration;
        arena_reset(&arena);
    }
    qsort(seconds, n, sizeof(*seconds), by_value);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        double got = seconds[(size_t)(want[i].share * (double)n)];
        ck_assert_msg(got >= want[i].low && got <= want[i].high,
                      "%.0f %%: %.0f s", want[i].share * 100, got);
    }
    free(seconds);
    arena_fini(&arena);
}
END_TEST

/* Within one video l/v falls as views^-0.43: measured elasticity -0.40 to
 * -0.53. */
START_TEST(a_growing_video_loses_like_rate)
{
    struct catalog c;
    make(&c, 20000, 300);
    double sum = 0, n = 0;
    for (uint64_t i = 0; i < c.videos; i++) {
        struct catalog_counts a = catalog_counts(&c, i, T_START);
        struct catalog_counts b = catalog_counts(&c, i, T_START + 900 * DAY);
        if (a.views < 1000 || a.likes < 100 || b.views < a.views * 5 / 4)
            continue;
        double views = log((double)b.views / (double)a.views);
        double likes = log((double)b.likes / (double)a.likes);
        sum += (likes - views) / views;
        n++;
    }
    T_TRUE("videos that grew", n > 50);
    ck_assert_msg(sum / n > -0.55 && sum / n < -0.35, "elasticity %f", sum / n);
}
END_TEST

START_TEST(counts_grow_but_for_a_few)
{
    struct catalog c;
    make(&c, 20000, 300);
    uint64_t pairs = 0, views_fell = 0, likes_fell = 0;
    for (uint64_t i = 0; i < c.videos; i++) {
        if (!catalog_told(&c, i, T_START))
            continue;
        for (int64_t d = 0; d < 28; d += 7) {
            struct catalog_counts a = catalog_counts(&c, i, T_START + d * DAY);
            struct catalog_counts b =
                catalog_counts(&c, i, T_START + (d + 7) * DAY);
            pairs++;
            views_fell += b.views < a.views;
            likes_fell += b.likes < a.likes;
        }
    }
    T_TRUE("views hardly ever fall", views_fell * 200 < pairs);
    T_TRUE("likes seldom fall", likes_fell * 10 < pairs);
    T_TRUE("but both happen", views_fell && likes_fell);
}
END_TEST

static void check_record(const struct catalog *c, uint64_t index,
                         struct arena *arena, uint64_t *shorts, uint64_t *young)
{
    const int64_t shorts_since = INT64_C(1600041600);
    struct video v;
    struct err e = ERR_INIT;
    T_OK(catalog_video(c, index, T_START, ~UINT64_C(0), arena, &v, &e), &e);
    T_OK(schema_validate(&schema_video, &v, &e), &e);
    T_TRUE("title",
           v.title.n > 0 && utf8_valid(v.title) && utf8_count(v.title) <= 100);
    T_TRUE("description", utf8_valid(v.description) && v.description.n <= 5000);
    T_TRUE("no dislikes", !VIDEO_HAS(&v, dislikes));
    T_TRUE("no duration while live",
           VIDEO_HAS(&v, duration) == (v.live != LIVE_LIVE));
    T_TRUE("not too long", !VIDEO_HAS(&v, duration) || v.duration <= 43200);
    if (v.published < shorts_since || !VIDEO_HAS(&v, duration))
        return;
    *young += 1;
    *shorts += v.duration <= 60;
}

START_TEST(records_are_valid)
{
    struct catalog c;
    make(&c, 20000, 300);
    uint64_t shorts = 0, young = 0;
    struct arena arena = ARENA_INIT(64 << 20);
    for (uint64_t i = 0; i < c.videos; i++) {
        check_record(&c, i, &arena, &shorts, &young);
        arena_reset(&arena);
    }
    T_TRUE("a quarter to a third of the newer ones are Shorts",
           shorts * 100 > young * 25 && shorts * 100 < young * 40);
    for (uint64_t ch = 0; ch < c.channels; ch++) {
        struct channel x;
        struct err e = ERR_INIT;
        uint64_t back;
        T_OK(catalog_channel(&c, ch, T_START, &arena, &x, &e), &e);
        T_OK(schema_validate(&schema_channel, &x, &e), &e);
        T_TRUE("handle", catalog_channel_named(&c, x.handle, &back));
        T_U64("handle", back, ch);
        T_TRUE("handle without @",
               catalog_channel_named(&c, str_from(x.handle, 1), &back));
        arena_reset(&arena);
    }
    arena_fini(&arena);
    uint64_t none;
    T_TRUE("no such handle", !catalog_channel_named(&c, STR("@x5"), &none));
    T_TRUE("no digits", !catalog_channel_named(&c, STR("@x"), &none));
    T_TRUE("empty", !catalog_channel_named(&c, STR(""), &none));
}
END_TEST

START_TEST(only_what_is_asked_for_is_filled)
{
    struct catalog c;
    make(&c, 1000, 20);
    struct arena arena = ARENA_INIT(1 << 20);
    struct err e = ERR_INIT;
    struct video v;
    T_OK(catalog_video(&c, 5, T_START, VIDEO_BIT(title) | VIDEO_BIT(views),
                       &arena, &v, &e),
         &e);
    T_U64("fields", v.h.have, VIDEO_BIT(title) | VIDEO_BIT(views));
    arena_fini(&arena);
}
END_TEST

START_TEST(an_early_start_squeezes_ages)
{
    struct catalog c;
    struct err e = ERR_INIT;
    const int64_t early = INT64_C(1167609600); /* 2007-01-01 */
    T_OK(catalog_init(&c, 7, 5000, 100, early, &e), &e);
    for (uint64_t i = 0; i < c.videos; i++)
        T_TRUE("not before the first video of all",
               catalog_published(&c, i) > INT64_C(1114214400));
}
END_TEST

T_SUITE("sim.catalog", 120, channels_share_all_videos,
        a_whole_harvest_costs_what_it_should, ids_lead_back_to_their_index,
        seeds_give_different_catalogues, nearly_all_are_told_at_start,
        uploads_are_in_order_and_counted,
        views_follow_the_published_percentiles,
        like_rates_follow_the_published_ones,
        durations_are_those_of_real_samples, a_growing_video_loses_like_rate,
        counts_grow_but_for_a_few, records_are_valid,
        only_what_is_asked_for_is_filled, an_early_start_squeezes_ages)
