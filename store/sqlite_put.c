/*
 * store/sqlite_put.c - a batch of records into the file, or out of it.
 *
 * Rules
 *   1. one transaction a batch: records, totals and feed rows, or nothing
 *   2. a row is written only when something moved; the wide row only when
 *      text moved, and it is read only when the batch tells text
 *   3. a wide row that is written is written whole, from the merged record
 *
 * Threads: any; s->write_mu is held for the whole transaction.
 */
#include "store/sqlite_priv.h"

#include <stdlib.h>

/* What a batch works on. */
struct batch {
    struct sq_conn *c;
    const struct schema_type *t;
    const struct sq_layout *layout;
    size_t type;
    uint64_t wide; /* bits of the fields with text */
    uint64_t fence;
    uint64_t keep; /* feed rows */
    void *rec;     /* scratch: the stored record */
    int64_t added; /* to the total of the type */
    size_t told;   /* feed rows written */
};

/* A row that was found, or not. */
struct found {
    bool there;
    uint64_t nr;
    uint64_t fence;
};

static struct batch batch_of(struct sqlite *s, const struct schema_type *t,
                             uint64_t fence)
{
    size_t type = store_type_index(t);
    return (struct batch){
        .c = s->writer,
        .t = t,
        .layout = sq_layout(type),
        .type = type,
        .wide = store_wide_bits(t),
        .fence = fence,
        .keep = s->base.feed_keep,
    };
}

/* ---- read what is there ---- */

/* Load the narrow row of @key into b->rec. */
static int find(struct batch *b, const uint64_t key[2], struct found *ret,
                struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(b->c, sq_stmt_no(b->type, SQ_FIND), &in, e);
    if (rc)
        return rc;
    sq_bind_key(&in, b->type, key);
    rc = sq_bound_step(b->c, &in, &ret->there, e);
    if (rc)
        return rc;
    if (ret->there) {
        memset(b->rec, 0, b->t->size);
        struct sq_cols row = { .st = in.st };
        ret->nr = sq_take_u64(&row);
        ret->fence = sq_take_u64(&row);
        sq_take_fields(&row, b->t, false, ~UINT64_C(0), b->rec);
        rc = sq_take_end(&row, b->c, e);
    }
    sq_give(in.st);
    return rc;
}

/* Add the wide row @nr to b->rec. The text lives until *@st is given back,
 * which is the caller's to do when it is not NULL. */
static int find_text(struct batch *b, uint64_t nr, sqlite3_stmt **st,
                     struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(b->c, sq_stmt_no(b->type, SQ_FIND_TEXT), &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, nr);
    bool there;
    rc = sq_bound_step(b->c, &in, &there, e);
    if (rc)
        return rc;
    *st = in.st;
    if (!there)
        return RC_OK;
    struct sq_cols row = { .st = in.st, .at = 1 };
    sq_take_fields(&row, b->t, true, ~UINT64_C(0), b->rec);
    return sq_take_end(&row, b->c, e);
}

/* ---- write ---- */

static int insert(struct batch *b, uint64_t fence, uint64_t *nr, struct err *e)
{
    const struct schema_head *h = b->rec;
    struct sq_bind in;
    int rc = sq_prepare(b->c, sq_stmt_no(b->type, SQ_INSERT), &in, e);
    if (rc)
        return rc;
    sq_bind_key(&in, b->type, h->key);
    sq_bind_u64(&in, fence);
    sq_bind_fields(&in, b->t, false, b->rec);
    rc = sq_bound_run(b->c, &in, e);
    if (rc)
        return rc;
    *nr = (uint64_t)sqlite3_last_insert_rowid(b->c->db);
    b->added++;
    return RC_OK;
}

static void bind_row(struct sq_bind *in, const struct batch *b,
                     const uint64_t key[2], uint64_t nr)
{
    if (b->layout->by_key)
        sq_bind_key(in, b->type, key);
    else
        sq_bind_u64(in, nr);
}

static int update(struct batch *b, uint64_t fence, uint64_t nr, struct err *e)
{
    const struct schema_head *h = b->rec;
    struct sq_bind in;
    int rc = sq_prepare(b->c, sq_stmt_no(b->type, SQ_UPDATE), &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, fence);
    sq_bind_fields(&in, b->t, false, b->rec);
    bind_row(&in, b, h->key, nr);
    return sq_bound_run(b->c, &in, e);
}

static int put_text(struct batch *b, uint64_t nr, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(b->c, sq_stmt_no(b->type, SQ_PUT_TEXT), &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, nr);
    sq_bind_fields(&in, b->t, true, b->rec);
    return sq_bound_run(b->c, &in, e);
}

/* Write the merged record in b->rec as far as @m moved it. */
static int write_rows(struct batch *b, const struct store_merge *m,
                      const struct found *f, struct err *e)
{
    int rc = RC_OK;
    uint64_t nr = f->nr;
    if (!f->there)
        rc = insert(b, m->fence, &nr, e);
    else if (m->moved & ~b->wide || m->fence != f->fence)
        rc = update(b, m->fence, nr, e);
    if (!rc && m->moved & b->wide)
        rc = put_text(b, nr, e);
    return rc;
}

static int tell(struct batch *b, const uint64_t key[2], struct err *e)
{
    if (!store_type_in_feed(b->t))
        return RC_OK;
    b->told++;
    return sq_tell(b->c, b->type, key, e);
}

/* ---- put ---- */

