/*
 * search/filter.c - which documents of a part a query lets through.
 *
 * Ranges over packed columns come first: they are compared as 32-bit codes,
 * a block at a time, in loops that the compiler turns into vector code. What
 * survives is looked at one by one.
 *
 * Rules
 *   1. all conditions are ANDed; a document whose value is not known fails a
 *      range with a bit that tells which, so that "left out because nobody
 *      knows" can be counted when it failed nothing else
 *   2. the code of a big value tells only that it is big: a range with an
 *      end among the big values looks the value up
 *   3. `exclude` leaves out what is known to be one of those. Shorts: at
 *      most 60 s long. (Since 2024-10-15 YouTube also takes vertical videos
 *      of up to 3 minutes as Shorts, but no field of the API tells them
 *      apart, and 61 to 180 s would take ordinary videos with them.) Live:
 *      on the air or announced; a finished broadcast is a video. Kids: made
 *      for kids. Unavailable: may not be embedded.
 *   4. votes of a ratio, for minVotes: likes + dislikes of likesDislikes,
 *      the first of the two counts otherwise
 *
 * Threads: any; a filter is read only once it is open.
 */
#include "search/query_priv.h"

#include "base/num.h"

#include <stdlib.h>

enum { SHORTS_MAX_S = 60 };

/* A range of this code alone holds no value: it is that of "unknown". */
#define NO_CODE PACK_UNKNOWN

/* ---- ranges ---- */

static void add_range(struct filter *f, const struct pack *pack,
                      const struct search_range *r, uint8_t unknown)
{
    if (!r->has_min && !r->has_max)
        return;
    struct range *x = &f->range[f->n_ranges++];
    *x = (struct range){ .col = pack->v,
                         .pack = pack,
                         .unknown = unknown,
                         .min = r->has_min ? r->min : 0,
                         .max = r->has_max ? r->max : UINT64_MAX };
    x->lo = x->min < PACK_BIG ? (uint32_t)x->min : PACK_BIG;
    x->hi = x->max < PACK_BIG ? (uint32_t)x->max : PACK_BIG;
    x->recheck =
        x->hi == PACK_BIG && (x->max != UINT64_MAX || x->min >= PACK_BIG);
    if (x->lo > x->hi)
        x->lo = x->hi = NO_CODE;
}

/* Top is a prefix of the codes. Bottom is what top would be if the order
 * were turned round: q' = 2^32 - q, up to rounding of q itself. */
void filter_rank_codes(const struct search_query *q, uint32_t *lo, uint32_t *hi)
{
    *lo = 0;
    *hi = RATIO_NO_RANK - 1;
    if (q->top > 0)
        *hi = ratio_top_limit(q->top);
    else if (q->bottom > 0 && q->bottom < 100)
        *lo = 0 - ratio_top_limit(q->bottom); /* 2^32 - limit */
    if (q->bottom > 0 && ratio_top_limit(q->bottom) < 2)
        *lo = *hi = NO_CODE;
}

static void add_rank(struct filter *f, const struct snap *s)
{
    if (!(f->q->top > 0) && !(f->q->bottom > 0))
        return;
    struct range *x = &f->range[f->n_ranges++];
    *x = (struct range){ .col = s->rank[f->q->ratio].q + f->part->first,
                         .unknown = STATE_UNKNOWN_RANK };
    filter_rank_codes(f->q, &x->lo, &x->hi);
}

static void add_published(struct filter *f)
{
    const struct search_query *q = f->q;
    struct search_range r = { .has_min = q->published_from > 0,
                              .has_max = q->published_to > 0 };
    if (r.has_min)
        r.min = (uint64_t)q->published_from;
    if (r.has_max)
        r.max = (uint64_t)q->published_to - 1;
    add_range(f, &f->part->seg->published, &r, STATE_UNKNOWN_PUBLISHED);
}

static void add_ranges(struct filter *f, const struct snap *s)
{
    const struct pack *col = f->part->facts->col;
    add_rank(f, s);
    add_range(f, &col[FACT_DURATION], &f->q->duration, STATE_UNKNOWN_DURATION);
    add_published(f);
    add_range(f, &col[FACT_VIEWS], &f->q->views, STATE_FAIL);
    add_range(f, &col[FACT_LIKES], &f->q->likes, STATE_FAIL);
}

