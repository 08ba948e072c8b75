/*
 * tests/miner/import_merge_test.c - rules 1 to 6 of miner/import_merge.c, one
 * observation against one record.
 */
#include "miner/import_priv.h"
#include "tests/t.h"

enum { DAY = 86400, NO = -1, CLEARED = -2 };

/* A record or an observation; day 0 = tells no counts. */
struct side {
    int day, second;
    int views, likes, dislikes;
    const char *title, *channel;
};

static void set_count(struct video *v, int field, uint64_t *to, int value)
{
    if (value >= 0) {
        *to = (uint64_t)value;
        v->h.have |= UINT64_C(1) << field;
    } else if (value == CLEARED) {
        v->h.clear |= UINT64_C(1) << field;
    }
}

static struct video video_of(const struct side *s)
{
    struct video v = { .h.key = { 7, 0 } };
    int64_t at = (int64_t)s->day * DAY + s->second;
    if (s->day)
        VIDEO_SET(&v, stats_at, at);
    set_count(&v, VIDEO_views, &v.views, s->views);
    set_count(&v, VIDEO_likes, &v.likes, s->likes);
    set_count(&v, VIDEO_dislikes, &v.dislikes, s->dislikes);
    if (s->dislikes >= 0) {
        VIDEO_SET(&v, dislikes_from, DISLIKES_MEASURED);
        VIDEO_SET(&v, dislikes_at, at);
    }
    if (s->dislikes == CLEARED) {
        VIDEO_CLEAR(&v, dislikes_from);
        VIDEO_CLEAR(&v, dislikes_at);
    }
    if (s->title)
        VIDEO_SET(&v, title, str_of(s->title));
    if (s->channel)
        VIDEO_SET(&v, channel_title, str_of(s->channel));
    if (s->title || s->channel)
        VIDEO_SET(&v, text_at, at);
    VIDEO_SET(&v, origin, ORIGIN_TRENDING);
    return v;
}

static int count_of(const struct video *v, int field, uint64_t value)
{
    return v->h.have >> field & 1 ? (int)value : NO;
}

