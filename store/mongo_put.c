/*
 * store/mongo_put.c - a batch of records into the database, or out of it.
 *
 * Rules
 *   1. one transaction a batch: it reads what is there, merges in memory,
 *      and writes each key once, however often it occurs
 *   2. a document is written only when something moved; text only when text
 *      moved, and it is read only when the batch tells text, for records
 *      that are there. Text without its record, which nobody here writes,
 *      meets the insert as a duplicate: the next run of the transaction
 *      reads all
 *   3. every change that the feed must tell changes the narrow document:
 *      text alone raises its number of changes. So the feed watches the
 *      narrow collections only.
 *   4. new documents go in one insert, changed ones in one bulk of updates;
 *      an insert costs the server a third of an upsert
 *   5. the transaction may run again: all it keeps is reset at its begin,
 *      but that it is not the first run
 *
 * Threads: any; each call has a connection and memory of its own.
 */
#include "store/mongo_priv.h"

#include <stdlib.h>

enum { TEXT_MAX = 1 << 30 }; /* bytes of stored text held by one batch */

/* One key of the batch. */
struct slot {
    bool there, text_there; /* stored before the batch */
    bool told;
    uint64_t fence, kept; /* now, and as stored */
    uint64_t moved;       /* fields that differ from what is stored */
};

/* What a batch works on. */
struct batch {
    const struct schema_type *t;
    const struct mg_layout *layout;
    uint64_t fence;
    const char *in; /* records as given */
    size_t n;
    bool text;  /* the batch tells text */
    bool again; /* this is not the first run */
    struct mg_keys keys;
    struct slot *slot;  /* as many as keys */
    char *rec;          /* the record of each key */
    struct arena arena; /* stored text */
    enum store_outcome *out;
};

static void *rec_of(const struct batch *b, size_t k)
{
    return b->rec + k * b->t->size;
}

/* ---- read what is there ---- */

static int take_narrow(void *ctx, const bson_t *doc, struct err *e)
{
    struct batch *b = ctx;
    size_t k;
    int rc = mg_keys_place(&b->keys, doc, &k, e);
    if (rc || k == b->keys.n)
        return rc;
    b->slot[k].there = true;
    rc = mg_take_record(doc, b->keys.type, ~UINT64_C(0), rec_of(b, k),
                        &b->slot[k].kept, e);
    b->slot[k].fence = b->slot[k].kept;
    return rc;
}

static int take_text(void *ctx, const bson_t *doc, struct err *e)
{
    struct batch *b = ctx;
    size_t k;
    int rc = mg_keys_place(&b->keys, doc, &k, e);
    if (rc || k == b->keys.n)
        return rc;
    b->slot[k].text_there = true;
    void *rec = rec_of(b, k);
    rc = mg_take_record(doc, b->keys.type, ~UINT64_C(0), rec, NULL, e);
    if (!rc && !schema_copy(b->t, rec, rec, &b->arena))
        rc = err_set(e, RC_NOMEM, "no memory for the text of a batch");
    return rc;
}

static bool any_there(const struct batch *b)
{
    for (size_t k = 0; k < b->keys.n; k++)
        if (b->slot[k].there)
            return true;
    return false;
}

static int read_stored(struct batch *b, struct mg_conn *c, struct err *e)
{
    memset(b->slot, 0, b->keys.n * sizeof(*b->slot)); /* rule 5 */
    memset(b->rec, 0, b->keys.n * b->t->size);
    arena_reset(&b->arena);
    int rc =
        mg_keys_find(c, b->layout->narrow, &b->keys, NULL, take_narrow, b, e);
    bool look = b->again || any_there(b); /* rule 2 */
    b->again = true;
    if (!rc && b->text && b->layout->wide && look)
        rc = mg_keys_find(c, b->layout->wide, &b->keys, NULL, take_text, b, e);
    return rc;
}

/* ---- merge ---- */

