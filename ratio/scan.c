/*
 * ratio/scan.c - pass 1: which rows are eligible, and in which cell.
 *
 * The sums behind the priors are taken a cell, before any bucket is known:
 * they are integers, so adding a bucket's cells up later is exact, and the
 * rows need not be read twice.
 *
 * Threads: part i writes its own counts, sums and cells only.
 */
#include "ratio/run_priv.h"

static void scan_part(void *ctx, int part)
{
    struct run *r = ctx;
    struct part *p = &r->part[part];
    const struct ratio_rows *rows = r->rows;
    for (size_t i = p->from; i < p->to; i++) {
        uint64_t a = rows->a[i], c = rows->c[i];
        if (!eligible(r->votes, rows->views[i], a, c, r->min_votes)) {
            r->cell[i] = CELL_NONE;
            continue;
        }
        uint32_t cell = cell_of(rows->views[i], r->mantissa_bits);
        r->cell[i] = (uint16_t)cell;
        p->count[cell]++;
        if (p->sums)
            prior_add(&p->sums[cell], a, c);
    }
}

int run_scan(struct run *r, bool with_sums, struct err *e)
{
    size_t cells = cell_count(r->mantissa_bits);
    r->cell = malloc(r->rows->n * sizeof(*r->cell) + 1);
    bool ok = r->cell != NULL;
    for (int i = 0; i < r->parts && ok; i++) {
        struct part *p = &r->part[i];
        p->count = run_alloc(cells, sizeof(*p->count));
        p->sums = with_sums ? run_alloc(cells, sizeof(*p->sums)) : NULL;
        ok = p->count && (p->sums || !with_sums);
    }
    if (!ok)
        return err_set(e, RC_NOMEM, "no memory to count %zu rows", r->rows->n);
    parts_run("ratio", r->parts, scan_part, r);
    return RC_OK;
}

uint32_t *run_counts(const struct run *r)
{
    uint32_t cells = cell_count(r->mantissa_bits);
    uint32_t *count = run_alloc(cells, sizeof(*count));
    for (int i = 0; count && i < r->parts; i++)
        for (uint32_t cell = 0; cell < cells; cell++)
            count[cell] += r->part[i].count[cell];
    return count;
}

void run_priors(struct run *r)
{
    for (size_t i = 0; i < r->table->n_buckets; i++) {
        struct ratio_bucket *b = &r->table->buckets[i];
        struct prior_sums sums = { .n = 0 };
        for (int part = 0; part < r->parts; part++)
            for (uint32_t cell = b->cell_min; cell <= b->cell_max; cell++)
                prior_merge(&sums, &r->part[part].sums[cell]);
        prior_of(&sums, &b->alpha, &b->beta);
    }
}
