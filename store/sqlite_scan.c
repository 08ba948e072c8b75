/*
 * store/sqlite_scan.c - records out of the file: by key, and all of them.
 *
 * Rules
 *   1. reading never waits for a writer: each call sees the file as of its
 *      beginning (a read transaction of the write-ahead log)
 *   2. text is read only when a field with text is asked for
 *   3. the shares of a parallel scan do not depend on the rows there are:
 *      blocks of row numbers dealt in turn, or equal ranges of the id. So a
 *      row that arrives between the beginnings of two shares moves no other
 *      row from one share to the next.
 *
 * Threads: any; each call has a connection of its own.
 */
#include "store/sqlite_priv.h"

#include <stdlib.h>

enum { BLOCK_ROWS = 16384 }; /* about 1 MB of the narrow table */

/* ---- by key ---- */

struct getting {
    struct sq_conn *c;
    const struct schema_type *t;
    size_t type;
    uint64_t cols;
    struct arena *arena;
};

/* Text of the row in @row now lives in the arena. */
static int keep_record(struct getting *g, const struct sq_cols *row, void *rec,
                       struct err *e)
{
    int rc = sq_take_end(row, g->c, e);
    if (rc)
        return rc;
    if (!schema_copy(g->t, rec, rec, g->arena))
        return err_set(e, RC_NOMEM, "no memory for the records read");
    return RC_OK;
}

static int get_text(struct getting *g, uint64_t nr, void *rec, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(g->c, sq_stmt_no(g->type, SQ_FIND_TEXT), &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, nr);
    bool there;
    rc = sq_bound_step(g->c, &in, &there, e);
    if (rc)
        return rc;
    if (there) {
        struct sq_cols row = { .st = in.st, .at = 1 };
        sq_take_fields(&row, g->t, true, ~UINT64_C(0), rec);
        rc = keep_record(g, &row, rec, e);
    }
    sq_give(in.st);
    return rc;
}

static int get_one(struct getting *g, const uint64_t key[2], void *rec,
                   bool *found, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(g->c, sq_stmt_no(g->type, SQ_FIND), &in, e);
    if (rc)
        return rc;
    sq_bind_key(&in, g->type, key);
    rc = sq_bound_step(g->c, &in, found, e);
    if (rc || !*found) {
        if (!rc)
            sq_give(in.st);
        return rc;
    }
    struct schema_head *h = rec;
    memset(rec, 0, g->t->size);
    h->key[0] = key[0];
    h->key[1] = key[1];
    struct sq_cols row = { .st = in.st };
    uint64_t nr = sq_take_u64(&row);
    (void)sq_take_u64(&row); /* the fence */
    sq_take_fields(&row, g->t, false, ~UINT64_C(0), rec);
    rc = sq_take_end(&row, g->c, e);
    sq_give(in.st);
    if (!rc && g->cols & store_wide_bits(g->t))
        rc = get_text(g, nr, rec, e);
    h->have &= g->cols;
    return rc;
}

/* One snapshot for all keys of the call. */
static int get_all(struct getting *g, const uint64_t (*keys)[2], size_t n,
                   char *recs, bool *found, struct err *e)
{
    int rc = sq_do(g->c, SQ_BEGIN_READ, e);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < n; i++)
        rc = get_one(g, keys[i], recs + i * g->t->size, &found[i], e);
    return sq_end(g->c, rc, e);
}

int sq_get_records(struct store *store, const struct schema_type *t,
                   const uint64_t (*keys)[2], size_t n, uint64_t cols,
                   struct arena *arena, void *recs, bool *found, struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct getting g = {
        .t = t, .type = store_type_index(t), .cols = cols, .arena = arena
    };
    int rc = sq_reader(s, &g.c, e);
    if (rc)
        return rc;
    rc = get_all(&g, keys, n, recs, found, e);
    sq_reader_done(s, g.c);
    return rc;
}

/* ---- all of them ---- */

struct scanning {
    struct sq_conn *c;
    sqlite3_stmt *st;
    const struct schema_type *t;
    size_t type;
    uint64_t cols;
    bool text;
    void *rec; /* one record, lent to the callback */
    store_row_fn fn;
    void *ctx;
};

static int visit(struct scanning *x, struct err *e)
{
    struct schema_head *h = x->rec;
    memset(x->rec, 0, x->t->size);
    struct sq_cols row = { .st = x->st, .at = 1 };
    sq_take_key(&row, x->type, h->key);
    sq_take_fields(&row, x->t, false, x->cols, x->rec);
    if (x->text)
        sq_take_fields(&row, x->t, true, x->cols, x->rec);
    int rc = sq_take_end(&row, x->c, e);
    return rc ? rc : x->fn(x->ctx, x->rec);
}

