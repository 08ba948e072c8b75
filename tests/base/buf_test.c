/* tests/base/buf_test.c - bounded growth, sticky failure; arena alike. */
#include "base/arena.h"
#include "base/buf.h"
#include "tests/t.h"

#include <stdalign.h>

START_TEST(fits_exactly_or_fails)
{
    static const struct {
        const char *name;
        size_t n;
        int rc;
    } rows[] = {
        { "one below the bound", 9, RC_OK },
        { "the bound", 10, RC_OK },
        { "one above the bound", 11, RC_LIMIT },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b = BUF_INIT(10);
        struct err e = ERR_INIT;
        buf_put(&b, "0123456789a", rows[i].n);
        T_RC(rows[i].name, buf_check(&b, "text", &e), rows[i].rc, &e);
        T_U64(rows[i].name, b.n, rows[i].rc ? 0 : rows[i].n);
        buf_fini(&b);
    }
}
END_TEST

START_TEST(the_first_failure_sticks_until_reset)
{
    struct buf b = BUF_INIT(4);
    struct err e = ERR_INIT;
    buf_z(&b, "abc");
    buf_z(&b, "de");
    buf_c(&b, 'f'); /* would fit, but must not follow a hole */
    T_STR("unchanged", buf_view(&b), "abc");
    ck_assert_int_eq(buf_check(&b, "the name", &e), RC_LIMIT);
    ck_assert_str_eq(e.msg, "the name exceeds 4 bytes");
    buf_reset(&b);
    buf_z(&b, "wxyz");
    ck_assert_int_eq(buf_check(&b, "x", NULL), RC_OK);
    ck_assert_str_eq(b.p, "wxyz");
    buf_fini(&b);
    ck_assert_ptr_null(b.p);
    buf_fini(NULL);
}
END_TEST

START_TEST(is_usable_again_after_fini)
{
    struct buf b = BUF_INIT(2);
    buf_z(&b, "abc");
    buf_fini(&b);
    buf_z(&b, "ab");
    T_STR("again", buf_view(&b), "ab");
    buf_fini(&b);
}
END_TEST

START_TEST(is_terminated_at_every_step)
{
    struct buf b = BUF_INIT(1 << 20);
    T_U64("nothing yet", buf_view(&b).n, 0);
    for (size_t i = 0; i < 3000; i++) {
        buf_c(&b, 'x');
        ck_assert_uint_eq(strlen(b.p), i + 1);
        ck_assert_uint_lt(b.n, b.cap);
    }
    buf_fini(&b);
    ck_assert_ptr_nonnull(buf_room(&b, 100));
    ck_assert_int_eq(b.p[0], '\0');
    buf_fini(&b);
}
END_TEST

START_TEST(writes_numbers_and_formats)
{
    struct buf b = BUF_INIT(200);
    buf_u64(&b, UINT64_MAX);
    buf_c(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_f(&b, " %s=%d", "k", 7);
    buf_str(&b, str_n(NULL, 0));
    T_STR("text", buf_view(&b),
          "18446744073709551615 -9223372036854775808 k=7");
    buf_fini(&b);
}
END_TEST

START_TEST(a_format_may_fill_the_bound)
{
    struct buf b = BUF_INIT(5);
    buf_f(&b, "%d", 12345);
    ck_assert_int_eq(b.failed, 0);
    T_STR("exact", buf_view(&b), "12345");
    buf_f(&b, "%d", 6);
    ck_assert_int_eq(b.failed, RC_LIMIT);
    T_STR("kept", buf_view(&b), "12345");
    buf_fini(&b);
}
END_TEST

START_TEST(absurd_sizes_are_refused)
{
    struct buf b = BUF_INIT(SIZE_MAX);
    buf_c(&b, 'x');
    ck_assert_ptr_null(buf_room(&b, SIZE_MAX - 1));
    ck_assert_int_eq(b.failed, RC_LIMIT);
    buf_fini(&b);
}
END_TEST

START_TEST(arena_aligns_and_keeps_places)
{
    struct arena a = ARENA_INIT(1 << 20);
    char *first = arena_take(&a, 1);
    *first = 'f';
    for (size_t i = 1; i < 2000; i++) {
        char *p = arena_take(&a, i % 100);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
        memset(p, 'x', i % 100);
    }
    ck_assert_int_eq(*first, 'f');
    arena_fini(&a);
    arena_fini(NULL);
}
END_TEST

START_TEST(arena_stops_at_its_bound)
{
    const size_t unit = alignof(max_align_t);
    struct arena a = ARENA_INIT(4 * unit);
    ck_assert_ptr_nonnull(arena_take(&a, 3 * unit));
    ck_assert_ptr_null(arena_take(&a, unit + 1));
    ck_assert_ptr_nonnull(arena_take(&a, unit));
    ck_assert_ptr_null(arena_take(&a, 1));
    ck_assert_ptr_null(arena_take(&a, SIZE_MAX));
    ck_assert_ptr_null(arena_take(&a, SIZE_MAX - unit));
    arena_reset(&a);
    ck_assert_uint_eq(a.used_bytes, 0);
    ck_assert_ptr_nonnull(arena_take(&a, 4 * unit));
    arena_fini(&a);
}
END_TEST

START_TEST(arena_takes_more_than_a_chunk)
{
    struct arena a = ARENA_INIT(64u << 20);
    char *big = arena_take(&a, 5u << 20);
    ck_assert_ptr_nonnull(big);
    memset(big, 1, 5u << 20);
    ck_assert_ptr_nonnull(arena_take(&a, 10));
    arena_reset(&a);
    ck_assert_ptr_nonnull(arena_take(&a, 10));
    arena_fini(&a);
}
END_TEST

START_TEST(arena_copies_text)
{
    struct arena a = ARENA_INIT(100);
    struct str s;
    ck_assert(arena_str(&a, STR("hello"), &s));
    T_STR("copy", s, "hello");
    ck_assert_int_eq(s.p[5], '\0');
    ck_assert(arena_str(&a, str_n(NULL, 0), &s));
    ck_assert_uint_eq(s.n, 0);
    char long_text[200] = "";
    ck_assert(!arena_str(&a, str_n(long_text, sizeof(long_text)), &s));
    arena_fini(&a);
}
END_TEST

T_SUITE("base.buf", 10, fits_exactly_or_fails,
        the_first_failure_sticks_until_reset, is_usable_again_after_fini,
        is_terminated_at_every_step, writes_numbers_and_formats,
        a_format_may_fill_the_bound, absurd_sizes_are_refused,
        arena_aligns_and_keeps_places, arena_stops_at_its_bound,
        arena_takes_more_than_a_chunk, arena_copies_text)
