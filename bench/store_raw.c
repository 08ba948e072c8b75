/*
 * bench/store_raw.c - bare sqlite3 as the bound of a sqlite: store.
 *
 * Rules
 *   1. same settings as store/sqlite_conn.c, same split into a narrow and a
 *      wide table, same feed: what differs is what the store adds
 *   2. a refresh is one UPDATE by id, without reading the row first
 *
 * Threads: one.
 */
#include "bench/store_raw.h"

#include "bench/bench.h"

#include <sqlite3.h>
#include <stdlib.h>

enum stmt { ROW, TEXT, CHANGE, UPDATE, GET, SCAN, CHANGES, STMTS };

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "PRAGMA cache_size=-262144; PRAGMA wal_autocheckpoint=50000;"
    "PRAGMA temp_store=MEMORY;"
    "CREATE TABLE video(nr INTEGER PRIMARY KEY, id INTEGER NOT NULL, fence,"
    " v, l, d, c, sa, ta, p, du, cat, o, UNIQUE(id));"
    "CREATE TABLE text(nr INTEGER PRIMARY KEY, t, de, tg, ch);"
    "CREATE TABLE change(seq INTEGER PRIMARY KEY, type, k0, k1);";

static const char *const sql[STMTS] = {
    [ROW] = "INSERT INTO video(id, fence, v, l, d, c, sa, ta, p, du, cat, o)"
            " VALUES(?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [TEXT] = "INSERT INTO text(nr, t, de, tg, ch) VALUES(?, ?, ?, ?, ?)",
    [CHANGE] = "INSERT INTO change(type, k0, k1) VALUES(0, ?, 0)",
    [UPDATE] = "UPDATE video SET v = ?, l = ?, d = ?, c = ?, sa = ?"
               " WHERE id = ?",
    [GET] = "SELECT v, l, d, c, sa, ta, p, du, cat, o, t, de, tg, ch"
            " FROM video JOIN text USING(nr) WHERE id = ?",
    [SCAN] = "SELECT id, v, l, d, c FROM video",
    [CHANGES] = "SELECT type, k0, k1 FROM change WHERE seq >"
                " (SELECT max(seq) FROM change) - ? ORDER BY seq",
};

struct raw {
    sqlite3 *db;
    sqlite3_stmt *stmt[STMTS];
};

static void must(struct raw *r, int code)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        bench_give_up(sqlite3_errmsg(r->db));
}

static void run(struct raw *r, const char *text)
{
    must(r, sqlite3_exec(r->db, text, NULL, NULL, NULL));
}

struct raw *raw_open(const char *path)
{
    struct raw *r = bench_alloc(1, sizeof(*r));
    must(r, sqlite3_open(path, &r->db));
    run(r, schema);
    for (int i = 0; i < STMTS; i++)
        must(r, sqlite3_prepare_v3(r->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                   &r->stmt[i], NULL));
    return r;
}

void raw_close(struct raw *r)
{
    for (int i = 0; i < STMTS; i++)
        sqlite3_finalize(r->stmt[i]);
    must(r, sqlite3_close(r->db));
    free(r);
}

static void bind_count(sqlite3_stmt *st, int at, bool there, uint64_t v)
{
    if (there)
        sqlite3_bind_int64(st, at, (sqlite3_int64)v);
    else
        sqlite3_bind_null(st, at);
}

/* Views, likes, dislikes, comments and stats_at from parameter @at on. */
static void bind_counts(sqlite3_stmt *st, int at, const struct video *v)
{
    bind_count(st, at, true, v->views);
    bind_count(st, at + 1, VIDEO_HAS(v, likes), v->likes);
    bind_count(st, at + 2, VIDEO_HAS(v, dislikes), v->dislikes);
    bind_count(st, at + 3, VIDEO_HAS(v, comments), v->comments);
    sqlite3_bind_int64(st, at + 4, v->stats_at);
}

