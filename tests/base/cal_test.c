/* tests/base/cal_test.c - the calendar against a day-by-day count; clocks. */
#include "base/cal.h"
#include "tests/t.h"

#include <stdatomic.h>
#include <stdbool.h>

static int month_days(int year, int month)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* The naive twin: counts every single day, and knows no formula. */
START_TEST(every_day_from_1970_to_9999)
{
    int64_t day = 0;
    for (int y = 1970; y <= 9999; y++) {
        for (int m = 1; m <= 12; m++) {
            for (int d = 1; d <= month_days(y, m); d++, day++) {
                struct cal_date back = cal_date_of_days(day);
                if (cal_days((struct cal_date){ y, m, d }) != day ||
                    back.year != y || back.month != m || back.day != d ||
                    cal_weekday(day) != (day + 4) % 7)
                    ck_abort_msg("%04d-%02d-%02d", y, m, d);
            }
        }
    }
}
END_TEST

START_TEST(days_before_1970)
{
    struct cal_date eve = cal_date_of_days(-1);
    ck_assert(eve.year == 1969 && eve.month == 12 && eve.day == 31);
    ck_assert_int_eq(cal_weekday(-1), 3); /* a Wednesday */
    ck_assert_int_eq(cal_weekday(-4), 0);
    ck_assert_int_eq(cal_weekday(-5), 6);
    ck_assert_int_eq(cal_days((struct cal_date){ 0, 3, 1 }), -719468);
    ck_assert_int_eq(cal_day_of_s(-1), -1);
    ck_assert_int_eq(cal_day_of_s(-86400), -1);
    ck_assert_int_eq(cal_day_of_s(-86401), -2);
    ck_assert_int_eq(cal_day_of_s(86399), 0);
    ck_assert_int_eq(cal_day_of_s(INT64_MIN), INT64_MIN / 86400 - 1);
}
END_TEST

static const struct {
    const char *name, *text;
    int rc;
    int64_t ms;
} times[] = {
    /* clang-format off */
    { "the epoch",                  "1970-01-01T00:00:00Z",           RC_OK, 0 },
    { "a bare date",                "2026-11-20",                     RC_OK, 1795132800000 },
    { "a time in UTC",              "2026-11-20T08:00:00Z",           RC_OK, 1795161600000 },
    { "no zone is UTC",             "2026-11-20T08:00:00",            RC_OK, 1795161600000 },
    { "small letters",              "2026-11-20t08:00:00z",           RC_OK, 1795161600000 },
    { "a blank for T",              "2026-11-20 08:00:00Z",           RC_OK, 1795161600000 },
    { "milliseconds",               "2026-11-20T08:00:00.123Z",       RC_OK, 1795161600123 },
    { "one digit of fraction",      "2026-11-20T08:00:00.5Z",         RC_OK, 1795161600500 },
    { "nanoseconds are cut",        "2026-11-20T08:00:00.123999999Z", RC_OK, 1795161600123 },
    { "east of Greenwich",          "2026-11-20T10:00:00+02:00",      RC_OK, 1795161600000 },
    { "west of Greenwich",          "2026-11-20T00:30:00-07:30",      RC_OK, 1795161600000 },
    { "before 1970",                "1969-12-31T23:59:59.999Z",       RC_OK, -1 },
    { "leap day",                   "2024-02-29",                     RC_OK, 1709164800000 },
    { "leap day of a century",      "2000-02-29",                     RC_OK, 951782400000 },
    { "no leap day in 1900",        "1900-02-29",                     RC_INPUT, 0 },
    { "no leap day in 2023",        "2023-02-29",                     RC_INPUT, 0 },
    { "day 31 of April",            "2024-04-31",                     RC_INPUT, 0 },
    { "day 0",                      "2024-04-00",                     RC_INPUT, 0 },
    { "month 0",                    "2024-00-01",                     RC_INPUT, 0 },
    { "month 13",                   "2024-13-01",                     RC_INPUT, 0 },
    { "last second of a day",       "2024-01-01T23:59:59Z",           RC_OK, 1704153599000 },
    { "hour 24",                    "2024-01-01T24:00:00Z",           RC_INPUT, 0 },
    { "minute 60",                  "2024-01-01T00:60:00Z",           RC_INPUT, 0 },
    { "second 60",                  "2024-01-01T00:00:60Z",           RC_INPUT, 0 },
    { "no seconds",                 "2024-01-01T00:00Z",              RC_INPUT, 0 },
    { "a point without digits",     "2024-01-01T00:00:00.Z",          RC_INPUT, 0 },
    { "zone hour 24",               "2024-01-01T00:00:00+24:00",      RC_INPUT, 0 },
    { "zone without minutes",       "2024-01-01T00:00:00+02",         RC_INPUT, 0 },
    { "two zones",                  "2024-01-01T00:00:00ZZ",          RC_INPUT, 0 },
    { "text behind a date",         "2024-01-01x",                    RC_INPUT, 0 },
    { "a short year",               "224-01-01",                      RC_INPUT, 0 },
    { "a sign in the day",          "2024-01--1",                     RC_INPUT, 0 },
    { "empty",                      "",                               RC_INPUT, 0 },
    { "the last second of 9999",    "9999-12-31T23:59:59Z",           RC_OK, 253402300799000 },
    /* clang-format on */
};

