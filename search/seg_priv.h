/*
 * search/seg_priv.h - a segment: some videos by column, with their words.
 *
 * A segment never changes once it is made; what changes at every refresh of
 * counts lies apart, in struct facts. Both are shared by reference count.
 */
#ifndef SVF_SEARCH_SEG_PRIV_H
#define SVF_SEARCH_SEG_PRIV_H

#include "base/attr.h"
#include "base/err.h"
#include "base/file.h"
#include "schema/schema.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Documents are numbered from 0 in order of (published, id), unknown
 * published last. */
#define DOC_NONE UINT32_MAX

/* ---- packed columns ---- */

/* 32 bits a value; the two largest codes mean "unknown" and "too large". */
#define PACK_UNKNOWN UINT32_MAX
#define PACK_BIG     (UINT32_MAX - 1)

/* A value that does not fit, kept in order of doc. */
struct pack_big {
    uint64_t doc;
    uint64_t value;
};

struct pack {
    const uint32_t *v;
    const struct pack_big *big;
    size_t n_big;
};

/* The value of @doc, or UINT64_MAX for unknown. */
uint64_t pack_get(const struct pack *p, uint32_t doc);
static inline bool pack_has(const struct pack *p, uint32_t doc)
{
    return p->v[doc] != PACK_UNKNOWN;
}
/* What stands in the column for @value; UINT64_MAX is unknown. */
static inline uint32_t pack_code(uint64_t value)
{
    if (value == UINT64_MAX)
        return PACK_UNKNOWN;
    return value < PACK_BIG ? (uint32_t)value : PACK_BIG;
}

/* ---- facts that change ---- */

/* One packed column each. */
enum fact {
    FACT_VIEWS,
    FACT_LIKES,
    FACT_DISLIKES,
    FACT_COMMENTS,
    FACT_DURATION,
    FACT_STATS_AT,
    FACT_TEXT_AT,
    FACT_COUNT
};

/*
 * Flags: small enumerations, each 0 when unknown, by shift and width.
 * BOOL facts are stored as 1 (false) and 2 (true).
 */
enum {
    FLAG_LIVE = 0,
    FLAG_KIDS = 4,
    FLAG_EMBED = 6,
    FLAG_FOREIGN = 8,
    FLAG_DISLIKES = 10,
    FLAG_ORIGIN = 12
};
enum {
    FLAG_LIVE_BITS = 4,
    FLAG_BOOL_BITS = 2,
    FLAG_DISLIKES_BITS = 2,
    FLAG_ORIGIN_BITS = 8
};
enum { FLAG_FALSE = 1, FLAG_TRUE = 2 };

static inline uint32_t flag_get(uint32_t flags, int shift, int bits)
{
    return (flags >> shift) & ((UINT32_C(1) << bits) - 1);
}

struct facts {
    _Atomic int refs;
    uint32_t n;
    struct pack col[FACT_COUNT];
    const uint32_t *flags;
    const uint64_t *dead; /* bit per document; NULL = none is dead */
    uint32_t n_dead;
    bool own; /* the arrays are on the heap, ours */
};

struct facts *facts_ref(struct facts *f);
void facts_unref(struct facts *f);
/* A copy on the heap that may be changed; its refs is 1. RC_NOMEM. */
int facts_clone(const struct facts *f, struct facts **ret,
                struct err *e) MUST_CHECK;
/* Change an own copy; @value UINT64_MAX = unknown. RC_NOMEM. */
int facts_set(struct facts *f, enum fact col, uint32_t doc, uint64_t value,
              struct err *e) MUST_CHECK;
void facts_set_flags(struct facts *f, uint32_t doc, uint32_t flags);
int facts_kill(struct facts *f, uint32_t doc, struct err *e) MUST_CHECK;
static inline bool facts_dead(const struct facts *f, uint32_t doc)
{
    return f->dead && (f->dead[doc / 64] >> (doc % 64) & 1);
}
static inline uint64_t fact_get(const struct facts *f, enum fact col,
                                uint32_t doc)
{
    return pack_get(&f->col[col], doc);
}

/* ---- sections ---- */

enum section {
#define SEC(name, size, per, help) SEC_##name,
#include "search/sections.def"
#undef SEC
    SEC_COUNT
};

/* The sections of a fact: its column, its big values. */
static inline enum section sec_of(enum fact c)
{
    return (enum section)(SEC_views + (int)c);
}
static inline enum section sec_big_of(enum fact c)
{
    return (enum section)(SEC_views_big + (int)c);
}

struct span {
    const void *p;
    size_t n; /* bytes */
};