static const struct {
    const char *name;
    struct side rec, obs;
    bool undated, archive;
    enum import_class class;
    struct side want;
    int past_day, past_views; /* day 0 = no sample */
} merges[] = {
    /* clang-format off */
    { "a later day replaces, the earlier state becomes its sample",
      { 3, 0, 10, 1, 2, "T", NULL }, { 4, 0, 20, 3, 4, "U", NULL }, false, false,
      CLASS_UPDATED, { 4, 0, 20, 3, 4, "U", NULL }, 3, 10 },
    { "a later day replaces also with fewer views",
      { 3, 0, 10, 1, 2, "T", NULL }, { 4, 0, 9, 1, 2, "T", NULL }, false, false,
      CLASS_UPDATED, { 4, 0, 9, 1, 2, "T", NULL }, 3, 10 },
    { "an earlier day becomes a sample and changes nothing",
      { 3, 0, 10, 1, 2, "T", NULL }, { 2, 0, 20, 3, 4, "U", NULL }, false, false,
      CLASS_SAMPLED, { 3, 0, 10, 1, 2, "T", NULL }, 2, 20 },
    { "an earlier day fills what the record lacks",
      { 3, 0, 10, 1, 2, "T", NULL }, { 2, 0, 20, 3, 4, "U", "C" }, false, false,
      CLASS_UPDATED, { 3, 0, 10, 1, 2, "T", "C" }, 2, 20 },
    { "of one day more views win, without a sample",
      { 3, 0, 10, 1, 2, "T", NULL }, { 3, 0, 11, 0, 0, "U", NULL }, false, false,
      CLASS_UPDATED, { 3, 0, 11, 0, 0, "U", NULL }, 0, 0 },
    { "of one day more views win against a later hour, whose time stays",
      { 3, 60, 10, 1, 2, "T", NULL }, { 3, 0, 11, 1, 2, "T", NULL }, false, false,
      CLASS_UPDATED, { 3, 60, 11, 1, 2, "T", NULL }, 0, 0 },
    { "of one day fewer views of a later hour lose, and leave their time",
      { 3, 0, 11, 1, 2, "T", NULL }, { 3, 60, 10, 1, 2, "T", NULL }, false, false,
      CLASS_UNCHANGED, { 3, 60, 11, 1, 2, "T", NULL }, 0, 0 },
    { "of one day fewer views lose, without a sample",
      { 3, 0, 10, 1, 2, "T", NULL }, { 3, 0, 9, 9, 9, "U", NULL }, false, false,
      CLASS_UNCHANGED, { 3, 0, 10, 1, 2, "T", NULL }, 0, 0 },
    { "equal views: fewer likes lose at a later hour as well",
      { 3, 0, 10, 1, 2, "T", NULL }, { 3, 60, 10, 0, 2, "T", NULL }, false, false,
      CLASS_UNCHANGED, { 3, 60, 10, 1, 2, "T", NULL }, 0, 0 },
    { "equal views: more likes win",
      { 3, 0, 10, 1, 2, "T", NULL }, { 3, 0, 10, 2, 0, "T", NULL }, false, false,
      CLASS_UPDATED, { 3, 0, 10, 2, 0, "T", NULL }, 0, 0 },
    { "equal but for a withheld count: the told one stays",
      { 3, 0, 10, 0, 2, "T", NULL }, { 3, 0, 10, CLEARED, CLEARED, "T", NULL }, false, false,
      CLASS_UNCHANGED, { 3, 0, 10, 0, 2, "T", NULL }, 0, 0 },
    { "the same again", { 3, 0, 10, 1, 2, "T", "C" }, { 3, 0, 10, 1, 2, "T", "C" }, false, false,
      CLASS_UNCHANGED, { 3, 0, 10, 1, 2, "T", "C" }, 0, 0 },
    { "a winner clears what it withholds",
      { 3, 0, 10, 1, 2, "T", NULL }, { 4, 0, 20, CLEARED, CLEARED, NULL, NULL }, false, false,
      CLASS_UPDATED, { 4, 0, 20, NO, NO, "T", NULL }, 3, 10 },
    { "a winner leaves dislikes that it does not speak of",
      { 3, 0, 10, 1, 2, NULL, NULL }, { 4, 0, 20, 3, NO, NULL, NULL }, false, false,
      CLASS_UPDATED, { 4, 0, 20, 3, 2, NULL, NULL }, 3, 10 },
    { "a loser fills dislikes where likes are known",
      { 3, 0, 10, 1, NO, NULL, NULL }, { 2, 0, 5, 1, 7, NULL, NULL }, false, false,
      CLASS_UPDATED, { 3, 0, 10, 1, 7, NULL, NULL }, 2, 5 },
    { "a loser of the same day does not replace dislikes",
      { 3, 0, 10, 1, 2, NULL, NULL }, { 3, 60, 9, 1, 7, NULL, NULL }, false, false,
      CLASS_UNCHANGED, { 3, 60, 10, 1, 2, NULL, NULL }, 0, 0 },
    { "a loser fills no dislikes where likes are hidden",
      { 3, 0, 10, NO, NO, NULL, NULL }, { 2, 0, 5, 1, 7, NULL, NULL }, false, false,
      CLASS_SAMPLED, { 3, 0, 10, NO, NO, NULL, NULL }, 2, 5 },
    { "a loser never fills a count",
      { 3, 0, NO, 1, 2, NULL, NULL }, { 2, 0, 5, 1, 2, NULL, NULL }, false, false,
      CLASS_SAMPLED, { 3, 0, NO, 1, 2, NULL, NULL }, 2, 5 },
    { "counts for a record that has only text, without a sample",
      { 0, 0, NO, NO, NO, "T", NULL }, { 2, 0, 5, 1, 2, NULL, NULL }, false, false,
      CLASS_UPDATED, { 2, 0, 5, 1, 2, "T", NULL }, 0, 0 },
    { "undated with more views wins, and the earlier state is a sample",
      { 3, 0, 10, 1, 2, "T", NULL }, { 9, 0, 11, 1, 2, "U", NULL }, true, false,
      CLASS_UPDATED, { 9, 0, 11, 1, 2, "U", NULL }, 3, 10 },
    { "undated with as many views changes nothing",
      { 3, 0, 10, 1, 2, "T", NULL }, { 9, 0, 10, 2, 3, "U", NULL }, true, false,
      CLASS_UNCHANGED, { 3, 0, 10, 1, 2, "T", NULL }, 0, 0 },
    { "undated with fewer views only fills, never a sample",
      { 3, 0, 10, 1, 2, "T", NULL }, { 2, 0, 9, 2, 3, "U", "C" }, true, false,
      CLASS_UPDATED, { 3, 0, 10, 1, 2, "T", "C" }, 0, 0 },
    { "an undated winner never sets the time back",
      { 3, 0, 10, 1, 2, "T", NULL }, { 2, 0, 11, 1, 2, "T", NULL }, true, false,
      CLASS_UPDATED, { 3, 0, 11, 1, 2, "T", NULL }, 0, 0 },
    { "an archive sets dislikes only",
      { 3, 0, 10, 1, NO, "T", NULL }, { 2, 0, 99, 99, 7, "U", "C" }, false, true,
      CLASS_UPDATED, { 3, 0, 10, 1, 7, "T", NULL }, 0, 0 },
    { "an archive older than the record's dislikes changes nothing",
      { 3, 0, 10, 1, 2, "T", NULL }, { 2, 0, 99, 99, 7, NULL, NULL }, false, true,
      CLASS_UNCHANGED, { 3, 0, 10, 1, 2, "T", NULL }, 0, 0 },
    { "an archive newer than them replaces them",
      { 3, 0, 10, 1, 2, "T", NULL }, { 4, 0, 99, 99, 7, NULL, NULL }, false, true,
      CLASS_UPDATED, { 3, 0, 10, 1, 7, "T", NULL }, 0, 0 },
    { "an archive of the time of measured dislikes changes nothing",
      { 3, 0, 10, 1, 2, "T", NULL }, { 3, 0, 99, 99, 7, NULL, NULL }, false, true,
      CLASS_UNCHANGED, { 3, 0, 10, 1, 2, "T", NULL }, 0, 0 },
    { "an archive without dislikes changes nothing",
      { 3, 0, 10, 1, 2, "T", NULL }, { 4, 0, 99, 99, NO, NULL, NULL }, false, true,
      CLASS_UNCHANGED, { 3, 0, 10, 1, 2, "T", NULL }, 0, 0 },
    /* clang-format on */
};

