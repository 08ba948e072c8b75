/* The simulator's own prices and Pacific day: rules of sim/ledger.c. */
#include "tests/sim/sim_t.h"

#include "base/cal.h"

/* clang-format off */
static const struct { const char *name, *at, *day; } days[] = {
    { "winter, a second before midnight",      "2026-11-20T07:59:59Z", "2026-11-19" },
    { "winter, midnight",                      "2026-11-20T08:00:00Z", "2026-11-20" },
    { "summer, a second before midnight",      "2026-07-01T06:59:59Z", "2026-06-30" },
    { "summer, midnight",                      "2026-07-01T07:00:00Z", "2026-07-01" },
    { "spring: the short day begins",          "2026-03-08T08:00:00Z", "2026-03-08" },
    { "spring: it ends after 23 hours",        "2026-03-09T06:59:59Z", "2026-03-08" },
    { "spring: the next day",                  "2026-03-09T07:00:00Z", "2026-03-09" },
    { "autumn: the long day begins",           "2026-11-01T07:00:00Z", "2026-11-01" },
    { "autumn: it lasts 25 hours",             "2026-11-02T07:59:59Z", "2026-11-01" },
    { "autumn: the next day",                  "2026-11-02T08:00:00Z", "2026-11-02" },
    { "a year whose March begins on a Sunday", "2026-03-15T07:00:00Z", "2026-03-15" },
    { "March 2027: the second Sunday is the 14th", "2027-03-15T06:59:59Z", "2027-03-14" },
    { "before the switch of 2027",             "2027-03-14T08:00:00Z", "2027-03-14" },
    { "November 2027: the first Sunday is the 7th", "2027-11-08T07:59:59Z", "2027-11-07" },
    { "the last second of a year in UTC",      "2026-12-31T23:59:59Z", "2026-12-31" },
    { "New Year in UTC is still last year",    "2027-01-01T07:59:59Z", "2026-12-31" },
    { "before 1970",                           "1969-12-31T08:00:00Z", "1969-12-31" },
};
/* clang-format on */

START_TEST(the_day_is_californias)
{
    for (size_t i = 0; i < ARRAY_LEN(days); i++) {
        struct err e = ERR_INIT;
        wall_t t;
        char text[CAL_TEXT];
        T_OK(cal_parse(str_of(days[i].at), &t, &e), &e);
        cal_date_text(cal_date_of_days(ledger_day_at(wall_s(t))), text);
        T_STR(days[i].name, str_of(text), days[i].day);
    }
}
END_TEST

static void open_ledger(struct ledger *l)
{
    const int64_t limits[LEDGER_BUCKETS] = { 3, 2, 1 };
    ledger_init(l, limits, T_START);
}

START_TEST(a_bucket_ends_at_its_limit)
{
    static struct ledger l;
    open_ledger(&l);
    const int64_t limits[LEDGER_BUCKETS] = { 3, 2, 1 };
    for (int b = 0; b < LEDGER_BUCKETS; b++)
        for (int64_t i = 0; i < 5; i++)
            T_I64("charged", ledger_charge(&l, b, 1, T_START), i < limits[b]);
    for (int b = 0; b < LEDGER_BUCKETS; b++) {
        const struct ledger_count *c = &l.days[0].bucket[b];
        T_I64("spent", c->spent, limits[b]);
        T_I64("requests", c->requests, 5);
        T_I64("refused", c->refused, 5 - limits[b]);
    }
    T_TRUE("the next day is new", ledger_charge(&l, 0, 1, T_START + 86400));
    T_TRUE("the old one stays full", !ledger_charge(&l, 0, 1, T_START));
    ledger_fini(&l);
}
END_TEST

START_TEST(days_are_bounded)
{
    static struct ledger l;
    open_ledger(&l);
    for (int64_t i = 0; i < LEDGER_DAYS_MAX + 5; i++)
        T_TRUE("charged", ledger_charge(&l, 0, 1, T_START + i * 86400));
    T_U64("days", l.n, LEDGER_DAYS_MAX);
    for (size_t i = 1; i < l.n; i++)
        T_TRUE("in order", l.days[i - 1].day < l.days[i].day);
    T_I64("the oldest are dropped", l.days[0].day, ledger_day_at(T_START) + 5);
    T_TRUE("a day before all of them",
           ledger_charge(&l, 0, 1, T_START - 86400 * 9));
    T_U64("days", l.n, LEDGER_DAYS_MAX);
    ledger_fini(&l);
}
END_TEST

static void *charge_many(void *arg)
{
    intptr_t charged = 0;
    for (int i = 0; i < 2000; i++)
        charged += ledger_charge(arg, LEDGER_GENERAL, 1, T_START);
    return (void *)charged;
}

START_TEST(threads_cannot_overspend)
{
    static struct ledger l;
    const int64_t limits[LEDGER_BUCKETS] = { 5000, 0, 0 };
    enum { THREADS = 4 };
    pthread_t t[THREADS];
    ledger_init(&l, limits, T_START);
    for (int i = 0; i < THREADS; i++)
        ck_assert(pthread_create(&t[i], NULL, charge_many, &l) == 0);
    intptr_t charged = 0;
    for (int i = 0; i < THREADS; i++) {
        void *n;
        pthread_join(t[i], &n);
        charged += (intptr_t)n;
    }
    T_I64("charged in all", charged, 5000);
    T_I64("spent", l.days[0].bucket[0].spent, 5000);
    ledger_fini(&l);
}
END_TEST

START_TEST(the_document_tells_the_day_and_all_days)
{
    static struct ledger l;
    struct buf b = BUF_INIT(1 << 20);
    struct jsonr *v;
    struct err e = ERR_INIT;
    uint64_t n = 99;
    const int64_t start = T_START;
    open_ledger(&l);
    ck_assert(ledger_charge(&l, LEDGER_GENERAL, 1, T_START));
    ledger_invalid(&l, LEDGER_GENERAL, T_START);
    ck_assert(ledger_charge(&l, LEDGER_GENERAL, 1, T_START + 86400));
    ledger_json(&l, NULL, &b);
    T_OK(jsonr_open(&v, buf_view(&b), &e), &e);
    T_STR("the day of the latest request", t_text(v, "day"), "2026-11-21");
    ck_assert(jsonr_u64(jsonr_get(v, "days.2026-11-20.general.invalid"), &n));
    T_U64("invalid", n, 1);
    ck_assert(jsonr_u64(jsonr_get(v, "general.limit"), &n));
    T_U64("limit", n, 3);
    jsonr_close(v);
    buf_reset(&b);
    ledger_json(&l, &start, &b);
    T_OK(jsonr_open(&v, buf_view(&b), &e), &e);
    T_STR("the day that was asked for", t_text(v, "day"), "2026-11-20");
    jsonr_close(v);
    buf_fini(&b);
    ledger_fini(&l);
}
END_TEST

T_SUITE("sim.ledger", 60, the_day_is_californias, a_bucket_ends_at_its_limit,
        days_are_bounded, threads_cannot_overspend,
        the_document_tells_the_day_and_all_days)
