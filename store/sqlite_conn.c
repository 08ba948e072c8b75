/*
 * store/sqlite_conn.c - connections to an SQLite file: settings, errors,
 * prepared statements, transactions.
 *
 * Rules
 *   1. every connection, readers too, waits SQ_BUSY_MS for a lock: even two
 *      readers that open a file at the same instant meet one
 *   2. a transaction that writes begins with BEGIN IMMEDIATE, so it never
 *      has to give up half way for a lock
 *   3. there is one writing connection. Its commits wait for the disk only
 *      when asked (durable). It switches `synchronous` instead of leaving
 *      durable writes to a second connection, because SQLite drops the whole
 *      page cache of a connection when another one has written.
 *   4. the log grows to CHECKPOINT_PAGES before it is copied into the file
 *   5. a file may be hostile: no function in its schema is trusted
 *
 * Threads: a connection is used by one thread at a time; the owner locks.
 */
#include "store/sqlite_priv.h"

#include <errno.h>
#include <stdlib.h>

enum {
    CHECKPOINT_PAGES = 50000, /* 200 MB of log: stores.md, section 5 */
    WRITER_CACHE_KIB = 256 * 1024,
    READER_CACHE_KIB = 16 * 1024, /* a reader's cache is dropped with every
                                     commit of the writer */
    LOG_KEPT_BYTES = 256 * 1024 * 1024
};

/* ---- errors ---- */

static int rc_of_errno(int sys)
{
    if (sys == EACCES || sys == EPERM || sys == EROFS)
        return RC_DENIED;
    if (sys == ENOENT || sys == ENOTDIR)
        return RC_NOTFOUND;
    return RC_IO;
}

static int rc_of(int code, int sys)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return RC_DOWN;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR: /* "no such table": not our tables */
        return RC_CORRUPT;
    case SQLITE_NOMEM:
        return RC_NOMEM;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return RC_DENIED;
    case SQLITE_CANTOPEN:
        return rc_of_errno(sys);
    case SQLITE_TOOBIG:
        return RC_LIMIT;
    default:
        return RC_IO;
    }
}

static const char *sentence(int code, int sys, const char *said)
{
    if (sys == ENOSPC || sys == EDQUOT) /* also for memory shared by readers */
        return "the disk is full";
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another process has held its lock for 30 s";
    case SQLITE_NOTADB:
        return "it is not a store";
    default:
        return said;
    }
}

/* What the system said to a failure; 0 = it was not asked. SQLite asks for two
 * codes only, and keeps the answer whatever fails next. */
static int errno_of(const struct sq_conn *c, int code)
{
    switch (code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return c->db ? sqlite3_system_errno(c->db) : 0;
    case SQLITE_FULL:
        return ENOSPC;
    default:
        return 0;
    }
}

int sq_fail(struct sq_conn *c, int code, const char *what, struct err *e)
{
    int sys = errno_of(c, code);
    const char *said = c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code);
    return err_sys(e, rc_of(code, sys), sys, "%s '%s': %s", what, c->path,
                   sentence(code, sys, said));
}

/* ---- statements ---- */

int sq_exec(struct sq_conn *c, const char *sql, struct err *e)
{
    int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return code ? sq_fail(c, code, "store", e) : RC_OK;
}

int sq_get(struct sq_conn *c, size_t no, sqlite3_stmt **ret, struct err *e)
{
    if (!c->stmt[no]) {
        int code =
            sqlite3_prepare_v3(c->db, c->sql->text[no], -1,
                               SQLITE_PREPARE_PERSISTENT, &c->stmt[no], NULL);
        if (code)
            return sq_fail(c, code, "store", e);
    }
    *ret = c->stmt[no];
    return RC_OK;
}

void sq_give(sqlite3_stmt *st)
{
    /* The code is that of the last step, told already. */
    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
}

int sq_step(struct sq_conn *c, sqlite3_stmt *st, bool *row, struct err *e)
{
    int code = sqlite3_step(st);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return sq_fail(c, code, "store", e);
    *row = code == SQLITE_ROW;
    return RC_OK;
}

int sq_run(struct sq_conn *c, sqlite3_stmt *st, struct err *e)
{
    bool row;
    int rc = sq_step(c, st, &row, e);
    sq_give(st);
    return rc;
}

