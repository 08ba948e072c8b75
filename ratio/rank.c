/*
 * ratio/rank.c - ratio_rank(): checks, the four passes in order, hand-over.
 *
 * Rules
 *   1. outputs are written after the last thing that can fail
 *   2. a table without buckets ranks nobody: all rows get RATIO_NO_RANK
 */
#include "ratio/run_priv.h"

enum { ROWS_A_PART = 1 << 15 }; /* fewer are not worth a thread */

void *run_alloc(size_t n, size_t size)
{
    return calloc(n ? n : 1, size);
}

static int options_check(const struct ratio_options *o, size_t n, struct err *e)
{
    if (o->n_min < 1 || o->n_min > RATIO_N_MIN_MAX)
        return err_set(e, RC_INPUT, "n_min %u is not in [1, %d]",
                       (unsigned)o->n_min, RATIO_N_MIN_MAX);
    if (o->mantissa_bits < RATIO_MANTISSA_MIN ||
        o->mantissa_bits > RATIO_MANTISSA_MAX)
        return err_set(e, RC_INPUT, "mantissa bits %u are not in [%d, %d]",
                       (unsigned)o->mantissa_bits, RATIO_MANTISSA_MIN,
                       RATIO_MANTISSA_MAX);
    if (o->min_votes < 1)
        return err_set(e, RC_INPUT, "min_votes must be at least 1");
    if (o->threads < 1 || o->threads > RATIO_THREADS_MAX)
        return err_set(e, RC_INPUT, "threads %d are not in [1, %d]", o->threads,
                       RATIO_THREADS_MAX);
    if (n > INT32_MAX)
        return err_set(e, RC_INPUT, "%zu rows are too many, at most %d", n,
                       INT32_MAX);
    return RC_OK;
}

static int run_init(struct run *run, const struct ratio_options *o,
                    enum ratio_id r, const struct ratio_rows *rows,
                    struct err *e)
{
    size_t useful = 1 + rows->n / ROWS_A_PART;
    *run = (struct run){
        .rows = rows,
        .votes = r == RATIO_LIKES_DISLIKES,
        .mantissa_bits = o->mantissa_bits,
        .min_votes = o->min_votes,
        .parts = (size_t)o->threads < useful ? o->threads : (int)useful,
    };
    run->part = run_alloc((size_t)run->parts, sizeof(*run->part));
    if (!run->part)
        return err_set(e, RC_NOMEM, "no memory for %d threads", run->parts);
    for (int i = 0; i < run->parts; i++) {
        size_t parts = (size_t)run->parts;
        run->part[i].from = rows->n / parts * (size_t)i;
        run->part[i].to = rows->n / parts * ((size_t)i + 1);
    }
    run->part[run->parts - 1].to = rows->n;
    return RC_OK;
}

static void part_fini(struct part *p)
{
    free(p->count);
    free(p->sums);
    free(p->cursor);
    free(p->scratch.a);
    free(p->scratch.b);
    free(p->scratch.ties);
    free(p->twins.p);
}

static void run_fini(struct run *r)
{
    for (int i = 0; r->part && i < r->parts; i++)
        part_fini(&r->part[i]);
    free(r->part);
    free(r->cell);
    ratio_table_close(r->table);
    free(r->bucket_of);
    free(r->stream);
    free(r->begin);
    free(r->twins.p);
}

/* Pass 1 and the table that follows from it. */
static int run_table(struct run *r, const struct ratio_options *o,
                     enum ratio_id id, const struct ratio_table *frozen,
                     struct err *e)
{
    bool with_sums = r->votes && !frozen;
    int rc = run_scan(r, with_sums, e);
    if (rc)
        return rc;
    uint32_t *count = run_counts(r);
    if (!count)
        return err_set(e, RC_NOMEM, "no memory for the cells");
    rc = table_make(&r->table, o, id, count, frozen, e);
    free(count);
    if (rc)
        return rc;
    r->table->unknown = r->rows->n - r->table->eligible;
    if (with_sums)
        run_priors(r);
    return RC_OK;
}

static int run_passes(struct run *r, const struct ratio_options *o,
                      enum ratio_id id, const struct ratio_table *frozen,
                      uint32_t *q, struct err *e)
{
    int rc = run_table(r, o, id, frozen, e);
    if (rc)
        return rc;
    if (r->table->n_buckets == 0) {
        for (size_t i = 0; i < r->rows->n; i++)
            q[i] = RATIO_NO_RANK;
        return RC_OK;
    }
    rc = run_scatter(r, e);
    if (rc)
        return rc;
    rc = run_buckets(r, e);
    if (rc)
        return rc;
    run_gather(r, q);
    return RC_OK;
}

int ratio_rank(const struct ratio_options *o, enum ratio_id r,
               const struct ratio_rows *rows, const struct ratio_table *frozen,
               uint32_t *q, struct ratio_table **ret, struct err *e)
{
    struct ratio_options used = *o;
    if (frozen) {
        used.n_min = frozen->n_min;
        used.mantissa_bits = frozen->mantissa_bits;
        used.min_votes = frozen->min_votes;
    }
    int rc = options_check(&used, rows->n, e);
    if (rc)
        return rc;

    struct run run;
    rc = run_init(&run, &used, r, rows, e);
    if (rc)
        return rc;
    rc = run_passes(&run, &used, r, frozen, q, e);
    if (rc == RC_OK && ret) {
        *ret = run.table;
        run.table = NULL;
    }
    run_fini(&run);
    return rc;
}
