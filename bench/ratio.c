/*
 * bench/ratio.c - time of ranking n made-up videos by each of the four
 * ratios, against the naive definition, and whether its goals hold.
 *
 * Results: ns of CPU (all threads) and of wall time a video, table and
 * order of the buckets included. Peer: the oracle of the tests, which sorts
 * with qsort() and shares no line with ratio/.
 * G1: in every bucket, |selected - n x/100| <= 1/2 for every x.
 * G2: in every range of views the share selected is quieter than a random
 *     draw of x % (rms <= 1, over the slices of all runs), and the worst
 *     slice within 6 sigmas; promised for the ratios of likes. Comments and
 * dislikes are so rare that below a thousand views a bucket orders those with
 * one of them by their views: measured here all the same (docs/ratio.md, "What
 * holds").
 *
 * Rules
 *   1. run i ranks videos of seed + i; each run's result is compared with
 *      the oracle's, bit for bit
 *   2. making the videos and comparing is outside the clock
 */
#include "ratio/ratio.h"

#include "base/thr.h"
#include "bench/bench.h"
#include "tests/ratio/oracle.h"
#include "tests/ratio/slices.h"
#include "tests/ratio/synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { G2_ROWS = 1000000, G2_SIGMAS = 6 };

static const uint64_t tops_in_tenths[] = { 1, 10, 50, 100, 200, 500 };
enum { TOPS = sizeof(tops_in_tenths) / sizeof(tops_in_tenths[0]) };

struct work {
    struct bench *bench;
    const struct bench_options *o;
    struct ratio_options options;
    uint32_t *q; /* owned; of the ratio at hand */
    double square[RATIO_COUNT][TOPS][SLICE_RANGES]; /* of rms, summed */
    uint64_t mismatches, g1_violations, g2_violations;
};

static void tell(struct work *w, const char *what, enum ratio_id r,
                 const char *unit, double value)
{
    char name[80];
    snprintf(name, sizeof(name), "%s, %s", ratio_pair(r), what);
    bench_result(w->bench, name, unit, value);
}

/* ---- speed ---- */

static struct ratio_table *rank(struct work *w, enum ratio_id r,
                                const struct ratio_rows *rows)
{
    struct ratio_table *t;
    struct err e = ERR_INIT;
    double cpu = bench_cpu(), wall = bench_wall();
    if (ratio_rank(&w->options, r, rows, NULL, w->q, &t, &e))
        bench_give_up(e.msg);
    tell(w, "CPU", r, "ns/video", (bench_cpu() - cpu) * 1e9 / (double)rows->n);
    tell(w, "wall", r, "ns/video",
         (bench_wall() - wall) * 1e9 / (double)rows->n);
    return t;
}

static void compare(struct work *w, enum ratio_id r,
                    const struct ratio_rows *rows, const struct ratio_table *t)
{
    struct oracle want;
    char why[200], name[80];
    double cpu = bench_cpu();
    oracle_rank(&want, &w->options, r, rows, NULL);
    snprintf(name, sizeof(name), "%s, naive oracle, CPU", ratio_pair(r));
    bench_peer(w->bench, name, "ns/video",
               (bench_cpu() - cpu) * 1e9 / (double)rows->n);
    uint64_t wrong = oracle_compare(&want, rows->n, w->q, t, why);
    if (wrong)
        fprintf(stderr, "%s: %s\n", ratio_pair(r), why);
    w->mismatches += wrong;
    oracle_fini(&want);
}

/* ---- G1 ---- */

static void measure_g1(struct work *w, enum ratio_id r,
                       const struct ratio_rows *rows,
                       const struct ratio_table *t)
{
    uint64_t *selected = bench_alloc(t->n_buckets, sizeof(*selected));
    uint64_t worst = 0; /* thousandths of a video */
    for (int x = 0; x < TOPS; x++) {
        uint32_t limit = ratio_top_limit((double)tops_in_tenths[x] / 10);
        for (size_t i = 0; i < rows->n; i++)
            if (w->q[i] <= limit)
                selected[ratio_bucket_of(t, rows->views[i]) - t->buckets]++;
        for (size_t b = 0; b < t->n_buckets; b++) {
            int64_t off = (int64_t)(selected[b] * 1000) -
                          (int64_t)(t->buckets[b].n * tops_in_tenths[x]);
            uint64_t size = (uint64_t)(off < 0 ? -off : off);
            worst = size > worst ? size : worst;
            w->g1_violations += size > 500;
            selected[b] = 0;
        }
    }
    free(selected);
    tell(w, "G1, worst bucket", r, "videos", (double)worst / 1000);
    tell(w, "buckets", r, "buckets", (double)t->n_buckets);
}

