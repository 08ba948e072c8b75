/*
 * search/merge.c - one segment out of several, in one ordered pass.
 *
 * Every segment is in the final order already: documents by (published, id),
 * identity by id, terms by bytes, postings by document. So all of it is
 * merged, nothing sorted and no text cut into words again.
 *
 * Rules
 *   1. dead documents stay behind; terms that only they had go with them
 *   2. the facts that are merged are those of the parts, not of the
 *      segments: the result is clean
 *
 * Threads: owner only.
 */
#include "search/merge_priv.h"

#include "search/kway_priv.h"

#include <stdlib.h>

int merge_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory to merge the index");
}

static void merge_fini(struct merge *m)
{
    for (size_t p = 0; m->map && p < m->k; p++)
        free(m->map[p]);
    free(m->map);
    free(m->from);
    free(m->doc);
    free(m->pos);
    free(m->heap);
}

static int merge_init(struct merge *m, const struct part *parts, size_t k,
                      struct err *e)
{
    *m = (struct merge){ .part = parts, .k = k };
    uint64_t n = 0;
    for (size_t p = 0; p < k; p++)
        n += part_live(&parts[p]);
    if (n > INT32_MAX)
        return err_set(e, RC_LIMIT, "more than 2^31 videos in one index");
    m->n = (uint32_t)n;
    m->map = calloc(k + 1, sizeof(*m->map));
    m->from = calloc(n + 1, sizeof(*m->from));
    m->doc = calloc(n + 1, sizeof(*m->doc));
    m->pos = calloc(k + 1, sizeof(*m->pos));
    m->heap = calloc(k + 1, sizeof(*m->heap));
    bool ok = m->map && m->from && m->doc && m->pos && m->heap;
    for (size_t p = 0; ok && p < k; p++) {
        m->map[p] = calloc((size_t)parts[p].seg->n + 1, sizeof(**m->map));
        ok = m->map[p] != NULL;
    }
    return ok ? RC_OK : merge_no_memory(e);
}

void *merge_section(struct merge *m, enum section sec, size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    seg_give(m->out, sec, p, p ? n * size : 0);
    return p;
}

int merge_take(struct merge *m, enum section sec, struct buf *b, struct err *e)
{
    int rc = buf_check(b, "the index", e);
    if (rc)
        buf_fini(b);
    else
        seg_give(m->out, sec, b->p, b->n);
    return rc;
}

/* ---- the new order ---- */

/* Move stream @p to its next living document at or behind pos. */
static bool settle(struct merge *m, uint32_t p)
{
    const struct part *x = &m->part[p];
    while (m->pos[p] < x->seg->n && facts_dead(x->facts, m->pos[p]))
        m->map[p][m->pos[p]++] = DOC_NONE;
    return m->pos[p] < x->seg->n;
}

static bool older(const void *ctx, uint32_t a, uint32_t b)
{
    const struct merge *m = ctx;
    const struct seg *x = m->part[a].seg, *y = m->part[b].seg;
    uint64_t at_x = pack_get(&x->published, m->pos[a]);
    uint64_t at_y = pack_get(&y->published, m->pos[b]);
    if (at_x != at_y)
        return at_x < at_y;
    return x->id[m->pos[a]] < y->id[m->pos[b]];
}

static void order_docs(struct merge *m)
{
    struct kway k = { .at = m->heap, .less = older, .ctx = m };
    for (uint32_t p = 0; p < m->k; p++)
        if (settle(m, p))
            k.at[k.n++] = p;
    kway_begin(&k);
    for (uint32_t d = 0; k.n; d++) {
        uint32_t p = k.at[0];
        m->from[d] = p;
        m->doc[d] = m->pos[p];
        m->map[p][m->pos[p]++] = d;
        kway_moved(&k, !settle(m, p));
    }
}

/* The new document at place pos of stream @p's by_id. */
static uint32_t named(const struct merge *m, uint32_t p)
{
    return m->map[p][m->part[p].seg->by_id[m->pos[p]]];
}

static bool settle_id(struct merge *m, uint32_t p)
{
    while (m->pos[p] < m->part[p].seg->n && named(m, p) == DOC_NONE)
        m->pos[p]++;
    return m->pos[p] < m->part[p].seg->n;
}

static bool lower_id(const void *ctx, uint32_t a, uint32_t b)
{
    const struct merge *m = ctx;
    const struct seg *x = m->part[a].seg, *y = m->part[b].seg;
    return x->id[x->by_id[m->pos[a]]] < y->id[y->by_id[m->pos[b]]];
}

