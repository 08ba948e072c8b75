/*
 * schema/types.c - the field tables and what is done with any record by
 * walking them: compare, copy, validate.
 *
 * Rules
 *   1. the tables come from the *.def files and from nowhere else
 *   2. a value whose bit is not in `have` is never looked at
 */
#include "schema/schema.h"

#include "base/utf8.h"
#include "schema/schema_priv.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define FIELD(record, name, kind, part, stored, api, item, since, help)        \
    { #name,  SCHEMA_##kind, SCHEMA_##part,                                    \
      stored, api,           item,                                             \
      since,  help,          offsetof(struct record, name) },

static const struct schema_field video_fields[] = {
#define V(...) FIELD(video, __VA_ARGS__)
#include "schema/video_fields.def"
#undef V
};
static const struct schema_field channel_fields[] = {
#define C(...) FIELD(channel, __VA_ARGS__)
#include "schema/channel_fields.def"
#undef C
};
static const struct schema_field sample_fields[] = {
#define S(...) FIELD(sample, __VA_ARGS__)
#include "schema/sample_fields.def"
#undef S
};

_Static_assert(VIDEO_FIELDS < 64 && CHANNEL_FIELDS < 64 && SAMPLE_FIELDS < 64,
               "have and clear hold one bit a field");

const struct schema_type schema_video = { "video", video_fields, VIDEO_FIELDS,
                                          1, sizeof(struct video) };
const struct schema_type schema_channel = { "channel", channel_fields,
                                            CHANNEL_FIELDS, 2,
                                            sizeof(struct channel) };
const struct schema_type schema_sample = { "sample", sample_fields,
                                           SAMPLE_FIELDS, 2,
                                           sizeof(struct sample) };

/* ---- words of enums ---- */

enum { WORDS_MAX = 9 };

static const struct {
    const char *field;
    const char *words[WORDS_MAX]; /* by value; 0 means nothing */
} enums[] = {
    { "origin",
      { [ORIGIN_API] = "api",
        [ORIGIN_SIM] = "sim",
        [ORIGIN_TRENDING] = "trending",
        [ORIGIN_SNAPSHOTS] = "snapshots",
        [ORIGIN_ADVIEW] = "adview",
        [ORIGIN_APIDUMP] = "apidump",
        [ORIGIN_SVF] = "svf",
        [ORIGIN_DISLIKES] = "dislikes" } },
    { "live",
      { [LIVE_NONE] = "none",
        [LIVE_UPCOMING] = "upcoming",
        [LIVE_LIVE] = "live",
        [LIVE_COMPLETED] = "completed" } },
    { "discovered_by",
      { [FOUND_ID] = "id",
        [FOUND_UPLOADS] = "uploads",
        [FOUND_SEARCH] = "search",
        [FOUND_PLAYLIST] = "playlist",
        [FOUND_CHART] = "chart",
        [FOUND_IMPORT] = "import" } },
    { "dislikes_from",
      { [DISLIKES_MEASURED] = "measured",
        [DISLIKES_ARCHIVED] = "archived",
        [DISLIKES_ESTIMATED] = "estimated" } },
};

/* The words of @f by value, NULL when it is no enum. */
static const char *const *words_of(const struct schema_field *f)
{
    for (size_t i = 0; i < ARRAY_LEN(enums); i++)
        if (strcmp(f->name, enums[i].field) == 0)
            return enums[i].words;
    return NULL;
}

const char *schema_enum_text(const struct schema_field *f, uint64_t v)
{
    const char *const *words = words_of(f);
    return words && v < WORDS_MAX ? words[v] : NULL;
}

int schema_enum_parse(const struct schema_field *f, struct str s, uint64_t *ret,
                      struct err *e)
{
    char quoted[QUOTE_CAP];
    const char *const *words = words_of(f);
    for (uint64_t v = 0; words && v < WORDS_MAX; v++) {
        if (words[v] && str_eqz(s, words[v])) {
            *ret = v;
            return RC_OK;
        }
    }
    return err_set(e, RC_INPUT, "'%s' is not a known %s", text_quote(s, quoted),
                   f->name);
}

/* ---- compare and copy ---- */

static bool is_text(const struct schema_field *f)
{
    return f->kind == SCHEMA_STR || f->kind == SCHEMA_LIST;
}

