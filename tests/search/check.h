/* tests/search/check.h - an index against the oracle, question by question. */
#ifndef SVF_TESTS_SEARCH_CHECK_H
#define SVF_TESTS_SEARCH_CHECK_H

#include "tests/search/oracle.h"

/* Ask @n random questions of @s, page by page and as a whole; each answer
 * must be the oracle's. @phase is told when one is not. */
void check_questions(struct world *w, const struct world_ranks *ranks,
                     struct search *s, size_t n, const char *phase);
/* Each searchable record's facts and ranks, and nothing else. */
void check_records(struct world *w, const struct world_ranks *ranks,
                   struct search *s, const char *phase);

#endif
