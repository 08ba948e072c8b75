/*
 * miner/import_facts.c - the facts of a row besides its counts: each cell by
 * the kind of the field that its column fills.
 *
 * Rules
 *   1. a fact that cannot be read is left out; so is one that is missing: it
 *      is never cleared, because collectors leave columns empty at will
 *   2. what this program says about its own records (made-up id, source of
 *      dislikes, time of the text …) is believed in its own exports only
 *   3. text becomes UTF-8 without NUL; what is not becomes U+FFFD
 */
#include "miner/import_priv.h"

#include "base/num.h"
#include "base/utf8.h"

/* A row on its way into a record. */
struct reading {
    const struct import_row *row;
    const struct schema_type *type;
    bool own; /* the row is of this program's own export */
    struct schema_head *rec;
};

static bool u64_fact(enum import_column c, struct str s, uint64_t *ret)
{
    if (c != COL_DURATION)
        return num_u64(s, ret, NULL) == RC_OK;
    if (!import_count(s, ret) && duration_parse(s, ret, NULL))
        return false;
    return *ret > 0; /* P0D: live or upcoming */
}

static bool sec_fact(struct str s, int64_t *ret)
{
    return import_time(s, ret) || num_i64(s, ret, NULL) == RC_OK;
}

/* Rule 3. */
static int clean_text(struct str s, struct arena *a, struct str *ret,
                      struct err *e)
{
    struct buf text = BUF_INIT(4 * IMPORT_RECORD_MAX);
    struct str part;
    if (!utf8_valid(s) || memchr(s.p, 0, s.n)) {
        while (str_split(&s, '\0', &part)) {
            utf8_clean(&text, part);
            if (s.p)
                buf_z(&text, "\xef\xbf\xbd");
        }
        s = buf_view(&text);
    }
    int rc = buf_check(&text, "a text", e);
    if (!rc && !arena_str(a, s, ret))
        rc = err_set(e, RC_NOMEM, "no memory for the text of a row");
    buf_fini(&text);
    return rc;
}

static int text_fact(struct reading *r, enum import_column c, int field,
                     struct arena *a, struct err *e)
{
    struct buf tags = BUF_INIT(2 * IMPORT_RECORD_MAX);
    struct str s = r->row->cell[c];
    if (c == COL_TAGS) {
        import_tags(s, &tags);
        s = buf_view(&tags);
    }
    int rc = buf_check(&tags, "tags", e);
    if (!rc && str_trim(s).n) {
        rc = clean_text(s, a, schema_at(&r->type->fields[field], r->rec), e);
        if (!rc)
            r->rec->have |= UINT64_C(1) << field;
    }
    buf_fini(&tags);
    return rc;
}

/* True when @s could be read into the field. */
static bool value_fact(struct reading *r, enum import_column c,
                       const struct schema_field *f, struct str s)
{
    void *to = schema_at(f, r->rec);
    switch (f->kind) {
    case SCHEMA_U64:
        return u64_fact(c, s, to);
    case SCHEMA_SEC:
        return sec_fact(s, to);
    case SCHEMA_BOOL:
        *(uint64_t *)to = import_true(s);
        return import_true(s) || import_false(s);
    case SCHEMA_ENUM:
        return schema_enum_parse(f, s, to, NULL) == RC_OK;
    case SCHEMA_CID:
        return cid_parse(s, to, NULL) == RC_OK;
    default:
        return false;
    }
}

/* Rule 2. */
static bool may_tell(const struct reading *r, enum import_column c)
{
    bool own = c == COL_FOREIGN || c == COL_GONE || c == COL_DISLIKES_FROM ||
               c == COL_DISLIKES_AT || c == COL_TEXT_AT;
    return !own || r->own;
}

static int one_fact(struct reading *r, enum import_column c, struct arena *a,
                    struct err *e)
{
    int field = import_column_field(c, r->type);
    struct str s = import_cell(r->row, c);
    if (field < 0 || !s.n || !may_tell(r, c) || (r->rec->have >> field & 1))
        return RC_OK;
    const struct schema_field *f = &r->type->fields[field];
    if (f->kind == SCHEMA_STR || f->kind == SCHEMA_LIST)
        return text_fact(r, c, field, a, e);
    if (value_fact(r, c, f, s))
        r->rec->have |= UINT64_C(1) << field;
    return RC_OK;
}

int import_facts(const struct import_row *row, enum import_format f,
                 const struct schema_type *t, void *rec, struct arena *a,
                 struct err *e)
{
    struct reading r = {
        .row = row, .type = t, .own = f == IMPORT_SVF, .rec = rec
    };
    for (int c = COL_TITLE; c < IMPORT_COLUMNS; c++) {
        int rc = one_fact(&r, (enum import_column)c, a, e);
        if (rc)
            return rc;
    }
    return RC_OK;
}
