/*
 * store/mongo_priv.h - the parts of the mongodb: store: connections and
 * transactions, records as documents, collections made from the field
 * tables.
 *
 * Where things are: each record type has a collection with its narrow
 * fields, and one more for its text where it has any. `count` holds
 * counters, `doc` documents, `meta` what the store itself is.
 */
#ifndef SVF_STORE_MONGO_PRIV_H
#define SVF_STORE_MONGO_PRIV_H

#include "store/store_priv.h"

#include "base/thr.h"

#include <mongoc/mongoc.h>

enum {
    MG_VERSION = 2,         /* of the collections, in the meta document;
                               1 had counters and documents without
                               required fields */
    MG_WIRE_VERSION = 17,   /* of MongoDB 6.0, the oldest that will do */
    MG_OPERATION_MS = 5000, /* the server gives up a write or a read of one
                               document; below the socket's time limit */
    MG_PATIENCE_MS = 15000, /* an election, with room: ha.md, section 8 */
    MG_STREAM_BATCH = 1000  /* changes the server sends at a time */
};

#define MG_APP "svf" /* the name that our connections tell the server */

/* ---- the store ---- */

struct mg_stream; /* a change stream that is kept open: mongo_feed.c */

struct mongo {
    struct store base; /* first */
    mongoc_client_pool_t *pool;
    char *db;           /* name of the database; owned */
    char *hosts;        /* for messages: "host:port,host:port/db"; owned */
    bool tls;           /* the uri asks for it */
    struct clk *clk;    /* borrowed; only its monotonic side is used */
    struct cnd turn;    /* never signalled: pauses end by time */
    struct mtx turn_mu; /* held while a transaction that met a conflict is
                           run again: mongo_txn.c, rule 1 */
    struct mtx stream_mu;
    struct mg_stream *stream; /* idle, or NULL; under stream_mu */
};

static inline struct mongo *mg_of(struct store *s)
{
    return (struct mongo *)s;
}

/* ---- connections ---- */

enum mg_session {
    MG_PLAIN,    /* none: single reads and writes */
    MG_SNAPSHOT, /* all reads see one moment */
    MG_TXN       /* for mg_txn() */
};

/* A client of the pool, used by one thread until it is given back. */
struct mg_conn {
    struct mongo *m;
    mongoc_client_t *client;
    mongoc_client_session_t *session; /* NULL for MG_PLAIN */
    bool in_txn;
    bool again;    /* what failed may succeed when it is done again: the
                      transaction, or, outside of one, the read … */
    bool conflict; /* … another transaction was in the way */
};

int mg_conn_open(struct mongo *m, enum mg_session kind, struct mg_conn *ret,
                 struct err *e) MUST_CHECK;
void mg_conn_close(struct mg_conn *c);
/* A collection by name, with the concerns of its database; the caller
 * destroys it (MG_AUTO_COLL). */
mongoc_collection_t *mg_coll(const struct mg_conn *c, const char *name);
/* Add the session of @c to the options @io. */
int mg_opts(struct mg_conn *c, bson_t *io, struct err *e) MUST_CHECK;
/* Did a read outside of a transaction fail for a reason that passes, with
 * patience (mg_patience) left? */
bool mg_once_more(const struct mg_conn *c, mono_t until);
mono_t mg_patience(const struct mongo *m);
/* One question to the server, outside of a transaction. */
typedef int (*mg_ask_fn)(void *ctx, struct mg_conn *c, struct err *e);
/* Ask until it is answered, or patience ends: the driver repeats no command. */
int mg_patiently(struct mg_conn *c, mg_ask_fn ask, void *ctx,
                 struct err *e) MUST_CHECK;
/* Options of a read of one document, after which nothing older is read. */
void mg_linearizable(bson_t *opts);
/* Let later snapshots of @c see all that any process was told is written:
 * rule 3. */
int mg_catch_up(struct mg_conn *c, struct err *e) MUST_CHECK;

/* ---- transactions ---- */

/* What a transaction does. It is run again when another one was in its way
 * or the primary went, so it must not leave traces outside the server. */
typedef int (*mg_txn_fn)(void *ctx, struct mg_conn *c, struct err *e);
/* RC_UNKNOWN: all of it may have been written. Any other failure: nothing.
 * RC_DOWN also when others were in its way until patience ended. */
