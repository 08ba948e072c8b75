/*
 * base/pool.h - worker threads over one bounded queue, stopped in stages.
 *
 * Stages: pool_drain() takes no new work and waits until all is done;
 * pool_cancel() takes no new work and drops what has not begun (through
 * @drop); pool_close() joins and frees. Order: drain or cancel, then close.
 */
#ifndef SVF_BASE_POOL_H
#define SVF_BASE_POOL_H

#include "base/attr.h"
#include "base/err.h"

#include <stddef.h>

struct pool; /* opaque */

struct pool_options {
    const char *name; /* thread name, at most 11 bytes */
    int threads;      /* [1, 256] */
    size_t queue_cap; /* waiting items, >= 1 */
    /* Do @item (taken) on worker @worker of [0, threads). */
    void (*work)(void *ctx, int worker, void *item);
    /* Free an item that was never begun; may be NULL. */
    void (*drop)(void *ctx, void *item);
    void *ctx; /* borrowed */
};

int pool_open(struct pool **ret, const struct pool_options *o,
              struct err *e) MUST_CHECK;
/* Hand over @item (taken); waits while full. RC_CANCELLED when stopping. */
int pool_put(struct pool *p, void *item) MUST_CHECK;
/* Wait until nothing is queued or running; new work may still be put, also
 * by the workers themselves (try_put inside a worker never waits). */
void pool_wait_idle(struct pool *p);
int pool_try_put(struct pool *p, void *item) MUST_CHECK;
void pool_drain(struct pool *p);
void pool_cancel(struct pool *p);
void pool_close(struct pool *p);

#endif