static void check_record(const char *name, const struct video *v,
                         const struct side *w)
{
    if (w->day)
        T_I64(name, v->stats_at, (int64_t)w->day * DAY + w->second);
    else
        T_TRUE(name, !VIDEO_HAS(v, stats_at));
    T_I64(name, count_of(v, VIDEO_views, v->views), w->views);
    T_I64(name, count_of(v, VIDEO_likes, v->likes), w->likes);
    T_I64(name, count_of(v, VIDEO_dislikes, v->dislikes), w->dislikes);
    T_STR(name, VIDEO_HAS(v, title) ? v->title : STR(""),
          w->title ? w->title : "");
    T_STR(name, VIDEO_HAS(v, channel_title) ? v->channel_title : STR(""),
          w->channel ? w->channel : "");
    T_TRUE(name, VIDEO_HAS(v, dislikes) == VIDEO_HAS(v, dislikes_from));
}

/* What is put must turn @before into @after, and touch nothing else. */
static void check_delta(const char *name, const struct import_state *st,
                        const struct video *before, const struct video *after)
{
    struct video d;
    import_delta(st, &schema_video, &d);
    T_U64(name, d.h.have & d.h.clear, 0);
    T_U64(name, (before->h.have | d.h.have) & ~d.h.clear, after->h.have);
    for (size_t f = 0; f < schema_video.n_fields; f++)
        if ((after->h.have & ~d.h.have) >> f & 1)
            T_TRUE(name, schema_equal(&schema_video.fields[f], before, after));
}

START_TEST(one_against_one)
{
    for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
        const char *name = merges[i].name;
        struct video rec = video_of(&merges[i].rec), before = rec;
        struct import_obs obs = { .undated = merges[i].undated,
                                  .archive = merges[i].archive,
                                  .u.v = video_of(&merges[i].obs) };
        struct import_state st = { .rec = &rec, .known = true };
        struct sample past = { .h.have = 0 };
        bool is_past;
        enum import_class class = import_merge(&st, &obs, &past, &is_past);
        T_I64(name, class, merges[i].class);
        check_record(name, &rec, &merges[i].want);
        check_delta(name, &st, &before, &rec);
        T_I64(name, is_past ? (int64_t)past.h.key[1] : 0, merges[i].past_day);
        T_I64(name, is_past ? (int64_t)past.views : 0, merges[i].past_views);
        /* The time may move without a word. */
        bool moved = (st.touched & ~VIDEO_BIT(stats_at)) != 0;
        T_TRUE(name, moved == (class == CLASS_UPDATED));
    }
}
END_TEST

START_TEST(a_new_record)
{
    struct side s = { 3, 0, 10, CLEARED, 2, "T", NULL };
    struct video rec = { .h.have = 0 };
    struct import_obs obs = { .u.v = video_of(&s) };
    struct import_state st = { .rec = &rec, .known = false };
    struct sample past;
    bool is_past;
    VIDEO_SET(&obs.u.v, discovered_by, FOUND_IMPORT);
    ck_assert_int_eq(import_merge(&st, &obs, &past, &is_past), CLASS_NEW);
    T_TRUE("no sample", !is_past);
    T_TRUE("known from now on", st.known);
    T_U64("key", rec.h.key[0], 7);
    T_TRUE("how it was met", VIDEO_HAS(&rec, discovered_by));
    T_U64("nothing to clear", rec.h.clear, 0);

    VIDEO_SET(&obs.u.v, discovered_by, FOUND_CHART);
    ck_assert_int_eq(import_merge(&st, &obs, &past, &is_past), CLASS_UNCHANGED);
    T_U64("set once", rec.discovered_by, FOUND_IMPORT);
}
END_TEST

