/* search/match_priv.h - one query over one snapshot, while it is answered. */
#ifndef SVF_SEARCH_MATCH_PRIV_H
#define SVF_SEARCH_MATCH_PRIV_H

#include "search/query_priv.h"

struct matcher {
    const struct snap *s;
    const struct search_query *q;
    struct question question;
    float gain[QUESTION_TERMS]; /* idf (k1 + 1) of each required term */
    match_fn fn;
    void *ctx;
    struct match_counts counts;
    struct words words; /* scratch of phrase checks */
    struct err *e;

    /* the part in hand */
    const struct part *part;
    struct filter filter;
    struct post *post; /* per term, on its current document */
    bool *here;        /* per term: the part has it */
    size_t lead;       /* the rarest required term */

    /* matches on their way to fn */
    uint32_t out[MATCH_BLOCK];
    float score[MATCH_BLOCK];
    size_t n_out;
};

/* What each required term is worth; once, before the first part. */
void match_weigh(struct matcher *m);
/* Open the lists of the part; false when a required one is not there. */
bool match_open_terms(struct matcher *m);
/* Does term @t stand in @doc, in a field where it counts? */
bool match_term_in(struct matcher *m, size_t t, uint32_t doc);
/* Are the required phrases in @doc, and no excluded group? RC_NOMEM. */
int match_words_ok(struct matcher *m, uint32_t doc, bool *ret) MUST_CHECK;
/* What the length of @doc's title does to each score. */
float match_norm(const struct matcher *m, uint32_t doc);
/* What term @t adds, found in @fields. */
float match_score(const struct matcher *m, size_t t, uint32_t fields,
                  float norm);

#endif
