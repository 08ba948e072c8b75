/*
 * ratio/run_priv.h - one ratio_rank() under way: four passes over the rows.
 *
 *   scan     each row's cell; eligible rows and prior sums a cell
 *   scatter  the eligible rows' items, bucket by bucket, in row order
 *   buckets  each bucket: quantiles, order, q of each item
 *   gather   the q of each row, found by walking the buckets once more
 *
 * Each pass is cut into parts, one a thread. Scan, scatter and gather give
 * part i the rows [from, to); the buckets are handed out as threads become
 * free. An item's place depends only on the order of rows, so neither the
 * number of parts nor who does which bucket is visible in the result.
 */
#ifndef SVF_RATIO_RUN_PRIV_H
#define SVF_RATIO_RUN_PRIV_H

#include "ratio/ratio_priv.h"

#include <stdatomic.h>

/* A row whose place among rows with equal key and hash is open until its id
 * is known; only the gather knows which row an item came from. */
struct twin {
    uint32_t place; /* of its item in the stream */
    uint32_t row;   /* set by the gather, as is id */
    uint64_t id;
    uint32_t bucket;
    uint32_t first; /* best rank of those equal to it */
};

struct twins {
    struct twin *p; /* owned */
    size_t n, cap;
};

struct part {
    size_t from, to;         /* rows */
    uint32_t *count;         /* owned; eligible rows a cell */
    struct prior_sums *sums; /* owned; a cell; NULL = not needed */
    uint32_t *cursor;        /* owned; a bucket: place of this part's next */
    struct scratch scratch;
    struct twins twins;
    bool failed; /* memory ended in the buckets pass */
};

struct run {
    const struct ratio_rows *rows;
    bool votes; /* likes/dislikes */
    uint32_t mantissa_bits;
    uint64_t min_votes;
    int parts;
    struct part *part;         /* owned */
    uint16_t *cell;            /* owned; a row */
    struct ratio_table *table; /* owned until handed out */
    uint16_t *bucket_of;       /* owned; a cell */
    struct item *stream;       /* owned; the eligible rows */
    uint32_t *begin;           /* owned; a bucket's first place, and the end */
    _Atomic size_t next_bucket;
    struct twins twins; /* of all parts, ascending by place */
};

/* Memory for @n things of @size bytes, zeroed; at least one byte. */
void *run_alloc(size_t n, size_t size);

/* Pass 1. Leaves the counts (and sums) of all parts. */
int run_scan(struct run *r, bool with_sums, struct err *e) MUST_CHECK;
/* Sum of all parts' counts, [cells]; the caller frees. NULL: no memory. */
uint32_t *run_counts(const struct run *r);
/* Give each bucket of r->table its prior from the sums. */
void run_priors(struct run *r);

/* Pass 2. r->table is there. Leaves stream and begin. */
int run_scatter(struct run *r, struct err *e) MUST_CHECK;
/* Set each part's cursors to its first place in every bucket. */
void run_cursors(struct run *r);

/* Pass 3. Fills quantiles and thresholds; leaves the ranks in the stream's
 * memory (see run_ranks()) and the twins. */
int run_buckets(struct run *r, struct err *e) MUST_CHECK;
/* The q of the items of bucket @b, in place order. The memory of the items
 * serves again: by now nothing else is wanted of them. */
static inline uint32_t *run_ranks(const struct run *r, size_t b)
{
    return (uint32_t *)(void *)&r->stream[r->begin[b]];
}

/* Pass 4. Cannot fail. */
void run_gather(struct run *r, uint32_t *q);

#endif
