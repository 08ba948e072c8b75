/*
 * miner/import_merge.c - what an observation does to the record: pure.
 *
 * Rules
 *   1. the record is the latest observation by day; of one day the one with
 *      more views, then with more of the other counts, in turn: a total order,
 *      so the order of files does not matter. Its time is the latest of its
 *      day, and never falls: the store leaves younger counts alone
 *   2. what loses against another day becomes the sample of its day; of two
 *      samples of a day the better one by rule 1 stays
 *   3. the winner replaces all counts it tells or clears, and every fact it
 *      tells; the loser only fills facts the record lacks, never a count
 *   4. dislikes keep their own time and source: a winner that does not tell
 *      them leaves them, and a loser fills them where likes are known and
 *      those at hand, if any, are of an earlier day
 *   5. an undated observation competes by its views alone, and never becomes
 *      a sample: importing its file again changes nothing
 *   6. an archive of dislikes sets dislikes only, unless nothing was known
 *
 * Nothing here fails, allocates or looks at the store.
 */
#include "miner/import_priv.h"

#include "base/cal.h"

/* What differs between videos and channels. */
struct rules {
    const struct schema_type *type;
    uint64_t counts;   /* one observation, with stats_at and origin */
    uint64_t only_new; /* set when the record is made, never later */
    uint64_t text;     /* what text_at is the time of */
    uint64_t keep;     /* dislikes and their source */
    int stats_at, text_at;
    int order[4]; /* counts by weight (rule 1); -1 = none */
};

static const struct rules video_rules = {
    .type = &schema_video,
    .counts = VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(dislikes) |
              VIDEO_BIT(comments) | VIDEO_BIT(stats_at) | VIDEO_BIT(origin),
    .only_new = VIDEO_BIT(discovered_by) | VIDEO_BIT(foreign),
    .text = VIDEO_BIT(title) | VIDEO_BIT(description) | VIDEO_BIT(tags) |
            VIDEO_BIT(channel) | VIDEO_BIT(channel_title) |
            VIDEO_BIT(language) | VIDEO_BIT(audio_language),
    .keep =
        VIDEO_BIT(dislikes) | VIDEO_BIT(dislikes_from) | VIDEO_BIT(dislikes_at),
    .stats_at = VIDEO_stats_at,
    .text_at = VIDEO_text_at,
    .order = { VIDEO_views, VIDEO_likes, VIDEO_dislikes, VIDEO_comments },
};
static const struct rules channel_rules = {
    .type = &schema_channel,
    .counts = CHANNEL_BIT(views) | CHANNEL_BIT(subscribers) |
              CHANNEL_BIT(videos) | CHANNEL_BIT(stats_at) | CHANNEL_BIT(origin),
    .text = CHANNEL_BIT(title) | CHANNEL_BIT(description) |
            CHANNEL_BIT(handle) | CHANNEL_BIT(country) | CHANNEL_BIT(uploads),
    .stats_at = CHANNEL_stats_at,
    .text_at = CHANNEL_text_at,
    .order = { CHANNEL_views, CHANNEL_subscribers, CHANNEL_videos, -1 },
};

static bool has(const void *rec, int field)
{
    const struct schema_head *h = rec;
    return field >= 0 && (h->have >> field & 1);
}

static uint64_t u64_at(const struct schema_type *t, const void *rec, int f)
{
    return *(const uint64_t *)schema_at_const(&t->fields[f], rec);
}

static int64_t sec_at(const struct schema_type *t, const void *rec, int f)
{
    return *(const int64_t *)schema_at_const(&t->fields[f], rec);
}

/* ---- order (rule 1) ---- */

/* Absent comes before 0. */
static int cmp_count(const struct schema_type *t, const void *a, const void *b,
                     int f)
{
    bool in_a = has(a, f), in_b = has(b, f);
    if (!in_a || !in_b)
        return in_a - in_b;
    uint64_t x = u64_at(t, a, f), y = u64_at(t, b, f);
    return (x > y) - (x < y);
}

static int cmp_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Of one day. */
static int cmp_of_day(const struct schema_type *t, const int order[4],
                      const void *a, const void *b)
{
    int c = 0;
    for (int i = 0; !c && i < 4 && order[i] >= 0; i++)
        c = cmp_count(t, a, b, order[i]);
    return c;
}

static int64_t day_of(const struct rules *r, const void *rec)
{
    return cal_day_of_s(sec_at(r->type, rec, r->stats_at));
}

static bool wins(const struct rules *r, const void *rec,
                 const struct import_obs *obs, const void *o)
{
    if (!has(rec, r->stats_at))
        return true;
    if (obs->undated)
        return cmp_count(r->type, o, rec, r->order[0]) > 0; /* rule 5 */
    int c = cmp_i64(day_of(r, o), day_of(r, rec));
    return (c ? c : cmp_of_day(r->type, r->order, o, rec)) > 0;
}

