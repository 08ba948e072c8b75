/*
 * search/builder_priv.h - records on their way into a segment: how build.c
 * keeps them and build_seg.c finds them.
 */
#ifndef SVF_SEARCH_BUILDER_PRIV_H
#define SVF_SEARCH_BUILDER_PRIV_H

#include "search/build_priv.h"
#include "search/tab_priv.h"
#include "search/words_priv.h"

/* What is kept of a record beside its row. */
struct taken {
    uint64_t id;
    uint64_t published; /* s; UINT64_MAX unknown */
    uint64_t fact[FACT_COUNT];
    uint64_t row_at;  /* bytes into rows */
    uint64_t term_at; /* first of its postings in term[] */
    uint32_t flags;
    uint32_t chan; /* number in chans, CHAN_NONE */
    uint32_t lang; /* number in langs, UINT32_MAX */
    uint8_t category;
    uint8_t len;
};

struct builder {
    bool with_words;
    struct taken *rec;
    size_t n, cap;
    struct posting *term; /* .doc = number of the term */
    size_t n_terms, cap_terms;
    size_t doc_terms; /* n_terms when the current record began */
    uint32_t *seen;   /* per term: place in term[] + 1 of its last use */
    size_t cap_seen;
    uint32_t field; /* the field that is being cut */
    struct buf rows;
    struct tab terms, chans, langs;
    struct words words;
    struct err *e; /* of the running builder_add() */
};

/* Fill the sections of @s, whose n and words are set, and bind it. RC_NOMEM. */
int builder_put(const struct builder *b, struct seg *s,
                struct err *e) MUST_CHECK;

#endif