int mg_txn(struct mongo *m, mg_txn_fn fn, void *ctx, struct err *e) MUST_CHECK;

/* ---- errors ---- */

/* What may have happened when no answer came. */
enum mg_effect {
    MG_NONE, /* nothing: a read, or a step of a transaction */
    MG_WRITE /* the write: RC_UNKNOWN */
};
/* Fill @e from the driver's @be; @reply may be NULL. Marks @c when it may
 * succeed on another run. */
int mg_fail(struct mg_conn *c, const bson_error_t *be, const bson_t *reply,
            enum mg_effect effect, const char *what, struct err *e);
/* The failure of @cursor, or RC_OK when it has only come to its end. */
int mg_cursor_fail(struct mg_conn *c, mongoc_cursor_t *cursor, const char *what,
                   struct err *e) MUST_CHECK;
enum {
    MG_CODE_DUPLICATE = 11000,
    MG_CODE_EXISTS = 48,
    MG_CODE_CONFLICT = 112,
    MG_CODE_NO_TXN = 251, /* NoSuchTransaction */
    MG_CODE_HISTORY_LOST = 286
};

/* ---- collections ---- */

/* How a record type lies in the database. */
struct mg_layout {
    const struct schema_type *t;
    const char *narrow; /* collection with the counts */
    const char *wide;   /* collection with the text; NULL = none */
    const char *key[2]; /* names in _id; NULL: _id is the number itself */
};
const struct mg_layout *mg_layout(size_t type);
/* Make all collections; those that are there stay. */
int mg_make_collections(struct mg_conn *c, struct err *e) MUST_CHECK;
/* Make what is absent, and give each collection the validator of this version;
 * the server is told only of those that have another one. */
int mg_bring_up(struct mg_conn *c, struct err *e) MUST_CHECK;
/* {"$jsonSchema": …} of a type's narrow or wide collection; the caller
 * destroys it. */
int mg_schema_of(size_t type, bool wide, bson_t *ret, struct err *e) MUST_CHECK;
/* Does the database, which is no store, hold anything but collections that are
 * empty and have the names of ours? */
int mg_has_strangers(struct mg_conn *c, bool *ret, struct err *e) MUST_CHECK;
/* About how many documents @coll holds. */
int mg_estimate(struct mg_conn *c, const char *coll, uint64_t *ret,
                struct err *e) MUST_CHECK;

#define MG_COUNT "count"
#define MG_DOC   "doc"
#define MG_META  "meta"

/* ---- records as documents ---- */

#define MG_FENCE   "_f" /* token kept with the record; absent = 0 */
#define MG_CHANGES "_c" /* changes told since the record was made */

/* Append _id (or whatever @name is) for @key. */
void mg_put_key(bson_t *b, const char *name, size_t type,
                const uint64_t key[2]);
/* Append the fields of @rec in @bits that lie in the wide or narrow part. */
void mg_put_fields(bson_t *b, const struct schema_type *t, bool wide,
                   uint64_t bits, const void *rec);
/* Read _id and the fields in @cols of @doc into @rec, adding to its have;
 * text is borrowed from @doc. @fence may be NULL. RC_CORRUPT: a value of
 * another type than the table says. */
int mg_take_record(const bson_t *doc, size_t type, uint64_t cols, void *rec,
                   uint64_t *fence, struct err *e) MUST_CHECK;
/* Read the key that _id of @doc (or a change's documentKey) holds. */
bool mg_take_key(const bson_t *doc, size_t type, uint64_t ret[2]) MUST_CHECK;

/* ---- keys of a batch ---- */

/* The different keys of a batch, in order. */
struct mg_keys {
    size_t type;
    size_t n;
    uint64_t (*key)[2]; /* owned */
};
/* @first is key 0; the next ones follow each @stride bytes. */
int mg_keys_init(struct mg_keys *k, size_t type, const void *first,
                 size_t stride, size_t n, struct err *e) MUST_CHECK;
void mg_keys_fini(struct mg_keys *k);
/* The place of @key, which is one of them; k->n when it is not. */
size_t mg_keys_at(const struct mg_keys *k, const uint64_t key[2]);
/* The place of @doc's key, k->n when it is not among them. RC_CORRUPT: it has
 * none. */
