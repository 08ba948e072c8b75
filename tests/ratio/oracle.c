/*
 * tests/ratio/oracle.c - the definition, point by point, with qsort().
 *
 * Numbers in comments are the points of docs/ratio.md. Nothing of ratio/ is
 * called, so a mistake would have to be made twice.
 */
#include "tests/ratio/oracle.h"

#include "base/num.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const int percents[9] = { 1, 5, 10, 25, 50, 75, 90, 95, 99 };
static const uint64_t tops_in_tenths[6] = { 1, 10, 50, 100, 200, 500 };

struct orow {
    size_t row;
    uint64_t id, a, c;
    uint32_t cell, key, hash;
};

static void *must_alloc(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    if (!p)
        abort();
    return p;
}

/* 1. */
static bool counts(enum ratio_id r, uint64_t v, uint64_t a, uint64_t c,
                   uint64_t min_votes)
{
    const uint64_t unknown = ~UINT64_C(0);
    if (v == unknown || a == unknown || c == unknown)
        return false;
    if (r == RATIO_LIKES_DISLIKES)
        return (num_u128)a + c >= min_votes;
    return v >= 1;
}

/* 2. */
static uint32_t cell(uint64_t v, uint32_t m)
{
    if (v < (UINT64_C(1) << m))
        return (uint32_t)v;
    uint32_t e = 0;
    for (uint64_t x = v; x > 1; x /= 2)
        e++;
    uint64_t mantissa = (v / (UINT64_C(1) << (e - m))) % (UINT64_C(1) << m);
    return (e - m + 1) * (1u << m) + (uint32_t)mantissa;
}

/* 5. */
static uint32_t hash32(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    x ^= x >> 33;
    return (uint32_t)(x >> 32);
}

/* 4. */
static uint32_t key32(double above, double below)
{
    float s = below == 0 ? (float)INFINITY : (float)(above / below);
    uint32_t bits;
    memcpy(&bits, &s, sizeof(bits));
    return ~bits;
}

static double between(double x, double low, double high)
{
    return x > high ? high : x > low ? x : low;
}

static void prior(struct oracle_bucket *b, const struct orow *x)
{
    uint64_t N = b->n, S1 = 0, K = 0;
    num_u128 S2 = 0, Q = 0;
    for (uint64_t i = 0; i < b->n; i++) {
        uint64_t L = x[i].a, n = x[i].a + x[i].c;
        double part = (double)L * (double)L / (double)n * 65536;
        S1 += n;
        S2 += (num_u128)n * n;
        K += L;
        Q += part >= 0x1p64 ? ~UINT64_C(0) : (uint64_t)part;
    }
    double n = (double)N, s1 = (double)S1, s2 = (double)S2, k = (double)K;
    double q = (double)Q / 65536;
    double mu = between(k / s1, 1e-9, 1 - 1e-9);
    double rho = ((q - mu * mu * s1) / (mu * (1 - mu)) - (n - 1)) /
                 (s1 - s2 / s1 - (n - 1));
    if (N < 2 || s1 - s2 / s1 - (n - 1) <= 0 || isnan(rho) || isinf(rho))
        rho = 1e-4;
    double M = 1 / between(rho, 1e-4, .5) - 1;
    b->alpha = mu * M;
    b->beta = (1 - mu) * M;
}

