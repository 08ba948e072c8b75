/*
 * search/search.h - the index: derived from the store, follows its feed,
 * answers queries without opening it, and ranks.
 *
 * A struct search holds one immutable snapshot at a time; queries pin it,
 * refreshes replace it. Threads: search_run(), search_each() and the getters
 * from any; open, refresh, save, rank and close from one owner.
 */
#ifndef SVF_SEARCH_SEARCH_H
#define SVF_SEARCH_SEARCH_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clk.h"
#include "base/ctr.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "ratio/ratio.h"
#include "schema/schema.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern struct ctr_table search_counters;

/* ---- the index ---- */

struct search; /* opaque */

struct search_options {
    struct store *store;      /* borrowed */
    const char *segment_path; /* file of the base segment; NULL = memory only */
    bool no_text;             /* leave out words: for rank jobs */
    struct clk *clk;          /* borrowed */
    struct log *log;          /* may be NULL */
    int progress_fd;          /* -1 = silent */
    int threads;
    const atomic_bool *stop; /* may be NULL */
};

/*
 * Open the segment file if it is good and belongs to this store, else scan
 * the store; then follow the feed up to now and take the current rank epoch.
 * A damaged file is renamed aside with a warning and rebuilt.
 */
int search_open(struct search **ret, const struct search_options *o,
                struct err *e) MUST_CHECK;
void search_close(struct search *s);
/* Take what changed since (and a new rank epoch); *changed tells whether a
 * new snapshot was published. Rebuilds by itself when the feed is LOST.
 * RC_CANCELLED when options.stop ends it with more to take; what was
 * published until then stays. */
int search_refresh(struct search *s, dur_t wait, bool *changed,
                   struct err *e) MUST_CHECK;
/* Write the segment file (replace by rename). */
int search_save(struct search *s, struct err *e) MUST_CHECK;

struct search_info {
    uint64_t videos;         /* searchable */
    uint64_t epoch_id;       /* 0 = never ranked */
    int64_t computed_at;     /* s, of the epoch */
    int64_t as_of;           /* s, last refresh */
    uint64_t bytes;          /* memory of columns, postings, ranks */
    uint64_t version;        /* grows with each snapshot, over restarts too */
    uint64_t digest;         /* of all that is searchable: the same on every
                                machine that holds the same, so it belongs in
                                ETags together with epoch_id */
    int64_t oldest_stats_at; /* s, 0 = none */
};
void search_info(struct search *s, struct search_info *ret);

/* ---- rank job ---- */

struct search_rank_report {
    uint64_t epoch_id, videos;
    struct {
        uint64_t eligible, unknown;
        size_t buckets;
    } ratio[RATIO_COUNT];
    double cpu_ns_per_record; /* of ratio_rank(), all ratios together */
};
/* Rank the index's population, publish the epoch in the store, and take it.
 * @rebuild_edges  false: keep the edges of the current epoch, if any, while
 *                 every bucket stays within [n_min/2, 4 n_min + one cell] */
int search_rank(struct search *s, const struct ratio_options *o,
                bool rebuild_edges, uint64_t fence,
                struct search_rank_report *ret, struct err *e) MUST_CHECK;
void search_rank_json(const struct search_rank_report *r, struct buf *out);

/* The current epoch's table of ratio @r, copied; n_buckets 0 = none.
 * Free with ratio_table_close(). */
int search_table(struct search *s, enum ratio_id r, struct ratio_table **ret,
                 struct err *e) MUST_CHECK;

/* ---- query ---- */

enum search_sort {
    SORT_PERCENTILE = 1,
    SORT_RATIO,
    SORT_VIEWS,
    SORT_PUBLISHED,
    SORT_DURATION,
    SORT_RELEVANCE,
    SORT_RANDOM,
    SORT_LIKES,
    SORT_ID,
    SORT_DISLIKES,
    SORT_COMMENTS
};
enum {
    SEARCH_SORTS = 3,
    SEARCH_IDS_MAX = 500,
    SEARCH_Q_MAX = 512,
    SEARCH_LIMIT_MAX = 100
};

struct search_range {
    bool has_min, has_max;
    uint64_t min, max; /* inclusive */
};

/* One question; everything but defaults comes from search_query_set(). */
struct search_query {
    char q[SEARCH_Q_MAX + 1];
    uint64_t *ids;
    size_t n_ids;
    bool by_ids; /* owned */
    struct cid *channels;
    size_t n_channels;   /* owned */
    uint64_t categories; /* bit c; 0 = any */
    char languages[256]; /* comma list, "" = any */
    struct search_range duration, views, likes;
    int64_t published_from, published_to; /* s, half open; 0 = open */
    enum ratio_id ratio;
    bool ratio_given;
    double top, bottom; /* percent; 0 = not asked */
    uint64_t min_votes;
    bool no_live, no_shorts, no_kids, no_unavailable;
    struct {
        enum search_sort by;
        bool down;
    } sort[SEARCH_SORTS];
    size_t n_sort;
    uint64_t seed;  /* of SORT_RANDOM */
    uint64_t limit; /* default 20 */
    char cursor[256];
    char fields[512]; /* sparse fields, comma list; "" = all */
    uint64_t given;   /* bits of parameters seen: no repeats */
    uint64_t asked;   /* digest of names and values, but for limit,
                         cursor and fields: a cursor's own query */
    bool plain;       /* ratios may not be told, and are not asked for:
                         the default sort is by relevance if there are
                         words, then by publication; set by the caller */
};
void search_query_init(struct search_query *q);
void search_query_fini(struct search_query *q);

