/*
 * quota/ledger.c - units set aside before they are sent, by any number of
 * threads and processes over one store.
 *
 * The store keeps a counter a project, bucket and day. A process claims a
 * lease of some units there and hands them out one call at a time, so that
 * one durable write covers up to QUOTA_LEASE_MAX calls.
 *
 * Rules
 *   1. a unit is in the store's counter before its request may be sent; a
 *      call that was or may have been sent never gives it back
 *   2. no counter passes the limit, nor the limit less the reserve for what
 *      is not an ad-hoc call: the store adds under that condition, so two
 *      processes cannot pass it together
 *   3. units of a lease that were never handed out go back to the counter
 *      of their own day, at quota_close() and when the day changes. What a
 *      crash or a refusing store leaves there counts as spent: at most one
 *      lease a bucket. So does a claim without an answer, and another one is
 *      made in its place
 *   4. the day never goes back, even when the wall clock does
 *   5. a bucket that the server closed stays closed until that day's reset,
 *      in this process from the answer on and in others from their next
 *      lease on
 *
 * Threads: one lock, q->mu, held over the write of a lease.
 */
#include "base/cal.h"
#include "base/thr.h"
#include "quota/quota_priv.h"

#include <inttypes.h>

struct ctr quota_ctr[] = {
#define CTR CTR_ROW
#include "quota/counters.def"
#undef CTR
};
struct ctr_table quota_counters = CTR_TABLE(quota_ctr);

struct quota {
    struct quota_options o; /* o.project = project */
    char project[QUOTA_PROJECT_MAX + 1];
    struct mtx mu;
    /* guarded by mu */
    bool began;           /* day is set */
    struct quota_day day; /* the latest seen */
    struct {
        int64_t left;        /* of day, leased and not handed out */
        wall_t closed_until; /* by the server; 0 = never */
    } bucket[QUOTA_BUCKETS];
};

int quota_open(struct quota **ret, const struct quota_options *o, struct err *e)
{
    int rc = quota_options_check(o, e);
    if (rc)
        return rc;
    struct quota *q = calloc(1, sizeof(*q));
    if (!q)
        return err_set(e, RC_NOMEM, "no memory for the quota ledger");
    q->o = *o;
    memcpy(q->project, o->project, strlen(o->project) + 1);
    q->o.project = q->project;
    mtx_init(&q->mu);
    *ret = q;
    return RC_OK;
}

/* Rule 3. */
static void give_back_locked(struct quota *q, enum quota_bucket b) NEEDS(q->mu)
{
    int64_t value;
    if (q->bucket[b].left == 0)
        return;
    int rc = quota_count(&q->o, b, q->day.day, QUOTA_SPENT, -q->bucket[b].left,
                         INT64_MAX, &value, NULL);
    (void)rc; /* refused: they count as spent */
    q->bucket[b].left = 0;
}

/* Bring the day up to @now (rule 4). */
static void roll_day_locked(struct quota *q, wall_t now) NEEDS(q->mu)
{
    if (q->began && now.ms < q->day.ends.ms)
        return;
    for (int b = 0; b < QUOTA_BUCKETS; b++)
        give_back_locked(q, (enum quota_bucket)b);
    q->day = quota_day_at(&q->o.rule, now);
    q->began = true;
}

void quota_close(struct quota *q, wall_t now)
{
    if (!q)
        return;
    mtx_lock(&q->mu);
    roll_day_locked(q, now);
    for (int b = 0; b < QUOTA_BUCKETS; b++)
        give_back_locked(q, (enum quota_bucket)b);
    mtx_unlock(&q->mu);
    mtx_fini(&q->mu);
    free(q);
}

static int refuse_until(wall_t reset, struct err *e)
{
    if (e)
        e->retry_at_ms = reset.ms;
    ctr_add(&quota_ctr[CTR_quota_refusals_total], 1);
    return RC_LIMIT;
}

static int refuse_closed(enum quota_bucket b, wall_t until, struct err *e)
{
    char text[CAL_TEXT];
    err_set(e, RC_LIMIT, "the API closed the %s quota until %s",
            quota_bucket_name(b), cal_text(until, text));
    return refuse_until(until, e);
}

static int refuse_spent(const struct quota *q, enum quota_bucket b,
                        int64_t spent, int64_t cap, struct err *e)
{
    char text[CAL_TEXT];
    err_set(e, RC_LIMIT,
            "%" PRId64 " of %" PRId64
            " units of the %s quota are spent; the next come at %s",
            spent, cap, quota_bucket_name(b), cal_text(q->day.ends, text));
    return refuse_until(q->day.ends, e);
}

