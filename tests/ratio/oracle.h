/*
 * tests/ratio/oracle.h - the definition of docs/ratio.md once more, by
 * sorting and counting: slow, short, and without a line of ratio/.
 */
#ifndef SVF_TESTS_RATIO_ORACLE_H
#define SVF_TESTS_RATIO_ORACLE_H

#include "ratio/ratio.h"

struct oracle_bucket {
    uint32_t cell_min, cell_max;
    uint64_t n;
    double alpha, beta;
    double quantile[9];
    uint32_t key[6], hash[6];
    bool some[6];
};

struct oracle {
    uint32_t *q; /* a row */
    uint64_t eligible;
    size_t n_buckets;
    struct oracle_bucket *buckets;
};

/* Rank by the definition; aborts when memory ends. @frozen: NULL or the
 * result whose edges and priors count. */
void oracle_rank(struct oracle *ret, const struct ratio_options *o,
                 enum ratio_id r, const struct ratio_rows *rows,
                 const struct oracle *frozen);
void oracle_fini(struct oracle *o);

/* Differences between the engine's result and the oracle's: rows whose q
 * differs, and figures of the table. @why gets the first, 200 bytes. */
uint64_t oracle_compare(const struct oracle *o, size_t n, const uint32_t *q,
                        const struct ratio_table *t, char why[static 200]);

#endif
