/* tests/schema/duration_test.c - lengths in, lengths out. */
#include "base/rnd.h"
#include "schema/schema.h"
#include "tests/t.h"

static const struct {
    const char *name;
    const char *text;
    int rc;
    uint64_t seconds;
} rows[] = {
    { "minutes and seconds", "PT21M7S", RC_OK, 1267 },
    { "hours, minutes and seconds", "PT6H10M9S", RC_OK, 22209 },
    { "seconds alone", "PT59S", RC_OK, 59 },
    { "minutes alone", "PT4M", RC_OK, 240 },
    { "hours and seconds", "PT1H1S", RC_OK, 3601 },
    { "hours and minutes", "PT1H1M", RC_OK, 3660 },
    { "a day and all below it", "P1DT2H3M4S", RC_OK, 93784 },
    { "a day and a second", "P1DT1S", RC_OK, 86401 },
    { "a day alone", "P1D", RC_OK, 86400 },
    { "weeks", "P2W", RC_OK, 1209600 },
    { "weeks with days", "P1W2DT6H21M32S", RC_OK, 800492 },
    { "live or upcoming", "P0D", RC_OK, 0 },
    { "no seconds", "PT0S", RC_OK, 0 },
    { "more seconds than a minute has", "PT90S", RC_OK, 90 },
    { "a fraction of a second is dropped", "PT1.999S", RC_OK, 1 },
    { "zeros in front", "PT007S", RC_OK, 7 },
    { "protobuf", "213s", RC_OK, 213 },
    { "protobuf with a fraction", "213.5s", RC_OK, 213 },
    { "protobuf with nanoseconds", "213.000000001s", RC_OK, 213 },
    { "protobuf zero", "0s", RC_OK, 0 },
    { "the largest number of seconds", "18446744073709551615s", RC_OK,
      UINT64_MAX },
    { "one second too many", "18446744073709551616s", RC_INPUT, 0 },
    { "hours that overflow", "PT5124095576030432H", RC_INPUT, 0 },
    { "a sum that overflows", "PT5124095576030431H18446744073709551615S",
      RC_INPUT, 0 },
    { "nothing", "", RC_INPUT, 0 },
    { "only the P", "P", RC_INPUT, 0 },
    { "a T with nothing behind it", "PT", RC_INPUT, 0 },
    { "a day and a T with nothing behind it", "P1DT", RC_INPUT, 0 },
    { "seconds on the date's side", "P1S", RC_INPUT, 0 },
    { "days on the time's side", "PT1D", RC_INPUT, 0 },
    { "units in the wrong order", "PT1S1M", RC_INPUT, 0 },
    { "a unit twice", "PT1M1M", RC_INPUT, 0 },
    { "a unit without a number", "PTM", RC_INPUT, 0 },
    { "a number without a unit", "PT5", RC_INPUT, 0 },
    { "two Ts", "PT1HT1M", RC_INPUT, 0 },
    { "years have no length", "P1Y", RC_INPUT, 0 },
    { "months have no length", "P1M", RC_INPUT, 0 },
    { "a fraction of an hour", "PT1.5H", RC_INPUT, 0 },
    { "a point without digits", "PT1.S", RC_INPUT, 0 },
    { "a point without digits in front", "PT.5S", RC_INPUT, 0 },
    { "small letters", "pt1s", RC_INPUT, 0 },
    { "a sign", "-PT1S", RC_INPUT, 0 },
    { "a sign inside", "PT-1S", RC_INPUT, 0 },
    { "a blank behind", "PT1S ", RC_INPUT, 0 },
    { "a clock face", "4:13", RC_INPUT, 0 },
    { "a bare number has no unit", "213", RC_INPUT, 0 },
    { "protobuf with a sign", "-3s", RC_INPUT, 0 },
    { "only the unit", "s", RC_INPUT, 0 },
};

START_TEST(reading)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        uint64_t s = 99;
        int rc = duration_parse(str_of(rows[i].text), &s, &e);
        T_RC(rows[i].name, rc, rows[i].rc, &e);
        T_U64(rows[i].name, s, rc ? 99 : rows[i].seconds);
    }
}
END_TEST

/* strchr() finds a terminator, so a NUL could pass for a unit. */
START_TEST(a_nul_is_no_unit)
{
    uint64_t s;
    ck_assert_int_eq(duration_parse(STR("PT1\0"), &s, NULL), RC_INPUT);
    ck_assert_int_eq(duration_parse(STR("P1\0T1S"), &s, NULL), RC_INPUT);
}
END_TEST

static const struct {
    uint64_t seconds;
    const char *iso, *clock;
} texts[] = {
    { 0, "P0D", "0:00" },
    { 1, "PT1S", "0:01" },
    { 59, "PT59S", "0:59" },
    { 60, "PT1M", "1:00" },
    { 247, "PT4M7S", "4:07" },
    { 3599, "PT59M59S", "59:59" },
    { 3600, "PT1H", "1:00:00" },
    { 3723, "PT1H2M3S", "1:02:03" },
    { 86399, "PT23H59M59S", "23:59:59" },
    { 86400, "P1D", "24:00:00" },
    { 93600, "P1DT2H", "26:00:00" },
    { UINT64_MAX, "P213503982334601DT7H15S", "5124095576030431:00:15" },
};

START_TEST(writing)
{
    struct buf b = BUF_INIT(100);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        buf_reset(&b);
        duration_put_iso(&b, texts[i].seconds);
        T_STR("ISO", buf_view(&b), texts[i].iso);
        buf_reset(&b);
        duration_put_clock(&b, texts[i].seconds);
        T_STR("clock", buf_view(&b), texts[i].clock);
    }
    buf_fini(&b);
}
END_TEST

START_TEST(what_is_written_reads_back)
{
    struct buf b = BUF_INIT(100);
    struct rnd r;
    rnd_init(&r, 7);
    for (int i = 0; i < 20000; i++) {
        uint64_t want = rnd_u64(&r) >> rnd_below(&r, 64), got;
        struct err e = ERR_INIT;
        buf_reset(&b);
        duration_put_iso(&b, want);
        T_OK(duration_parse(buf_view(&b), &got, &e), &e);
        ck_assert_uint_eq(got, want);
    }
    buf_fini(&b);
}
END_TEST

T_SUITE("schema durations", 30, reading, a_nul_is_no_unit, writing,
        what_is_written_reads_back)
