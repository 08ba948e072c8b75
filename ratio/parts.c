/*
 * ratio/parts.c - the same work on every part of the rows, at once.
 *
 * Threads: one a part, started and joined inside the call; the caller's own
 * thread does part 0. No locks.
 */
#include "base/thr.h"
#include "ratio/ratio_priv.h"

struct worker {
    struct thr thr;
    void (*fn)(void *ctx, int part);
    void *ctx;
    int part;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    w->fn(w->ctx, w->part);
    return NULL;
}

void parts_run(int parts, void (*fn)(void *ctx, int part), void *ctx)
{
    struct worker w[RATIO_THREADS_MAX];
    for (int i = 1; i < parts; i++) {
        w[i] = (struct worker){ .fn = fn, .ctx = ctx, .part = i };
        if (thr_start(&w[i].thr, "ratio", work, &w[i], NULL))
            w[i].thr.started = false;
    }
    fn(ctx, 0);
    for (int i = 1; i < parts; i++) {
        if (w[i].thr.started)
            thr_join(&w[i].thr);
        else
            fn(ctx, i);
    }
}
