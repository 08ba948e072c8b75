/*
 * store/mongo_scan.c - records out of the database: by key, and all.
 *
 * Rules
 *   1. a get is a transaction that only reads: both parts of a record are
 *      of one moment, and no older than what any process was told is
 *      written
 *   2. a scan reads whole narrow documents in the order they lie in, in a
 *      snapshot session; no projection, no sort: both cost more than the
 *      bytes they spare
 *   3. text is fetched by _id for ROWS documents at a time, in the same
 *      snapshot; records and their text came together, so they lie in the
 *      same order and a store larger than memory is read once
 *   4. the shares of a parallel scan are equal ranges of the key's first
 *      word: they do not depend on the documents there are, and each goes
 *      to one shard at most where ids are the shard key by range
 *   5. the server keeps a snapshot for minSnapshotHistoryWindowInSeconds
 *      (300); a scan that takes longer ends with RC_AGAIN
 *
 * Threads: any; each call has a connection of its own.
 */
#include "store/mongo_priv.h"

#include <stdlib.h>

enum {
    ROWS = 128,      /* of rule 3 */
    TEXT_FIELDS = 8, /* no record type has as many */
    TEXT_MAX = ROWS * TEXT_FIELDS * SCHEMA_TEXT_MAX
};

/* Records that are read together, and where they go. */
struct reading {
    const struct schema_type *t;
    const struct mg_layout *layout;
    uint64_t cols;
    bool text; /* @cols names some */
    struct mg_keys keys;
    char *rec;   /* one for each key */
    bool *there; /* of each key */
    struct arena *arena;
};

static int take_part(void *ctx, const bson_t *doc, struct err *e)
{
    struct reading *r = ctx;
    size_t k;
    int rc = mg_keys_place(&r->keys, doc, &k, e);
    if (rc || k == r->keys.n)
        return rc;
    void *rec = r->rec + k * r->t->size;
    r->there[k] = true;
    rc = mg_take_record(doc, r->keys.type, r->cols, rec, NULL, e);
    if (!rc && !schema_copy(r->t, rec, rec, r->arena))
        rc = err_set(e, RC_NOMEM, "no memory for the records read");
    return rc;
}

static int read_text(struct reading *r, struct mg_conn *c, struct err *e)
{
    bson_t project;
    bool some = mg_projection(r->t, r->cols, &project);
    int rc = mg_keys_find(c, r->layout->wide, &r->keys, some ? &project : NULL,
                          take_part, r, e);
    if (some)
        bson_destroy(&project);
    return rc;
}

/* ---- by key ---- */

static int get_in_txn(void *ctx, struct mg_conn *c, struct err *e)
{
    struct reading *r = ctx;
    memset(r->rec, 0, r->keys.n * r->t->size);
    memset(r->there, 0, r->keys.n);
    int rc =
        mg_keys_find(c, r->layout->narrow, &r->keys, NULL, take_part, r, e);
    return !rc && r->text ? read_text(r, c, e) : rc;
}

static void hand_out(const struct reading *r, const uint64_t (*keys)[2],
                     size_t n, char *recs, bool *found)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = mg_keys_at(&r->keys, keys[i]);
        found[i] = r->there[k];
        if (found[i])
            memcpy(recs + i * r->t->size, r->rec + k * r->t->size, r->t->size);
    }
}

/* @keys points to the first of @n pairs of words. */
static int reading_init(struct reading *r, const void *keys, size_t n,
                        struct err *e)
{
    int rc = mg_keys_init(&r->keys, store_type_index(r->t), keys,
                          2 * sizeof(uint64_t), n, e);
    if (rc)
        return rc;
    r->rec = calloc(r->keys.n, r->t->size);
    r->there = calloc(r->keys.n, sizeof(*r->there));
    return r->rec && r->there
               ? RC_OK
               : err_set(e, RC_NOMEM, "no memory for the records read");
}

static void reading_fini(struct reading *r)
{
    mg_keys_fini(&r->keys);
    free(r->rec);
    free(r->there);
    r->rec = NULL;
    r->there = NULL;
}

static struct reading reading_of(const struct schema_type *t, uint64_t cols,
                                 struct arena *arena)
{
    const struct mg_layout *l = mg_layout(store_type_index(t));
    return (struct reading){
        .t = t,
        .layout = l,
        .cols = cols,
        .text = l->wide && cols & store_wide_bits(t),
        .arena = arena,
    };
}

int mg_get(struct store *store, const struct schema_type *t,
           const uint64_t (*keys)[2], size_t n, uint64_t cols,
           struct arena *arena, void *recs, bool *found, struct err *e)
{
    struct reading r = reading_of(t, cols, arena);
    int rc = reading_init(&r, keys, n, e);
    if (!rc)
        rc = mg_txn(mg_of(store), get_in_txn, &r, e);
    if (!rc)
        hand_out(&r, keys, n, recs, found);
    reading_fini(&r);
    return rc;
}

/* ---- all of them ---- */

