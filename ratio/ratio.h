/*
 * ratio/ratio.h - rank every row among rows with about the same number of
 * views. Plain arrays in, plain arrays out; no I/O, no idea what a video is.
 * The definition, point by point, is docs/ratio.md.
 */
#ifndef SVF_RATIO_RATIO_H
#define SVF_RATIO_RATIO_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ratio_id {
    RATIO_LIKES_VIEWS,
    RATIO_LIKES_DISLIKES,
    RATIO_COMMENTS_VIEWS,
    RATIO_DISLIKES_VIEWS,
    RATIO_COUNT
};

#define RATIO_UNKNOWN UINT64_MAX /* a count that nobody told */
#define RATIO_NO_RANK UINT32_C(0xffffffff)

const char *ratio_name(enum ratio_id r); /* "likesViews" */
const char *ratio_pair(enum ratio_id r); /* "likes/views" */
/* Read either form. RC_INPUT lists the four. */
int ratio_parse(struct str s, enum ratio_id *ret, struct err *e) MUST_CHECK;

struct ratio_options {
    uint32_t n_min;         /* rows a bucket holds at least, [1, 2^20] */
    uint32_t mantissa_bits; /* m of the cell formula, [4, 10] */
    uint64_t min_votes;     /* likes/dislikes: votes a row needs, >= 1 */
    int threads;            /* [1, 64] */
};
#define RATIO_OPTIONS_INIT                                                     \
    {                                                                          \
        .n_min = 1000, .mantissa_bits = 7, .min_votes = 1, .threads = 2        \
    }

/* The percentiles at which a bucket keeps the ratio's value and its rank
 * threshold, best side first for the thresholds. */
enum { RATIO_QUANTILES = 9, RATIO_THRESHOLDS = 6 };
extern const uint32_t ratio_quantile_percent[RATIO_QUANTILES]; /* 1 … 99 */
extern const double ratio_threshold_top[RATIO_THRESHOLDS];     /* .1 … 50 % */

struct ratio_bucket {
    uint32_t cell_min, cell_max;   /* inclusive; the next one begins behind */
    uint64_t views_min, views_max; /* the cells' bounds, inclusive */
    uint64_t n;                    /* eligible rows */
    double alpha, beta;            /* prior of likes/dislikes, else 0, 0 */
    double quantile[RATIO_QUANTILES]; /* raw ratio a/c at 1 … 99 %, type 1
                                         (an observed value); may be +inf */
    struct {
        uint32_t key, hash; /* of the last row selected */
        bool some;          /* false: nobody is selected */
    } threshold[RATIO_THRESHOLDS];
};

/* One ratio's frozen edges, priors and figures: a part of a rank epoch. */
struct ratio_table {
    enum ratio_id ratio;
    uint32_t n_min, mantissa_bits;
    uint64_t min_votes;
    uint64_t eligible, unknown; /* unknown = rows - eligible */
    size_t n_buckets;
    struct ratio_bucket *buckets; /* owned, ascending, without gaps */
};

/* Rows by column, borrowed; each value may be RATIO_UNKNOWN but ids. */
struct ratio_rows {
    size_t n; /* below 2^31 */
    const uint64_t *id;
    const uint64_t *views;
    const uint64_t *a; /* numerator */
    const uint64_t *c; /* denominator: views, or dislikes */
};

/*
 * Rank all rows of one ratio.
 *
 * @frozen  NULL: derive edges and priors from these rows; else use its
 *          edges, priors and options, and only count and rank
 * @q       n values out, 0 = best, RATIO_NO_RANK = not eligible
 * @ret     the new table, the caller's; with @frozen its counts, quantiles
 *          and thresholds are those of these rows; may be NULL
 *
 * The same rows in any order and any number of threads give the same bits.
 * RC_NOMEM, RC_INPUT (options out of range); outputs untouched then.
 */
int ratio_rank(const struct ratio_options *o, enum ratio_id r,
               const struct ratio_rows *rows, const struct ratio_table *frozen,
               uint32_t *q, struct ratio_table **ret, struct err *e) MUST_CHECK;
void ratio_table_close(struct ratio_table *t);

/* The building blocks, for one row and for oracles. */
uint32_t ratio_cell(uint64_t views, uint32_t mantissa_bits);
uint64_t ratio_cell_first(uint32_t cell, uint32_t mantissa_bits);
uint32_t ratio_hash(uint64_t id);
bool ratio_eligible(enum ratio_id r, uint64_t views, uint64_t a, uint64_t c,
                    uint64_t min_votes);
/* May a frozen table's bucket of @r have this prior? */
bool ratio_prior_usable(enum ratio_id r, double alpha, double beta);
/* key of points 4: ascending = best first. */
uint32_t ratio_key(uint64_t a, uint64_t c, double alpha, double beta);
/* The bucket that holds @views, or NULL in an empty table. */
const struct ratio_bucket *ratio_bucket_of(const struct ratio_table *t,
                                           uint64_t views);
/* Percentile in (0, 100), 100 = best, from q. */
double ratio_percentile(uint32_t q);
/* Is @q within the top @percent? 0 < percent <= 100. */
bool ratio_in_top(uint32_t q, double percent);
/* Largest q that is still in the top @percent: q <= limit. */
uint32_t ratio_top_limit(double percent);
/* The value as people read it: a/c, +inf when c is 0. */
double ratio_value(uint64_t a, uint64_t c);

#endif
