/*
 * miner/import_priv.h - the inside of import_file(), for miner/import*.c and
 * their tests.
 *
 *   bytes ─► import_csv.c  ─┐ records, lines
 *        └─► import_lines.c ┴► import_table.c, import_json.c ─► row
 *   row ─► import_row.c ─► observation ─► import_batch.c ─► store
 *                                          (import_merge.c decides)
 */
#ifndef SVF_MINER_IMPORT_PRIV_H
#define SVF_MINER_IMPORT_PRIV_H

#include "base/arena.h"
#include "base/progress.h"
#include "miner/miner.h"

/* A record of a CSV file or a line of NDJSON is at most this long. */
enum { IMPORT_RECORD_MAX = 1 << 20 };
/* An API answer that is spread over lines. */
enum { IMPORT_PAGE_MAX = 64 << 20 };
/* Rows that go into the store in one transaction. */
enum { IMPORT_BATCH_ROWS = 1000 };

/* ---- why a row is refused ---- */

/* Closed list; each has its sentence in import_reject.c. */
enum import_reject {
    REJECT_NO_ID,
    REJECT_SPREADSHEET,
    REJECT_BAD_ID,
    REJECT_FOREIGN,
    REJECT_NO_CHANNEL,
    REJECT_BAD_CHANNEL,
    REJECT_FIELDS,
    REJECT_CONFLICT,
    REJECT_HEADER,
    REJECT_LONG,
    REJECT_DATE,
    REJECT_YEAR,
    REJECT_COUNT,
    REJECT_JSON,
    REJECT_ITEM,
    REJECT_BOUNDS,
    REJECT_KINDS,
    REJECT_NOT = -1 /* the row is fine */
};

/* ---- columns ---- */

/* What a column of any known edition can mean. */
enum import_column {
    COL_VIDEO_ID,
    COL_ITEM_ID,  /* "id", as this program's own exports call it */
    COL_ADVIEW,   /* only the ad-view set has it */
    COL_AT,       /* day or instant of the counts */
    COL_SNAPSHOT, /* the same in sets of snapshots */
    COL_RATINGS_OFF,
    COL_COMMENTS_OFF,
    COL_VIEWS,
    COL_LIKES,
    COL_DISLIKES,
    COL_COMMENTS,
    COL_SUBSCRIBERS,
    COL_VIDEOS,
    COL_TITLE,
    COL_CHANNEL,
    COL_CHANNEL_TITLE,
    COL_PUBLISHED,
    COL_DURATION,
    COL_CATEGORY,
    COL_TAGS,
    COL_DESCRIPTION,
    COL_LIVE,
    COL_KIDS,
    COL_EMBEDDABLE,
    COL_FOREIGN,
    COL_GONE,
    COL_LANGUAGE,
    COL_AUDIO,
    COL_DISLIKES_FROM,
    COL_DISLIKES_AT,
    COL_TEXT_AT,
    IMPORT_COLUMNS,
    COL_NONE = -1
};
#define COL_BIT(c) (UINT64_C(1) << (c))

/* What header or member @name means, COL_NONE when nothing known. Case,
 * blanks and _ do not matter; "statistics." and the like are dropped. */
enum import_column import_column(struct str name);
/* Is @name an object of the API's items whose members are facts too? */
bool import_column_group(struct str name);
/* The field that column @c fills in a video or channel record, or -1. */
int import_column_field(enum import_column c, const struct schema_type *t);

/* Recognise the format by the columns told; IMPORT_AUTO when by none. */
enum import_format import_format_of(uint64_t columns);
/* RC_INPUT, with @path:@line, unless @columns suffice for @f. */
int import_format_check(enum import_format f, uint64_t columns,
                        const char *path, uint64_t line,
                        struct err *e) MUST_CHECK;

/* ---- rows and observations ---- */

/* One line of any source; cells are borrowed, still as they were written. */
struct import_row {
    uint64_t line; /* physical line where it starts, from 1 */
    uint64_t told; /* bit c: the source has column c */
    struct str cell[IMPORT_COLUMNS];
};