bool schema_equal(const struct schema_field *f, const void *a, const void *b)
{
    const void *x = schema_at_const(f, a), *y = schema_at_const(f, b);
    switch (f->kind) {
    case SCHEMA_F32:
        return *(const float *)x == *(const float *)y;
    case SCHEMA_CID:
        return cid_eq(*(const struct cid *)x, *(const struct cid *)y);
    case SCHEMA_STR:
    case SCHEMA_LIST:
        return str_eq(*(const struct str *)x, *(const struct str *)y);
    case SCHEMA_I64:
    case SCHEMA_SEC:
        return *(const int64_t *)x == *(const int64_t *)y;
    default:
        return *(const uint64_t *)x == *(const uint64_t *)y;
    }
}

bool schema_copy(const struct schema_type *t, void *dst, const void *src,
                 struct arena *arena)
{
    union {
        struct schema_head head;
        struct video video;
        struct channel channel;
        struct sample sample;
    } copy;
    memcpy(&copy, src, t->size);
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct schema_field *f = &t->fields[i];
        if (!is_text(f))
            continue;
        struct str *text = schema_at(f, &copy);
        if (!(copy.head.have >> i & 1))
            *text = (struct str){ NULL, 0 };
        else if (!arena_str(arena, *text, text))
            return false;
    }
    memcpy(dst, &copy, t->size);
    return true;
}

/* ---- validate ---- */

/* 9999-12-31T23:59:59Z, the last second that RFC 3339 can write. */
static const int64_t sec_max = INT64_C(253402300799);

static int check_text(const struct schema_field *f, struct str s, struct err *e)
{
    char quoted[QUOTE_CAP];
    if (s.n > SCHEMA_TEXT_MAX)
        return err_set(e, RC_INPUT, "%s '%s' has %zu bytes, more than %d",
                       f->name, text_quote(s, quoted), s.n, SCHEMA_TEXT_MAX);
    if (s.n && memchr(s.p, '\0', s.n))
        return err_set(e, RC_INPUT, "%s '%s' has a NUL character", f->name,
                       text_quote(s, quoted));
    if (!utf8_valid(s))
        return err_set(e, RC_INPUT, "%s '%s' is not UTF-8", f->name,
                       text_quote(s, quoted));
    return RC_OK;
}

static int check_sec(const struct schema_field *f, int64_t s, struct err *e)
{
    if (s >= 0 && s <= sec_max)
        return RC_OK;
    return err_set(e, RC_INPUT,
                   "%s: second '%" PRId64 "' is outside of 1970 to 9999",
                   f->name, s);
}

static int check_word(const struct schema_field *f, uint64_t v, struct err *e)
{
    bool known =
        f->kind == SCHEMA_BOOL ? v <= 1 : schema_enum_text(f, v) != NULL;
    if (known)
        return RC_OK;
    return err_set(e, RC_INPUT, "%s: '%" PRIu64 "' is not a known value",
                   f->name, v);
}

static int check_field(const struct schema_field *f, const void *at,
                       struct err *e)
{
    switch (f->kind) {
    case SCHEMA_SEC:
        return check_sec(f, *(const int64_t *)at, e);
    case SCHEMA_F32:
        if (isfinite(*(const float *)at))
            return RC_OK;
        return err_set(e, RC_INPUT, "%s: '%g' is not finite", f->name,
                       (double)*(const float *)at);
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
        return check_word(f, *(const uint64_t *)at, e);
    case SCHEMA_STR:
    case SCHEMA_LIST:
        return check_text(f, *(const struct str *)at, e);
    default: /* every count, number and channel id is legal */
        return RC_OK;
    }
}

int schema_validate(const struct schema_type *t, const void *rec, struct err *e)
{
    const struct schema_head *h = rec;
    uint64_t known = (UINT64_C(1) << t->n_fields) - 1;
    if ((h->have | h->clear) & ~known)
        return err_set(e, RC_INPUT, "%s: field number above %zu", t->name,
                       t->n_fields - 1);
    if (h->have & h->clear)
        return err_set(e, RC_INPUT, "%s: a field is both set and cleared",
                       t->name);
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct schema_field *f = &t->fields[i];
        if (!(h->have >> i & 1))
            continue;
        int rc = check_field(f, schema_at_const(f, rec), e);
        if (rc)
            return rc;
    }
    return RC_OK;
}
