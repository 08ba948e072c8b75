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
 *   5. hidden ratings hide likes and dislikes: dislikes that are missing
 *      alone are not told, so none are cleared; they were private from
 *      DISLIKES_PRIVATE on: a 0 counted later is not told either, anything
 *      else is an estimate unless the row names its source
 *   6. the ad-view set names no time: it is taken as counted at ADVIEW_AT,
 *      the first midnight after the last publication in it
 *   7. a row of channels whose every cell but name and time is "null" says
 *      that the source looked and found no such channel: nothing to store,
 *      and nothing wrong with the row. A blank id is a row without an id
 */
#include "miner/import_priv.h"

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

static bool told(const struct reading *r, enum import_column c)
{
    return (r->row->told & COL_BIT(c)) != 0;
}

static enum import_reject refuse(struct reading *r, enum import_reject why,
                                 struct str detail)
{
    r->detail = detail;
    return why;
}

/* ---- ids ---- */

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
    struct str id =
        import_cell(r->row, told(r, COL_VIDEO_ID) ? COL_VIDEO_ID : COL_ITEM_ID);
    if (import_missing(id))
        return refuse(r, REJECT_NO_ID, id);
    if (r->how->format == IMPORT_ADVIEW)
        return foreign_id(r, id);
    if (id.p[0] == '#')
        return refuse(r, REJECT_SPREADSHEET, id);
    if (vid_parse(id, &r->head->key[0], NULL))
        return refuse(r, REJECT_BAD_ID, id);
    return REJECT_NOT;
}

/* Rule 7. */
static bool tells_no_channel(const struct reading *r)
{
    for (int i = 0; i < IMPORT_COLUMNS; i++) {
        enum import_column c = (enum import_column)i;
        bool names = c == COL_AT || c == COL_SNAPSHOT || c == COL_CHANNEL_TITLE;
        if (told(r, c) && !names && !str_eqz(import_cell(r->row, c), "null"))
            return false;
    }
    return true;
}

static enum import_reject channel_id(struct reading *r)
{
    struct str id = import_cell(r->row, COL_CHANNEL);
    if (import_missing(id))
        return refuse(r, REJECT_NO_CHANNEL, id);
    struct cid cid;
    if (cid_parse(id, &cid, NULL))
        return refuse(r, REJECT_BAD_CHANNEL, id);
    r->head->key[0] = cid.hi;
    r->head->key[1] = cid.lo;
    return REJECT_NOT;
}

/* ---- times ---- */

static enum import_reject observed_at(struct reading *r)
{
    enum import_column c = told(r, COL_AT) ? COL_AT : COL_SNAPSHOT;
    struct str s = import_cell(r->row, c);
    if (r->how->format == IMPORT_ADVIEW) {
        r->at = ADVIEW_AT; /* rule 6 */
        return REJECT_NOT;
    }
    if (!told(r, c) || (r->how->format == IMPORT_SVF && import_missing(s))) {
        r->o->undated = true;
        r->at = r->how->now;
        return REJECT_NOT;
    }
    return refuse(r, import_date(s, r->how->year, &r->at), s);
}

/* ---- counts ---- */

static bool switched_off(const struct reading *r, enum import_column c)
{
    if (c == COL_LIKES || c == COL_DISLIKES)
        return import_true(import_cell(r->row, COL_RATINGS_OFF));
    return c == COL_COMMENTS &&
           import_true(import_cell(r->row, COL_COMMENTS_OFF));
}

static void set_u64(struct reading *r, int field, uint64_t v)
{
    *(uint64_t *)schema_at(&r->type->fields[field], r->head) = v;
    r->head->have |= UINT64_C(1) << field;
}

static enum import_reject one_count(struct reading *r, enum import_column c)
{
    int field = import_column_field(c, r->type);
    struct str s = import_cell(r->row, c);
    uint64_t v;
    if (field < 0 || !told(r, c))
        return REJECT_NOT;
    if (switched_off(r, c) || import_missing(s))
        r->head->clear |= UINT64_C(1) << field;
    else if (import_count(s, &v))
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
    if (!(v->h.clear & VIDEO_BIT(likes)))
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

/* ---- the whole ---- */

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
        VIDEO_SET(v, stats_at, r->at); /* rule 2 */
    if (tells_text(r) && !VIDEO_HAS(v, text_at))
        VIDEO_SET(v, text_at, r->at);
}

static void finish_channel(struct reading *r)
{
    struct channel *c = &r->o->u.c;
    CHANNEL_SET(c, origin, origin_of(r->how->format));
    if (c->h.have & CHANNEL_COUNTS)
        CHANNEL_SET(c, stats_at, r->at);
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
    *detail = STR("");
    *why = REJECT_NOT;
    ret->nothing = ret->channel && tells_no_channel(&r);
    if (ret->nothing)
        return RC_OK;
    *why = must_have(&r);
    *detail = r.detail;
    if (*why != REJECT_NOT)
        return RC_OK;
    int rc = import_facts(row, how->format, r.type, r.head, a, e);
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
