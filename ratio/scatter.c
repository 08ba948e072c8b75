/*
 * ratio/scatter.c - pass 2: the eligible rows' items, bucket by bucket.
 *
 * Rules
 *   1. inside a bucket the items stand in row order, whatever the number of
 *      parts: part 0's first, then part 1's. So the gather can find each
 *      row's item again by counting, and no item carries its row
 *   2. each part writes the places between its cursors and the next part's
 */
#include "ratio/run_priv.h"

#include <inttypes.h>

static int map_cells(struct run *r, struct err *e)
{
    size_t cells = cell_count(r->mantissa_bits);
    r->bucket_of = run_alloc(cells, sizeof(*r->bucket_of));
    if (!r->bucket_of)
        return err_set(e, RC_NOMEM, "no memory for %zu cells", cells);
    for (size_t i = 0; i < r->table->n_buckets; i++) {
        const struct ratio_bucket *b = &r->table->buckets[i];
        for (uint32_t cell = b->cell_min; cell <= b->cell_max; cell++)
            r->bucket_of[cell] = (uint16_t)i;
    }
    return RC_OK;
}

static uint32_t rows_in(const struct part *p, const struct ratio_bucket *b)
{
    uint32_t n = 0;
    for (uint32_t cell = b->cell_min; cell <= b->cell_max; cell++)
        n += p->count[cell];
    return n;
}

void run_cursors(struct run *r)
{
    uint32_t at = 0;
    for (size_t i = 0; i < r->table->n_buckets; i++) {
        r->begin[i] = at;
        for (int part = 0; part < r->parts; part++) {
            r->part[part].cursor[i] = at;
            at += rows_in(&r->part[part], &r->table->buckets[i]);
        }
    }
    r->begin[r->table->n_buckets] = at;
}

static void scatter_part(void *ctx, int part)
{
    struct run *r = ctx;
    struct part *p = &r->part[part];
    const struct ratio_rows *rows = r->rows;
    for (size_t i = p->from; i < p->to; i++) {
        if (r->cell[i] == CELL_NONE)
            continue;
        uint32_t bucket = r->bucket_of[r->cell[i]];
        const struct ratio_bucket *b = &r->table->buckets[bucket];
        uint64_t a = rows->a[i], c = rows->c[i];
        double raw = value_of(a, c);
        r->stream[p->cursor[bucket]++] = (struct item){
            .raw = raw,
            .key =
                r->votes ? key_of(a, c, b->alpha, b->beta) : key_of_score(raw),
            .hash = hash_of(rows->id[i]),
        };
    }
}

int run_scatter(struct run *r, struct err *e)
{
    int rc = map_cells(r, e);
    if (rc)
        return rc;
    size_t buckets = r->table->n_buckets;
    r->begin = run_alloc(buckets + 1, sizeof(*r->begin));
    r->stream = malloc(r->table->eligible * sizeof(*r->stream) + 1);
    bool ok = r->begin && r->stream;
    for (int i = 0; i < r->parts && ok; i++) {
        r->part[i].cursor = run_alloc(buckets, sizeof(uint32_t));
        ok = r->part[i].cursor != NULL;
    }
    if (!ok)
        return err_set(e, RC_NOMEM, "no memory to rank %" PRIu64 " rows",
                       r->table->eligible);
    run_cursors(r);
    parts_run("ratio", r->parts, scatter_part, r);
    return RC_OK;
}