/* ---- changing a record ---- */

static size_t field_size(const struct schema_field *f)
{
    switch (f->kind) {
    case SCHEMA_F32:
        return sizeof(float);
    case SCHEMA_CID:
        return sizeof(struct cid);
    case SCHEMA_STR:
    case SCHEMA_LIST:
        return sizeof(struct str);
    default:
        return sizeof(uint64_t);
    }
}

static void set_field(struct import_state *st, const struct schema_field *f,
                      uint64_t bit, const void *src)
{
    struct schema_head *h = st->rec;
    if ((h->have & bit) && schema_equal(f, st->rec, src))
        return;
    memcpy(schema_at(f, st->rec), schema_at_const(f, src), field_size(f));
    h->have |= bit;
    st->touched |= bit;
    st->changed = true;
}

/* Set or clear what @src says of the fields in @mask. */
static void overwrite(struct import_state *st, const struct schema_type *t,
                      const void *src, uint64_t mask)
{
    const struct schema_head *from = src;
    struct schema_head *h = st->rec;
    uint64_t gone = from->clear & mask & h->have;
    for (size_t i = 0; i < t->n_fields; i++) {
        uint64_t bit = UINT64_C(1) << i;
        if (from->have & mask & bit)
            set_field(st, &t->fields[i], bit, src);
    }
    h->have &= ~gone;
    st->touched |= gone;
    st->changed = st->changed || gone;
}

/* Set those of @mask that the record lacks. */
static void fill(struct import_state *st, const struct schema_type *t,
                 const void *src, uint64_t mask)
{
    const struct schema_head *h = st->rec;
    overwrite(st, t, src,
              mask & ~h->have & ((const struct schema_head *)src)->have);
}

/* Facts that a loser may fill (rule 3), with the time of the text. */
static void fill_facts(struct import_state *st, const struct rules *r,
                       const void *o)
{
    const struct schema_head *h = st->rec;
    uint64_t at = UINT64_C(1) << r->text_at;
    bool had_text = (h->have & r->text) != 0;
    fill(st, r->type, o, ~(r->counts | r->only_new | r->keep | at));
    if (!had_text && (h->have & r->text))
        fill(st, r->type, o, at);
}

/* Rule 4: dislikes of a later day than those the record has. */
static void fill_dislikes(struct import_state *st, const struct rules *r,
                          const struct import_obs *obs, const void *o)
{
    if (!r->keep || !has(o, VIDEO_dislikes) || !has(st->rec, VIDEO_likes))
        return;
    const struct video *v = st->rec, *w = o;
    bool later = !obs->undated &&
                 cal_day_of_s(v->dislikes_at) < cal_day_of_s(w->dislikes_at);
    if (!has(v, VIDEO_dislikes) || later)
        overwrite(st, r->type, o, r->keep);
}

/* The facts of a winner; its text_at only moves on. */
static void take_facts(struct import_state *st, const struct rules *r,
                       const void *o)
{
    uint64_t at = UINT64_C(1) << r->text_at;
    overwrite(st, r->type, o, ~(r->counts | r->only_new | r->keep | at));
    if (!has(o, r->text_at))
        return;
    if (!has(st->rec, r->text_at) ||
        sec_at(r->type, o, r->text_at) > sec_at(r->type, st->rec, r->text_at))
        overwrite(st, r->type, o, at);
}

/* ---- samples (rule 2) ---- */

/* The day's counts of @v; dislikes only if they are of that day. */
static void sample_of(const struct video *v, struct sample *ret)
{
    int64_t day = cal_day_of_s(v->stats_at);
    *ret = (struct sample){ .h.key = { v->h.key[0], (uint64_t)day } };
#define COPY(field, out)                                                       \
    do {                                                                       \
        if (VIDEO_HAS(v, field)) {                                             \
            ret->out = v->field;                                               \
            ret->h.have |= SAMPLE_BIT(out);                                    \
        }                                                                      \
    } while (0)
    COPY(views, views);
    COPY(likes, likes);
    COPY(comments, comments);
    COPY(stats_at, at);
    COPY(origin, origin);
    if (VIDEO_HAS(v, dislikes_at) && cal_day_of_s(v->dislikes_at) == day)
        COPY(dislikes, dislikes);
#undef COPY
}

bool import_merge_sample(struct sample *io, bool known, const struct sample *s)
{
    static const int order[4] = { SAMPLE_views, SAMPLE_likes, SAMPLE_dislikes,
                                  SAMPLE_comments };
    bool later = !known || s->at > io->at;
    if (known && cmp_of_day(&schema_sample, order, s, io) <= 0) {
        if (later)
            io->at = s->at;
        return later;
    }
    int64_t at = later ? s->at : io->at;
    uint64_t gone = known ? (io->h.have | io->h.clear) & ~s->h.have : 0;
    *io = *s;
    io->h.clear = gone;
    io->at = at;
    return true;
}

