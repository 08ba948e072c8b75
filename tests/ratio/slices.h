/*
 * tests/ratio/slices.h - how uniform a top x % is over the range of views.
 *
 * Slices of 200 per decade of views, neighbours taken together up to 500
 * ranked rows; in each, the share selected against x %, measured by what a
 * random draw of x % would do there.
 */
#ifndef SVF_TESTS_RATIO_SLICES_H
#define SVF_TESTS_RATIO_SLICES_H

#include <stddef.h>
#include <stdint.h>

/* Below 100 views, to 1,000, to a million, above. */
enum { SLICE_RANGES = 4 };
extern const char *const slice_range_names[SLICE_RANGES];

struct slice_range {
    size_t slices;
    double rms;   /* deviation, in units of a random draw's: < 1 is quieter */
    double worst; /* deviation of the worst slice, in its sigmas */
};

/* Measure the top @percent of @n rows with ranks @q. */
void slices_measure(const uint64_t *views, const uint32_t *q, size_t n,
                    double percent, struct slice_range ret[SLICE_RANGES]);

#endif
