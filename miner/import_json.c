/*
 * miner/import_json.c - JSON: one object a line, or one API answer.
 *
 * Rules
 *   1. if the first line is a whole object, every line is one: a row of our
 *      own field names, or an API answer; else all of it is one answer
 *   2. a row's facts may lie in groups as the API nests them (statistics,
 *      snippet, …) or stand at the top, with dots or without; of two members
 *      with one meaning the first that is not empty counts
 *   3. an answer that spreads over lines has at most IMPORT_PAGE_MAX bytes
 */
#include "miner/import_priv.h"

struct json {
    struct import *im;
    enum { UNKNOWN, ROWS, PAGES, DOCUMENT } mode;
    struct buf head;  /* first line or whole document */
    uint64_t skipped; /* blank lines before it */
    struct import_lines lines;
    bool settled;       /* the first row told the format */
    struct arena cells; /* of one row */
};

/* ---- rows ---- */

struct row_build {
    struct json *j;
    struct import_row row;
    bool in_group;
    bool no_memory;
};

static struct str joined(struct row_build *b, const struct jsonr *v)
{
    struct buf text = BUF_INIT(IMPORT_RECORD_MAX);
    struct str s, kept = STR("");
    for (size_t i = 0; i < jsonr_len(v); i++)
        if (jsonr_str(jsonr_item(v, i), &s))
            buf_f(&text, "%s%.*s", text.n ? "\n" : "", STR_ARG(s));
    if (text.failed || !arena_str(&b->j->cells, buf_view(&text), &kept))
        b->no_memory = true;
    buf_fini(&text);
    return kept;
}

static struct str number(struct row_build *b, const struct jsonr *v)
{
    char text[64] = "";
    uint64_t u;
    int64_t i;
    double f;
    if (jsonr_u64(v, &u))
        snprintf(text, sizeof(text), "%llu", (unsigned long long)u);
    else if (jsonr_i64(v, &i))
        snprintf(text, sizeof(text), "%lld", (long long)i);
    else if (jsonr_f64(v, &f) && f > -1e18 && f < 1e18)
        snprintf(text, sizeof(text), "%.3f", f);
    struct str kept = STR("");
    if (!arena_str(&b->j->cells, str_of(text), &kept))
        b->no_memory = true;
    return kept;
}

static struct str cell_text(struct row_build *b, const struct jsonr *v)
{
    struct str s;
    bool flag;
    if (jsonr_str(v, &s))
        return s;
    if (jsonr_bool(v, &flag))
        return flag ? STR("true") : STR("false");
    if (jsonr_is_array(v))
        return joined(b, v);
    if (jsonr_is_null(v) || jsonr_is_object(v))
        return STR("");
    return number(b, v);
}

static bool on_member(void *ctx, struct str key, const struct jsonr *v)
{
    struct row_build *b = ctx;
    if (jsonr_is_object(v)) {
        if (!b->in_group && import_column_group(key)) {
            b->in_group = true;
            jsonr_each(v, on_member, b);
            b->in_group = false;
        }
        return true;
    }
    enum import_column c = import_column(key);
    if (c == COL_NONE)
        return true;
    bool again = (b->row.told & COL_BIT(c)) != 0;
    if (!again || !b->row.cell[c].n)
        b->row.cell[c] = cell_text(b, v);
    b->row.told |= COL_BIT(c);
    return true;
}

static int take_object(struct json *j, uint64_t line, const struct jsonr *v,
                       struct err *e)
{
    struct row_build b = { .j = j, .row.line = line };
    arena_reset(&j->cells);
    jsonr_each(v, on_member, &b);
    if (b.no_memory)
        return err_set(e, RC_NOMEM, "no memory for a row");
    if (!j->settled) {
        int rc = import_settle(j->im, b.row.told, line, e);
        if (rc)
            return rc;
        j->settled = true;
    }
    return import_take(j->im, &b.row, e);
}

static int row_line(struct json *j, uint64_t line, struct str text,
                    struct err *e)
{
    struct jsonr *root = NULL;
    int rc = jsonr_open(&root, text, NULL);
    if (rc == RC_NOMEM)
        return err_set(e, rc, "no memory for a JSON line");
    if (rc || !jsonr_is_object(root))
        rc = import_reject(j->im, line, REJECT_JSON, text, e);
    else
        rc = take_object(j, line, root, e);
    jsonr_close(root);
    return rc;
}

/* Only the first answer of a file decides on the whole file. */
static int page_line(struct json *j, uint64_t line, struct str text,
                     struct err *e)
{
    bool first = !j->settled;
    j->settled = true;
    struct err why = ERR_INIT;
    int rc = import_page(j->im, text, line, &why);
    if (rc == RC_INPUT && !first)
        return import_reject(j->im, line, REJECT_JSON, text, e);
    return rc ? err_set(e, rc, "%s", why.msg) : RC_OK;
}