/* ---- the whole ---- */

static enum import_class make_new(struct import_state *st,
                                  const struct rules *r, const void *o)
{
    memcpy(st->rec, o, r->type->size);
    struct schema_head *h = st->rec;
    h->clear = 0;
    st->known = true;
    st->touched = h->have;
    return CLASS_NEW;
}

/* @o tells no counts: its text may be newer than the record's. */
static void merge_text(struct import_state *st, const struct rules *r,
                       const struct import_obs *obs, const void *o)
{
    bool newer =
        !obs->undated && has(o, r->text_at) &&
        (!has(st->rec, r->text_at) ||
         sec_at(r->type, o, r->text_at) > sec_at(r->type, st->rec, r->text_at));
    if (newer)
        take_facts(st, r, o);
    else
        fill_facts(st, r, o);
}

/* The later dislikes; of one time those that were measured, or the more. */
static bool archive_wins(const struct video *v, const struct video *o)
{
    if (!VIDEO_HAS(v, dislikes_at) || v->dislikes_at != o->dislikes_at)
        return !VIDEO_HAS(v, dislikes_at) || v->dislikes_at < o->dislikes_at;
    return v->dislikes_from == DISLIKES_ARCHIVED && v->dislikes < o->dislikes;
}

/* Rule 6. */
static void merge_archive(struct import_state *st, const struct rules *r,
                          const struct import_obs *obs)
{
    const struct video *v = st->rec, *o = &obs->u.v;
    if (!has(o, VIDEO_dislikes))
        return;
    if (!VIDEO_HAS(v, dislikes) || (!obs->undated && archive_wins(v, o)))
        overwrite(st, r->type, o, r->keep);
    if (!VIDEO_HAS(v, stats_at))
        overwrite(st, r->type, o, r->counts);
}

/* The winner's counts; returns with its time never before the record's. */
static void take_counts(struct import_state *st, const struct rules *r,
                        const void *o)
{
    bool had = has(st->rec, r->stats_at);
    int64_t before = had ? sec_at(r->type, st->rec, r->stats_at) : 0;
    overwrite(st, r->type, o, r->counts | r->keep);
    int64_t *at = schema_at(&r->type->fields[r->stats_at], st->rec);
    if (had && *at < before)
        *at = before;
}

/* A loser of the record's day may have been the later one (rule 1). No fact
 * changes by that. */
static void take_time(struct import_state *st, const struct rules *r,
                      const void *o)
{
    int64_t *at = schema_at(&r->type->fields[r->stats_at], st->rec);
    int64_t later = sec_at(r->type, o, r->stats_at);
    if (*at >= later)
        return;
    *at = later;
    st->touched |= UINT64_C(1) << r->stats_at;
}

static void merge_counts(struct import_state *st, const struct rules *r,
                         const struct import_obs *obs, const void *o,
                         struct sample *past, bool *is_past)
{
    bool had = has(st->rec, r->stats_at);
    bool video = r == &video_rules;
    int64_t day = had ? day_of(r, st->rec) : 0;
    if (wins(r, st->rec, obs, o)) {
        *is_past = video && had && day < day_of(r, o);
        if (*is_past)
            sample_of(st->rec, past);
        take_counts(st, r, o);
        take_facts(st, r, o);
        return;
    }
    *is_past = video && !obs->undated && day_of(r, o) < day;
    if (*is_past)
        sample_of(o, past);
    if (!obs->undated && day_of(r, o) == day)
        take_time(st, r, o);
    fill_facts(st, r, o);
    fill_dislikes(st, r, obs, o);
}

enum import_class import_merge(struct import_state *io,
                               const struct import_obs *obs,
                               struct sample *past, bool *is_past)
{
    const struct rules *r = obs->channel ? &channel_rules : &video_rules;
    const void *o = obs->channel ? (const void *)&obs->u.c : &obs->u.v;
    *is_past = false;
    io->changed = false;
    if (!io->known)
        return make_new(io, r, o);
    if (obs->archive)
        merge_archive(io, r, obs);
    else if (has(o, r->stats_at))
        merge_counts(io, r, obs, o, past, is_past);
    else
        merge_text(io, r, obs, o);
    return io->changed ? CLASS_UPDATED
           : *is_past  ? CLASS_SAMPLED
                       : CLASS_UNCHANGED;
}

void import_delta(const struct import_state *st, const struct schema_type *t,
                  void *ret)
{
    memmove(ret, st->rec, t->size);
    struct schema_head *h = ret;
    h->clear = st->touched & ~h->have;
    h->have &= st->touched;
}
