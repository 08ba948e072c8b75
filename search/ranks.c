/*
 * search/ranks.c - from a rank epoch to the place of every document.
 *
 * Rules
 *   1. ranks are computed here, from the epoch's edges and priors and the
 *      counts of this index; they are never stored, so two indexes that
 *      hold the same counts tell the same ranks
 *   2. dislikes that were estimated from other counts get no rank
 *      (docs/ratio.md, point 1); of an unknown source they do
 *   3. q tells the place: t = floor(q n / 2^32), exact below 2^31 rows
 *
 * Threads: any for reading; making: owner only.
 */
#include "search/snap_priv.h"

#include "base/num.h"

#include <stdlib.h>

enum { VIEWS, LIKES, DISLIKES, COMMENTS, COUNTS };

/* Numerator and denominator of each ratio. */
static const struct {
    int a, c;
} pairs[RATIO_COUNT] = {
    [RATIO_LIKES_VIEWS] = { LIKES, VIEWS },
    [RATIO_LIKES_DISLIKES] = { LIKES, DISLIKES },
    [RATIO_COMMENTS_VIEWS] = { COMMENTS, VIEWS },
    [RATIO_DISLIKES_VIEWS] = { DISLIKES, VIEWS },
};

static uint64_t count_of(const struct facts *f, uint32_t doc, int which)
{
    static const enum fact fact[COUNTS] = { FACT_VIEWS, FACT_LIKES,
                                            FACT_DISLIKES, FACT_COMMENTS };
    if (which == DISLIKES && flag_get(f->flags[doc], FLAG_DISLIKES,
                                      FLAG_DISLIKES_BITS) == DISLIKES_ESTIMATED)
        return RATIO_UNKNOWN;
    return fact_get(f, fact[which], doc);
}

void rank_counts(const struct facts *f, uint32_t doc, enum ratio_id r,
                 uint64_t *a, uint64_t *c)
{
    *a = count_of(f, doc, pairs[r].a);
    *c = count_of(f, doc, pairs[r].c);
}

/* ---- rows ---- */

void rows_fini(struct rows *r)
{
    free(r->id);
    for (int i = 0; i < COUNTS; i++)
        free(r->count[i]);
}

static void rows_fill(const struct part *p, struct rows *r)
{
    for (uint32_t d = 0; d < p->seg->n; d++) {
        bool dead = facts_dead(p->facts, d);
        r->id[p->first + d] = p->seg->id[d];
        for (int i = 0; i < COUNTS; i++)
            r->count[i][p->first + d] =
                dead ? RATIO_UNKNOWN : count_of(p->facts, d, i);
    }
}

int rows_make(const struct snap *s, struct rows *ret, struct err *e)
{
    struct rows r = { .n = s->n };
    bool ok = (r.id = calloc((size_t)s->n + 1, sizeof(*r.id))) != NULL;
    for (int i = 0; i < COUNTS; i++) {
        r.count[i] = calloc((size_t)s->n + 1, sizeof(*r.count[i]));
        ok = ok && r.count[i];
    }
    if (!ok) {
        rows_fini(&r);
        return err_set(e, RC_NOMEM, "no memory to rank %u videos",
                       (unsigned)s->n);
    }
    for (size_t p = 0; p < s->n_parts; p++)
        rows_fill(&s->part[p], &r);
    *ret = r;
    return RC_OK;
}

struct ratio_rows rows_of(const struct rows *r, enum ratio_id id)
{
    return (struct ratio_rows){ .n = r->n,
                                .id = r->id,
                                .views = r->count[VIEWS],
                                .a = r->count[pairs[id].a],
                                .c = r->count[pairs[id].c] };
}

/* ---- order ---- */

void ranking_fini(struct ranking *k)
{
    free(k->q);
    free(k->order);
    free(k->start);
    ratio_table_close(k->table);
}

static void sum_starts(struct ranking *k)
{
    uint64_t at = 0;
    for (size_t b = 0; b < k->table->n_buckets; b++) {
        k->start[b] = at;
        at += k->table->buckets[b].n;
    }
    k->n_ranked = (uint32_t)at;
}

/* [cell] = bucket number. */
static uint32_t *bucket_map(const struct ratio_table *t)
{
    size_t n = (size_t)ratio_cell(UINT64_MAX, t->mantissa_bits) + 1;
    uint32_t *map = calloc(n, sizeof(*map));
    for (uint32_t b = 0; map && b < t->n_buckets; b++)
        for (size_t c = t->buckets[b].cell_min;
             c <= t->buckets[b].cell_max && c < n; c++)
            map[c] = b;
    return map;
}

/* Rule 3. */
static uint64_t place_of(uint32_t q, uint64_t n)
{
    return (uint64_t)(((num_u128)q * n) >> 32);
}

static void fill_order(const struct snap *s, const struct rows *rows,
                       const uint32_t *map, struct ranking *k)
{
    uint32_t unranked = k->n_ranked;
    for (size_t p = 0; p < s->n_parts; p++) {
        const struct part *x = &s->part[p];
        for (uint32_t d = 0; d < x->seg->n; d++) {
            uint32_t g = x->first + d;
            if (k->q[g] != RATIO_NO_RANK) {
                uint32_t b = map[ratio_cell(rows->count[VIEWS][g],
                                            k->table->mantissa_bits)];
                k->order[k->start[b] +
                         place_of(k->q[g], k->table->buckets[b].n)] = g;
            } else if (!facts_dead(x->facts, d)) {
                k->order[unranked++] = g;
            }
        }
    }
    k->n_order = unranked;
}

