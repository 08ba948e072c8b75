/*
 * store/mem.c - a store in memory: the reference for what the others do,
 * and what tests use when they do not test stores.
 *
 * Rules
 *   1. everything is under one mutex; no callback is called under it
 *   2. whatever can fail is done before the first change, or is undone, so
 *      that a verb that fails has changed nothing
 *   3. the feed is a ring of the newest feed_keep changes, numbered from 1
 *   4. a document's first version is behind every version that any deleted
 *      document had
 *
 * Threads: any. Lock: m->mu, held for memory work only.
 */
#include "store/mem_priv.h"

#include "base/num.h"
#include "base/rnd.h"
#include "base/thr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct mem {
    struct store base; /* first */
    struct mtx mu;
    struct cnd changed; /* the feed grew */
    unsigned char id[16];
    struct mem_table table[STORE_TYPES];
    struct store_change *ring; /* the change numbered q is at q % cap */
    size_t ring_cap;           /* grows up to feed_keep */
    uint64_t last;             /* number of the newest change, 0 = none */
    uint64_t first;            /* number of the oldest one kept */
    struct mem_list counters;
    struct mem_list docs;
    uint64_t doc_floor; /* largest version of a deleted document */
    uint64_t fail_nth;  /* writes until the one that fails; 0 = none */
    int fail_code;
    bool lose_answer; /* the write under way succeeds with RC_UNKNOWN */
};

static struct mem *mem_of(struct store *s)
{
    return (struct mem *)s;
}

static int no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for the mem: store");
}

static int mem_open(struct store **ret, const struct store_options *o,
                    const char *place, struct err *e)
{
    if (*place)
        return err_set(e, RC_CONFIG, "a mem: store has no place, not '%s'",
                       place);
    if (!o->create)
        return err_set(e, RC_NOTFOUND, "a mem: store is never there before");
    struct mem *m = calloc(1, sizeof(*m));
    if (!m)
        return no_memory(e);
    m->base.kind = o->kind ? o->kind : STORE_LOCAL;
    m->first = 1;
    uint64_t id[2] = { rnd_os_seed(), rnd_os_seed() };
    memcpy(m->id, id, sizeof(m->id));
    mtx_init(&m->mu);
    cnd_init(&m->changed);
    *ret = &m->base;
    return RC_OK;
}

static void mem_close(struct store *s)
{
    struct mem *m = mem_of(s);
    for (size_t i = 0; i < STORE_TYPES; i++)
        mem_table_fini(&m->table[i]);
    mem_list_fini(&m->counters);
    mem_list_fini(&m->docs);
    free(m->ring);
    cnd_fini(&m->changed);
    mtx_fini(&m->mu);
    free(m);
}

void store_mem_fail(struct store *s, uint64_t nth, int code)
{
    if (s->ops != &store_mem_ops)
        return;
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    m->fail_nth = nth;
    m->fail_code = code;
    mtx_unlock(&m->mu);
}

/* Is this the write that a test wants to fail? */
static int injected_locked(struct mem *m, struct err *e) NEEDS(m->mu)
{
    if (m->fail_nth == 0 || --m->fail_nth > 0)
        return RC_OK;
    if (m->fail_code == RC_UNKNOWN) {
        m->lose_answer = true;
        return RC_OK;
    }
    int sys = m->fail_code == RC_IO ? ENOSPC : 0;
    return err_sys(e, m->fail_code, sys, "failure asked for by a test");
}

/* What the caller of a write that ended with @rc gets to know. */
static int answer_locked(struct mem *m, int rc, struct err *e) NEEDS(m->mu)
{
    bool lost = m->lose_answer;
    m->lose_answer = false;
    if (rc || !lost)
        return rc;
    return err_set(e, RC_UNKNOWN, "answer lost, as asked for by a test");
}

/* ---- the feed's ring ---- */

/* Make room, so that @n calls of tell_locked() lose nothing young. */
static bool ring_reserve_locked(struct mem *m, size_t n) NEEDS(m->mu)
{
    uint64_t keep = m->base.feed_keep;
    uint64_t need = m->last - m->first + 1 + n;
    size_t cap = m->ring_cap ? m->ring_cap : 64;
    while (cap < need && cap < keep)
        cap *= 2;
    if (cap == m->ring_cap)
        return true;
    struct store_change *ring = malloc(cap * sizeof(*ring));
    if (!ring)
        return false;
    for (uint64_t q = m->first; q <= m->last; q++)
        ring[q % cap] = m->ring[q % m->ring_cap];
    free(m->ring);
    m->ring = ring;
    m->ring_cap = cap;
    return true;
}

