/*
 * search/post_priv.h - dictionary and postings: from a term to the documents
 * that have it, and in which fields.
 */
#ifndef SVF_SEARCH_POST_PRIV_H
#define SVF_SEARCH_POST_PRIV_H

#include "search/seg_priv.h"

enum { FIELD_TITLE = 1, FIELD_TAGS = 2, FIELD_CHANNEL = 4, FIELD_BITS = 3 };
enum { POST_BLOCK = 128, DICT_BLOCK = 16 };

/* Top row of a block of terms. */
struct dict_block {
    uint64_t terms_at;    /* bytes into `terms` */
    uint64_t postings_at; /* bytes into `postings`, of its first term */
};

/* One posting: a document and the fields in which the term stands. */
struct posting {
    uint32_t doc;
    uint32_t fields;
};

/* ---- writing ---- */

/* Three sections under construction; terms come in ascending order. */
struct dict_writer {
    struct buf blocks, terms, postings;
    char last[80]; /* the term before */
    size_t last_n;
    uint64_t n; /* terms so far */
};
#define DICT_WRITER_INIT                                                       \
    {                                                                          \
        .blocks = BUF_INIT(SIZE_MAX / 2), .terms = BUF_INIT(SIZE_MAX / 2),     \
        .postings = BUF_INIT(SIZE_MAX / 2)                                     \
    }

void dict_writer_fini(struct dict_writer *w);
/* Add @term with @n >= 1 postings in ascending order of document. */
void dict_add(struct dict_writer *w, struct str term, const struct posting *p,
              size_t n);
/* Hand the sections to @s. RC_NOMEM of any dict_add() before. */
int dict_finish(struct dict_writer *w, struct seg *s, struct err *e) MUST_CHECK;

/* ---- reading ---- */

/* Walks all terms of a segment in ascending order. */
struct dict_iter {
    const struct seg *seg;
    const unsigned char *p, *end;
    uint64_t postings_at;
    char term[80];
    size_t term_n;
    uint32_t df;          /* documents that have it */
    struct span postings; /* of the term */
};
void dict_begin(struct dict_iter *it, const struct seg *s);
/* False at the end, or at damage. */
bool dict_next(struct dict_iter *it) MUST_CHECK;

/* A term's postings, block by block. */
struct post {
    const unsigned char *skip; /* rows of 8 bytes; NULL = one block */
    const unsigned char *data, *end;
    uint32_t df, n_docs, blocks;
    uint32_t block; /* the one that is decoded */
    uint32_t n, i;  /* postings in it, the current one */
    uint64_t floor; /* no document below it is still to come */
    struct posting row[POST_BLOCK];
};
/* Stand on the first posting of @term; false when the segment lacks it. */
bool post_open(struct post *p, const struct seg *s, struct str term);
bool post_open_at(struct post *p, const struct dict_iter *it);
/* The current posting's document, DOC_NONE at the end. */
static inline uint32_t post_doc(const struct post *p)
{
    return p->i < p->n ? p->row[p->i].doc : DOC_NONE;
}
static inline uint32_t post_fields(const struct post *p)
{
    return p->row[p->i].fields;
}
void post_next(struct post *p);
/* Move to the first document >= @doc; never back. */
void post_seek(struct post *p, uint32_t doc);

/* Decode everything, as the test of a file would: RC_CORRUPT. */
int dict_check(const struct seg *s, struct err *e) MUST_CHECK;

#endif
