/*
 * ratio/table.c - the edges of the buckets: derived from counts, or taken
 * over from an earlier table.
 *
 * Rules
 *   1. buckets ascend without gaps: the first begins at cell 0, each ends
 *      one cell before the next, the last ends at the last cell of all, so
 *      that frozen edges hold every number of views
 *   2. a derived bucket holds at least n_min rows, unless all rows together
 *      are fewer: then there is one bucket; without rows there is none
 *   3. a frozen table comes from outside (a rank epoch): it is checked
 *      against rule 1, and its priors for being usable
 */
#include "ratio/ratio_priv.h"

static int table_open(struct ratio_table **ret, size_t max_buckets,
                      struct err *e)
{
    struct ratio_table *t = calloc(1, sizeof(*t));
    if (!t)
        return err_set(e, RC_NOMEM, "no memory for a ratio table");
    t->buckets = calloc(max_buckets ? max_buckets : 1, sizeof(*t->buckets));
    if (!t->buckets) {
        free(t);
        return err_set(e, RC_NOMEM, "no memory for %zu buckets", max_buckets);
    }
    *ret = t;
    return RC_OK;
}

void ratio_table_close(struct ratio_table *t)
{
    if (!t)
        return;
    free(t->buckets);
    free(t);
}

static uint64_t count_sum(const uint32_t *count, uint32_t from, uint32_t to)
{
    uint64_t n = 0;
    for (uint32_t cell = from; cell <= to; cell++)
        n += count[cell];
    return n;
}

/* Append the bucket behind the last one, up to @cell_max. */
static void table_add(struct ratio_table *t, uint32_t cell_max,
                      const uint32_t *count)
{
    struct ratio_bucket *b = &t->buckets[t->n_buckets];
    b->cell_min = t->n_buckets ? b[-1].cell_max + 1 : 0;
    b->cell_max = cell_max;
    b->views_min = ratio_cell_first(b->cell_min, t->mantissa_bits);
    /* Behind the last cell of all this wraps to 2^64 - 1, as it should. */
    b->views_max = ratio_cell_first(cell_max + 1, t->mantissa_bits) - 1;
    b->n = count_sum(count, b->cell_min, cell_max);
    t->n_buckets++;
}

static size_t most_buckets(uint64_t eligible, uint32_t n_min, uint32_t cells)
{
    uint64_t n = eligible / n_min + 1;
    return n < cells ? (size_t)n : cells;
}

static int table_derive(struct ratio_table **ret, const struct ratio_options *o,
                        const uint32_t *count, struct err *e)
{
    uint32_t cells = cell_count(o->mantissa_bits);
    uint64_t left = count_sum(count, 0, cells - 1);
    struct ratio_table *t;
    int rc = table_open(&t, most_buckets(left, o->n_min, cells), e);
    if (rc)
        return rc;

    t->n_min = o->n_min;
    t->mantissa_bits = o->mantissa_bits;
    t->min_votes = o->min_votes;
    t->eligible = left;
    uint64_t have = 0;
    for (uint32_t cell = 0; left > 0 && cell < cells; cell++) {
        have += count[cell];
        left -= count[cell];
        if (have < o->n_min || left < o->n_min)
            continue;
        table_add(t, cell, count);
        have = 0;
    }
    if (have)
        table_add(t, cells - 1, count);
    *ret = t;
    return RC_OK;
}

bool ratio_prior_usable(enum ratio_id r, double alpha, double beta)
{
    if (r != RATIO_LIKES_DISLIKES)
        return alpha == 0 && beta == 0;
    return isfinite(alpha) && alpha > 0 && isfinite(beta) && beta > 0;
}

/* Rule 3. */
static int frozen_check(const struct ratio_table *f, enum ratio_id r,
                        struct err *e)
{
    if (f->ratio != r)
        return err_set(e, RC_INPUT, "the table is of another ratio than %s",
                       ratio_pair(r));
    uint32_t next = 0;
    for (size_t i = 0; i < f->n_buckets; i++) {
        const struct ratio_bucket *b = &f->buckets[i];
        if (b->cell_min != next || b->cell_max < next ||
            b->cell_max >= cell_count(f->mantissa_bits))
            return err_set(e, RC_INPUT, "bucket %zu leaves a gap", i);
        if (!ratio_prior_usable(r, b->alpha, b->beta))
            return err_set(e, RC_INPUT, "bucket %zu has no usable prior", i);
        next = b->cell_max + 1;
    }
    if (f->n_buckets && next != cell_count(f->mantissa_bits))
        return err_set(e, RC_INPUT, "the last bucket ends too early");
    return RC_OK;
}

static int table_adopt(struct ratio_table **ret, const struct ratio_table *f,
                       enum ratio_id r, const uint32_t *count, struct err *e)
{
    int rc = frozen_check(f, r, e);
    if (rc)
        return rc;
    struct ratio_table *t;
    rc = table_open(&t, f->n_buckets, e);
    if (rc)
        return rc;

    t->n_min = f->n_min;
    t->mantissa_bits = f->mantissa_bits;
    t->min_votes = f->min_votes;
    t->eligible = count_sum(count, 0, cell_count(f->mantissa_bits) - 1);
    for (size_t i = 0; i < f->n_buckets; i++) {
        table_add(t, f->buckets[i].cell_max, count);
        t->buckets[i].alpha = f->buckets[i].alpha;
        t->buckets[i].beta = f->buckets[i].beta;
    }
    *ret = t;
    return RC_OK;
}

int table_make(struct ratio_table **ret, const struct ratio_options *o,
               enum ratio_id r, const uint32_t *count,
               const struct ratio_table *frozen, struct err *e)
{
    int rc = frozen ? table_adopt(ret, frozen, r, count, e)
                    : table_derive(ret, o, count, e);
    if (rc == RC_OK)
        (*ret)->ratio = r;
    return rc;
}

const struct ratio_bucket *ratio_bucket_of(const struct ratio_table *t,
                                           uint64_t views)
{
    uint32_t cell = cell_of(views, t->mantissa_bits);
    size_t low = 0, high = t->n_buckets;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (t->buckets[mid].cell_max < cell)
            low = mid + 1;
        else
            high = mid;
    }
    return low < t->n_buckets ? &t->buckets[low] : NULL;
}
