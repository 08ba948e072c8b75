/*
 * ratio/sort.c - the order inside a bucket: by key, equal keys by hash.
 *
 * A span of items is sorted by the leading 22 bits in which its (key, hash)
 * differ: two stable counting passes over 8-byte entries that carry those
 * bits and the item's index. What is still equal then forms runs, nearly
 * always short; a long one (thousands of videos with equal counts) is a
 * span of its own, now told apart by lower bits, in the end by the hash.
 *
 * Rules
 *   1. the result is the one order by (key, hash); equal pairs stay in
 *      input order and are reported as a tie, never decided here
 *   2. each level of spans uses up 22 of 64 bits: at most three levels
 *   3. work is linear in the items; nothing depends on how keys are spread
 *
 * Threads: one scratch a thread.
 */
#include "ratio/ratio_priv.h"

enum {
    FEW = 16, /* items that insertion sorts faster than counting */
    SPAN_BITS = 2 * DIGIT_BITS
};

struct sorter {
    struct scratch *s;
    const struct item *items;
};

static uint32_t index_of(uint64_t entry)
{
    return (uint32_t)entry;
}

static uint64_t order_at(const struct sorter *o, uint32_t at)
{
    return item_order(&o->items[index_of(o->s->a[at])]);
}

static void tie_add(struct scratch *s, uint32_t first, uint32_t n)
{
    if (s->n_ties == s->cap_ties) {
        size_t cap = s->cap_ties ? 2 * s->cap_ties : 16;
        struct tie *p = realloc(s->ties, cap * sizeof(*p));
        if (!p) {
            s->failed = true;
            return;
        }
        s->ties = p;
        s->cap_ties = cap;
    }
    s->ties[s->n_ties++] = (struct tie){ .first = first, .n = n };
}

/* Report the ties of the sorted entries [lo, hi). */
static void ties_of(const struct sorter *o, uint32_t lo, uint32_t hi)
{
    uint32_t first = lo;
    for (uint32_t i = lo + 1; i <= hi; i++) {
        if (i < hi && order_at(o, i) == order_at(o, first))
            continue;
        if (i - first > 1)
            tie_add(o->s, first, i - first);
        first = i;
    }
}

static void sort_few(const struct sorter *o, uint32_t lo, uint32_t hi)
{
    uint64_t *a = o->s->a;
    for (uint32_t i = lo + 1; i < hi; i++) {
        uint64_t entry = a[i];
        uint64_t order = order_at(o, i);
        uint32_t at = i;
        for (; at > lo && order_at(o, at - 1) > order; at--)
            a[at] = a[at - 1];
        a[at] = entry;
    }
    ties_of(o, lo, hi);
}

/* Turn counts into the places where each digit's entries begin. */
static void places(uint32_t count[DIGITS])
{
    uint32_t at = 0;
    for (uint32_t d = 0; d < DIGITS; d++) {
        uint32_t n = count[d];
        count[d] = at;
        at += n;
    }
}

/* Give the entries of [lo, hi) their leading bits above @min and sort. */
static void count_sort(const struct sorter *o, uint32_t lo, uint32_t hi,
                       uint64_t min, uint32_t shift)
{
    struct scratch *s = o->s;
    uint32_t n = hi - lo;
    uint64_t *a = s->a + lo, *b = s->b + lo;
    memset(s->low, 0, sizeof(s->low));
    memset(s->high, 0, sizeof(s->high));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = index_of(a[i]);
        uint64_t lead = (item_order(&o->items[index]) - min) >> shift;
        a[i] = lead << 32 | index;
        s->low[lead % DIGITS]++;
        s->high[lead / DIGITS]++;
    }
    places(s->low);
    places(s->high);
    for (uint32_t i = 0; i < n; i++)
        b[s->low[(a[i] >> 32) % DIGITS]++] = a[i];
    for (uint32_t i = 0; i < n; i++)
        a[s->high[b[i] >> (32 + DIGIT_BITS)]++] = b[i];
}

static void sort_span(const struct sorter *o, uint32_t lo, uint32_t hi);

/* Sort what the leading bits left equal in [lo, hi). */
static void sort_runs(const struct sorter *o, uint32_t lo, uint32_t hi)
{
    const uint64_t *a = o->s->a;
    uint32_t first = lo;
    for (uint32_t i = lo + 1; i <= hi; i++) {
        if (i < hi && a[i] >> 32 == a[first] >> 32)
            continue;
        if (i - first > 1)
            sort_span(o, first, i);
        first = i;
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): three levels, rule 2 */
static void sort_span(const struct sorter *o, uint32_t lo, uint32_t hi)
{
    if (hi - lo <= FEW) {
        sort_few(o, lo, hi);
        return;
    }
    uint64_t min = UINT64_MAX, max = 0;
    for (uint32_t i = lo; i < hi; i++) {
        uint64_t order = order_at(o, i);
        min = order < min ? order : min;
        max = order > max ? order : max;
    }
    if (min == max) {
        tie_add(o->s, lo, hi - lo);
        return;
    }
    uint32_t bits = top_bit(max - min) + 1;
    count_sort(o, lo, hi, min, bits > SPAN_BITS ? bits - SPAN_BITS : 0);
    sort_runs(o, lo, hi);
}

void sort_items(struct scratch *s, const struct item *items, uint32_t n)
{
    struct sorter o = { .s = s, .items = items };
    s->n_ties = 0;
    for (uint32_t i = 0; i < n; i++)
        s->a[i] = i;
    sort_span(&o, 0, n);
}
