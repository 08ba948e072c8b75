/*
 * tests/t.h - a little over the Check library: checks that print the row's
 * name, and a main(). Nothing else.
 */
#ifndef SVF_TESTS_T_H
#define SVF_TESTS_T_H

#include "base/err.h"
#include "base/str.h"

#include <check.h>
#include <stdlib.h>

/* Check that @got is return code @want; print both and the error's text. */
#define T_RC(name, got, want, e)                                               \
    do {                                                                       \
        int t_got_ = (got);                                                    \
        ck_assert_msg(t_got_ == (want), "%s: got %s (%s), want %s", (name),    \
                      err_name(t_got_), (e)->msg, err_name(want));             \
    } while (0)
#define T_OK(call, e) T_RC(#call, (call), RC_OK, (e))

#define T_U64(name, got, want)                                                 \
    do {                                                                       \
        unsigned long long t_g_ = (unsigned long long)(got);                   \
        unsigned long long t_w_ = (unsigned long long)(want);                  \
        ck_assert_msg(t_g_ == t_w_, "%s: got %llu, want %llu", (name), t_g_,   \
                      t_w_);                                                   \
    } while (0)
#define T_I64(name, got, want)                                                 \
    do {                                                                       \
        long long t_g_ = (long long)(got);                                     \
        long long t_w_ = (long long)(want);                                    \
        ck_assert_msg(t_g_ == t_w_, "%s: got %lld, want %lld", (name), t_g_,   \
                      t_w_);                                                   \
    } while (0)
#define T_STR(name, got, want)                                                 \
    do {                                                                       \
        struct str t_g_ = (got);                                               \
        ck_assert_msg(str_eqz(t_g_, (want)), "%s: got '%.*s', want '%s'",      \
                      (name), STR_ARG(t_g_), (want));                          \
    } while (0)
#define T_TRUE(name, cond)                                                     \
    ck_assert_msg((cond), "%s: %s is false", (name), #cond)

/* Run @suite; CK_FORK=no in the environment keeps it in this process. */
static inline int t_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A suite of one case with these tests and @seconds each, and its main().
 * @set_up and @tear_down run in each test's process; NULL = none. */
#define T_SUITE_WITH(name, seconds, set_up, tear_down, ...)                    \
    static Suite *t_suite_(void)                                               \
    {                                                                          \
        const TTest *tests_[] = { __VA_ARGS__ };                               \
        Suite *all_ = suite_create(name);                                      \
        TCase *case_ = tcase_create(name);                                     \
        tcase_set_timeout(case_, seconds);                                     \
        tcase_add_checked_fixture(case_, set_up, tear_down);                   \
        for (size_t i = 0; i < sizeof(tests_) / sizeof(tests_[0]); i++)        \
            tcase_add_test(case_, tests_[i]);                                  \
        suite_add_tcase(all_, case_);                                          \
        return all_;                                                           \
    }                                                                          \
    int main(void)                                                             \
    {                                                                          \
        return t_run(t_suite_());                                              \
    }
#define T_SUITE(name, seconds, ...)                                            \
    T_SUITE_WITH(name, seconds, NULL, NULL, __VA_ARGS__)

#endif
