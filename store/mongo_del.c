/*
 * store/mongo_del.c - records out of the database.
 *
 * Rules
 *   1. one transaction a batch: what carries a larger token is found first
 *      and stays, all the rest goes
 *   2. the samples of a video go with it, found by their range of _id
 *
 * Threads: any; each call has a connection of its own.
 */
#include "store/mongo_priv.h"

#include <stdlib.h>

struct deleting {
    const struct schema_type *t;
    const struct mg_layout *layout;
    uint64_t fence;
    struct mg_keys keys; /* as asked for */
    struct mg_keys gone; /* those of them that go; key is as long as keys' */
};

static int take_one(void *ctx, const bson_t *doc, struct err *e)
{
    struct deleting *d = ctx;
    struct schema_head *rec = calloc(1, d->t->size);
    uint64_t kept = 0;
    if (!rec)
        return err_set(e, RC_NOMEM, "no memory for a record");
    int rc = mg_take_record(doc, d->keys.type, 0, rec, &kept, e);
    bool goes = !rc && store_fence_ok(kept, d->fence) &&
                d->gone.n < d->keys.n; /* each key comes once */
    if (goes)
        memcpy(d->gone.key[d->gone.n++], rec->key, sizeof(rec->key));
    free(rec);
    return rc;
}

static int delete_many(struct mg_conn *c, const char *name,
                       const bson_t *filter, struct err *e)
{
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_error_t be;
    bson_t reply;
    int rc = mg_opts(c, &opts, e);
    if (rc)
        return rc;
    mongoc_collection_t *coll MG_AUTO_COLL = mg_coll(c, name);
    if (!mongoc_collection_delete_many(coll, filter, &opts, &reply, &be))
        rc = mg_fail(c, &be, &reply, MG_NONE, "delete", e);
    bson_destroy(&reply);
    return rc;
}

static int delete_samples(const struct deleting *d, struct mg_conn *c,
                          struct err *e)
{
    size_t type = store_type_index(&schema_sample);
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < d->gone.n; i++) {
        bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
        struct store_range of = { .one_key = true, .key0 = d->gone.key[i][0] };
        mg_range_filter(&of, type, &filter);
        rc = delete_many(c, mg_layout(type)->narrow, &filter, e);
    }
    return rc;
}

static int delete_in_txn(void *ctx, struct mg_conn *c, struct err *e)
{
    struct deleting *d = ctx;
    d->gone.n = 0;
    int rc = mg_keys_find(c, d->layout->narrow, &d->keys, NULL, take_one, d, e);
    if (rc || !d->gone.n)
        return rc;
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    mg_keys_filter(&d->gone, &filter);
    rc = delete_many(c, d->layout->narrow, &filter, e);
    if (!rc && d->layout->wide)
        rc = delete_many(c, d->layout->wide, &filter, e);
    if (!rc && d->t == &schema_video)
        rc = delete_samples(d, c, e);
    return rc;
}

int mg_del(struct store *store, const struct schema_type *t,
           const uint64_t (*keys)[2], size_t n, uint64_t fence, size_t *deleted,
           struct err *e)
{
    size_t type = store_type_index(t);
    struct deleting d = { .t = t, .layout = mg_layout(type), .fence = fence };
    int rc = mg_keys_init(&d.keys, type, keys, sizeof(*keys), n, e);
    if (rc)
        return rc;
    d.gone = (struct mg_keys){ .type = type };
    d.gone.key = calloc(n, sizeof(*d.gone.key));
    rc = d.gone.key ? mg_txn(mg_of(store), delete_in_txn, &d, e)
                    : err_set(e, RC_NOMEM, "no memory for a batch");
    if (!rc)
        *deleted = d.gone.n;
    mg_keys_fini(&d.keys);
    mg_keys_fini(&d.gone);
    return rc;
}
