/*
 * store/mongo_doc.c - counters and documents.
 *
 * Rules
 *   1. a counter is changed by one findAndModify that matches only while
 *      the sum keeps within its bounds; the driver sends it again once, and
 *      the server knows it then, so it counts once
 *   2. a document is read, compared and written in one transaction
 *   3. versions of a document never return: the largest version of any
 *      deleted document is kept, and a new one starts behind it
 *   4. what is read alone is read linearizably: also just after an election
 *      it is what was last written. A list is a snapshot.
 *
 * Threads: any; each call has a connection of its own.
 */
#include "store/mongo_priv.h"

#include "base/num.h"

#include <inttypes.h>

static void id_filter(bson_t *b, const char *key)
{
    BSON_APPEND_UTF8(b, "_id", key);
}

static int damaged(const char *what, const char *key, struct err *e)
{
    return err_set(e, RC_CORRUPT, "%s '%.80s' is damaged", what, key);
}

static bool int_at(const bson_t *doc, const char *name, int64_t *ret)
{
    bson_iter_t it;
    if (!bson_iter_init_find(&it, doc, name) || !BSON_ITER_HOLDS_INT64(&it))
        return false;
    *ret = bson_iter_int64(&it);
    return true;
}

/* Visit the document of @coll named @key, if there is one. */
static int find_alone(struct mongo *m, const char *coll, const char *key,
                      mg_row_fn fn, void *ctx, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    struct mg_conn c;
    int rc = mg_conn_open(m, MG_PLAIN, &c, e);
    if (rc)
        return rc;
    id_filter(&filter, key);
    mg_linearizable(&opts); /* rule 4 */
    rc = mg_find(&c, coll, &filter, &opts, fn, ctx, e);
    mg_conn_close(&c);
    return rc;
}

/* ---- counters ---- */

struct counting {
    const char *key;
    int64_t delta, limit;
    int64_t value;
};

static int take_count(void *ctx, const bson_t *doc, struct err *e)
{
    struct counting *x = ctx;
    return int_at(doc, "v", &x->value) ? RC_OK : damaged("counter", x->key, e);
}

/* May x->delta be added to @value? */
static bool fits(const struct counting *x, int64_t value)
{
    int64_t sum;
    return num_add_i64(value, x->delta, &sum) && sum >= 0 && sum <= x->limit;
}

static int refuse(const struct counting *x, struct err *e)
{
    return err_set(e, RC_LIMIT,
                   "counter '%.80s' is %" PRId64 "; adding %" PRId64
                   " would leave 0 to %" PRId64,
                   x->key, x->value, x->delta, x->limit);
}

/* Values to which x->delta, which is not INT64_MIN, may be added: those that
 * fits() says. */
static void put_bounds(bson_t *filter, const struct counting *x)
{
    bson_t v;
    int64_t lo = -x->delta;
    int64_t hi;
    if (!num_add_i64(x->limit, lo, &hi))
        hi = INT64_MAX;
    BSON_APPEND_DOCUMENT_BEGIN(filter, "v", &v);
    BSON_APPEND_INT64(&v, "$gte", lo);
    BSON_APPEND_INT64(&v, "$lte", hi);
    bson_append_document_end(filter, &v);
}

static mongoc_find_and_modify_opts_t *add_opts(int64_t delta, bool make)
{
    bson_t update MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t add;
    BSON_APPEND_DOCUMENT_BEGIN(&update, "$inc", &add);
    BSON_APPEND_INT64(&add, "v", delta);
    bson_append_document_end(&update, &add);
    mongoc_find_and_modify_opts_t *o = mongoc_find_and_modify_opts_new();
    mongoc_find_and_modify_opts_set_update(o, &update);
    mongoc_find_and_modify_opts_set_flags(
        o, MONGOC_FIND_AND_MODIFY_RETURN_NEW |
               (make ? MONGOC_FIND_AND_MODIFY_UPSERT : 0));
    return o;
}

