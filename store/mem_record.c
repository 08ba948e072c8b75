/*
 * store/mem_record.c - records into a mem: store, out of it, and away.
 *
 * Rules
 *   1. a batch that runs out of memory is undone: the table holds what it
 *      held before
 *   2. a stored record is never changed: a scan takes references to all it
 *      will visit, and reads them without the lock
 *
 * Threads: any. Lock: m->mu.
 */
#include "store/mem_priv.h"

#include "base/rnd.h"

#include <stdlib.h>

/* ---- put and delete ---- */

/* What a batch replaced, to put it back. */
struct undo {
    struct mem_rec *now; /* borrowed from the table */
    struct mem_rec *old; /* owned; NULL = there was none */
};

/* What a put works on. */
struct putting {
    struct mem *m;
    const struct schema_type *t;
    struct mem_table *table;
    uint64_t fence;
    void *scratch;     /* one record of the type */
    struct undo *undo; /* as many as records */
    size_t n_undo;
    struct store_merge *merges;
};

static void undo_all(struct putting *p)
{
    while (p->n_undo) {
        struct undo *u = &p->undo[--p->n_undo];
        uint64_t key[2] = { mem_rec_key(u->now)[0], mem_rec_key(u->now)[1] };
        mem_rec_unref(mem_table_take(p->table, key));
        if (u->old)
            (void)mem_table_put(p->table, u->old);
    }
}

static int put_one(struct putting *p, const void *in, struct store_merge *ret)
{
    const struct schema_head *h = in;
    struct mem_rec *old = mem_table_get(p->table, h->key);
    *ret = store_merge(p->t, old ? old->rec : NULL, old ? old->fence : 0, in,
                       p->fence);
    if (old && !ret->moved && ret->fence == old->fence)
        return RC_OK;
    if (old)
        memcpy(p->scratch, old->rec, p->t->size);
    else
        memset(p->scratch, 0, p->t->size);
    store_merge_apply(p->t, ret, p->scratch, in);
    struct mem_rec *now = mem_rec_make(p->t, p->scratch, ret->fence);
    if (!now)
        return RC_NOMEM;
    (void)mem_table_put(p->table, now);
    p->undo[p->n_undo++] = (struct undo){ now, old };
    return RC_OK;
}

