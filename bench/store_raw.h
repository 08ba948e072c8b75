/*
 * bench/store_raw.h - the bound of a sqlite: store: bare sqlite3 with the
 * same settings and tables, told by hand-written statements to do the least
 * that the same verb must do. It merges, checks and fences nothing.
 */
#ifndef SVF_BENCH_STORE_RAW_H
#define SVF_BENCH_STORE_RAW_H

#include "schema/schema.h"

struct raw; /* opaque */

/* All end the program with a sentence when something fails. */
struct raw *raw_open(const char *path);
void raw_close(struct raw *r);
/* Insert rows, texts and changes; one transaction. */
void raw_load(struct raw *r, const struct video *v, size_t n);
/* Update the counts by id, insert changes; one transaction. */
void raw_refresh(struct raw *r, const struct video *v, size_t n);
/* Read all columns of @n ids; returns the sum of their views. */
uint64_t raw_get(struct raw *r, const uint64_t (*keys)[2], size_t n);
/* Read id and four counts of all rows; returns the number of rows. */
uint64_t raw_scan(struct raw *r);
/* Read the keys of the newest @n changes; returns how many there were. */
uint64_t raw_changes(struct raw *r, uint64_t n);

#endif