static void merge_one(struct batch *b, const void *in, enum store_outcome *out)
{
    const struct schema_head *h = in;
    size_t k = mg_keys_at(&b->keys, h->key);
    struct slot *s = &b->slot[k];
    struct schema_head *rec = rec_of(b, k);
    bool known = s->there || s->told; /* told: made by this batch */
    if (!known)                       /* text without a record is nobody's */
        memset(rec, 0, b->t->size);
    struct store_merge m =
        store_merge(b->t, known ? rec : NULL, s->fence, in, b->fence);
    *out = m.outcome;
    if (known && !m.moved && m.fence == s->fence)
        return;
    store_merge_apply(b->t, &m, rec, in);
    s->fence = m.fence;
    s->moved |= m.moved;
    s->told |= store_merge_told(&m);
}

/* ---- write ---- */

/* The whole part of record @k as a document. */
static void whole_doc(const struct batch *b, size_t k, bool wide, bson_t *doc)
{
    const struct schema_head *h = rec_of(b, k);
    mg_put_key(doc, "_id", b->keys.type, h->key);
    if (!wide && b->slot[k].fence)
        BSON_APPEND_INT64(doc, MG_FENCE, (int64_t)b->slot[k].fence);
    mg_put_fields(doc, b->t, wide, h->have, h);
}

static void unset_fields(const struct batch *b, uint64_t bits, bson_t *update)
{
    bson_t part;
    BSON_APPEND_DOCUMENT_BEGIN(update, "$unset", &part);
    for (size_t i = 0; i < b->t->n_fields; i++)
        if (bits >> i & 1)
            BSON_APPEND_UTF8(&part, b->t->fields[i].stored, "");
    bson_append_document_end(update, &part);
}

/* What moved in the narrow part of record @k, as an update. */
static void narrow_update(const struct batch *b, size_t k, bson_t *update)
{
    const struct slot *s = &b->slot[k];
    const struct schema_head *h = rec_of(b, k);
    uint64_t moved = s->moved & ~store_wide_bits(b->t);
    bson_t part;
    if (moved & h->have || s->fence != s->kept) {
        BSON_APPEND_DOCUMENT_BEGIN(update, "$set", &part);
        mg_put_fields(&part, b->t, false, moved & h->have, h);
        if (s->fence != s->kept)
            BSON_APPEND_INT64(&part, MG_FENCE, (int64_t)s->fence);
        bson_append_document_end(update, &part);
    }
    if (moved & ~h->have)
        unset_fields(b, moved & ~h->have, update);
    if (s->told) {
        BSON_APPEND_DOCUMENT_BEGIN(update, "$inc", &part);
        BSON_APPEND_INT64(&part, MG_CHANGES, 1);
        bson_append_document_end(update, &part);
    }
}

/* What becomes of one part of one record. */
enum step { KEEP, INSERT, CHANGE };

static enum step step_of(const struct batch *b, size_t k, bool wide)
{
    const struct slot *s = &b->slot[k];
    uint64_t bits = store_wide_bits(b->t);
    if (wide)
        return !(s->moved & bits) ? KEEP : s->text_there ? CHANGE : INSERT;
    if (!s->there)
        return INSERT;
    return s->told || s->fence != s->kept ? CHANGE : KEEP;
}

static bool add_change(const struct batch *b, size_t k, bool wide,
                       mongoc_bulk_operation_t *bulk, bson_error_t *be)
{
    bson_t id MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t doc MG_AUTO_BSON = BSON_INITIALIZER;
    mg_put_key(&id, "_id", b->keys.type, b->keys.key[k]);
    if (wide) {
        whole_doc(b, k, wide, &doc);
        return mongoc_bulk_operation_replace_one_with_opts(bulk, &id, &doc,
                                                           NULL, be);
    }
    narrow_update(b, k, &doc);
    return mongoc_bulk_operation_update_one_with_opts(bulk, &id, &doc, NULL,
                                                      be);
}

static bool add_insert(const struct batch *b, size_t k, bool wide,
                       const bson_t *opts, mongoc_bulk_operation_t *bulk,
                       bson_error_t *be)
{
    bson_t doc MG_AUTO_BSON = BSON_INITIALIZER;
    whole_doc(b, k, wide, &doc);
    return mongoc_bulk_operation_insert_with_opts(bulk, &doc, opts, be);
}

/* Put all that want @step into @bulk; *n tells how many. */
static bool fill(const struct batch *b, bool wide, enum step step,
                 mongoc_bulk_operation_t *bulk, size_t *n, bson_error_t *be)
{
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    BSON_APPEND_BOOL(&opts, "validate", false); /* schema_validate() did */
    bool ok = true;
    for (size_t k = 0; ok && k < b->keys.n; k++) {
        if (step_of(b, k, wide) != step)
            continue;
        ++*n;
        ok = step == INSERT ? add_insert(b, k, wide, &opts, bulk, be)
                            : add_change(b, k, wide, bulk, be);
    }
    return ok;
}

