/*
 * ratio/ratio_priv.h - what the files of ratio/ share: one row's arithmetic
 * (inline, it runs once a row), the sums behind a prior, sorting and
 * selecting inside a bucket, and the parts of a run.
 */
#ifndef SVF_RATIO_RATIO_PRIV_H
#define SVF_RATIO_RATIO_PRIV_H

#include "base/digest.h"
#include "base/num.h"
#include "base/parts.h"
#include "ratio/ratio.h"

#include <math.h>
#include <stdlib.h>

enum {
    RATIO_THREADS_MAX = PARTS_RUN_MAX,
    RATIO_MANTISSA_MIN = 4,
    RATIO_MANTISSA_MAX = 10,
    RATIO_N_MIN_MAX = 1 << 20,
    CELL_NONE = 0xffff, /* in a column of cells: the row is not eligible */
    DIGIT_BITS = 11,    /* of a radix pass; two tables fill half an L1 cache */
    DIGITS = 1 << DIGIT_BITS
};

/* ---- one row ---- */

/* Number of the highest bit set, [0, 63]; @v must not be 0. */
static inline uint32_t top_bit(uint64_t v)
{
    return 63 - (uint32_t)__builtin_clzll(v);
}

/* Cells of mantissa @m: indices below this, and below CELL_NONE. */
static inline uint32_t cell_count(uint32_t m)
{
    return (64 - m + 1) << m;
}

/* Log-linear: below 2^m one integer each, then 2^m cells an octave. */
static inline uint32_t cell_of(uint64_t views, uint32_t m)
{
    if (views >> m == 0)
        return (uint32_t)views;
    uint32_t e = top_bit(views);
    uint32_t mantissa = (uint32_t)(views >> (e - m)) & ((1u << m) - 1);
    return ((e - m + 1) << m) + mantissa;
}

static inline uint32_t hash_of(uint64_t id)
{
    return (uint32_t)(digest_mix(id) >> 32);
}

static inline double value_of(uint64_t a, uint64_t c)
{
    return c == 0 ? (double)INFINITY : (double)a / (double)c;
}

/* Ascending = best first; @s >= 0 or +inf, so its bits order as it does. */
static inline uint32_t key_of_score(double s)
{
    float f = (float)s;
    uint32_t bits;
    memcpy(&bits, &f, sizeof(bits));
    return ~bits;
}

static inline uint32_t key_of(uint64_t a, uint64_t c, double alpha, double beta)
{
    double below = (double)c + beta;
    return key_of_score(below == 0 ? (double)INFINITY
                                   : ((double)a + alpha) / below);
}

static inline bool eligible(bool votes, uint64_t views, uint64_t a, uint64_t c,
                            uint64_t min_votes)
{
    if (views == RATIO_UNKNOWN || a == RATIO_UNKNOWN || c == RATIO_UNKNOWN)
        return false;
    if (!votes)
        return views >= 1;
    return a >= min_votes || c >= min_votes - a; /* a + c cannot wrap here */
}

/* q of the row with @t better ones among @n; exact, t < n < 2^31. It stays
 * below 2^32 - 2^31/n, so never meets RATIO_NO_RANK. */
static inline uint32_t q_of(uint64_t t, uint64_t n)
{
    return (uint32_t)(((2 * t + 1) << 31) / n);
}

/* ---- prior of likes/dislikes (prior.c) ---- */

/* Integers only: any order of adding gives the same bits. Beyond 64 and 128
 * bits they wrap, which spoils the prior but no promise. */
struct prior_sums {
    uint64_t n, s1, k; /* rows, votes, likes */
    num_u128 s2, q;    /* votes^2, likes^2/votes in units of 2^-16 */
};

static inline void prior_add(struct prior_sums *p, uint64_t likes,
                             uint64_t dislikes)
{
    uint64_t n = likes + dislikes;
    double x = (double)likes * (double)likes / (double)n * 65536;
    p->n++;
    p->s1 += n;
    p->k += likes;
    p->s2 += (num_u128)n * n;
    p->q += x < 0x1p64 ? (uint64_t)x : UINT64_MAX;
}

void prior_merge(struct prior_sums *to, const struct prior_sums *from);
/* Alpha and beta of the bucket whose rows were added to @p. */
void prior_of(const struct prior_sums *p, double *alpha, double *beta);

/* ---- edges (table.c) ---- */

/*
 * Make the table of rows with @count[cell] eligible rows; @frozen as in
 * ratio_rank(), NULL = derive. Priors, quantiles and thresholds are 0.
 * RC_NOMEM; RC_INPUT: @frozen is not a table of ratio @r.
 */
int table_make(struct ratio_table **ret, const struct ratio_options *o,
               enum ratio_id r, const uint32_t *count,
               const struct ratio_table *frozen, struct err *e) MUST_CHECK;

/* ---- inside a bucket ---- */

/* An eligible row on its way through its bucket. */
struct item {
    double raw; /* a/c */
    uint32_t key, hash;
};

static inline uint64_t item_order(const struct item *x)
{
    return (uint64_t)x->key << 32 | x->hash;
}

/* Rows of one bucket equal in key and hash: ranks first … first + n - 1
 * are theirs, and only their ids tell whose is which. */
struct tie {
    uint32_t first, n;
};

/* Memory for one bucket at a time; one a thread. */
struct scratch {
    uint64_t *a, *b; /* as many as the largest bucket has rows */
    uint32_t low[DIGITS], high[DIGITS];
    struct tie *ties; /* owned; of the last bucket sorted */
    size_t n_ties, cap_ties;
    bool failed; /* no memory for another tie */
};

/*
 * Sort @n items by (key, hash): afterwards the low 32 bits of s->a[t] are
 * the index of the item with t better ones, and s->ties lists the rest of
 * the question. Sets s->failed when memory ends.
 */
void sort_items(struct scratch *s, const struct item *items, uint32_t n);

/* Quantiles of the raw values of @n > 0 items; overwrites all of @s. */
void select_quantiles(struct scratch *s, const struct item *items, uint32_t n,
                      double ret[RATIO_QUANTILES]);

#endif
