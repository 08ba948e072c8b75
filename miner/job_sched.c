/*
 * miner/job_sched.c - hands out the work of a job, one task at a time.
 *
 * Rules
 *   1. what was never fetched comes first: ids found by pages as soon as they
 *      make a full batch, then those of an earlier job; then channels, then
 *      pages, and refreshes when no page can be asked for
 *   2. a batch of videos is full as long as there is anything to fill it
 *      with; a short one is handed out only when nothing can bring more ids
 *   3. a page is handed out only while fewer than a batch of ids wait, so at
 *      most (threads + 1) batches ever do: the ring is that large
 *   4. sched_next() ends when nothing is queued, nothing is underway that
 *      could bring more, and the list of due ids was complete
 *
 * Threads: any number of workers; mu guards everything. The workers wait in
 * sched_next() for tasks of others to bring more.
 */
#include "miner/job_priv.h"

#include <assert.h>
#include <stdlib.h>

int sched_init(struct sched *s, int threads, size_t due_max, struct err *e)
{
    *s = (struct sched){ .fresh_cap = ((size_t)threads + 1) * YT_BATCH };
    s->fresh = malloc(s->fresh_cap * sizeof(*s->fresh));
    if (!s->fresh)
        return err_set(e, RC_NOMEM, "no memory for the job's queue");
    due_init(&s->due, due_max);
    mtx_init(&s->mu);
    cnd_init(&s->more);
    return RC_OK;
}

void sched_fini(struct sched *s)
{
    if (!s->fresh)
        return;
    free(s->fresh);
    due_fini(&s->due);
    cnd_fini(&s->more);
    mtx_fini(&s->mu);
}

/* ---- queues ---- */

static void queue_put_walk(struct walk_queue *q, struct walk *w)
{
    w->next = NULL;
    if (q->last)
        q->last->next = w;
    else
        q->first = w;
    q->last = w;
}

static struct walk *queue_take_walk(struct walk_queue *q)
{
    struct walk *w = q->first;
    q->first = w->next;
    if (!q->first)
        q->last = NULL;
    return w;
}

void sched_put(struct sched *s, struct walk *w, enum walk_need need)
{
    if (need == WALK_NOTHING)
        return;
    mtx_lock(&s->mu);
    if (need == WALK_PAGE)
        queue_put_walk(&s->pages, w);
    else if (w->has_channel)
        queue_put_walk(&s->channels, w);
    else
        queue_put_walk(&s->handles, w);
    cnd_broadcast(&s->more);
    mtx_unlock(&s->mu);
}

void sched_found(struct sched *s, const uint64_t *ids, size_t n)
{
    mtx_lock(&s->mu);
    assert(s->fresh_n + n <= s->fresh_cap); /* rule 3 */
    for (size_t i = 0; i < n; i++)
        s->fresh[(s->fresh_at + s->fresh_n++) % s->fresh_cap] = ids[i];
    cnd_broadcast(&s->more);
    mtx_unlock(&s->mu);
}

/* ---- picking ---- */

static size_t due_left(const struct sched *s)
{
    return s->due.n - s->due.next;
}

/* Is the oldest due id one that was never fetched? */
static bool due_is_new(const struct sched *s)
{
    return due_left(s) && s->due.v[s->due.next].at == 0;
}

static void take_fresh(struct sched *s, struct task *t)
{
    while (t->n < YT_BATCH && s->fresh_n) {
        t->ids[t->n++] = s->fresh[s->fresh_at];
        s->fresh_at = (s->fresh_at + 1) % s->fresh_cap;
        s->fresh_n--;
    }
}

static void take_due(struct sched *s, struct task *t)
{
    while (t->n < YT_BATCH && due_left(s))
        t->ids[t->n++] = s->due.v[s->due.next++].id;
}

static bool pick_videos(struct sched *s, struct task *t)
{
    *t = (struct task){ .kind = TASK_VIDEOS };
    take_fresh(s, t);
    take_due(s, t);
    return true;
}

static bool pick_walks(struct sched *s, struct task *t, enum task_kind kind,
                       struct walk_queue *q, size_t max)
{
    *t = (struct task){ .kind = kind };
    while (t->n < max && q->first)
        t->walks[t->n++] = queue_take_walk(q);
    s->listing++;
    return true;
}

static bool pick_scan(struct sched *s, struct task *t)
{
    *t = (struct task){ .kind = TASK_SCAN };
    due_restart(&s->due);
    s->scanning = true;
    s->listing++;
    return true;
}

/* False when there is nothing to hand out now (rule 1). */
static bool pick(struct sched *s, struct task *t)
{
    size_t left = s->fresh_n + (s->scanning ? 0 : due_left(s));
    if (s->fresh_n >= YT_BATCH)
        return pick_videos(s, t);
    if (!s->scanning && due_is_new(s) && left >= YT_BATCH)
        return pick_videos(s, t);
    if (s->channels.first)
        return pick_walks(s, t, TASK_CHANNELS, &s->channels, YT_BATCH);
    if (s->handles.first)
        return pick_walks(s, t, TASK_HANDLE, &s->handles, 1);
    if (s->pages.first)
        return pick_walks(s, t, TASK_PAGE, &s->pages, 1);
    if (left >= YT_BATCH || (left && !s->listing))
        return pick_videos(s, t);
    if (!s->listing && s->due.truncated)
        return pick_scan(s, t);
    return false;
}

bool sched_next(struct sched *s, struct task *ret)
{
    mtx_lock(&s->mu);
    bool found = false;
    while (!s->stopping && !(found = pick(s, ret)) && s->listing)
        cnd_wait(&s->more, &s->mu);
    mtx_unlock(&s->mu);
    return found;
}

void sched_done(struct sched *s, const struct task *t)
{
    if (t->kind == TASK_VIDEOS)
        return;
    mtx_lock(&s->mu);
    s->listing--;
    if (t->kind == TASK_SCAN)
        s->scanning = false;
    cnd_broadcast(&s->more);
    mtx_unlock(&s->mu);
}

void sched_stop(struct sched *s)
{
    mtx_lock(&s->mu);
    s->stopping = true;
    cnd_broadcast(&s->more);
    mtx_unlock(&s->mu);
}
