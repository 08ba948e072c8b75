/*
 * tests/ratio/uniform_test.c - top x % is a uniform sample over the range of
 * views: in every slice of views the share selected is nearer to x % than a
 * random draw of x % would be.
 *
 * Made-up videos, a million; slices of 200 per decade of views, neighbours
 * taken together up to 500 ranked videos; per range of views the root mean
 * square deviation over its slices against that of random sampling, and the
 * worst slice.
 */
#include "ratio/ratio.h"
#include "tests/ratio/synth.h"
#include "tests/t.h"

#include <math.h>

enum { N = 1000000, SLICES = 200 * 12, SLICE_MIN = 500 };

static size_t slice_of(uint64_t views)
{
    return (size_t)floor(200 * log10((double)views));
}

/* Sums over the slices of a range. */
struct range {
    const char *name;
    double x; /* share wanted */
    double square, random_square;
    size_t slices;
};

static void add_slice(struct range *r, size_t all, size_t selected)
{
    double off = (double)selected / (double)all - r->x;
    double random = r->x * (1 - r->x) / (double)all;
    ck_assert_msg(fabs(off) <= 6 * sqrt(random),
                  "%s: top %g %% selects %zu of %zu", r->name, 100 * r->x,
                  selected, all);
    r->square += off * off;
    r->random_square += random;
    r->slices++;
}

/* Compare the slices [from, to) at @percent. */
static void check_range(const size_t *all, const size_t *selected, size_t from,
                        size_t to, double percent, const char *name)
{
    struct range r = { .name = name, .x = percent / 100 };
    size_t n = 0, n_selected = 0;
    for (size_t i = from; i < to; i++) {
        n += all[i];
        n_selected += selected[i];
        if (n < SLICE_MIN)
            continue;
        add_slice(&r, n, n_selected);
        n = n_selected = 0;
    }
    ck_assert_msg(r.slices >= 20 && r.square <= r.random_square,
                  "%s: top %g %% is off by %.3f of a random draw, %zu slices",
                  name, percent, sqrt(r.square / r.random_square), r.slices);
}

static void check_ratio(enum ratio_id id, const struct synth *s,
                        const struct ratio_rows *rows)
{
    static const double percents[] = { .1, 1, 5, 10, 20, 50 };
    static size_t all[SLICES], selected[SLICES];
    const struct ratio_options o = RATIO_OPTIONS_INIT;
    struct err e = ERR_INIT;
    uint32_t *q = malloc(N * sizeof(*q));
    T_OK(ratio_rank(&o, id, rows, NULL, q, NULL, &e), &e);
    for (size_t p = 0; p < ARRAY_LEN(percents); p++) {
        memset(all, 0, sizeof(all));
        memset(selected, 0, sizeof(selected));
        for (size_t i = 0; i < N; i++) {
            if (q[i] == RATIO_NO_RANK || s->views[i] == 0)
                continue;
            all[slice_of(s->views[i])]++;
            selected[slice_of(s->views[i])] += ratio_in_top(q[i], percents[p]);
        }
        check_range(all, selected, 0, 400, percents[p], "below 100 views");
        check_range(all, selected, 400, 600, percents[p], "100 to 1,000");
        check_range(all, selected, 600, 1200, percents[p], "to a million");
        check_range(all, selected, 1200, SLICES, percents[p], "above");
    }
    free(q);
}

START_TEST(a_top_is_a_uniform_sample)
{
    struct synth s;
    synth_init(&s, N, 9, 0);
    struct ratio_rows likes = { N, s.id, s.views, s.likes, s.views };
    struct ratio_rows votes = { N, s.id, s.views, s.likes, s.dislikes };
    check_ratio(RATIO_LIKES_VIEWS, &s, &likes);
    check_ratio(RATIO_LIKES_DISLIKES, &s, &votes);
    synth_fini(&s);
}
END_TEST

T_SUITE("uniform", 600, a_top_is_a_uniform_sample)
