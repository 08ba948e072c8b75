/*
 * ratio/bucket.c - pass 3: quantiles, order, thresholds and q of a bucket.
 *
 * Rules
 *   1. the item with t better ones among n gets q = (2t + 1) * 2^31 / n,
 *      rounded down
 *   2. a threshold is the last item whose q is within ratio_top_limit()
 *   3. items equal in key and hash get RATIO_NO_RANK for now and a twin:
 *      the gather settles them by id
 *
 * Threads: buckets are taken from an atomic counter; a bucket's items and
 * its row of the table belong to the thread that took it.
 */
#include "ratio/run_priv.h"

#include <inttypes.h>

const double ratio_threshold_top[RATIO_THRESHOLDS] = { .1, 1, 5, 10, 20, 50 };

/* How many of @n items have a q of at most @limit: rule 1 solved for t. */
static uint64_t selected(uint64_t n, uint32_t limit)
{
    uint64_t most = (((uint64_t)limit + 1) * n - 1) >> 31; /* of 2t + 1 */
    return (most + 1) / 2;
}

static void thresholds(const struct scratch *s, const struct item *items,
                       struct ratio_bucket *b)
{
    for (int i = 0; i < RATIO_THRESHOLDS; i++) {
        uint64_t n = selected(b->n, ratio_top_limit(ratio_threshold_top[i]));
        b->threshold[i].some = n > 0;
        if (n == 0)
            continue;
        const struct item *last = &items[(uint32_t)s->a[n - 1]];
        b->threshold[i].key = last->key;
        b->threshold[i].hash = last->hash;
    }
}

static bool twins_add(struct twins *t, struct twin x)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 16;
        struct twin *p = realloc(t->p, cap * sizeof(*p));
        if (!p)
            return false;
        t->p = p;
        t->cap = cap;
    }
    t->p[t->n++] = x;
    return true;
}

/* Write the q of each item to @ranks, in place order; step by step, since
 * a division an item would cost more than the sort of it. */
static void spread_q(const struct scratch *s, uint32_t n, uint32_t *ranks)
{
    uint64_t step = (UINT64_C(1) << 32) / n, rest = (UINT64_C(1) << 32) % n;
    uint64_t q = (UINT64_C(1) << 31) / n, over = (UINT64_C(1) << 31) % n;
    for (uint32_t t = 0; t < n; t++) {
        ranks[(uint32_t)s->a[t]] = (uint32_t)q;
        q += step;
        over += rest;
        if (over >= n) {
            over -= n;
            q++;
        }
    }
}

/* Rule 3. */
static void set_twins_apart(const struct run *r, struct part *p, size_t bucket,
                            uint32_t *ranks)
{
    const struct scratch *s = &p->scratch;
    for (size_t i = 0; i < s->n_ties && !p->failed; i++) {
        for (uint32_t j = 0; j < s->ties[i].n; j++) {
            uint32_t at = (uint32_t)s->a[s->ties[i].first + j];
            struct twin x = { .place = r->begin[bucket] + at,
                              .bucket = (uint32_t)bucket,
                              .first = s->ties[i].first };
            ranks[at] = RATIO_NO_RANK;
            p->failed = p->failed || !twins_add(&p->twins, x);
        }
    }
}

static void rank_bucket(const struct run *r, struct part *p, size_t bucket)
{
    struct ratio_bucket *b = &r->table->buckets[bucket];
    struct scratch *s = &p->scratch;
    const struct item *items = &r->stream[r->begin[bucket]];
    uint32_t n = (uint32_t)b->n;
    if (n == 0)
        return;

    select_quantiles(s, items, n, b->quantile);
    sort_items(s, items, n);
    thresholds(s, items, b);
    /* from here on the items' memory holds the ranks */
    spread_q(s, n, run_ranks(r, bucket));
    set_twins_apart(r, p, bucket, run_ranks(r, bucket));
    p->failed = p->failed || s->failed;
}

static void buckets_part(void *ctx, int part)
{
    struct run *r = ctx;
    struct part *p = &r->part[part];
    while (!p->failed) {
        size_t i = atomic_fetch_add(&r->next_bucket, 1);
        if (i >= r->table->n_buckets)
            return;
        rank_bucket(r, p, i);
    }
}

/* Room for the largest bucket, a part. */
static bool scratch_alloc(struct run *r)
{
    uint64_t most = 0;
    for (size_t i = 0; i < r->table->n_buckets; i++)
        most = r->table->buckets[i].n > most ? r->table->buckets[i].n : most;
    for (int i = 0; i < r->parts; i++) {
        struct scratch *s = &r->part[i].scratch;
        s->a = malloc(most * sizeof(*s->a) + 1);
        s->b = malloc(most * sizeof(*s->b) + 1);
        if (!s->a || !s->b)
            return false;
    }
    return true;
}

static int place_order(const void *a, const void *b)
{
    const struct twin *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

/* Bring the twins of all parts together, for the gather to look up. */
static bool twins_join(struct run *r)
{
    struct twins *all = &r->twins;
    for (int i = 0; i < r->parts; i++) {
        const struct twins *t = &r->part[i].twins;
        for (size_t j = 0; j < t->n; j++)
            if (!twins_add(all, t->p[j]))
                return false;
    }
    if (all->n)
        qsort(all->p, all->n, sizeof(*all->p), place_order);
    return true;
}

int run_buckets(struct run *r, struct err *e)
{
    bool ok = scratch_alloc(r);
    if (ok) {
        parts_run("ratio", r->parts, buckets_part, r);
        for (int i = 0; i < r->parts; i++)
            ok = ok && !r->part[i].failed;
    }
    if (!ok || !twins_join(r))
        return err_set(e, RC_NOMEM, "no memory to sort %" PRIu64 " rows",
                       r->table->eligible);
    return RC_OK;
}
