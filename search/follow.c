/*
 * search/follow.c - from the change feed to the next snapshot.
 *
 * The feed tells which videos changed; their records are read again. Where
 * only counts and clocks moved, the columns are patched in a copy. All else
 * dies where it stands and is added to the second part, a small segment
 * that is merged into the first when it has grown.
 *
 * Rules
 *   1. the feed's position moves on only with the snapshot that holds what
 *      was read: whatever fails in between is done again
 *   2. an id is edited once per round: the record that is read is the last
 *      one, however often the feed names it
 *   3. a round that changes nothing visible publishes nothing
 *   4. a large round is stopped between two batches, and done again by rule 1
 *
 * Threads: owner only. Blocks: on the store; the feed at most for @wait.
 */
#include "search/snap_priv.h"

#include <stdlib.h>

enum {
    FEED_BATCH = 4096,
    ROUND_MAX = 65536, /* changes of one snapshot */
    READ_BATCH = 1000, /* records of one store_get() */
    TEXT_FIELDS = 8,   /* no record type has as many */
    READ_BYTES = READ_BATCH * TEXT_FIELDS * SCHEMA_TEXT_MAX,
    DELTA_MIN = 4096 /* documents worth a part of their own */
};

/* ---- what changed ---- */

struct ids {
    uint64_t *id;
    size_t n; /* room for ROUND_MAX + FEED_BATCH */
};

static int on_change(void *ctx, const struct schema_type *t,
                     const uint64_t key[2])
{
    struct ids *ids = ctx;
    if (t == &schema_video)
        ids->id[ids->n++] = key[0];
    return RC_OK;
}

/* Between two batches. */
static int go_on(const struct search *s, struct err *e)
{
    return search_stopped(s) ? err_set(e, RC_CANCELLED, "stopped") : RC_OK;
}

