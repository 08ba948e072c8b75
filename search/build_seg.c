/*
 * search/build_seg.c - a segment out of records: putting them in order.
 *
 * Documents go by (published, id). Walking them in that order fills every
 * list of postings in order: nothing but the documents and the names is
 * sorted.
 *
 * Rules
 *   1. what a segment holds is a function of its set of records, not of
 *      their order
 *
 * Threads: one builder, one thread.
 */
#include "search/builder_priv.h"

#include <stdlib.h>

static int no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory to build the index");
}

/* ---- putting in order ---- */

struct place {
    uint64_t published;
    uint64_t id;
    uint32_t from; /* number by arrival */
};

static int by_date(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->published != y->published)
        return x->published < y->published ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_id(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* The arrival numbers in order of document. */
static int order_docs(const struct builder *b, struct place **ret,
                      struct err *e)
{
    struct place *p = calloc(b->n + 1, sizeof(*p));
    if (!p)
        return no_memory(e);
    for (size_t i = 0; i < b->n; i++)
        p[i] = (struct place){ b->rec[i].published, b->rec[i].id, (uint32_t)i };
    qsort(p, b->n, sizeof(*p), by_date);
    *ret = p;
    return RC_OK;
}

static void *section(struct seg *s, enum section sec, size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    seg_give(s, sec, p, p ? n * size : 0);
    return p;
}

static int put_by_id(const struct place *order, size_t n, struct seg *s,
                     struct err *e)
{
    uint32_t *docs = section(s, SEC_by_id, n, sizeof(*docs));
    struct place *ids = calloc(n + 1, sizeof(*ids));
    if (!docs || !ids) {
        free(ids);
        return no_memory(e);
    }
    for (size_t d = 0; d < n; d++)
        ids[d] = (struct place){ 0, order[d].id, (uint32_t)d };
    qsort(ids, n, sizeof(*ids), by_id);
    for (size_t i = 0; i < n; i++)
        docs[i] = ids[i].from;
    free(ids);
    return RC_OK;
}

/* ---- columns ---- */

/* One packed column; @at tells where the value lies in struct taken. */
static int put_pack(const struct builder *b, const struct place *order,
                    size_t at, struct seg *s, enum section v, enum section big,
                    struct err *e)
{
    uint32_t *codes = section(s, v, b->n, sizeof(*codes));
    struct buf bigs = BUF_INIT(SIZE_MAX / 2);
    if (!codes)
        return no_memory(e);
    for (size_t d = 0; d < b->n; d++) {
        uint64_t x;
        memcpy(&x, (const char *)&b->rec[order[d].from] + at, sizeof(x));
        codes[d] = pack_code(x);
        struct pack_big row = { .doc = d, .value = x };
        if (codes[d] == PACK_BIG)
            buf_put(&bigs, &row, sizeof(row));
    }
    int rc = buf_check(&bigs, "columns", e);
    if (rc)
        buf_fini(&bigs);
    else
        seg_give(s, big, bigs.p, bigs.n);
    return rc;
}

static int put_packs(const struct builder *b, const struct place *order,
                     struct seg *s, struct err *e)
{
    int rc = put_pack(b, order, offsetof(struct taken, published), s,
                      SEC_published, SEC_published_big, e);
    for (enum fact c = 0; !rc && c < FACT_COUNT; c++)
        rc = put_pack(b, order,
                      offsetof(struct taken, fact) + c * sizeof(uint64_t), s,
                      sec_of(c), sec_big_of(c), e);
    return rc;
}

static int put_small(const struct builder *b, const struct place *order,
                     struct seg *s, struct err *e)
{
    uint64_t *id = section(s, SEC_id, b->n, sizeof(*id));
    uint32_t *flags = section(s, SEC_flags, b->n, sizeof(*flags));
    uint8_t *category = section(s, SEC_category, b->n, 1);
    uint8_t *len = section(s, SEC_len, b->n, 1);
    if (!id || !flags || !category || !len)
        return no_memory(e);
    for (size_t d = 0; d < b->n; d++) {
        const struct taken *r = &b->rec[order[d].from];
        id[d] = r->id;
        flags[d] = r->flags;
        category[d] = r->category;
        len[d] = r->len;
    }
    return RC_OK;
}

static int put_rows(const struct builder *b, const struct place *order,
                    struct seg *s, struct err *e)
{
    uint64_t *row_at = section(s, SEC_row_at, b->n + 1, sizeof(*row_at));
    char *rows = section(s, SEC_rows, b->rows.n, 1);
    if (!row_at || !rows)
        return no_memory(e);
    size_t at = 0;
    for (size_t d = 0; d < b->n; d++) {
        size_t from = order[d].from;
        uint64_t end = from + 1 < b->n ? b->rec[from + 1].row_at : b->rows.n;
        size_t n = (size_t)(end - b->rec[from].row_at);
        memcpy(rows + at, b->rows.p + b->rec[from].row_at, n);
        row_at[d] = at;
        at += n;
    }
    row_at[b->n] = at;
    return RC_OK;
}

/* ---- channels and languages ---- */

/* rank[number] = place in @order. */
static uint32_t *inverse(const uint32_t *order, size_t n)
{
    uint32_t *rank = calloc(n + 1, sizeof(*rank));
    for (size_t i = 0; rank && i < n; i++)
        rank[order[i]] = (uint32_t)i;
    return rank;
}

static struct chan_row chan_of(struct str key, struct buf *strings)
{
    struct chan_row c = { .title_at = strings->n };
    for (size_t i = 0; i < 8; i++) {
        c.hi = c.hi << 8 | (unsigned char)key.p[i];
        c.lo = c.lo << 8 | (unsigned char)key.p[i + 8];
    }
    c.have = (unsigned char)key.p[16];
    c.title_n = (uint32_t)(key.n - 17);
    buf_str(strings, str_from(key, 17));
    return c;
}

static int put_chans(const struct builder *b, const struct place *order,
                     struct buf *strings, struct seg *s, struct err *e)
{
    uint32_t *sorted = NULL;
    int rc = tab_sorted(&b->chans, &sorted, e);
    if (rc)
        return rc;
    struct chan_row *rows = section(s, SEC_chans, b->chans.n, sizeof(*rows));
    uint32_t *docs = section(s, SEC_channel, b->n, sizeof(*docs));
    uint32_t *rank = inverse(sorted, b->chans.n);
    for (size_t i = 0; rows && i < b->chans.n; i++)
        rows[i] = chan_of(tab_str(&b->chans, sorted[i]), strings);
    for (size_t d = 0; docs && rank && d < b->n; d++) {
        uint32_t chan = b->rec[order[d].from].chan;
        docs[d] = chan == CHAN_NONE ? CHAN_NONE : rank[chan];
    }
    rc = rows && docs && rank ? RC_OK : no_memory(e);
    free(rank);
    free(sorted);
    return rc;
}

static int put_langs(const struct builder *b, const struct place *order,
                     struct buf *strings, struct seg *s, struct err *e)
{
    uint32_t *sorted = NULL;
    int rc = tab_sorted(&b->langs, &sorted, e);
    if (rc)
        return rc;
    size_t n = b->langs.n < LANG_ROW ? b->langs.n : LANG_ROW;
    struct lang_row *rows = section(s, SEC_langs, n, sizeof(*rows));
    uint16_t *docs = section(s, SEC_language, b->n, sizeof(*docs));
    uint32_t *rank = inverse(sorted, b->langs.n);
    for (size_t i = 0; rows && i < n; i++) {
        struct str name = tab_str(&b->langs, sorted[i]);
        rows[i] = (struct lang_row){ .at = strings->n, .n = name.n };
        buf_str(strings, name);
    }
    for (size_t d = 0; docs && rank && d < b->n; d++) {
        uint32_t lang = b->rec[order[d].from].lang;
        docs[d] = lang == UINT32_MAX ? LANG_NONE
                  : rank[lang] < n   ? (uint16_t)rank[lang]
                                     : LANG_ROW;
    }
    rc = rows && docs && rank ? RC_OK : no_memory(e);
    free(rank);
    free(sorted);
    return rc;
}

static int put_names(const struct builder *b, const struct place *order,
                     struct seg *s, struct err *e)
{
    struct buf strings = BUF_INIT(SIZE_MAX / 2);
    int rc = put_chans(b, order, &strings, s, e);
    if (!rc)
        rc = put_langs(b, order, &strings, s, e);
    if (!rc)
        rc = buf_check(&strings, "names", e);
    if (rc)
        buf_fini(&strings);
    else
        seg_give(s, SEC_strings, strings.p, strings.n);
    return rc;
}

/* ---- postings ---- */

static size_t terms_end(const struct builder *b, size_t from)
{
    return from + 1 < b->n ? (size_t)b->rec[from + 1].term_at : b->n_terms;
}

/* Distribute all postings: term t's are [start[t], start[t + 1]). */
static void distribute(const struct builder *b, const struct place *order,
                       uint64_t *start, struct posting *out)
{
    for (size_t i = 0; i < b->n_terms; i++)
        start[b->term[i].doc + 1]++;
    for (size_t t = 0; t < b->terms.n; t++)
        start[t + 1] += start[t];
    for (size_t d = 0; d < b->n; d++) {
        size_t from = order[d].from, end = terms_end(b, from);
        for (size_t i = (size_t)b->rec[from].term_at; i < end; i++)
            out[start[b->term[i].doc]++] =
                (struct posting){ (uint32_t)d, b->term[i].fields };
    }
    /* each start has moved to its end: move them back by one */
    memmove(start + 1, start, b->terms.n * sizeof(*start));
    start[0] = 0;
}

static int write_terms(const struct builder *b, const uint64_t *start,
                       const struct posting *all, struct seg *s, struct err *e)
{
    struct dict_writer w = DICT_WRITER_INIT;
    uint32_t *sorted = NULL;
    int rc = tab_sorted(&b->terms, &sorted, e);
    for (size_t i = 0; !rc && i < b->terms.n; i++) {
        uint32_t t = sorted[i];
        dict_add(&w, tab_str(&b->terms, t), all + start[t],
                 (size_t)(start[t + 1] - start[t]));
    }
    free(sorted);
    if (!rc)
        rc = dict_finish(&w, s, e);
    dict_writer_fini(&w);
    return rc;
}

static int put_terms(const struct builder *b, const struct place *order,
                     struct seg *s, struct err *e)
{
    uint64_t *start = calloc(b->terms.n + 2, sizeof(*start));
    struct posting *all = calloc(b->n_terms + 1, sizeof(*all));
    int rc = start && all ? RC_OK : no_memory(e);
    if (!rc) {
        distribute(b, order, start, all);
        rc = write_terms(b, start, all, s, e);
    }
    free(start);
    free(all);
    return rc;
}

/* ---- the segment ---- */

static int put_all(const struct builder *b, const struct place *order,
                   struct seg *s, struct err *e)
{
    int rc = put_small(b, order, s, e);
    if (!rc)
        rc = put_by_id(order, b->n, s, e);
    if (!rc)
        rc = put_packs(b, order, s, e);
    if (!rc)
        rc = put_rows(b, order, s, e);
    if (!rc)
        rc = put_names(b, order, s, e);
    if (!rc && b->with_words)
        rc = put_terms(b, order, s, e);
    return rc ? rc : seg_bind(s, e);
}

int builder_put(const struct builder *b, struct seg *s, struct err *e)
{
    struct place *order = NULL;
    int rc = order_docs(b, &order, e);
    if (!rc)
        rc = put_all(b, order, s, e);
    free(order);
    return rc;
}
