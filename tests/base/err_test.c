/* tests/base/err_test.c - one line, cut at its end, never lost. */
#include "tests/t.h"

#include <stdio.h>

START_TEST(fills_code_and_text)
{
    struct err e = ERR_INIT;
    e.retry_at_ms = 7;
    ck_assert_int_eq(err_set(&e, RC_INPUT, "bad '%s'", "x"), RC_INPUT);
    ck_assert_int_eq(e.code, RC_INPUT);
    ck_assert_int_eq(e.sys, 0);
    ck_assert_int_eq(e.retry_at_ms, 0);
    ck_assert_str_eq(e.msg, "bad 'x'");
    ck_assert_int_eq(err_sys(&e, RC_IO, 28, "full"), RC_IO);
    ck_assert_int_eq(e.sys, 28);
}
END_TEST

START_TEST(works_without_a_struct)
{
    ck_assert_int_eq(err_set(NULL, RC_LIMIT, "x"), RC_LIMIT);
    ck_assert_int_eq(err_sys(NULL, RC_IO, 1, "x"), RC_IO);
    ck_assert_int_eq(err_wrap(NULL, RC_DOWN, "x"), RC_DOWN);
}
END_TEST

START_TEST(wrap_puts_the_cause_behind)
{
    struct err e = ERR_INIT;
    err_sys(&e, RC_IO, 28, "disk full");
    e.retry_at_ms = 9;
    ck_assert_int_eq(err_wrap(&e, RC_CORRUPT, "write %d", 5), RC_CORRUPT);
    ck_assert_str_eq(e.msg, "write 5: disk full");
    ck_assert_int_eq(e.code, RC_CORRUPT);
    ck_assert_int_eq(e.sys, 28);
    ck_assert_int_eq(e.retry_at_ms, 9);
}
END_TEST

START_TEST(is_always_one_line)
{
    struct err e = ERR_INIT;
    err_set(&e, RC_INPUT,
            "a\nb\tc\x7f"
            "d");
    ck_assert_str_eq(e.msg, "a b c d");
    err_wrap(&e, RC_INPUT, "x\r\n");
    ck_assert_str_eq(e.msg, "x  : a b c d");
}
END_TEST

START_TEST(cuts_at_the_end)
{
    struct err e = ERR_INIT;
    char text[600];
    memset(text, 'y', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    err_set(&e, RC_INPUT, "front %s", text);
    ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
    ck_assert_int_eq(strncmp(e.msg, "front yyy", 9), 0);
    err_wrap(&e, RC_INPUT, "more");
    ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
    ck_assert_int_eq(strncmp(e.msg, "more: front yyy", 15), 0);
    err_wrap(&e, RC_INPUT, "%s", text);
    ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
    ck_assert_ptr_null(strstr(e.msg, "front"));
}
END_TEST

START_TEST(may_read_its_own_text)
{
    struct err e = ERR_INIT;
    err_set(&e, RC_INPUT, "inner");
    err_set(&e, RC_IO, "outer (%s)", e.msg);
    ck_assert_str_eq(e.msg, "outer (inner)");
}
END_TEST

START_TEST(every_code_has_its_own_name)
{
    for (int i = 0; i < RC_COUNT; i++) {
        ck_assert_ptr_nonnull(err_name(i));
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(err_name(i), err_name(j));
    }
    ck_assert_str_eq(err_name(-1), "unnamed");
    ck_assert_str_eq(err_name(RC_COUNT), "unnamed");
}
END_TEST

T_SUITE("base.err", 10, fills_code_and_text, works_without_a_struct,
        wrap_puts_the_cause_behind, is_always_one_line, cuts_at_the_end,
        may_read_its_own_text, every_code_has_its_own_name)
