/*
 * quota/quota.h - the day's API units, shared by threads and processes.
 *
 * A unit is in the store before its request is on the wire; it is never
 * refunded once the request was or may have been sent. A crash can waste
 * units, it can never spend one twice.
 * Source: unit prices and reset, docs/sources.md#quota (2026-11-20).
 */
#ifndef SVF_QUOTA_QUOTA_H
#define SVF_QUOTA_QUOTA_H

#include "base/attr.h"
#include "base/clk.h"
#include "base/ctr.h"
#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

extern struct ctr_table quota_counters;

enum quota_bucket {
    QUOTA_GENERAL,
    QUOTA_SEARCH,
    QUOTA_BATCH_STATS,
    QUOTA_BUCKETS
};
const char *quota_bucket_name(enum quota_bucket b); /* "general", … */

/* API methods and what each costs. */
enum quota_method {
    QUOTA_VIDEOS,
    QUOTA_CHANNELS,
    QUOTA_PLAYLIST_ITEMS,
    QUOTA_SEARCH_LIST,
    QUOTA_BATCH_GET_STATS,
    QUOTA_METHODS
};
enum quota_bucket quota_method_bucket(enum quota_method m);
int64_t quota_method_units(enum quota_method m);
const char *quota_method_name(enum quota_method m); /* "videos", … */

/* ---- the Pacific day ---- */

/* A day on which the clocks change: weekday (0 = Sunday) number @week of
 * the month (5 = the last), so many seconds after its local midnight. */
struct quota_switch {
    int32_t month, week, weekday, time_s;
};

/* A reset rule in POSIX TZ form, "PST8PDT,M3.2.0/2,M11.1.0/2". */
struct quota_rule {
    int32_t std_offset_s, dst_offset_s; /* seconds west of UTC */
    bool has_dst;
    struct quota_switch start, end; /* of summer time */
};
/* RC_INPUT: not such a rule; the message says what is missing where. */
int quota_rule_parse(const char *text, struct quota_rule *ret,
                     struct err *e) MUST_CHECK;

struct quota_day {
    int32_t day;   /* local date as days since 1970 */
    wall_t begins; /* local midnight */
    wall_t ends;   /* the next one: 23, 24 or 25 hours later */
};
/* The day that holds @now; the days of a rule follow each other without gap
 * or overlap. */
struct quota_day quota_day_at(const struct quota_rule *r, wall_t now);

/* ---- the ledger ---- */

enum { QUOTA_LEASE_MAX = 20 };

struct quota_options {
    struct store *store; /* borrowed */
    const char *project; /* names the counters, "default"; 1 to 60 letters,
                            digits, dots, dashes, underlines */
    struct quota_rule rule;
    int64_t limit[QUOTA_BUCKETS];   /* units a day, [0, 10^9] */
    int64_t reserve[QUOTA_BUCKETS]; /* of it for ad-hoc calls, [0, limit] */
    int64_t lease_units;            /* claimed at a time, [1, 20] */
};

struct quota; /* opaque */
/* RC_CONFIG: an option is out of its range. Touches no counter yet. */
int quota_open(struct quota **ret, const struct quota_options *o,
               struct err *e) MUST_CHECK;
/* Give back what was leased and never handed out; then free. What the store
 * will not take back counts as spent. */
void quota_close(struct quota *q, wall_t now);

/*
 * Set aside the units of one call of @m, before it is sent.
 * @adhoc  may use the reserve
 * RC_OK     set aside, and durable in the store
 * RC_LIMIT  the bucket's day is used up or closed by the server;
 *           e->retry_at_ms = the reset
 * RC_IO, RC_DOWN  the store refused; nothing may be sent
 * Threads: any. A clock that steps back never reopens a day.
 */
int quota_reserve(struct quota *q, enum quota_method m, bool adhoc, wall_t now,
                  struct err *e) MUST_CHECK;
/*
 * The server said the day is used up: close the bucket until its reset,
 * durably, for all processes (others notice at their next lease).
 * @now  when the refused call was sent: an answer that arrives after the
 *       reset must not close the new day
 * RC_IO, RC_DOWN  the store refused; the bucket is closed for this process
 */
int quota_exhausted(struct quota *q, enum quota_bucket b, wall_t now,
                    struct err *e) MUST_CHECK;

struct quota_state {
    struct quota_day day;
    struct {
        int64_t limit, spent, planned, reserve;
        bool exhausted;
    } bucket[QUOTA_BUCKETS];
};
/* Can counter @key ("quota/…") with @value be one of a ledger, with whatever
 * limits? RC_CORRUPT says why not. */
int quota_counter_check(const char *key, int64_t value,
                        struct err *e) MUST_CHECK;
/* Read the ledger of the day that holds @now; planned = the share of the
 * day gone by, of limit (linear). */
int quota_read(const struct quota_options *o, wall_t now,
               struct quota_state *ret, struct err *e) MUST_CHECK;

#endif
