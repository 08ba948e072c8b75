/*
 * search/post.c - reading postings: blocks of 128, skipped by their last
 * document.
 *
 * Rules
 *   1. documents ascend strictly and are below n, over all blocks; a block
 *      that breaks this (a damaged file) ends the list instead of leading
 *      anywhere. So a list never has more documents than the segment
 *   2. a list of one block has no skip rows
 *
 * Threads: any, each with its own struct post.
 */
#include "search/post_priv.h"

#include "search/varint_priv.h"

struct skip_row {
    uint32_t last; /* document */
    uint32_t at;   /* bytes behind the rows */
};

static struct skip_row skip_at(const struct post *p, uint32_t block)
{
    struct skip_row row;
    memcpy(&row, p->skip + (size_t)block * sizeof(row), sizeof(row));
    return row;
}

static void finish(struct post *p)
{
    p->block = p->blocks;
    p->n = p->i = 0;
}

/* Rule 1, for @p->n postings that begin at @at, behind document @next - 1. */
static bool decode(struct post *p, const unsigned char *at, uint64_t next)
{
    for (uint32_t i = 0; i < p->n; i++) {
        uint64_t v = 0;
        at = varint_read(at, p->end, &v);
        if (!at || (v >> FIELD_BITS) >= p->n_docs - next)
            return false;
        uint64_t doc = next + (v >> FIELD_BITS);
        p->row[i] = (struct posting){
            .doc = (uint32_t)doc,
            .fields = (uint32_t)v & ((1u << FIELD_BITS) - 1),
        };
        next = doc + 1;
    }
    p->floor = next;
    return true;
}

static void load(struct post *p, uint32_t block)
{
    uint32_t first = block * POST_BLOCK;
    uint64_t next = 0, at = 0;
    p->block = block;
    p->i = 0;
    p->n = p->df - first < POST_BLOCK ? p->df - first : POST_BLOCK;
    if (p->skip) {
        at = skip_at(p, block).at;
        next = block ? (uint64_t)skip_at(p, block - 1).last + 1 : 0;
    }
    if (next < p->floor || next >= p->n_docs ||
        at > (uint64_t)(p->end - p->data) || !decode(p, p->data + at, next))
        finish(p);
}

bool post_open_at(struct post *p, const struct dict_iter *it)
{
    *p = (struct post){ .df = it->df, .n_docs = it->seg->n };
    p->blocks = (it->df + POST_BLOCK - 1) / POST_BLOCK;
    p->data = it->postings.p;
    p->end = p->data + it->postings.n;
    if (p->blocks > 1) {
        size_t rows = (size_t)p->blocks * sizeof(struct skip_row);
        if (rows > it->postings.n)
            return false;
        p->skip = p->data;
        p->data += rows;
    }
    load(p, 0);
    return p->n > 0;
}

void post_next(struct post *p)
{
    if (++p->i < p->n)
        return;
    if (p->block + 1 < p->blocks)
        load(p, p->block + 1);
    else
        finish(p);
}

/* The first block behind the current one whose last document is >= @doc. */
static uint32_t block_for(const struct post *p, uint32_t doc)
{
    uint32_t lo = p->block + 1, step = 1;
    while (lo + step < p->blocks && skip_at(p, lo + step).last < doc) {
        lo += step;
        step *= 2;
    }
    uint32_t hi = lo + step < p->blocks ? lo + step : p->blocks;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (skip_at(p, mid).last < doc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void post_seek(struct post *p, uint32_t doc)
{
    if (p->n && p->row[p->n - 1].doc < doc) {
        uint32_t block =
            p->skip && p->block + 1 < p->blocks ? block_for(p, doc) : p->blocks;
        if (block >= p->blocks) {
            finish(p);
            return;
        }
        load(p, block);
    }
    while (p->i < p->n && p->row[p->i].doc < doc)
        p->i++;
    if (p->n && p->i == p->n)
        finish(p);
}

int dict_check(const struct seg *s, struct err *e)
{
    struct dict_iter it;
    struct post p;
    uint64_t n = 0;
    for (dict_begin(&it, s); dict_next(&it); n++) {
        uint64_t seen = 0;
        if (post_open_at(&p, &it))
            for (; post_doc(&p) != DOC_NONE; post_next(&p))
                seen++;
        if (seen != it.df)
            return err_set(e, RC_CORRUPT, "the postings of '%.*s' are damaged",
                           (int)it.term_n, it.term);
    }
    size_t blocks = s->sec[SEC_blocks].n / sizeof(struct dict_block);
    if ((n + DICT_BLOCK - 1) / DICT_BLOCK != blocks)
        return err_set(e, RC_CORRUPT, "the dictionary is damaged");
    return RC_OK;
}