/* Read "value": {"v": …} of the server's answer. */
static int take_answer(const bson_t *reply, struct counting *x, struct err *e)
{
    bson_iter_t it, v;
    if (!bson_iter_init(&it, reply) ||
        !bson_iter_find_descendant(&it, "value.v", &v) ||
        !BSON_ITER_HOLDS_INT64(&v))
        return damaged("counter", x->key, e);
    x->value = bson_iter_int64(&v);
    return RC_OK;
}

/*
 * Rule 1. A counter that is there but does not match would be made a second
 * time: the server says duplicate, which is RC_AGAIN here. It means that
 * the sum would leave its bounds, or that another one made it just now.
 */
static int add_once(struct mg_conn *c, struct counting *x, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_error_t be;
    bson_t reply;
    id_filter(&filter, x->key);
    put_bounds(&filter, x);
    mongoc_find_and_modify_opts_t *o = add_opts(x->delta, x->delta > 0);
    mongoc_collection_t *coll MG_AUTO_COLL = mg_coll(c, MG_COUNT);
    bool ok = mongoc_collection_find_and_modify_with_opts(coll, &filter, o,
                                                          &reply, &be);
    mongoc_find_and_modify_opts_destroy(o);
    bson_iter_t it;
    bool none = ok && (!bson_iter_init_find(&it, &reply, "value") ||
                       BSON_ITER_HOLDS_NULL(&it));
    int rc = !ok    ? mg_fail(c, &be, &reply, MG_WRITE, "count", e)
             : none ? RC_AGAIN
                    : take_answer(&reply, x, e);
    bson_destroy(&reply);
    return rc;
}

static int read_count(struct mongo *m, struct counting *x, struct err *e)
{
    x->value = 0;
    return find_alone(m, MG_COUNT, x->key, take_count, x, e);
}

static int add(struct mongo *m, struct counting *x, struct err *e)
{
    struct mg_conn c;
    int rc = mg_conn_open(m, MG_PLAIN, &c, e);
    if (rc)
        return rc;
    rc = add_once(&c, x, e);
    mg_conn_close(&c);
    return rc;
}

int mg_count(struct store *store, const char *key, int64_t delta, int64_t limit,
             int64_t *value, struct err *e)
{
    struct mongo *m = mg_of(store);
    struct counting x = { .key = key, .delta = delta, .limit = limit };
    /* A sum that no value allows is not asked of the server. */
    bool hopeless = limit < 0 || delta > limit || delta == INT64_MIN;
    int rc = RC_AGAIN;
    while (rc == RC_AGAIN) {
        if (delta && !hopeless)
            rc = add(m, &x, e);
        if (rc != RC_AGAIN)
            break;
        rc = read_count(m, &x, e);
        if (!rc && (hopeless || !fits(&x, x.value)))
            rc = refuse(&x, e);
        else if (!rc && delta)
            rc = RC_AGAIN; /* it changed between the two: once more */
    }
    if (!rc || rc == RC_LIMIT)
        *value = x.value;
    return rc;
}

/* ---- lists ---- */

struct listing {
    struct str prefix;
    store_count_fn count_fn; /* or */
    store_doc_fn doc_fn;
    void *ctx;
};

static struct str bytes_at(const bson_t *doc, const char *name)
{
    bson_iter_t it;
    uint32_t n = 0;
    const uint8_t *p = NULL;
    if (bson_iter_init_find(&it, doc, name) && BSON_ITER_HOLDS_BINARY(&it))
        bson_iter_binary(&it, NULL, &n, &p);
    return n ? str_n((const char *)p, n) : STR("");
}

static int list_one(void *ctx, const bson_t *doc, struct err *e)
{
    struct listing *l = ctx;
    bson_iter_t it;
    int64_t number;
    const char *key = NULL;
    if (bson_iter_init_find(&it, doc, "_id") && BSON_ITER_HOLDS_UTF8(&it))
        key = bson_iter_utf8(&it, NULL);
    if (!key || !int_at(doc, "v", &number))
        return damaged(l->doc_fn ? "document" : "counter",
                       key ? key : "without a name", e);
    if (l->doc_fn)
        return l->doc_fn(l->ctx, key, (uint64_t)number, bytes_at(doc, "b"));
    return l->count_fn(l->ctx, key, number);
}

