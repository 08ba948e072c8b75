/*
 * search/rank_job.c - from the columns of the index to a rank epoch.
 *
 * Rules
 *   1. edges are kept from one epoch to the next, so that ranks of videos
 *      that did not change stay quiet, until a bucket leaves the band of
 *      docs/ratio.md: [n_min / 2, 4 n_min + one cell]
 *   2. edges that were made with other options are not kept
 *   3. the epoch is in the store before this index uses it
 *
 * Threads: owner only. It reads the CPU clock, for the report alone.
 */
#include "search/snap_priv.h"

#include <stdlib.h>
#include <time.h>

/* Of all threads of the process. */
static double cpu_ns(void)
{
    return (double)clock() * (1e9 / CLOCKS_PER_SEC);
}

/* ---- keeping edges ---- */

static bool same_options(const struct ratio_table *t,
                         const struct ratio_options *o, enum ratio_id r)
{
    return t->n_min == o->n_min && t->mantissa_bits == o->mantissa_bits &&
           (r != RATIO_LIKES_DISLIKES || t->min_votes == o->min_votes);
}

/* The number of eligible rows of each cell; NULL when memory ends. */
static uint32_t *count_cells(const struct ratio_table *t,
                             const struct ratio_rows *rows)
{
    size_t cells = (size_t)ratio_cell(UINT64_MAX, t->mantissa_bits) + 1;
    uint32_t *count = calloc(cells, sizeof(*count));
    for (size_t i = 0; count && i < rows->n; i++)
        if (ratio_eligible(t->ratio, rows->views[i], rows->a[i], rows->c[i],
                           t->min_votes))
            count[ratio_cell(rows->views[i], t->mantissa_bits)]++;
    return count;
}

static uint32_t largest_cell(const struct ratio_bucket *b,
                             const uint32_t *count)
{
    uint32_t largest = 0;
    for (uint32_t c = b->cell_min; c <= b->cell_max; c++)
        largest = count[c] > largest ? count[c] : largest;
    return largest;
}

/* Rule 1. One bucket for all is made only when there are too few for two. */
static bool in_band(const struct ratio_table *t, const uint32_t *count)
{
    if (t->n_buckets == 1)
        return t->buckets[0].n < 2 * (uint64_t)t->n_min;
    for (size_t i = 0; i < t->n_buckets; i++) {
        const struct ratio_bucket *b = &t->buckets[i];
        if (b->n < t->n_min / 2)
            return false;
        if (b->n > 4 * (uint64_t)t->n_min + largest_cell(b, count))
            return false;
    }
    return t->n_buckets > 0 || t->eligible == 0;
}

/* Rank with @old's edges; *kept tells whether they still fit. */
static int try_frozen(const struct ratio_table *old, enum ratio_id r,
                      const struct ratio_options *o,
                      const struct ratio_rows *rows, uint32_t *q,
                      struct ratio_table **ret, bool *kept, struct err *e)
{
    struct ratio_table *t = NULL;
    int rc = ratio_rank(o, r, rows, old, q, &t, e);
    if (rc)
        return rc;
    uint32_t *count = count_cells(t, rows);
    if (!count)
        rc = err_set(e, RC_NOMEM, "no memory to rank");
    *kept = count && in_band(t, count);
    free(count);
    if (*kept)
        *ret = t;
    else
        ratio_table_close(t);
    return rc;
}

/* ---- the job ---- */

struct job {
    struct search *s;
    const struct ratio_options *o;
    bool rebuild_edges;
    struct rows rows;
    uint32_t *q;
    double cpu_ns;
};

static int rank_one(struct job *j, enum ratio_id r, struct ratio_table **ret,
                    struct err *e)
{
    const struct snap *snap = j->s->snap;
    const struct ratio_table *old = snap->epoch ? snap->epoch->table[r] : NULL;
    struct ratio_rows in = rows_of(&j->rows, r);
    bool kept = false;
    int rc = RC_OK;
    double from = cpu_ns();
    if (old && old->n_buckets && !j->rebuild_edges &&
        same_options(old, j->o, r))
        rc = try_frozen(old, r, j->o, &in, j->q, ret, &kept, e);
    if (!rc && !kept)
        rc = ratio_rank(j->o, r, &in, NULL, j->q, ret, e);
    j->cpu_ns += cpu_ns() - from;
    if (!rc)
        (*ret)->unknown = snap->live - (*ret)->eligible;
    return rc;
}