static void tell_locked(struct mem *m, size_t type, const uint64_t key[2])
    NEEDS(m->mu)
{
    m->last++;
    m->ring[m->last % m->ring_cap] = (struct store_change){
        .seq = m->last, .type = (uint32_t)type, .key = { key[0], key[1] }
    };
    if (m->last - m->first + 1 > m->base.feed_keep)
        m->first = m->last - m->base.feed_keep + 1;
    cnd_broadcast(&m->changed);
}

static struct store_place place_locked(const struct mem *m, uint64_t seq)
    NEEDS(m->mu)
{
    struct store_place p = { .row = { .seq = seq } };
    memcpy(p.store, m->id, sizeof(p.store));
    if (seq)
        p.row = m->ring[seq % m->ring_cap];
    return p;
}

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
    int rc = injected_locked(p->m, e);
    if (rc)
        return rc;
    if (!mem_table_reserve(p->table, n) || !ring_reserve_locked(p->m, n))
        return no_memory(e);
    for (size_t i = 0; i < n; i++) {
        if (put_one(p, recs + i * p->t->size, &p->merges[i])) {
            undo_all(p); /* rule 2 */
            return no_memory(e);
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct schema_head *h = (const void *)(recs + i * p->t->size);
        if (store_type_in_feed(p->t) && store_merge_told(&p->merges[i]))
            tell_locked(p->m, store_type_index(p->t), h->key);
    }
    for (size_t i = 0; i < p->n_undo; i++)
        mem_rec_unref(p->undo[i].old);
    return RC_OK;
}

static int mem_put(struct store *s, const struct schema_type *t,
                   const void *recs, size_t n, uint64_t fence,
                   enum store_outcome *ret, struct err *e)
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
        rc = answer_locked(m, put_locked(&p, recs, n, e), e);
        mtx_unlock(&m->mu);
    } else {
        rc = no_memory(e);
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
    int rc = injected_locked(m, e);
    if (rc)
        return rc;
    size_t type = store_type_index(t);
    if (!ring_reserve_locked(m, n))
        return no_memory(e);
    for (size_t i = 0; i < n; i++) {
        struct mem_rec *r = mem_table_get(&m->table[type], keys[i]);
        if (!r || !store_fence_ok(r->fence, fence))
            continue;
        mem_rec_unref(mem_table_take(&m->table[type], keys[i]));
        ++*deleted;
        if (store_type_in_feed(t))
            tell_locked(m, type, keys[i]);
        if (t == &schema_video)
            drop_samples_locked(m, keys[i][0]);
    }
    return RC_OK;
}

static int mem_del(struct store *s, const struct schema_type *t,
                   const uint64_t (*keys)[2], size_t n, uint64_t fence,
                   size_t *deleted, struct err *e)
{
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    int rc = answer_locked(m, del_locked(m, t, keys, n, fence, deleted, e), e);
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
        if (!schema_copy(t, to, r->rec, arena))
            return err_set(e, RC_NOMEM, "no memory for the records read");
        to->have &= cols;
    }
    return RC_OK;
}

