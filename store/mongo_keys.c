/*
 * store/mongo_keys.c - the keys of a batch, and finding documents by them.
 *
 * Rules
 *   1. a key that occurs twice in a batch is asked for once
 *   2. every read carries the session of its connection: it belongs to the
 *      transaction or the snapshot under way
 *
 * Threads: no state.
 */
#include "store/mongo_priv.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

int mg_keys_init(struct mg_keys *k, size_t type, const void *first,
                 size_t stride, size_t n, struct err *e)
{
    uint64_t(*key)[2] = calloc(n, sizeof(*key));
    if (!key)
        return err_set(e, RC_NOMEM, "no memory for a batch");
    for (size_t i = 0; i < n; i++)
        memcpy(key[i], (const char *)first + i * stride, sizeof(key[i]));
    qsort(key, n, sizeof(*key), compare);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || compare(key[kept - 1], key[i]) != 0)
            memmove(key[kept++], key[i], sizeof(key[i]));
    *k = (struct mg_keys){ .type = type, .n = kept, .key = key };
    return RC_OK;
}

void mg_keys_fini(struct mg_keys *k)
{
    free(k->key);
    *k = (struct mg_keys){ .n = 0 };
}

size_t mg_keys_at(const struct mg_keys *k, const uint64_t key[2])
{
    const uint64_t(*at)[2] =
        bsearch(key, k->key, k->n, sizeof(*k->key), compare);
    return at ? (size_t)(at - (const uint64_t(*)[2])k->key) : k->n;
}

int mg_keys_place(const struct mg_keys *k, const bson_t *doc, size_t *ret,
                  struct err *e)
{
    uint64_t key[2];
    if (!mg_take_key(doc, k->type, key))
        return err_set(e, RC_CORRUPT, "a %s is damaged",
                       store_type_at(k->type)->name);
    *ret = mg_keys_at(k, key);
    return RC_OK;
}

void mg_keys_filter(const struct mg_keys *k, bson_t *b)
{
    bson_t id, in;
    BSON_APPEND_DOCUMENT_BEGIN(b, "_id", &id);
    BSON_APPEND_ARRAY_BEGIN(&id, "$in", &in);
    for (size_t i = 0; i < k->n; i++) {
        char space[16];
        const char *name;
        (void)bson_uint32_to_string((uint32_t)i, &name, space, sizeof(space));
        mg_put_key(&in, name, k->type, k->key[i]);
    }
    bson_append_array_end(&id, &in);
    bson_append_document_end(b, &id);
}

bool mg_projection(const struct schema_type *t, uint64_t cols, bson_t *ret)
{
    uint64_t wide = store_wide_bits(t);
    if ((cols & wide) == wide)
        return false;
    bson_init(ret);
    for (size_t i = 0; i < t->n_fields; i++)
        if (cols & wide & UINT64_C(1) << i)
            BSON_APPEND_INT32(ret, t->fields[i].stored, 1);
    return true;
}

static int find_once(struct mg_conn *c, mongoc_collection_t *from,
                     const bson_t *filter, const bson_t *opts, mg_row_fn fn,
                     void *ctx, size_t *rows, struct err *e)
{
    int rc = RC_OK;
    c->again = false;
    mongoc_cursor_t *cursor MG_AUTO_CURSOR =
        mongoc_collection_find_with_opts(from, filter, opts, NULL);
    const bson_t *doc;
    for (; !rc && mongoc_cursor_next(cursor, &doc); ++*rows)
        rc = fn(ctx, doc, e);
    return rc ? rc : mg_cursor_fail(c, cursor, "read", e);
}

int mg_find_alone(struct mg_conn *c, const char *coll, const bson_t *filter,
                  const bson_t *opts, mg_row_fn fn, void *ctx, struct err *e)
{
    mono_t until = mg_patience(c->m);
    mongoc_collection_t *from MG_AUTO_COLL = mg_coll(c, coll);
    size_t rows = 0;
    int rc;
    do
        rc = find_once(c, from, filter, opts, fn, ctx, &rows, e);
    while (rc && rows == 0 && mg_once_more(c, until));
    return rc;
}

int mg_find(struct mg_conn *c, const char *coll, const bson_t *filter,
            const bson_t *opts, mg_row_fn fn, void *ctx, struct err *e)
{
    bson_t all MG_AUTO_BSON = BSON_INITIALIZER;
    int rc = mg_opts(c, &all, e);
    if (rc)
        return rc;
    if (opts)
        bson_concat(&all, opts);
    return mg_find_alone(c, coll, filter, &all, fn, ctx, e);
}

int mg_keys_find(struct mg_conn *c, const char *coll, const struct mg_keys *k,
                 const bson_t *project, mg_row_fn fn, void *ctx, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    mg_keys_filter(k, &filter);
    if (project)
        BSON_APPEND_DOCUMENT(&opts, "projection", project);
    return mg_find(c, coll, &filter, &opts, fn, ctx, e);
}