/* Names with the prefix follow each other. The last one there can be is the
 * prefix and then U+10FFFF as often as a name has room. */
static void prefix_filter(bson_t *filter, struct str prefix)
{
    char last[STORE_KEY_MAX + 8];
    size_t n = prefix.n;
    memcpy(last, prefix.p, n);
    for (; n < STORE_KEY_MAX; n += 4)
        memcpy(last + n, "\xf4\x8f\xbf\xbf", 4);
    bson_t id;
    BSON_APPEND_DOCUMENT_BEGIN(filter, "_id", &id);
    bson_append_utf8(&id, "$gte", -1, prefix.n ? prefix.p : "", (int)prefix.n);
    bson_append_utf8(&id, "$lte", -1, last, (int)n);
    bson_append_document_end(filter, &id);
}

static int list_on(struct mg_conn *c, const char *coll, struct listing *l,
                   struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t sort;
    BSON_APPEND_DOCUMENT_BEGIN(&opts, "sort", &sort);
    BSON_APPEND_INT32(&sort, "_id", 1);
    bson_append_document_end(&opts, &sort);
    prefix_filter(&filter, l->prefix);
    int rc = mg_catch_up(c, e);
    return rc ? rc : mg_find(c, coll, &filter, &opts, list_one, l, e);
}

static int list(struct mongo *m, const char *coll, struct listing *l,
                struct err *e)
{
    struct mg_conn c;
    int rc = mg_conn_open(m, MG_SNAPSHOT, &c, e);
    if (rc)
        return rc;
    rc = list_on(&c, coll, l, e);
    mg_conn_close(&c);
    return rc;
}

int mg_counts(struct store *store, const char *prefix, store_count_fn fn,
              void *ctx, struct err *e)
{
    struct listing l = { .prefix = str_of(prefix), .count_fn = fn, .ctx = ctx };
    return list(mg_of(store), MG_COUNT, &l, e);
}

int mg_doc_list(struct store *store, const char *prefix, store_doc_fn fn,
                void *ctx, struct err *e)
{
    struct listing l = { .prefix = str_of(prefix), .doc_fn = fn, .ctx = ctx };
    return list(mg_of(store), MG_DOC, &l, e);
}

/* ---- documents ---- */

/* A document as it is stored; version 0 = there is none. */
struct doc {
    const char *key;
    uint64_t version, fence;
    struct buf *body; /* appended to; NULL = not wanted */
};

static int take_doc(void *ctx, const bson_t *stored, struct err *e)
{
    struct doc *d = ctx;
    int64_t version, fence = 0;
    if (!int_at(stored, "v", &version))
        return damaged("document", d->key, e);
    (void)int_at(stored, "f", &fence); /* absent = 0 */
    d->version = (uint64_t)version;
    d->fence = (uint64_t)fence;
    if (!d->body)
        return RC_OK;
    buf_str(d->body, bytes_at(stored, "b"));
    return buf_check(d->body, d->key, e);
}

int mg_doc_get(struct store *store, const char *key, struct buf *body,
               uint64_t *version, struct err *e)
{
    struct doc d = { .key = key, .body = body };
    int rc = find_alone(mg_of(store), MG_DOC, key, take_doc, &d, e);
    if (!rc && d.version == 0)
        rc = err_set(e, RC_NOTFOUND, "there is no document '%s'", key);
    if (!rc)
        *version = d.version;
    return rc;
}

/* What a caller of store_doc_put() asks for. */
struct wish {
    const char *key;
    uint64_t expect;
    struct str body;
    uint64_t fence;
    uint64_t version; /* the answer */
};

static int check(const struct wish *w, const struct doc *d, struct err *e)
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

