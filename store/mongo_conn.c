/*
 * store/mongo_conn.c - clients of the pool, sessions, transactions.
 *
 * Rules
 *   1. a client serves one thread from mg_conn_open() to mg_conn_close()
 *   2. concerns are ours, whatever the uri says: writes wait for the
 *      journals of a majority, reads see only what a majority has
 *   3. after an election a new primary may for a moment not know how much
 *      is committed, and snapshots would be older than what was
 *      acknowledged; a linearizable read waits until it knows. Reads inside
 *      a transaction need no such wait: they see all the primary has, and
 *      the commit waits until a majority has it too
 *   4. a transaction that met a conflict is run again; in one process those
 *      take turns, so that one of them always gets through, without waiting
 *      for times
 *   5. a commit without an answer is sent again: the server knows it by its
 *      number, so it happens once. Only when patience ends is the outcome
 *      RC_UNKNOWN
 *
 * Threads: any. Lock: m->turn_mu, held through one run of a transaction;
 * nothing is locked under it.
 */
#include "store/mongo_priv.h"

/* ---- open and close ---- */

static mongoc_transaction_opt_t *txn_opts(void)
{
    mongoc_transaction_opt_t *o = mongoc_transaction_opts_new();
    mongoc_read_concern_t *rc = mongoc_read_concern_new();
    mongoc_write_concern_t *wc = mongoc_write_concern_new();
    mongoc_read_concern_set_level(rc, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
    mongoc_write_concern_set_wmajority(wc, MG_OPERATION_MS);
    mongoc_write_concern_set_journal(wc, true);
    mongoc_transaction_opts_set_read_concern(o, rc);
    mongoc_transaction_opts_set_write_concern(o, wc);
    mongoc_transaction_opts_set_max_commit_time_ms(o, MG_OPERATION_MS);
    mongoc_read_concern_destroy(rc);
    mongoc_write_concern_destroy(wc);
    return o;
}

static mongoc_client_session_t *
start_session(struct mg_conn *c, enum mg_session kind, bson_error_t *be)
{
    mongoc_session_opt_t *o = mongoc_session_opts_new();
    if (kind == MG_SNAPSHOT) {
        mongoc_session_opts_set_snapshot(o, true);
    } else {
        mongoc_transaction_opt_t *t = txn_opts();
        mongoc_session_opts_set_default_transaction_opts(o, t);
        mongoc_transaction_opts_destroy(t);
    }
    mongoc_client_session_t *s = mongoc_client_start_session(c->client, o, be);
    mongoc_session_opts_destroy(o);
    return s;
}

int mg_conn_open(struct mongo *m, enum mg_session kind, struct mg_conn *ret,
                 struct err *e)
{
    struct mg_conn c = { .m = m, .client = mongoc_client_pool_pop(m->pool) };
    if (!c.client)
        return err_set(e, RC_DOWN, "all connections of the pool are in use");
    if (kind != MG_PLAIN) {
        bson_error_t be;
        c.session = start_session(&c, kind, &be);
        if (!c.session) {
            int rc = mg_fail(&c, &be, NULL, MG_NONE, "connect", e);
            mg_conn_close(&c);
            return rc;
        }
    }
    *ret = c;
    return RC_OK;
}

void mg_conn_close(struct mg_conn *c)
{
    if (c->session)
        mongoc_client_session_destroy(c->session);
    mongoc_client_pool_push(c->m->pool, c->client);
}

mongoc_collection_t *mg_coll(const struct mg_conn *c, const char *name)
{
    return mongoc_client_get_collection(c->client, c->m->db, name);
}

int mg_opts(struct mg_conn *c, bson_t *io, struct err *e)
{
    bson_error_t be;
    if (!c->session || mongoc_client_session_append(c->session, io, &be))
        return RC_OK;
    return mg_fail(c, &be, NULL, MG_NONE, "use a session", e);
}

int mg_catch_up(struct mg_conn *c, struct err *e)
{
    bson_t none MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t level;
    BSON_APPEND_DOCUMENT_BEGIN(&opts, "readConcern", &level);
    BSON_APPEND_UTF8(&level, "level", MONGOC_READ_CONCERN_LEVEL_LINEARIZABLE);
    bson_append_document_end(&opts, &level);
    BSON_APPEND_INT64(&opts, "maxTimeMS", MG_OPERATION_MS);
    BSON_APPEND_INT64(&opts, "limit", 1);
    mongoc_collection_t *coll MG_AUTO_COLL = mg_coll(c, MG_META);
    mongoc_cursor_t *cursor MG_AUTO_CURSOR =
        mongoc_collection_find_with_opts(coll, &none, &opts, NULL);
    const bson_t *doc;
    while (mongoc_cursor_next(cursor, &doc))
        continue;
    return mg_cursor_fail(c, cursor, "read", e);
}

/* ---- transactions ---- */

/* Rule 5. */
static int commit(struct mg_conn *c, mono_t until, struct err *e)
{
    for (;;) {
        bson_t reply;
        bson_error_t be;
        if (mongoc_client_session_commit_transaction(c->session, &reply, &be)) {
            bson_destroy(&reply);
            return RC_OK;
        }
        bool unknown =
            mongoc_error_has_label(&reply, "UnknownTransactionCommitResult");
        int rc =
            mg_fail(c, &be, &reply, unknown ? MG_WRITE : MG_NONE, "commit", e);
        bson_destroy(&reply);
        if (unknown)
            c->again = false; /* it may have been written */
        if (!unknown || clk_mono(c->m->clk).us > until.us)
            return unknown ? err_wrap(e, RC_UNKNOWN, "the outcome is not known")
                           : rc;
    }
}

static int run_once(struct mg_conn *c, mg_txn_fn fn, void *ctx, mono_t until,
                    struct err *e)
{
    bson_error_t be;
    c->again = c->conflict = false;
    c->in_txn = true;
    if (!mongoc_client_session_start_transaction(c->session, NULL, &be))
        return mg_fail(c, &be, NULL, MG_NONE, "begin", e);
    int rc = fn(ctx, c, e);
    if (!rc)
        return commit(c, until, e);
    /* Its failure changes nothing: the server ends it by itself. */
    (void)mongoc_client_session_abort_transaction(c->session, NULL);
    return rc;
}

/* Rule 4. */
static int run_in_turn(struct mg_conn *c, mg_txn_fn fn, void *ctx, mono_t until,
                       struct err *e)
{
    mtx_lock(&c->m->turn_mu);
    int rc = run_once(c, fn, ctx, until, e);
    mtx_unlock(&c->m->turn_mu);
    return rc;
}

int mg_txn(struct mongo *m, mg_txn_fn fn, void *ctx, struct err *e)
{
    struct mg_conn c;
    int rc = mg_conn_open(m, MG_TXN, &c, e);
    if (rc)
        return rc;
    mono_t until = mono_add(clk_mono(m->clk), DUR_MS(MG_PATIENCE_MS));
    rc = run_once(&c, fn, ctx, until, e);
    int conflicts = 0;
    while (rc && c.again) {
        if (c.conflict ? ++conflicts > MG_CONFLICTS_MAX
                       : clk_mono(m->clk).us > until.us)
            break;
        rc = run_in_turn(&c, fn, ctx, until, e);
    }
    mg_conn_close(&c);
    return rc;
}
