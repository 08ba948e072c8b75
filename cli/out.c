/*
 * cli/out.c - standard output: pieces, tables, lists of videos.
 *
 * Rules
 *   1. a reader that went away (EPIPE) ends the output silently
 *   2. a disk that is full, and an answer that memory does not hold, are told
 *      once, at the end, with exit code 74
 *   3. table columns are measured in characters, not bytes
 */
#include "cli/cli_priv.h"

#include "base/file.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024, TITLE_CHARS = 60 };

bool cli_stdout_tty(void)
{
    return isatty(STDOUT_FILENO);
}

/* The first failure is the one that is told. */
static void fail_output(struct cli *c, int sys)
{
    if (!c->out_failed)
        c->out_errno = sys;
    c->out_failed = true;
}

void cli_flush(struct cli *c, bool all)
{
    if (!all && c->out.n < PIECE_BYTES)
        return;
    struct err e = ERR_INIT;
    if (c->out.failed)
        fail_output(c, c->out.failed == RC_LIMIT ? EFBIG : ENOMEM);
    if (!c->out_failed && c->out.n &&
        file_write_fd(STDOUT_FILENO, c->out.p, c->out.n, &e))
        fail_output(c, e.sys);
    buf_reset(&c->out);
}

void cli_text_as_json(struct cli *c, const char *key)
{
    struct buf text = c->out;
    struct jsonw w;
    c->out = (struct buf)BUF_INIT(text.max);
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_kstr(&w, key, buf_view(&text));
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
    buf_fini(&text);
}

void cli_print(struct cli *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vf(&c->out, fmt, ap);
    va_end(ap);
    cli_flush(c, false);
}

void cli_note(struct cli *c, const char *fmt, ...)
{
    if (c->quiet)
        return;
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
}

const char *cli_count_text(uint64_t v, char out[static 32])
{
    char digits[20];
    size_t n = num_put_u64(digits, v);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *cli_short_text(uint64_t v, char out[static 16])
{
    static const char unit[] = " kMG";
    double x = (double)v;
    size_t u = 0;
    while (x >= 999.5 && u < 3) {
        x /= 1000;
        u++;
    }
    if (!u)
        snprintf(out, 16, "%" PRIu64, v);
    else
        snprintf(out, 16, "%.*f%c", x < 9.95 ? 1 : 0, x, unit[u]);
    return out;
}

/* ---- tables ---- */

enum { TABLE_COLUMNS = 16 };

struct table {
    size_t columns;
    bool right[TABLE_COLUMNS];
    size_t width[TABLE_COLUMNS];
    size_t n_cells;
    struct buf text; /* cells, each followed by a NUL */
};

struct table *table_open(size_t columns, const char *const *headers,
                         const bool *right)
{
    struct table *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->columns = columns;
    t->text = (struct buf)BUF_INIT(256u * 1024 * 1024);
    for (size_t i = 0; i < columns; i++)
        t->right[i] = right[i];
    for (size_t i = 0; i < columns; i++)
        table_cell(t, str_of(headers[i]));
    return t;
}

void table_cell(struct table *t, struct str text)
{
    if (!t)
        return;
    size_t column = t->n_cells++ % t->columns;
    size_t width = utf8_count(text);
    if (width > t->width[column])
        t->width[column] = width;
    utf8_plain(&t->text, text);
    buf_c(&t->text, '\0');
}

void table_cell_f(struct table *t, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    table_cell(t, str_of(text));
}

static void put_cell(struct cli *c, const struct table *t, size_t column,
                     struct str text)
{
    bool last = column + 1 == t->columns;
    size_t pad = t->width[column] - utf8_count(text);
    if (t->right[column])
        buf_f(&c->out, "%*s", (int)pad, "");
    buf_str(&c->out, text);
    if (!t->right[column] && !last)
        buf_f(&c->out, "%*s", (int)pad, "");
    buf_z(&c->out, last ? "\n" : "  ");
}

void table_print(struct cli *c, struct table *t)
{
    if (!t) {
        fail_output(c, ENOMEM);
        return;
    }
    if (t->text.failed)
        c->out.failed = t->text.failed;
    const char *p = t->text.failed ? NULL : t->text.p;
    for (size_t i = 0; p && i < t->n_cells; i++) {
        struct str text = str_of(p);
        put_cell(c, t, i % t->columns, text);
        p += text.n + 1;
        cli_flush(c, false);
    }
    buf_fini(&t->text);
    free(t);
}

/* ---- lists of videos ---- */

int cli_format(struct cli *c, enum cli_format *ret, struct err *e)
{
    static const char *const names[] = { "table", "json", "ndjson",
                                         "csv",   "ids",  "urls" };
    const char *asked = cli_opt(c, "output");
    int format = -1;
    if (!asked && c->json)
        asked = "json";
    if (!asked)
        asked = cli_stdout_tty() ? "table" : "ndjson";
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(asked, names[i]) == 0)
            format = (int)i;
    if (format < 0)
        return cli_usage(c, e,
                         "--output must be table, json, ndjson, csv, ids or "
                         "urls, not '%.40s'",
                         asked);
    if (c->json && format != OUT_JSON)
        return cli_usage(c, e, "--json and --output %.20s exclude each other",
                         asked);
    *ret = (enum cli_format)format;
    return RC_OK;
}

