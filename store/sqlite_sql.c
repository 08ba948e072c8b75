/*
 * store/sqlite_sql.c - the tables and statements of a sqlite: store, made
 * from the field tables of schema.h.
 *
 *   video(nr INTEGER PRIMARY KEY, id UNIQUE, fence, counts and times …)
 *   text(nr INTEGER PRIMARY KEY, title, description …)
 *   channel, channel_text                the same with a key of two words
 *   sample(id, day, fence, counts …)     WITHOUT ROWID, by (id, day)
 *   total(type, n)        records of each type
 *   change(seq, type, k0, k1)            the feed
 *   counter(key, value)   doc(key, version, fence, body)   meta(key, value)
 *
 * Rules
 *   1. a row number is given by arrival: new rows are appended to both
 *      tables, and a refresh of counts touches one narrow row only
 *   2. no secondary index on anything that changes
 *   3. 64-bit unsigned values (ids, counts, fences) are stored as the signed
 *      integer of the same bits: above 2^63 they read back the same, but
 *      SQL compares them as negative. Nothing here compares them.
 *   4. columns have no declared type, so a value is stored as it is bound:
 *      integers, REAL for F32, TEXT (empty is not NULL), a blob of 16 bytes
 *      for a channel id; NULL means absent
 *   5. change.seq needs no AUTOINCREMENT: the newest row is never deleted
 *
 * Threads: no state.
 */
#include "store/sqlite_priv.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { SQL_MAX = 16 * 1024 };

/* clang-format off */
static const struct sq_layout layouts[STORE_TYPES] = {
    { &schema_video,   "video",   "text",         { "id", NULL },  false },
    { &schema_channel, "channel", "channel_text", { "hi", "lo" },  false },
    { &schema_sample,  "sample",  NULL,           { "id", "day" }, true  },
};

static const char *const fixed_sql[SQ_FIXED] = {
    [SQ_BEGIN]        = "BEGIN IMMEDIATE",
    [SQ_BEGIN_READ]   = "BEGIN",
    [SQ_COMMIT]       = "COMMIT",
    [SQ_TOTAL_ADD]    = "UPDATE total SET n = n + ?2 WHERE type = ?1",
    [SQ_TOTALS]       = "SELECT type, n FROM total",
    [SQ_CHANGE_ADD]   = "INSERT INTO change(type, k0, k1) VALUES(?1, ?2, ?3)",
    [SQ_CHANGE_PRUNE] = "DELETE FROM change WHERE seq <="
                        " (SELECT max(seq) FROM change) - ?1",
    [SQ_CHANGE_LAST]  = "SELECT seq, type, k0, k1 FROM change"
                        " ORDER BY seq DESC LIMIT 1",
    [SQ_CHANGE_FIRST] = "SELECT min(seq) FROM change",
    [SQ_CHANGE_AT]    = "SELECT seq, type, k0, k1 FROM change WHERE seq = ?1",
    [SQ_CHANGES]      = "SELECT seq, type, k0, k1 FROM change"
                        " WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    [SQ_DATA_VERSION] = "PRAGMA data_version",
    [SQ_DROP_SAMPLES] = "DELETE FROM sample WHERE id = ?1",
    [SQ_COUNT_GET]    = "SELECT value FROM counter WHERE key = ?1",
    [SQ_COUNT_PUT]    = "INSERT OR REPLACE INTO counter(key, value)"
                        " VALUES(?1, ?2)",
    [SQ_COUNT_LIST]   = "SELECT key, value FROM counter WHERE key >= ?1"
                        " ORDER BY key",
    [SQ_DOC_GET]      = "SELECT version, fence, body FROM doc WHERE key = ?1",
    [SQ_DOC_PUT]      = "INSERT INTO doc(key, version, fence, body)"
                        " VALUES(?1, ?2, ?3, ?4) ON CONFLICT(key) DO UPDATE"
                        " SET version = ?2, fence = ?3, body = ?4",
    [SQ_DOC_DELETE]   = "DELETE FROM doc WHERE key = ?1",
    [SQ_DOC_LIST]     = "SELECT key, version, body FROM doc WHERE key >= ?1"
                        " ORDER BY key",
    [SQ_META_GET]     = "SELECT value FROM meta WHERE key = ?1",
    [SQ_META_PUT]     = "INSERT OR REPLACE INTO meta(key, value)"
                        " VALUES(?1, ?2)",
};
/* clang-format on */