/* Read @key of @coll without its body, within the transaction. */
static int read_head(struct mg_conn *c, const char *coll, const char *key,
                     struct doc *ret, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t fields;
    *ret = (struct doc){ .key = key };
    id_filter(&filter, key);
    BSON_APPEND_DOCUMENT_BEGIN(&opts, "projection", &fields);
    BSON_APPEND_INT32(&fields, "v", 1);
    BSON_APPEND_INT32(&fields, "f", 1);
    bson_append_document_end(&opts, &fields);
    return mg_find(c, coll, &filter, &opts, take_doc, ret, e);
}

/* Write document @doc of @coll, made when absent. */
static int replace(struct mg_conn *c, const char *coll, const char *key,
                   const bson_t *doc, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_error_t be;
    bson_t reply;
    int rc = mg_opts(c, &opts, e);
    if (rc)
        return rc;
    id_filter(&filter, key);
    BSON_APPEND_BOOL(&opts, "upsert", true);
    mongoc_collection_t *to MG_AUTO_COLL = mg_coll(c, coll);
    if (!mongoc_collection_replace_one(to, &filter, doc, &opts, &reply, &be))
        rc = mg_fail(c, &be, &reply, MG_NONE, "write a document", e);
    bson_destroy(&reply);
    return rc;
}

static const char floor_key[] = "doc_floor";

/* Rule 3. */
static int raise_floor(struct mg_conn *c, uint64_t version, struct err *e)
{
    struct doc floor;
    int rc = read_head(c, MG_META, floor_key, &floor, e);
    if (rc || version <= floor.version)
        return rc;
    bson_t doc MG_AUTO_BSON = BSON_INITIALIZER;
    id_filter(&doc, floor_key);
    BSON_APPEND_INT64(&doc, "v", (int64_t)version);
    return replace(c, MG_META, floor_key, &doc, e);
}

static int remove_doc(struct mg_conn *c, const struct doc *d, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_error_t be;
    bson_t reply;
    int rc = raise_floor(c, d->version, e);
    if (!rc)
        rc = mg_opts(c, &opts, e);
    if (rc)
        return rc;
    id_filter(&filter, d->key);
    mongoc_collection_t *coll MG_AUTO_COLL = mg_coll(c, MG_DOC);
    if (!mongoc_collection_delete_one(coll, &filter, &opts, &reply, &be))
        rc = mg_fail(c, &be, &reply, MG_NONE, "delete a document", e);
    bson_destroy(&reply);
    return rc;
}

static int write_doc(struct mg_conn *c, const struct wish *w,
                     const struct doc *d, struct err *e)
{
    uint64_t fence = w->fence > d->fence ? w->fence : d->fence;
    bson_t doc MG_AUTO_BSON = BSON_INITIALIZER;
    id_filter(&doc, w->key);
    BSON_APPEND_INT64(&doc, "v", (int64_t)w->version);
    if (fence)
        BSON_APPEND_INT64(&doc, "f", (int64_t)fence);
    bson_append_binary(&doc, "b", -1, BSON_SUBTYPE_BINARY,
                       (const uint8_t *)(w->body.n ? w->body.p : ""),
                       (uint32_t)w->body.n);
    return replace(c, MG_DOC, w->key, &doc, e);
}

static int put_in_txn(void *ctx, struct mg_conn *c, struct err *e)
{
    struct wish *w = ctx;
    struct doc d, floor = { .version = 0 };
    int rc = read_head(c, MG_DOC, w->key, &d, e);
    if (!rc)
        rc = check(w, &d, e);
    if (rc)
        return rc;
    if (!w->body.p) {
        w->version = 0;
        return d.version ? remove_doc(c, &d, e) : RC_OK;
    }
    if (d.version == 0)
        rc = read_head(c, MG_META, floor_key, &floor, e);
    if (rc)
        return rc;
    w->version = (d.version ? d.version : floor.version) + 1;
    return write_doc(c, w, &d, e);
}

int mg_doc_put(struct store *store, const char *key, uint64_t expect,
               struct str body, uint64_t fence, uint64_t *version,
               struct err *e)
{
    struct wish w = {
        .key = key, .expect = expect, .body = body, .fence = fence
    };
    int rc = mg_txn(mg_of(store), put_in_txn, &w, e);
    if (!rc)
        *version = w.version;
    return rc;
}
