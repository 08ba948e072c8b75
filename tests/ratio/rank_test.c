/*
 * tests/ratio/rank_test.c - ratio_rank() against the naive oracle, bit for
 * bit, on every set, ratio and size; and what must not change a bit.
 */
#include "ratio/ratio.h"
#include "tests/ratio/oracle.h"
#include "tests/ratio/sets.h"
#include "tests/t.h"

/* Rank @s with @threads and compare with the oracle. */
static void check_set(const struct set *s, enum ratio_id r,
                      const struct ratio_options *o, const char *name)
{
    size_t n = s->rows.n;
    uint32_t *q = malloc(n * sizeof(*q) + 1);
    struct ratio_table *t;
    struct oracle want;
    struct err e = ERR_INIT;
    char why[200];
    T_RC(name, ratio_rank(o, r, &s->rows, NULL, q, &t, &e), RC_OK, &e);
    oracle_rank(&want, o, r, &s->rows, NULL);
    uint64_t wrong = oracle_compare(&want, n, q, t, why);
    ck_assert_msg(wrong == 0, "%s, %s, n %zu, n_min %u, m %u: %llu wrong: %s",
                  name, ratio_pair(r), n, o->n_min, o->mantissa_bits,
                  (unsigned long long)wrong, why);
    oracle_fini(&want);
    ratio_table_close(t);
    free(q);
}

START_TEST(every_set_matches_the_oracle)
{
    static const size_t sizes[] = { 0,    1,    2,    3,    17,  999,
                                    1000, 1999, 2000, 2001, 7000 };
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    for (int which = 0; which < SETS; which++) {
        for (int r = 0; r < RATIO_COUNT; r++) {
            for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                struct set s;
                set_init(&s, which, (enum ratio_id)r, sizes[i], 1 + i);
                check_set(&s, (enum ratio_id)r, &o, set_names[which]);
                set_fini(&s);
            }
        }
    }
}
END_TEST

START_TEST(every_option_matches_the_oracle)
{
    static const struct {
        const char *name;
        struct ratio_options o;
    } rows[] = {
        { "a bucket a row", { 1, 7, 1, 2 } },
        { "small buckets", { 20, 7, 1, 2 } },
        { "coarse cells", { 100, 4, 1, 2 } },
        { "fine cells", { 100, 10, 1, 2 } },
        { "the largest n_min", { 1 << 20, 7, 1, 2 } },
        { "ten votes at least", { 100, 7, 10, 2 } },
        { "a vote minimum nobody reaches", { 100, 7, UINT64_MAX, 2 } },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (int which = 0; which < SETS; which++) {
            for (int r = 0; r < 2; r++) {
                struct set s;
                set_init(&s, which, (enum ratio_id)r, 3000, 77);
                check_set(&s, (enum ratio_id)r, &rows[i].o, rows[i].name);
                set_fini(&s);
            }
        }
    }
}
END_TEST

START_TEST(huge_counts_match_the_oracle)
{
    /* likes^2 / votes in units of 2^-16: just above 2^63, and beyond 2^64 */
    static const uint64_t likes[][3] = {
        { UINT64_C(3) << 46, UINT64_C(1) << 46, 5 },
        { UINT64_C(3) << 50, UINT64_C(1) << 50, 5 },
    };
    static const uint64_t dislikes[][3] = {
        { UINT64_C(1) << 44, UINT64_C(1) << 46, 5 },
        { UINT64_C(1) << 48, UINT64_C(1) << 50, 5 },
    };
    static const uint64_t id[3] = { 1, 2, 3 }, views[3] = { 50, 50, 50 };
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    for (size_t i = 0; i < ARRAY_LEN(likes); i++) {
        struct set s = { .rows = { 3, id, views, likes[i], dislikes[i] } };
        check_set(&s, RATIO_LIKES_DISLIKES, &o, "huge counts");
    }
}
END_TEST

