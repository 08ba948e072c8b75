/*
 * miner/job_due.c - the ids that are due, oldest first, in bounded memory.
 *
 * Rules
 *   1. never fetched (at = 0) comes before everything fetched
 *   2. the list keeps the `max` oldest: once full it is a heap with the
 *      youngest on top, which a still older one replaces
 *   3. ids up to the floor were handed out in an earlier round of the same
 *      job and are not taken again: each id is asked once a job
 *   4. a video is due when it was never fetched, or longer ago than the
 *      refresh time; one that is gone, when its absence can be confirmed.
 *      Made-up ids and what another source told are never asked for
 */
#include "miner/job_priv.h"

#include <stdlib.h>

void due_init(struct due_list *l, size_t max)
{
    *l = (struct due_list){ .max = max };
}

void due_fini(struct due_list *l)
{
    free(l->v);
    l->v = NULL;
}

static int compare(const struct due *a, const struct due *b)
{
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static int by_age(const void *a, const void *b)
{
    return compare(a, b);
}

static int by_id(const void *a, const void *b)
{
    const struct due *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return compare(x, y);
}

/* ---- the heap: v[0] is the youngest ---- */

static void sink(struct due_list *l, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= l->n)
            return;
        if (child + 1 < l->n && compare(&l->v[child + 1], &l->v[child]) > 0)
            child++;
        if (compare(&l->v[i], &l->v[child]) >= 0)
            return;
        struct due swap = l->v[i];
        l->v[i] = l->v[child];
        l->v[child] = swap;
        i = child;
    }
}

static void replace_youngest(struct due_list *l, struct due d)
{
    if (!l->truncated)
        for (size_t i = l->n / 2; i-- > 0;)
            sink(l, i);
    l->truncated = true;
    if (compare(&d, &l->v[0]) >= 0)
        return;
    l->v[0] = d;
    sink(l, 0);
}

static int grow(struct due_list *l, struct err *e)
{
    size_t cap = l->cap ? l->cap * 2 : 1024;
    if (cap > l->max)
        cap = l->max;
    struct due *v = realloc(l->v, cap * sizeof(*v));
    if (!v)
        return err_set(e, RC_NOMEM, "no memory for %zu due ids", cap);
    l->v = v;
    l->cap = cap;
    return RC_OK;
}

int due_add(struct due_list *l, struct due d, struct err *e)
{
    if (l->has_floor && compare(&d, &l->floor) <= 0)
        return RC_OK;
    if (l->n == l->max) {
        replace_youngest(l, d);
        return RC_OK;
    }
    if (l->n == l->cap) {
        int rc = grow(l, e);
        if (rc)
            return rc;
    }
    l->v[l->n++] = d;
    return RC_OK;
}

void due_sort(struct due_list *l)
{
    if (!l->n)
        return;
    qsort(l->v, l->n, sizeof(*l->v), by_id);
    size_t kept = 1;
    for (size_t i = 1; i < l->n; i++)
        if (l->v[i].id != l->v[kept - 1].id)
            l->v[kept++] = l->v[i];
    l->n = kept;
    qsort(l->v, l->n, sizeof(*l->v), by_age);
}

void due_restart(struct due_list *l)
{
    if (l->n) {
        l->floor = l->v[l->n - 1];
        l->has_floor = true;
    }
    l->n = 0;
    l->next = 0;
    l->truncated = false;
}

void due_forget(struct due_list *l)
{
    l->n = 0;
    l->truncated = false;
}

bool due_check(const struct due_rule *r, const struct video *v, struct due *ret)
{
    if (VIDEO_HAS(v, foreign) && v->foreign)
        return false;
    if (VIDEO_HAS(v, origin) && v->origin != ORIGIN_API &&
        v->origin != ORIGIN_SIM)
        return false;
    int64_t at = VIDEO_HAS(v, stats_at) ? v->stats_at : 0;
    bool due = VIDEO_HAS(v, gone_since)
                   ? r->now - v->gone_since >= GONE_CONFIRM_S
                   : at == 0 || r->now - at > r->refresh_after;
    if (due)
        *ret = (struct due){ .id = v->h.key[0], .at = at };
    return due;
}