/* A channel as videos tell it: two titles of one id are two rows. */
struct chan_row {
    uint64_t hi, lo;
    uint64_t title_at; /* bytes into the strings */
    uint32_t title_n;
    uint32_t have; /* enum below */
};
enum { CHAN_ID = 1, CHAN_TITLE = 2 };
#define CHAN_NONE UINT32_MAX

struct lang_row {
    uint64_t at;
    uint64_t n;
};
#define LANG_NONE     UINT16_MAX       /* unknown */
#define LANG_ROW      (UINT16_MAX - 1) /* too many languages: look in the row */
#define CATEGORY_NONE UINT8_MAX
#define CATEGORY_ROW  (UINT8_MAX - 1) /* 254 and up: look in the row */

/* ---- segments ---- */

struct seg {
    _Atomic int refs;
    uint32_t n;      /* documents, dead ones too */
    bool words;      /* false: made without words */
    uint64_t digest; /* sum of doc_digest() of its living when it was made */
    struct span sec[SEC_COUNT];
    void *heap[SEC_COUNT]; /* what is ours of them; NULL = in the map */
    struct file_map map;

    /* the same, typed, by seg_bind() */
    const uint64_t *id;
    struct pack published;
    const uint8_t *category;
    const uint16_t *language;
    const uint32_t *channel;
    const uint8_t *len; /* words of the title, at most 255 */
    const uint32_t *by_id;
    const uint64_t *row_at; /* n + 1 */
    const char *rows;
    const struct chan_row *chan;
    size_t n_chan;
    const struct lang_row *lang;
    size_t n_lang;
    const char *strings;
    struct facts *facts; /* as they were when the segment was made */
};

/* An empty one; fill sec[] and heap[], then seg_bind(). */
int seg_new(struct seg **ret, struct err *e) MUST_CHECK;
struct seg *seg_ref(struct seg *s);
void seg_unref(struct seg *s);
/* Hand @p (malloc'ed, taken) of @n bytes to section @sec. */
void seg_give(struct seg *s, enum section sec, void *p, size_t n);
/* Check the sections against each other and set the typed pointers.
 * RC_CORRUPT tells which section is wrong. */
int seg_bind(struct seg *s, struct err *e) MUST_CHECK;
/* Bytes without stored fields and strings. */
uint64_t seg_bytes(const struct seg *s);

/* The living document of video @id, or DOC_NONE. */
uint32_t seg_find(const struct seg *s, const struct facts *f, uint64_t id);
/* First document whose published code is >= @code. */
uint32_t seg_lower(const struct seg *s, uint32_t code);

struct str seg_channel_title(const struct seg *s, uint32_t channel);
struct str seg_lang(const struct seg *s, size_t i);
/* Stored fields of @doc. */
struct str seg_row(const struct seg *s, uint32_t doc);
/* All facts of @doc; text is borrowed from the segment. */
void seg_video(const struct seg *s, const struct facts *f, uint32_t doc,
               struct video *ret);
/* Hash of all that is told of @doc: equal on two machines. */
uint64_t doc_digest(const struct seg *s, const struct facts *f, uint32_t doc);

/* ---- rows: stored fields ---- */

enum { ROW_DESCRIPTION = 300 }; /* bytes kept, cut at a character */

/* Append the stored fields of @v (a full record) to @out. */
void row_put(struct buf *out, const struct video *v);
/* Set the fields that @row tells in @v; a damaged row tells less. */
void row_get(struct str row, struct video *v);

/* Flags and facts of a record. */
uint32_t flags_of(const struct video *v);
uint64_t fact_of(const struct video *v, enum fact col);
/* A record that is searched: counted once and not gone. */
static inline bool video_searchable(const struct video *v)
{
    return VIDEO_HAS(v, stats_at) && !VIDEO_HAS(v, gone_since);
}

/* ---- the file ---- */

/* What the file says of itself. */
struct seg_meta {
    uint64_t store;       /* digest of the id of the store it was made from */
    struct store_pos pos; /* feed position it holds */
    int64_t as_of;        /* s */
};

/* Write @s (one without dead documents) to @path: temporary name, fsync,
 * rename. RC_IO, RC_DENIED: the old file is untouched. RC_UNKNOWN: the new
 * one stands, but a power failure may bring the old one back. */
int seg_save(const struct seg *s, const struct seg_meta *m, const char *path,
             struct err *e) MUST_CHECK;
/* Map @path. RC_NOTFOUND; RC_CORRUPT damaged or another version. */
int seg_load(struct seg **ret, struct seg_meta *m, const char *path,
             struct err *e) MUST_CHECK;
/* The same from memory, which must outlive the segment; for fuzzing. */
int seg_parse(struct seg *s, struct seg_meta *m, struct span file,
              struct err *e) MUST_CHECK;

#endif