static void bind_text(sqlite3_stmt *st, int at, struct str s)
{
    sqlite3_bind_text64(st, at, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void finish(struct raw *r, enum stmt i)
{
    must(r, sqlite3_step(r->stmt[i]));
    must(r, sqlite3_reset(r->stmt[i]));
}

static void tell(struct raw *r, const struct video *v)
{
    sqlite3_bind_int64(r->stmt[CHANGE], 1, (sqlite3_int64)v->h.key[0]);
    finish(r, CHANGE);
}

static void load_one(struct raw *r, const struct video *v)
{
    sqlite3_stmt *row = r->stmt[ROW], *text = r->stmt[TEXT];
    sqlite3_bind_int64(row, 1, (sqlite3_int64)v->h.key[0]);
    bind_counts(row, 2, v);
    sqlite3_bind_int64(row, 7, v->text_at);
    sqlite3_bind_int64(row, 8, v->published);
    sqlite3_bind_int64(row, 9, (sqlite3_int64)v->duration);
    sqlite3_bind_int64(row, 10, (sqlite3_int64)v->category);
    sqlite3_bind_int64(row, 11, (sqlite3_int64)v->origin);
    finish(r, ROW);
    sqlite3_bind_int64(text, 1, sqlite3_last_insert_rowid(r->db));
    bind_text(text, 2, v->title);
    bind_text(text, 3, v->description);
    bind_text(text, 4, v->tags);
    sqlite3_bind_blob(text, 5, &v->channel, sizeof(v->channel), SQLITE_STATIC);
    finish(r, TEXT);
    tell(r, v);
}

void raw_load(struct raw *r, const struct video *v, size_t n)
{
    run(r, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < n; i++)
        load_one(r, &v[i]);
    run(r, "COMMIT");
}

void raw_refresh(struct raw *r, const struct video *v, size_t n)
{
    run(r, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < n; i++) {
        bind_counts(r->stmt[UPDATE], 1, &v[i]);
        sqlite3_bind_int64(r->stmt[UPDATE], 6, (sqlite3_int64)v[i].h.key[0]);
        finish(r, UPDATE);
        tell(r, &v[i]);
    }
    run(r, "COMMIT");
}

/* Touch every column of a row, as a reader must. */
static uint64_t take_row(sqlite3_stmt *st)
{
    uint64_t sum = 0;
    for (int i = 0; i < sqlite3_column_count(st); i++)
        if (sqlite3_column_type(st, i) == SQLITE_INTEGER)
            sum += (uint64_t)sqlite3_column_int64(st, i);
        else if (sqlite3_column_blob(st, i))
            sum += (uint64_t)sqlite3_column_bytes(st, i);
    return sum;
}

uint64_t raw_get(struct raw *r, const uint64_t (*keys)[2], size_t n)
{
    sqlite3_stmt *st = r->stmt[GET];
    uint64_t views = 0;
    run(r, "BEGIN");
    for (size_t i = 0; i < n; i++) {
        sqlite3_bind_int64(st, 1, (sqlite3_int64)keys[i][0]);
        must(r, sqlite3_step(st));
        (void)take_row(st);
        views += (uint64_t)sqlite3_column_int64(st, 0);
        must(r, sqlite3_reset(st));
    }
    run(r, "COMMIT");
    return views;
}

static uint64_t count_rows(struct raw *r, enum stmt i)
{
    uint64_t n = 0;
    int code;
    while ((code = sqlite3_step(r->stmt[i])) == SQLITE_ROW) {
        (void)take_row(r->stmt[i]);
        n++;
    }
    must(r, code);
    must(r, sqlite3_reset(r->stmt[i]));
    return n;
}

uint64_t raw_scan(struct raw *r)
{
    return count_rows(r, SCAN);
}

uint64_t raw_changes(struct raw *r, uint64_t n)
{
    sqlite3_bind_int64(r->stmt[CHANGES], 1, (sqlite3_int64)n);
    return count_rows(r, CHANGES);
}
