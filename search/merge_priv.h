/* search/merge_priv.h - the parts of a merge: columns, names, terms. */
#ifndef SVF_SEARCH_MERGE_PRIV_H
#define SVF_SEARCH_MERGE_PRIV_H

#include "search/build_priv.h"

/* The work on the table. */
struct merge {
    const struct part *part;
    size_t k;       /* parts */
    uint32_t n;     /* living documents */
    uint32_t **map; /* [part][doc] = new document, DOC_NONE if dead */
    uint32_t *from; /* [new] part number */
    uint32_t *doc;  /* [new] document there */
    uint32_t *pos;  /* [part] where each stream stands */
    uint32_t *heap; /* room for a kway of k */
    struct seg *out;
};

int merge_no_memory(struct err *e);
/* A section of the result, zeroed; NULL when memory ends. */
void *merge_section(struct merge *m, enum section sec, size_t n, size_t size);
/* Make @b (taken) section @sec of the result, unless it has failed. */
int merge_take(struct merge *m, enum section sec, struct buf *b,
               struct err *e) MUST_CHECK;
/* Channels and languages, with their columns. After the documents. */
int merge_names(struct merge *m, struct err *e) MUST_CHECK;
/* Dictionary and postings. After the documents. */
int merge_terms(struct merge *m, struct err *e) MUST_CHECK;

#endif
