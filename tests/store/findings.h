/* tests/store/findings.h - what store_check() tells, counted. */
#ifndef SVF_TESTS_STORE_FINDINGS_H
#define SVF_TESTS_STORE_FINDINGS_H

#include "store/store.h"
#include "tests/t.h"

#include <stdio.h>

struct findings {
    uint64_t wrong, notes;
    char last[400]; /* that was wrong */
    char note[400]; /* the last one */
};

static inline void findings_add(void *ctx, bool wrong, const char *line)
{
    struct findings *f = ctx;
    f->wrong += wrong;
    f->notes += !wrong;
    snprintf(wrong ? f->last : f->note, sizeof(f->last), "%s", line);
}

/* Check @s, which can be read. */
static inline struct store_check_report findings_of(struct store *s,
                                                    struct findings *f)
{
    struct store_work w = { .clk = clk_real(), .progress_fd = -1 };
    struct store_check_report r;
    struct err e = ERR_INIT;
    *f = (struct findings){ .wrong = 0 };
    T_OK(store_check(s, &w, findings_add, f, &r, &e), &e);
    return r;
}

#endif
