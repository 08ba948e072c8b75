/*
 * search/item_text.c - items as lines: CSV, NDJSON; ratios for people.
 *
 * Rules
 *   1. CSV is that of RFC 4180 with LF; a field is quoted when it holds a
 *      comma, a quote or a line end; what is absent is empty; tags are
 *      joined by '|'
 *   2. NDJSON of chosen columns is flat, with the names that were asked
 *      for; without a choice it is the whole item
 *
 * Threads: any.
 */
#include "search/item_priv.h"

#include <math.h>

static void put_quoted(struct buf *out, struct str s)
{
    bool plain = true;
    for (size_t i = 0; plain && i < s.n; i++)
        plain =
            s.p[i] != ',' && s.p[i] != '"' && s.p[i] != '\n' && s.p[i] != '\r';
    if (plain) {
        buf_str(out, s);
        return;
    }
    buf_c(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_c(out, '"');
        buf_c(out, s.p[i]);
    }
    buf_c(out, '"');
}

static void put_list(struct buf *out, struct str lines)
{
    struct buf joined = BUF_INIT(SCHEMA_TEXT_MAX);
    struct str part;
    for (bool more = false; lines.n && str_split(&lines, '\n', &part);
         more = true) {
        if (more)
            buf_c(&joined, '|');
        buf_str(&joined, part);
    }
    put_quoted(out, buf_view(&joined));
    buf_fini(&joined);
}

static void put_json(struct buf *out, const struct item_value *v)
{
    struct jsonw w;
    jsonw_init(&w, out);
    item_value_json(&w, v);
}

static void put_cell(struct buf *out, const struct item_value *v)
{
    switch (v->kind) {
    case ITEM_ABSENT:
        break;
    case ITEM_TEXT:
        put_quoted(out, v->text);
        break;
    case ITEM_LIST:
        put_list(out, v->text);
        break;
    case ITEM_U64:
    case ITEM_F64:
    case ITEM_BOOL:
        put_json(out, v);
        break;
    }
}

void search_csv_header(const struct search_columns *c, struct buf *out)
{
    for (size_t i = 0; i < c->n; i++) {
        if (i)
            buf_c(out, ',');
        put_quoted(out, str_of(c->header[i]));
    }
    buf_c(out, '\n');
}

void search_csv_item(const struct search_columns *c,
                     const struct search_item *item, struct buf *out)
{
    struct item_value v;
    for (size_t i = 0; i < c->n; i++) {
        if (i)
            buf_c(out, ',');
        item_value(item, c->id[i], &v);
        put_cell(out, &v);
    }
    buf_c(out, '\n');
}

static void put_flat(const struct search_columns *c,
                     const struct search_item *item, struct jsonw *w)
{
    struct item_value v;
    jsonw_obj(w);
    for (size_t i = 0; i < c->n; i++) {
        item_value(item, c->id[i], &v);
        jsonw_key(w, c->header[i]);
        item_value_json(w, &v);
    }
    jsonw_obj_end(w);
}

void search_ndjson_item(const struct search_columns *c,
                        const struct search_item *item, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    if (c->all)
        search_item_json(&w, item, "", c->derived);
    else
        put_flat(c, item, &w);
    buf_c(out, '\n');
}

/* ---- for people ---- */

void search_ratio_text(enum ratio_id r, const struct search_rank *k,
                       char out[static 32])
{
    if (k->a == RATIO_UNKNOWN || k->c == RATIO_UNKNOWN ||
        (k->a == 0 && k->c == 0)) {
        snprintf(out, 32, "-");
        return;
    }
    double value = ratio_value(k->a, k->c);
    if (r != RATIO_LIKES_DISLIKES) /* %.2g turns 99.6 into 1e+02 */
        snprintf(out, 32, 100 * value < 9.95 ? "%.2g %%" : "%.0f %%",
                 100 * value);
    else if (k->c == 0)
        snprintf(out, 32, "%llu:0", (unsigned long long)k->a);
    else if (value >= 10)
        snprintf(out, 32, "%.0f:1", value);
    else
        snprintf(out, 32, "%.1f:1", value);
}