static int by_cell(const void *p, const void *q)
{
    const struct orow *x = p, *y = q;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

static int by_order(const void *p, const void *q)
{
    const struct orow *x = p, *y = q;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int by_value(const void *p, const void *q)
{
    double x, y;
    memcpy(&x, p, sizeof(x));
    memcpy(&y, q, sizeof(y));
    return (x > y) - (x < y);
}

static void quantiles(struct oracle_bucket *b, const struct orow *x)
{
    double *v = must_alloc((size_t)b->n, sizeof(*v));
    for (uint64_t i = 0; i < b->n; i++)
        v[i] = x[i].c ? (double)x[i].a / (double)x[i].c : (double)INFINITY;
    qsort(v, (size_t)b->n, sizeof(*v), by_value);
    for (int i = 0; i < 9; i++) {
        uint64_t rank = 1; /* the first whose share reaches the percent */
        while (rank * 100 < b->n * (uint64_t)percents[i])
            rank++;
        b->quantile[i] = v[rank - 1];
    }
    free(v);
}

/* 5. and 6. */
static void rank(struct oracle *o, struct oracle_bucket *b, struct orow *x,
                 bool votes)
{
    for (uint64_t i = 0; i < b->n; i++)
        x[i].key =
            votes ? key32((double)x[i].a + b->alpha, (double)x[i].c + b->beta)
                  : key32((double)x[i].a, (double)x[i].c);
    qsort(x, (size_t)b->n, sizeof(*x), by_order);
    for (uint64_t t = 0; t < b->n; t++) {
        uint64_t q = ((2 * t + 1) << 31) / b->n;
        q = q > 0xfffffffe ? 0xfffffffe : q;
        o->q[x[t].row] = (uint32_t)q;
        for (int i = 0; i < 6; i++) {
            if (q * 1000 >= tops_in_tenths[i] << 32)
                continue; /* q >= x/100 * 2^32 */
            b->key[i] = x[t].key;
            b->hash[i] = x[t].hash;
            b->some[i] = true;
        }
    }
}

/* 3. */
static void edges(struct oracle *o, const struct ratio_options *opt,
                  const struct orow *x)
{
    uint32_t cells = (65 - opt->mantissa_bits) << opt->mantissa_bits;
    uint64_t have = 0, below = 0, i = 0;
    uint32_t from = 0;
    for (uint32_t at = 0; at < cells; at++) {
        for (; i < o->eligible && x[i].cell == at; i++)
            have++;
        bool last = at == cells - 1;
        if (!last &&
            (have < opt->n_min || o->eligible - below - have < opt->n_min))
            continue;
        if (last && o->eligible == 0)
            continue;
        o->buckets[o->n_buckets++] = (struct oracle_bucket){ .cell_min = from,
                                                             .cell_max = at,
                                                             .n = have };
        below += have;
        have = 0;
        from = at + 1;
    }
}

static void take_edges(struct oracle *o, const struct oracle *frozen,
                       const struct orow *x)
{
    o->n_buckets = frozen->n_buckets;
    for (size_t i = 0; i < frozen->n_buckets; i++) {
        struct oracle_bucket *b = &o->buckets[i];
        *b = (struct oracle_bucket){ .cell_min = frozen->buckets[i].cell_min,
                                     .cell_max = frozen->buckets[i].cell_max,
                                     .alpha = frozen->buckets[i].alpha,
                                     .beta = frozen->buckets[i].beta };
        for (uint64_t j = 0; j < o->eligible; j++)
            b->n += x[j].cell >= b->cell_min && x[j].cell <= b->cell_max;
    }
}

void oracle_rank(struct oracle *ret, const struct ratio_options *opt,
                 enum ratio_id r, const struct ratio_rows *rows,
                 const struct oracle *frozen)
{
    struct oracle o = { .q = must_alloc(rows->n, sizeof(*o.q)) };
    struct orow *x = must_alloc(rows->n, sizeof(*x));
    bool votes = r == RATIO_LIKES_DISLIKES;
    for (size_t i = 0; i < rows->n; i++) {
        o.q[i] = 0xffffffff;
        if (!counts(r, rows->views[i], rows->a[i], rows->c[i], opt->min_votes))
            continue;
        x[o.eligible++] =
            (struct orow){ .row = i,
                           .id = rows->id[i],
                           .a = rows->a[i],
                           .c = rows->c[i],
                           .cell = cell(rows->views[i], opt->mantissa_bits),
                           .hash = hash32(rows->id[i]) };
    }
    qsort(x, (size_t)o.eligible, sizeof(*x), by_cell);
    o.buckets = must_alloc((65 - opt->mantissa_bits) << opt->mantissa_bits,
                           sizeof(*o.buckets));
    if (frozen)
        take_edges(&o, frozen, x);
    else
        edges(&o, opt, x);
    struct orow *at = x;
    for (size_t i = 0; i < o.n_buckets; i++) {
        struct oracle_bucket *b = &o.buckets[i];
        if (votes && !frozen)
            prior(b, at);
        if (b->n)
            quantiles(b, at);
        rank(&o, b, at, votes);
        at += b->n;
    }
    free(x);
    *ret = o;
}

void oracle_fini(struct oracle *o)
{
    free(o->q);
    free(o->buckets);
}

static bool same_bits(const void *a, const void *b, size_t n)
{
    return memcmp(a, b, n) == 0;
}

static bool bucket_same(const struct oracle_bucket *x,
                        const struct ratio_bucket *y)
{
    bool same = x->cell_min == y->cell_min && x->cell_max == y->cell_max &&
                x->n == y->n &&
                same_bits(&x->alpha, &y->alpha, sizeof(x->alpha)) &&
                same_bits(&x->beta, &y->beta, sizeof(x->beta)) &&
                same_bits(x->quantile, y->quantile, sizeof(x->quantile));
    for (int i = 0; i < 6; i++) {
        same = same && x->some[i] == y->threshold[i].some;
        if (x->some[i])
            same = same && x->key[i] == y->threshold[i].key &&
                   x->hash[i] == y->threshold[i].hash;
    }
    return same;
}

uint64_t oracle_compare(const struct oracle *o, size_t n, const uint32_t *q,
                        const struct ratio_table *t, char why[static 200])
{
    uint64_t wrong = 0;
    why[0] = '\0';
    for (size_t i = n; i-- > 0;) {
        if (q[i] == o->q[i])
            continue;
        wrong++;
        snprintf(why, 200, "row %zu: q %" PRIu32 ", want %" PRIu32, i, q[i],
                 o->q[i]);
    }
    if (t->n_buckets != o->n_buckets || t->eligible != o->eligible ||
        t->unknown != n - o->eligible) {
        snprintf(why, 200,
                 "%zu buckets, %" PRIu64 " rows; want %zu and %" PRIu64,
                 t->n_buckets, t->eligible, o->n_buckets, o->eligible);
        return wrong + 1;
    }
    for (size_t i = o->n_buckets; i-- > 0;) {
        if (bucket_same(&o->buckets[i], &t->buckets[i]))
            continue;
        wrong++;
        snprintf(why, 200,
                 "bucket %zu of %zu differs (n %" PRIu64 ", want %" PRIu64 ")",
                 i, o->n_buckets, t->buckets[i].n, o->buckets[i].n);
    }
    return wrong;
}