struct scanning {
    struct reading r; /* up to ROWS records that wait for their text */
    struct mg_conn *c;
    uint64_t key[ROWS][2]; /* in the order they came */
    size_t n;
    void *rec; /* ROWS records without text, or only one when none is asked */
    store_row_fn fn;
    void *ctx;
};

/* Fetch the text of what waits, and hand all of it out. */
static int flush(struct scanning *x, struct err *e)
{
    if (!x->n)
        return RC_OK;
    arena_reset(x->r.arena);
    int rc = reading_init(&x->r, x->key, x->n, e);
    if (!rc && x->r.keys.n != x->n) /* {h, l} and {l, h} are two documents */
        rc =
            err_set(e, RC_CORRUPT, "two documents are of one %s", x->r.t->name);
    for (size_t i = 0; !rc && i < x->n; i++) {
        size_t k = mg_keys_at(&x->r.keys, x->key[i]);
        memcpy(x->r.rec + k * x->r.t->size, (char *)x->rec + i * x->r.t->size,
               x->r.t->size);
    }
    if (!rc)
        rc = read_text(&x->r, x->c, e);
    for (size_t i = 0; !rc && i < x->n; i++)
        rc = x->fn(x->ctx, x->r.rec + i * x->r.t->size);
    reading_fini(&x->r);
    x->n = 0;
    return rc;
}

static int take_row(void *ctx, const bson_t *doc, struct err *e)
{
    struct scanning *x = ctx;
    size_t at = x->r.text ? x->n : 0;
    struct schema_head *rec = (void *)((char *)x->rec + at * x->r.t->size);
    memset(rec, 0, x->r.t->size);
    int rc =
        mg_take_record(doc, store_type_index(x->r.t), x->r.cols, rec, NULL, e);
    if (rc || !x->r.text)
        return rc ? rc : x->fn(x->ctx, rec);
    memcpy(x->key[x->n++], rec->key, sizeof(rec->key));
    return x->n == ROWS ? flush(x, e) : RC_OK;
}

/* An edge of a range: the smallest (or largest) _id whose first word is
 * @word; numbers compare as signed ones. */
static void put_edge(bson_t *b, const char *op, size_t type, int64_t word,
                     bool largest)
{
    const struct mg_layout *l = mg_layout(type);
    bson_t id;
    if (!l->key[0]) {
        BSON_APPEND_INT64(b, op, word);
        return;
    }
    BSON_APPEND_DOCUMENT_BEGIN(b, op, &id);
    BSON_APPEND_INT64(&id, l->key[0], word);
    if (largest)
        BSON_APPEND_MAXKEY(&id, l->key[1]);
    else
        BSON_APPEND_MINKEY(&id, l->key[1]);
    bson_append_document_end(b, &id);
}

static void put_range(bson_t *filter, size_t type, int64_t lo, int64_t hi)
{
    bson_t id;
    BSON_APPEND_DOCUMENT_BEGIN(filter, "_id", &id);
    put_edge(&id, "$gte", type, lo, false);
    put_edge(&id, "$lte", type, hi, true);
    bson_append_document_end(filter, &id);
}

/* Rule 4. */
void mg_range_filter(const struct store_range *r, size_t type, bson_t *filter)
{
    if (r->one_key) {
        put_range(filter, type, (int64_t)r->key0, (int64_t)r->key0);
    } else if (r->of > 1) {
        uint64_t width = UINT64_MAX / r->of;
        uint64_t lo = width * r->part;
        uint64_t hi = r->part + 1 == r->of ? UINT64_MAX : lo + width - 1;
        const uint64_t least = UINT64_C(1) << 63; /* bits of INT64_MIN */
        put_range(filter, type, (int64_t)(lo + least), (int64_t)(hi + least));
    }
}

static int scan_on(struct scanning *x, const struct store_range *range,
                   struct err *e)
{
    bson_t filter MG_AUTO_BSON = BSON_INITIALIZER;
    mg_range_filter(range, store_type_index(x->r.t), &filter);
    int rc = mg_catch_up(x->c, e);
    if (!rc)
        rc = mg_find(x->c, x->r.layout->narrow, &filter, NULL, take_row, x, e);
    return rc ? rc : flush(x, e);
}

int mg_scan(struct store *store, const struct schema_type *t, uint64_t cols,
            const struct store_range *range, store_row_fn fn, void *ctx,
            struct err *e)
{
    /* The records of one key are few: part 0 visits them all. */
    if (range->one_key && range->part > 0)
        return RC_OK;
    struct arena arena = ARENA_INIT(TEXT_MAX);
    struct mg_conn c;
    struct scanning x = {
        .r = reading_of(t, cols, &arena), .c = &c, .fn = fn, .ctx = ctx
    };
    x.rec = calloc(x.r.text ? ROWS : 1, t->size);
    if (!x.rec)
        return err_set(e, RC_NOMEM, "no memory for a scan");
    int rc = mg_conn_open(mg_of(store), MG_SNAPSHOT, &c, e);
    if (!rc) {
        rc = scan_on(&x, range, e);
        mg_conn_close(&c);
    }
    arena_fini(&arena);
    free(x.rec);
    return rc;
}
