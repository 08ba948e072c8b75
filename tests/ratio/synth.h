/*
 * tests/ratio/synth.h - made-up videos in the proportions of real ones, for
 * tests of uniformity and for bench/ratio.c.
 */
#ifndef SVF_TESTS_RATIO_SYNTH_H
#define SVF_TESTS_RATIO_SYNTH_H

#include <stddef.h>
#include <stdint.h>

/* Columns of @n videos; RATIO_UNKNOWN as in ratio.h. */
struct synth {
    size_t n;
    uint64_t *id, *views, *likes, *dislikes, *comments;
};

/* Fill @ret; the same seed gives the same videos. @comments: also those
 * (else NULL). Aborts when memory ends. */
void synth_init(struct synth *ret, size_t n, uint64_t seed, int comments);
void synth_fini(struct synth *s);

#endif
