/* quota/quota_priv.h - what the ledger and its reader share. */
#ifndef SVF_QUOTA_QUOTA_PRIV_H
#define SVF_QUOTA_QUOTA_PRIV_H

#include "quota/quota.h"

enum {
#define CTR CTR_ENUM
#include "quota/counters.def"
#undef CTR
};
extern struct ctr quota_ctr[];

enum { QUOTA_PROJECT_MAX = 60 };

/* RC_CONFIG unless every option is in its range. */
int quota_options_check(const struct quota_options *o,
                        struct err *e) MUST_CHECK;

/* The counters of a bucket's day in the store. */
enum quota_mark {
    QUOTA_SPENT,    /* units claimed */
    QUOTA_EXHAUSTED /* not 0: the server closed the day */
};
/* Add @delta to a counter that may grow up to @limit. */
int quota_count(const struct quota_options *o, enum quota_bucket b, int32_t day,
                enum quota_mark mark, int64_t delta, int64_t limit,
                int64_t *value, struct err *e) MUST_CHECK;

#endif