static int put_locked(struct putting *p, const char *recs, size_t n,
                      struct err *e) NEEDS(p->m->mu)
{
    int rc = mem_injected_locked(p->m, e);
    if (rc)
        return rc;
    if (!mem_table_reserve(p->table, n) || !mem_ring_reserve_locked(p->m, n))
        return mem_no_memory(e);
    for (size_t i = 0; i < n; i++) {
        if (put_one(p, recs + i * p->t->size, &p->merges[i])) {
            undo_all(p); /* rule 1 */
            return mem_no_memory(e);
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct schema_head *h = (const void *)(recs + i * p->t->size);
        if (store_type_in_feed(p->t) && store_merge_told(&p->merges[i]))
            mem_tell_locked(p->m, store_type_index(p->t), h->key);
    }
    for (size_t i = 0; i < p->n_undo; i++)
        mem_rec_unref(p->undo[i].old);
    return RC_OK;
}

int mem_put(struct store *s, const struct schema_type *t, const void *recs,
            size_t n, uint64_t fence, enum store_outcome *ret, struct err *e)
{
    struct mem *m = mem_of(s);
    struct putting p = {
        .m = m,
        .t = t,
        .table = &m->table[store_type_index(t)],
        .fence = fence,
        .scratch = malloc(t->size),
        .undo = calloc(n, sizeof(struct undo)),
        .merges = calloc(n, sizeof(struct store_merge)),
    };
    int rc;
    if (p.scratch && p.undo && p.merges) {
        mtx_lock(&m->mu);
        rc = mem_answer_locked(m, put_locked(&p, recs, n, e), e);
        mtx_unlock(&m->mu);
    } else {
        rc = mem_no_memory(e);
    }
    for (size_t i = 0; !rc && i < n; i++)
        ret[i] = p.merges[i].outcome;
    free(p.scratch);
    free(p.undo);
    free(p.merges);
    return rc;
}

static void drop_samples_locked(struct mem *m, uint64_t video) NEEDS(m->mu)
{
    struct mem_table *samples = &m->table[store_type_index(&schema_sample)];
    for (struct mem_rec *r; (r = mem_table_any(samples, video));)
        mem_rec_unref(mem_table_take(samples, mem_rec_key(r)));
}

static int del_locked(struct mem *m, const struct schema_type *t,
                      const uint64_t (*keys)[2], size_t n, uint64_t fence,
                      size_t *deleted, struct err *e) NEEDS(m->mu)
{
    int rc = mem_injected_locked(m, e);
    if (rc)
        return rc;
    size_t type = store_type_index(t);
    if (!mem_ring_reserve_locked(m, n))
        return mem_no_memory(e);
    for (size_t i = 0; i < n; i++) {
        struct mem_rec *r = mem_table_get(&m->table[type], keys[i]);
        if (!r || !store_fence_ok(r->fence, fence))
            continue;
        mem_rec_unref(mem_table_take(&m->table[type], keys[i]));
        ++*deleted;
        if (store_type_in_feed(t))
            mem_tell_locked(m, type, keys[i]);
        if (t == &schema_video)
            drop_samples_locked(m, keys[i][0]);
    }
    return RC_OK;
}

int mem_del(struct store *s, const struct schema_type *t,
            const uint64_t (*keys)[2], size_t n, uint64_t fence,
            size_t *deleted, struct err *e)
{
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    int rc =
        mem_answer_locked(m, del_locked(m, t, keys, n, fence, deleted, e), e);
    mtx_unlock(&m->mu);
    return rc;
}

/* ---- get and scan ---- */

static int get_locked(struct mem *m, const struct schema_type *t,
                      const uint64_t (*keys)[2], size_t n, uint64_t cols,
                      struct arena *arena, void *recs, bool *found,
                      struct err *e) NEEDS(m->mu)
{
    const struct mem_table *table = &m->table[store_type_index(t)];
    for (size_t i = 0; i < n; i++) {
        const struct mem_rec *r = mem_table_get(table, keys[i]);
        struct schema_head *to = (void *)((char *)recs + i * t->size);
        found[i] = r != NULL;
        if (!r)
            continue;
        memcpy(to, r->rec, t->size);
        to->have &= cols;
        if (!schema_copy(t, to, to, arena))
            return err_set(e, RC_NOMEM, "no memory for the records read");
    }
    return RC_OK;
}

int mem_get(struct store *s, const struct schema_type *t,
            const uint64_t (*keys)[2], size_t n, uint64_t cols,
            struct arena *arena, void *recs, bool *found, struct err *e)
{
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    int rc = get_locked(m, t, keys, n, cols, arena, recs, found, e);
    mtx_unlock(&m->mu);
    return rc;
}

static bool in_range(const struct store_range *r, const uint64_t key[2])
{
    if (r->one_key && key[0] != r->key0)
        return false;
    return rnd_mix(key[0] ^ key[1]) % r->of == r->part;
}

/* Take a reference to every record of @range: the snapshot of a scan. */
static struct mem_rec **snapshot_locked(const struct mem_table *table,
                                        const struct store_range *range,
                                        size_t *n)
{
    struct mem_rec **all = malloc((table->used + 1) * sizeof(struct mem_rec *));
    if (!all)
        return NULL;
    *n = 0;
    for (size_t i = 0; i < table->cap; i++) {
        struct mem_rec *r = table->slot[i];
        if (!r || !in_range(range, mem_rec_key(r)))
            continue;
        mem_rec_ref(r);
        all[(*n)++] = r;
    }
    return all;
}

int mem_scan(struct store *s, const struct schema_type *t, uint64_t cols,
             const struct store_range *range, store_row_fn fn, void *ctx,
             struct err *e)
{
    struct mem *m = mem_of(s);
    size_t n = 0;
    mtx_lock(&m->mu);
    struct mem_rec **all =
        snapshot_locked(&m->table[store_type_index(t)], range, &n);
    mtx_unlock(&m->mu);
    struct schema_head *rec = malloc(t->size);
    int rc = all && rec ? RC_OK : mem_no_memory(e);
    for (size_t i = 0; i < n; i++) {
        if (!rc) {
            memcpy(rec, all[i]->rec, t->size);
            rec->have &= cols;
            rc = fn(ctx, rec);
        }
        mem_rec_unref(all[i]);
    }
    free(rec);
    free(all);
    return rc;
}
