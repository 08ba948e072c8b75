/*
 * miner/import_row.c - one row of any edition becomes one observation.
 *
 * Rules
 *   1. id, time and counts must be readable, or the row is refused; any
 *      other fact that cannot be read is left out
 *   2. the counts of a row are one observation: a count whose column is
 *      there but empty, "F", "null", "disabled" … is cleared, not kept; a
 *      row without any count tells no statistics at all
 *   3. ratings_disabled clears likes and dislikes, comments_disabled clears
 *      comments, whatever the cells say
 *   4. without such a column 0 likes and 0 dislikes at HIDDEN_VIEWS or more
 *      views mean hidden ratings
 *   5. dislikes were private from DISLIKES_PRIVATE on: a 0 counted later is
 *      not told, anything else is an estimate unless the row names its
 *      source; an export of this program that has no dislikes clears none
 *   6. the ad-view set names no time: it is taken as counted at ADVIEW_AT,
 *      the first midnight after the last publication in it
 */
#include "miner/import_priv.h"

#include "base/cal.h"
#include "base/num.h"
#include "base/utf8.h"

enum { HIDDEN_VIEWS = 1000 };
static const int64_t ADVIEW_AT = 1492992000;        /* 2017-04-24 */
static const int64_t DISLIKES_PRIVATE = 1639353600; /* 2021-12-13 */

static const uint64_t VIDEO_COUNTS = VIDEO_BIT(views) | VIDEO_BIT(likes) |
                                     VIDEO_BIT(dislikes) | VIDEO_BIT(comments);
static const uint64_t CHANNEL_COUNTS =
    CHANNEL_BIT(views) | CHANNEL_BIT(subscribers) | CHANNEL_BIT(videos);
static const uint64_t DISLIKES_SOURCE =
    VIDEO_BIT(dislikes_from) | VIDEO_BIT(dislikes_at);

/* A row on its way. */
struct reading {
    const struct import_convert *how;
    const struct import_row *row;
    const struct schema_type *type;
    struct import_obs *o;
    struct schema_head *head; /* of the record in o */
    int64_t at;
    struct str detail;
};

static struct str cell(const struct reading *r, enum import_column c)
{
    return r->row->told & COL_BIT(c) ? str_trim(r->row->cell[c]) : STR("");
}

static bool told(const struct reading *r, enum import_column c)
{
    return (r->row->told & COL_BIT(c)) != 0;
}

static bool is_missing(struct str s)
{
    static const char *const words[] = { "",    "F",   "null", "None",
                                         "nan", "NaN", "NA",   "disabled" };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_eqz(s, words[i]))
            return true;
    return false;
}

static bool is_true(struct str s)
{
    return str_eqz(s, "True") || str_eqz(s, "true") || str_eqz(s, "TRUE") ||
           str_eqz(s, "1");
}

static bool is_false(struct str s)
{
    return str_eqz(s, "False") || str_eqz(s, "false") || str_eqz(s, "FALSE") ||
           str_eqz(s, "0");
}

static enum import_reject refuse(struct reading *r, enum import_reject why,
                                 struct str detail)
{
    r->detail = detail;
    return why;
}

/* ---- ids ----------------------------------------------------------------- */

static enum import_reject foreign_id(struct reading *r, struct str id)
{
    if (!r->how->foreign)
        return refuse(r, REJECT_FOREIGN, id);
    r->head->key[0] = vid_foreign(STR("adview-2016"), id);
    VIDEO_SET(&r->o->u.v, foreign, 1);
    return REJECT_NOT;
}

static enum import_reject video_id(struct reading *r)
{
    struct str id = cell(r, told(r, COL_VIDEO_ID) ? COL_VIDEO_ID : COL_ITEM_ID);
    if (is_missing(id))
        return refuse(r, REJECT_NO_ID, id);
    if (r->how->format == IMPORT_ADVIEW)
        return foreign_id(r, id);
    if (id.p[0] == '#')
        return refuse(r, REJECT_SPREADSHEET, id);
    if (vid_parse(id, &r->head->key[0], NULL))
        return refuse(r, REJECT_BAD_ID, id);
    return REJECT_NOT;
}