const struct sq_layout *sq_layout(size_t type)
{
    assert(type < STORE_TYPES);
    return &layouts[type];
}

/* ---- pieces ---- */

/* ", @front name" for the fields of one table that are in @cols. */
static void put_columns(struct buf *b, const struct schema_type *t, bool wide,
                        uint64_t cols, const char *front, const char *back)
{
    for (size_t i = 0; i < t->n_fields; i++)
        if (sq_is_wide(&t->fields[i]) == wide && cols >> i & 1)
            buf_f(b, ", %s%s%s", front, t->fields[i].stored, back);
}

static size_t count_columns(const struct schema_type *t, bool wide)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_fields; i++)
        n += sq_is_wide(&t->fields[i]) == wide;
    return n;
}

static void put_marks(struct buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_z(b, i ? ", ?" : "?");
}

static size_t key_columns(const struct sq_layout *l)
{
    return l->key[1] ? 2 : 1;
}

/* "id, day" or "id = ? AND day = ?". */
static void put_key(struct buf *b, const struct sq_layout *l, const char *back,
                    const char *between)
{
    for (size_t i = 0; i < key_columns(l); i++)
        buf_f(b, "%s%s%s", i ? between : "", l->key[i], back);
}

/* " WHERE nr = ?", or the key where there is no row number. */
static void put_where_row(struct buf *b, const struct sq_layout *l)
{
    buf_z(b, " WHERE ");
    if (l->by_key)
        put_key(b, l, " = ?", " AND ");
    else
        buf_z(b, "nr = ?");
}

/* ---- statements of a type ---- */

static void find_sql(struct buf *b, const struct sq_layout *l)
{
    buf_f(b, "SELECT %s, fence", l->by_key ? "0" : "nr");
    put_columns(b, l->t, false, ~UINT64_C(0), "", "");
    buf_f(b, " FROM %s WHERE ", l->narrow);
    put_key(b, l, " = ?", " AND ");
}

static void insert_sql(struct buf *b, const struct sq_layout *l)
{
    buf_f(b, "INSERT INTO %s(", l->narrow);
    put_key(b, l, "", ", ");
    buf_z(b, ", fence");
    put_columns(b, l->t, false, ~UINT64_C(0), "", "");
    buf_z(b, ") VALUES(");
    put_marks(b, key_columns(l) + 1 + count_columns(l->t, false));
    buf_c(b, ')');
}

static void update_sql(struct buf *b, const struct sq_layout *l)
{
    buf_f(b, "UPDATE %s SET fence = ?", l->narrow);
    put_columns(b, l->t, false, ~UINT64_C(0), "", " = ?");
    put_where_row(b, l);
}

static void find_text_sql(struct buf *b, const struct sq_layout *l)
{
    buf_z(b, "SELECT nr");
    put_columns(b, l->t, true, ~UINT64_C(0), "", "");
    buf_f(b, " FROM %s WHERE nr = ?", l->wide);
}

static void put_text_sql(struct buf *b, const struct sq_layout *l)
{
    buf_f(b, "INSERT OR REPLACE INTO %s(nr", l->wide);
    put_columns(b, l->t, true, ~UINT64_C(0), "", "");
    buf_z(b, ") VALUES(");
    put_marks(b, 1 + count_columns(l->t, true));
    buf_c(b, ')');
}

static void delete_sql(struct buf *b, const struct sq_layout *l)
{
    buf_f(b, "DELETE FROM %s", l->narrow);
    put_where_row(b, l);
}

static void delete_text_sql(struct buf *b, const struct sq_layout *l)
{
    buf_f(b, "DELETE FROM %s WHERE nr = ?", l->wide);
}

/* ---- all of them ---- */

static int keep_text(struct sq_sql *q, size_t no, const struct buf *b,
                     struct err *e)
{
    int rc = buf_check(b, "an SQL statement", e);
    if (rc)
        return rc;
    q->text[no] = strdup(b->p);
    return q->text[no] ? RC_OK : err_set(e, RC_NOMEM, "no memory for SQL");
}