static int read_feed(struct search *s, dur_t wait, struct store_pos *pos,
                     struct ids *ids, bool *more, struct err *e)
{
    size_t n = FEED_BATCH;
    while (n == FEED_BATCH && ids->n < ROUND_MAX) {
        int rc = ids->n ? go_on(s, e) : RC_OK;
        if (!rc)
            rc = store_feed_read(s->o.store, pos, FEED_BATCH, wait, on_change,
                                 ids, &n, e);
        if (rc)
            return rc;
        wait = DUR_MS(0);
    }
    *more = n == FEED_BATCH;
    return RC_OK;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Rule 2. */
static void unique(struct ids *ids)
{
    size_t k = 0;
    qsort(ids->id, ids->n, sizeof(*ids->id), by_value);
    for (size_t i = 0; i < ids->n; i++)
        if (k == 0 || ids->id[k - 1] != ids->id[i])
            ids->id[k++] = ids->id[i];
    ids->n = k;
}

/* ---- editing ---- */

/* The parts of the next snapshot under construction. */
struct edit {
    struct part part[PARTS_MAX];
    size_t n_parts;
    bool own[PARTS_MAX]; /* facts are a clone that nobody else sees */
    struct builder *b;   /* new and rewritten documents */
    struct buf row;      /* scratch */
};

static int own_facts(struct edit *x, size_t p, struct err *e)
{
    if (x->own[p])
        return RC_OK;
    struct facts *clone;
    int rc = facts_clone(x->part[p].facts, &clone, e);
    if (rc)
        return rc;
    facts_unref(x->part[p].facts);
    x->part[p].facts = clone;
    x->own[p] = true;
    return RC_OK;
}

static int kill_doc(struct edit *x, size_t p, uint32_t doc, struct err *e)
{
    int rc = own_facts(x, p, e);
    if (rc)
        return rc;
    x->part[p].digest -= doc_digest(x->part[p].seg, x->part[p].facts, doc);
    return facts_kill(x->part[p].facts, doc, e);
}

static bool same_channel(const struct seg *seg, uint32_t doc,
                         const struct video *v)
{
    uint32_t have = (VIDEO_HAS(v, channel) ? CHAN_ID : 0u) |
                    (VIDEO_HAS(v, channel_title) ? CHAN_TITLE : 0u);
    uint32_t channel = seg->channel[doc];
    if (channel == CHAN_NONE)
        return have == 0;
    const struct chan_row *c = &seg->chan[channel];
    if (c->have != have)
        return false;
    if ((have & CHAN_ID) && !cid_eq(v->channel, (struct cid){ c->hi, c->lo }))
        return false;
    return !(have & CHAN_TITLE) ||
           str_eq(v->channel_title, seg_channel_title(seg, channel));
}

/* Is all that a segment cannot change as it was? */
static bool same_text(struct edit *x, const struct seg *seg, uint32_t doc,
                      const struct video *v)
{
    uint64_t published =
        VIDEO_HAS(v, published) ? (uint64_t)v->published : UINT64_MAX;
    if (pack_get(&seg->published, doc) != published ||
        !same_channel(seg, doc, v))
        return false;
    buf_reset(&x->row);
    row_put(&x->row, v);
    return !x->row.failed && str_eq(buf_view(&x->row), seg_row(seg, doc));
}

static bool same_facts(const struct facts *f, uint32_t doc,
                       const struct video *v)
{
    for (enum fact c = 0; c < FACT_COUNT; c++)
        if (fact_get(f, c, doc) != fact_of(v, c))
            return false;
    return f->flags[doc] == flags_of(v);
}

static int patch(struct edit *x, size_t p, uint32_t doc, const struct video *v,
                 struct err *e)
{
    if (same_facts(x->part[p].facts, doc, v))
        return RC_OK;
    int rc = own_facts(x, p, e);
    if (rc)
        return rc;
    struct part *part = &x->part[p];
    part->digest -= doc_digest(part->seg, part->facts, doc);
    for (enum fact c = 0; !rc && c < FACT_COUNT; c++)
        if (fact_get(part->facts, c, doc) != fact_of(v, c))
            rc = facts_set(part->facts, c, doc, fact_of(v, c), e);
    facts_set_flags(part->facts, doc, flags_of(v));
    part->digest += doc_digest(part->seg, part->facts, doc);
    return rc;
}

/* ---- the second part ---- */

/* Put what the builder holds into the second part. */
static int flush(struct edit *x, struct err *e)
{
    struct seg *seg;
    if (builder_count(x->b) == 0)
        return RC_OK;
    int rc = builder_finish(x->b, &seg, e);
    if (rc)
        return rc;
    struct part fresh = part_of(seg);
    if (x->n_parts < PARTS_MAX) {
        x->part[x->n_parts] = fresh;
        x->own[x->n_parts++] = false;
        return RC_OK;
    }
    struct part two[2] = { x->part[1], fresh };
    rc = seg_merge(two, 2, &seg, e);
    parts_unref(&fresh, 1);
    if (rc)
        return rc;
    parts_unref(&x->part[1], 1);
    x->part[1] = part_of(seg);
    x->own[1] = false;
    return RC_OK;
}

/* Is the second part, or what died in the first, worth a merge? */
static bool overgrown(const struct edit *x)
{
    const struct part *base = &x->part[0];
    uint32_t eighth = base->seg->n / 8;
    uint32_t delta = x->n_parts > 1 ? x->part[1].seg->n : 0;
    return delta > (eighth > DELTA_MIN ? eighth : DELTA_MIN) ||
           base->facts->n_dead > 2 * eighth + DELTA_MIN;
}

static int tidy(struct edit *x, struct err *e)
{
    if (!overgrown(x))
        return RC_OK;
    struct seg *seg;
    int rc = seg_merge(x->part, x->n_parts, &seg, e);
    if (rc)
        return rc;
    parts_unref(x->part, x->n_parts);
    x->part[0] = part_of(seg);
    x->own[0] = false;
    x->n_parts = 1;
    ctr_add(&search_ctr[CTR_search_merges_total], 1);
    return RC_OK;
}

/* ---- one record ---- */

/* @v NULL: the record is gone. */
static int edit_one(struct edit *x, uint64_t id, const struct video *v,
                    struct err *e)
{
    size_t p = 0;
    uint32_t doc = DOC_NONE;
    for (; p < x->n_parts; p++) {
        doc = seg_find(x->part[p].seg, x->part[p].facts, id);
        if (doc != DOC_NONE)
            break;
    }
    bool keep = v && video_searchable(v);
    if (doc != DOC_NONE && keep && same_text(x, x->part[p].seg, doc, v))
        return patch(x, p, doc, v, e);
    int rc = RC_OK;
    if (doc != DOC_NONE)
        rc = kill_doc(x, p, doc, e);
    if (!rc && keep && builder_full(x->b))
        rc = flush(x, e);
    if (!rc && keep)
        rc = builder_add(x->b, v, e);
    return rc;
}

static int edit_batch(struct search *s, struct edit *x, const uint64_t *id,
                      size_t n, struct arena *arena, struct err *e)
{
    uint64_t keys[READ_BATCH][2] = { { 0 } };
    bool found[READ_BATCH] = { false };
    struct video *v = calloc(READ_BATCH, sizeof(*v));
    if (!v)
        return err_set(e, RC_NOMEM, "no memory to read records");
    for (size_t i = 0; i < n; i++)
        keys[i][0] = id[i];
    int rc = store_get(s->o.store, &schema_video, (const uint64_t(*)[2])keys, n,
                       ~UINT64_C(0), arena, v, found, e);
    for (size_t i = 0; !rc && i < n; i++)
        rc = edit_one(x, id[i], found[i] ? &v[i] : NULL, e);
    free(v);
    arena_reset(arena);
    return rc;
}

static int edit_all(struct search *s, struct edit *x, const struct ids *ids,
                    struct err *e)
{
    struct arena arena = ARENA_INIT(READ_BYTES);
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < ids->n; i += READ_BATCH) {
        size_t n = ids->n - i < READ_BATCH ? ids->n - i : READ_BATCH;
        rc = i ? go_on(s, e) : RC_OK;
        if (!rc)
            rc = edit_batch(s, x, ids->id + i, n, &arena, e);
    }
    arena_fini(&arena);
    if (!rc)
        rc = flush(x, e);
    return rc ? rc : tidy(x, e);
}