/* ---- languages ---- */

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* RFC 4647 basic filtering: the tag itself, or the tag and a '-'. */
static bool tag_matches(struct str wanted, struct str tag)
{
    if (tag.n < wanted.n || (tag.n > wanted.n && tag.p[wanted.n] != '-'))
        return false;
    for (size_t i = 0; i < wanted.n; i++)
        if (small(wanted.p[i]) != small(tag.p[i]))
            return false;
    return true;
}

static bool language_wanted(const struct search_query *q, struct str tag)
{
    struct str rest = str_of(q->languages), part;
    while (str_split(&rest, ',', &part))
        if (tag_matches(part, tag))
            return true;
    return false;
}

static int add_languages(struct filter *f, struct err *e)
{
    const struct seg *seg = f->part->seg;
    if (!*f->q->languages)
        return RC_OK;
    f->lang = calloc(seg->n_lang + 1, 1);
    if (!f->lang)
        return err_set(e, RC_NOMEM, "no memory for a filter");
    for (size_t i = 0; i < seg->n_lang; i++)
        f->lang[i] = language_wanted(f->q, seg_lang(seg, i));
    f->lang_und = language_wanted(f->q, STR("und"));
    return RC_OK;
}

static bool language_ok(const struct filter *f, uint32_t doc)
{
    uint16_t code = f->part->seg->language[doc];
    if (!f->lang)
        return true;
    if (code == LANG_NONE)
        return f->lang_und;
    if (code != LANG_ROW)
        return f->lang[code];
    struct video v = { .h.have = 0 };
    row_get(seg_row(f->part->seg, doc), &v);
    return VIDEO_HAS(&v, language) && language_wanted(f->q, v.language);
}

/* ---- channels ---- */

/* First channel row whose id is >= @id, or > @id with @behind. */
static uint32_t chan_edge(const struct seg *s, struct cid id, bool behind)
{
    size_t lo = 0, hi = s->n_chan;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct chan_row *c = &s->chan[mid];
        bool before = c->hi != id.hi ? c->hi < id.hi : c->lo < id.lo;
        if (before || (behind && c->hi == id.hi && c->lo == id.lo))
            lo = mid + 1;
        else
            hi = mid;
    }
    return (uint32_t)lo;
}

static int add_channels(struct filter *f, struct err *e)
{
    const struct search_query *q = f->q;
    if (!q->n_channels)
        return RC_OK;
    f->chan = calloc(q->n_channels, sizeof(*f->chan));
    if (!f->chan)
        return err_set(e, RC_NOMEM, "no memory for a filter");
    for (size_t i = 0; i < q->n_channels; i++) {
        const struct seg *seg = f->part->seg;
        uint32_t from = chan_edge(seg, q->channels[i], false);
        uint32_t to = chan_edge(seg, q->channels[i], true);
        if (from < to)
            f->chan[f->n_chan++] = (struct chan_run){ from, to };
    }
    return RC_OK;
}

/* A title without an id lies under id 0, but is of no channel. */
static bool channel_ok(const struct filter *f, uint32_t doc)
{
    uint32_t channel = f->part->seg->channel[doc];
    if (!f->chan)
        return true;
    if (channel == CHAN_NONE || !(f->part->seg->chan[channel].have & CHAN_ID))
        return false;
    for (size_t i = 0; i < f->n_chan; i++)
        if (channel >= f->chan[i].from && channel < f->chan[i].to)
            return true;
    return false;
}

/* ---- the rest ---- */

static bool excluded(const struct filter *f, uint32_t doc)
{
    const struct search_query *q = f->q;
    const struct facts *facts = f->part->facts;
    uint32_t flags = facts->flags[doc];
    uint32_t live = flag_get(flags, FLAG_LIVE, FLAG_LIVE_BITS);
    if (q->no_live && (live == LIVE_LIVE || live == LIVE_UPCOMING))
        return true;
    if (q->no_kids && flag_get(flags, FLAG_KIDS, FLAG_BOOL_BITS) == FLAG_TRUE)
        return true;
    if (q->no_unavailable &&
        flag_get(flags, FLAG_EMBED, FLAG_BOOL_BITS) == FLAG_FALSE)
        return true;
    return q->no_shorts && fact_get(facts, FACT_DURATION, doc) <= SHORTS_MAX_S;
}

