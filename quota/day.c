/*
 * quota/day.c - the quota's day: from local midnight to local midnight.
 *
 * Rules
 *   1. day D begins at the first moment whose local date is D, so days have
 *      23, 24 or 25 hours and follow each other without gap or overlap,
 *      also where a switch falls on midnight
 *   2. a year without the switch it needs does not exist: rules are the
 *      same every year
 */
#include "base/cal.h"
#include "quota/quota.h"

enum { DAY_S = 86400 };

/* The day (since 1970) in @year that @w names. */
static int64_t switch_day(int32_t year, const struct quota_switch *w)
{
    int64_t first = cal_days((struct cal_date){ year, w->month, 1 });
    int64_t next = w->month == 12
                       ? cal_days((struct cal_date){ year + 1, 1, 1 })
                       : cal_days((struct cal_date){ year, w->month + 1, 1 });
    int64_t day =
        first + (w->weekday - cal_weekday(first) + 7) % 7 + (w->week - 1) * 7;
    return day < next ? day : day - 7; /* week 5 = the last one there is */
}

/* Seconds west of UTC at @utc_s. */
static int64_t offset_at(const struct quota_rule *r, int64_t utc_s)
{
    if (!r->has_dst)
        return r->std_offset_s;
    int32_t year = cal_date_of_days(cal_day_of_s(utc_s - r->std_offset_s)).year;
    int64_t start =
        switch_day(year, &r->start) * DAY_S + r->start.time_s + r->std_offset_s;
    int64_t end =
        switch_day(year, &r->end) * DAY_S + r->end.time_s + r->dst_offset_s;
    bool summer = start < end ? utc_s >= start && utc_s < end
                              : utc_s >= start || utc_s < end;
    return summer ? r->dst_offset_s : r->std_offset_s;
}

static int64_t date_at(const struct quota_rule *r, int64_t utc_s)
{
    return cal_day_of_s(utc_s - offset_at(r, utc_s));
}

/* Rule 1: midnight is one of two moments, by the clock in force. */
static int64_t begin_of(const struct quota_rule *r, int64_t day)
{
    int64_t std = day * DAY_S + r->std_offset_s;
    int64_t dst =
        day * DAY_S + (r->has_dst ? r->dst_offset_s : r->std_offset_s);
    int64_t early = std < dst ? std : dst, late = std < dst ? dst : std;
    return date_at(r, early) >= day ? early : late;
}

struct quota_day quota_day_at(const struct quota_rule *r, wall_t now)
{
    int64_t s = wall_s(now);
    int64_t day = date_at(r, s);
    /* A clock set back over midnight shows yesterday's date once more. */
    if (s >= begin_of(r, day + 1))
        day++;
    return (struct quota_day){ .day = (int32_t)day,
                               .begins = wall_of_s(begin_of(r, day)),
                               .ends = wall_of_s(begin_of(r, day + 1)) };
}
