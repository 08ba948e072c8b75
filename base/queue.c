/*
 * base/queue.c - a ring of pointers under one lock.
 *
 * Rules
 *   1. 0 <= n <= cap; items leave in the order in which they came
 *   2. after queue_stop() nothing enters; what is inside still leaves
 *
 * Locks: q->mu, held for a few instructions; no other lock is taken inside.
 */
#include "base/queue.h"

#include "base/thr.h"

#include <stdlib.h>

struct queue {
    struct mtx mu;
    struct cnd not_empty;
    struct cnd not_full;
    size_t cap;
    size_t n;      /* items inside; mu */
    size_t first;  /* slot of the oldest; mu */
    bool stopped;  /* mu */
    void *slots[]; /* mu */
};

int queue_open(struct queue **ret, size_t cap, struct err *e)
{
    if (cap < 1 || cap > (SIZE_MAX - sizeof(struct queue)) / sizeof(void *))
        return err_set(e, RC_INPUT, "a queue of %zu items", cap);
    struct queue *q = calloc(1, sizeof(*q) + cap * sizeof(q->slots[0]));
    if (!q)
        return err_set(e, RC_NOMEM, "no memory for a queue of %zu", cap);
    mtx_init(&q->mu);
    cnd_init(&q->not_empty);
    cnd_init(&q->not_full);
    q->cap = cap;
    *ret = q;
    return RC_OK;
}

void queue_close(struct queue *q)
{
    if (!q)
        return;
    cnd_fini(&q->not_full);
    cnd_fini(&q->not_empty);
    mtx_fini(&q->mu);
    free(q);
}

static int try_put_locked(struct queue *q, void *item) NEEDS(q->mu);
static int try_take_locked(struct queue *q, void **ret) NEEDS(q->mu);

static int try_put_locked(struct queue *q, void *item)
{
    if (q->stopped)
        return RC_CANCELLED;
    if (q->n == q->cap)
        return RC_AGAIN;
    q->slots[(q->first + q->n) % q->cap] = item;
    q->n++;
    cnd_signal(&q->not_empty);
    return RC_OK;
}

static int try_take_locked(struct queue *q, void **ret)
{
    if (q->n == 0)
        return q->stopped ? RC_CANCELLED : RC_AGAIN;
    *ret = q->slots[q->first];
    q->first = (q->first + 1) % q->cap;
    q->n--;
    cnd_signal(&q->not_full);
    return RC_OK;
}

int queue_put(struct queue *q, void *item)
{
    mtx_lock(&q->mu);
    int rc;
    while ((rc = try_put_locked(q, item)) == RC_AGAIN)
        cnd_wait(&q->not_full, &q->mu);
    mtx_unlock(&q->mu);
    return rc;
}

int queue_take(struct queue *q, void **ret)
{
    mtx_lock(&q->mu);
    int rc;
    while ((rc = try_take_locked(q, ret)) == RC_AGAIN)
        cnd_wait(&q->not_empty, &q->mu);
    mtx_unlock(&q->mu);
    return rc;
}

int queue_try_put(struct queue *q, void *item)
{
    mtx_lock(&q->mu);
    int rc = try_put_locked(q, item);
    mtx_unlock(&q->mu);
    return rc;
}

int queue_try_take(struct queue *q, void **ret)
{
    mtx_lock(&q->mu);
    int rc = try_take_locked(q, ret);
    mtx_unlock(&q->mu);
    return rc;
}

void queue_stop(struct queue *q)
{
    mtx_lock(&q->mu);
    q->stopped = true;
    cnd_broadcast(&q->not_empty);
    cnd_broadcast(&q->not_full);
    mtx_unlock(&q->mu);
}

size_t queue_count(struct queue *q)
{
    mtx_lock(&q->mu);
    size_t n = q->n;
    mtx_unlock(&q->mu);
    return n;
}
