/* tests/ratio/slices.c - how uniform a top x % is over the range of views. */
#include "tests/ratio/slices.h"

#include "ratio/ratio.h"

#include <math.h>

enum {
    A_DECADE = 200,
    SLICES = A_DECADE * 20, /* 64 bits of views */
    SLICE_MIN = 500
};

const char *const slice_range_names[SLICE_RANGES] = {
    "below 100 views", "100 to 1,000", "1,000 to a million", "above a million"
};
static const size_t range_ends[SLICE_RANGES] = { 2 * A_DECADE, 3 * A_DECADE,
                                                 6 * A_DECADE, SLICES };

struct counts {
    uint32_t all[SLICES], selected[SLICES];
};

static void count(struct counts *c, const uint64_t *views, const uint32_t *q,
                  size_t n, double percent)
{
    *c = (struct counts){ .all = { 0 } };
    for (size_t i = 0; i < n; i++) {
        if (q[i] == RATIO_NO_RANK || views[i] == 0)
            continue;
        size_t at = (size_t)floor(A_DECADE * log10((double)views[i]));
        c->all[at]++;
        c->selected[at] += ratio_in_top(q[i], percent);
    }
}

/* The slices [from, to), neighbours taken together up to SLICE_MIN. */
static struct slice_range measure(const struct counts *c, size_t from,
                                  size_t to, double x)
{
    struct slice_range r = { .slices = 0 };
    double square = 0, random_square = 0;
    double n = 0, selected = 0;
    for (size_t i = from; i < to; i++) {
        n += c->all[i];
        selected += c->selected[i];
        if (n < SLICE_MIN)
            continue;
        double off = selected / n - x, variance = x * (1 - x) / n;
        square += off * off;
        random_square += variance;
        r.worst = fmax(r.worst, fabs(off) / sqrt(variance));
        r.slices++;
        n = selected = 0;
    }
    r.rms = r.slices ? sqrt(square / random_square) : 0;
    return r;
}

void slices_measure(const uint64_t *views, const uint32_t *q, size_t n,
                    double percent, struct slice_range ret[SLICE_RANGES])
{
    static _Thread_local struct counts c;
    size_t from = 0;
    count(&c, views, q, n, percent);
    for (int i = 0; i < SLICE_RANGES; i++) {
        ret[i] = measure(&c, from, range_ends[i], percent / 100);
        from = range_ends[i];
    }
}