/* Visit the rows of the statement as it is bound. */
static int visit_rows(struct scanning *x, struct err *e)
{
    bool row = true;
    int rc = RC_OK;
    while (!rc && row) {
        rc = sq_step(x->c, x->st, &row, e);
        if (!rc && row)
            rc = visit(x, e);
    }
    sq_give(x->st);
    return rc;
}

static int visit_between(struct scanning *x, int64_t lo, int64_t hi,
                         struct err *e)
{
    struct sq_bind in = { .st = x->st };
    sq_bind_i64(&in, lo);
    sq_bind_i64(&in, hi);
    if (in.code)
        return sq_fail(x->c, in.code, "scan", e);
    return visit_rows(x, e);
}

/* Row numbers in blocks: part, part + of, part + 2 of, … (rule 3) */
static int visit_blocks(struct scanning *x, const struct store_range *r,
                        struct err *e)
{
    char sql[80];
    snprintf(sql, sizeof(sql), "SELECT max(nr) FROM %s",
             sq_layout(x->type)->narrow);
    sqlite3_stmt *st = NULL;
    bool row = false;
    int code = sqlite3_prepare_v2(x->c->db, sql, -1, &st, NULL);
    int rc = code ? sq_fail(x->c, code, "scan", e) : sq_step(x->c, st, &row, e);
    int64_t last = !rc && row ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    int64_t step = (int64_t)r->of * BLOCK_ROWS;
    int64_t lo = (int64_t)r->part * BLOCK_ROWS;
    for (; !rc && lo <= last; lo += step)
        rc = visit_between(x, lo, lo + BLOCK_ROWS - 1, e);
    return rc;
}

/* The id's whole signed range in equal parts (rule 3). */
static int visit_id_range(struct scanning *x, const struct store_range *r,
                          struct err *e)
{
    uint64_t width = UINT64_MAX / r->of;
    uint64_t lo = width * r->part;
    uint64_t hi = r->part + 1 == r->of ? UINT64_MAX : lo + width - 1;
    const uint64_t least = UINT64_C(1) << 63; /* bits of INT64_MIN */
    return visit_between(x, (int64_t)(lo + least), (int64_t)(hi + least), e);
}

static int visit_range(struct scanning *x, const struct store_range *r,
                       struct err *e)
{
    if (r->one_key) {
        struct sq_bind in = { .st = x->st };
        sq_bind_u64(&in, r->key0);
        return in.code ? sq_fail(x->c, in.code, "scan", e) : visit_rows(x, e);
    }
    if (r->of == 1)
        return visit_rows(x, e);
    if (sq_layout(x->type)->by_key)
        return visit_id_range(x, r, e);
    return visit_blocks(x, r, e);
}

static int prepare_scan(struct scanning *x, const struct store_range *r,
                        struct err *e)
{
    struct buf sql = BUF_INIT(16 * 1024);
    sq_sql_scan(&sql, x->type, x->cols, r);
    int rc = buf_check(&sql, "an SQL statement", e);
    if (!rc) {
        int code =
            sqlite3_prepare_v2(x->c->db, sql.p, (int)sql.n, &x->st, NULL);
        rc = code ? sq_fail(x->c, code, "scan", e) : RC_OK;
    }
    buf_fini(&sql);
    return rc;
}

static int scan_on(struct scanning *x, const struct store_range *r,
                   struct err *e)
{
    x->rec = malloc(x->t->size);
    if (!x->rec)
        return err_set(e, RC_NOMEM, "no memory for a scan");
    int rc = sq_do(x->c, SQ_BEGIN_READ, e);
    if (!rc) {
        rc = prepare_scan(x, r, e);
        if (!rc)
            rc = visit_range(x, r, e);
        sqlite3_finalize(x->st);
        rc = sq_end(x->c, rc, e);
    }
    free(x->rec);
    return rc;
}

int sq_scan(struct store *store, const struct schema_type *t, uint64_t cols,
            const struct store_range *range, store_row_fn fn, void *ctx,
            struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct scanning x = {
        .t = t,
        .type = store_type_index(t),
        .cols = cols,
        .text = (cols & store_wide_bits(t)) != 0,
        .fn = fn,
        .ctx = ctx,
    };
    /* The records of one key are few: part 0 visits them all. */
    if (range->one_key && range->part > 0)
        return RC_OK;
    int rc = sq_reader(s, &x.c, e);
    if (rc)
        return rc;
    rc = scan_on(&x, range, e);
    sq_reader_done(s, x.c);
    return rc;
}
