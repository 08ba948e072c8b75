/* tests/base/num_test.c - numbers are read strictly or refused. */
#include "base/num.h"
#include "tests/t.h"

enum reader { U64, I64, HUMAN, BYTES };

static const struct {
    const char *name;
    enum reader reader;
    const char *text;
    int rc;
    uint64_t want; /* as bits for I64 */
} rows[] = {
    /* clang-format off */
    { "zero",                          U64, "0", RC_OK, 0 },
    { "leading zeros are digits",      U64, "007", RC_OK, 7 },
    { "one below the largest",         U64, "18446744073709551614", RC_OK, UINT64_MAX - 1 },
    { "the largest",                   U64, "18446744073709551615", RC_OK, UINT64_MAX },
    { "one above the largest",         U64, "18446744073709551616", RC_INPUT, 0 },
    { "forty nines",                   U64, "9999999999999999999999999999999999999999", RC_INPUT, 0 },
    { "empty",                         U64, "", RC_INPUT, 0 },
    { "a plus sign",                   U64, "+1", RC_INPUT, 0 },
    { "a minus sign",                  U64, "-1", RC_INPUT, 0 },
    { "a blank in front",              U64, " 1", RC_INPUT, 0 },
    { "a blank behind",                U64, "1 ", RC_INPUT, 0 },
    { "hexadecimal",                   U64, "0x10", RC_INPUT, 0 },
    { "least signed",                  I64, "-9223372036854775808", RC_OK, (uint64_t)INT64_MIN },
    { "one below the least",           I64, "-9223372036854775809", RC_INPUT, 0 },
    { "largest signed",                I64, "9223372036854775807", RC_OK, INT64_MAX },
    { "one above the largest signed",  I64, "9223372036854775808", RC_INPUT, 0 },
    { "a lone minus",                  I64, "-", RC_INPUT, 0 },
    { "minus zero",                    I64, "-0", RC_OK, 0 },
    { "two signs",                     I64, "--1", RC_INPUT, 0 },
    { "plain count",                   HUMAN, "120", RC_OK, 120 },
    { "thousands",                     HUMAN, "1k", RC_OK, 1000 },
    { "capital thousands",             HUMAN, "1K", RC_OK, 1000 },
    { "a fraction of millions",        HUMAN, "2.5M", RC_OK, 2500000 },
    { "billions",                      HUMAN, "3G", RC_OK, 3000000000u },
    { "a fraction that is not whole",  HUMAN, "0.0005k", RC_INPUT, 0 },
    { "a fraction that is just whole", HUMAN, "0.001k", RC_OK, 1 },
    { "fraction without a unit",       HUMAN, "1.5", RC_INPUT, 0 },
    { "two points",                    HUMAN, "1.2.3k", RC_INPUT, 0 },
    { "a unit alone",                  HUMAN, "k", RC_INPUT, 0 },
    { "a point alone",                 HUMAN, ".", RC_INPUT, 0 },
    { "largest with a unit",           HUMAN, "18446744073709551k", RC_OK, 18446744073709551000u },
    { "too large with a unit",         HUMAN, "18446744073709552k", RC_INPUT, 0 },
    { "digits too many for the scale", HUMAN, "0.000000000000000000000001k", RC_INPUT, 0 },
    { "unknown unit",                  HUMAN, "1T", RC_INPUT, 0 },
    { "kibibytes",                     BYTES, "64k", RC_OK, 65536 },
    { "half a mebibyte",               BYTES, "0.5M", RC_OK, 524288 },
    { "gibibytes",                     BYTES, "2G", RC_OK, 2147483648u },
    { "bytes with a letter",           BYTES, "12b", RC_INPUT, 0 },
    /* clang-format on */
};

static int read_with(enum reader reader, struct str s, uint64_t *ret,
                     struct err *e)
{
    switch (reader) {
    case U64:
        return num_u64(s, ret, e);
    case HUMAN:
        return num_human(s, ret, e);
    case BYTES:
        return num_bytes(s, ret, e);
    case I64:
        break;
    }
    int64_t v = (int64_t)*ret;
    int rc = num_i64(s, &v, e);
    *ret = (uint64_t)v;
    return rc;
}

