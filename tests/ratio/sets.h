/*
 * tests/ratio/sets.h - arrays of rows, random and adversarial, by name.
 */
#ifndef SVF_TESTS_RATIO_SETS_H
#define SVF_TESTS_RATIO_SETS_H

#include "ratio/ratio.h"

/* Owned columns with a view of them as ratio_rows. */
struct set {
    uint64_t *id, *views, *a, *c;
    struct ratio_rows rows;
};

enum { SETS = 16 };
extern const char *const set_names[SETS];

/* Make @n rows of set @which for ratio @r: c is the views' column unless
 * @r is likes/dislikes. Aborts when memory ends. */
void set_init(struct set *s, int which, enum ratio_id r, size_t n,
              uint64_t seed);
void set_fini(struct set *s);
/* Bring the rows into another order; @order[new] = old. */
void set_shuffle(struct set *s, size_t *order, uint64_t seed);

#endif
