/*
 * tests/quota/read_test.c - the ledger as it is shown, the options' ranges,
 * prices, and the counters of the metrics page.
 */
#include "tests/quota/fixture.h"
#include "tests/t.h"

START_TEST(a_day_as_it_is_shown)
{
    static const struct {
        const char *name, *now;
        int64_t planned; /* of 100 */
    } rows[] = {
        { "at the reset", "2026-11-20T08:00:00Z", 0 },
        { "at noon half of it", "2026-11-20T20:00:00Z", 50 },
        { "at the end", "2026-11-21T07:59:59Z", 99 },
        { "half of 23 hours", "2026-03-08T19:30:00Z", 50 },
        { "half of 25 hours", "2026-11-01T19:30:00Z", 50 },
    };
    for (int b = 0; b < BACK_ENDS; b++) {
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            struct fixture f;
            struct quota_state s;
            struct err e = ERR_INIT;
            wall_t now = at(rows[i].now);
            fixture_init(&f, b);
            f.o.reserve[QUOTA_GENERAL] = 5;
            struct quota *q = fixture_quota(&f);
            T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
            T_OK(quota_exhausted(q, QUOTA_SEARCH, now, &e), &e);
            quota_close(q, now);
            T_OK(quota_read(&f.o, now, &s, &e), &e);
            T_I64(rows[i].name, s.bucket[0].planned, rows[i].planned);
            T_I64("spent", s.bucket[0].spent, 1);
            T_I64("limit", s.bucket[0].limit, 100);
            T_I64("reserve", s.bucket[0].reserve, 5);
            T_TRUE("open", !s.bucket[QUOTA_GENERAL].exhausted);
            T_TRUE("closed", s.bucket[QUOTA_SEARCH].exhausted);
            T_TRUE("the day holds now",
                   s.day.begins.ms <= now.ms && now.ms < s.day.ends.ms);
            fixture_fini(&f);
        }
    }
}
END_TEST

START_TEST(a_read_only_store_can_be_read)
{
    struct fixture f;
    struct quota_state s;
    struct err e = ERR_INIT;
    wall_t now = at("2026-11-20T12:00:00Z");
    fixture_init(&f, 1);
    struct quota *q = fixture_quota(&f);
    T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
    quota_close(q, now);
    struct quota_options o = f.o;
    o.store = fixture_store(&f, true);
    T_OK(quota_read(&o, now, &s, &e), &e);
    T_I64("spent", s.bucket[QUOTA_GENERAL].spent, 1);
    T_OK(quota_open(&q, &o, &e), &e);
    T_RC("but not spent from", quota_reserve(q, QUOTA_VIDEOS, false, now, &e),
         RC_DENIED, &e);
    quota_close(q, now);
    store_close(o.store);
    fixture_fini(&f);
}
END_TEST

START_TEST(projects_are_apart)
{
    struct fixture f;
    struct err e = ERR_INIT;
    wall_t now = at("2026-11-20T12:00:00Z");
    fixture_init(&f, 0);
    struct quota *q = fixture_quota(&f);
    T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
    quota_close(q, now);
    f.o.project = "other";
    T_I64("another project", fixture_spent(&f, QUOTA_GENERAL, now), 0);
    fixture_fini(&f);
}
END_TEST

START_TEST(options_out_of_range)
{
    static const struct {
        const char *name, *project;
        int64_t limit, reserve, lease;
        int rc;
    } rows[] = {
        { "ordinary", "default", 10000, 500, 20, RC_OK },
        { "no project", NULL, 10000, 500, 20, RC_CONFIG },
        { "an empty project", "", 10000, 500, 20, RC_CONFIG },
        { "a slash would name another counter", "a/b", 10000, 500, 20,
          RC_CONFIG },
        { "a blank", "a b", 10000, 500, 20, RC_CONFIG },
        { "sixty bytes",
          "123456789012345678901234567890123456789012345678901234567890", 10000,
          500, 20, RC_OK },
        { "sixty-one",
          "1234567890123456789012345678901234567890123456789012345678901",
          10000, 500, 20, RC_CONFIG },
        { "no units", "p", 0, 0, 20, RC_OK },
        { "fewer than none", "p", -1, 0, 20, RC_CONFIG },
        { "the most", "p", 1000000000, 0, 20, RC_OK },
        { "more", "p", 1000000001, 0, 20, RC_CONFIG },
        { "all is reserve", "p", 10, 10, 20, RC_OK },
        { "more than all", "p", 10, 11, 20, RC_CONFIG },
        { "less than nothing", "p", 10, -1, 20, RC_CONFIG },
        { "a lease of one", "p", 10, 0, 1, RC_OK },
        { "a lease of none", "p", 10, 0, 0, RC_CONFIG },
        { "a lease of 21", "p", 10, 0, 21, RC_CONFIG },
    };
    struct fixture f;
    fixture_init(&f, 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        struct quota_options o = f.o;
        struct quota *q = NULL;
        struct quota_state s;
        o.project = rows[i].project;
        o.limit[QUOTA_SEARCH] = rows[i].limit;
        o.reserve[QUOTA_SEARCH] = rows[i].reserve;
        o.lease_units = rows[i].lease;
        T_RC(rows[i].name, quota_open(&q, &o, &e), rows[i].rc, &e);
        T_TRUE(rows[i].name, (q != NULL) == (rows[i].rc == RC_OK));
        quota_close(q, at("2026-11-20T12:00:00Z"));
        T_RC(rows[i].name, quota_read(&o, at("2026-11-20T12:00:00Z"), &s, &e),
             rows[i].rc, &e);
    }
    fixture_fini(&f);
}
END_TEST