START_TEST(reads_or_refuses)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        uint64_t v = 4242;
        T_RC(rows[i].name,
             read_with(rows[i].reader, str_of(rows[i].text), &v, &e),
             rows[i].rc, &e);
        T_U64(rows[i].name, v, rows[i].rc ? 4242 : rows[i].want);
    }
}
END_TEST

static const struct {
    const char *name, *text;
    int rc;
    double want;
} reals[] = {
    { "a fraction", "0.5", RC_OK, 0.5 },
    { "an exponent", "1e3", RC_OK, 1000 },
    { "negative", "-2.25", RC_OK, -2.25 },
    { "largest", "1.7976931348623157e308", RC_OK, 1.7976931348623157e308 },
    { "too large", "1e309", RC_INPUT, 0 },
    { "infinity by name", "inf", RC_INPUT, 0 },
    { "not a number by name", "nan", RC_INPUT, 0 },
    { "hexadecimal", "0x1p3", RC_INPUT, 0 },
    { "an exponent alone", "e5", RC_INPUT, 0 },
    { "a sign alone", "-", RC_INPUT, 0 },
    { "two numbers", "1-2", RC_INPUT, 0 },
    { "empty", "", RC_INPUT, 0 },
    { "a decimal comma", "1,5", RC_INPUT, 0 },
};

START_TEST(reads_reals)
{
    for (size_t i = 0; i < ARRAY_LEN(reals); i++) {
        struct err e = ERR_INIT;
        double v = -1;
        T_RC(reals[i].name, num_f64(str_of(reals[i].text), &v, &e), reals[i].rc,
             &e);
        ck_assert_msg(v == (reals[i].rc ? -1 : reals[i].want), "%s: %g",
                      reals[i].name, v);
    }
}
END_TEST

START_TEST(length_of_a_real_is_bounded)
{
    char text[64];
    struct err e = ERR_INIT;
    double v;
    memset(text, '0', sizeof(text));
    ck_assert_int_eq(num_f64(str_n(text, 47), &v, &e), RC_OK);
    ck_assert_int_eq(num_f64(str_n(text, 48), &v, &e), RC_INPUT);
}
END_TEST

START_TEST(a_message_quotes_at_most_40_bytes)
{
    struct err e = ERR_INIT;
    uint64_t v;
    ck_assert_int_eq(
        num_u64(STR("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"), &v,
                &e),
        RC_INPUT);
    ck_assert_str_eq(
        e.msg, "'abcdefghijklmnopqrstuvwxyzabcdefghijklmn' is not a whole "
               "number");
}
END_TEST

START_TEST(checked_arithmetic_leaves_the_result_alone)
{
    uint64_t u = 5;
    int64_t s = 5;
    size_t z = 5;
    ck_assert(num_add_u64(UINT64_MAX - 1, 1, &u) && u == UINT64_MAX);
    u = 5;
    ck_assert(!num_add_u64(UINT64_MAX, 1, &u) && u == 5);
    ck_assert(!num_mul_u64(UINT64_MAX / 2 + 1, 2, &u) && u == 5);
    ck_assert(!num_add_i64(INT64_MAX, 1, &s) && s == 5);
    ck_assert(!num_mul_i64(INT64_MIN, -1, &s) && s == 5);
    ck_assert(!num_mul_size(SIZE_MAX, 2, &z) && z == 5);
    ck_assert(num_mul_size(SIZE_MAX, 1, &z) && z == SIZE_MAX);
}
END_TEST

START_TEST(writes_what_it_reads)
{
    const uint64_t values[] = { 0, 9, 10, 99, 100, UINT64_MAX - 1, UINT64_MAX };
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        char text[20];
        uint64_t back = 1;
        size_t n = num_put_u64(text, values[i]);
        ck_assert_int_eq(num_u64(str_n(text, n), &back, NULL), RC_OK);
        T_U64("round trip", back, values[i]);
    }
}
END_TEST

T_SUITE("base.num", 10, reads_or_refuses, reads_reals,
        length_of_a_real_is_bounded, a_message_quotes_at_most_40_bytes,
        checked_arithmetic_leaves_the_result_alone, writes_what_it_reads)
