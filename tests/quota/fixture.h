/*
 * tests/quota/fixture.h - a ledger over a fresh store of either back end.
 */
#ifndef SVF_TESTS_QUOTA_FIXTURE_H
#define SVF_TESTS_QUOTA_FIXTURE_H

#include "quota/quota.h"

enum { BACK_ENDS = 2 };
extern const char *const back_ends[BACK_ENDS]; /* "mem", "sqlite" */

struct fixture {
    char dir[64];
    char uri[96];
    struct clk_step clk;
    struct store *store;
    struct quota_options o; /* Pacific, limit 100 each, no reserve, lease 20 */
};

/* Checks fail the test when the store does not open. */
void fixture_init(struct fixture *f, int back_end);
void fixture_fini(struct fixture *f);
/* Another handle of the same sqlite store. */
struct store *fixture_store(struct fixture *f, bool read_only);
struct quota *fixture_quota(struct fixture *f);
/* The counter of @b on the day that holds @now. */
int64_t fixture_spent(struct fixture *f, enum quota_bucket b, wall_t now);
/* RFC 3339. */
wall_t at(const char *text);

#endif
