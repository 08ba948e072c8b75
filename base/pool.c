/*
 * base/pool.c - workers that take from one queue.
 *
 * Rules
 *   1. open = items handed over whose work or drop has not returned; it
 *      rises before an item enters the queue and falls after it is done
 *   2. an item is given to work or to drop, exactly once, never to both
 *   3. what pool_put() refuses stays the caller's
 *
 * Threads: o.threads workers, named <name>-<number>.
 * Locks: p->mu guards `open`; the queue's lock is never taken under it.
 */
#include "base/pool.h"

#include "base/queue.h"
#include "base/thr.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS_MAX = 256 };

struct worker {
    struct pool *pool;
    int number;
    struct thr thr;
};

struct pool {
    struct pool_options o;
    struct queue *queue; /* owned */
    struct mtx mu;
    struct cnd idle;
    uint64_t open; /* rule 1; mu */
    struct worker workers[];
};

static void one_more(struct pool *p)
{
    mtx_lock(&p->mu);
    p->open++;
    mtx_unlock(&p->mu);
}

static void one_less(struct pool *p)
{
    mtx_lock(&p->mu);
    if (--p->open == 0)
        cnd_broadcast(&p->idle);
    mtx_unlock(&p->mu);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct pool *p = w->pool;
    void *item;
    while (queue_take(p->queue, &item) == RC_OK) {
        p->o.work(p->o.ctx, w->number, item);
        one_less(p);
    }
    return NULL;
}

static int start_workers(struct pool *p, struct err *e)
{
    for (int i = 0; i < p->o.threads; i++) {
        char name[24];
        snprintf(name, sizeof(name), "%.11s-%d", p->o.name, i);
        struct worker *w = &p->workers[i];
        *w = (struct worker){ .pool = p, .number = i };
        int rc = thr_start(&w->thr, name, worker_main, w, e);
        if (rc)
            return rc;
    }
    return RC_OK;
}

int pool_open(struct pool **ret, const struct pool_options *o, struct err *e)
{
    if (o->threads < 1 || o->threads > THREADS_MAX)
        return err_set(e, RC_INPUT, "%d threads are not in [1, %d]", o->threads,
                       THREADS_MAX);
    size_t n = (size_t)o->threads;
    struct pool *p = calloc(1, sizeof(*p) + n * sizeof(p->workers[0]));
    if (!p)
        return err_set(e, RC_NOMEM, "no memory for %zu workers", n);
    p->o = *o;
    mtx_init(&p->mu);
    cnd_init(&p->idle);
    int rc = queue_open(&p->queue, o->queue_cap, e);
    if (!rc)
        rc = start_workers(p, e);
    if (rc) {
        pool_close(p);
        return rc;
    }
    *ret = p;
    return RC_OK;
}

static int hand_over(struct pool *p, void *item,
                     int (*put)(struct queue *, void *))
{
    one_more(p);
    int rc = put(p->queue, item);
    if (rc)
        one_less(p);
    return rc;
}

int pool_put(struct pool *p, void *item)
{
    return hand_over(p, item, queue_put);
}

int pool_try_put(struct pool *p, void *item)
{
    return hand_over(p, item, queue_try_put);
}

void pool_wait_idle(struct pool *p)
{
    mtx_lock(&p->mu);
    while (p->open)
        cnd_wait(&p->idle, &p->mu);
    mtx_unlock(&p->mu);
}

void pool_drain(struct pool *p)
{
    queue_stop(p->queue);
    pool_wait_idle(p);
}

void pool_cancel(struct pool *p)
{
    queue_stop(p->queue);
    void *item;
    while (queue_try_take(p->queue, &item) == RC_OK) {
        if (p->o.drop)
            p->o.drop(p->o.ctx, item);
        one_less(p);
    }
}

void pool_close(struct pool *p)
{
    if (!p)
        return;
    if (p->queue)
        pool_cancel(p);
    for (int i = 0; i < p->o.threads; i++)
        thr_join(&p->workers[i].thr);
    queue_close(p->queue);
    cnd_fini(&p->idle);
    mtx_fini(&p->mu);
    free(p);
}
