/*
 * search/snap_priv.h - what a query sees: segments, facts, ranks, all frozen.
 */
#ifndef SVF_SEARCH_SNAP_PRIV_H
#define SVF_SEARCH_SNAP_PRIV_H

#include "base/thr.h"
#include "ratio/ratio.h"
#include "search/build_priv.h"
#include "search/search.h"
#include "search/seg_priv.h"

/* A base and what came since. */
enum { PARTS_MAX = 2 };

/* ---- rank epochs ---- */

/* Edges and priors as published; shared by reference count. */
struct epoch {
    _Atomic int refs;
    uint64_t id;
    int64_t computed_at;                    /* s */
    struct ratio_table *table[RATIO_COUNT]; /* never NULL */
};
struct epoch *epoch_ref(struct epoch *x);
void epoch_unref(struct epoch *x);
/* As a document of the store, and back. RC_CORRUPT tells what is wrong. */
int epoch_write(const struct epoch *x, struct buf *out,
                struct err *e) MUST_CHECK;
int epoch_parse(struct epoch **ret, struct str json, uint64_t id,
                struct err *e) MUST_CHECK;
/* A copy of @t; RC_NOMEM. */
int table_copy(const struct ratio_table *t, struct ratio_table **ret,
               struct err *e) MUST_CHECK;

/* ---- snapshots ---- */

/* Places of all documents in one ratio. Documents are numbered through all
 * parts: part->first + doc. */
struct ranking {
    uint32_t *q;     /* RATIO_NO_RANK: not eligible, or dead */
    uint32_t *order; /* ranked ones by (bucket, place), then the unranked
                        living ones; n_order in all */
    uint32_t n_ranked, n_order;
    uint64_t *start;           /* per bucket: where it begins in order */
    struct ratio_table *table; /* the epoch's edges, counts of these rows */
};

struct snap {
    _Atomic int refs;
    struct part part[PARTS_MAX];
    size_t n_parts;
    uint32_t n; /* documents, dead ones too */
    uint32_t live;
    struct epoch *epoch; /* NULL = never ranked */
    struct ranking rank[RATIO_COUNT];
    double mean_len; /* words of a living title */
    uint64_t digest;
    struct search_info info; /* all but as_of */
};

/*
 * Make a snapshot of @parts (references are taken over, also on failure)
 * and rank it by @epoch (a reference is taken; NULL = no ranks).
 */
int snap_make(struct snap **ret, const struct part *parts, size_t n_parts,
              struct epoch *epoch, int threads, struct err *e) MUST_CHECK;
void snap_unref(struct snap *s);
/* The part that holds document @g. */
static inline const struct part *snap_part(const struct snap *s, uint32_t g)
{
    return s->n_parts > 1 && g >= s->part[1].first ? &s->part[1] : &s->part[0];
}
/* The living document of @id over all parts, or DOC_NONE. */
uint32_t snap_find(const struct snap *s, uint64_t id);

/* ---- ranks ---- */

/* All rows of a snapshot by flat column; unknown = RATIO_UNKNOWN. */
struct rows {
    uint32_t n;
    uint64_t *id, *count[4]; /* views, likes, dislikes, comments */
};
int rows_make(const struct snap *s, struct rows *ret, struct err *e) MUST_CHECK;
void rows_fini(struct rows *r);
/* The rows as ratio @r wants them; borrowed. */
struct ratio_rows rows_of(const struct rows *r, enum ratio_id id);
/* The two counts of a document, unknown where they may not be ranked. */
void rank_counts(const struct facts *f, uint32_t doc, enum ratio_id r,
                 uint64_t *a, uint64_t *c);
/* Fill s->rank from s->epoch. */
int snap_rank(struct snap *s, int threads, struct err *e) MUST_CHECK;
void ranking_fini(struct ranking *k);
/* What a query's item tells of document @g in ratio @r. */
void snap_place(const struct snap *s, uint32_t g, enum ratio_id r,
                struct search_rank *ret);
/* First and last place of those that tie with @g, which has rank @k. */
void snap_ties(const struct snap *s, enum ratio_id r,
               const struct search_rank *k, uint64_t *first, uint64_t *last);
/* All that is told of document @g. */
void snap_item(const struct snap *s, uint32_t g, float score,
               struct search_item *ret);

/* ---- the index ---- */

struct search {
    struct search_options o;
    char *path;            /* copy of o.segment_path, or NULL */
    uint64_t store;        /* digest of store_id() */
    struct mtx mu;         /* guards snap and the references it gives */
    struct snap *snap;     /* NULL only while opening */
    _Atomic int64_t as_of; /* s, last refresh */

    /* the owner's alone */
    struct store_pos pos;  /* of the feed; all behind it is in snap */
    uint64_t bad_epoch;    /* id of an epoch that cannot be read, 0 = none */
    struct seg_meta saved; /* of the file that holds the current base */
    uint64_t saved_digest; /* what it held */
    uint64_t unsaved;      /* changes read since */
};

/* Was it asked to stop? Threads: any. */
static inline bool search_stopped(const struct search *s)
{
    return s->o.stop && *s->o.stop;
}
/* Pin the current snapshot. Threads: any. */
struct snap *search_pin(struct search *s);
/* Make @snap (taken) the current one. Owner only. */
void search_publish(struct search *s, struct snap *snap);
/* Rank @parts (taken) by @epoch and publish them. */
int search_replace(struct search *s, const struct part *parts, size_t n,
                   struct epoch *epoch, struct err *e) MUST_CHECK;
/* References to the parts of @snap; the caller's. */
size_t parts_ref(const struct snap *snap, struct part out[PARTS_MAX]);
void parts_unref(const struct part *parts, size_t n);
/* A clean segment as a part; the reference is taken. */
struct part part_of(struct seg *seg);

/* Read all records of the store into one segment; *@pos is where the feed
 * stood before. */
int search_scan(struct search *s, struct store_pos *pos, struct seg **ret,
                struct err *e) MUST_CHECK;
/* The store's epoch: @have (may be NULL) when it is still that one. The
 * reference is the caller's; NULL = none. An epoch that cannot be read is
 * told to the log and @have stays. */
int search_epoch(struct search *s, struct epoch *have, struct epoch **ret,
                 struct err *e) MUST_CHECK;
/* search_refresh() once; *more: the feed has more to tell. RC_CANCELLED when
 * stopped in between: nothing of this round is published then. */
int search_follow(struct search *s, dur_t wait, bool *changed, bool *more,
                  struct err *e) MUST_CHECK;

/* ---- counters ---- */

enum {
#define CTR CTR_ENUM
#include "search/counters.def"
#undef CTR
};
extern struct ctr search_ctr[];

#endif
