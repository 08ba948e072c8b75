/* bench/search_naive.h - the same questions, answered by a scan of all rows. */
#ifndef SVF_BENCH_SEARCH_NAIVE_H
#define SVF_BENCH_SEARCH_NAIVE_H

#include "bench/search_data.h"
#include "search/search.h"

enum { ASK_WORDS = 2, PAGE = 20 };

struct ask {
    uint32_t word[ASK_WORDS]; /* 0 = none */
    double top;               /* percent, 0 = all */
    uint32_t duration[2];     /* s, inclusive; second 0 = all */
    uint32_t published[2];    /* s, half open; second 0 = all */
    bool relevance;           /* the order; else the percentile */
    size_t skip;              /* items before the page */
};

/* A match on its way into the page. */
struct found {
    double score;
    uint64_t id;
    uint32_t q;
};

struct naive {
    const struct data *data;
    struct found *all; /* owned; room for every row */
    size_t n;          /* matches: the exact total */
};
void naive_init(struct naive *x, const struct data *d);
void naive_fini(struct naive *x);
/* All matches, in order. */
void naive_answer(struct naive *x, const struct ask *a);
/* 1 when @r is not the page of @x's last answer, else 0. Scores may differ
 * by the step in which the index compares them. */
uint64_t naive_wrong(const struct naive *x, const struct ask *a,
                     const struct search_result *r);

/* The least that "top and duration" can cost: two columns, one loop. */
uint64_t naive_bound(const uint32_t *q, const uint32_t *duration, size_t n,
                     uint32_t limit, const uint32_t between[2]);

#endif