static int merge_one(struct batch *b, const void *in, const struct found *f,
                     struct store_merge *m, struct err *e)
{
    const struct schema_head *h = in;
    *m = store_merge(b->t, f->there ? b->rec : NULL, f->fence, in, b->fence);
    if (f->there && !m->moved && m->fence == f->fence)
        return RC_OK; /* rule 2 */
    if (!f->there)
        memset(b->rec, 0, b->t->size);
    store_merge_apply(b->t, m, b->rec, in);
    int rc = write_rows(b, m, f, e);
    if (!rc && store_merge_told(m))
        rc = tell(b, h->key, e);
    return rc;
}

static int put_one(struct batch *b, const void *in, enum store_outcome *ret,
                   struct err *e)
{
    const struct schema_head *h = in;
    struct found f = { .there = false };
    sqlite3_stmt *text = NULL;
    int rc = find(b, h->key, &f, e);
    if (!rc && f.there && (h->have | h->clear) & b->wide)
        rc = find_text(b, f.nr, &text, e);
    struct store_merge m = { .outcome = 0 };
    if (!rc)
        rc = merge_one(b, in, &f, &m, e);
    if (text)
        sq_give(text);
    if (!rc)
        *ret = m.outcome;
    return rc;
}

/* Totals and the bound of the feed, at the end of a batch. */
static int finish(struct batch *b, struct err *e)
{
    int rc = RC_OK;
    if (b->added) {
        struct sq_bind in;
        rc = sq_prepare(b->c, SQ_TOTAL_ADD, &in, e);
        if (rc)
            return rc;
        sq_bind_u64(&in, b->type);
        sq_bind_i64(&in, b->added);
        rc = sq_bound_run(b->c, &in, e);
    }
    if (!rc && b->told)
        rc = sq_prune(b->c, b->keep, e);
    return rc;
}

static int put_locked(struct batch *b, const char *recs, size_t n,
                      enum store_outcome *out, struct err *e)
{
    int rc = sq_begin(b->c, /* durable= */ false, e);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < n; i++)
        rc = put_one(b, recs + i * b->t->size, &out[i], e);
    if (!rc)
        rc = finish(b, e);
    return sq_end(b->c, rc, e);
}

int sq_put(struct store *store, const struct schema_type *t, const void *recs,
           size_t n, uint64_t fence, enum store_outcome *ret, struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct batch b = batch_of(s, t, fence);
    enum store_outcome *out = calloc(n, sizeof(*out));
    b.rec = malloc(t->size);
    int rc;
    if (b.rec && out) {
        mtx_lock(&s->write_mu);
        rc = put_locked(&b, recs, n, out, e);
        mtx_unlock(&s->write_mu);
    } else {
        rc = err_set(e, RC_NOMEM, "no memory for a batch");
    }
    if (!rc) {
        memcpy(ret, out, n * sizeof(*out));
        if (b.told)
            sq_news(s);
    }
    free(b.rec);
    free(out);
    return rc;
}

/* ---- delete ---- */

static int delete_row(struct batch *b, enum sq_verb verb, const uint64_t key[2],
                      uint64_t nr, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(b->c, sq_stmt_no(b->type, verb), &in, e);
    if (rc)
        return rc;
    bind_row(&in, b, key, nr);
    return sq_bound_run(b->c, &in, e);
}

/* Samples of a video go with it; they count in a total of their own. */
static int drop_samples(struct batch *b, uint64_t video, int64_t *dropped,
                        struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(b->c, SQ_DROP_SAMPLES, &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, video);
    rc = sq_bound_run(b->c, &in, e);
    if (!rc)
        *dropped += sqlite3_changes(b->c->db);
    return rc;
}

static int del_one(struct batch *b, const uint64_t key[2], int64_t *dropped,
                   struct err *e)
{
    struct found f = { .there = false };
    int rc = find(b, key, &f, e);
    if (rc || !f.there || !store_fence_ok(f.fence, b->fence))
        return rc;
    rc = delete_row(b, SQ_DELETE, key, f.nr, e);
    if (!rc && b->layout->wide)
        rc = delete_row(b, SQ_DELETE_TEXT, key, f.nr, e);
    if (!rc && b->t == &schema_video)
        rc = drop_samples(b, key[0], dropped, e);
    if (!rc)
        rc = tell(b, key, e);
    b->added--;
    return rc;
}

static int del_locked(struct batch *b, const uint64_t (*keys)[2], size_t n,
                      struct err *e)
{
    int rc = sq_begin(b->c, /* durable= */ false, e);
    if (rc)
        return rc;
    struct batch samples = { .c = b->c };
    samples.type = store_type_index(&schema_sample);
    for (size_t i = 0; !rc && i < n; i++) {
        int64_t dropped = 0;
        rc = del_one(b, keys[i], &dropped, e);
        samples.added -= dropped;
    }
    if (!rc)
        rc = finish(b, e);
    if (!rc)
        rc = finish(&samples, e);
    return sq_end(b->c, rc, e);
}

int sq_del(struct store *store, const struct schema_type *t,
           const uint64_t (*keys)[2], size_t n, uint64_t fence, size_t *deleted,
           struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct batch b = batch_of(s, t, fence);
    b.rec = malloc(t->size);
    if (!b.rec)
        return err_set(e, RC_NOMEM, "no memory for a batch");
    mtx_lock(&s->write_mu);
    int rc = del_locked(&b, keys, n, e);
    mtx_unlock(&s->write_mu);
    free(b.rec);
    if (rc)
        return rc;
    *deleted = (size_t)-b.added;
    if (b.told)
        sq_news(s);
    return RC_OK;
}
