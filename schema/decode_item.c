/*
 * schema/decode_item.c - one item of an answer becomes one record, by
 * walking its form: a list of fields with the place of each in the item.
 *
 * Rules
 *   1. absent and null tell nothing; a value that cannot be the field's is
 *      an error that names path and value: the item is left out as a whole,
 *      for half a record would look like a good one
 *   2. an enum's word of the future clears the field and is no error
 *   3. a length of 0 means live, upcoming or not yet known: it clears
 *   4. whatever is accepted also passes schema_validate(); text is known to
 *      be UTF-8, because the parser refuses all else
 */
#include "base/cal.h"
#include "schema/schema_priv.h"

#include <assert.h>

struct walk {
    const struct form *form;
    const struct jsonr *item;
    struct arena *arena;
    void *rec;
    const char *part; /* path of the part looked up last, part_n bytes */
    size_t part_n;
    const struct jsonr *part_v;
};

/* The value at @path; neighbouring rows mostly share the part, so the last
 * one is kept: that halves the lookups. */
static const struct jsonr *value_at(struct walk *w, const char *path)
{
    const char *dot = strrchr(path, '.');
    if (!dot)
        return jsonr_member(w->item, path);
    size_t n = (size_t)(dot - path);
    if (n != w->part_n || memcmp(path, w->part, n) != 0) {
        w->part = path;
        w->part_n = n;
        w->part_v = jsonr_getn(w->item, path, n);
    }
    return jsonr_member(w->part_v, dot + 1);
}

/* ---- one reader a kind ---- */

/* Told: the field was set. Unknown: it must not stay as it was. */
enum told { TOLD, UNKNOWN, BAD, NO_MEMORY };

typedef enum told reader(const struct schema_field *f, const struct jsonr *v,
                         struct walk *w, void *at);

static enum told read_duration(const struct jsonr *v, uint64_t *at)
{
    struct str s;
    uint64_t seconds;
    if (!jsonr_str(v, &s) || duration_parse(s, &seconds, NULL))
        return BAD;
    if (seconds == 0)
        return UNKNOWN;
    *at = seconds;
    return TOLD;
}

static enum told read_u64(const struct schema_field *f, const struct jsonr *v,
                          struct walk *w, void *at)
{
    (void)w;
    if (f == &schema_video.fields[VIDEO_duration])
        return read_duration(v, at);
    return jsonr_u64(v, at) ? TOLD : BAD;
}

static enum told read_sec(const struct schema_field *f, const struct jsonr *v,
                          struct walk *w, void *at)
{
    (void)f;
    (void)w;
    struct str s;
    wall_t t;
    if (!jsonr_str(v, &s) || cal_parse(s, &t, NULL) || t.ms < 0)
        return BAD;
    int64_t *sec = at;
    *sec = wall_s(t);
    return TOLD;
}

static enum told read_bool(const struct schema_field *f, const struct jsonr *v,
                           struct walk *w, void *at)
{
    (void)f;
    (void)w;
    bool b;
    if (!jsonr_bool(v, &b))
        return BAD;
    uint64_t *value = at;
    *value = b;
    return TOLD;
}

static enum told read_enum(const struct schema_field *f, const struct jsonr *v,
                           struct walk *w, void *at)
{
    (void)w;
    struct str s;
    if (!jsonr_str(v, &s))
        return BAD;
    return schema_enum_parse(f, s, at, NULL) ? UNKNOWN : TOLD;
}

static enum told read_cid(const struct schema_field *f, const struct jsonr *v,
                          struct walk *w, void *at)
{
    (void)f;
    (void)w;
    struct str s;
    return jsonr_str(v, &s) && cid_parse(s, at, NULL) == RC_OK ? TOLD : BAD;
}

static bool storable(struct str s)
{
    return s.n <= SCHEMA_TEXT_MAX && (s.n == 0 || !memchr(s.p, '\0', s.n));
}

static enum told read_str(const struct schema_field *f, const struct jsonr *v,
                          struct walk *w, void *at)
{
    (void)f;
    struct str s, *text = at;
    if (!jsonr_str(v, &s) || !storable(s))
        return BAD;
    if (!w->form->escaped)
        return arena_str(w->arena, s, text) ? TOLD : NO_MEMORY;
    char *p = arena_take(w->arena, s.n + 1);
    if (!p)
        return NO_MEMORY;
    *text = str_n(p, html_resolve(s, p));
    p[text->n] = '\0';
    return TOLD;
}

/* Bytes of a list's texts with a line feed behind each; 0 when it has an
 * element that is no text to store. */