int sq_do(struct sq_conn *c, size_t no, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sq_get(c, no, &st, e);
    return rc ? rc : sq_run(c, st, e);
}

int sq_number(struct sq_conn *c, size_t no, int64_t none, int64_t *ret,
              struct err *e)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    int rc = sq_get(c, no, &st, e);
    if (rc)
        return rc;
    rc = sq_step(c, st, &row, e);
    if (!rc)
        *ret = row && sqlite3_column_type(st, 0) != SQLITE_NULL
                   ? sqlite3_column_int64(st, 0)
                   : none;
    sq_give(st);
    return rc;
}

/* ---- transactions ---- */

int sq_begin(struct sq_conn *c, bool durable, struct err *e)
{
    if (durable != c->full) {
        int rc = sq_exec(c,
                         durable ? "PRAGMA synchronous=FULL"
                                 : "PRAGMA synchronous=NORMAL",
                         e);
        if (rc)
            return rc;
        c->full = durable;
    }
    return sq_do(c, SQ_BEGIN, e);
}

int sq_end(struct sq_conn *c, int rc, struct err *e)
{
    if (!rc)
        rc = sq_do(c, SQ_COMMIT, e);
    /* After a full disk SQLite may have rolled back by itself. */
    if (rc && !sqlite3_get_autocommit(c->db))
        (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

/* ---- open and close ---- */

static int configure(struct sq_conn *c, enum sq_mode mode, struct err *e)
{
    (void)sqlite3_extended_result_codes(c->db, 1);
    (void)sqlite3_busy_timeout(c->db, SQ_BUSY_MS); /* rule 1 */
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    char sql[300];
    snprintf(sql, sizeof(sql),
             "PRAGMA cache_size=-%d; PRAGMA synchronous=NORMAL;"
             "PRAGMA wal_autocheckpoint=%d; PRAGMA journal_size_limit=%d;"
             "PRAGMA temp_store=MEMORY;",
             mode == SQ_READ ? READER_CACHE_KIB : WRITER_CACHE_KIB,
             CHECKPOINT_PAGES, LOG_KEPT_BYTES);
    return sq_exec(c, sql, e);
}

/* Several processes that open a new file at once all want to switch it to
 * WAL; SQLite then answers BUSY at once instead of waiting. */
int sq_use_wal(struct sq_conn *c, struct err *e)
{
    int code = SQLITE_BUSY;
    for (int ms = 0; code == SQLITE_BUSY && ms < SQ_BUSY_MS; ms += 5) {
        code = sqlite3_exec(c->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
        if (code == SQLITE_BUSY)
            (void)sqlite3_sleep(5);
    }
    return code ? sq_fail(c, code, "open", e) : RC_OK;
}

static int connect_to(struct sq_conn *c, enum sq_mode mode, struct err *e)
{
    static const int flags[] = {
        [SQ_READ] = SQLITE_OPEN_READONLY,
        [SQ_WRITE] = SQLITE_OPEN_READWRITE,
        [SQ_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
    };
    int code = sqlite3_open_v2(c->path, &c->db,
                               flags[mode] | SQLITE_OPEN_NOMUTEX, NULL);
    if (code)
        return sq_fail(c, code, "open", e);
    if (mode != SQ_READ && sqlite3_db_readonly(c->db, "main") == 1)
        return err_set(e, RC_DENIED, "open '%s': no permission to write",
                       c->path);
    return configure(c, mode, e);
}

int sq_conn_open(struct sq_conn **ret, const char *path,
                 const struct sq_sql *sql, enum sq_mode mode, struct err *e)
{
    struct sq_conn *c = calloc(1, sizeof(*c));
    if (!c)
        return err_set(e, RC_NOMEM, "no memory for a connection");
    c->path = path;
    c->sql = sql;
    int rc = connect_to(c, mode, e);
    if (rc) {
        sq_conn_close(c);
        return rc;
    }
    *ret = c;
    return RC_OK;
}

void sq_conn_close(struct sq_conn *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < SQ_STMTS; i++)
        sqlite3_finalize(c->stmt[i]);
    sqlite3_close(c->db);
    free(c);
}
