/*
 * store/sqlite_doc.c - counters and documents.
 *
 * Rules
 *   1. their commits wait for the disk. The log is one file, so such a
 *      commit also makes every earlier commit of records durable.
 *   2. a write that changes nothing (a counter's limit, a version that does
 *      not fit) commits nothing
 *   3. a document's first version is behind every version that any deleted
 *      document had (meta 'doc_floor'), so no version ever comes back
 *
 * Threads: any; writes hold s->write_mu, reads have a connection of their
 * own.
 */
#include "store/sqlite_priv.h"

#include "base/num.h"

#include <inttypes.h>

/* ---- counters ---- */

static int read_count(struct sq_conn *c, const char *key, int64_t *ret,
                      struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_COUNT_GET, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, str_of(key));
    bool there;
    rc = sq_bound_step(c, &in, &there, e);
    if (rc)
        return rc;
    struct sq_cols row = { .st = in.st };
    *ret = there ? (int64_t)sq_take_u64(&row) : 0;
    rc = sq_take_end(&row, c, e);
    sq_give(in.st);
    return rc;
}

static int write_count(struct sq_conn *c, const char *key, int64_t value,
                       struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_COUNT_PUT, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, str_of(key));
    sq_bind_i64(&in, value);
    return sq_bound_run(c, &in, e);
}

/* *@value is the counter before, and after when it was added. */
static int add_up(struct sq_conn *c, const char *key, int64_t delta,
                  int64_t limit, int64_t *value, struct err *e)
{
    int rc = read_count(c, key, value, e);
    if (rc)
        return rc;
    int64_t after;
    if (!num_add_i64(*value, delta, &after) || after > limit || after < 0)
        return err_set(e, RC_LIMIT,
                       "counter '%s' is %" PRId64 ", its limit %" PRId64, key,
                       *value, limit);
    if (delta)
        rc = write_count(c, key, after, e);
    if (!rc)
        *value = after;
    return rc;
}

static int count_locked(struct sq_conn *c, const char *key, int64_t delta,
                        int64_t limit, int64_t *value, struct err *e)
{
    int rc = sq_begin(c, /* durable= */ true, e);
    if (rc)
        return rc;
    return sq_end(c, add_up(c, key, delta, limit, value, e), e);
}

int sq_count(struct store *store, const char *key, int64_t delta, int64_t limit,
             int64_t *value, struct err *e)
{
    struct sqlite *s = sq_of(store);
    int rc;
    if (delta == 0) {
        struct sq_conn *c;
        rc = sq_reader(s, &c, e);
        if (rc)
            return rc;
        rc = add_up(c, key, 0, limit, value, e);
        sq_reader_done(s, c);
        return rc;
    }
    mtx_lock(&s->write_mu);
    rc = count_locked(s->writer, key, delta, limit, value, e);
    mtx_unlock(&s->write_mu);
    return rc;
}

/* ---- lists ---- */

/* What a list of counters or of documents calls. */
struct listing {
    struct sq_conn *c;
    struct str prefix;
    store_count_fn count_fn; /* one of the two */
    store_doc_fn doc_fn;
    void *ctx;
};

static int visit(struct listing *l, struct sq_cols *row, const char *key,
                 struct err *e)
{
    uint64_t number = sq_take_u64(row);
    struct str body = l->doc_fn ? sq_take_bytes(row) : STR("");
    int rc = sq_take_end(row, l->c, e);
    if (rc)
        return rc;
    if (l->doc_fn)
        return l->doc_fn(l->ctx, key, number, body);
    return l->count_fn(l->ctx, key, (int64_t)number);
}

/* Keys follow in order: the first one without the prefix is the end. */
static int visit_rows(struct listing *l, struct sq_bind *in, struct err *e)
{
    bool row;
    int rc = sq_bound_step(l->c, in, &row, e);
    if (rc)
        return rc;
    while (!rc && row) {
        struct sq_cols cols = { .st = in->st };
        struct str s = sq_take_bytes(&cols);
        char key[STORE_KEY_MAX + 1];
        if (!str_starts(s, l->prefix) || s.n > STORE_KEY_MAX)
            break;
        memcpy(key, s.p, s.n);
        key[s.n] = '\0';
        rc = visit(l, &cols, key, e);
        if (!rc)
            rc = sq_step(l->c, in->st, &row, e);
    }
    sq_give(in->st);
    return rc;
}

static int list(struct sqlite *s, size_t no, struct listing *l, struct err *e)
{
    int rc = sq_reader(s, &l->c, e);
    if (rc)
        return rc;
    struct sq_bind in;
    rc = sq_prepare(l->c, no, &in, e);
    if (!rc) {
        sq_bind_text(&in, l->prefix);
        rc = visit_rows(l, &in, e);
    }
    sq_reader_done(s, l->c);
    return rc;
}

int sq_counts(struct store *store, const char *prefix, store_count_fn fn,
              void *ctx, struct err *e)
{
    struct listing l = { .prefix = str_of(prefix), .count_fn = fn, .ctx = ctx };
    return list(sq_of(store), SQ_COUNT_LIST, &l, e);
}