static struct str shortened(struct str s, char out[static 4 * TITLE_CHARS])
{
    size_t n = 0;
    size_t chars = 0;
    while (n < s.n && chars < TITLE_CHARS) {
        size_t len = utf8_len(str_from(s, n));
        n += len ? len : 1;
        chars++;
    }
    if (n >= s.n || n > 4 * TITLE_CHARS - 4)
        return str_n(s.p, n < s.n ? n : s.n);
    memcpy(out, s.p, n);
    memcpy(out + n, "…", 3);
    return str_n(out, n + 3);
}

static void item_cells(struct table *t, const struct cli_items *how,
                       const struct search_item *item)
{
    char ratio[32], views[16], title[4 * TITLE_CHARS], id[VID_TEXT];
    const struct video *v = &item->v;
    const struct search_rank *k = &item->rank[how->ratio];
    if (how->derived && k->q != RATIO_NO_RANK)
        table_cell_f(t, "%.3g %%", 100 - ratio_percentile(k->q));
    else
        table_cell(t, STR("-"));
    search_ratio_text(how->ratio, k, ratio);
    table_cell(t, how->derived ? str_of(ratio) : STR("-"));
    table_cell(t, VIDEO_HAS(v, views) ? str_of(cli_short_text(v->views, views))
                                      : STR("-"));
    struct buf clock = BUF_INIT(32);
    if (VIDEO_HAS(v, duration))
        duration_put_clock(&clock, v->duration);
    else
        buf_c(&clock, '-');
    table_cell(t, buf_view(&clock));
    buf_fini(&clock);
    table_cell(t, str_of(vid_text(v->h.key[0], id)));
    table_cell(t, VIDEO_HAS(v, title) ? shortened(v->title, title) : STR("-"));
}

static void items_table(struct cli *c, const struct cli_items *how,
                        const struct search_item *items, size_t n)
{
    static const bool right[] = { true, true, true, true, false, false };
    const char *headers[] = { "top",   ratio_pair(how->ratio),
                              "views", "duration",
                              "id",    "title" };
    struct table *t = table_open(ARRAY_LEN(headers), headers, right);
    for (size_t i = 0; t && i < n; i++)
        item_cells(t, how, &items[i]);
    table_print(c, t);
}

static void items_json(struct cli *c, const struct cli_items *how,
                       const struct search_item *items, size_t n,
                       void (*meta)(void *ctx, struct jsonw *w), void *ctx)
{
    struct jsonw w;
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_key(&w, "data");
    jsonw_arr(&w);
    for (size_t i = 0; i < n; i++)
        search_item_json(&w, &items[i], "", how->derived);
    jsonw_arr_end(&w);
    if (meta) {
        jsonw_key(&w, "meta");
        jsonw_obj(&w);
        meta(ctx, &w);
        jsonw_obj_end(&w);
    }
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
}

static void item_line(struct cli *c, const struct cli_items *how,
                      const struct search_item *item)
{
    char id[VID_TEXT];
    vid_text(item->v.h.key[0], id);
    switch (how->format) {
    case OUT_CSV:
        search_csv_item(&how->columns, item, &c->out);
        break;
    case OUT_IDS:
        buf_f(&c->out, "%s\n", id);
        break;
    case OUT_URLS:
        if (!(VIDEO_HAS(&item->v, foreign) && item->v.foreign))
            buf_f(&c->out, "https://www.youtube.com/watch?v=%s\n", id);
        break;
    default:
        search_ndjson_item(&how->columns, item, &c->out);
    }
    cli_flush(c, false);
}

void cli_items_print(struct cli *c, const struct cli_items *how,
                     const struct search_item *items, size_t n,
                     void (*meta)(void *ctx, struct jsonw *w), void *ctx)
{
    if (how->format == OUT_TABLE) {
        items_table(c, how, items, n);
        return;
    }
    if (how->format == OUT_JSON) {
        items_json(c, how, items, n, meta, ctx);
        return;
    }
    if (how->format == OUT_CSV)
        search_csv_header(&how->columns, &c->out);
    for (size_t i = 0; i < n && !c->out_failed; i++)
        item_line(c, how, &items[i]);
}