/* What one row says of one video or channel. */
struct import_obs {
    uint64_t line;
    bool channel; /* which member of the union it is */
    bool undated; /* the source names no time: stats_at is the import's */
    bool archive; /* tells dislikes only (format dislikes) */
    bool nothing; /* the source says that there is no such channel */
    bool hidden_inferred;
    union {
        struct video v;
        struct channel c;
    } u;
};

struct import_convert {
    enum import_format format;
    int year;      /* 0 = none */
    bool foreign;  /* make up ids */
    bool channels; /* rows are channels, not videos */
    int64_t now;   /* s, the time of undated rows */
};

/*
 * Turn @row into an observation; its text is cleaned and copied into @a.
 * @detail  the offending text when the row is refused; borrowed from @row
 * RC_NOMEM only; a refused row is RC_OK with *@why set.
 */
int import_convert(const struct import_convert *how,
                   const struct import_row *row, struct arena *a,
                   struct import_obs *ret, enum import_reject *why,
                   struct str *detail, struct err *e) MUST_CHECK;

/* Write the tags of any edition ("a|b", "['a', 'b']", lines) to @out,
 * joined by line feeds. */
void import_tags(struct str s, struct buf *out);

/*
 * Read the facts of @row besides its counts into @rec (a struct of @t); text
 * is cleaned and copied into @a. RC_NOMEM; what cannot be read is left out.
 */
int import_facts(const struct import_row *row, enum import_format f,
                 const struct schema_type *t, void *rec, struct arena *a,
                 struct err *e) MUST_CHECK;

/* ---- values of cells ---- */

/* The cell without blanks around it; "" when the row has none. */
struct str import_cell(const struct import_row *row, enum import_column c);
/* Empty, or a word that the editions write for nothing. */
bool import_missing(struct str s);
bool import_true(struct str s);
bool import_false(struct str s);
/* Digits; a fraction of zeros is what tables of floats make of a count. */
bool import_count(struct str s, uint64_t *ret);
/* RFC 3339, also with a blank in the middle, or a date. */
bool import_time(struct str s, int64_t *ret);
/*
 * Read the day or instant of an observation: ISO, YY.DD.MM or, with @year,
 * DD.MM. REJECT_NOT, REJECT_DATE, or REJECT_YEAR when only a year is missing.
 */
enum import_reject import_date(struct str s, int year, int64_t *ret);

/* ---- merging: pure ---- */

enum import_class { CLASS_NEW, CLASS_UPDATED, CLASS_SAMPLED, CLASS_UNCHANGED };

/* A record of the store while a batch changes it. */
struct import_state {
    void *rec;        /* struct video or struct channel */
    bool known;       /* it exists */
    bool changed;     /* by the last merge */
    uint64_t touched; /* bits changed since it was read from the store */
};

/*
 * Merge @obs into @io by the rules of import_merge.c. CLASS_SAMPLED means
 * that @past is due and the record is as it was.
 * @past     written when the loser of the two becomes a sample of its day
 * @is_past  whether it does; never for channels
 */
enum import_class import_merge(struct import_state *io,
                               const struct import_obs *obs,
                               struct sample *past, bool *is_past);
/* Keep the better of two samples of one day in @io; true when it changed. */
bool import_merge_sample(struct sample *io, bool known, const struct sample *s);
/* The record to put: only what was touched. */
void import_delta(const struct import_state *st, const struct schema_type *t,
                  void *ret); /* may be st->rec */

/* ---- an import under way ---- */

struct import_batch; /* opaque; import_batch.c */

struct import {
    const struct import_options *o;
    const char *path;
    struct import_convert how;
    struct import_report report;
    uint64_t rejects[REJECT_KINDS];
    struct import_batch *batch;
    struct progress progress;
    uint64_t taken; /* rows that were not refused */
};

/* Refuse one row: count it and write its line. RC_IO. */
int import_reject(struct import *im, uint64_t line, enum import_reject why,
                  struct str detail, struct err *e) MUST_CHECK;