static int make_order(const struct snap *s, const struct rows *rows,
                      struct ranking *k, struct err *e)
{
    uint32_t *map = bucket_map(k->table);
    k->start = calloc(k->table->n_buckets + 1, sizeof(*k->start));
    k->order = calloc((size_t)s->live + 1, sizeof(*k->order));
    int rc = RC_OK;
    if (map && k->start && k->order) {
        sum_starts(k);
        fill_order(s, rows, map, k);
    } else {
        rc = err_set(e, RC_NOMEM, "no memory for ranks");
    }
    free(map);
    return rc;
}

/* ---- ranking ---- */

static int rank_one(const struct snap *s, const struct rows *rows,
                    enum ratio_id r, int threads, struct ranking *k,
                    struct err *e)
{
    const struct ratio_table *frozen = s->epoch->table[r];
    struct ratio_options o = RATIO_OPTIONS_INIT;
    o.threads = threads;
    struct ratio_rows in = rows_of(rows, r);
    int rc = ratio_rank(&o, r, &in, frozen, k->q, &k->table, e);
    if (rc)
        return err_wrap(e, rc, "rank %s", ratio_name(r));
    return make_order(s, rows, k, e);
}

/* Without an epoch nobody has a rank. */
static int rank_none(const struct snap *s, struct ranking *k, struct err *e)
{
    k->table = calloc(1, sizeof(*k->table));
    k->order = calloc((size_t)s->live + 1, sizeof(*k->order));
    if (!k->table || !k->order)
        return err_set(e, RC_NOMEM, "no memory for ranks");
    for (size_t p = 0; p < s->n_parts; p++)
        for (uint32_t d = 0; d < s->part[p].seg->n; d++)
            if (!facts_dead(s->part[p].facts, d))
                k->order[k->n_order++] = s->part[p].first + d;
    return RC_OK;
}

int snap_rank(struct snap *s, int threads, struct err *e)
{
    struct rows rows = { .n = 0 };
    int rc = s->epoch ? rows_make(s, &rows, e) : RC_OK;
    for (enum ratio_id r = 0; !rc && r < RATIO_COUNT; r++) {
        struct ranking *k = &s->rank[r];
        k->q = malloc(((size_t)s->n + 1) * sizeof(*k->q));
        if (!k->q) {
            rc = err_set(e, RC_NOMEM, "no memory for ranks");
            break;
        }
        memset(k->q, 0xff, ((size_t)s->n + 1) * sizeof(*k->q));
        rc = s->epoch ? rank_one(s, &rows, r, threads, k, e)
                      : rank_none(s, k, e);
    }
    rows_fini(&rows);
    return rc;
}

/* ---- one document ---- */

static uint32_t key_of(const struct snap *s, enum ratio_id r, uint32_t g,
                       const struct ratio_bucket *b)
{
    const struct part *p = snap_part(s, g);
    uint64_t a, c;
    rank_counts(p->facts, g - p->first, r, &a, &c);
    return ratio_key(a, c, b->alpha, b->beta);
}

/* First place in bucket @b whose key is >= @key, or > @key with @behind. */
static uint64_t tie_edge(const struct snap *s, enum ratio_id r,
                         const struct ratio_bucket *b, uint64_t start,
                         uint32_t key, bool behind)
{
    uint64_t lo = 0, hi = b->n;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        uint32_t at = key_of(s, r, s->rank[r].order[start + mid], b);
        if (at < key || (behind && at == key))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void snap_place(const struct snap *s, uint32_t g, enum ratio_id r,
                struct search_rank *ret)
{
    const struct ranking *k = &s->rank[r];
    const struct part *p = snap_part(s, g);
    *ret = (struct search_rank){ .q = k->q[g] };
    rank_counts(p->facts, g - p->first, r, &ret->a, &ret->c);
    if (ret->q == RATIO_NO_RANK)
        return;
    uint64_t views = fact_get(p->facts, FACT_VIEWS, g - p->first);
    const struct ratio_bucket *b = ratio_bucket_of(k->table, views);
    if (!b || b->n == 0)
        return;
    ret->bucket = b;
    ret->bucket_no = (uint32_t)(b - k->table->buckets);
    ret->place = place_of(ret->q, b->n);
}

void snap_ties(const struct snap *s, enum ratio_id r,
               const struct search_rank *k, uint64_t *first, uint64_t *last)
{
    const struct ratio_bucket *b = k->bucket;
    uint32_t key = ratio_key(k->a, k->c, b->alpha, b->beta);
    uint64_t start = s->rank[r].start[k->bucket_no];
    *first = tie_edge(s, r, b, start, key, false);
    *last = tie_edge(s, r, b, start, key, true) - 1;
}

void snap_item(const struct snap *s, uint32_t g, float score,
               struct search_item *ret)
{
    const struct part *p = snap_part(s, g);
    *ret =
        (struct search_item){ .score = (double)score, .snap = s, .number = g };
    seg_video(p->seg, p->facts, g - p->first, &ret->v);
    for (enum ratio_id r = 0; r < RATIO_COUNT; r++)
        snap_place(s, g, r, &ret->rank[r]);
}
