/*
 * store/sqlite.c - the embedded store: one file, several processes.
 *
 * Rules
 *   1. a file is ours when its application id is; a newer version of the
 *      tables is refused, never guessed at
 *   2. tables are made in one transaction: of several processes that make
 *      a store at once, one does and the others find it made
 *   3. one writing connection behind write_mu; readers come from a pool
 *      that grows with the threads that read and shrinks to SQ_IDLE_READERS
 *   4. damage is told where it is met; nothing is checked wholesale at open
 *
 * Threads: any verb from any. Locks: write_mu for a whole transaction;
 * pool_mu and news_mu for a few instructions; none is taken inside another
 * but pool_mu inside write_mu.
 */
#include "store/sqlite_priv.h"

#include "base/rnd.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_BYTES = 100 }; /* of every SQLite database */

/* ---- a new store, or one that is there ---- */

/*
 * SQLite takes a file with zeros in the right places for an empty database
 * and would write over it. Asked through its own handle:
 * opening the file a second time and closing it would drop the locks that
 * this process holds on it.
 */
static int check_magic(struct sq_conn *c, struct err *e)
{
    static const char magic[16] = "SQLite format 3";
    char front[sizeof(magic)] = { 0 };
    sqlite3_file *f = NULL;
    sqlite3_int64 size = 0;
    int code =
        sqlite3_file_control(c->db, "main", SQLITE_FCNTL_FILE_POINTER, &f);
    if (!code)
        code = f->pMethods->xFileSize(f, &size);
    if (!code && size >= HEADER_BYTES)
        code = f->pMethods->xRead(f, front, sizeof(front), 0);
    if (code)
        return sq_fail(c, code, "open", e);
    if (size > 0 && memcmp(front, magic, sizeof(magic)) != 0)
        return err_set(e, RC_CORRUPT, "'%s' is not a store", c->path);
    return RC_OK;
}

/* What the header of the file says. */
struct header {
    int64_t application, version, tables;
};

static int read_number(struct sq_conn *c, const char *sql, int64_t *ret,
                       struct err *e)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    int code = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL);
    int rc = code ? sq_fail(c, code, "open", e) : sq_step(c, st, &row, e);
    if (!rc)
        *ret = row ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    return rc;
}

/* In a transaction: a header of two instants, half of it from before somebody
 * made the tables, would be that of a foreign database. */
static int read_header(struct sq_conn *c, struct header *ret, struct err *e)
{
    int rc = check_magic(c, e);
    if (!rc)
        rc = read_number(c, "PRAGMA application_id", &ret->application, e);
    if (!rc)
        rc = read_number(c, "PRAGMA user_version", &ret->version, e);
    if (!rc)
        rc = read_number(c, "SELECT count(*) FROM sqlite_schema", &ret->tables,
                         e);
    return rc;
}

static int look_at_header(struct sq_conn *c, struct header *ret, struct err *e)
{
    int rc = sq_exec(c, "BEGIN", e);
    if (!rc)
        rc = sq_end(c, read_header(c, ret, e), e);
    return rc;
}

static bool is_blank(const struct header *h)
{
    return h->application == 0 && h->tables == 0;
}

static int check_header(struct sq_conn *c, const struct header *h,
                        struct err *e)
{
    if (is_blank(h)) /* whoever made it was killed before its tables */
        return err_set(e, RC_NOTFOUND, "'%s' is empty: no store was made there",
                       c->path);
    if (h->application != SQ_APPLICATION_ID)
        return err_set(e, RC_CORRUPT,
                       "'%s' is an SQLite database, but not a store", c->path);
    if (h->version > SQ_VERSION)
        return err_set(e, RC_CORRUPT,
                       "store '%s' was made by a newer version of svf "
                       "(tables %d, this one knows %d)",
                       c->path, (int)h->version, SQ_VERSION);
    if (h->version < 1)
        return err_set(e, RC_CORRUPT, "store '%s' has no version", c->path);
    return RC_OK;
}

static int put_meta(struct sq_conn *c, const char *key, struct str blob,
                    int64_t number, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_META_PUT, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, str_of(key));
    if (blob.p)
        sq_bind_blob(&in, blob);
    else
        sq_bind_i64(&in, number);
    return sq_bound_run(c, &in, e);
}

static int make_tables(struct sq_conn *c, enum store_kind kind, struct err *e)
{
    struct buf sql = BUF_INIT(64 * 1024);
    sq_sql_schema(&sql);
    buf_f(&sql, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
          SQ_APPLICATION_ID, SQ_VERSION);
    int rc = buf_check(&sql, "the SQL of the tables", e);
    if (!rc)
        rc = sq_exec(c, sql.p, e);
    buf_fini(&sql);
    uint64_t id[2] = { rnd_os_seed(), rnd_os_seed() };
    if (!rc)
        rc = put_meta(c, "id", str_n((const char *)id, sizeof(id)), 0, e);
    if (!rc)
        rc = put_meta(c, "kind", str_n(NULL, 0), kind, e);
    return rc;
}