/* Rule 5: did another process learn that the day is closed? */
static int look_closed_locked(struct quota *q, enum quota_bucket b,
                              struct err *e) NEEDS(q->mu)
{
    int64_t marks;
    int rc = quota_count(&q->o, b, q->day.day, QUOTA_EXHAUSTED, 0, INT64_MAX,
                         &marks, e);
    if (rc)
        return rc;
    if (marks == 0)
        return RC_OK;
    q->bucket[b].closed_until = q->day.ends;
    return refuse_closed(b, q->day.ends, e);
}

enum { CLAIMS = 3 }; /* of rule 3 */

static int claim_locked(struct quota *q, enum quota_bucket b, int64_t units,
                        int64_t cap, int64_t *spent, struct err *e) NEEDS(q->mu)
{
    int rc = RC_UNKNOWN;
    for (int i = 0; i < CLAIMS && rc == RC_UNKNOWN; i++) {
        rc = quota_count(&q->o, b, q->day.day, QUOTA_SPENT, units, cap, spent,
                         e);
        if (rc == RC_UNKNOWN)
            ctr_add(&quota_ctr[CTR_quota_unknown_units_total], units);
    }
    return rc;
}

/*
 * Claim up to @most units, at least @least, while the counter stays within
 * @cap (rule 2). What others claim or give back meanwhile only changes what
 * is worth asking for: each try asks for less. RC_LIMIT, untold: not even
 * @least is left of the @spent.
 */
static int lease_locked(struct quota *q, enum quota_bucket b, int64_t most,
                        int64_t least, int64_t cap, int64_t *spent,
                        struct err *e) NEEDS(q->mu)
{
    for (int64_t want = most; want >= least;) {
        struct err why = ERR_INIT;
        int rc = claim_locked(q, b, want, cap, spent, &why);
        if (rc == RC_OK) {
            q->bucket[b].left += want;
            return RC_OK;
        }
        if (rc != RC_LIMIT)
            return err_set(e, rc, "%s", why.msg);
        want = want - 1 < cap - *spent ? want - 1 : cap - *spent;
    }
    return RC_LIMIT;
}

/* Out of the reserve an ad-hoc call takes only its own units: a lease of more
 * would be handed to others. */
static int find_units_locked(struct quota *q, enum quota_bucket b,
                             int64_t units, bool adhoc, struct err *e)
    NEEDS(q->mu)
{
    int64_t spent = 0;
    int64_t cap = q->o.limit[b] - q->o.reserve[b];
    int64_t most = q->o.lease_units < units ? units : q->o.lease_units;
    int rc = lease_locked(q, b, most, units, cap, &spent, e);
    if (rc == RC_LIMIT && adhoc) {
        cap = q->o.limit[b];
        rc = lease_locked(q, b, units, units, cap, &spent, e);
    }
    return rc == RC_LIMIT ? refuse_spent(q, b, spent, cap, e) : rc;
}

static int reserve_locked(struct quota *q, enum quota_bucket b, int64_t units,
                          bool adhoc, wall_t now, struct err *e) NEEDS(q->mu)
{
    roll_day_locked(q, now);
    if (now.ms < q->bucket[b].closed_until.ms)
        return refuse_closed(b, q->bucket[b].closed_until, e);

    if (q->bucket[b].left < units) {
        int rc = look_closed_locked(q, b, e);
        if (rc)
            return rc;
        rc = find_units_locked(q, b, units, adhoc, e);
        if (rc)
            return rc;
    }
    q->bucket[b].left -= units;
    ctr_add(&quota_ctr[CTR_quota_general_units_total + (int)b], units);
    return RC_OK;
}

int quota_reserve(struct quota *q, enum quota_method m, bool adhoc, wall_t now,
                  struct err *e)
{
    mtx_lock(&q->mu);
    int rc = reserve_locked(q, quota_method_bucket(m), quota_method_units(m),
                            adhoc, now, e);
    mtx_unlock(&q->mu);
    return rc;
}

static int exhausted_locked(struct quota *q, enum quota_bucket b, wall_t now,
                            struct err *e) NEEDS(q->mu)
{
    struct quota_day day = quota_day_at(&q->o.rule, now);
    if (day.ends.ms <= q->bucket[b].closed_until.ms)
        return RC_OK; /* another call of this process was told the same */
    q->bucket[b].closed_until = day.ends;
    ctr_add(&quota_ctr[CTR_quota_exhausted_total], 1);
    int64_t marks;
    return quota_count(&q->o, b, day.day, QUOTA_EXHAUSTED, 1, INT64_MAX, &marks,
                       e);
}

int quota_exhausted(struct quota *q, enum quota_bucket b, wall_t now,
                    struct err *e)
{
    mtx_lock(&q->mu);
    int rc = exhausted_locked(q, b, now, e);
    mtx_unlock(&q->mu);
    return rc;
}
