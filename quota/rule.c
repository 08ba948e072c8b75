/*
 * quota/rule.c - reads the zone rule whose midnight resets the quota.
 *
 * The rule is configuration and not the machine's zone database: a container
 * without one would silently count in UTC.
 *
 * Rules
 *   1. the form is POSIX TZ: std offset [dst [offset] , start , end], each
 *      switch as Mm.w.d[/time]; time is 02:00 when absent, dst one hour
 *      ahead of std
 *   2. summer time without its dates is refused, not guessed
 *   3. *ret is written only on RC_OK
 */
#include "quota/quota.h"

enum { HOUR_S = 3600, OFFSET_HOURS_MAX = 24, SWITCH_HOURS_MAX = 167 };

static bool take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Three letters or more, or anything at all between < and >. */
static bool take_name(struct str *s)
{
    if (take_char(s, '<')) {
        const char *end = s->n ? memchr(s->p, '>', s->n) : NULL;
        if (!end)
            return false;
        *s = str_from(*s, (size_t)(end - s->p) + 1);
        return true;
    }
    size_t n = 0;
    while (n < s->n && is_letter(s->p[n]))
        n++;
    *s = str_from(*s, n);
    return n >= 3;
}

/* One to three digits, at most @max. */
static bool take_number(struct str *s, int32_t max, int32_t *ret)
{
    int32_t v = 0;
    size_t n = 0;
    for (; n < s->n && n < 3 && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        v = v * 10 + (s->p[n] - '0');
    *s = str_from(*s, n);
    *ret = v;
    return n > 0 && v <= max;
}

/* [+-]hours[:minutes[:seconds]] */
static bool take_time(struct str *s, int32_t max_hours, int32_t *ret_s)
{
    bool minus = take_char(s, '-');
    if (!minus)
        take_char(s, '+');
    int32_t h, m = 0, sec = 0;
    if (!take_number(s, max_hours, &h))
        return false;
    if (take_char(s, ':')) {
        if (!take_number(s, 59, &m))
            return false;
        if (take_char(s, ':') && !take_number(s, 59, &sec))
            return false;
    }
    int32_t v = h * HOUR_S + m * 60 + sec;
    *ret_s = minus ? -v : v;
    return true;
}

/* ,Mmonth.week.weekday[/time] */
static bool take_switch(struct str *s, struct quota_switch *ret)
{
    struct quota_switch w = { .time_s = 2 * HOUR_S };
    bool ok = take_char(s, ',') && take_char(s, 'M') &&
              take_number(s, 12, &w.month) && w.month >= 1 &&
              take_char(s, '.') && take_number(s, 5, &w.week) && w.week >= 1 &&
              take_char(s, '.') && take_number(s, 6, &w.weekday);
    if (ok && take_char(s, '/'))
        ok = take_time(s, SWITCH_HOURS_MAX, &w.time_s);
    *ret = w;
    return ok;
}

static const char *summer_time(struct str *s, struct quota_rule *r)
{
    r->has_dst = true;
    r->dst_offset_s = r->std_offset_s - HOUR_S;
    if (!take_name(s))
        return "behind the hours comes the name of summer time or nothing";
    if (s->n && s->p[0] != ',' &&
        !take_time(s, OFFSET_HOURS_MAX, &r->dst_offset_s))
        return "the hours of summer time are not a number up to 24";
    if (!take_switch(s, &r->start))
        return "summer time needs its first day, as in ,M3.2.0/2";
    if (!take_switch(s, &r->end))
        return "summer time needs its last day, as in ,M11.1.0/2";
    return s->n ? "something follows the last day of summer time" : NULL;
}

/* What is wrong with @s, or NULL. */
static const char *rule(struct str s, struct quota_rule *r)
{
    if (!take_name(&s))
        return "it does not begin with a zone's name, as PST";
    if (!take_time(&s, OFFSET_HOURS_MAX, &r->std_offset_s))
        return "the name is not followed by hours west of UTC, as PST8";
    return s.n ? summer_time(&s, r) : NULL;
}

int quota_rule_parse(const char *text, struct quota_rule *ret, struct err *e)
{
    struct quota_rule r = { .has_dst = false };
    const char *wrong = rule(str_of(text), &r);
    if (wrong)
        return err_set(e, RC_INPUT, "'%.60s' is not a zone rule: %s",
                       text ? text : "", wrong);
    *ret = r;
    return RC_OK;
}
