/*
 * schema/schema.h - the records, their field tables, ids, durations, and
 * the decoding of YouTube Data API answers into records.
 */
#ifndef SVF_SCHEMA_SCHEMA_H
#define SVF_SCHEMA_SCHEMA_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "schema/jsonr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- ids ---- */

/* 128 bits behind the 22 characters after "UC"; 0/0 is a legal id. */
struct cid {
    uint64_t hi, lo;
};

enum { VID_TEXT = 12, CID_TEXT = 25 }; /* with the terminator */

/*
 * A video id is 64 bits in base64url: 11 characters [A-Za-z0-9_-], the last
 * one of [AEIMQUYcgkosw048]. The number is the 8 bytes, big-endian.
 * RC_INPUT otherwise; the message quotes the text.
 */
int vid_parse(struct str s, uint64_t *ret, struct err *e) MUST_CHECK;
const char *vid_text(uint64_t id, char out[static VID_TEXT]);
/* The id given to record @name of a set without real ids ("adview-2016:VID_1").
 */
uint64_t vid_foreign(struct str set, struct str name);
/* "UC" and 22 characters, the last one of [AQgw]. */
int cid_parse(struct str s, struct cid *ret, struct err *e) MUST_CHECK;
const char *cid_text(struct cid id, char out[static CID_TEXT]);
static inline bool cid_eq(struct cid a, struct cid b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

/* ---- field tables ---- */

enum schema_kind {
    SCHEMA_U64,
    SCHEMA_I64,
    SCHEMA_SEC,
    SCHEMA_F32,
    SCHEMA_BOOL,
    SCHEMA_ENUM,
    SCHEMA_CID,
    SCHEMA_STR,
    SCHEMA_LIST
};
enum schema_part { SCHEMA_STAT, SCHEMA_META, SCHEMA_TEXT };

/* One row of a *.def table with the place of its value in the struct:
 * uint64_t (U64, BOOL, ENUM), int64_t (I64, SEC), float (F32), struct cid,
 * struct str (STR, LIST). */
struct schema_field {
    const char *name; /* C name */
    enum schema_kind kind;
    enum schema_part part;
    const char *stored; /* column, document key */
    const char *api;    /* path in an API item, "" = none */
    const char *item;   /* name in answers, "" = none */
    int since;          /* schema version that brought it */
    const char *help;
    size_t offset; /* in the record's struct */
};

/* A kind of record. Bit i of have/clear means field i. */
struct schema_type {
    const char *name; /* "video" */
    const struct schema_field *fields;
    size_t n_fields;  /* at most 63 */
    size_t key_words; /* 1: id; 2: channel id, or id and day */
    size_t size;      /* of the record's struct */
};
extern const struct schema_type schema_video, schema_channel, schema_sample;
enum { SCHEMA_VERSION = 1 };

/*
 * The front of every record. A put sets the fields in @have, makes those in
 * @clear absent and leaves the others as they are; what is read back has
 * clear = 0. The two never share a bit.
 */
struct schema_head {
    uint64_t key[2]; /* video: id,0 · channel: hi,lo · sample: id,day */
    uint64_t have;
    uint64_t clear;
};

#define SCHEMA_C_U64  uint64_t
#define SCHEMA_C_I64  int64_t
#define SCHEMA_C_SEC  int64_t
#define SCHEMA_C_F32  float
#define SCHEMA_C_BOOL uint64_t
#define SCHEMA_C_ENUM uint64_t
#define SCHEMA_C_CID  struct cid
#define SCHEMA_C_STR  struct str
#define SCHEMA_C_LIST struct str

struct video {
    struct schema_head h;
#define V(name, kind, part, stored, api, item, since, help)                    \
    SCHEMA_C_##kind name;
#include "schema/video_fields.def"
#undef V
};
struct channel {
    struct schema_head h;
#define C(name, kind, part, stored, api, item, since, help)                    \
    SCHEMA_C_##kind name;
#include "schema/channel_fields.def"
#undef C
};
/* Key: video id and day since 1970. */
struct sample {
    struct schema_head h;
#define S(name, kind, part, stored, api, item, since, help)                    \
    SCHEMA_C_##kind name;
#include "schema/sample_fields.def"
#undef S
};

/* VIDEO_views … the field's number; VIDEO_BIT(views) its bit. */
enum video_field {
#define V(name, kind, part, stored, api, item, since, help) VIDEO_##name,
#include "schema/video_fields.def"
#undef V
    VIDEO_FIELDS
};
enum channel_field {
#define C(name, kind, part, stored, api, item, since, help) CHANNEL_##name,
#include "schema/channel_fields.def"
#undef C
    CHANNEL_FIELDS
};
enum sample_field {
#define S(name, kind, part, stored, api, item, since, help) SAMPLE_##name,
#include "schema/sample_fields.def"
#undef S
    SAMPLE_FIELDS
};
#define VIDEO_BIT(f)      (UINT64_C(1) << VIDEO_##f)
#define CHANNEL_BIT(f)    (UINT64_C(1) << CHANNEL_##f)
#define SAMPLE_BIT(f)     (UINT64_C(1) << SAMPLE_##f)
#define VIDEO_HAS(v, f)   (((v)->h.have & VIDEO_BIT(f)) != 0)
#define CHANNEL_HAS(c, f) (((c)->h.have & CHANNEL_BIT(f)) != 0)
/* Set a field and its bit in one step. */
#define VIDEO_SET(v, f, value)                                                 \
    ((v)->f = (value), (v)->h.have |= VIDEO_BIT(f),                            \
     (v)->h.clear &= ~VIDEO_BIT(f))
#define VIDEO_CLEAR(v, f)                                                      \
    ((v)->h.have &= ~VIDEO_BIT(f), (v)->h.clear |= VIDEO_BIT(f))
#define CHANNEL_SET(c, f, value)                                               \
    ((c)->f = (value), (c)->h.have |= CHANNEL_BIT(f),                          \
     (c)->h.clear &= ~CHANNEL_BIT(f))
#define CHANNEL_CLEAR(c, f)                                                    \
    ((c)->h.have &= ~CHANNEL_BIT(f), (c)->h.clear |= CHANNEL_BIT(f))

enum schema_origin {
    ORIGIN_API = 1,
    ORIGIN_SIM,
    ORIGIN_TRENDING,
    ORIGIN_SNAPSHOTS,
    ORIGIN_ADVIEW,
    ORIGIN_APIDUMP,
    ORIGIN_SVF,
    ORIGIN_DISLIKES
};
enum schema_live { LIVE_NONE = 1, LIVE_UPCOMING, LIVE_LIVE, LIVE_COMPLETED };
enum schema_discovered {
    FOUND_ID = 1,
    FOUND_UPLOADS,
    FOUND_SEARCH,
    FOUND_PLAYLIST,
    FOUND_CHART,
    FOUND_IMPORT
};
enum schema_dislikes {
    DISLIKES_MEASURED = 1,
    DISLIKES_ARCHIVED,
    DISLIKES_ESTIMATED
};

/* The word for an ENUM value ("sim", "upcoming"), NULL when unknown. */
const char *schema_enum_text(const struct schema_field *f, uint64_t v);
int schema_enum_parse(const struct schema_field *f, struct str s, uint64_t *ret,
                      struct err *e) MUST_CHECK;

/* Pointer to field @f of record @rec. */
static inline void *schema_at(const struct schema_field *f, void *rec)
{
    return (char *)rec + f->offset;
}
static inline const void *schema_at_const(const struct schema_field *f,
                                          const void *rec)
{
    return (const char *)rec + f->offset;
}
/* Are field @f's values in @a and @b equal? Both must have it. */
bool schema_equal(const struct schema_field *f, const void *a, const void *b);
/* Copy @src to @dst (same type) with all text copied into @arena. */
bool schema_copy(const struct schema_type *t, void *dst, const void *src,
                 struct arena *arena) MUST_CHECK;

/*
 * Check what a source said before it is stored: bounds of every kind, text
 * is UTF-8 without NUL and within SCHEMA_TEXT_MAX, seconds within years 1970
 * to 9999, enums known. RC_INPUT names the field and quotes the value.
 */
enum { SCHEMA_TEXT_MAX = 64 * 1024 };
int schema_validate(const struct schema_type *t, const void *rec,
                    struct err *e) MUST_CHECK;

/* Write the Markdown page of all field tables (docs/schema.md). */
void schema_doc(struct buf *out);

/* ---- durations ---- */

/*
 * Read ISO 8601 ("PT1H2M3S", "P1DT2H", "P2W", "P0D") or protobuf ("213s",
 * "213.5s") into seconds, fractions dropped. RC_INPUT otherwise.
 */
int duration_parse(struct str s, uint64_t *seconds, struct err *e) MUST_CHECK;
/* "PT21M7S"; from a day on "P1DT2H" as YouTube writes it; 0 is "P0D". */
void duration_put_iso(struct buf *b, uint64_t seconds);
/* "1:02:03" or "4:07", for people. */
void duration_put_clock(struct buf *b, uint64_t seconds);

/* ---- decoding of API answers ---- */

enum decode_what {
    DECODE_VIDEOS,
    DECODE_STATS,
    DECODE_CHANNELS,
    DECODE_PLAYLIST_ITEMS,
    DECODE_SEARCH,
    DECODE_OTHER /* categories, comments, … */
};

/* One page of any list method; everything lives in the page's arena. */
struct decode_page {
    enum decode_what what;      /* from "kind", or what the caller expects */
    struct str kind;            /* as sent, "" when absent */
    struct str next_page_token; /* empty = last page */
    struct str etag;
    uint64_t total_results; /* an estimate; may be wrong */
    struct video *videos;   /* videos, batchGetStats; also the facts
                               that playlistItems and search tell */
    size_t n_videos;
    struct channel *channels; /* channels; search results of channels */
    size_t n_channels;
    size_t n_items;    /* items in the answer */
    size_t n_rejected; /* items without a usable id or with bad facts */
    uint64_t *refused; /* ids of rejected videos that have a usable one */
    size_t n_refused;
    char first_reject[200]; /* why, of the first */
};

enum { DECODE_DEPTH_MAX = 64, DECODE_ITEMS_MAX = 5000 };

/*
 * Decode @body into @ret; text is copied into @arena.
 *
 * Unknown fields are ignored, counts may be strings or numbers, absent stays
 * absent. Set by what an item's parts tell:
 *   statistics (videos, batchGetStats, channels)  stats_at; a missing view,
 *       like, comment or subscriber count goes into clear: hidden
 *   snippet (videos, channels)  text_at; missing tags, languages, handle and
 *       country go into clear: who narrows the snippet with fields= asks for
 *       these too. Playlist items and search set title and channel without
 *       text_at; search titles have their HTML escapes resolved, its cut
 *       descriptions are left out.
 *   contentDetails  a duration of 0 ("P0D") goes into clear: live, upcoming
 * Dislikes are touched only when told. A live state that is no known word
 * goes into clear. origin and discovered_by are the caller's.
 *
 * An item without a usable id, or with a value that cannot be its field's
 * (a count below 0, with a fraction or beyond 64 bits; text with NUL or of
 * more than SCHEMA_TEXT_MAX bytes), is rejected: counted and left out. A JSON
 * number beyond 64 bits, with sign, rejects its item; as text the full range
 * is read. What is handed out passes schema_validate().
 *
 * @now   second that becomes stats_at / text_at
 * @ret   written on RC_OK only
 * RC_INPUT  not JSON, too deep, no object, `items` not an array or more than
 *           DECODE_ITEMS_MAX, or an error body
 * RC_NOMEM  memory or the arena ends
 * Threads: any, each with its own arena.
 */
int decode_page(struct str body, enum decode_what expect, int64_t now,
                struct arena *arena, struct decode_page *ret,
                struct err *e) MUST_CHECK;

/* An error body; any part may be missing, the body may be HTML. */
struct decode_error {
    int code;          /* error.code, 0 = none */
    char reason[64];   /* errors[].reason, or else as detail */
    char detail[64];   /* details[].reason, often the sharper one:
                          "API_KEY_INVALID" beside "badRequest" */
    char status[48];   /* "RESOURCE_EXHAUSTED" */
    char message[200]; /* tags removed, one line */
    bool per_day;      /* message names a limit "per day" */
    bool is_json;
};
/* Never fails: what cannot be read stays empty. */
void decode_error(struct str body, struct decode_error *ret);

/* Call once before threads start: seeds jansson's hash with @seed. */
void schema_init(uint64_t seed);

#endif