/* A parameter as the HTTP API knows it, for its description. */
struct search_param {
    const char *name;
    const char *alias_of; /* NULL = it is the name itself */
    const char *type;     /* "string", "integer", "number" */
    const char *allowed;  /* what would do, one line */
    const char *help;     /* one line */
    bool built;           /* false: refused as "not built yet" */
};
extern const struct search_param search_params[];
extern const size_t search_params_n;

/* What was wrong with a parameter, for problem+json. */
struct search_problem {
    char parameter[40];
    char reason[160];
    char allowed[240]; /* "" = nothing to list */
};

/*
 * Set one parameter by its name in the HTTP API ("durationMin", "top", …;
 * the table is search/params.def). Used by the API and by the options of
 * the command line alike.
 * @now  for relative dates ("-30d")
 * RC_INPUT  unknown (nearest name told), repeated, bad value, or not built
 *           yet; @problem filled when not NULL
 */
int search_query_set(struct search_query *q, struct str name, struct str value,
                     wall_t now, struct search_problem *problem,
                     struct err *e) MUST_CHECK;
/* After the last parameter: min > max, too many sorts, top with bottom. */
int search_query_check(const struct search_query *q,
                       struct search_problem *problem,
                       struct err *e) MUST_CHECK;
/* Does it ask for ratios (top, bottom, ratio, sort by them, minVotes)? */
bool search_query_derived(const struct search_query *q);

/* ---- result ---- */

/* What the index knows of a video's place in one ratio. */
struct search_rank {
    uint32_t q;                        /* RATIO_NO_RANK = none */
    uint64_t a, c;                     /* the two counts */
    const struct ratio_bucket *bucket; /* NULL = none; its n and quantiles
                                          are those of this index now */
    uint32_t bucket_no;
    uint64_t place; /* t: better videos in the bucket */
};

struct search_item {
    struct video v; /* facts; text is borrowed from the result */
    struct search_rank rank[RATIO_COUNT];
    double score;     /* relevance, 0 without words */
    const void *snap; /* private: the pinned snapshot … */
    uint32_t number;  /* … and the video's number there */
};

struct search_result {
    struct search_item *items;
    size_t n;
    uint64_t total;            /* exact */
    char next_cursor[256];     /* "" = this was the last page */
    struct search_info info;   /* of the snapshot that answered */
    uint64_t unknown_duration; /* left out because a duration was asked */
    uint64_t unknown_published;
    uint64_t unknown_rank; /* left out: no rank in the asked ratio */
    /* kept, although nobody knows whether `exclude` means them */
    struct {
        uint64_t shorts, live, kids, unavailable;
    } kept_unknown;
    bool one_bucket; /* all ranked videos share one bucket */
    void *pin;       /* private */
};

/*
 * Answer @q. The result is the caller's until search_result_fini().
 * RC_INPUT  bad cursor, or one of another query
 * RC_LOST   the cursor's rank epoch is older than the previous one (410)
 */
int search_run(struct search *s, const struct search_query *q,
               struct search_result *ret, struct err *e) MUST_CHECK;
void search_result_fini(struct search *s, struct search_result *r);

/* Visit every match in order of id (unsigned), without limit or cursor; the
 * item is borrowed for the call, its score is 0. */
typedef int (*search_item_fn)(void *ctx, const struct search_item *item);
int search_each(struct search *s, const struct search_query *q,
                search_item_fn fn, void *ctx, struct err *e) MUST_CHECK;

/* ---- items as text ---- */

enum { SEARCH_COLUMNS_MAX = 96 };
/* Columns chosen by name: item names, the short names views likes dislikes
 * comments duration published, q.<ratio>, bucket.<ratio>, and dotted ones
 * (ratios.likesViews.percentile). */
struct search_columns {
    bool all;     /* nothing was asked for: whole items */
    bool derived; /* with ratios */
    size_t n;
    int id[SEARCH_COLUMNS_MAX];
    char header[SEARCH_COLUMNS_MAX][48]; /* as asked */
};
/* "" or NULL = all of the item. RC_INPUT names the nearest. */
int search_columns_parse(struct str list, struct search_columns *ret,
                         struct err *e) MUST_CHECK;
bool search_columns_derived(const struct search_columns *c);
void search_columns_drop_derived(struct search_columns *c);
/* A CSV line (RFC 4180, LF), an NDJSON line; absent = empty, null. */
void search_csv_header(const struct search_columns *c, struct buf *out);
void search_csv_item(const struct search_columns *c,
                     const struct search_item *item, struct buf *out);
void search_ndjson_item(const struct search_columns *c,
                        const struct search_item *item, struct buf *out);
/* The API's whole item as one JSON object; @fields as in the query;
 * @derived false leaves `ratios` out. */
void search_item_json(struct jsonw *w, const struct search_item *item,
                      const char *fields, bool derived);
/* "46:1" for likes/dislikes, "4.2 %" for the rest; "-" unknown. */
void search_ratio_text(enum ratio_id r, const struct search_rank *k,
                       char out[static 32]);

#endif