/* Make the tables unless somebody did. */
static int make_store(struct sq_conn *c, enum store_kind kind, struct err *e)
{
    int rc = sq_begin(c, /* durable= */ true, e);
    if (rc)
        return rc;
    struct header h;
    rc = read_header(c, &h, e);
    if (!rc && is_blank(&h))
        rc = make_tables(c, kind, e);
    return sq_end(c, rc, e);
}

static int read_meta(struct sqlite *s, struct sq_conn *c, struct err *e)
{
    int64_t kind = 0;
    int rc =
        read_number(c, "SELECT value FROM meta WHERE key = 'kind'", &kind, e);
    if (rc)
        return rc;
    s->base.kind = kind == STORE_LIVE ? STORE_LIVE : STORE_LOCAL;
    struct sq_bind in;
    bool there = false;
    rc = sq_prepare(c, SQ_META_GET, &in, e);
    if (rc)
        return rc;
    sq_bind_text(&in, STR("id"));
    rc = sq_bound_step(c, &in, &there, e);
    if (rc)
        return rc;
    struct sq_cols row = { .st = in.st };
    struct str id = there ? sq_take_bytes(&row) : STR("");
    row.bad |= id.n != sizeof(s->base.id);
    if (!row.bad)
        memcpy(s->base.id, id.p, sizeof(s->base.id));
    rc = sq_take_end(&row, c, e);
    sq_give(in.st);
    return rc;
}

/* ---- readers ---- */

int sq_reader(struct sqlite *s, struct sq_conn **ret, struct err *e)
{
    mtx_lock(&s->pool_mu);
    struct sq_conn *c = s->idle;
    if (c) {
        s->idle = c->next;
        s->n_idle--;
    }
    mtx_unlock(&s->pool_mu);
    if (!c)
        return sq_conn_open(ret, s->path, &s->sql, SQ_READ, e);
    *ret = c;
    return RC_OK;
}

void sq_reader_done(struct sqlite *s, struct sq_conn *c)
{
    mtx_lock(&s->pool_mu);
    bool keep = s->n_idle < SQ_IDLE_READERS;
    if (keep) {
        c->next = s->idle;
        s->idle = c;
        s->n_idle++;
    }
    mtx_unlock(&s->pool_mu);
    if (!keep)
        sq_conn_close(c);
}

/* ---- open and close ---- */

static void sq_close(struct store *store)
{
    struct sqlite *s = sq_of(store);
    while (s->idle) {
        struct sq_conn *c = s->idle;
        s->idle = c->next;
        sq_conn_close(c);
    }
    sq_conn_close(s->writer); /* last: it folds the log into the file */
    sq_sql_fini(&s->sql);
    cnd_fini(&s->news);
    mtx_fini(&s->news_mu);
    mtx_fini(&s->pool_mu);
    mtx_fini(&s->write_mu);
    free(s->path);
    free(s);
}

/* Tell early, and better than SQLite would, what cannot be opened. */
static int check_path(const char *path, bool create, struct err *e)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode))
            return err_set(e, RC_CORRUPT, "'%s' is not a file, so no store",
                           path);
        if (st.st_size == 0 && !create)
            return err_set(e, RC_NOTFOUND,
                           "'%s' is empty: no store was made there", path);
        /* SQLite takes a file of one byte for an empty one. */
        if (st.st_size > 0 && st.st_size < HEADER_BYTES)
            return err_set(e, RC_CORRUPT, "'%s' is not a store", path);
        return RC_OK;
    }
    if (errno == ENOENT)
        return create ? RC_OK
                      : err_set(e, RC_NOTFOUND, "there is no store '%s'", path);
    int rc = errno == EACCES ? RC_DENIED : RC_IO;
    return err_sys(e, rc, errno, "open '%s': %s", path, strerror(errno));
}

/* Nothing is written to a file before it is known to be ours, or blank. */
static int adopt(struct sq_conn *c, bool create, enum store_kind kind,
                 struct err *e)
{
    struct header h;
    int rc = look_at_header(c, &h, e);
    if (!rc && !(create && is_blank(&h)))
        rc = check_header(c, &h, e);
    if (!rc)
        rc = sq_use_wal(c, e);
    if (rc || !is_blank(&h))
        return rc;
    rc = make_store(c, kind, e);
    if (!rc)
        rc = look_at_header(c, &h, e); /* it may be another process's */
    return rc ? rc : check_header(c, &h, e);
}

static int open_writer(struct sqlite *s, const struct store_options *o,
                       struct err *e)
{
    int rc = sq_conn_open(&s->writer, s->path, &s->sql,
                          o->create ? SQ_CREATE : SQ_WRITE, e);
    if (!rc)
        rc = adopt(s->writer, o->create, o->kind ? o->kind : STORE_LOCAL, e);
    return rc ? rc : read_meta(s, s->writer, e);
}