static int publish(struct job *j, struct epoch *x, uint64_t fence,
                   struct err *e)
{
    struct buf json = BUF_INIT(STORE_DOC_MAX);
    int rc = epoch_write(x, &json, e);
    if (!rc)
        rc = epoch_put(j->s->o.store, buf_view(&json), fence, &x->id, e);
    buf_fini(&json);
    return rc ? err_wrap(e, rc, "publish the rank epoch") : RC_OK;
}

static int run(struct job *j, struct epoch *x, uint64_t fence, struct err *e)
{
    const struct snap *snap = j->s->snap;
    int rc = rows_make(snap, &j->rows, e);
    if (rc)
        return rc;
    j->q = calloc((size_t)snap->n + 1, sizeof(*j->q));
    if (!j->q)
        return err_set(e, RC_NOMEM, "no memory to rank");
    for (enum ratio_id r = 0; !rc && r < RATIO_COUNT; r++)
        rc = rank_one(j, r, &x->table[r], e);
    if (!rc)
        rc = publish(j, x, fence, e);
    return rc;
}

static void report(const struct job *j, const struct epoch *x,
                   struct search_rank_report *ret)
{
    *ret = (struct search_rank_report){ .epoch_id = x->id,
                                        .videos = j->s->snap->live };
    for (size_t r = 0; r < RATIO_COUNT; r++) {
        ret->ratio[r].eligible = x->table[r]->eligible;
        ret->ratio[r].unknown = x->table[r]->unknown;
        ret->ratio[r].buckets = x->table[r]->n_buckets;
    }
    if (ret->videos)
        ret->cpu_ns_per_record = j->cpu_ns / (double)ret->videos;
}

/* Rule 3. */
static int use(struct search *s, struct epoch *x, struct err *e)
{
    struct part parts[PARTS_MAX];
    size_t n = parts_ref(s->snap, parts);
    return search_replace(s, parts, n, x, e);
}

int search_rank(struct search *s, const struct ratio_options *o,
                bool rebuild_edges, uint64_t fence,
                struct search_rank_report *ret, struct err *e)
{
    struct job j = { .s = s, .o = o, .rebuild_edges = rebuild_edges };
    struct epoch *x = calloc(1, sizeof(*x));
    if (!x)
        return err_set(e, RC_NOMEM, "no memory to rank");
    x->refs = 1;
    x->computed_at = wall_s(clk_wall(s->o.clk));
    int rc = run(&j, x, fence, e);
    if (!rc)
        rc = use(s, x, e);
    if (!rc) {
        report(&j, x, ret);
        ctr_add(&search_ctr[CTR_search_ranks_total], 1);
    }
    rows_fini(&j.rows);
    free(j.q);
    epoch_unref(x);
    return rc;
}

void search_rank_json(const struct search_rank_report *r, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_ku64(&w, "epochId", r->epoch_id);
    jsonw_ku64(&w, "videos", r->videos);
    jsonw_key(&w, "ratios");
    jsonw_obj(&w);
    for (enum ratio_id id = 0; id < RATIO_COUNT; id++) {
        jsonw_key(&w, ratio_name(id));
        jsonw_obj(&w);
        jsonw_ku64(&w, "eligible", r->ratio[id].eligible);
        jsonw_ku64(&w, "unknown", r->ratio[id].unknown);
        jsonw_ku64(&w, "buckets", r->ratio[id].buckets);
        jsonw_obj_end(&w);
    }
    jsonw_obj_end(&w);
    jsonw_kf64(&w, "cpuNsPerRecord", r->cpu_ns_per_record);
    jsonw_obj_end(&w);
}
