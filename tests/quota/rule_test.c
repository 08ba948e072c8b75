/*
 * tests/quota/rule_test.c - zone rules as text, and the days that they make,
 * against the C library's own reading of the same rule.
 */
#include "base/cal.h"
#include "quota/quota.h"
#include "tests/t.h"

#include <time.h>

static bool same_switch(const struct quota_switch *a,
                        const struct quota_switch *b)
{
    return a->month == b->month && a->week == b->week &&
           a->weekday == b->weekday && a->time_s == b->time_s;
}

static bool same_rule(const struct quota_rule *a, const struct quota_rule *b)
{
    return a->std_offset_s == b->std_offset_s &&
           a->dst_offset_s == b->dst_offset_s && a->has_dst == b->has_dst &&
           same_switch(&a->start, &b->start) && same_switch(&a->end, &b->end);
}

START_TEST(rules_that_are_read)
{
    static const struct {
        const char *text;
        struct quota_rule want;
    } rows[] = {
        { "UTC0", { 0, 0, false, { 0 }, { 0 } } },
        { "<-03>3", { 10800, 0, false, { 0 }, { 0 } } },
        { "IST-5:30", { -19800, 0, false, { 0 }, { 0 } } },
        { "PST8PDT,M3.2.0/2,M11.1.0/2",
          { 28800, 25200, true, { 3, 2, 0, 7200 }, { 11, 1, 0, 7200 } } },
        { "CET-1CEST,M3.5.0,M10.5.0/3",
          { -3600, -7200, true, { 3, 5, 0, 7200 }, { 10, 5, 0, 10800 } } },
        { "IST-1GMT0,M10.5.0,M3.5.0/1",
          { -3600, 0, true, { 10, 5, 0, 7200 }, { 3, 5, 0, 3600 } } },
        { "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
          { -37800, -39600, true, { 10, 1, 0, 7200 }, { 4, 1, 0, 7200 } } },
        { "EST5EDT,M3.2.0/-1:30,M11.1.0/24:15:01",
          { 18000, 14400, true, { 3, 2, 0, -5400 }, { 11, 1, 0, 87301 } } },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct quota_rule got;
        struct err e = ERR_INIT;
        T_RC(rows[i].text, quota_rule_parse(rows[i].text, &got, &e), RC_OK, &e);
        T_TRUE(rows[i].text, same_rule(&got, &rows[i].want));
    }
}
END_TEST

START_TEST(rules_that_are_refused)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { NULL, "zone's name" },
        { "", "zone's name" },
        { "8", "zone's name" },
        { "PS8", "zone's name" },
        { "<PST", "zone's name" },
        { "PST", "hours west" },
        { "PST+", "hours west" },
        { "PST25", "hours west" },
        { "PST8:60", "hours west" },
        { "PST8:", "hours west" },
        { "PST8,", "summer time or nothing" },
        { "PST8PD", "summer time or nothing" },
        { "PST8PDT99,M3.2.0,M11.1.0", "not a number up to 24" },
        { "PST8PDT", "first day" },
        { "PST8PDT,", "first day" },
        { "PST8PDT,M0.2.0,M11.1.0", "first day" },
        { "PST8PDT,M13.2.0,M11.1.0", "first day" },
        { "PST8PDT,M3.0.0,M11.1.0", "first day" },
        { "PST8PDT,M3.6.0,M11.1.0", "first day" },
        { "PST8PDT,M3.2.7,M11.1.0", "first day" },
        { "PST8PDT,M3.2,M11.1.0", "first day" },
        { "PST8PDT,J60,J300", "first day" },
        { "PST8PDT,M3.2.0/168,M11.1.0", "first day" },
        { "PST8PDT,M3.2.0", "last day" },
        { "PST8PDT,M3.2.0,M11.1.0/", "last day" },
        { "PST8PDT,M3.2.0/2,M11.1.0/2 ", "something follows" },
        { "PST8PDT,M3.2.0,M11.1.0,M12.1.0", "something follows" },
        { "PST99999999999999999999", "hours west" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct quota_rule got = { .std_offset_s = 42 };
        struct err e = ERR_INIT;
        const char *name = rows[i].text ? rows[i].text : "no text";
        T_RC(name, quota_rule_parse(rows[i].text, &got, &e), RC_INPUT, &e);
        ck_assert_msg(strstr(e.msg, rows[i].says), "%s: %s", name, e.msg);
        T_I64("nothing written", got.std_offset_s, 42);
    }
}
END_TEST

/* ---- days ---- */

/* Local date at @utc_s as the C library sees it in the zone of TZ. */
static int64_t libc_day(int64_t utc_s)
{
    time_t t = (time_t)utc_s;
    struct tm tm;
    localtime_r(&t, &tm);
    return cal_days(
        (struct cal_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday });
}

static bool libc_midnight(int64_t utc_s)
{
    time_t t = (time_t)utc_s;
    struct tm tm;
    localtime_r(&t, &tm);
    return tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0;
}

static struct quota_rule use_zone(const char *text)
{
    struct quota_rule r;
    struct err e = ERR_INIT;
    T_OK(quota_rule_parse(text, &r, &e), &e);
    setenv("TZ", text, 1);
    tzset();
    return r;
}

