/*
 * miner/import_table.c - records of a CSV file become rows by its header.
 *
 * Rules
 *   1. the header is the first record that is not the marker of a merge
 *      conflict; by it the format is settled before any row is taken
 *   2. of two columns with one meaning the first counts
 *   3. a row has as many fields as the header, or it is refused
 */
#include "miner/import_priv.h"

struct table {
    struct import *im;
    struct import_csv *csv;
    size_t n; /* columns; 0 = no header yet */
    enum import_column cols[IMPORT_FIELDS_MAX];
    uint64_t told;
};

static bool is_conflict(struct str s)
{
    return str_starts(s, STR("<<<<<<<")) || str_starts(s, STR("=======")) ||
           str_starts(s, STR(">>>>>>>")) || str_starts(s, STR("|||||||"));
}

static int read_header(struct table *t, const struct import_record *r,
                       struct err *e)
{
    if (r->n > IMPORT_FIELDS_MAX)
        return err_set(e, RC_INPUT, "%s:%llu: header of %zu columns",
                       t->im->path, (unsigned long long)r->line, r->n);
    for (size_t i = 0; i < r->n; i++) {
        enum import_column c = import_column(r->fields[i]);
        if (c != COL_NONE && (t->told & COL_BIT(c)))
            c = COL_NONE; /* rule 2 */
        if (c != COL_NONE)
            t->told |= COL_BIT(c);
        t->cols[i] = c;
    }
    t->n = r->n;
    return import_settle(t->im, t->told, r->line, e);
}

/* A file joined from several repeats its header: the id's own name where
 * an id should be. */
static bool is_header(const struct table *t, const struct import_record *r)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->cols[i] == COL_VIDEO_ID || t->cols[i] == COL_ITEM_ID)
            return import_column(r->fields[i]) == t->cols[i];
    return false;
}

static int take_record(struct table *t, const struct import_record *r,
                       struct err *e)
{
    struct import_row row = { .line = r->line, .told = t->told };
    for (size_t i = 0; i < t->n; i++)
        if (t->cols[i] != COL_NONE)
            row.cell[t->cols[i]] = r->fields[i];
    return import_take(t->im, &row, e);
}

static int on_record(void *ctx, const struct import_record *r, struct err *e)
{
    struct table *t = ctx;
    int rc = import_go_on(t->im, e);
    if (rc)
        return rc;
    if (r->too_long)
        return import_reject(t->im, r->line, REJECT_LONG, STR(""), e);
    if (is_conflict(r->fields[0]))
        return import_reject(t->im, r->line, REJECT_CONFLICT, r->fields[0], e);
    if (!t->n)
        return read_header(t, r, e);
    if (r->n != t->n)
        return import_reject(t->im, r->line, REJECT_FIELDS, r->fields[0], e);
    if (is_header(t, r))
        return import_reject(t->im, r->line, REJECT_HEADER, STR(""), e);
    return take_record(t, r, e);
}

static int feed(void *ctx, struct str bytes, struct err *e)
{
    struct table *t = ctx;
    return import_csv_feed(t->csv, bytes, e);
}

static int finish(void *ctx, struct err *e)
{
    struct table *t = ctx;
    int rc = import_csv_finish(t->csv, e);
    if (!rc && !t->n)
        rc = err_set(e, RC_INPUT, "%s:1: no header line", t->im->path);
    return rc;
}

static void close_table(void *ctx)
{
    struct table *t = ctx;
    import_csv_close(t->csv);
    free(t);
}

int import_table_open(struct import_reader *ret, struct import *im,
                      struct err *e)
{
    struct table *t = calloc(1, sizeof(*t));
    if (!t)
        return err_set(e, RC_NOMEM, "no memory for a table");
    t->im = im;
    int rc = import_csv_open(&t->csv, on_record, t, e);
    if (rc) {
        free(t);
        return rc;
    }
    *ret = (struct import_reader){
        .feed = feed, .finish = finish, .close = close_table, .ctx = t
    };
    return RC_OK;
}