START_TEST(prices)
{
    static const struct {
        enum quota_method m;
        const char *name;
        enum quota_bucket b;
    } rows[] = {
        { QUOTA_VIDEOS, "videos", QUOTA_GENERAL },
        { QUOTA_CHANNELS, "channels", QUOTA_GENERAL },
        { QUOTA_PLAYLIST_ITEMS, "playlistItems", QUOTA_GENERAL },
        { QUOTA_SEARCH_LIST, "search", QUOTA_SEARCH },
        { QUOTA_BATCH_GET_STATS, "batchGetStats", QUOTA_BATCH_STATS },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        T_STR("name", str_of(quota_method_name(rows[i].m)), rows[i].name);
        T_I64(rows[i].name, quota_method_bucket(rows[i].m), rows[i].b);
        T_I64(rows[i].name, quota_method_units(rows[i].m), 1);
    }
    T_STR("bucket", str_of(quota_bucket_name(QUOTA_GENERAL)), "general");
    T_STR("bucket", str_of(quota_bucket_name(QUOTA_SEARCH)), "search");
    T_STR("bucket", str_of(quota_bucket_name(QUOTA_BATCH_STATS)), "batchStats");
}
END_TEST

static int64_t counter(const char *name)
{
    for (size_t i = 0; i < quota_counters.n; i++)
        if (strcmp(quota_counters.rows[i].name, name) == 0)
            return ctr_get(&quota_counters.rows[i]);
    ck_abort_msg("no counter %s", name);
}

START_TEST(counters_move)
{
    struct fixture f;
    struct err e = ERR_INIT;
    wall_t now = at("2026-11-20T12:00:00Z");
    int64_t general = counter("quota_general_units_total");
    int64_t search = counter("quota_search_units_total");
    int64_t batch = counter("quota_batch_stats_units_total");
    int64_t refusals = counter("quota_refusals_total");
    int64_t exhausted = counter("quota_exhausted_total");
    fixture_init(&f, 0);
    struct quota *q = fixture_quota(&f);
    T_OK(quota_reserve(q, QUOTA_VIDEOS, false, now, &e), &e);
    T_OK(quota_reserve(q, QUOTA_SEARCH_LIST, false, now, &e), &e);
    T_OK(quota_reserve(q, QUOTA_BATCH_GET_STATS, false, now, &e), &e);
    T_OK(quota_exhausted(q, QUOTA_SEARCH, now, &e), &e);
    T_OK(quota_exhausted(q, QUOTA_SEARCH, now, &e), &e);
    T_RC("closed", quota_reserve(q, QUOTA_SEARCH_LIST, false, now, &e),
         RC_LIMIT, &e);
    quota_close(q, now);
    T_I64("general", counter("quota_general_units_total"), general + 1);
    T_I64("search", counter("quota_search_units_total"), search + 1);
    T_I64("batch", counter("quota_batch_stats_units_total"), batch + 1);
    T_I64("one refusal", counter("quota_refusals_total"), refusals + 1);
    T_I64("closed once", counter("quota_exhausted_total"), exhausted + 1);
    fixture_fini(&f);
}
END_TEST

START_TEST(a_counter_of_the_ledger_is_known)
{
    static const struct {
        const char *name, *key;
        int64_t value;
        int rc;
    } rows[] = {
        { "spent units", "quota/p/general/2026-11-20", 5, RC_OK },
        { "a closed day", "quota/p/search/2026-11-20/exhausted", 1, RC_OK },
        { "the most", "quota/p/batchStats/2026-11-20", 1000000000, RC_OK },
        { "more", "quota/p/general/2026-11-20", 1000000001, RC_CORRUPT },
        { "less than none", "quota/p/general/2026-11-20", -1, RC_CORRUPT },
        { "no bucket", "quota/p/generall/2026-11-20", 1, RC_CORRUPT },
        { "no project", "quota//general/2026-11-20", 1, RC_CORRUPT },
        { "no day", "quota/p/general/2026-13-20", 1, RC_CORRUPT },
        { "too short", "quota/p/general", 1, RC_CORRUPT },
        { "another end", "quota/p/general/2026-11-20/x", 1, RC_CORRUPT },
        { "too long", "quota/p/general/2026-11-20/exhausted/x", 1, RC_CORRUPT },
    };
    struct err e = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        T_RC(rows[i].name, quota_counter_check(rows[i].key, rows[i].value, &e),
             rows[i].rc, &e);
}
END_TEST

T_SUITE("read", 60, a_counter_of_the_ledger_is_known, a_day_as_it_is_shown,
        a_read_only_store_can_be_read, projects_are_apart, options_out_of_range,
        prices, counters_move)
