/*
 * store/store.c - the door: picks the back end by the uri, checks what
 * comes in, and calls it.
 *
 * Rules
 *   1. a back end is never called with a bad argument: unknown record type,
 *      batch above STORE_BATCH_MAX, stray bits, a key that is no key
 *   2. a store opened read_only refuses every write before the back end
 *      sees it
 *   3. an empty batch is done at once
 *
 * Threads: no state besides struct store, which never changes after open.
 */
#include "store/store_priv.h"

#include "base/uri.h"
#include "base/utf8.h"

#include <inttypes.h>

static const struct store_ops *const backends[] = {
    &store_mem_ops,
    &store_sqlite_ops,
#ifdef SVF_WITH_MONGO
    &store_mongo_ops,
    &store_mongo_srv_ops,
#endif
};

void store_process_begin(void)
{
#ifdef SVF_WITH_MONGO
    store_mongo_process_begin();
#endif
}

/* ---- open and close ---- */

static const struct store_ops *backend_of(struct str scheme)
{
    for (size_t i = 0; i < ARRAY_LEN(backends); i++)
        if (str_eqz(scheme, backends[i]->scheme))
            return backends[i];
    return NULL;
}

static int fill_front(struct store *s, const struct store_ops *ops,
                      const struct store_options *o, struct err *e)
{
    s->ops = ops;
    s->read_only = o->read_only;
    s->clk = o->clk;
    s->feed_keep = o->feed_keep ? o->feed_keep : STORE_FEED_KEEP;
    s->uri = uri_to_show(o->uri);
    return s->uri ? RC_OK : err_set(e, RC_NOMEM, "no memory for a store");
}