/* ---- one round ---- */

static int edit_init(struct edit *x, const struct snap *snap, struct err *e)
{
    *x = (struct edit){ .row = BUF_INIT(SIZE_MAX / 2) };
    int rc = builder_open(&x->b, snap->part[0].seg->words, e);
    if (!rc)
        x->n_parts = parts_ref(snap, x->part);
    return rc;
}

static uint64_t edit_digest(const struct edit *x)
{
    uint64_t digest = 0;
    for (size_t p = 0; p < x->n_parts; p++)
        digest += x->part[p].digest;
    return digest;
}

/* Publish the edited parts when they, or the ranks, differ (rule 3). */
static int finish(struct search *s, struct edit *x, bool *changed,
                  struct err *e)
{
    struct epoch *epoch = NULL;
    int rc = search_epoch(s, s->snap->epoch, &epoch, e);
    if (rc)
        return rc;
    *changed = epoch != s->snap->epoch || edit_digest(x) != s->snap->digest;
    if (*changed) {
        rc = search_replace(s, x->part, x->n_parts, epoch, e);
        x->n_parts = 0; /* taken */
    }
    epoch_unref(epoch);
    return rc;
}

static int follow(struct search *s, const struct ids *ids, bool *changed,
                  struct err *e)
{
    struct edit x;
    int rc = edit_init(&x, s->snap, e);
    if (!rc)
        rc = edit_all(s, &x, ids, e);
    if (!rc)
        rc = finish(s, &x, changed, e);
    builder_close(x.b);
    parts_unref(x.part, x.n_parts);
    buf_fini(&x.row);
    return rc;
}

int search_follow(struct search *s, dur_t wait, bool *changed, bool *more,
                  struct err *e)
{
    struct store_pos pos = s->pos;
    struct ids ids = { .id = calloc(ROUND_MAX + FEED_BATCH, sizeof(*ids.id)) };
    if (!ids.id)
        return err_set(e, RC_NOMEM, "no memory to follow the feed");
    int rc = read_feed(s, wait, &pos, &ids, more, e);
    if (!rc) {
        unique(&ids);
        rc = follow(s, &ids, changed, e);
    }
    free(ids.id);
    if (rc)
        return rc == RC_LOST ? rc : err_wrap(e, rc, "follow the store");
    s->pos = pos;
    s->unsaved += ids.n;
    if (*changed)
        ctr_add(&search_ctr[CTR_search_refreshes_total], 1);
    ctr_add(&search_ctr[CTR_search_changes_total], (int64_t)ids.n);
    return RC_OK;
}
