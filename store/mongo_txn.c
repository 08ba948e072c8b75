/*
 * store/mongo_txn.c - transactions, run until they come to an end.
 *
 * Rules
 *   1. a transaction that met a conflict is run again. In one process those
 *      take turns, so that one of them always gets through; between its
 *      runs each waits a little, in case the other one is elsewhere
 *   2. a commit without an answer of the server is sent again, whatever was
 *      in its way: the server knows it by its number, so it happens once. A
 *      new primary that does not know it yet is no answer either, before a
 *      majority agrees. Only when patience ends is the outcome RC_UNKNOWN
 *   3. a process that was killed leaves its transaction open, and what it
 *      wrote stays locked until the server's own limit (60 s). Who is in
 *      conflict for a second ends transactions of svf's that nobody worked
 *      on for as long; if one was only slow, its owner runs it again
 *
 * Threads: any. Lock: m->turn_mu, held through one run again; nothing is
 * locked under it.
 */
#include "store/mongo_priv.h"

enum { PAUSE_FIRST_MS = 1, PAUSE_MAX_MS = 64, ABANDONED_MS = 1000 };

/* What is run, and how it goes on. */
struct runs {
    mg_txn_fn fn;
    void *ctx;
    mono_t until;     /* patience ends */
    int64_t pause_ms; /* before the next run, when there is a conflict */
};

/* ---- rule 3 ---- */

static void kill_session(struct mg_conn *c, const bson_t *op)
{
    bson_iter_t it, id;
    if (!bson_iter_init(&it, op) ||
        !bson_iter_find_descendant(&it, "lsid.id", &id))
        return;
    bson_t command MG_AUTO_BSON = BSON_INITIALIZER;
    bson_t list, one;
    BSON_APPEND_ARRAY_BEGIN(&command, "killSessions", &list);
    BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &one);
    BSON_APPEND_VALUE(&one, "id", bson_iter_value(&id));
    bson_append_document_end(&list, &one);
    bson_append_array_end(&command, &list);
    (void)mongoc_client_command_simple(c->client, "admin", &command, NULL, NULL,
                                       NULL);
}

/* The stages that find them. Without authorization the server shows all
 * sessions, else those of our user; only svf's are meant. */
static bool abandoned_stages(bson_t *ret)
{
    struct buf b = BUF_INIT(4096);
    buf_f(&b,
          "{\"pipeline\":[{\"$currentOp\":{\"allUsers\":false,"
          "\"idleSessions\":true}},{\"$match\":{\"type\":\"idleSession\","
          "\"appName\":\"" MG_APP "\","
          "\"transaction.timeInactiveMicros\":{\"$gt\":%d}}},"
          "{\"$project\":{\"lsid.id\":1}}]}",
          ABANDONED_MS * 1000);
    bson_error_t be;
    bool ok = b.p && bson_init_from_json(ret, b.p, (ssize_t)b.n, &be);
    buf_fini(&b);
    return ok;
}

static void kill_found(struct mg_conn *c, const bson_t *stages)
{
    /* The list of what runs now is read with no other concern. */
    mongoc_read_concern_t *local = mongoc_read_concern_new();
    mongoc_read_concern_set_level(local, MONGOC_READ_CONCERN_LEVEL_LOCAL);
    mongoc_database_t *db = mongoc_client_get_database(c->client, "admin");
    mongoc_database_set_read_concern(db, local);
    mongoc_cursor_t *ops MG_AUTO_CURSOR =
        mongoc_database_aggregate(db, stages, NULL, NULL);
    const bson_t *op;
    while (mongoc_cursor_next(ops, &op))
        kill_session(c, op);
    mongoc_database_destroy(db);
    mongoc_read_concern_destroy(local);
}

/* What fails here leaves things as they are: the conflict is told. */
static void end_abandoned(struct mongo *m)
{
    struct mg_conn c;
    bson_t stages;
    if (mg_conn_open(m, MG_PLAIN, &c, NULL))
        return;
    if (abandoned_stages(&stages)) {
        kill_found(&c, &stages);
        bson_destroy(&stages);
    }
    mg_conn_close(&c);
}

