/*
 * store/mem_item.c - counters and documents of a mem: store.
 *
 * Rules
 *   1. a document's first version is behind every version that any deleted
 *      document had
 *   2. a list is a copy, so that a callback may write
 *
 * Threads: any. Lock: m->mu.
 */
#include "store/mem_priv.h"

#include "base/num.h"

#include <inttypes.h>
#include <stdlib.h>

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
    int rc = mem_injected_locked(m, e);
    if (rc)
        return rc;
    if (!x)
        x = mem_list_add(&m->counters, key);
    if (!x)
        return mem_no_memory(e);
    x->value = after;
    *value = after;
    return RC_OK;
}

int mem_count(struct store *s, const char *key, int64_t delta, int64_t limit,
              int64_t *value, struct err *e)
{
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    int rc =
        mem_answer_locked(m, count_locked(m, key, delta, limit, value, e), e);
    mtx_unlock(&m->mu);
    return rc;
}

static int copy_items(struct mem *m, const struct mem_list *from,
                      const char *prefix, struct mem_list *ret, struct err *e)
{
    mtx_lock(&m->mu);
    bool ok = mem_list_copy(from, prefix, ret);
    mtx_unlock(&m->mu);
    return ok ? RC_OK : mem_no_memory(e);
}

int mem_counts(struct store *s, const char *prefix, store_count_fn fn,
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

int mem_doc_get(struct store *s, const char *key, struct buf *body,
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
        m->doc_floor = x->version; /* rule 1 */
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
            x->version = m->doc_floor; /* rule 1 */
    }
    if (!copy || !x) {
        free(copy);
        return mem_no_memory(e);
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
    int rc = mem_injected_locked(m, e);
    if (rc)
        return rc;
    if (!body.p)
        return doc_delete_locked(m, x, version);
    return doc_write_locked(m, x, key, body, fence, version, e);
}

int mem_doc_put(struct store *s, const char *key, uint64_t expect,
                struct str body, uint64_t fence, uint64_t *version,
                struct err *e)
{
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    int rc = mem_answer_locked(
        m, doc_put_locked(m, key, expect, body, fence, version, e), e);
    mtx_unlock(&m->mu);
    return rc;
}

int mem_doc_list(struct store *s, const char *prefix, store_doc_fn fn,
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
