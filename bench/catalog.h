/*
 * bench/catalog.h - made-up videos with text, for benches of the store.
 * Every fact is a function of seed, number and edition.
 */
#ifndef SVF_BENCH_CATALOG_H
#define SVF_BENCH_CATALOG_H

#include "schema/schema.h"

struct catalog; /* opaque */

/* Ends the program when memory does. */
struct catalog *catalog_open(uint64_t seed);
void catalog_close(struct catalog *c);

/* Number of video @i; no two of a seed are equal. */
uint64_t catalog_id(const struct catalog *c, uint64_t i);

/*
 * Video @i as a full answer tells it: counts, times, and about 450 bytes of
 * title, description, tags and channel. The text is the catalogue's.
 */
struct video catalog_video(const struct catalog *c, uint64_t i);

/* What a refresh tells: the counts alone. A later @edition (from 1) has
 * larger ones; edition 0 is what catalog_video() tells. */
struct video catalog_counts(const struct catalog *c, uint64_t i,
                            unsigned edition);

/* One number of id and counts; summed over videos it tells whether a set
 * of them, in any order, is the one expected. */
uint64_t catalog_digest(const struct video *v);

#endif