static int64_t seconds(const char *text)
{
    wall_t t;
    struct err e = ERR_INIT;
    T_OK(cal_parse(str_of(text), &t, &e), &e);
    return wall_s(t);
}

static bool day_agrees(const struct quota_rule *r, int64_t s)
{
    struct quota_day d = quota_day_at(r, wall_of_s(s));
    int64_t begins = wall_s(d.begins), ends = wall_s(d.ends);
    if (d.day != libc_day(s) || s < begins || s >= ends)
        return false;
    return libc_midnight(begins) && libc_day(begins - 1) == d.day - 1 &&
           libc_midnight(ends) && libc_day(ends) == d.day + 1;
}

START_TEST(days_agree_with_the_c_library)
{
    static const char *const zones[] = {
        "PST8PDT,M3.2.0/2,M11.1.0/2",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "AEST-10AEDT,M10.1.0,M4.1.0/3",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "UTC0",
        "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
    };
    for (size_t z = 0; z < ARRAY_LEN(zones); z++) {
        struct quota_rule r = use_zone(zones[z]);
        int64_t end = seconds("2040-12-31");
        for (int64_t s = seconds("2020-01-01"); s < end; s += 3600)
            if (!day_agrees(&r, s)) /* a million checks: only failures told */
                ck_abort_msg("%s: wrong day at second %lld", zones[z],
                             (long long)s);
    }
}
END_TEST

START_TEST(days_of_23_and_25_hours)
{
    static const struct {
        const char *name, *at, *begins;
        int hours;
    } rows[] = {
        { "an ordinary winter day", "2026-11-20T12:00:00Z",
          "2026-11-20T08:00:00Z", 24 },
        { "an ordinary summer day", "2026-07-01T12:00:00Z",
          "2026-07-01T07:00:00Z", 24 },
        { "spring forward", "2026-03-08T12:00:00Z", "2026-03-08T08:00:00Z",
          23 },
        { "its last second", "2026-03-09T06:59:59Z", "2026-03-08T08:00:00Z",
          23 },
        { "the day behind", "2026-03-09T07:00:00Z", "2026-03-09T07:00:00Z",
          24 },
        { "fall back", "2026-11-01T12:00:00Z", "2026-11-01T07:00:00Z", 25 },
        { "its last second", "2026-11-02T07:59:59Z", "2026-11-01T07:00:00Z",
          25 },
        { "a leap day", "2028-02-29T12:00:00Z", "2028-02-29T08:00:00Z", 24 },
        { "the last evening of a year", "2027-01-01T07:59:59Z",
          "2026-12-31T08:00:00Z", 24 },
    };
    struct quota_rule r = use_zone("PST8PDT,M3.2.0/2,M11.1.0/2");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct quota_day d = quota_day_at(&r, wall_of_s(seconds(rows[i].at)));
        T_I64(rows[i].name, wall_s(d.begins), seconds(rows[i].begins));
        T_I64(rows[i].name, d.ends.ms - d.begins.ms,
              (int64_t)rows[i].hours * 3600000);
    }
    struct quota_day d = quota_day_at(&r, (wall_t){ -1 });
    T_I64("a millisecond before 1970 it was the day before", d.day, -1);
}
END_TEST

START_TEST(days_meet_where_a_switch_is_at_midnight)
{
    /* midnight skipped, midnight twice, and back over midnight */
    static const char *const zones[] = {
        "EET-2EEST,M3.5.0/0,M10.5.0/0",
        "CLT4CLST,M9.1.6/24,M4.1.6/24",
        "XXT0XST,M3.2.0/0:30,M11.1.0/0:30",
        "XXT0XST,M3.2.0/-1,M11.1.0/-1",
    };
    for (size_t z = 0; z < ARRAY_LEN(zones); z++) {
        struct quota_rule r = use_zone(zones[z]);
        struct quota_day d = quota_day_at(&r, wall_of_s(seconds("2026-01-01")));
        for (int i = 0; i < 800; i++) {
            struct quota_day next = quota_day_at(&r, d.ends);
            struct quota_day last = quota_day_at(&r, (wall_t){ d.ends.ms - 1 });
            int64_t hours = (d.ends.ms - d.begins.ms) / 3600000;
            struct quota_day early =
                quota_day_at(&r, wall_add(d.begins, DUR_S(45 * 60)));
            T_I64("a clock set back over midnight stays in the new day",
                  early.day, d.day);
            T_I64("the last moment is of the same day", last.day, d.day);
            T_I64("the next day follows", next.day, d.day + 1);
            T_I64("where this one ends", next.begins.ms, d.ends.ms);
            T_TRUE("a day has 23 to 25 hours", hours >= 23 && hours <= 25);
            T_I64("and begins with its date", libc_day(wall_s(d.begins)),
                  d.day);
            d = next;
        }
    }
}
END_TEST

T_SUITE("rule", 120, rules_that_are_read, rules_that_are_refused,
        days_agree_with_the_c_library, days_of_23_and_25_hours,
        days_meet_where_a_switch_is_at_midnight)
