/*
 * search/dict.c - terms in ascending order, front coded by blocks of 16.
 *
 * A block is a run of rows: bytes shared with the term before, bytes of its
 * own, those bytes, number of documents, bytes of postings. The top index
 * holds 16 bytes for each block.
 *
 * Rules
 *   1. the first term of a block shares nothing, so a block is read alone
 *   2. reading never leaves the section; what does not fit ends the walk
 *
 * Threads: any for reading; writing: owner only.
 */
#include "search/post_priv.h"

#include "search/varint_priv.h"
#include "search/words_priv.h"

#include <assert.h>
#include <stdlib.h>

static_assert(sizeof(((struct dict_writer *)0)->last) >= TERM_BYTES &&
                  sizeof(((struct dict_iter *)0)->term) >= TERM_BYTES,
              "a term fits");

/* ---- writing ---- */

void dict_writer_fini(struct dict_writer *w)
{
    if (!w)
        return;
    buf_fini(&w->blocks);
    buf_fini(&w->terms);
    buf_fini(&w->postings);
}

static size_t shared(const struct dict_writer *w, struct str term)
{
    size_t n = 0;
    while (n < term.n && n < w->last_n && w->last[n] == term.p[n])
        n++;
    return n;
}

static void begin_block(struct dict_writer *w)
{
    struct dict_block b = { .terms_at = w->terms.n,
                            .postings_at = w->postings.n };
    buf_put(&w->blocks, &b, sizeof(b));
    w->last_n = 0;
}

/* Bytes of one posting: the gap to the one before, and the fields. */
static void put_posting(struct buf *out, uint32_t *next, struct posting p)
{
    varint_put(out, (uint64_t)(p.doc - *next) << FIELD_BITS | p.fields);
    *next = p.doc + 1;
}

static void put_u32(struct buf *out, uint32_t v)
{
    buf_put(out, &v, sizeof(v));
}

/* Skip rows are written in front when there is more than one block: the
 * last document of the block and where it begins behind the rows. */
static void put_postings(struct buf *out, const struct posting *p, size_t n)
{
    size_t blocks = (n + POST_BLOCK - 1) / POST_BLOCK;
    size_t rows_at = out->n;
    if (blocks > 1)
        for (size_t b = 0; b < 2 * blocks; b++)
            put_u32(out, 0);
    size_t data_at = out->n;
    uint32_t next = 0;
    for (size_t i = 0; i < n; i++) {
        if (blocks > 1 && i % POST_BLOCK == 0 && !out->failed) {
            size_t last = i + POST_BLOCK < n ? i + POST_BLOCK : n;
            uint32_t row[2] = { p[last - 1].doc, (uint32_t)(out->n - data_at) };
            memcpy(out->p + rows_at + i / POST_BLOCK * sizeof(row), row,
                   sizeof(row));
        }
        put_posting(out, &next, p[i]);
    }
}

void dict_add(struct dict_writer *w, struct str term, const struct posting *p,
              size_t n)
{
    if (w->n % DICT_BLOCK == 0)
        begin_block(w);
    size_t postings_at = w->postings.n, same = shared(w, term);
    put_postings(&w->postings, p, n);
    varint_put(&w->terms, same);
    varint_put(&w->terms, term.n - same);
    buf_str(&w->terms, str_from(term, same));
    varint_put(&w->terms, n);
    varint_put(&w->terms, w->postings.n - postings_at);
    memcpy(w->last, term.p, term.n);
    w->last_n = term.n;
    w->n++;
}

static void give(struct seg *s, enum section sec, struct buf *b)
{
    seg_give(s, sec, b->p, b->n);
    *b = (struct buf)BUF_INIT(0);
}

int dict_finish(struct dict_writer *w, struct seg *s, struct err *e)
{
    int rc = buf_check(&w->blocks, "a dictionary", e);
    if (!rc)
        rc = buf_check(&w->terms, "a dictionary", e);
    if (!rc)
        rc = buf_check(&w->postings, "postings", e);
    if (rc)
        return rc;
    give(s, SEC_blocks, &w->blocks);
    give(s, SEC_terms, &w->terms);
    give(s, SEC_postings, &w->postings);
    return RC_OK;
}