/* Rule 4. */
static bool votes_ok(const struct filter *f, uint32_t doc)
{
    uint64_t a, c, sum;
    if (!f->q->min_votes)
        return true;
    rank_counts(f->part->facts, doc, f->q->ratio, &a, &c);
    if (a == RATIO_UNKNOWN)
        return false;
    if (f->q->ratio != RATIO_LIKES_DISLIKES)
        return a >= f->q->min_votes;
    if (c == RATIO_UNKNOWN)
        return false;
    return !num_add_u64(a, c, &sum) || sum >= f->q->min_votes;
}

/* Rule 2. */
static bool bigs_ok(const struct filter *f, uint32_t doc)
{
    for (size_t i = 0; i < f->n_ranges; i++) {
        const struct range *r = &f->range[i];
        if (!r->recheck || r->col[doc] != PACK_BIG)
            continue;
        uint64_t value = pack_get(r->pack, doc);
        if (value < r->min || value > r->max)
            return false;
    }
    return true;
}

static bool category_ok(const struct filter *f, uint32_t doc)
{
    uint8_t category = f->part->seg->category[doc];
    return !f->q->categories ||
           (category < 64 && (f->q->categories >> category & 1));
}

uint8_t filter_rest(const struct filter *f, uint32_t doc, uint8_t state)
{
    if (facts_dead(f->part->facts, doc))
        return STATE_FAIL;
    if (!f->survivor_checks)
        return state;
    bool ok = bigs_ok(f, doc) && category_ok(f, doc) && channel_ok(f, doc) &&
              language_ok(f, doc) && !excluded(f, doc) && votes_ok(f, doc);
    return ok ? state : STATE_FAIL;
}

/* ---- opening ---- */

static bool has_checks(const struct filter *f)
{
    const struct search_query *q = f->q;
    bool any = f->lang || f->chan || q->categories || q->min_votes ||
               q->no_live || q->no_kids || q->no_shorts || q->no_unavailable;
    for (size_t i = 0; i < f->n_ranges; i++)
        any = any || f->range[i].recheck;
    return any;
}

int filter_open(struct filter *f, const struct search_query *q,
                const struct snap *s, const struct part *part, struct err *e)
{
    *f = (struct filter){ .q = q, .part = part };
    add_ranges(f, s);
    int rc = add_languages(f, e);
    if (!rc)
        rc = add_channels(f, e);
    f->survivor_checks = has_checks(f);
    if (rc)
        filter_close(f);
    return rc;
}

void filter_close(struct filter *f)
{
    free(f->lang);
    free(f->chan);
    f->lang = NULL;
    f->chan = NULL;
}

/* ---- blocks ---- */

/* What a value does to the state: nothing within, else fail or unknown. */
static inline uint8_t test(uint32_t v, uint32_t lo, uint32_t span,
                           uint8_t unknown)
{
    uint8_t outside = v - lo > span ? STATE_FAIL : 0;
    return v == PACK_UNKNOWN ? unknown : outside;
}

static void dense_range(const uint32_t *restrict col, uint32_t n, uint32_t lo,
                        uint32_t span, uint8_t unknown, uint8_t *restrict state)
{
    for (uint32_t i = 0; i < n; i++)
        state[i] |= test(col[i], lo, span, unknown);
}

void filter_dense(const struct filter *f, uint32_t from, uint32_t n,
                  uint8_t *state)
{
    memset(state, 0, n);
    for (size_t i = 0; i < f->n_ranges; i++) {
        const struct range *r = &f->range[i];
        dense_range(r->col + from, n, r->lo, r->hi - r->lo, r->unknown, state);
    }
}

void filter_sparse(const struct filter *f, const uint32_t *doc, uint32_t n,
                   uint8_t *state)
{
    memset(state, 0, n);
    for (size_t k = 0; k < f->n_ranges; k++) {
        const struct range *r = &f->range[k];
        for (uint32_t i = 0; i < n; i++)
            state[i] |= test(r->col[doc[i]], r->lo, r->hi - r->lo, r->unknown);
    }
}