static int order_ids(struct merge *m, struct err *e)
{
    uint32_t *by_id = merge_section(m, SEC_by_id, m->n, sizeof(*by_id));
    struct kway k = { .at = m->heap, .less = lower_id, .ctx = m };
    if (!by_id)
        return merge_no_memory(e);
    for (uint32_t p = 0; p < m->k; p++) {
        m->pos[p] = 0;
        if (settle_id(m, p))
            k.at[k.n++] = p;
    }
    kway_begin(&k);
    for (size_t i = 0; k.n; i++) {
        uint32_t p = k.at[0];
        by_id[i] = named(m, p);
        m->pos[p]++;
        kway_moved(&k, !settle_id(m, p));
    }
    return RC_OK;
}

/* ---- columns ---- */

/* Column @fact of a part, or its publication times (@fact FACT_COUNT). */
static const struct pack *column(const struct part *p, enum fact fact)
{
    return fact == FACT_COUNT ? &p->seg->published : &p->facts->col[fact];
}

static int put_pack(struct merge *m, enum fact fact, enum section v,
                    enum section big, struct err *e)
{
    uint32_t *codes = merge_section(m, v, m->n, sizeof(*codes));
    struct buf bigs = BUF_INIT(SIZE_MAX / 2);
    if (!codes)
        return merge_no_memory(e);
    for (uint32_t d = 0; d < m->n; d++) {
        const struct pack *p = column(&m->part[m->from[d]], fact);
        codes[d] = p->v[m->doc[d]];
        if (codes[d] == PACK_BIG) {
            struct pack_big row = { d, pack_get(p, m->doc[d]) };
            buf_put(&bigs, &row, sizeof(row));
        }
    }
    return merge_take(m, big, &bigs, e);
}

static int put_packs(struct merge *m, struct err *e)
{
    int rc = put_pack(m, FACT_COUNT, SEC_published, SEC_published_big, e);
    for (enum fact c = 0; !rc && c < FACT_COUNT; c++)
        rc = put_pack(m, c, sec_of(c), sec_big_of(c), e);
    return rc;
}

static int put_small(struct merge *m, struct err *e)
{
    uint64_t *id = merge_section(m, SEC_id, m->n, sizeof(*id));
    uint32_t *flags = merge_section(m, SEC_flags, m->n, sizeof(*flags));
    uint8_t *category = merge_section(m, SEC_category, m->n, 1);
    uint8_t *len = merge_section(m, SEC_len, m->n, 1);
    if (!id || !flags || !category || !len)
        return merge_no_memory(e);
    for (uint32_t d = 0; d < m->n; d++) {
        const struct part *p = &m->part[m->from[d]];
        id[d] = p->seg->id[m->doc[d]];
        flags[d] = p->facts->flags[m->doc[d]];
        category[d] = p->seg->category[m->doc[d]];
        len[d] = p->seg->len[m->doc[d]];
    }
    return RC_OK;
}

static int put_rows(struct merge *m, struct err *e)
{
    uint64_t *row_at = merge_section(m, SEC_row_at, (size_t)m->n + 1, 8);
    size_t bytes = 0, at = 0;
    if (!row_at)
        return merge_no_memory(e);
    for (uint32_t d = 0; d < m->n; d++)
        bytes += seg_row(m->part[m->from[d]].seg, m->doc[d]).n;
    char *rows = merge_section(m, SEC_rows, bytes, 1);
    if (!rows)
        return merge_no_memory(e);
    for (uint32_t d = 0; d < m->n; d++) {
        struct str row = seg_row(m->part[m->from[d]].seg, m->doc[d]);
        if (row.n)
            memcpy(rows + at, row.p, row.n);
        row_at[d] = at;
        at += row.n;
    }
    row_at[m->n] = at;
    return RC_OK;
}

/* ---- the segment ---- */

static int put_all(struct merge *m, struct err *e)
{
    order_docs(m);
    int rc = order_ids(m, e);
    if (!rc)
        rc = put_small(m, e);
    if (!rc)
        rc = put_packs(m, e);
    if (!rc)
        rc = put_rows(m, e);
    if (!rc)
        rc = merge_names(m, e);
    if (!rc && m->out->words)
        rc = merge_terms(m, e);
    return rc ? rc : seg_bind(m->out, e);
}

int seg_merge(const struct part *parts, size_t n, struct seg **ret,
              struct err *e)
{
    struct merge m;
    int rc = merge_init(&m, parts, n, e);
    if (!rc)
        rc = seg_new(&m.out, e);
    if (rc) {
        merge_fini(&m);
        return rc;
    }
    m.out->n = m.n;
    m.out->words = true;
    for (size_t p = 0; p < n; p++) {
        m.out->words = m.out->words && parts[p].seg->words;
        m.out->digest += parts[p].digest;
    }
    rc = put_all(&m, e);
    merge_fini(&m);
    if (rc) {
        seg_unref(m.out);
        return rc;
    }
    *ret = m.out;
    return RC_OK;
}