/* ---- walking ---- */

static const unsigned char *terms_end(const struct seg *s)
{
    return (const unsigned char *)s->sec[SEC_terms].p + s->sec[SEC_terms].n;
}

static size_t n_blocks(const struct seg *s)
{
    return s->sec[SEC_blocks].n / sizeof(struct dict_block);
}

static void begin_at(struct dict_iter *it, const struct seg *s, size_t block)
{
    const struct dict_block *b = s->sec[SEC_blocks].p;
    *it = (struct dict_iter){ .seg = s, .end = terms_end(s) };
    it->p = it->end;
    if (block >= n_blocks(s) || b[block].terms_at > s->sec[SEC_terms].n)
        return;
    it->p = (const unsigned char *)s->sec[SEC_terms].p + b[block].terms_at;
    it->postings_at = b[block].postings_at;
}

void dict_begin(struct dict_iter *it, const struct seg *s)
{
    begin_at(it, s, 0);
}

/* The term itself: shared front, own rest. NULL when it does not fit. */
static const unsigned char *read_term(struct dict_iter *it,
                                      const unsigned char *p)
{
    uint64_t same = 0, own = 0;
    if (!(p = varint_read(p, it->end, &same)) ||
        !(p = varint_read(p, it->end, &own)))
        return NULL;
    if (same > it->term_n || own > TERM_BYTES - same ||
        own > (uint64_t)(it->end - p))
        return NULL;
    memcpy(it->term + same, p, (size_t)own);
    it->term_n = (size_t)(same + own);
    return p + own;
}

bool dict_next(struct dict_iter *it)
{
    const unsigned char *p = it->p;
    uint64_t df = 0, bytes = 0;
    size_t all = it->seg->sec[SEC_postings].n;
    if (p == it->end)
        return false;
    it->p = it->end;
    if (!(p = read_term(it, p)) || !(p = varint_read(p, it->end, &df)) ||
        !(p = varint_read(p, it->end, &bytes)))
        return false;
    if (df == 0 || df > it->seg->n || it->postings_at > all ||
        bytes > all - it->postings_at)
        return false;
    const unsigned char *postings = it->seg->sec[SEC_postings].p;
    it->postings = (struct span){ postings + it->postings_at, (size_t)bytes };
    it->postings_at += bytes;
    it->df = (uint32_t)df;
    it->p = p;
    return true;
}

/* The first term of @block as it stands there; empty when damaged. */
static struct str first_term(const struct seg *s, size_t block)
{
    const struct dict_block *b = s->sec[SEC_blocks].p;
    const unsigned char *end = terms_end(s), *p = s->sec[SEC_terms].p;
    uint64_t same = 0, own = 0;
    if (b[block].terms_at > s->sec[SEC_terms].n)
        return str_n(NULL, 0);
    p += b[block].terms_at;
    if (!(p = varint_read(p, end, &same)) || !(p = varint_read(p, end, &own)) ||
        own > (uint64_t)(end - p))
        return str_n(NULL, 0);
    return str_n((const char *)p, (size_t)own);
}

/* The last block that begins with @term or a smaller one. */
static size_t block_of(const struct seg *s, struct str term)
{
    size_t lo = 0, hi = n_blocks(s);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (str_cmp(first_term(s, mid), term) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? lo - 1 : 0;
}

bool post_open(struct post *p, const struct seg *s, struct str term)
{
    struct dict_iter it;
    begin_at(&it, s, block_of(s, term));
    for (size_t i = 0; i < DICT_BLOCK && dict_next(&it); i++) {
        int order = str_cmp(str_n(it.term, it.term_n), term);
        if (order >= 0)
            return order == 0 && post_open_at(p, &it);
    }
    return false;
}