static int run_bulk(struct mg_conn *c, mongoc_bulk_operation_t *bulk,
                    const char *what, struct err *e)
{
    bson_error_t be;
    bson_t reply;
    int rc = RC_OK;
    if (!mongoc_bulk_operation_execute(bulk, &reply, &be))
        rc = mg_fail(c, &be, &reply, MG_NONE, what, e);
    bson_destroy(&reply);
    return rc;
}

static mongoc_bulk_operation_t *bulk_of(mongoc_collection_t *coll,
                                        struct mg_conn *c, struct err *e)
{
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    if (mg_opts(c, &opts, e))
        return NULL;
    return mongoc_collection_create_bulk_operation_with_opts(coll, &opts);
}

static int write_step(const struct batch *b, struct mg_conn *c, bool wide,
                      enum step step, struct err *e)
{
    mongoc_collection_t *coll MG_AUTO_COLL =
        mg_coll(c, wide ? b->layout->wide : b->layout->narrow);
    mongoc_bulk_operation_t *bulk MG_AUTO_BULK = bulk_of(coll, c, e);
    if (!bulk)
        return RC_IO;
    bson_error_t be;
    size_t n = 0;
    if (!fill(b, wide, step, bulk, &n, &be))
        return mg_fail(c, &be, NULL, MG_NONE, "store", e);
    return n ? run_bulk(c, bulk, "store", e) : RC_OK;
}

static int write_all(const struct batch *b, struct mg_conn *c, struct err *e)
{
    int rc = write_step(b, c, false, INSERT, e);
    if (!rc)
        rc = write_step(b, c, false, CHANGE, e);
    if (rc || !b->text || !b->layout->wide)
        return rc;
    rc = write_step(b, c, true, INSERT, e);
    return rc ? rc : write_step(b, c, true, CHANGE, e);
}

/* ---- put ---- */

static int put_in_txn(void *ctx, struct mg_conn *c, struct err *e)
{
    struct batch *b = ctx;
    int rc = read_stored(b, c, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < b->n; i++)
        merge_one(b, b->in + i * b->t->size, &b->out[i]);
    return write_all(b, c, e);
}

static bool tells_text(const struct batch *b)
{
    uint64_t told = 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct schema_head *h = (const void *)(b->in + i * b->t->size);
        told |= h->have | h->clear;
    }
    return told & store_wide_bits(b->t);
}

static void batch_fini(struct batch *b)
{
    mg_keys_fini(&b->keys);
    arena_fini(&b->arena);
    free(b->slot);
    free(b->rec);
    free(b->out);
}

static int batch_init(struct batch *b, const struct schema_type *t,
                      const void *recs, size_t n, uint64_t fence, struct err *e)
{
    size_t type = store_type_index(t);
    *b = (struct batch){
        .t = t,
        .layout = mg_layout(type),
        .fence = fence,
        .in = recs,
        .n = n,
        .arena = ARENA_INIT(TEXT_MAX),
    };
    b->text = tells_text(b);
    int rc = mg_keys_init(&b->keys, type, recs, t->size, n, e);
    if (rc)
        return rc;
    b->slot = calloc(b->keys.n, sizeof(*b->slot));
    b->rec = calloc(b->keys.n, t->size);
    b->out = calloc(n, sizeof(*b->out));
    if (!b->slot || !b->rec || !b->out)
        rc = err_set(e, RC_NOMEM, "no memory for a batch");
    if (rc)
        batch_fini(b);
    return rc;
}

int mg_put(struct store *store, const struct schema_type *t, const void *recs,
           size_t n, uint64_t fence, enum store_outcome *ret, struct err *e)
{
    struct batch b;
    int rc = batch_init(&b, t, recs, n, fence, e);
    if (rc)
        return rc;
    rc = mg_txn(mg_of(store), put_in_txn, &b, e);
    if (!rc)
        memcpy(ret, b.out, n * sizeof(*ret));
    batch_fini(&b);
    return rc;
}