int mg_keys_place(const struct mg_keys *k, const bson_t *doc, size_t *ret,
                  struct err *e) MUST_CHECK;
/* Append "_id": {"$in": […]} to @b. */
void mg_keys_filter(const struct mg_keys *k, bson_t *b);

typedef int (*mg_row_fn)(void *ctx, const bson_t *doc, struct err *e);
/* Visit the documents of @coll with these keys, in any order. @project is
 * a projection, or NULL. */
int mg_keys_find(struct mg_conn *c, const char *coll, const struct mg_keys *k,
                 const bson_t *project, mg_row_fn fn, void *ctx,
                 struct err *e) MUST_CHECK;
/* Visit what @filter finds; @opts are find's, the session is added. What fails
 * before the first row is asked again until patience ends. */
int mg_find(struct mg_conn *c, const char *coll, const bson_t *filter,
            const bson_t *opts, mg_row_fn fn, void *ctx,
            struct err *e) MUST_CHECK;
/* Append to @filter which keys are in @range. */
void mg_range_filter(const struct store_range *range, size_t type,
                     bson_t *filter);
/* The same with @opts as they are: no session is added. */
int mg_find_alone(struct mg_conn *c, const char *coll, const bson_t *filter,
                  const bson_t *opts, mg_row_fn fn, void *ctx,
                  struct err *e) MUST_CHECK;
/* A projection on the wide fields of @cols, when that spares any. */
bool mg_projection(const struct schema_type *t, uint64_t cols, bson_t *ret);

/* ---- scope's end ---- */

static inline void mg_coll_done(mongoc_collection_t **c)
{
    mongoc_collection_destroy(*c);
}
static inline void mg_cursor_done(mongoc_cursor_t **c)
{
    mongoc_cursor_destroy(*c);
}
static inline void mg_bulk_done(mongoc_bulk_operation_t **b)
{
    mongoc_bulk_operation_destroy(*b);
}
#define MG_AUTO_COLL   AUTO(mg_coll_done)
#define MG_AUTO_CURSOR AUTO(mg_cursor_done)
#define MG_AUTO_BULK   AUTO(mg_bulk_done)
#define MG_AUTO_BSON   AUTO(bson_destroy)

/* ---- verbs, each in the file of its name ---- */

int mg_put(struct store *s, const struct schema_type *t, const void *recs,
           size_t n, uint64_t fence, enum store_outcome *ret,
           struct err *e) MUST_CHECK;
int mg_del(struct store *s, const struct schema_type *t,
           const uint64_t (*keys)[2], size_t n, uint64_t fence, size_t *deleted,
           struct err *e) MUST_CHECK;
int mg_get(struct store *s, const struct schema_type *t,
           const uint64_t (*keys)[2], size_t n, uint64_t cols,
           struct arena *arena, void *recs, bool *found,
           struct err *e) MUST_CHECK;
int mg_scan(struct store *s, const struct schema_type *t, uint64_t cols,
            const struct store_range *range, store_row_fn fn, void *ctx,
            struct err *e) MUST_CHECK;
int mg_feed_now(struct store *s, struct store_pos *ret,
                struct err *e) MUST_CHECK;
int mg_feed_read(struct store *s, struct store_pos *pos, size_t max, dur_t wait,
                 store_change_fn fn, void *ctx, size_t *n,
                 struct err *e) MUST_CHECK;
void mg_stream_close(struct mg_stream *x); /* NULL is fine */
int mg_count(struct store *s, const char *key, int64_t delta, int64_t limit,
             int64_t *value, struct err *e) MUST_CHECK;
int mg_counts(struct store *s, const char *prefix, store_count_fn fn, void *ctx,
              struct err *e) MUST_CHECK;
int mg_doc_get(struct store *s, const char *key, struct buf *body,
               uint64_t *version, struct err *e) MUST_CHECK;
int mg_doc_put(struct store *s, const char *key, uint64_t expect,
               struct str body, uint64_t fence, uint64_t *version,
               struct err *e) MUST_CHECK;
int mg_doc_list(struct store *s, const char *prefix, store_doc_fn fn, void *ctx,
                struct err *e) MUST_CHECK;
int mg_check(struct store *s, store_finding_fn fn, void *ctx,
             struct err *e) MUST_CHECK;

#endif