static int type_sql(struct sq_sql *q, size_t type, struct err *e)
{
    static const struct {
        enum sq_verb verb;
        bool wide;
        void (*make)(struct buf *b, const struct sq_layout *l);
    } makers[] = {
        { SQ_FIND, false, find_sql },
        { SQ_INSERT, false, insert_sql },
        { SQ_UPDATE, false, update_sql },
        { SQ_DELETE, false, delete_sql },
        { SQ_FIND_TEXT, true, find_text_sql },
        { SQ_PUT_TEXT, true, put_text_sql },
        { SQ_DELETE_TEXT, true, delete_text_sql },
    };
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < ARRAY_LEN(makers); i++) {
        if (makers[i].wide && !layouts[type].wide)
            continue;
        struct buf b = BUF_INIT(SQL_MAX);
        makers[i].make(&b, &layouts[type]);
        rc = keep_text(q, sq_stmt_no(type, makers[i].verb), &b, e);
        buf_fini(&b);
    }
    return rc;
}

int sq_sql_init(struct sq_sql *q, struct err *e)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < SQ_FIXED; i++) {
        q->text[i] = strdup(fixed_sql[i]);
        if (!q->text[i])
            rc = err_set(e, RC_NOMEM, "no memory for SQL");
    }
    for (size_t type = 0; !rc && type < STORE_TYPES; type++)
        rc = type_sql(q, type, e);
    return rc;
}

void sq_sql_fini(struct sq_sql *q)
{
    for (size_t i = 0; i < SQ_STMTS; i++)
        free(q->text[i]);
}

/* ---- tables ---- */

static void type_schema(struct buf *b, size_t type)
{
    const struct sq_layout *l = &layouts[type];
    buf_f(b, "CREATE TABLE %s(%s", l->narrow,
          l->by_key ? "" : "nr INTEGER PRIMARY KEY, ");
    put_key(b, l, " INTEGER NOT NULL", ", ");
    buf_z(b, ", fence");
    put_columns(b, l->t, false, ~UINT64_C(0), "", "");
    buf_z(b, l->by_key ? ", PRIMARY KEY(" : ", UNIQUE(");
    put_key(b, l, "", ", ");
    buf_z(b, l->by_key ? ")) WITHOUT ROWID;" : "));");
    if (l->wide) {
        buf_f(b, "CREATE TABLE %s(nr INTEGER PRIMARY KEY", l->wide);
        put_columns(b, l->t, true, ~UINT64_C(0), "", "");
        buf_z(b, ");");
    }
    buf_f(b, "INSERT INTO total VALUES(%zu, 0);", type);
}

void sq_sql_schema(struct buf *out)
{
    buf_z(out,
          "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
          "CREATE TABLE total(type INTEGER PRIMARY KEY, n);"
          "CREATE TABLE change(seq INTEGER PRIMARY KEY, type, k0, k1);"
          "CREATE TABLE counter(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
          "CREATE TABLE doc(nr INTEGER PRIMARY KEY, key TEXT UNIQUE,"
          " version, fence, body);");
    for (size_t type = 0; type < STORE_TYPES; type++)
        type_schema(out, type);
}

/* ---- scans ---- */

void sq_sql_scan(struct buf *out, size_t type, uint64_t cols,
                 const struct store_range *range)
{
    const struct sq_layout *l = &layouts[type];
    bool text = l->wide && cols & store_wide_bits(l->t);
    buf_f(out, "SELECT %s", text ? "v.nr" : l->by_key ? "0" : "nr");
    for (size_t i = 0; i < key_columns(l); i++)
        buf_f(out, ", %s", l->key[i]);
    put_columns(out, l->t, false, cols, text ? "v." : "", "");
    if (text)
        put_columns(out, l->t, true, cols, "w.", "");
    buf_f(out, " FROM %s v", l->narrow);
    if (text)
        buf_f(out, " LEFT JOIN %s w ON w.nr = v.nr", l->wide);
    if (range->one_key)
        buf_f(out, " WHERE %s = ?1", l->key[0]);
    else if (range->of > 1)
        buf_f(out, " WHERE %s >= ?1 AND %s <= ?2", l->by_key ? "id" : "v.nr",
              l->by_key ? "id" : "v.nr");
}