static enum import_reject channel_id(struct reading *r)
{
    struct str id = cell(r, COL_CHANNEL);
    if (is_missing(id))
        return refuse(r, REJECT_NO_CHANNEL, id);
    struct cid cid;
    if (cid_parse(id, &cid, NULL))
        return refuse(r, REJECT_BAD_CHANNEL, id);
    r->head->key[0] = cid.hi;
    r->head->key[1] = cid.lo;
    return REJECT_NOT;
}

/* ---- times --------------------------------------------------------------- */

static bool iso_time(struct str s, int64_t *ret)
{
    char text[40];
    if (s.n >= sizeof(text))
        return false;
    memcpy(text, s.n ? s.p : "", s.n);
    if (s.n > 10 && text[10] == ' ')
        text[10] = 'T';
    wall_t t;
    if (cal_parse(str_n(text, s.n), &t, NULL))
        return false;
    *ret = wall_s(t);
    return true;
}

/* Is @s digits with "." wherever @form has one? */
static bool has_form(struct str s, const char *form)
{
    if (s.n != strlen(form))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (form[i] == '.' ? s.p[i] != '.' : s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static bool civil_time(int year, const char *day, const char *month,
                       int64_t *ret)
{
    char text[40];
    int n = snprintf(text, sizeof(text), "%04d-%.2s-%.2s", year, month, day);
    return n == 10 && iso_time(str_n(text, 10), ret);
}

enum import_reject import_date(struct str s, int year, int64_t *ret)
{
    bool ok;
    if (has_form(s, "99.99.99"))
        ok = civil_time(2000 + (s.p[0] - '0') * 10 + (s.p[1] - '0'), s.p + 3,
                        s.p + 6, ret);
    else if (!has_form(s, "99.99"))
        ok = iso_time(s, ret);
    else if (!year)
        return REJECT_YEAR;
    else
        ok = civil_time(year, s.p, s.p + 3, ret);
    return ok ? REJECT_NOT : REJECT_DATE;
}

static enum import_reject observed_at(struct reading *r)
{
    enum import_column c = told(r, COL_AT) ? COL_AT : COL_SNAPSHOT;
    struct str s = cell(r, c);
    if (r->how->format == IMPORT_ADVIEW) {
        r->at = ADVIEW_AT; /* rule 6 */
        return REJECT_NOT;
    }
    if (!told(r, c) || (r->how->format == IMPORT_SVF && is_missing(s))) {
        r->o->undated = true;
        r->at = r->how->now;
        return REJECT_NOT;
    }
    return refuse(r, import_date(s, r->how->year, &r->at), s);
}

/* ---- counts -------------------------------------------------------------- */

/* Digits; a fraction of zeros is what tables of floats make of a count. */
static bool count(struct str s, uint64_t *ret)
{
    const char *dot = s.n ? memchr(s.p, '.', s.n) : NULL;
    if (dot) {
        struct str zeros = str_from(s, (size_t)(dot - s.p) + 1);
        for (size_t i = 0; i < zeros.n; i++)
            if (zeros.p[i] != '0')
                return false;
        s.n = (size_t)(dot - s.p);
    }
    return num_u64(s, ret, NULL) == RC_OK;
}

static bool switched_off(const struct reading *r, enum import_column c)
{
    if (c == COL_LIKES || c == COL_DISLIKES)
        return is_true(cell(r, COL_RATINGS_OFF));
    return c == COL_COMMENTS && is_true(cell(r, COL_COMMENTS_OFF));
}

static void set_u64(struct reading *r, int field, uint64_t v)
{
    *(uint64_t *)schema_at(&r->type->fields[field], r->head) = v;
    r->head->have |= UINT64_C(1) << field;
}

static enum import_reject one_count(struct reading *r, enum import_column c)
{
    int field = import_column_field(c, r->type);
    struct str s = cell(r, c);
    uint64_t v;
    if (field < 0 || !told(r, c))
        return REJECT_NOT;
    if (switched_off(r, c) || is_missing(s))
        r->head->clear |= UINT64_C(1) << field;
    else if (count(s, &v))
        set_u64(r, field, v);
    else
        return refuse(r, REJECT_COUNT, s);
    return REJECT_NOT;
}

static enum import_reject counts(struct reading *r)
{
    for (int c = COL_VIEWS; c <= COL_VIDEOS; c++) {
        enum import_reject why = one_count(r, (enum import_column)c);
        if (why != REJECT_NOT)
            return why;
    }
    return REJECT_NOT;
}

/* Rule 4. */
static void infer_hidden(struct reading *r)
{
    struct video *v = &r->o->u.v;
    if (r->how->format == IMPORT_SVF || r->how->format == IMPORT_DISLIKES ||
        told(r, COL_RATINGS_OFF))
        return;
    if (!VIDEO_HAS(v, likes) || !VIDEO_HAS(v, dislikes) || !VIDEO_HAS(v, views))
        return;
    if (v->likes || v->dislikes || v->views < HIDDEN_VIEWS)
        return;
    VIDEO_CLEAR(v, likes);
    VIDEO_CLEAR(v, dislikes);
    r->o->hidden_inferred = true;
}

/* Rule 5; runs behind the facts, which may name the source. */
static void settle_dislikes(struct reading *r)
{
    struct video *v = &r->o->u.v;
    bool named = VIDEO_HAS(v, dislikes_from);
    bool late = r->at >= DISLIKES_PRIVATE;
    if (r->how->format == IMPORT_SVF)
        v->h.clear &= ~VIDEO_BIT(dislikes);
    if (late && !named && !r->o->archive && v->dislikes == 0)
        v->h.have &= ~VIDEO_BIT(dislikes);
    if (v->h.clear & VIDEO_BIT(dislikes))
        v->h.clear |= DISLIKES_SOURCE;
    if (!VIDEO_HAS(v, dislikes)) {
        v->h.have &= ~DISLIKES_SOURCE;
        return;
    }
    if (!named)
        VIDEO_SET(v, dislikes_from,
                  r->o->archive ? DISLIKES_ARCHIVED
                  : late        ? DISLIKES_ESTIMATED
                                : DISLIKES_MEASURED);
    if (!VIDEO_HAS(v, dislikes_at))
        VIDEO_SET(v, dislikes_at, r->at);
}

/* ---- other facts --------------------------------------------------------- */

static bool u64_fact(enum import_column c, struct str s, uint64_t *ret)
{
    if (c != COL_DURATION)
        return num_u64(s, ret, NULL) == RC_OK;
    if (!count(s, ret) && duration_parse(s, ret, NULL))
        return false;
    return *ret > 0; /* P0D: live or upcoming */
}

static bool sec_fact(struct str s, int64_t *ret)
{
    return iso_time(s, ret) || num_i64(s, ret, NULL) == RC_OK;
}

/* Text as the store wants it: UTF-8 without NUL. */
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
        rc = clean_text(s, a, schema_at(&r->type->fields[field], r->head), e);
        if (!rc)
            r->head->have |= UINT64_C(1) << field;
    }
    buf_fini(&tags);
    return rc;
}

