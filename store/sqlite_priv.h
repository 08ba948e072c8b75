/*
 * store/sqlite_priv.h - the parts of the sqlite: store: the SQL made from
 * the field tables, connections, records in rows.
 */
#ifndef SVF_STORE_SQLITE_PRIV_H
#define SVF_STORE_SQLITE_PRIV_H

#include "store/store_priv.h"

#include "base/thr.h"

#include <sqlite3.h>

enum {
    SQ_APPLICATION_ID = 0x53564631, /* "SVF1" in the file's header */
    SQ_VERSION = 1,                 /* of the tables, in user_version */
    SQ_BUSY_MS = 30000,             /* patience with another process */
    SQ_IDLE_READERS = 8             /* reader connections kept open */
};

/* ---- SQL ---- */

/* The statements of one record type, … */
enum sq_verb {
    SQ_FIND,        /* key → nr, fence, narrow columns */
    SQ_FIND_TEXT,   /* nr → wide columns */
    SQ_INSERT,      /* key, fence, narrow columns */
    SQ_UPDATE,      /* fence, narrow columns; nr (or key) */
    SQ_PUT_TEXT,    /* nr, wide columns */
    SQ_DELETE,      /* nr (or key) */
    SQ_DELETE_TEXT, /* nr */
    SQ_VERBS
};
/* … and the fixed ones. */
enum sq_fixed {
    SQ_BEGIN,
    SQ_BEGIN_READ,
    SQ_COMMIT,
    SQ_TOTAL_ADD,
    SQ_TOTALS,
    SQ_CHANGE_ADD,
    SQ_CHANGE_PRUNE,
    SQ_CHANGE_LAST,
    SQ_CHANGE_FIRST,
    SQ_CHANGE_AT,
    SQ_CHANGES,
    SQ_DATA_VERSION,
    SQ_DROP_SAMPLES,
    SQ_COUNT_GET,
    SQ_COUNT_PUT,
    SQ_COUNT_LIST,
    SQ_DOC_GET,
    SQ_DOC_PUT,
    SQ_DOC_DELETE,
    SQ_DOC_LIST,
    SQ_META_GET,
    SQ_META_PUT,
    SQ_FIXED
};
enum { SQ_STMTS = SQ_FIXED + STORE_TYPES * SQ_VERBS };
static inline size_t sq_stmt_no(size_t type, enum sq_verb v)
{
    return SQ_FIXED + type * SQ_VERBS + (size_t)v;
}

/* How a record type lies in the file. */
struct sq_layout {
    const struct schema_type *t;
    const char *narrow; /* table with the counts */
    const char *wide;   /* table with the text; NULL = none */
    const char *key[2]; /* key columns; key[1] may be NULL */
    bool by_key;        /* no row number: the key is the row's place */
};
const struct sq_layout *sq_layout(size_t type);

/* All SQL text of a store; made once, shared by its connections. */
struct sq_sql {
    char *text[SQ_STMTS]; /* owned; NULL where a type has no such verb */
};
int sq_sql_init(struct sq_sql *q, struct err *e) MUST_CHECK;
void sq_sql_fini(struct sq_sql *q);
/* CREATE TABLE … for everything. */
void sq_sql_schema(struct buf *out);
/* A scan of the columns in @cols: nr (or 0), fence, narrow, then wide. */
void sq_sql_scan(struct buf *out, size_t type, uint64_t cols,
                 const struct store_range *range);

/* ---- connections ---- */

/* One connection; one thread at a time. */
struct sq_conn {
    sqlite3 *db;
    const struct sq_sql *sql;     /* borrowed */
    const char *path;             /* borrowed; for messages */
    sqlite3_stmt *stmt[SQ_STMTS]; /* prepared when first asked for */
    bool full;                    /* commits are synced to the disk */
    struct sq_conn *next;         /* in the list of idle readers */
};

enum sq_mode { SQ_READ, SQ_WRITE, SQ_CREATE };
int sq_conn_open(struct sq_conn **ret, const char *path,
                 const struct sq_sql *sql, enum sq_mode mode,
                 struct err *e) MUST_CHECK;
void sq_conn_close(struct sq_conn *c); /* NULL is fine */
/* Switch the file to the write-ahead log; for ever, so only for our own. */
int sq_use_wal(struct sq_conn *c, struct err *e) MUST_CHECK;

/* The error of SQLite's code @code on @c, "while @what" first. */
int sq_fail(struct sq_conn *c, int code, const char *what, struct err *e);
int sq_exec(struct sq_conn *c, const char *sql, struct err *e) MUST_CHECK;
/* Statement number @no, ready to bind. It must be given back. */
int sq_get(struct sq_conn *c, size_t no, sqlite3_stmt **ret,
           struct err *e) MUST_CHECK;
/* Forget the row and the bindings. */
void sq_give(sqlite3_stmt *st);
/* Step once: *row tells whether there is a row. */
int sq_step(struct sq_conn *c, sqlite3_stmt *st, bool *row,
            struct err *e) MUST_CHECK;
/* Step a statement that gives no rows, and give it back. */
int sq_run(struct sq_conn *c, sqlite3_stmt *st, struct err *e) MUST_CHECK;
/* sq_get() and sq_run() of a statement without parameters. */
int sq_do(struct sq_conn *c, size_t no, struct err *e) MUST_CHECK;
/* First column of the only row of a statement without parameters; @none
 * when there is no row, or NULL in it. */
int sq_number(struct sq_conn *c, size_t no, int64_t none, int64_t *ret,
              struct err *e) MUST_CHECK;
