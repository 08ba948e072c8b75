/* search/tab_priv.h - distinct byte strings, numbered as they come. */
#ifndef SVF_SEARCH_TAB_PRIV_H
#define SVF_SEARCH_TAB_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/* An open-addressed hash over strings that lie one behind another. */
struct tab {
    uint32_t *slot; /* number + 1, 0 = free; owned */
    size_t slots;   /* a power of two */
    uint64_t *at;   /* n + 1 offsets into bytes; owned */
    uint32_t *hash; /* of each; owned */
    size_t n, cap;
    struct buf bytes;
};
#define TAB_INIT                                                               \
    {                                                                          \
        .bytes = BUF_INIT(SIZE_MAX / 2)                                        \
    }

void tab_fini(struct tab *t);
/* The number of @s, which is added if it is new. RC_NOMEM. */
int tab_add(struct tab *t, struct str s, uint32_t *ret,
            struct err *e) MUST_CHECK;
static inline struct str tab_str(const struct tab *t, size_t i)
{
    return str_n(t->bytes.p + t->at[i], (size_t)(t->at[i + 1] - t->at[i]));
}
/* The numbers in order of their bytes; malloc'ed, the caller's. */
int tab_sorted(const struct tab *t, uint32_t **ret, struct err *e) MUST_CHECK;

#endif
