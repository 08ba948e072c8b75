/*
 * ratio/select.c - a bucket's quantiles without sorting it.
 *
 * The values' bits are counted in up to 2^11 bins between the smallest and
 * the largest; only the bins that hold a wanted rank are collected and
 * looked at again. Zero and infinity, which would stretch the bins over the
 * whole range of the exponent, are counted apart.
 *
 * Rules
 *   1. a quantile is an observed value: that of rank ceil(n * percent / 100),
 *      counted from 1 at the smallest (type 1 of Hyndman and Fan)
 *   2. each level divides the range by 2^10 at least: seven at most
 */
#include "ratio/ratio_priv.h"

const uint32_t ratio_quantile_percent[RATIO_QUANTILES] = { 1,  5,  10, 25, 50,
                                                           75, 90, 95, 99 };

enum { FEW = 24 };

/* Bits of +inf; every value is between 0 and this. */
static const uint64_t inf_bits = UINT64_C(0x7ff) << 52;

/* Ranks from 0, ascending; the value of rank[i] goes to value[i]. */
struct wanted {
    struct scratch *s;
    uint64_t rank[RATIO_QUANTILES];
    uint64_t value[RATIO_QUANTILES];
};

/* Values at [at, at + n) of a scratch array. Those with the ranks
 * [base, base + n), so the wanted ones [from, to) are among them. */
struct span {
    uint32_t at, n;
    uint64_t base;
    int from, to;
    uint32_t bin; /* of the span that it is a part of */
};

static void sort_few(uint64_t *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint64_t x = v[i];
        uint32_t at = i;
        for (; at > 0 && v[at - 1] > x; at--)
            v[at] = v[at - 1];
        v[at] = x;
    }
}

/*
 * Find the bins that hold wanted ranks and where their values will go;
 * bins[] changes from counts to places, UINT32_MAX = not wanted.
 * Returns the number of such bins, in @parts.
 */
static int wanted_bins(struct wanted *w, const struct span *x,
                       struct span parts[RATIO_QUANTILES])
{
    uint32_t *bins = w->s->low;
    uint32_t at = x->at;
    uint64_t base = x->base;
    int from = x->from, n_parts = 0;
    for (uint32_t bin = 0; bin < DIGITS; bin++) {
        uint32_t n = bins[bin];
        int to = from;
        while (to < x->to && w->rank[to] < base + n)
            to++;
        bins[bin] = UINT32_MAX;
        if (to > from) {
            parts[n_parts++] = (struct span){ at, n, base, from, to, bin };
            bins[bin] = at;
            at += n;
        }
        base += n;
        from = to;
    }
    return n_parts;
}

/* Count the values of @v by bin, then copy those of wanted bins to @to. */
static int split(struct wanted *w, const struct span *x, const uint64_t *v,
                 uint64_t *to, uint64_t min, uint64_t max,
                 struct span parts[RATIO_QUANTILES])
{
    uint32_t *bins = w->s->low;
    uint32_t bits = top_bit(max - min) + 1;
    uint32_t shift = bits > DIGIT_BITS ? bits - DIGIT_BITS : 0;
    memset(w->s->low, 0, sizeof(w->s->low));
    for (uint32_t i = x->at; i < x->at + x->n; i++)
        bins[(v[i] - min) >> shift]++;
    int n_parts = wanted_bins(w, x, parts);
    for (uint32_t i = x->at; i < x->at + x->n; i++) {
        uint32_t *place = &bins[(v[i] - min) >> shift];
        if (*place != UINT32_MAX)
            to[(*place)++] = v[i];
    }
    return n_parts;
}

/* Find the wanted values of @x, which lie in @v; @spare is overwritten. */
/* NOLINTNEXTLINE(misc-no-recursion): seven levels, rule 2 */
static void select_span(struct wanted *w, const struct span *x, uint64_t *v,
                        uint64_t *spare)
{
    uint64_t min = UINT64_MAX, max = 0;
    for (uint32_t i = x->at; i < x->at + x->n; i++) {
        min = v[i] < min ? v[i] : min;
        max = v[i] > max ? v[i] : max;
    }
    if (x->n <= FEW || min == max) {
        if (min != max)
            sort_few(v + x->at, x->n);
        for (int i = x->from; i < x->to; i++)
            w->value[i] = v[x->at + (w->rank[i] - x->base)];
        return;
    }
    struct span parts[RATIO_QUANTILES];
    int n_parts = split(w, x, v, spare, min, max, parts);
    for (int i = 0; i < n_parts; i++)
        select_span(w, &parts[i], spare, v);
}

/* Copy the bits of all values but 0 and +inf to s->a; return their number. */
static uint32_t copy_between(struct scratch *s, const struct item *items,
                             uint32_t n, uint32_t *zeros)
{
    uint32_t kept = 0;
    *zeros = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &items[i].raw, sizeof(bits));
        s->a[kept] = bits;
        kept += bits != 0 && bits != inf_bits;
        *zeros += bits == 0;
    }
    return kept;
}

void select_quantiles(struct scratch *s, const struct item *items, uint32_t n,
                      double ret[RATIO_QUANTILES])
{
    struct wanted w = { .s = s };
    uint32_t zeros;
    struct span x = { .n = copy_between(s, items, n, &zeros), .base = zeros };
    for (int i = 0; i < RATIO_QUANTILES; i++) {
        uint64_t percent = ratio_quantile_percent[i];
        w.rank[i] = (n * percent + 99) / 100 - 1;
        w.value[i] = w.rank[i] < zeros ? 0 : inf_bits;
        x.from += w.rank[i] < zeros;
        x.to += w.rank[i] < (uint64_t)zeros + x.n;
    }
    if (x.to > x.from)
        select_span(&w, &x, s->a, s->b);
    for (int i = 0; i < RATIO_QUANTILES; i++)
        memcpy(&ret[i], &w.value[i], sizeof(ret[i]));
}
