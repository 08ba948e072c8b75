/*
 * store/sqlite_row.c - values to parameters and from columns.
 *
 * Rules
 *   1. NULL is absent; empty text is text
 *   2. unsigned values travel as the signed integer of the same bits
 *   3. bytes are borrowed both ways: what is bound must live until the
 *      statement is given back, what is read dies with the next step
 *   4. the first failure of a bind sticks and is told by the step
 *   5. a value of the wrong type marks the row as damaged; it never enters
 *      a record
 *
 * Threads: no state.
 */
#include "store/sqlite_priv.h"

enum { CID_BYTES = 16 };

/* ---- parameters ---- */

static void bound(struct sq_bind *b, int code)
{
    if (code && !b->code)
        b->code = code;
}

void sq_bind_u64(struct sq_bind *b, uint64_t v)
{
    bound(b, sqlite3_bind_int64(b->st, ++b->at, (int64_t)v));
}

void sq_bind_i64(struct sq_bind *b, int64_t v)
{
    bound(b, sqlite3_bind_int64(b->st, ++b->at, v));
}

void sq_bind_text(struct sq_bind *b, struct str s)
{
    bound(b, sqlite3_bind_text64(b->st, ++b->at, s.n ? s.p : "", s.n,
                                 SQLITE_STATIC, SQLITE_UTF8));
}

void sq_bind_blob(struct sq_bind *b, struct str s)
{
    bound(b, sqlite3_bind_blob64(b->st, ++b->at, s.n ? s.p : "", s.n,
                                 SQLITE_STATIC));
}

void sq_bind_key(struct sq_bind *b, size_t type, const uint64_t key[2])
{
    sq_bind_u64(b, key[0]);
    if (sq_layout(type)->key[1])
        sq_bind_u64(b, key[1]);
}

static void bind_cid(struct sq_bind *b, const struct cid *id)
{
    unsigned char bytes[CID_BYTES];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(id->hi >> (56 - 8 * i));
        bytes[8 + i] = (unsigned char)(id->lo >> (56 - 8 * i));
    }
    bound(b, sqlite3_bind_blob(b->st, ++b->at, bytes, CID_BYTES,
                               SQLITE_TRANSIENT));
}

static void bind_value(struct sq_bind *b, enum schema_kind kind, const void *p)
{
    switch (kind) {
    case SCHEMA_U64:
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        sq_bind_u64(b, *(const uint64_t *)p);
        break;
    case SCHEMA_I64:
    case SCHEMA_SEC:
        sq_bind_i64(b, *(const int64_t *)p);
        break;
    case SCHEMA_F32:
        bound(b,
              sqlite3_bind_double(b->st, ++b->at, (double)*(const float *)p));
        break;
    case SCHEMA_CID:
        bind_cid(b, p);
        break;
    case SCHEMA_STR:
    case SCHEMA_LIST:
        sq_bind_text(b, *(const struct str *)p);
        break;
    }
}

void sq_bind_fields(struct sq_bind *b, const struct schema_type *t, bool wide,
                    const void *rec)
{
    uint64_t have = ((const struct schema_head *)rec)->have;
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct schema_field *f = &t->fields[i];
        if (sq_is_wide(f) != wide)
            continue;
        if (have >> i & 1)
            bind_value(b, f->kind, schema_at_const(f, rec));
        else
            bound(b, sqlite3_bind_null(b->st, ++b->at));
    }
}

int sq_prepare(struct sq_conn *c, size_t no, struct sq_bind *ret, struct err *e)
{
    *ret = (struct sq_bind){ .st = NULL };
    return sq_get(c, no, &ret->st, e);
}

int sq_bound_step(struct sq_conn *c, struct sq_bind *b, bool *row,
                  struct err *e)
{
    int rc =
        b->code ? sq_fail(c, b->code, "store", e) : sq_step(c, b->st, row, e);
    if (rc)
        sq_give(b->st);
    return rc;
}

int sq_bound_run(struct sq_conn *c, struct sq_bind *b, struct err *e)
{
    bool row;
    int rc = sq_bound_step(c, b, &row, e);
    if (!rc)
        sq_give(b->st);
    return rc;
}

/* ---- columns ---- */

/* Is the next column of @type? If not, it is passed over. */
static bool is_next(struct sq_cols *c, int type)
{
    if (sqlite3_column_type(c->st, c->at) == type)
        return true;
    c->bad = true;
    c->at++;
    return false;
}

static int64_t take_i64(struct sq_cols *c)
{
    if (!is_next(c, SQLITE_INTEGER))
        return 0;
    return sqlite3_column_int64(c->st, c->at++);
}

uint64_t sq_take_u64(struct sq_cols *c)
{
    return (uint64_t)take_i64(c);
}

struct str sq_take_bytes(struct sq_cols *c)
{
    const char *p = sqlite3_column_blob(c->st, c->at);
    size_t n = (size_t)sqlite3_column_bytes(c->st, c->at++);
    return n ? str_n(p, n) : STR("");
}

void sq_take_key(struct sq_cols *c, size_t type, uint64_t ret[2])
{
    ret[0] = sq_take_u64(c);
    ret[1] = sq_layout(type)->key[1] ? sq_take_u64(c) : 0;
}

static struct cid take_cid(struct sq_cols *c)
{
    struct cid id = { 0, 0 };
    if (!is_next(c, SQLITE_BLOB))
        return id;
    struct str s = sq_take_bytes(c);
    if (s.n != CID_BYTES) {
        c->bad = true;
        return id;
    }
    for (int i = 0; i < 8; i++) {
        id.hi = id.hi << 8 | (unsigned char)s.p[i];
        id.lo = id.lo << 8 | (unsigned char)s.p[8 + i];
    }
    return id;
}

static void take_value(struct sq_cols *c, enum schema_kind kind, void *to)
{
    switch (kind) {
    case SCHEMA_U64:
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        *(uint64_t *)to = sq_take_u64(c);
        break;
    case SCHEMA_I64:
    case SCHEMA_SEC:
        *(int64_t *)to = take_i64(c);
        break;
    case SCHEMA_F32:
        if (is_next(c, SQLITE_FLOAT))
            *(float *)to = (float)sqlite3_column_double(c->st, c->at++);
        break;
    case SCHEMA_CID:
        *(struct cid *)to = take_cid(c);
        break;
    case SCHEMA_STR:
    case SCHEMA_LIST:
        if (is_next(c, SQLITE_TEXT))
            *(struct str *)to = sq_take_bytes(c);
        break;
    }
}

void sq_take_fields(struct sq_cols *c, const struct schema_type *t, bool wide,
                    uint64_t cols, void *rec)
{
    struct schema_head *h = rec;
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct schema_field *f = &t->fields[i];
        if (sq_is_wide(f) != wide || !(cols >> i & 1))
            continue;
        if (sqlite3_column_type(c->st, c->at) == SQLITE_NULL) {
            c->at++;
            continue;
        }
        take_value(c, f->kind, schema_at(f, rec));
        h->have |= UINT64_C(1) << i;
    }
}

int sq_take_end(const struct sq_cols *c, struct sq_conn *conn, struct err *e)
{
    if (c->bad)
        return err_set(e, RC_CORRUPT, "store '%s': a row is damaged",
                       conn->path);
    return RC_OK;
}