/* Put the reasons that occurred into the report. */
void import_reasons(struct import *im);

/* RC_DENIED: the API alone writes to it. */
int import_store_is_local(const struct store *st, struct err *e) MUST_CHECK;

/* The store of @o, or the one it gives when the first batch is full. */
int import_batch_open(struct import_batch **ret, const struct import_options *o,
                      struct err *e) MUST_CHECK;
void import_batch_close(struct import_batch *b);
/* Where the text of the next observation goes. Writes a full batch to the
 * store first, so that there is room for one more. */
int import_batch_room(struct import_batch *b, struct import_report *r,
                      struct arena **ret, struct err *e) MUST_CHECK;
/* Keep @obs, whose text lies in that arena. */
void import_batch_add(struct import_batch *b, const struct import_obs *obs);
/* Write what is left. */
int import_batch_flush(struct import_batch *b, struct import_report *r,
                       struct err *e) MUST_CHECK;

/* Settle the format by the columns of the first row or header. */
int import_settle(struct import *im, uint64_t columns, uint64_t line,
                  struct err *e) MUST_CHECK;
/* Convert one row and hand it to the batch, or refuse it. */
int import_take(struct import *im, const struct import_row *row,
                struct err *e) MUST_CHECK;
/* The same for an observation that is ready; text is copied. */
int import_take_obs(struct import *im, const struct import_obs *obs,
                    struct err *e) MUST_CHECK;
/* RC_CANCELLED when somebody asked to stop. */
int import_go_on(const struct import *im, struct err *e) MUST_CHECK;

/* ---- readers ---- */

/* Bytes in, rows out through import_take(). Feed, then finish once. */
struct import_reader {
    int (*feed)(void *ctx, struct str bytes, struct err *e);
    int (*finish)(void *ctx, struct err *e);
    void (*close)(void *ctx);
    void *ctx;
};
int import_table_open(struct import_reader *ret, struct import *im,
                      struct err *e) MUST_CHECK;
int import_json_open(struct import_reader *ret, struct import *im,
                     struct err *e) MUST_CHECK;

/* One answer of the API that starts at @line. RC_INPUT when it is none that
 * tells videos or channels. */
int import_page(struct import *im, struct str body, uint64_t line,
                struct err *e) MUST_CHECK;

enum { IMPORT_FIELDS_MAX = 256 };

/* One record of a CSV file. */
struct import_record {
    uint64_t line;            /* physical line where it starts, from 1 */
    bool too_long;            /* fields are not told */
    size_t n;                 /* fields in the record; only the first
                                 IMPORT_FIELDS_MAX are kept */
    const struct str *fields; /* borrowed for the call */
};
typedef int (*import_record_fn)(void *ctx, const struct import_record *r,
                                struct err *e);

struct import_csv; /* opaque; import_csv.c */
int import_csv_open(struct import_csv **ret, import_record_fn fn, void *ctx,
                    struct err *e) MUST_CHECK;
/* Returns the callback's code when it is not RC_OK. */
int import_csv_feed(struct import_csv *c, struct str bytes,
                    struct err *e) MUST_CHECK;
/* The last record may lack its line feed or its closing quote. */
int import_csv_finish(struct import_csv *c, struct err *e) MUST_CHECK;
void import_csv_close(struct import_csv *c);

/* Splits bytes into lines; too long a line is told once, without text. */
struct import_lines {
    struct buf line; /* the unfinished line */
    uint64_t number; /* of that line, from 1 */
};
typedef int (*import_line_fn)(void *ctx, uint64_t number, struct str line,
                              bool too_long, struct err *e);
void import_lines_init(struct import_lines *l);
void import_lines_fini(struct import_lines *l);
int import_lines_feed(struct import_lines *l, struct str bytes,
                      import_line_fn fn, void *ctx, struct err *e) MUST_CHECK;
int import_lines_finish(struct import_lines *l, import_line_fn fn, void *ctx,
                        struct err *e) MUST_CHECK;

#endif
