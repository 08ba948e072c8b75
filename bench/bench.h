/*
 * bench/bench.h - what the programs of bench/ share: options, repeated runs,
 * and the one JSON document that each prints.
 */
#ifndef SVF_BENCH_BENCH_H
#define SVF_BENCH_BENCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_options {
    uint64_t n; /* size of the dataset */
    uint64_t seed;
    int runs;   /* counted runs */
    bool quick; /* small and few: to see that it works */
};

struct bench; /* opaque */

/*
 * Begin bench @name: reads --n, --seed, --runs, --quick, --json from @argv;
 * exits with 64 after a sentence when they are wrong. @n_default is the size
 * without --n (a tenth of it, at least 1000, with --quick).
 */
struct bench *bench_begin(const char *name, int argc, char **argv,
                          uint64_t n_default);
const struct bench_options *bench_options(const struct bench *b);

/* End the program with a sentence: what was to be measured did not work. */
_Noreturn void bench_give_up(const char *why);
/* The same with the sentence of @e, unless @rc is RC_OK. */
void bench_must(int rc, const struct err *e);
/* Zeroed memory for @n things of @size bytes; free() it. Never NULL. */
void *bench_alloc(size_t n, size_t size);

/* CPU seconds of this process, all threads; wall seconds. */
double bench_cpu(void);
double bench_wall(void);
/* Both, to take the difference of. */
struct bench_time {
    double cpu, wall;
};
struct bench_time bench_now(void);

/* Add one observation of result @name; min, median, max come from all of
 * them. @unit "us/video", "videos/s", "bytes/video", "s". */
void bench_result(struct bench *b, const char *name, const char *unit,
                  double value);
/* The same for a peer or bound measured in the same run. */
void bench_peer(struct bench *b, const char *name, const char *unit,
                double value);
/* A figure that must be exact: oracleMismatches, checksums, counts. */
void bench_check(struct bench *b, const char *name, uint64_t value);

/* Print table (stderr) and JSON (stdout), free, and return the exit code:
 * 0, or 1 when a check named oracleMismatches is not 0. */
int bench_end(struct bench *b);

#endif
