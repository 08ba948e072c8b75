/*
 * base/parts.c - the same work on every part of something, at once.
 *
 * Threads: one a part, started and joined inside the call; the caller's own
 * thread does part 0. No locks.
 */
#include "base/parts.h"

#include "base/thr.h"

_Static_assert((int)PARTS_RUN_MAX >= (int)THR_CPUS_MAX,
               "a part a processor fits");

struct worker {
    struct thr thr;
    void (*fn)(void *ctx, int part);
    void *ctx;
    int part;
    bool refused; /* no thread was to be had */
};

static void *work(void *arg)
{
    struct worker *w = arg;
    w->fn(w->ctx, w->part);
    return NULL;
}

void parts_run(const char *name, int parts, void (*fn)(void *ctx, int part),
               void *ctx)
{
    struct worker w[PARTS_RUN_MAX];
    for (int i = 1; i < parts; i++) {
        w[i] = (struct worker){ .fn = fn, .ctx = ctx, .part = i };
        w[i].refused = thr_start(&w[i].thr, name, work, &w[i], NULL) != 0;
    }
    fn(ctx, 0);
    for (int i = 1; i < parts; i++) {
        if (w[i].refused)
            fn(ctx, i);
        else
            thr_join(&w[i].thr);
    }
}