static int mem_get(struct store *s, const struct schema_type *t,
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

static int mem_scan(struct store *s, const struct schema_type *t, uint64_t cols,
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
    int rc = all && rec ? RC_OK : no_memory(e);
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

/* ---- feed ---- */

static int mem_feed_now(struct store *s, struct store_pos *ret, struct err *e)
{
    (void)e;
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    struct store_place p = place_locked(m, m->last);
    mtx_unlock(&m->mu);
    store_place_pack(&p, ret);
    return RC_OK;
}

/* Is @p a place of this store's history, with nothing behind it gone? */
static bool place_good_locked(const struct mem *m, const struct store_place *p)
    NEEDS(m->mu)
{
    if (memcmp(p->store, m->id, sizeof(m->id)) != 0 || p->row.seq > m->last)
        return false;
    if (p->row.seq == 0)
        return m->first == 1;
    if (p->row.seq < m->first)
        return false;
    struct store_place here = place_locked(m, p->row.seq);
    return here.row.type == p->row.type && here.row.key[0] == p->row.key[0] &&
           here.row.key[1] == p->row.key[1];
}

static void wait_for_change_locked(struct mem *m, uint64_t seq, dur_t wait)
    NEEDS(m->mu)
{
    mono_t until = mono_add(clk_mono(clk_real()), wait);
    while (m->last <= seq && cnd_wait_until(&m->changed, &m->mu, until))
        ;
}

/* Copy up to @max changes behind @p to @out and move @p behind them. */
static int take_locked(struct mem *m, struct store_place *p, dur_t wait,
                       struct store_change *out, size_t max, size_t *n,
                       struct err *e) NEEDS(m->mu)
{
    bool good = place_good_locked(m, p);
    if (good && wait.ms > 0) {
        wait_for_change_locked(m, p->row.seq, wait);
        good = place_good_locked(m, p); /* or a flood has passed over it */
    }
    if (!good)
        return err_set(e, RC_LOST, "the changes behind the position are gone");
    for (*n = 0; *n < max && p->row.seq < m->last; ++*n) {
        out[*n] = m->ring[(p->row.seq + 1) % m->ring_cap];
        *p = place_locked(m, p->row.seq + 1);
    }
    return RC_OK;
}

static int mem_feed_read(struct store *s, struct store_pos *pos, size_t max,
                         dur_t wait, store_change_fn fn, void *ctx, size_t *n,
                         struct err *e)
{
    struct mem *m = mem_of(s);
    struct store_place p;
    if (!store_place_unpack(pos, &p))
        return err_set(e, RC_LOST, "the position is not one of this store");
    struct store_change *part = malloc(STORE_FEED_PART * sizeof(*part));
    int rc = part ? RC_OK : no_memory(e);
    size_t got = STORE_FEED_PART;
    for (*n = 0; !rc && *n < max && got == STORE_FEED_PART; *n += got) {
        size_t ask = max - *n < STORE_FEED_PART ? max - *n : STORE_FEED_PART;
        mtx_lock(&m->mu);
        rc = take_locked(m, &p, *n ? DUR_MS(0) : wait, part, ask, &got, e);
        mtx_unlock(&m->mu);
        for (size_t i = 0; !rc && i < got; i++)
            rc = fn(ctx, store_type_at(part[i].type), part[i].key);
    }
    free(part);
    if (!rc)
        store_place_pack(&p, pos);
    return rc;
}

/* ---- counters ---- */

static int count_locked(struct mem *m, const char *key, int64_t delta,
                        int64_t limit, int64_t *value, struct err *e)
    NEEDS(m->mu)
{
    struct mem_item *x = mem_list_get(&m->counters, key);
    int64_t after;
    *value = x ? x->value : 0;
    if (!num_add_i64(*value, delta, &after) || after > limit || after < 0)
        return err_set(e, RC_LIMIT,
                       "counter '%s' is %" PRId64 ", its limit %" PRId64, key,
                       *value, limit);
    if (delta == 0)
        return RC_OK;
    int rc = injected_locked(m, e);
    if (rc)
        return rc;
    if (!x)
        x = mem_list_add(&m->counters, key);
    if (!x)
        return no_memory(e);
    x->value = after;
    *value = after;
    return RC_OK;
}

static int mem_count(struct store *s, const char *key, int64_t delta,
                     int64_t limit, int64_t *value, struct err *e)
{
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    int rc = answer_locked(m, count_locked(m, key, delta, limit, value, e), e);
    mtx_unlock(&m->mu);
    return rc;
}

static int copy_items(struct mem *m, const struct mem_list *from,
                      const char *prefix, struct mem_list *ret, struct err *e)
{
    mtx_lock(&m->mu);
    bool ok = mem_list_copy(from, prefix, ret);
    mtx_unlock(&m->mu);
    return ok ? RC_OK : no_memory(e);
}

static int mem_counts(struct store *s, const char *prefix, store_count_fn fn,
                      void *ctx, struct err *e)
{
    struct mem_list l = { .items = NULL };
    int rc = copy_items(mem_of(s), &mem_of(s)->counters, prefix, &l, e);
    for (size_t i = 0; !rc && i < l.n; i++)
        rc = fn(ctx, l.items[i].key, l.items[i].value);
    mem_list_fini(&l);
    return rc;
}

/* ---- documents ---- */

static int doc_get_locked(struct mem *m, const char *key, struct buf *body,
                          uint64_t *version, struct err *e) NEEDS(m->mu)
{
    const struct mem_item *x = mem_list_get(&m->docs, key);
    if (!x)
        return err_set(e, RC_NOTFOUND, "there is no document '%s'", key);
    if (body) {
        buf_put(body, x->body, x->body_n);
        int rc = buf_check(body, key, e);
        if (rc)
            return rc;
    }
    *version = x->version;
    return RC_OK;
}

static int mem_doc_get(struct store *s, const char *key, struct buf *body,
                       uint64_t *version, struct err *e)
{
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    int rc = doc_get_locked(m, key, body, version, e);
    mtx_unlock(&m->mu);
    return rc;
}

static int doc_delete_locked(struct mem *m, struct mem_item *x,
                             uint64_t *version) NEEDS(m->mu)
{
    if (x && x->version > m->doc_floor)
        m->doc_floor = x->version; /* rule 4 */
    if (x)
        mem_list_remove(&m->docs, x);
    *version = 0;
    return RC_OK;
}

static int doc_write_locked(struct mem *m, struct mem_item *x, const char *key,
                            struct str body, uint64_t fence, uint64_t *version,
                            struct err *e) NEEDS(m->mu)
{
    char *copy = malloc(body.n + 1);
    if (copy && !x) {
        x = mem_list_add(&m->docs, key);
        if (x)
            x->version = m->doc_floor; /* rule 4 */
    }
    if (!copy || !x) {
        free(copy);
        return no_memory(e);
    }
    if (body.n)
        memcpy(copy, body.p, body.n);
    free(x->body);
    x->body = copy;
    x->body_n = body.n;
    if (fence > x->fence)
        x->fence = fence;
    *version = ++x->version;
    return RC_OK;
}

static int doc_put_locked(struct mem *m, const char *key, uint64_t expect,
                          struct str body, uint64_t fence, uint64_t *version,
                          struct err *e) NEEDS(m->mu)
{
    struct mem_item *x = mem_list_get(&m->docs, key);
    uint64_t kept = x ? x->version : 0;
    if (x && !store_fence_ok(x->fence, fence))
        return err_set(e, RC_FENCED,
                       "document '%s' was written with token %" PRIu64, key,
                       x->fence);
    if (expect != STORE_DOC_ANY && expect != kept)
        return err_set(e, RC_EXISTS, "document '%s' has version %" PRIu64, key,
                       kept);
    int rc = injected_locked(m, e);
    if (rc)
        return rc;
    if (!body.p)
        return doc_delete_locked(m, x, version);
    return doc_write_locked(m, x, key, body, fence, version, e);
}

static int mem_doc_put(struct store *s, const char *key, uint64_t expect,
                       struct str body, uint64_t fence, uint64_t *version,
                       struct err *e)
{
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    int rc = answer_locked(
        m, doc_put_locked(m, key, expect, body, fence, version, e), e);
    mtx_unlock(&m->mu);
    return rc;
}

static int mem_doc_list(struct store *s, const char *prefix, store_doc_fn fn,
                        void *ctx, struct err *e)
{
    struct mem_list l = { .items = NULL };
    int rc = copy_items(mem_of(s), &mem_of(s)->docs, prefix, &l, e);
    for (size_t i = 0; !rc && i < l.n; i++) {
        const struct mem_item *x = &l.items[i];
        rc = fn(ctx, x->key, x->version, str_n(x->body, x->body_n));
    }
    mem_list_fini(&l);
    return rc;
}

static int mem_stats(struct store *s, struct store_stats *ret, struct err *e)
{
    (void)e;
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    *ret = (struct store_stats){
        .videos = m->table[store_type_index(&schema_video)].used,
        .channels = m->table[store_type_index(&schema_channel)].used,
        .samples = m->table[store_type_index(&schema_sample)].used,
    };
    mtx_unlock(&m->mu);
    return RC_OK;
}

const struct store_ops store_mem_ops = {
    .scheme = "mem",
    .open = mem_open,
    .close = mem_close,
    .put = mem_put,
    .get = mem_get,
    .scan = mem_scan,
    .del = mem_del,
    .feed_now = mem_feed_now,
    .feed_read = mem_feed_read,
    .count = mem_count,
    .counts = mem_counts,
    .doc_get = mem_doc_get,
    .doc_put = mem_doc_put,
    .doc_list = mem_doc_list,
    .stats = mem_stats,
};