/* True when @s could be read into the field. */
static bool value_fact(struct reading *r, enum import_column c,
                       const struct schema_field *f, struct str s)
{
    void *to = schema_at(f, r->head);
    switch (f->kind) {
    case SCHEMA_U64:
        return u64_fact(c, s, to);
    case SCHEMA_SEC:
        return sec_fact(s, to);
    case SCHEMA_BOOL:
        *(uint64_t *)to = is_true(s);
        return is_true(s) || is_false(s);
    case SCHEMA_ENUM:
        return schema_enum_parse(f, s, to, NULL) == RC_OK;
    case SCHEMA_CID:
        return cid_parse(s, to, NULL) == RC_OK;
    default:
        return false;
    }
}

/* What this program wrote about itself is believed in its own exports. */
static bool may_tell(const struct reading *r, enum import_column c)
{
    bool own = c == COL_FOREIGN || c == COL_GONE || c == COL_DISLIKES_FROM ||
               c == COL_DISLIKES_AT || c == COL_TEXT_AT;
    return !own || r->how->format == IMPORT_SVF;
}

static int one_fact(struct reading *r, enum import_column c, struct arena *a,
                    struct err *e)
{
    int field = import_column_field(c, r->type);
    struct str s = cell(r, c);
    if (field < 0 || !s.n || !may_tell(r, c) || (r->head->have >> field & 1))
        return RC_OK;
    const struct schema_field *f = &r->type->fields[field];
    if (f->kind == SCHEMA_STR || f->kind == SCHEMA_LIST)
        return text_fact(r, c, field, a, e);
    if (value_fact(r, c, f, s))
        r->head->have |= UINT64_C(1) << field;
    return RC_OK;
}

