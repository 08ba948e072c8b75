/*
 * store/mongo_conn.c - clients of the pool and their sessions.
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
 *
 * Threads: any; a connection is its opener's alone.
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
        return err_set(e, RC_DOWN,
                       "all connections of the pool are in use; the "
                       "uri's maxPoolSize may be too small");
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

mono_t mg_patience(const struct mongo *m)
{
    return mono_add(clk_mono(m->clk), DUR_MS(MG_PATIENCE_MS));
}

bool mg_once_more(const struct mg_conn *c, mono_t until)
{
    return !c->in_txn && c->again && clk_mono(c->m->clk).us < until.us;
}

int mg_patiently(struct mg_conn *c, mg_ask_fn ask, void *ctx, struct err *e)
{
    mono_t until = mg_patience(c->m);
    int rc;
    do {
        c->again = false;
        rc = ask(ctx, c, e);
    } while (rc && mg_once_more(c, until));
    return rc;
}

void mg_linearizable(bson_t *opts)
{
    bson_t level;
    BSON_APPEND_DOCUMENT_BEGIN(opts, "readConcern", &level);
    BSON_APPEND_UTF8(&level, "level", MONGOC_READ_CONCERN_LEVEL_LINEARIZABLE);
    bson_append_document_end(opts, &level);
    BSON_APPEND_INT64(opts, "maxTimeMS", MG_OPERATION_MS);
}

static int pass(void *ctx, const bson_t *doc, struct err *e)
{
    (void)ctx, (void)doc, (void)e;
    return RC_OK;
}

int mg_catch_up(struct mg_conn *c, struct err *e)
{
    bson_t none MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t opts MG_AUTO_BSON = BSON_INITIALIZER;
    mg_linearizable(&opts);
    BSON_APPEND_INT64(&opts, "limit", 1);
    return mg_find_alone(c, MG_META, &none, &opts, pass, NULL, e);
}
