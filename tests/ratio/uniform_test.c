/*
 * tests/ratio/uniform_test.c - top x % is a uniform sample over the range of
 * views: in every range of views the shares selected are nearer to x % than
 * a random draw of x % would be, and no slice is far off. Made-up videos, a
 * million, on a seed that nothing was tuned for.
 */
#include "ratio/ratio.h"
#include "tests/ratio/slices.h"
#include "tests/ratio/synth.h"
#include "tests/t.h"

enum { N = 1000000, SLICES_LEAST = 20, SIGMAS_MOST = 6 };

static void check_top(const char *ratio, double percent,
                      const struct slice_range ranges[SLICE_RANGES])
{
    for (int i = 0; i < SLICE_RANGES; i++) {
        const struct slice_range *r = &ranges[i];
        ck_assert_msg(
            r->slices >= SLICES_LEAST && r->rms <= 1 && r->worst <= SIGMAS_MOST,
            "%s, top %g %%, %s: off by %.3f of a random draw, the "
            "worst of %zu slices by %.2f sigmas",
            ratio, percent, slice_range_names[i], r->rms, r->slices, r->worst);
    }
}

static void check_ratio(enum ratio_id id, const struct ratio_rows *rows)
{
    static const double percents[] = { .1, 1, 5, 10, 20, 50 };
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    struct err e = ERR_INIT;
    uint32_t *q = malloc(N * sizeof(*q));
    T_OK(ratio_rank(&o, id, rows, NULL, q, NULL, &e), &e);
    for (size_t p = 0; p < ARRAY_LEN(percents); p++) {
        struct slice_range ranges[SLICE_RANGES];
        slices_measure(rows->views, q, N, percents[p], ranges);
        check_top(ratio_pair(id), percents[p], ranges);
    }
    free(q);
}

START_TEST(a_top_is_a_uniform_sample)
{
    struct synth s;
    synth_init(&s, N, 9, 0);
    struct ratio_rows likes = { N, s.id, s.views, s.likes, s.views };
    struct ratio_rows votes = { N, s.id, s.views, s.likes, s.dislikes };
    check_ratio(RATIO_LIKES_VIEWS, &likes);
    check_ratio(RATIO_LIKES_DISLIKES, &votes);
    synth_fini(&s);
}
END_TEST

T_SUITE("uniform", 600, a_top_is_a_uniform_sample)
