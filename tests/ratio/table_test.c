/*
 * tests/ratio/table_test.c - edges, priors by hand, exact counts of every
 * top, and frozen tables.
 */
#include "tests/t.h"
#include "ratio/ratio.h"
#include "tests/ratio/oracle.h"
#include "tests/ratio/sets.h"

#include <math.h>

/* ---- edges ---- */

/* Rows with @views[i] views each, @times[i] times. */
static struct ratio_table *table_of(const uint64_t *views, const size_t *times,
                                    size_t n, uint32_t n_min)
{
    static uint64_t id[100000], v[100000];
    static uint32_t q[100000];
    struct ratio_rows rows = { 0, id, v, v, v };
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < times[i]; j++) {
            id[rows.n] = rows.n;
            v[rows.n++] = views[i];
        }
    }
    struct ratio_options o = RATIO_OPTIONS_INIT;
    o.n_min = n_min;
    struct ratio_table *t;
    struct err e = ERR_INIT;
    T_OK(ratio_rank(&o, RATIO_LIKES_VIEWS, &rows, NULL, q, &t, &e), &e);
    return t;
}

START_TEST(edges_by_hand)
{
    static const struct {
        const char *name;
        size_t times[4]; /* rows with 10, 20, 300 and 301 views */
        size_t n_buckets;
        uint64_t n[4];
        uint32_t last_cell[4];
    } rows[] = {
        { "nobody: no bucket", { 0 }, 0, { 0 }, { 0 } },
        { "one row: one bucket", { 0, 1, 0, 0 }, 1, { 1 }, { 7423 } },
        { "fewer than n_min: one bucket",
          { 50, 49, 0, 0 },
          1,
          { 99 },
          { 7423 } },
        { "n_min, but too few remain: one bucket",
          { 100, 99, 0, 0 },
          1,
          { 199 },
          { 7423 } },
        { "n_min and n_min remain: two",
          { 100, 100, 0, 0 },
          2,
          { 100, 100 },
          { 10, 7423 } },
        { "one short: waits for the next cell",
          { 99, 100, 100, 0 },
          2,
          { 199, 100 },
          { 20, 7423 } },
        { "300 and 301 share a cell",
          { 100, 100, 60, 60 },
          3,
          { 100, 100, 120 },
          { 10, 20, 7423 } },
        { "the last one takes what is left",
          { 100, 100, 50, 0 },
          2,
          { 100, 150 },
          { 10, 7423 } },
    };
    static const uint64_t views[4] = { 10, 20, 300, 301 };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ratio_table *t = table_of(views, rows[i].times, 4, 100);
        T_U64(rows[i].name, t->n_buckets, rows[i].n_buckets);
        for (size_t b = 0; b < t->n_buckets; b++) {
            T_U64(rows[i].name, t->buckets[b].n, rows[i].n[b]);
            T_U64(rows[i].name, t->buckets[b].cell_max, rows[i].last_cell[b]);
        }
        ratio_table_close(t);
    }
}
END_TEST