/* Begin to write; @durable: the commit waits for the disk. */
int sq_begin(struct sq_conn *c, bool durable, struct err *e) MUST_CHECK;
/* Commit when @rc is RC_OK, else roll back and return @rc. */
int sq_end(struct sq_conn *c, int rc, struct err *e) MUST_CHECK;

/* ---- the store ---- */

struct sqlite {
    struct store base; /* first */
    char *path;        /* owned */
    struct sq_sql sql;
    struct mtx write_mu;    /* guards writer; before pool_mu */
    struct sq_conn *writer; /* NULL when read only */
    struct mtx pool_mu;     /* guards idle, n_idle */
    struct sq_conn *idle;
    size_t n_idle;
    struct mtx news_mu; /* for news only */
    struct cnd news;    /* this process committed changes */
};
static inline struct sqlite *sq_of(struct store *s)
{
    return (struct sqlite *)s;
}
/* Take a reader (from the idle ones, or a new one) and give it back. */
int sq_reader(struct sqlite *s, struct sq_conn **ret, struct err *e) MUST_CHECK;
void sq_reader_done(struct sqlite *s, struct sq_conn *c);
/* Wake those who wait in the feed. */
void sq_news(struct sqlite *s);

/* ---- values in rows ---- */

/* Binds the parameters of a statement one after the other. */
struct sq_bind {
    sqlite3_stmt *st;
    int at;   /* the last parameter bound */
    int code; /* SQLite's code of the first failure */
};
void sq_bind_u64(struct sq_bind *b, uint64_t v);
void sq_bind_i64(struct sq_bind *b, int64_t v);
/* Borrowed until the statement is given back. */
void sq_bind_text(struct sq_bind *b, struct str s);
void sq_bind_blob(struct sq_bind *b, struct str s);
void sq_bind_key(struct sq_bind *b, size_t type, const uint64_t key[2]);
/* All fields of the narrow or the wide part; absent = NULL. */
void sq_bind_fields(struct sq_bind *b, const struct schema_type *t, bool wide,
                    const void *rec);
/* sq_get(), and begin to bind. */
int sq_prepare(struct sq_conn *c, size_t no, struct sq_bind *ret,
               struct err *e) MUST_CHECK;
/* Tell whether all was bound, then step; on failure it is given back. */
int sq_bound_step(struct sq_conn *c, struct sq_bind *b, bool *row,
                  struct err *e) MUST_CHECK;
/* The same for a statement without rows, and give it back. */
int sq_bound_run(struct sq_conn *c, struct sq_bind *b,
                 struct err *e) MUST_CHECK;

/* Reads the columns of a row one after the other. */
struct sq_cols {
    sqlite3_stmt *st;
    int at;   /* the next column */
    bool bad; /* a value was not of its kind: the row is damaged */
};
uint64_t sq_take_u64(struct sq_cols *c);
/* The statement's until it moves on; text or blob. */
struct str sq_take_bytes(struct sq_cols *c);
void sq_take_key(struct sq_cols *c, size_t type, uint64_t ret[2]);
/* The fields in @cols of the narrow or the wide part; sets have. */
void sq_take_fields(struct sq_cols *c, const struct schema_type *t, bool wide,
                    uint64_t cols, void *rec);
/* RC_CORRUPT when the row was damaged. */
int sq_take_end(const struct sq_cols *c, struct sq_conn *conn,
                struct err *e) MUST_CHECK;

static inline bool sq_is_wide(const struct schema_field *f)
{
    return f->part == SCHEMA_TEXT;
}

/* ---- the verbs, as in struct store_ops ---- */

int sq_put(struct store *s, const struct schema_type *t, const void *recs,
           size_t n, uint64_t fence, enum store_outcome *ret, struct err *e);
int sq_del(struct store *s, const struct schema_type *t,
           const uint64_t (*keys)[2], size_t n, uint64_t fence, size_t *deleted,
           struct err *e);
int sq_get_records(struct store *s, const struct schema_type *t,
                   const uint64_t (*keys)[2], size_t n, uint64_t cols,
                   struct arena *arena, void *recs, bool *found, struct err *e);
int sq_scan(struct store *s, const struct schema_type *t, uint64_t cols,
            const struct store_range *range, store_row_fn fn, void *ctx,
            struct err *e);
int sq_feed_now(struct store *s, struct store_pos *ret, struct err *e);
int sq_feed_read(struct store *s, struct store_pos *pos, size_t max, dur_t wait,
                 store_change_fn fn, void *ctx, size_t *n, struct err *e);
int sq_count(struct store *s, const char *key, int64_t delta, int64_t limit,
             int64_t *value, struct err *e);
int sq_counts(struct store *s, const char *prefix, store_count_fn fn, void *ctx,
              struct err *e);
int sq_doc_get(struct store *s, const char *key, struct buf *body,
               uint64_t *version, struct err *e);
int sq_doc_put(struct store *s, const char *key, uint64_t expect,
               struct str body, uint64_t fence, uint64_t *version,
               struct err *e);
int sq_doc_list(struct store *s, const char *prefix, store_doc_fn fn, void *ctx,
                struct err *e);
int sq_check(struct store *s, store_finding_fn fn, void *ctx, struct err *e);
/* Add a change row for @key; the newest feed_keep rows stay. */
int sq_tell(struct sq_conn *c, size_t type, const uint64_t key[2],
            struct err *e) MUST_CHECK;
int sq_prune(struct sq_conn *c, uint64_t keep, struct err *e) MUST_CHECK;

#endif
