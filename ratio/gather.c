/*
 * ratio/gather.c - pass 4: the ranks, from place order back to row order.
 *
 * Rules
 *   1. the walk repeats the scatter's: the i-th row of a bucket is its i-th
 *      item
 *   2. rows equal in key and hash take the ranks of their tie in the order
 *      of their ids; of equal ids the earlier row comes first
 *
 * Threads: part i writes the q of its own rows, and the twins of its own
 * items.
 */
#include "ratio/run_priv.h"

static int compare_place(const void *key, const void *elem)
{
    uint32_t place = *(const uint32_t *)key;
    const struct twin *x = elem;
    return (place > x->place) - (place < x->place);
}

static void note_row(const struct run *r, uint32_t place, size_t row)
{
    struct twin *x =
        bsearch(&place, r->twins.p, r->twins.n, sizeof(*x), compare_place);
    x->row = (uint32_t)row;
    x->id = r->rows->id[row];
}

struct gather {
    struct run *run;
    uint32_t *q;
};

static void gather_part(void *ctx, int part)
{
    const struct gather *g = ctx;
    const struct run *r = g->run;
    struct part *p = &r->part[part];
    for (size_t i = p->from; i < p->to; i++) {
        g->q[i] = RATIO_NO_RANK;
        if (r->cell[i] == CELL_NONE)
            continue;
        uint32_t bucket = r->bucket_of[r->cell[i]];
        uint32_t place = p->cursor[bucket]++;
        g->q[i] = run_ranks(r, bucket)[place - r->begin[bucket]];
        if (g->q[i] == RATIO_NO_RANK)
            note_row(r, place, i);
    }
}

static int tie_order(const void *a, const void *b)
{
    const struct twin *x = a, *y = b;
    if (x->bucket != y->bucket)
        return x->bucket < y->bucket ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Rule 2. */
static void settle_twins(const struct run *r, uint32_t *q)
{
    struct twin *p = r->twins.p;
    if (r->twins.n == 0)
        return;
    qsort(p, r->twins.n, sizeof(*p), tie_order);
    uint32_t t = 0;
    for (size_t i = 0; i < r->twins.n; i++) {
        bool same = i > 0 && p[i].bucket == p[i - 1].bucket &&
                    p[i].first == p[i - 1].first;
        t = same ? t + 1 : p[i].first;
        q[p[i].row] = q_of(t, r->table->buckets[p[i].bucket].n);
    }
}

void run_gather(struct run *r, uint32_t *q)
{
    struct gather g = { .run = r, .q = q };
    run_cursors(r);
    parts_run("ratio", r->parts, gather_part, &g);
    settle_twins(r, q);
}