START_TEST(every_views_has_its_bucket)
{
    static const uint64_t views[3] = { 10, 20, 300 };
    static const size_t times[3] = { 100, 100, 100 };
    struct ratio_table *t = table_of(views, times, 3, 100);
    T_U64("the first begins at 0", t->buckets[0].views_min, 0);
    T_U64("ends with its cell", t->buckets[0].views_max, 10);
    T_U64("the next begins behind", t->buckets[1].views_min, 11);
    T_U64("the last holds everything above", t->buckets[2].views_max,
          UINT64_MAX);
    static const struct {
        uint64_t views;
        size_t bucket;
    } rows[] = { { 0, 0 },
                 { 10, 0 },
                 { 11, 1 },
                 { 20, 1 },
                 { 21, 2 },
                 { 300, 2 },
                 { UINT64_MAX - 1, 2 } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        T_TRUE("bucket of views", ratio_bucket_of(t, rows[i].views) ==
                                      &t->buckets[rows[i].bucket]);
    ratio_table_close(t);
    t = table_of(views, times, 0, 100);
    T_TRUE("an empty table has none", !ratio_bucket_of(t, 5));
    ratio_table_close(t);
}
END_TEST

/* ---- priors ---- */

START_TEST(priors_by_hand)
{
    static const struct {
        const char *name;
        size_t n;
        uint64_t likes[3], dislikes[3];
        double alpha, beta;
    } rows[] = {
        /* mu 1/2, rho ((2.5 - 2)/.25 - 1) / (8 - 4 - 1) = 1/3, M 2 */
        { "3:1 and 1:3", 2, { 3, 1 }, { 1, 3 }, 1, 1 },
        /* rho 199/99, clipped to 1/2: M 1 */
        { "all or nothing", 2, { 100, 0 }, { 0, 100 }, .5, .5 },
        /* rho -1/3, clipped to 1e-4: M 9999 */
        { "no spread at all", 2, { 2, 2 }, { 2, 2 }, 4999.5, 4999.5 },
        { "one row tells no spread", 1, { 3 }, { 1 }, 9999 * .75, 9999 * .25 },
        { "one vote each tells no spread",
          3,
          { 1, 1, 0 },
          { 0, 0, 1 },
          9999 * (2. / 3),
          9999 * (1 - 2. / 3) },
        /* mu clipped to 1e-9 of the ends */
        { "nobody likes", 2, { 0, 0 }, { 5, 7 }, 1e-9, 1 - 1e-9 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        static const uint64_t id[3] = { 1, 2, 3 }, views[3] = { 50, 50, 50 };
        struct ratio_rows set = { rows[i].n, id, views, rows[i].likes,
                                  rows[i].dislikes };
        const struct ratio_options o = RATIO_OPTIONS_INIT;
        struct ratio_table *t;
        struct err e = ERR_INIT;
        uint32_t q[3];
        T_OK(ratio_rank(&o, RATIO_LIKES_DISLIKES, &set, NULL, q, &t, &e), &e);
        double sum = t->buckets[0].alpha + t->buckets[0].beta;
        double want = rows[i].alpha + rows[i].beta;
        if (rows[i].alpha == 1e-9) /* rho depends on the clip: only mu */
            ck_assert_msg(t->buckets[0].alpha / sum == 1e-9, "%s",
                          rows[i].name);
        else
            ck_assert_msg(
                fabs(t->buckets[0].alpha - rows[i].alpha) < 1e-12 * want &&
                    fabs(t->buckets[0].beta - rows[i].beta) < 1e-12 * want,
                "%s: %.17g %.17g", rows[i].name, t->buckets[0].alpha,
                t->buckets[0].beta);
        ratio_table_close(t);
    }
}
END_TEST

/* ---- quantiles and thresholds ---- */

START_TEST(quantiles_by_hand)
{
    /* a hundred rows with 1000 views and 1 … 100 likes */
    static uint64_t id[100], views[100], likes[100];
    static uint32_t q[100];
    for (uint64_t i = 0; i < 100; i++) {
        id[i] = i;
        views[i] = 1000;
        likes[i] = 1 + i * 37 % 100;
    }
    struct ratio_rows rows = { 100, id, views, likes, views };
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    struct ratio_table *t;
    struct err e = ERR_INIT;
    T_OK(ratio_rank(&o, RATIO_LIKES_VIEWS, &rows, NULL, q, &t, &e), &e);
    const struct ratio_bucket *b = &t->buckets[0];
    for (int i = 0; i < RATIO_QUANTILES; i++)
        T_TRUE("p % of rows are at most the p-th of a hundred",
               b->quantile[i] == (double)ratio_quantile_percent[i] / 1000);
    static const uint64_t last_likes[] = { 0, 100, 96, 91, 81, 51 };
    T_TRUE(".1 % of a hundred is nobody", !b->threshold[0].some);
    for (int i = 1; i < RATIO_THRESHOLDS; i++)
        T_U64("the last one selected", b->threshold[i].key,
              ratio_key(last_likes[i], 1000, 0, 0));
    ratio_table_close(t);
}
END_TEST

/* ---- G1 ---- */

START_TEST(every_top_selects_its_share)
{
    static const uint64_t tenths[] = { 1,   5,   10,  50,  100,
                                       200, 333, 500, 999, 1000 };
    enum { N = 20000 };
    static uint32_t q[N];
    struct err e = ERR_INIT;
    for (int which = 0; which < SETS; which++) {
        struct set s;
        struct ratio_table *t;
        struct ratio_options o = RATIO_OPTIONS_INIT;
        o.n_min = 7 + 100 * (uint32_t)which;
        set_init(&s, which, RATIO_LIKES_DISLIKES, N, 3);
        T_OK(ratio_rank(&o, RATIO_LIKES_DISLIKES, &s.rows, NULL, q, &t, &e),
             &e);
        size_t *selected = calloc(t->n_buckets + 1, sizeof(*selected));
        for (size_t x = 0; x < ARRAY_LEN(tenths); x++) {
            for (size_t i = 0; i < N; i++)
                if (q[i] != RATIO_NO_RANK &&
                    ratio_in_top(q[i], (double)tenths[x] / 10))
                    selected[ratio_bucket_of(t, s.views[i]) - t->buckets]++;
            for (size_t b = 0; b < t->n_buckets; b++) {
                /* |selected - n x / 100| <= 1/2, in integers */
                int64_t off = (int64_t)(selected[b] * 1000) -
                              (int64_t)(t->buckets[b].n * tenths[x]);
                ck_assert_msg(off >= -500 && off <= 500,
                              "%s: top %g %% of %llu rows selects %zu",
                              set_names[which], (double)tenths[x] / 10,
                              (unsigned long long)t->buckets[b].n, selected[b]);
                selected[b] = 0;
            }
        }
        free(selected);
        ratio_table_close(t);
        set_fini(&s);
    }
}
END_TEST

/* ---- frozen ---- */

START_TEST(frozen_tables_match_the_oracle)
{
    enum { N = 6000 };
    static uint32_t q[N];
    struct err e = ERR_INIT;
    char why[200];
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    struct ratio_options ignored = { 1, 4, 9, 3 };
    for (int which = 0; which < SETS; which++) {
        for (int r = 0; r < RATIO_COUNT; r++) {
            enum ratio_id id = (enum ratio_id)r;
            struct set old, now;
            struct ratio_table *frozen, *t;
            struct oracle want_old, want;
            set_init(&old, which, id, N, 21);
            set_init(&now, (which + 1) % SETS, id, N / 2, 22);
            T_OK(ratio_rank(&o, id, &old.rows, NULL, q, &frozen, &e), &e);
            T_OK(ratio_rank(&ignored, id, &now.rows, frozen, q, &t, &e), &e);
            oracle_rank(&want_old, &o, id, &old.rows, NULL);
            oracle_rank(&want, &o, id, &now.rows, &want_old);
            uint64_t wrong = oracle_compare(&want, N / 2, q, t, why);
            ck_assert_msg(wrong == 0, "%s, %s: %s", set_names[which],
                          ratio_pair(id), why);
            T_U64("options are the frozen ones", t->n_min, o.n_min);
            T_U64("options are the frozen ones", t->mantissa_bits, 7);
            oracle_fini(&want_old);
            oracle_fini(&want);
            ratio_table_close(frozen);
            ratio_table_close(t);
            set_fini(&old);
            set_fini(&now);
        }
    }
}
END_TEST

START_TEST(an_empty_frozen_table_ranks_nobody)
{
    uint64_t one = 1;
    struct ratio_rows rows = { 1, &one, &one, &one, &one };
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    struct ratio_table none = { .ratio = RATIO_LIKES_VIEWS,
                                .n_min = 1000,
                                .mantissa_bits = 7,
                                .min_votes = 1 };
    struct ratio_table *t;
    struct err e = ERR_INIT;
    uint32_t q = 0;
    T_OK(ratio_rank(&o, RATIO_LIKES_VIEWS, &rows, &none, &q, &t, &e), &e);
    T_U64("no rank", q, RATIO_NO_RANK);
    T_U64("but eligible", t->eligible, 1);
    ratio_table_close(t);
}
END_TEST

/* What a rank epoch damaged in the store could hold: all but one thing of
 * each row is right. Cell 7423 is the last of seven mantissa bits. */
/* clang-format off */
static const struct {
    const char *name;
    enum ratio_id ratio;
    uint32_t m;
    struct ratio_bucket b[2];
} damaged[] = {
    { "another ratio", RATIO_COMMENTS_VIEWS, 7,
      { { .cell_max = 9 },
        { .cell_min = 10, .cell_max = 7423 } } },
    { "impossible cells", RATIO_LIKES_DISLIKES, 40,
      { { .cell_max = 9, .alpha = 1, .beta = 1 },
        { .cell_min = 10, .cell_max = 7423, .alpha = 1, .beta = 1 } } },
    { "does not begin at 0", RATIO_LIKES_DISLIKES, 7,
      { { .cell_min = 1, .cell_max = 9, .alpha = 1, .beta = 1 },
        { .cell_min = 10, .cell_max = 7423, .alpha = 1, .beta = 1 } } },
    { "a gap", RATIO_LIKES_DISLIKES, 7,
      { { .cell_max = 9, .alpha = 1, .beta = 1 },
        { .cell_min = 11, .cell_max = 7423, .alpha = 1, .beta = 1 } } },
    { "an overlap", RATIO_LIKES_DISLIKES, 7,
      { { .cell_max = 9, .alpha = 1, .beta = 1 },
        { .cell_min = 9, .cell_max = 7423, .alpha = 1, .beta = 1 } } },
    { "ends before it begins", RATIO_LIKES_DISLIKES, 7,
      { { .cell_max = 9, .alpha = 1, .beta = 1 },
        { .cell_min = 10, .cell_max = 8, .alpha = 1, .beta = 1 } } },
    { "ends before the last cell", RATIO_LIKES_DISLIKES, 7,
      { { .cell_max = 9, .alpha = 1, .beta = 1 },
        { .cell_min = 10, .cell_max = 7422, .alpha = 1, .beta = 1 } } },
    { "ends behind the last cell", RATIO_LIKES_DISLIKES, 7,
      { { .cell_max = 9, .alpha = 1, .beta = 1 },
        { .cell_min = 10, .cell_max = 7424, .alpha = 1, .beta = 1 } } },
    { "no prior", RATIO_LIKES_DISLIKES, 7,
      { { .cell_max = 9, .alpha = 1, .beta = 1 },
        { .cell_min = 10, .cell_max = 7423 } } },
    { "an infinite prior", RATIO_LIKES_DISLIKES, 7,
      { { .cell_max = 9, .alpha = INFINITY, .beta = 1 },
        { .cell_min = 10, .cell_max = 7423, .alpha = 1, .beta = 1 } } },
    { "a prior that is no number", RATIO_LIKES_DISLIKES, 7,
      { { .cell_max = 9, .alpha = 1, .beta = NAN },
        { .cell_min = 10, .cell_max = 7423, .alpha = 1, .beta = 1 } } },
};
/* clang-format on */

START_TEST(damaged_frozen_tables_are_refused)
{
    uint64_t one = 1;
    struct ratio_rows set = { 1, &one, &one, &one, &one };
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
        struct ratio_bucket b[2] = { damaged[i].b[0], damaged[i].b[1] };
        struct ratio_table frozen = { .ratio = damaged[i].ratio,
                                      .n_min = 1000,
                                      .mantissa_bits = damaged[i].m,
                                      .min_votes = 1,
                                      .n_buckets = 2,
                                      .buckets = b };
        struct err e = ERR_INIT;
        uint32_t q = 42;
        T_RC(damaged[i].name,
             ratio_rank(&o, RATIO_LIKES_DISLIKES, &set, &frozen, &q, NULL, &e),
             RC_INPUT, &e);
        T_U64("q untouched", q, 42);
    }
}
END_TEST

T_SUITE("table", 300, edges_by_hand, every_views_has_its_bucket, priors_by_hand,
        quantiles_by_hand, every_top_selects_its_share,
        frozen_tables_match_the_oracle, an_empty_frozen_table_ranks_nobody,
        damaged_frozen_tables_are_refused)