static int on_line(void *ctx, uint64_t number, struct str text, bool too_long,
                   struct err *e)
{
    struct json *j = ctx;
    int rc = import_go_on(j->im, e);
    if (rc)
        return rc;
    number += j->skipped;
    if (too_long)
        return import_reject(j->im, number, REJECT_LONG, STR(""), e);
    if (!str_trim(text).n)
        return RC_OK;
    return j->mode == PAGES ? page_line(j, number, text, e)
                            : row_line(j, number, text, e);
}

/* ---- which of them (rule 1) ---- */

static bool is_page(const struct jsonr *root)
{
    struct str kind;
    return (jsonr_str(jsonr_get(root, "kind"), &kind) &&
            str_starts(kind, STR("youtube#"))) ||
           jsonr_is_array(jsonr_get(root, "items")) ||
           jsonr_is_object(jsonr_get(root, "error"));
}

static int wrong_format(const struct json *j, const char *what, struct err *e)
{
    return err_set(e, RC_INPUT, "%s:%llu: %s, not format %s", j->im->path,
                   (unsigned long long)j->skipped + 1, what,
                   import_format_name(j->im->o->format));
}

static int check_asked(const struct json *j, struct err *e)
{
    enum import_format f = j->im->o->format;
    bool rows = j->mode == ROWS;
    if (f == IMPORT_AUTO || (f == IMPORT_API) == !rows)
        return RC_OK;
    return wrong_format(j,
                        rows ? "a JSON object of another kind"
                             : "an answer of the YouTube Data API",
                        e);
}

static int decide(struct json *j, struct str first_line, struct err *e)
{
    struct jsonr *root = NULL;
    if (j->head.p[0] == '[')
        return err_set(e, RC_INPUT,
                       "%s:%llu: a JSON array; write one object a line "
                       "(jq -c '.[]')",
                       j->im->path, (unsigned long long)j->skipped + 1);
    bool whole =
        jsonr_open(&root, first_line, NULL) == RC_OK && jsonr_is_object(root);
    j->mode = !whole ? DOCUMENT : is_page(root) ? PAGES : ROWS;
    jsonr_close(root);
    int rc = check_asked(j, e);
    if (rc || j->mode == DOCUMENT)
        return rc;
    if (j->mode == PAGES)
        j->lines.line.max = IMPORT_PAGE_MAX;
    rc = import_lines_feed(&j->lines, buf_view(&j->head), on_line, j, e);
    buf_reset(&j->head);
    return rc;
}

static struct str skip_blanks(struct json *j, struct str s)
{
    while (s.n && (unsigned char)s.p[0] <= ' ') {
        j->skipped += s.p[0] == '\n';
        s = str_from(s, 1);
    }
    return s;
}

static int keep(struct json *j, struct str bytes, struct err *e)
{
    buf_put(&j->head, bytes.p, bytes.n);
    if (j->head.failed == RC_LIMIT)
        return err_set(e, RC_INPUT, "%s:1: a JSON document over 64 MiB",
                       j->im->path);
    return buf_check(&j->head, "a JSON document", e);
}

static int feed(void *ctx, struct str bytes, struct err *e)
{
    struct json *j = ctx;
    if (j->mode == ROWS || j->mode == PAGES)
        return import_lines_feed(&j->lines, bytes, on_line, j, e);
    if (!j->head.n)
        bytes = skip_blanks(j, bytes);
    if (!bytes.n)
        return RC_OK;
    size_t before = j->head.n;
    int rc = keep(j, bytes, e);
    if (rc || j->mode == DOCUMENT)
        return rc;
    const char *lf = memchr(j->head.p + before, '\n', bytes.n);
    if (!lf)
        return RC_OK;
    return decide(j, str_n(j->head.p, (size_t)(lf - j->head.p)), e);
}

static int finish(void *ctx, struct err *e)
{
    struct json *j = ctx;
    int rc = RC_OK;
    if (j->mode == UNKNOWN && j->head.n)
        rc = decide(j, buf_view(&j->head), e);
    if (!rc && j->mode == DOCUMENT)
        return import_page(j->im, buf_view(&j->head), j->skipped + 1, e);
    return rc ? rc : import_lines_finish(&j->lines, on_line, j, e);
}

static void close_json(void *ctx)
{
    struct json *j = ctx;
    buf_fini(&j->head);
    import_lines_fini(&j->lines);
    arena_fini(&j->cells);
    free(j);
}

int import_json_open(struct import_reader *ret, struct import *im,
                     struct err *e)
{
    struct json *j = calloc(1, sizeof(*j));
    if (!j)
        return err_set(e, RC_NOMEM, "no memory for a JSON reader");
    j->im = im;
    j->head = (struct buf)BUF_INIT(IMPORT_PAGE_MAX);
    j->cells = (struct arena)ARENA_INIT(4 * IMPORT_RECORD_MAX);
    import_lines_init(&j->lines);
    *ret = (struct import_reader){
        .feed = feed, .finish = finish, .close = close_json, .ctx = j
    };
    return RC_OK;
}
