/*
 * sim/corpus_made.c - the generated catalogue as a corpus: slot = index.
 *
 * Threads: the catalogue is read-only; the list of popular videos is made
 * once, under its lock, when a chart is asked for the first time.
 */
#include "sim/corpus_priv.h"

#include "base/thr.h"
#include "sim/catalog_priv.h"

#include <stdlib.h>
#include <unistd.h>

struct made {
    struct catalog catalog;
    struct mtx mu;
    struct corpus_top *top; /* owned; NULL until asked for; then fixed */
};

static const struct catalog *catalog_of(void *ctx)
{
    return &((struct made *)ctx)->catalog;
}

static uint64_t made_slots(void *ctx)
{
    return catalog_of(ctx)->videos;
}

static bool made_told(void *ctx, uint64_t slot, int64_t now, uint64_t *id)
{
    const struct catalog *c = catalog_of(ctx);
    if (!catalog_told(c, slot, now))
        return false;
    *id = catalog_video_id(c, slot);
    return true;
}

static bool made_uploads(void *ctx, struct cid channel, int64_t now,
                         struct corpus_run *ret, uint64_t *told)
{
    const struct catalog *c = catalog_of(ctx);
    uint64_t index;
    if (!catalog_channel_index(c, channel, &index))
        return false;
    struct catalog_uploads u = catalog_uploads(c, index);
    *ret = (struct corpus_run){ u.first, u.n };
    *told = catalog_told_uploads(c, u, now);
    return true;
}

static int made_videos(void *ctx, const uint64_t *ids, size_t n, int64_t now,
                       uint64_t cols, struct arena *arena, struct video *ret,
                       bool *found, struct err *e)
{
    const struct catalog *c = catalog_of(ctx);
    for (size_t i = 0; i < n; i++) {
        uint64_t index;
        found[i] = catalog_video_index(c, ids[i], &index) &&
                   catalog_told(c, index, now);
        int rc = found[i]
                     ? catalog_video(c, index, now, cols, arena, &ret[i], e)
                     : RC_OK;
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int made_channels(void *ctx, const struct cid *ids, size_t n,
                         int64_t now, struct arena *arena, struct channel *ret,
                         bool *found, struct err *e)
{
    const struct catalog *c = catalog_of(ctx);
    for (size_t i = 0; i < n; i++) {
        uint64_t index;
        found[i] = catalog_channel_index(c, ids[i], &index);
        int rc = found[i] ? catalog_channel(c, index, now, arena, &ret[i], e)
                          : RC_OK;
        if (rc)
            return rc;
    }
    return RC_OK;
}

static uint64_t made_n_channels(void *ctx)
{
    return catalog_of(ctx)->channels;
}

static struct cid made_channel_at(void *ctx, uint64_t i)
{
    return catalog_channel_id(catalog_of(ctx), i);
}

static bool made_named(void *ctx, struct str handle, struct cid *ret)
{
    const struct catalog *c = catalog_of(ctx);
    uint64_t index;
    if (!catalog_channel_named(c, handle, &index))
        return false;
    *ret = catalog_channel_id(c, index);
    return true;
}

static struct corpus_top *make_top(const struct catalog *c)
{
    struct corpus_top *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    for (uint64_t i = 0; i < c->videos; i++)
        corpus_top_add(t, i, catalog_views_at_start(c, i));
    corpus_top_sort(t);
    return t;
}

static size_t made_popular(void *ctx, const uint64_t **slots)
{
    struct made *m = ctx;
    mtx_lock(&m->mu);
    if (!m->top)
        m->top = make_top(&m->catalog);
    mtx_unlock(&m->mu);
    *slots = m->top ? m->top->slot : NULL;
    return m->top ? m->top->n : 0;
}

static void made_close(void *ctx)
{
    struct made *m = ctx;
    mtx_fini(&m->mu);
    free(m->top);
    free(m);
}

static const struct corpus_ops made_ops = {
    .slots = made_slots,
    .told = made_told,
    .uploads = made_uploads,
    .videos = made_videos,
    .channels = made_channels,
    .n_channels = made_n_channels,
    .channel_at = made_channel_at,
    .named = made_named,
    .popular = made_popular,
    .close = made_close,
};

int corpus_made(struct corpus *ret, uint64_t seed, uint64_t videos,
                uint64_t channels, int64_t start, struct err *e)
{
    struct made *m = calloc(1, sizeof(*m));
    if (!m)
        return err_set(e, RC_NOMEM, "no memory for a catalogue");
    int rc = catalog_init(&m->catalog, seed, videos, channels, start, e);
    if (rc) {
        free(m);
        return rc;
    }
    mtx_init(&m->mu);
    *ret = (struct corpus){ .ops = &made_ops, .ctx = m };
    return RC_OK;
}

void corpus_fini(struct corpus *s)
{
    if (s->ops)
        s->ops->close(s->ctx);
    *s = (struct corpus){ .ops = NULL };
}