/* The record of day 5 has dislikes of day 2: those of day 3 are better. */
START_TEST(dislikes_of_a_later_day)
{
    struct side s = { 5, 0, 10, 1, 2, NULL, NULL };
    struct side loser = { 3, 0, 9, 1, 7, NULL, NULL };
    struct video rec = video_of(&s);
    struct import_obs obs = { .u.v = video_of(&loser) };
    struct import_state st = { .rec = &rec, .known = true };
    struct sample past;
    bool is_past;
    VIDEO_SET(&rec, dislikes_at, 2 * DAY);
    ck_assert_int_eq(import_merge(&st, &obs, &past, &is_past), CLASS_UPDATED);
    T_U64("dislikes", rec.dislikes, 7);
    T_I64("their time", rec.dislikes_at, 3 * DAY);
    ck_assert_int_eq(import_merge(&st, &obs, &past, &is_past), CLASS_SAMPLED);
}
END_TEST

/* Dislikes that came from elsewhere do not belong to the day's sample. */
START_TEST(samples_of_one_time)
{
    struct side s = { 3, 0, 10, 1, 2, NULL, NULL };
    struct side next = { 4, 0, 11, 1, 2, NULL, NULL };
    struct video rec = video_of(&s);
    struct import_obs obs = { .u.v = video_of(&next) };
    struct import_state st = { .rec = &rec, .known = true };
    struct sample past;
    bool is_past;
    VIDEO_SET(&rec, dislikes_at, 2 * DAY);
    ck_assert_int_eq(import_merge(&st, &obs, &past, &is_past), CLASS_UPDATED);
    T_TRUE("a sample", is_past);
    T_U64("without dislikes", past.h.have & SAMPLE_BIT(dislikes), 0);
    T_I64("of its second", past.at, 3 * DAY);
}
END_TEST

static struct sample sample_with(uint64_t views, uint64_t likes)
{
    return (struct sample){ .h.have = SAMPLE_BIT(views) | SAMPLE_BIT(likes),
                            .views = views,
                            .likes = likes };
}

START_TEST(samples_of_one_day)
{
    struct sample kept = sample_with(10, 1), s = sample_with(10, 1);
    T_TRUE("the same", !import_merge_sample(&kept, true, &s));
    s = sample_with(9, 5);
    T_TRUE("fewer views", !import_merge_sample(&kept, true, &s));
    s = sample_with(11, 0);
    T_TRUE("more views", import_merge_sample(&kept, true, &s));
    T_U64("more views", kept.likes, 0);
    s = sample_with(12, 0);
    s.h.have = SAMPLE_BIT(views);
    T_TRUE("without likes", import_merge_sample(&kept, true, &s));
    T_U64("without likes", kept.h.clear, SAMPLE_BIT(likes));
    s.views = 13;
    T_TRUE("once more", import_merge_sample(&kept, true, &s));
    T_U64("the store still has likes to clear", kept.h.clear,
          SAMPLE_BIT(likes));
    s = sample_with(0, 0);
    T_TRUE("the first of its day", import_merge_sample(&kept, false, &s));
    T_U64("the first of its day", kept.h.clear, 0);
}
END_TEST

START_TEST(channels)
{
    struct channel rec = { .h.have = 0 };
    struct import_state st = { .rec = &rec, .known = false };
    struct import_obs obs = { .channel = true };
    bool is_past;
    CHANNEL_SET(&obs.u.c, views, 10);
    CHANNEL_SET(&obs.u.c, subscribers, 5);
    CHANNEL_SET(&obs.u.c, stats_at, 3 * DAY);
    ck_assert_int_eq(import_merge(&st, &obs, NULL, &is_past), CLASS_NEW);
    obs.u.c.stats_at = 2 * DAY;
    CHANNEL_SET(&obs.u.c, title, STR("T"));
    ck_assert_int_eq(import_merge(&st, &obs, NULL, &is_past), CLASS_UPDATED);
    T_STR("an earlier day fills", rec.title, "T");
    T_I64("and is no time", rec.stats_at, 3 * DAY);
    ck_assert_int_eq(import_merge(&st, &obs, NULL, &is_past), CLASS_UNCHANGED);
    T_TRUE("channels have no samples", !is_past);
    obs.u.c.stats_at = 4 * DAY;
    obs.u.c.views = 9;
    ck_assert_int_eq(import_merge(&st, &obs, NULL, &is_past), CLASS_UPDATED);
    T_TRUE("no sample of the earlier day", !is_past);
    T_U64("a later day replaces", rec.views, 9);
}
END_TEST

T_SUITE("merging of observations", 30, one_against_one, a_new_record,
        dislikes_of_a_later_day, samples_of_one_time, samples_of_one_day,
        channels)