START_TEST(threads_do_not_show)
{
    enum { N = 150003 }; /* rows for five parts that are not all equal */
    struct err e = ERR_INIT;
    uint32_t *one = malloc(N * sizeof(*one)), *many = malloc(N * sizeof(*one));
    for (int which = 0; which < SETS; which++) {
        for (int r = 0; r < 2; r++) {
            struct set s;
            struct ratio_table *a, *b;
            set_init(&s, which, (enum ratio_id)r, N, 5);
            struct ratio_options o = RATIO_OPTIONS_INIT;
            o.threads = 1;
            T_OK(ratio_rank(&o, (enum ratio_id)r, &s.rows, NULL, one, &a, &e),
                 &e);
            o.threads = 8;
            T_OK(ratio_rank(&o, (enum ratio_id)r, &s.rows, NULL, many, &b, &e),
                 &e);
            T_TRUE(set_names[which], memcmp(one, many, sizeof(*one) * N) == 0);
            T_U64(set_names[which], a->n_buckets, b->n_buckets);
            T_TRUE(set_names[which],
                   memcmp(a->buckets, b->buckets,
                          a->n_buckets * sizeof(*a->buckets)) == 0);
            ratio_table_close(a);
            ratio_table_close(b);
            set_fini(&s);
        }
    }
    free(one);
    free(many);
}
END_TEST

START_TEST(row_order_does_not_show)
{
    enum { N = 5000 };
    static uint32_t before[N], after[N];
    static size_t order[N];
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    struct err e = ERR_INIT;
    for (int which = 0; which < SETS; which++) {
        struct set s;
        set_init(&s, which, RATIO_LIKES_DISLIKES, N, 9);
        T_OK(ratio_rank(&o, RATIO_LIKES_DISLIKES, &s.rows, NULL, before, NULL,
                        &e),
             &e);
        set_shuffle(&s, order, 4);
        T_OK(ratio_rank(&o, RATIO_LIKES_DISLIKES, &s.rows, NULL, after, NULL,
                        &e),
             &e);
        for (size_t i = 0; i < N; i++)
            T_U64(set_names[which], after[i], before[order[i]]);
        set_fini(&s);
    }
}
END_TEST

START_TEST(equal_ids_go_by_row)
{
    uint64_t id[3] = { 7, 7, 7 }, views[3] = { 9, 9, 9 }, a[3] = { 1, 1, 1 };
    struct ratio_rows rows = { 3, id, views, a, views };
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    uint32_t q[3];
    struct err e = ERR_INIT;
    T_OK(ratio_rank(&o, RATIO_LIKES_VIEWS, &rows, NULL, q, NULL, &e), &e);
    T_TRUE("the earlier row first", q[0] < q[1] && q[1] < q[2]);
}
END_TEST

START_TEST(options_out_of_range)
{
    static const struct {
        const char *name;
        struct ratio_options o;
    } rows[] = {
        { "n_min 0", { 0, 7, 1, 2 } },
        { "n_min above 2^20", { (1 << 20) + 1, 7, 1, 2 } },
        { "three mantissa bits", { 1000, 3, 1, 2 } },
        { "eleven mantissa bits", { 1000, 11, 1, 2 } },
        { "no minimum of votes", { 1000, 7, 0, 2 } },
        { "no thread", { 1000, 7, 1, 0 } },
        { "65 threads", { 1000, 7, 1, 65 } },
    };
    uint64_t one = 1;
    struct ratio_rows set = { 1, &one, &one, &one, &one };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        uint32_t q = 42;
        struct ratio_table *t = NULL;
        T_RC(rows[i].name,
             ratio_rank(&rows[i].o, RATIO_LIKES_VIEWS, &set, NULL, &q, &t, &e),
             RC_INPUT, &e);
        T_U64("q untouched", q, 42);
        T_TRUE("no table", !t);
    }
    struct err e = ERR_INIT;
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    set.n = (size_t)INT32_MAX + 1;
    T_RC("2^31 rows",
         ratio_rank(&o, RATIO_LIKES_VIEWS, &set, NULL, NULL, NULL, &e),
         RC_INPUT, &e);
}
END_TEST

T_SUITE("rank", 300, every_set_matches_the_oracle,
        every_option_matches_the_oracle, huge_counts_match_the_oracle,
        threads_do_not_show, row_order_does_not_show, equal_ids_go_by_row,
        options_out_of_range)
