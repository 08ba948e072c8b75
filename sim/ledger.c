/*
 * sim/ledger.c - the simulator's own prices, its own Pacific day.
 *
 * Written apart from quota/ on purpose: an error that both shared could not
 * be seen by comparing the two.
 *
 * Rules
 *   1. a day is a date of California: UTC - 8 h, UTC - 7 h from the second
 *      Sunday of March, 10:00 UTC, to the first Sunday of November, 09:00 UTC
 *   2. 0 <= spent <= limit in every bucket of every day
 *   3. at most LEDGER_DAYS_MAX days are kept; a further one drops the oldest
 *
 * Threads: any; everything is under mu.
 * Source: quota rules of the Data API as of 2026-06-01.
 */
#include "sim/ledger_priv.h"

#include "base/cal.h"
#include "base/jsonw.h"

#include <assert.h>
#include <string.h>

enum { HOUR_S = 3600, DAY_S = 86400 };

/* ---- the Pacific day ---- */

/* Day number of the @nth Sunday of @month. */
static int64_t nth_sunday(int32_t year, int32_t month, int nth)
{
    int64_t first = cal_days((struct cal_date){ year, month, 1 });
    int64_t to_sunday = (7 - cal_weekday(first)) % 7;
    return first + to_sunday + 7 * (nth - 1);
}

static bool is_summer_time(int64_t s)
{
    int32_t year = cal_date_of_days(cal_day_of_s(s)).year;
    int64_t begins = nth_sunday(year, 3, 2) * DAY_S + 10 * HOUR_S;
    int64_t ends = nth_sunday(year, 11, 1) * DAY_S + 9 * HOUR_S;
    return s >= begins && s < ends;
}

int64_t ledger_day_at(int64_t s)
{
    return cal_day_of_s(s - (is_summer_time(s) ? 7 : 8) * HOUR_S);
}

/* ---- charging ---- */

void ledger_init(struct ledger *l, const int64_t limit[static LEDGER_BUCKETS],
                 int64_t start)
{
    mtx_init(&l->mu);
    for (int b = 0; b < LEDGER_BUCKETS; b++)
        l->limit[b] = limit[b];
    l->n = 0;
    l->last_day = ledger_day_at(start);
}

void ledger_fini(struct ledger *l)
{
    mtx_fini(&l->mu);
}

static void drop_first(struct ledger *l) NEEDS(l->mu)
{
    memmove(&l->days[0], &l->days[1], (l->n - 1) * sizeof(l->days[0]));
    l->n--;
}

/* The entry of @day, made when it is not there; days stay in order. */
static struct ledger_day *day_locked(struct ledger *l, int64_t day) NEEDS(l->mu)
{
    size_t at = l->n;
    while (at && l->days[at - 1].day > day)
        at--;
    if (at && l->days[at - 1].day == day)
        return &l->days[at - 1];
    if (l->n == LEDGER_DAYS_MAX) {
        drop_first(l);
        at -= at ? 1 : 0;
    }
    memmove(&l->days[at + 1], &l->days[at], (l->n - at) * sizeof(l->days[0]));
    l->n++;
    l->days[at] = (struct ledger_day){ .day = day };
    return &l->days[at];
}

static struct ledger_count *count_locked(struct ledger *l,
                                         enum ledger_bucket bucket, int64_t now)
    NEEDS(l->mu)
{
    l->last_day = ledger_day_at(now);
    return &day_locked(l, l->last_day)->bucket[bucket];
}

bool ledger_charge(struct ledger *l, enum ledger_bucket bucket, int64_t units,
                   int64_t now)
{
    mtx_lock(&l->mu);
    struct ledger_count *c = count_locked(l, bucket, now);
    bool fits = units <= l->limit[bucket] - c->spent;
    c->requests++;
    if (fits)
        c->spent += units;
    else
        c->refused++;
    assert(c->spent <= l->limit[bucket]);
    mtx_unlock(&l->mu);
    return fits;
}

void ledger_invalid(struct ledger *l, enum ledger_bucket bucket, int64_t now)
{
    mtx_lock(&l->mu);
    count_locked(l, bucket, now)->invalid++;
    mtx_unlock(&l->mu);
}

void ledger_refused(struct ledger *l, enum ledger_bucket bucket, int64_t now)
{
    mtx_lock(&l->mu);
    struct ledger_count *c = count_locked(l, bucket, now);
    c->requests++;
    c->refused++;
    mtx_unlock(&l->mu);
}

/* ---- telling ---- */

static const char *const bucket_names[LEDGER_BUCKETS] = {
    [LEDGER_GENERAL] = "general",
    [LEDGER_SEARCH] = "search",
    [LEDGER_BATCH_STATS] = "batchStats",
};

/* @limit < 0 leaves it out. */
static void put_count(struct jsonw *w, const char *name, int64_t limit,
                      const struct ledger_count *c)
{
    jsonw_key(w, name);
    jsonw_obj(w);
    if (limit >= 0)
        jsonw_ki64(w, "limit", limit);
    jsonw_ki64(w, "spent", c->spent);
    jsonw_ki64(w, "requests", c->requests);
    jsonw_ki64(w, "invalid", c->invalid);
    jsonw_ki64(w, "refused", c->refused);
    jsonw_obj_end(w);
}

static void put_days_locked(struct ledger *l, struct jsonw *w) NEEDS(l->mu)
{
    jsonw_key(w, "days");
    jsonw_obj(w);
    for (size_t i = 0; i < l->n; i++) {
        char text[CAL_TEXT];
        jsonw_key(w, cal_date_text(cal_date_of_days(l->days[i].day), text));
        jsonw_obj(w);
        for (int b = 0; b < LEDGER_BUCKETS; b++)
            put_count(w, bucket_names[b], -1, &l->days[i].bucket[b]);
        jsonw_obj_end(w);
    }
    jsonw_obj_end(w);
}

void ledger_json(struct ledger *l, const int64_t *now, struct buf *out)
{
    struct jsonw w;
    struct ledger_day empty = { .day = 0 };
    char text[CAL_TEXT];
    jsonw_init(&w, out);
    jsonw_obj(&w);
    mtx_lock(&l->mu);
    int64_t day = now ? ledger_day_at(*now) : l->last_day;
    const struct ledger_day *today = &empty;
    for (size_t i = 0; i < l->n; i++)
        if (l->days[i].day == day)
            today = &l->days[i];
    jsonw_kz(&w, "day", cal_date_text(cal_date_of_days(day), text));
    for (int b = 0; b < LEDGER_BUCKETS; b++)
        put_count(&w, bucket_names[b], l->limit[b], &today->bucket[b]);
    put_days_locked(l, &w);
    mtx_unlock(&l->mu);
    jsonw_obj_end(&w);
}
