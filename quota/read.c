/*
 * quota/read.c - the counters' names, the check of options, and the ledger
 * of a day as people look at it.
 *
 * Rules
 *   1. reading writes nothing: it works on a store opened read-only
 *   2. the day is that of the given time, also a past one
 */
#include "base/cal.h"
#include "quota/quota_priv.h"

#include <inttypes.h>

static const int64_t limit_max = 1000000000;

static bool project_ok(const char *project)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    size_t n = project ? strlen(project) : 0;
    return n >= 1 && n <= QUOTA_PROJECT_MAX && strspn(project, allowed) == n;
}

int quota_options_check(const struct quota_options *o, struct err *e)
{
    if (!project_ok(o->project))
        return err_set(e, RC_CONFIG,
                       "quota project '%.60s' is not 1 to %d letters, digits, "
                       "dots, dashes or underlines",
                       o->project ? o->project : "", QUOTA_PROJECT_MAX);
    if (o->lease_units < 1 || o->lease_units > QUOTA_LEASE_MAX)
        return err_set(e, RC_CONFIG, "%" PRId64 " units a lease, not 1 to %d",
                       o->lease_units, QUOTA_LEASE_MAX);
    for (int b = 0; b < QUOTA_BUCKETS; b++) {
        const char *name = quota_bucket_name((enum quota_bucket)b);
        if (o->limit[b] < 0 || o->limit[b] > limit_max)
            return err_set(e, RC_CONFIG,
                           "%s quota of %" PRId64
                           " units is not in [0, %" PRId64 "]",
                           name, o->limit[b], limit_max);
        if (o->reserve[b] < 0 || o->reserve[b] > o->limit[b])
            return err_set(e, RC_CONFIG,
                           "reserve of %" PRId64 " units is not within the %s "
                           "quota of %" PRId64,
                           o->reserve[b], name, o->limit[b]);
    }
    return RC_OK;
}

int quota_count(const struct quota_options *o, enum quota_bucket b, int32_t day,
                enum quota_mark mark, int64_t delta, int64_t limit,
                int64_t *value, struct err *e)
{
    char date[CAL_TEXT];
    char key[STORE_KEY_MAX];
    snprintf(key, sizeof(key), "quota/%s/%s/%s%s", o->project,
             quota_bucket_name(b), cal_date_text(cal_date_of_days(day), date),
             mark == QUOTA_EXHAUSTED ? "/exhausted" : "");
    int rc = store_count(o->store, key, delta, limit, value, e);
    return rc ? err_wrap(e, rc, "quota ledger") : RC_OK;
}

static bool is_bucket(struct str s)
{
    for (int b = 0; b < QUOTA_BUCKETS; b++)
        if (str_eqz(s, quota_bucket_name((enum quota_bucket)b)))
            return true;
    return false;
}

/* "quota/PROJECT/BUCKET/DATE" and perhaps "/exhausted". */
static bool is_ledger_key(const char *key)
{
    struct str rest = str_of(key), part[5];
    size_t n = 0;
    wall_t day;
    while (n < ARRAY_LEN(part) && str_split(&rest, '/', &part[n]))
        n++;
    return n >= 4 && !rest.p && str_eqz(part[0], "quota") && part[1].n &&
           is_bucket(part[2]) && !cal_parse(part[3], &day, NULL) &&
           (n == 4 || str_eqz(part[4], "exhausted"));
}

int quota_counter_check(const char *key, int64_t value, struct err *e)
{
    if (!is_ledger_key(key))
        return err_set(e, RC_CORRUPT,
                       "counter '%.100s' is none of the ledger's", key);
    if (value < 0 || value > limit_max)
        return err_set(e, RC_CORRUPT,
                       "counter '%.100s' is %" PRId64
                       ", which is not in [0, %" PRId64 "]",
                       key, value, limit_max);
    return RC_OK;
}

static int64_t share_of(int64_t units, const struct quota_day *d, wall_t now)
{
    return units * (now.ms - d->begins.ms) / (d->ends.ms - d->begins.ms);
}

int quota_read(const struct quota_options *o, wall_t now,
               struct quota_state *ret, struct err *e)
{
    int rc = quota_options_check(o, e);
    if (rc)
        return rc;
    struct quota_state s = { .day = quota_day_at(&o->rule, now) };
    for (int i = 0; i < QUOTA_BUCKETS && rc == RC_OK; i++) {
        enum quota_bucket b = (enum quota_bucket)i;
        int64_t marks = 0;
        rc = quota_count(o, b, s.day.day, QUOTA_SPENT, 0, INT64_MAX,
                         &s.bucket[i].spent, e);
        if (rc == RC_OK)
            rc = quota_count(o, b, s.day.day, QUOTA_EXHAUSTED, 0, INT64_MAX,
                             &marks, e);
        s.bucket[i].limit = o->limit[i];
        s.bucket[i].reserve = o->reserve[i];
        s.bucket[i].planned = share_of(o->limit[i], &s.day, now);
        s.bucket[i].exhausted = marks > 0;
    }
    if (rc == RC_OK)
        *ret = s;
    return rc;
}
