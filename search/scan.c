/*
 * search/scan.c - the index out of the whole store.
 *
 * Workers read disjoint shares of the records, each into segments of its
 * own; at the end all segments are merged into one.
 *
 * Rules
 *   1. the feed's position is taken before the first record is read: what
 *      changes meanwhile is read again by whoever follows the feed
 *   2. a scan that broke off, for the store's primary went, is begun again
 *   3. records that were never counted, or are gone, are not searched
 *
 * Threads: one worker runs on the caller's and draws the progress bar; the
 * others share nothing with it but the atomic counter.
 */
#include "search/snap_priv.h"

#include "base/parts.h"
#include "base/progress.h"

#include <stdlib.h>

enum { SCAN_THREADS_MAX = 16, SCAN_STEP = 1024, SCANS = 3 };

/* All that a rank job needs. */
#define SCAN_NUMBERS                                                           \
    (VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(dislikes) |               \
     VIDEO_BIT(comments) | VIDEO_BIT(stats_at) | VIDEO_BIT(text_at) |          \
     VIDEO_BIT(published) | VIDEO_BIT(duration) | VIDEO_BIT(category) |        \
     VIDEO_BIT(gone_since) | VIDEO_BIT(dislikes_from) | VIDEO_BIT(origin) |    \
     VIDEO_BIT(foreign))

/* What the workers share. */
struct scan {
    struct search *s;
    uint32_t of;
    _Atomic uint64_t done;
    _Atomic bool failed; /* one worker did: the others stop */
    struct progress bar; /* the first worker's */
};

struct worker {
    struct scan *scan;
    uint32_t no;
    struct builder *b;
    struct part *part; /* segments made so far */
    size_t n_parts, cap;
    int rc;
    struct err e;
};

static int push_part(struct worker *w)
{
    if (w->n_parts == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 8;
        struct part *more = realloc(w->part, cap * sizeof(*more));
        if (!more)
            return err_set(&w->e, RC_NOMEM, "no memory to build the index");
        w->part = more;
        w->cap = cap;
    }
    struct seg *seg;
    int rc = builder_finish(w->b, &seg, &w->e);
    if (!rc)
        w->part[w->n_parts++] = part_of(seg);
    return rc;
}

static bool asked_to_stop(const struct scan *x)
{
    return search_stopped(x->s) || x->failed;
}

static void tell(struct worker *w)
{
    uint64_t done = atomic_fetch_add(&w->scan->done, SCAN_STEP) + SCAN_STEP;
    if (w->no == 0)
        progress_at(&w->scan->bar, done, NULL);
}

static int on_row(void *ctx, const void *rec)
{
    struct worker *w = ctx;
    const struct video *v = rec;
    int rc = RC_OK;
    if (!video_searchable(v))
        return RC_OK;
    if (builder_full(w->b))
        rc = push_part(w);
    if (!rc)
        rc = builder_add(w->b, v, &w->e);
    if (rc || builder_count(w->b) % SCAN_STEP)
        return rc;
    tell(w);
    return asked_to_stop(w->scan)
               ? err_set(&w->e, RC_CANCELLED, "building the index was stopped")
               : RC_OK;
}

static void run(void *ctx, int no)
{
    struct worker *w = (struct worker *)ctx + no;
    struct search *s = w->scan->s;
    struct store_range share = { .part = w->no, .of = w->scan->of };
    uint64_t cols = s->o.no_text ? SCAN_NUMBERS : ~UINT64_C(0);
    w->rc = builder_open(&w->b, !s->o.no_text, &w->e);
    if (!w->rc)
        w->rc = store_scan(s->o.store, &schema_video, cols, &share, on_row, w,
                           &w->e);
    if (!w->rc)
        w->rc = push_part(w);
    builder_close(w->b);
    if (w->rc)
        w->scan->failed = true;
}

/* The failure that made the others stop. */
static int worst(const struct worker *w, uint32_t n, struct err *e)
{
    const struct worker *bad = NULL;
    for (uint32_t i = 0; i < n; i++)
        if (w[i].rc && (!bad || bad->rc == RC_CANCELLED))
            bad = &w[i];
    if (!bad)
        return RC_OK;
    return err_set(e, bad->rc, "%s", bad->e.msg);
}

static int join(struct worker *w, uint32_t n, struct seg **ret, struct err *e)
{
    size_t k = 0, at = 0;
    for (uint32_t i = 0; i < n; i++)
        k += w[i].n_parts;
    struct part *all = calloc(k + 1, sizeof(*all));
    if (!all)
        return err_set(e, RC_NOMEM, "no memory to build the index");
    for (uint32_t i = 0; i < n; i++)
        for (size_t p = 0; p < w[i].n_parts; p++)
            all[at++] = w[i].part[p];
    int rc = RC_OK;
    if (k == 1)
        *ret = seg_ref(all[0].seg);
    else
        rc = seg_merge(all, k, ret, e);
    free(all);
    return rc;
}

static uint32_t share_count(const struct search *s)
{
    int n = s->o.threads;
    return n < 1 ? 1 : n > SCAN_THREADS_MAX ? SCAN_THREADS_MAX : (uint32_t)n;
}

static void begin(struct scan *x, struct search *s, struct worker *w)
{
    struct store_stats stats = { .videos = 0 };
    if (store_stats(s->o.store, &stats, NULL))
        stats.videos = 0; /* only the bar's end is not known then */
    progress_init(&x->bar, s->o.progress_fd, s->o.clk, "indexing",
                  stats.videos);
    x->s = s;
    x->of = share_count(s);
    for (uint32_t i = 0; i < x->of; i++)
        w[i] = (struct worker){ .scan = x, .no = i, .e = ERR_INIT };
}

static int scan_once(struct search *s, struct seg **ret, struct err *e)
{
    struct scan x = { .done = 0 };
    struct worker w[SCAN_THREADS_MAX];
    begin(&x, s, w);
    parts_run("index", (int)x.of, run, w);
    progress_end(&x.bar);
    int rc = worst(w, x.of, e);
    if (!rc)
        rc = join(w, x.of, ret, e);
    for (uint32_t i = 0; i < x.of; i++) {
        parts_unref(w[i].part, w[i].n_parts);
        free(w[i].part);
    }
    return rc;
}

int search_scan(struct search *s, struct store_pos *pos, struct seg **ret,
                struct err *e)
{
    struct store_pos from;
    int rc = store_feed_now(s->o.store, &from, e);
    if (rc)
        return err_wrap(e, rc, "build the index");
    rc = RC_DOWN;
    for (int i = 0; i < SCANS && (rc == RC_DOWN || rc == RC_AGAIN); i++)
        rc = scan_once(s, ret, e);
    if (rc)
        return err_wrap(e, rc, "build the index");
    *pos = from;
    ctr_add(&search_ctr[CTR_search_scans_total], 1);
    return RC_OK;
}