int store_open(struct store **ret, const struct store_options *o, struct err *e)
{
    const char *colon = o->uri ? strchr(o->uri, ':') : NULL;
    if (!colon || !o->clk)
        return err_set(e, RC_CONFIG, "'%s' names no store; sqlite:PATH would",
                       o->uri ? o->uri : "");
    struct str scheme = str_n(o->uri, (size_t)(colon - o->uri));
    const struct store_ops *ops = backend_of(scheme);
    if (!ops)
        return err_set(e, RC_CONFIG,
                       "no back end for '%.*s:' stores is built in; "
                       "sqlite:PATH%s and mem: are",
                       scheme.n > 40 ? 40 : (int)scheme.n, scheme.p,
                       backend_of(STR("mongodb")) ? ", mongodb://HOST/NAME"
                                                  : "");
    struct store *s = NULL;
    int rc = ops->open(&s, o, colon + 1, e);
    if (rc)
        return rc;
    rc = fill_front(s, ops, o, e);
    if (rc) {
        ops->close(s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    free(s->uri);
    s->ops->close(s);
}

enum store_kind store_kind(const struct store *s)
{
    return s->kind;
}

const char *store_uri(const struct store *s)
{
    return s->uri;
}

const unsigned char *store_id(const struct store *s)
{
    return s->id;
}

/* ---- checks ---- */

static int check_write(const struct store *s, struct err *e)
{
    if (s->read_only)
        return err_set(e, RC_DENIED, "the store was opened for reading only");
    return RC_OK;
}

static int check_batch(const struct schema_type *t, size_t n, struct err *e)
{
    if (store_type_index(t) == STORE_TYPES)
        return err_set(e, RC_INPUT, "no such type of record");
    if (n > STORE_BATCH_MAX)
        return err_set(e, RC_INPUT, "%zu records in one batch, %d at most", n,
                       STORE_BATCH_MAX);
    return RC_OK;
}

static int check_keys(const struct schema_type *t, const uint64_t (*keys)[2],
                      size_t n, struct err *e)
{
    int rc = check_batch(t, n, e);
    for (size_t i = 0; !rc && i < n; i++)
        if (t->key_words < 2 && keys[i][1])
            rc = err_set(e, RC_INPUT, "key %zu has a second word", i);
    return rc;
}

static int check_heads(const struct schema_type *t, const void *recs, size_t n,
                       struct err *e)
{
    uint64_t all = store_all_bits(t);
    for (size_t i = 0; i < n; i++) {
        const struct schema_head *h =
            (const void *)((const char *)recs + i * t->size);
        if (h->have & h->clear || (h->have | h->clear) & ~all)
            return err_set(e, RC_INPUT,
                           "record %zu sets and clears the same field, or "
                           "one that its type lacks",
                           i);
        if (t->key_words < 2 && h->key[1])
            return err_set(e, RC_INPUT, "key %zu has a second word", i);
    }
    return RC_OK;
}

/* Text for a counter or document name: UTF-8 without control characters. */
static int check_name(const char *name, size_t min, struct err *e)
{
    struct str s = str_of(name);
    bool ok = s.n >= min && s.n <= STORE_KEY_MAX && utf8_valid(s);
    for (size_t i = 0; ok && i < s.n; i++)
        ok = (unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f;
    if (!ok)
        return err_set(e, RC_INPUT, "'%.40s' cannot name a document", name);
    return RC_OK;
}

/* ---- records ---- */

int store_put(struct store *s, const struct schema_type *t, const void *recs,
              size_t n, uint64_t fence, enum store_outcome *ret, struct err *e)
{
    int rc = check_write(s, e);
    if (!rc)
        rc = check_batch(t, n, e);
    if (!rc)
        rc = check_heads(t, recs, n, e);
    if (rc || n == 0)
        return rc;
    return s->ops->put(s, t, recs, n, fence, ret, e);
}

int store_get(struct store *s, const struct schema_type *t,
              const uint64_t (*keys)[2], size_t n, uint64_t cols,
              struct arena *arena, void *recs, bool *found, struct err *e)
{
    int rc = check_keys(t, keys, n, e);
    if (rc || n == 0)
        return rc;
    cols &= store_all_bits(t);
    return s->ops->get(s, t, keys, n, cols, arena, recs, found, e);
}

int store_scan(struct store *s, const struct schema_type *t, uint64_t cols,
               const struct store_range *range, store_row_fn fn, void *ctx,
               struct err *e)
{
    struct store_range r = range ? *range : (struct store_range){ .of = 1 };
    if (r.of == 0)
        r.of = 1;
    int rc = check_batch(t, 0, e);
    if (!rc && r.part >= r.of)
        rc = err_set(e, RC_INPUT, "part %" PRIu32 " of %" PRIu32, r.part, r.of);
    if (rc)
        return rc;
    return s->ops->scan(s, t, cols & store_all_bits(t), &r, fn, ctx, e);
}

int store_delete(struct store *s, const struct schema_type *t,
                 const uint64_t (*keys)[2], size_t n, uint64_t fence,
                 size_t *deleted, struct err *e)
{
    int rc = check_write(s, e);
    if (!rc)
        rc = check_keys(t, keys, n, e);
    size_t done = 0;
    if (!rc && n)
        rc = s->ops->del(s, t, keys, n, fence, &done, e);
    if (!rc && deleted)
        *deleted = done;
    return rc;
}

/* ---- change feed ---- */

int store_feed_now(struct store *s, struct store_pos *ret, struct err *e)
{
    return s->ops->feed_now(s, ret, e);
}

int store_feed_read(struct store *s, struct store_pos *pos, size_t max,
                    dur_t wait, store_change_fn fn, void *ctx, size_t *n,
                    struct err *e)
{
    if (pos->n > sizeof(pos->bytes))
        return err_set(e, RC_LOST, "the position is not one of this store");
    size_t told = 0;
    int rc = s->ops->feed_read(s, pos, max, wait, fn, ctx, &told, e);
    if (!rc && n)
        *n = told;
    return rc;
}

/* ---- counters and documents ---- */

int store_count(struct store *s, const char *key, int64_t delta, int64_t limit,
                int64_t *value, struct err *e)
{
    int rc = delta ? check_write(s, e) : RC_OK;
    if (!rc)
        rc = check_name(key, 1, e);
    if (rc)
        return rc;
    int64_t after = 0;
    rc = s->ops->count(s, key, delta, limit, &after, e);
    if ((!rc || rc == RC_LIMIT) && value)
        *value = after;
    return rc;
}

int store_counts(struct store *s, const char *prefix, store_count_fn fn,
                 void *ctx, struct err *e)
{
    int rc = check_name(prefix, 0, e);
    return rc ? rc : s->ops->counts(s, prefix, fn, ctx, e);
}

int store_doc_get(struct store *s, const char *key, struct buf *body,
                  uint64_t *version, struct err *e)
{
    int rc = check_name(key, 1, e);
    if (rc)
        return rc;
    uint64_t found = 0;
    rc = s->ops->doc_get(s, key, body, &found, e);
    if ((!rc || rc == RC_NOTFOUND) && version)
        *version = found;
    return rc;
}

int store_doc_put(struct store *s, const char *key, uint64_t expect,
                  struct str body, uint64_t fence, uint64_t *version,
                  struct err *e)
{
    int rc = check_write(s, e);
    if (!rc)
        rc = check_name(key, 1, e);
    if (!rc && body.n > STORE_DOC_MAX)
        rc = err_set(e, RC_LIMIT, "document '%s' has %zu bytes, %d at most",
                     key, body.n, STORE_DOC_MAX);
    if (rc)
        return rc;
    uint64_t after = 0;
    rc = s->ops->doc_put(s, key, expect, body, fence, &after, e);
    if (!rc && version)
        *version = after;
    return rc;
}

int store_doc_list(struct store *s, const char *prefix, store_doc_fn fn,
                   void *ctx, struct err *e)
{
    int rc = check_name(prefix, 0, e);
    return rc ? rc : s->ops->doc_list(s, prefix, fn, ctx, e);
}

int store_stats(struct store *s, struct store_stats *ret, struct err *e)
{
    return s->ops->stats(s, ret, e);
}
