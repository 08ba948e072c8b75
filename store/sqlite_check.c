/*
 * store/sqlite_check.c - what SQLite itself finds in a file.
 *
 * Threads: any; each call has a connection of its own.
 */
#include "store/sqlite_priv.h"

#include <inttypes.h>

/* Visit the first column of each row of @sql as text. */
static int each_line(struct sq_conn *c, const char *sql,
                     void (*fn)(void *ctx, const char *line), void *ctx,
                     struct err *e)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL);
    int rc = code ? sq_fail(c, code, "check", e) : RC_OK;
    bool row = true;
    while (!rc && row) {
        rc = sq_step(c, st, &row, e);
        const char *line =
            !rc && row ? (const char *)sqlite3_column_text(st, 0) : NULL;
        if (line)
            fn(ctx, line);
    }
    sqlite3_finalize(st);
    return rc;
}

struct teller {
    store_finding_fn fn;
    void *ctx;
    const char *what;
};

static void tell_integrity(void *ctx, const char *line)
{
    const struct teller *x = ctx;
    char text[300];
    if (strcmp(line, "ok") == 0)
        return;
    snprintf(text, sizeof(text), "SQLite: %.280s", line);
    x->fn(x->ctx, true, text);
}

static void tell_orphan(void *ctx, const char *line)
{
    const struct teller *x = ctx;
    char text[120];
    snprintf(text, sizeof(text), "text of row %.20s belongs to no %.40s", line,
             x->what);
    x->fn(x->ctx, true, text);
}

/* Rows of text whose record is gone. */
static int check_text(struct sq_conn *c, const struct sq_layout *l,
                      struct teller *x, struct err *e)
{
    char sql[200];
    snprintf(sql, sizeof(sql),
             "SELECT w.nr FROM %s w LEFT JOIN %s n ON n.nr = w.nr"
             " WHERE n.nr IS NULL LIMIT %d",
             l->wide, l->narrow, STORE_FINDINGS_MAX);
    x->what = l->t->name;
    return each_line(c, sql, tell_orphan, x, e);
}

int sq_check(struct store *store, store_finding_fn fn, void *ctx, struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct teller x = { .fn = fn, .ctx = ctx };
    struct sq_conn *c;
    char sql[60];
    int rc = sq_reader(s, &c, e);
    if (rc)
        return rc;
    snprintf(sql, sizeof(sql), "PRAGMA integrity_check(%d)",
             STORE_FINDINGS_MAX);
    rc = each_line(c, sql, tell_integrity, &x, e);
    for (size_t i = 0; !rc && i < STORE_TYPES; i++)
        if (sq_layout(i)->wide)
            rc = check_text(c, sq_layout(i), &x, e);
    if (rc == RC_CORRUPT) {
        fn(ctx, true, e->msg);
        rc = RC_OK;
    }
    sq_reader_done(s, c);
    return rc;
}