static int facts(struct reading *r, struct arena *a, struct err *e)
{
    for (int c = COL_TITLE; c < IMPORT_COLUMNS; c++) {
        int rc = one_fact(r, (enum import_column)c, a, e);
        if (rc)
            return rc;
    }
    return RC_OK;
}

/* ---- the whole ----------------------------------------------------------- */

static enum schema_origin origin_of(enum import_format f)
{
    switch (f) {
    case IMPORT_TRENDING:
        return ORIGIN_TRENDING;
    case IMPORT_SNAPSHOTS:
        return ORIGIN_SNAPSHOTS;
    case IMPORT_ADVIEW:
        return ORIGIN_ADVIEW;
    case IMPORT_API:
        return ORIGIN_APIDUMP;
    case IMPORT_DISLIKES:
        return ORIGIN_DISLIKES;
    default:
        return ORIGIN_SVF;
    }
}

static bool tells_text(const struct reading *r)
{
    for (size_t f = 0; f < r->type->n_fields; f++)
        if (r->type->fields[f].part == SCHEMA_TEXT && (r->head->have >> f & 1))
            return true;
    return false;
}

static void finish_video(struct reading *r)
{
    struct video *v = &r->o->u.v;
    settle_dislikes(r);
    VIDEO_SET(v, origin, origin_of(r->how->format));
    VIDEO_SET(v, discovered_by, FOUND_IMPORT);
    if (v->h.have & VIDEO_COUNTS)
        VIDEO_SET(v, stats_at, r->at);
    else
        v->h.clear = 0; /* rule 2 */
    if (tells_text(r) && !VIDEO_HAS(v, text_at))
        VIDEO_SET(v, text_at, r->at);
}

static void finish_channel(struct reading *r)
{
    struct channel *c = &r->o->u.c;
    CHANNEL_SET(c, origin, origin_of(r->how->format));
    if (c->h.have & CHANNEL_COUNTS)
        CHANNEL_SET(c, stats_at, r->at);
    else
        c->h.clear = 0;
    if (tells_text(r))
        CHANNEL_SET(c, text_at, r->at);
}

static enum import_reject must_have(struct reading *r)
{
    enum import_reject why = r->o->channel ? channel_id(r) : video_id(r);
    if (why == REJECT_NOT)
        why = observed_at(r);
    if (why == REJECT_NOT)
        why = counts(r);
    if (why == REJECT_NOT && !r->o->channel)
        infer_hidden(r);
    return why;
}

int import_convert(const struct import_convert *how,
                   const struct import_row *row, struct arena *a,
                   struct import_obs *ret, enum import_reject *why,
                   struct str *detail, struct err *e)
{
    *ret = (struct import_obs){
        .line = row->line,
        .channel = how->channels,
        .archive = how->format == IMPORT_DISLIKES,
    };
    struct reading r = { .how = how, .row = row, .o = ret };
    r.type = ret->channel ? &schema_channel : &schema_video;
    r.head = ret->channel ? &ret->u.c.h : &ret->u.v.h;
    *why = must_have(&r);
    *detail = r.detail;
    if (*why != REJECT_NOT)
        return RC_OK;
    int rc = facts(&r, a, e);
    if (rc)
        return rc;
    if (ret->channel)
        finish_channel(&r);
    else
        finish_video(&r);
    if (schema_validate(r.type, r.head, NULL))
        *why = REJECT_BOUNDS;
    return RC_OK;
}
