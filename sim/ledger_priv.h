/* sim/ledger_priv.h - what the service charges, per bucket and Pacific day. */
#ifndef SVF_SIM_LEDGER_PRIV_H
#define SVF_SIM_LEDGER_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/thr.h"

#include <stdbool.h>
#include <stdint.h>

enum ledger_bucket {
    LEDGER_GENERAL,
    LEDGER_SEARCH,
    LEDGER_BATCH_STATS,
    LEDGER_BUCKETS
};
enum { LEDGER_DAYS_MAX = 1000 };

/* One bucket on one day. */
struct ledger_count {
    int64_t spent;    /* units charged; never above the limit */
    int64_t requests; /* that came with the good key */
    int64_t invalid;  /* charged, and answered 4xx for their own fault */
    int64_t refused;  /* not charged: the day's quota was used up */
};

struct ledger_day {
    int64_t day; /* Pacific date, days since 1970-01-01 */
    struct ledger_count bucket[LEDGER_BUCKETS];
};

struct ledger {
    struct mtx mu;
    int64_t limit[LEDGER_BUCKETS];
    struct ledger_day days[LEDGER_DAYS_MAX]; /* by day; under mu */
    size_t n;
    int64_t last_day; /* of the latest request; under mu */
};

/* The date of California at second @s (UTC), days since 1970-01-01. */
int64_t ledger_day_at(int64_t s);

void ledger_init(struct ledger *l, const int64_t limit[static LEDGER_BUCKETS],
                 int64_t start);
void ledger_fini(struct ledger *l);

/* Charge @units of @bucket at second @now; false, and nothing is charged,
 * when the day has not that much left. */
bool ledger_charge(struct ledger *l, enum ledger_bucket bucket, int64_t units,
                   int64_t now) MUST_CHECK;
/* The request just charged was answered 4xx. */
void ledger_invalid(struct ledger *l, enum ledger_bucket bucket, int64_t now);
/* The service refused a request without charging it. */
void ledger_refused(struct ledger *l, enum ledger_bucket bucket, int64_t now);

/* Append the JSON document of /_sim/ledger for the day of @now, or for the
 * day of the latest request when @now is NULL. */
void ledger_json(struct ledger *l, const int64_t *now, struct buf *out);

#endif