/* ---- G2 ---- */

static bool g2_promised(enum ratio_id r, size_t rows)
{
    return rows >= G2_ROWS &&
           (r == RATIO_LIKES_VIEWS || r == RATIO_LIKES_DISLIKES);
}

/* The worst over all x. */
static void measure_g2(struct work *w, enum ratio_id r,
                       const struct ratio_rows *rows)
{
    double rms[SLICE_RANGES] = { 0 }, sigmas = 0;
    for (int x = 0; x < TOPS; x++) {
        struct slice_range ranges[SLICE_RANGES];
        slices_measure(rows->views, w->q, rows->n,
                       (double)tops_in_tenths[x] / 10, ranges);
        for (int i = 0; i < SLICE_RANGES; i++) {
            w->square[r][x][i] += ranges[i].rms * ranges[i].rms;
            rms[i] = fmax(rms[i], ranges[i].rms);
            sigmas = fmax(sigmas, ranges[i].worst);
        }
    }
    for (int i = 0; i < SLICE_RANGES; i++) {
        char name[60];
        snprintf(name, sizeof(name), "G2 rms, %s", slice_range_names[i]);
        tell(w, name, r, "of random", rms[i]);
    }
    tell(w, "G2, worst slice", r, "sigmas", sigmas);
    w->g2_violations += g2_promised(r, rows->n) && sigmas > G2_SIGMAS;
}

/* All runs together; a single run's rms has noise of its own. */
static void check_g2(struct work *w)
{
    for (int r = 0; r < RATIO_COUNT; r++) {
        if (!g2_promised((enum ratio_id)r, (size_t)w->o->n))
            continue;
        for (int x = 0; x < TOPS; x++)
            for (int i = 0; i < SLICE_RANGES; i++)
                w->g2_violations += w->square[r][x][i] > w->o->runs;
    }
}

/* ---- runs ---- */

static struct ratio_rows rows_of(const struct synth *s, enum ratio_id r)
{
    const uint64_t *const above[RATIO_COUNT] = {
        [RATIO_LIKES_VIEWS] = s->likes,
        [RATIO_LIKES_DISLIKES] = s->likes,
        [RATIO_COMMENTS_VIEWS] = s->comments,
        [RATIO_DISLIKES_VIEWS] = s->dislikes,
    };
    return (struct ratio_rows){ s->n, s->id, s->views, above[r],
                                r == RATIO_LIKES_DISLIKES ? s->dislikes
                                                          : s->views };
}

static void run(struct work *w, uint64_t seed)
{
    struct synth s;
    synth_init(&s, (size_t)w->o->n, seed, 1);
    for (int r = 0; r < RATIO_COUNT; r++) {
        struct ratio_rows rows = rows_of(&s, (enum ratio_id)r);
        struct ratio_table *t = rank(w, (enum ratio_id)r, &rows);
        compare(w, (enum ratio_id)r, &rows, t);
        measure_g1(w, (enum ratio_id)r, &rows, t);
        measure_g2(w, (enum ratio_id)r, &rows);
        ratio_table_close(t);
    }
    synth_fini(&s);
}

int main(int argc, char **argv)
{
    struct bench *b = bench_begin("ratio", argc, argv, 1000000);
    struct work w = { .bench = b,
                      .o = bench_options(b),
                      .options = RATIO_OPTIONS_INIT };
    if (w.o->n > INT32_MAX)
        bench_give_up("at most 2^31 - 1 videos");
    w.options.threads = thr_cpus();
    w.q = bench_alloc((size_t)w.o->n, sizeof(*w.q));
    for (int i = 0; i < w.o->runs; i++)
        run(&w, w.o->seed + (uint64_t)i);
    check_g2(&w);
    bench_check(b, "oracleMismatches", w.mismatches);
    bench_check(b, "g1Violations", w.g1_violations);
    bench_check(b, "g2Violations", w.g2_violations);
    free(w.q);
    return bench_end(b);
}
