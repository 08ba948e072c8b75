/*
 * tests/ratio/synth.c - made-up videos.
 *
 * log10 of the views is a mixture of three normals (median about 1.4 k, 16
 * at the tenth percentile, 6 M at the 99th); the true like rate falls from
 * 8 % to 0.7 % over the range of views, likes/dislikes from 70 to 16, both
 * with a log-normal spread; the counts are drawn from those rates, so small
 * videos have few likes and many ties. 15 % of dislikes and 3 % of likes are
 * unknown.
 */
#include "tests/ratio/synth.h"

#include "base/rnd.h"
#include "ratio/ratio.h"

#include <math.h>
#include <stdlib.h>

static double normal(struct rnd *r)
{
    double u = 1 - rnd_f64(r);
    double v = rnd_f64(r);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static double log_views(struct rnd *r)
{
    double part = rnd_f64(r);
    if (part < .42)
        return 1.69 + .63 * normal(r);
    return part < .77 ? 3.8 + .85 * normal(r) : 5.15 + .95 * normal(r);
}

/* Poisson by multiplication where that is short, else by the normal. */
static uint64_t count_of(struct rnd *r, double mean)
{
    if (mean > 30)
        return (uint64_t)fmax(0, mean + sqrt(mean) * normal(r) + .5);
    double left = exp(-mean);
    uint64_t n = 0;
    for (double x = rnd_f64(r); x > left; x *= rnd_f64(r))
        n++;
    return n;
}

static void fill_row(struct synth *s, size_t i, uint64_t seed)
{
    struct rnd r;
    rnd_init(&r, rnd_mix(seed) + i * 977);
    double views = floor(pow(10, log_views(&r)));
    double rate = .08 * pow(views + 1, -.15) * exp(.6 * normal(&r));
    double odds = 70 * pow(views + 1, -.09) * exp(.8 * normal(&r));
    uint64_t v = (uint64_t)views;
    uint64_t likes = count_of(&r, fmin(1, rate) * views);
    s->id[i] = rnd_mix(i ^ seed << 40);
    s->views[i] = v;
    s->likes[i] = likes < v ? likes : v;
    s->dislikes[i] = count_of(&r, fmin(1, rate / odds) * views);
    if (s->comments)
        s->comments[i] = count_of(&r, fmin(1, rate / 10) * views);
    if (rnd_below(&r, 100) < 3)
        s->likes[i] = RATIO_UNKNOWN;
    if (rnd_below(&r, 100) < 15)
        s->dislikes[i] = RATIO_UNKNOWN;
}

static uint64_t *column(size_t n)
{
    uint64_t *p = malloc(n * sizeof(*p) + 1);
    if (!p)
        abort();
    return p;
}

void synth_init(struct synth *ret, size_t n, uint64_t seed, int comments)
{
    *ret = (struct synth){ .n = n,
                           .id = column(n),
                           .views = column(n),
                           .likes = column(n),
                           .dislikes = column(n),
                           .comments = comments ? column(n) : NULL };
    for (size_t i = 0; i < n; i++)
        fill_row(ret, i, seed);
}

void synth_fini(struct synth *s)
{
    free(s->id);
    free(s->views);
    free(s->likes);
    free(s->dislikes);
    free(s->comments);
}