/* ---- one run ---- */

/* Rule 2. The driver labels what it cannot know, but not all of it: a refused
 * login, say, when it sends the commit once more. A server that does not know
 * the transaction labels its word when a majority stands behind it. */
static bool is_unknown(const bson_t *reply, const bson_error_t *be)
{
    return be->domain != MONGOC_ERROR_SERVER ||
           mongoc_error_has_label(reply, "UnknownTransactionCommitResult") ||
           (be->code == MG_CODE_NO_TXN &&
            !mongoc_error_has_label(reply, "TransientTransactionError"));
}

static int commit(struct mg_conn *c, mono_t until, struct err *e)
{
    for (;;) {
        bson_t reply;
        bson_error_t be;
        if (mongoc_client_session_commit_transaction(c->session, &reply, &be)) {
            bson_destroy(&reply);
            return RC_OK;
        }
        bool unknown = is_unknown(&reply, &be);
        int rc =
            mg_fail(c, &be, &reply, unknown ? MG_WRITE : MG_NONE, "commit", e);
        bson_destroy(&reply);
        if (!unknown)
            return rc;
        c->again = false; /* it may have been written */
        if (clk_mono(c->m->clk).us > until.us)
            return err_wrap(e, RC_UNKNOWN, "the outcome is not known");
    }
}

static int run_once(struct mg_conn *c, const struct runs *r, struct err *e)
{
    bson_error_t be;
    c->again = c->conflict = false;
    c->in_txn = true;
    if (!mongoc_client_session_start_transaction(c->session, NULL, &be))
        return mg_fail(c, &be, NULL, MG_NONE, "begin", e);
    int rc = r->fn(r->ctx, c, e);
    if (!rc)
        return commit(c, r->until, e);
    /* Its failure changes nothing for us, and rule 3 is for the others. */
    (void)mongoc_client_session_abort_transaction(c->session, NULL);
    return rc;
}

/* ---- many runs ---- */

static void pause_locked(struct mongo *m, struct runs *r) NEEDS(m->turn_mu)
{
    mono_t until = mono_add(clk_mono(m->clk), DUR_MS(r->pause_ms));
    while (cnd_wait_until(&m->turn, &m->turn_mu, until))
        continue;
    if (r->pause_ms < PAUSE_MAX_MS)
        r->pause_ms *= 2;
}

static bool is_late(const struct mg_conn *c, const struct runs *r)
{
    return clk_mono(c->m->clk).us >= r->until.us;
}

/* Rule 1. @rc is how the last run ended, and stays when the turn comes late. */
static int run_in_turn(struct mg_conn *c, struct runs *r, int rc, struct err *e)
{
    mtx_lock(&c->m->turn_mu);
    pause_locked(c->m, r);
    if (!is_late(c, r))
        rc = run_once(c, r, e);
    mtx_unlock(&c->m->turn_mu);
    return rc;
}

static int run_all(struct mg_conn *c, struct runs *r, struct err *e)
{
    struct clk *clk = c->m->clk;
    mono_t clear = mono_add(clk_mono(clk), DUR_MS(ABANDONED_MS));
    int rc = run_once(c, r, e);
    while (rc && c->again && !is_late(c, r)) {
        if (c->conflict && clk_mono(clk).us > clear.us) {
            end_abandoned(c->m);
            clear = mono_add(clk_mono(clk), DUR_MS(ABANDONED_MS));
        }
        rc = c->conflict ? run_in_turn(c, r, rc, e) : run_once(c, r, e);
    }
    if (rc == RC_AGAIN) /* which callers take for a lease that is held */
        return err_wrap(e, RC_DOWN, "another writer held on for too long");
    return rc;
}

int mg_txn(struct mongo *m, mg_txn_fn fn, void *ctx, struct err *e)
{
    struct mg_conn c;
    int rc = mg_conn_open(m, MG_TXN, &c, e);
    if (rc)
        return rc;
    struct runs r = { .fn = fn, .ctx = ctx, .pause_ms = PAUSE_FIRST_MS };
    r.until = mg_patience(m);
    rc = run_all(&c, &r, e);
    mg_conn_close(&c);
    return rc;
}
