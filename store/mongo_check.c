/*
 * store/mongo_check.c - what the server, and we on it, find in the
 * collections.
 *
 * Rules
 *   1. what needs a right that the user has not is left out, and that is said
 *   2. a question that the server answers only at the end of a collection would
 *      outlast the socket's time limit: each is asked share by share of the
 *      keys
 *
 * Threads: any; each call has a connection of its own.
 */
#include "store/mongo_priv.h"

#include <stdlib.h>

enum { SHARE = 20000, TEXT_KEYS = 1000 };

struct looking {
    struct mg_conn c;
    store_finding_fn fn;
    void *ctx;
    size_t type;
    const char *coll;
    struct mg_keys keys; /* of documents with text, … */
    bool *there;         /* … and whether they have a record */
    uint64_t key[TEXT_KEYS][2];
    size_t n;
};

static void PRINTF_LIKE(3, 4)
    say(struct looking *x, bool wrong, const char *fmt, ...)
{
    char line[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    x->fn(x->ctx, wrong, line);
}

/* ---- the server's own check ---- */

static void read_validation(struct looking *x, const bson_t *reply)
{
    bson_iter_t it, first;
    const char *why = "";
    if (!bson_iter_init_find(&it, reply, "valid") || bson_iter_as_bool(&it))
        return;
    if (bson_iter_init(&it, reply) &&
        bson_iter_find_descendant(&it, "errors.0", &first) &&
        BSON_ITER_HOLDS_UTF8(&first))
        why = bson_iter_utf8(&first, NULL);
    say(x, true, "collection %s is not valid: %.200s", x->coll, why);
}

/* Rule 1. In the background, so that it hinders nobody. */
static void validate(struct looking *x)
{
    bson_t command MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t reply;
    bson_error_t be;
    BSON_APPEND_UTF8(&command, "validate", x->coll);
    BSON_APPEND_BOOL(&command, "background", true);
    if (mongoc_client_command_simple(x->c.client, x->c.m->db, &command, NULL,
                                     &reply, &be))
        read_validation(x, &reply);
    else
        say(x, false, "collection %s was not validated by the server: %.160s",
            x->coll, be.message);
    bson_destroy(&reply);
}

/* ---- documents that break the schema ---- */

static int tell_misfit(void *ctx, const bson_t *doc, struct err *e)
{
    (void)e;
    struct looking *x = ctx;
    char *id = bson_as_canonical_extended_json(doc, NULL);
    say(x, true, "collection %s: document %.100s breaks its schema", x->coll,
        id ? id : "");
    bson_free(id);
    return RC_OK;
}

static int find_misfits(struct looking *x, const bson_t *schema,
                        const struct store_range *r, struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t nor, fields;
    mg_range_filter(r, x->type, &filter);
    BSON_APPEND_ARRAY_BEGIN(&filter, "$nor", &nor);
    BSON_APPEND_DOCUMENT(&nor, "0", schema);
    bson_append_array_end(&filter, &nor);
    BSON_APPEND_INT64(&opts, "limit", STORE_FINDINGS_MAX);
    BSON_APPEND_DOCUMENT_BEGIN(&opts, "projection", &fields);
    BSON_APPEND_INT32(&fields, "_id", 1);
    bson_append_document_end(&opts, &fields);
    return mg_find(&x->c, x->coll, &filter, &opts, tell_misfit, x, e);
}

/* ---- text without a record ---- */

static int note_record(void *ctx, const bson_t *doc, struct err *e)
{
    (void)e;
    struct looking *x = ctx;
    uint64_t key[2];
    size_t at =
        mg_take_key(doc, x->type, key) ? mg_keys_at(&x->keys, key) : x->keys.n;
    if (at < x->keys.n)
        x->there[at] = true;
    return RC_OK;
}

static int find_records(struct looking *x, struct err *e)
{
    bson_t fields MG_AUTO_BSON = BSON_INITIALIZER;
    if (!x->n)
        return RC_OK;
    BSON_APPEND_INT32(&fields, "_id", 1);
    int rc =
        mg_keys_init(&x->keys, x->type, x->key, sizeof(x->key[0]), x->n, e);
    if (rc)
        return rc;
    x->there = calloc(x->keys.n, sizeof(*x->there));
    rc = x->there ? mg_keys_find(&x->c, mg_layout(x->type)->narrow, &x->keys,
                                 &fields, note_record, x, e)
                  : err_set(e, RC_NOMEM, "no memory for a check");
    for (size_t i = 0; !rc && i < x->keys.n; i++)
        if (!x->there[i])
            say(x, true, "collection %s: text of %016llx%016llx has no record",
                x->coll, (unsigned long long)x->keys.key[i][0],
                (unsigned long long)x->keys.key[i][1]);
    free(x->there);
    mg_keys_fini(&x->keys);
    x->n = 0;
    return rc;
}

static int note_text(void *ctx, const bson_t *doc, struct err *e)
{
    struct looking *x = ctx;
    if (mg_take_key(doc, x->type, x->key[x->n]))
        return ++x->n == TEXT_KEYS ? find_records(x, e) : RC_OK;
    say(x, true, "collection %s: a key is damaged", x->coll);
    return RC_OK;
}

static int find_orphans(struct looking *x, const struct store_range *r,
                        struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t fields;
    mg_range_filter(r, x->type, &filter);
    BSON_APPEND_DOCUMENT_BEGIN(&opts, "projection", &fields);
    BSON_APPEND_INT32(&fields, "_id", 1);
    bson_append_document_end(&opts, &fields);
    int rc = mg_find(&x->c, x->coll, &filter, &opts, note_text, x, e);
    return rc ? rc : find_records(x, e);
}

/* ---- all of it ---- */

static int look_at(struct looking *x, bool wide, struct err *e)
{
    bson_t schema;
    uint64_t n;
    validate(x);
    int rc = mg_estimate(&x->c, x->coll, &n, e);
    if (!rc)
        rc = mg_schema_of(x->type, wide, &schema, e);
    if (rc)
        return rc;
    struct store_range r = { .of = (uint32_t)(n / SHARE + 1) };
    for (; !rc && r.part < r.of; r.part++) {
        rc = find_misfits(x, &schema, &r, e);
        if (!rc && wide)
            rc = find_orphans(x, &r, e);
    }
    bson_destroy(&schema);
    return rc;
}

int mg_check(struct store *store, store_finding_fn fn, void *ctx, struct err *e)
{
    struct looking *x = calloc(1, sizeof(*x));
    if (!x)
        return err_set(e, RC_NOMEM, "no memory for a check");
    x->fn = fn;
    x->ctx = ctx;
    int rc = mg_conn_open(mg_of(store), MG_PLAIN, &x->c, e);
    if (rc) {
        free(x);
        return rc;
    }
    for (x->type = 0; !rc && x->type < STORE_TYPES; x->type++) {
        const struct mg_layout *l = mg_layout(x->type);
        x->coll = l->narrow;
        rc = look_at(x, /* wide= */ false, e);
        x->coll = l->wide;
        if (!rc && l->wide)
            rc = look_at(x, /* wide= */ true, e);
    }
    mg_conn_close(&x->c);
    free(x);
    return rc;
}