START_TEST(reads_or_refuses_times)
{
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        struct err e = ERR_INIT;
        wall_t t = { 4242 };
        T_RC(times[i].name, cal_parse(str_of(times[i].text), &t, &e),
             times[i].rc, &e);
        T_I64(times[i].name, t.ms, times[i].rc ? 4242 : times[i].ms);
    }
}
END_TEST

START_TEST(every_cut_of_a_time_is_refused_or_shorter)
{
    const char *text = "2026-11-20T08:00:00.123+02:00";
    for (size_t n = 0; n < strlen(text); n++) {
        wall_t t;
        bool fine = n == 10 || n == 19 || (n > 20 && n <= 23);
        ck_assert_msg((cal_parse(str_n(text, n), &t, NULL) == RC_OK) == fine,
                      "%.*s", (int)n, text);
    }
}
END_TEST

START_TEST(writes_what_it_reads)
{
    char out[CAL_TEXT];
    ck_assert_str_eq(cal_text((wall_t){ 1795161600999 }, out),
                     "2026-11-20T08:00:00Z");
    ck_assert_str_eq(cal_text((wall_t){ -1 }, out), "1969-12-31T23:59:59Z");
    ck_assert_str_eq(cal_date_text((struct cal_date){ 2026, 1, 2 }, out),
                     "2026-01-02");
    struct buf b = BUF_INIT(100);
    cal_put_s(&b, 253402300799);
    T_STR("last of 9999", buf_view(&b), "9999-12-31T23:59:59Z");
    buf_fini(&b);
}
END_TEST

START_TEST(absurd_times_are_written_without_harm)
{
    const int64_t values[] = { INT64_MAX, INT64_MIN, INT64_MAX / 1000,
                               INT64_MIN / 1000 };
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        char out[CAL_TEXT];
        ck_assert_uint_lt(strlen(cal_text((wall_t){ values[i] }, out)),
                          (size_t)CAL_TEXT);
        struct buf b = BUF_INIT(100);
        cal_put_s(&b, values[i]);
        ck_assert_int_eq(b.failed, 0);
        buf_fini(&b);
    }
    ck_assert_int_eq(wall_s((wall_t){ -1 }), -1);
    ck_assert_int_eq(wall_s((wall_t){ -1000 }), -1);
    ck_assert_int_eq(wall_s((wall_t){ -1001 }), -2);
    ck_assert_int_eq(wall_s((wall_t){ 1999 }), 1);
}
END_TEST

START_TEST(a_step_clock_jumps_forward_only)
{
    struct clk_step c;
    clk_step_init(&c, (wall_t){ 1000 });
    ck_assert_int_eq(clk_wall(&c.clk).ms, 1000);
    c.clk.wait(&c.clk, (wall_t){ 5000 }, NULL);
    ck_assert_int_eq(clk_wall(&c.clk).ms, 5000);
    c.clk.wait(&c.clk, (wall_t){ 4000 }, NULL);
    ck_assert_int_eq(clk_wall(&c.clk).ms, 5000);
    ck_assert_int_gt(clk_mono(&c.clk).us, 0);
}
END_TEST

START_TEST(a_real_wait_ends_when_told_to_stop)
{
    atomic_bool stop = true;
    struct clk *c = clk_real();
    wall_t far = wall_add(clk_wall(c), DUR_S(86400));
    c->wait(c, far, &stop);          /* returns, or the test times out */
    c->wait(c, (wall_t){ 0 }, NULL); /* a time that has passed */
    mono_t a = clk_mono(c), b = clk_mono(c);
    ck_assert_int_ge(mono_since(a, b).ms, 0);
}
END_TEST

T_SUITE("base.cal", 60, every_day_from_1970_to_9999, days_before_1970,
        reads_or_refuses_times, every_cut_of_a_time_is_refused_or_shorter,
        writes_what_it_reads, absurd_times_are_written_without_harm,
        a_step_clock_jumps_forward_only, a_real_wait_ends_when_told_to_stop)