int sq_doc_list(struct store *store, const char *prefix, store_doc_fn fn,
                void *ctx, struct err *e)
{
    struct listing l = { .prefix = str_of(prefix), .doc_fn = fn, .ctx = ctx };
    return list(sq_of(store), SQ_DOC_LIST, &l, e);
}

/* ---- documents ---- */

/* A document without its body; version 0 = there is none. */
struct doc {
    uint64_t version, fence;
};

/* @body may be NULL. */
static int read_doc(struct sq_conn *c, const char *key, struct doc *ret,
                    struct buf *body, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_DOC_GET, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, str_of(key));
    bool there;
    rc = sq_bound_step(c, &in, &there, e);
    if (rc)
        return rc;
    *ret = (struct doc){ 0, 0 };
    struct sq_cols row = { .st = in.st };
    if (there) {
        ret->version = sq_take_u64(&row);
        ret->fence = sq_take_u64(&row);
    }
    if (there && body) {
        buf_str(body, sq_take_bytes(&row));
        rc = buf_check(body, key, e);
    }
    if (!rc)
        rc = sq_take_end(&row, c, e);
    sq_give(in.st);
    return rc;
}

int sq_doc_get(struct store *store, const char *key, struct buf *body,
               uint64_t *version, struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct sq_conn *c;
    struct doc d;
    int rc = sq_reader(s, &c, e);
    if (rc)
        return rc;
    rc = read_doc(c, key, &d, body, e);
    sq_reader_done(s, c);
    if (!rc && d.version == 0)
        rc = err_set(e, RC_NOTFOUND, "there is no document '%s'", key);
    if (!rc)
        *version = d.version;
    return rc;
}

static const char floor_key[] = "doc_floor";

static int read_floor(struct sq_conn *c, uint64_t *ret, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_META_GET, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, STR(floor_key));
    bool there;
    rc = sq_bound_step(c, &in, &there, e);
    if (rc)
        return rc;
    struct sq_cols row = { .st = in.st };
    *ret = there ? sq_take_u64(&row) : 0;
    rc = sq_take_end(&row, c, e);
    sq_give(in.st);
    return rc;
}

static int raise_floor(struct sq_conn *c, uint64_t version, struct err *e)
{
    uint64_t floor;
    int rc = read_floor(c, &floor, e);
    if (rc || version <= floor)
        return rc;
    struct sq_bind in;
    rc = sq_prepare(c, SQ_META_PUT, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, STR(floor_key));
    sq_bind_u64(&in, version);
    return sq_bound_run(c, &in, e);
}

static int delete_doc(struct sq_conn *c, const char *key, uint64_t version,
                      struct err *e)
{
    struct sq_bind in;
    int rc = raise_floor(c, version, e); /* rule 3 */
    if (!rc)
        rc = sq_prepare(c, SQ_DOC_DELETE, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, str_of(key));
    return sq_bound_run(c, &in, e);
}

static int write_doc(struct sq_conn *c, const char *key, const struct doc *d,
                     struct str body, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_DOC_PUT, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, str_of(key));
    sq_bind_u64(&in, d->version);
    sq_bind_u64(&in, d->fence);
    sq_bind_blob(&in, body);
    return sq_bound_run(c, &in, e);
}

/* What a caller of store_doc_put() asks for. */
struct wish {
    const char *key;
    uint64_t expect;
    struct str body;
    uint64_t fence;
};

static int refuse(const struct wish *w, const struct doc *d, struct err *e)
{
    if (!store_fence_ok(d->fence, w->fence))
        return err_set(e, RC_FENCED,
                       "document '%s' was written with token %" PRIu64, w->key,
                       d->fence);
    if (w->expect != STORE_DOC_ANY && w->expect != d->version)
        return err_set(e, RC_EXISTS, "document '%s' has version %" PRIu64,
                       w->key, d->version);
    return RC_OK;
}

static int replace(struct sq_conn *c, const struct wish *w, uint64_t *version,
                   struct err *e)
{
    struct doc d;
    int rc = read_doc(c, w->key, &d, NULL, e);
    if (!rc)
        rc = refuse(w, &d, e);
    if (rc)
        return rc;
    if (!w->body.p) {
        *version = 0;
        return d.version ? delete_doc(c, w->key, d.version, e) : RC_OK;
    }
    if (d.version == 0)
        rc = read_floor(c, &d.version, e);
    if (rc)
        return rc;
    d.version++;
    if (w->fence > d.fence)
        d.fence = w->fence;
    *version = d.version;
    return write_doc(c, w->key, &d, w->body, e);
}

int sq_doc_put(struct store *store, const char *key, uint64_t expect,
               struct str body, uint64_t fence, uint64_t *version,
               struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct wish w = { key, expect, body, fence };
    mtx_lock(&s->write_mu);
    int rc = sq_begin(s->writer, /* durable= */ true, e);
    if (!rc)
        rc = sq_end(s->writer, replace(s->writer, &w, version, e), e);
    mtx_unlock(&s->write_mu);
    return rc;
}