static size_t list_bytes(const struct jsonr *v, size_t elements)
{
    size_t n = 0;
    for (size_t i = 0; i < elements; i++) {
        struct str s;
        if (!jsonr_str(jsonr_item(v, i), &s) || !storable(s))
            return 0;
        n += s.n + 1;
    }
    return n;
}

/* A line feed inside a text would part it in two: it becomes a blank. */
static char *put_line(char *p, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        *p++ = s.p[i] == '\n' ? ' ' : s.p[i];
    *p++ = '\n';
    return p;
}

static enum told read_list(const struct schema_field *f, const struct jsonr *v,
                           struct walk *w, void *at)
{
    (void)f;
    size_t elements = jsonr_len(v), n = list_bytes(v, elements);
    if (elements == 0)
        return jsonr_is_array(v) ? UNKNOWN : BAD;
    if (n == 0 || n - 1 > SCHEMA_TEXT_MAX) /* the last feed is cut */
        return BAD;
    char *p = arena_take(w->arena, n), *end = p;
    if (!p)
        return NO_MEMORY;
    for (size_t i = 0; i < elements; i++) {
        struct str s;
        if (jsonr_str(jsonr_item(v, i), &s) && s.n)
            end = put_line(end, s);
    }
    if (end == p)
        return UNKNOWN;
    struct str *list = at;
    *list = str_n(p, (size_t)(end - p) - 1);
    return TOLD;
}

/* The API tells no I64 and no F32; a test holds the tables to that. */
static reader *const readers[] = {
    [SCHEMA_U64] = read_u64,   [SCHEMA_SEC] = read_sec,
    [SCHEMA_BOOL] = read_bool, [SCHEMA_ENUM] = read_enum,
    [SCHEMA_CID] = read_cid,   [SCHEMA_STR] = read_str,
    [SCHEMA_LIST] = read_list,
};

/* ---- the walk ---- */

static int take_row(struct walk *w, const struct form_row *row, struct err *e)
{
    const struct schema_field *f = &w->form->type->fields[row->field];
    const struct jsonr *v = value_at(w, row->path);
    if (!v || jsonr_is_null(v))
        return RC_OK;
    struct schema_head *h = w->rec;
    uint64_t bit = UINT64_C(1) << row->field;
    char quoted[QUOTE_CAP];
    assert(f->kind < ARRAY_LEN(readers) && readers[f->kind]);
    switch (readers[f->kind](f, v, w, schema_at(f, w->rec))) {
    case TOLD:
        h->have |= bit;
        return RC_OK;
    case UNKNOWN:
        h->clear |= bit;
        return RC_OK;
    case NO_MEMORY:
        return err_set(e, RC_NOMEM, "no room for the text of an item");
    default:
        return err_set(e, RC_INPUT, "%s '%s' cannot be read", row->path,
                       jsonr_quote(v, quoted));
    }
}

int decode_id(const struct form *form, const struct jsonr *item,
              uint64_t ret[2], struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(form->id_paths); i++) {
        const char *path = form->id_paths[i];
        struct str s;
        struct cid cid;
        if (!path || !jsonr_str(jsonr_get(item, path), &s))
            continue;
        if (form->type == &schema_video)
            return vid_parse(s, &ret[0], e);
        int rc = cid_parse(s, &cid, e);
        if (rc == RC_OK) {
            ret[0] = cid.hi;
            ret[1] = cid.lo;
        }
        return rc;
    }
    return err_set(e, RC_INPUT, "the item has no id");
}

/* The part is there: what it left out is gone, and @field is @now. */
static void take_part(struct walk *w, const char *part, size_t field,
                      uint64_t optional, int64_t now)
{
    struct schema_head *h = w->rec;
    if (field == FORM_NO_FIELD || !jsonr_is_object(jsonr_member(w->item, part)))
        return;
    int64_t *at = schema_at(&w->form->type->fields[field], w->rec);
    *at = now;
    h->have |= UINT64_C(1) << field;
    h->clear |= optional & ~h->have;
}

int decode_item(const struct form *form, const struct jsonr *item, int64_t now,
                struct arena *arena, void *rec, struct err *e)
{
    struct walk w = {
        .form = form, .item = item, .arena = arena, .rec = rec, .part = ""
    };
    memset(rec, 0, form->type->size);
    int rc = decode_id(form, item, ((struct schema_head *)rec)->key, e);
    for (size_t i = 0; !rc && i < form->n_rows; i++)
        if (form->rows[i].path[0])
            rc = take_row(&w, &form->rows[i], e);
    if (rc)
        return rc;
    take_part(&w, "statistics", form->stats_at, form->clear_stats, now);
    take_part(&w, "snippet", form->text_at, form->clear_text, now);
    return form->finish ? form->finish(item, rec, e) : RC_OK;
}