/* SQLite's readers share memory with writers through a file beside the
 * store, which must be there or be made. */
static int may_not_share(const struct sqlite *s, int rc, struct err *e)
{
    if (rc != RC_DENIED || access(s->path, R_OK) != 0)
        return rc;
    return err_set(e, rc,
                   "'%.100s' may be read, but its folder not be written, where "
                   "SQLite needs a file of its own; it would do while svf "
                   "serve, run by another user, has the store open",
                   s->path);
}

static int open_reader(struct sqlite *s, struct err *e)
{
    struct header h;
    struct sq_conn *c;
    int rc = sq_conn_open(&c, s->path, &s->sql, SQ_READ, e);
    if (rc)
        return may_not_share(s, rc, e);
    rc = look_at_header(c, &h, e);
    if (!rc)
        rc = check_header(c, &h, e);
    if (!rc)
        rc = read_meta(s, c, e);
    sq_reader_done(s, c);
    return may_not_share(s, rc, e);
}

static int open_file(struct sqlite *s, const struct store_options *o,
                     struct err *e)
{
    int rc = check_path(s->path, o->create && !o->read_only, e);
    if (rc)
        return rc;
    return o->read_only ? open_reader(s, e) : open_writer(s, o, e);
}

/* To SQLite ":memory:" is a database without a file, other names in ':' may
 * become one, and "file:" is a URI wherever its library was built so. */
static int check_place(const char *place, struct err *e)
{
    if (!*place)
        return err_set(e, RC_CONFIG, "'sqlite:' needs a path behind it");
    if (*place == ':' || str_starts(str_of(place), STR("file:")))
        return err_set(e, RC_CONFIG,
                       "'%.200s' is no plain file name to SQLite; './%.200s' "
                       "would be",
                       place, place);
    return RC_OK;
}

static int sq_open(struct store **ret, const struct store_options *o,
                   const char *place, struct err *e)
{
    int rc = check_place(place, e);
    if (rc)
        return rc;
    struct sqlite *s = calloc(1, sizeof(*s));
    if (!s)
        return err_set(e, RC_NOMEM, "no memory for a store");
    mtx_init(&s->write_mu);
    mtx_init(&s->pool_mu);
    mtx_init(&s->news_mu);
    cnd_init(&s->news);
    s->path = strdup(place);
    rc = s->path ? sq_sql_init(&s->sql, e)
                 : err_set(e, RC_NOMEM, "no memory for a store");
    if (!rc)
        rc = open_file(s, o, e);
    if (rc) {
        sq_close(&s->base);
        return rc;
    }
    *ret = &s->base;
    return RC_OK;
}

/* ---- figures ---- */

static int read_totals(struct sq_conn *c, struct store_stats *ret,
                       struct err *e)
{
    uint64_t *const to[STORE_TYPES] = { &ret->videos, &ret->channels,
                                        &ret->samples };
    sqlite3_stmt *st;
    int rc = sq_get(c, SQ_TOTALS, &st, e);
    if (rc)
        return rc;
    bool row = true;
    while (!rc && row) {
        rc = sq_step(c, st, &row, e);
        if (rc || !row)
            break;
        struct sq_cols cols = { .st = st };
        uint64_t type = sq_take_u64(&cols), n = sq_take_u64(&cols);
        if (type < STORE_TYPES)
            *to[type] = n;
        rc = sq_take_end(&cols, c, e);
    }
    sq_give(st);
    return rc;
}

static int sq_stats(struct store *store, struct store_stats *ret, struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct store_stats x = { .videos = 0 };
    struct sq_conn *c;
    int rc = sq_reader(s, &c, e);
    if (rc)
        return rc;
    int64_t pages = 0, page_bytes = 0;
    rc = read_totals(c, &x, e);
    if (!rc)
        rc = read_number(c, "PRAGMA page_count", &pages, e);
    if (!rc)
        rc = read_number(c, "PRAGMA page_size", &page_bytes, e);
    sq_reader_done(s, c);
    x.bytes = (uint64_t)(pages * page_bytes);
    if (!rc)
        *ret = x;
    return rc;
}

const struct store_ops store_sqlite_ops = {
    .scheme = "sqlite",
    .open = sq_open,
    .close = sq_close,
    .put = sq_put,
    .get = sq_get_records,
    .scan = sq_scan,
    .del = sq_del,
    .feed_now = sq_feed_now,
    .feed_read = sq_feed_read,
    .count = sq_count,
    .counts = sq_counts,
    .doc_get = sq_doc_get,
    .doc_put = sq_doc_put,
    .doc_list = sq_doc_list,
    .stats = sq_stats,
    .check = sq_check,
};
