/*
 * store/store_priv.h - what a back end fills in, and what all of them share.
 *
 * A back end is a struct that begins with struct store, and one table of
 * functions. store.c checks the arguments and the right to write before it
 * calls, so a back end only ever sees good ones. Merging and positions are
 * common code: two back ends cannot disagree about an outcome.
 *
 * For a back end over a server (mongodb:)
 *   - put: in one transaction read the records, store_merge(), write; the same
 *     key twice in a batch is merged in memory. A conflict or a lost
 *     connection before the commit: begin the batch again; an unknown commit:
 *     repeat the commit, and only then RC_UNKNOWN
 *   - feed: the position is the server's token behind 16 bytes of store id (or
 *     as store_place_pack() has it); only majority-committed changes are told.
 *     Errors after which the token is still good are not RC_LOST
 *   - del: the samples of a video go in its transaction; where there is no
 *     video, or it stays for its fence, they stay
 *   - versions of documents: keep the largest one that any deleted document
 *     had (`meta`, doc_floor) and begin behind it, so that none comes back
 *   - all keys compare as bytes; ids are the signed integers of the same bits
 */
#ifndef SVF_STORE_STORE_PRIV_H
#define SVF_STORE_STORE_PRIV_H

#include "store/store.h"

/* The front of every back end's own struct; filled by store_open(). */
struct store {
    const struct store_ops *ops;
    enum store_kind kind;             /* set by ops->open … */
    unsigned char id[STORE_ID_BYTES]; /* … and so is this */
    bool read_only;
    struct clk *clk;    /* borrowed */
    uint64_t feed_keep; /* change rows kept, at least 1 */
    char *uri;          /* owned */
};

/* The promises are those of store.h; every function is required. */
struct store_ops {
    const char *scheme; /* "sqlite": the part of the uri before ':' */
    /* Make a store of @place, the rest of the uri. On success *@ret is a
     * struct that begins with struct store; kind and id are set, the rest of
     * that front is store_open()'s. */
    int (*open)(struct store **ret, const struct store_options *o,
                const char *place, struct err *e) MUST_CHECK;
    /* Free all of it, the struct too. */
    void (*close)(struct store *s);

    int (*put)(struct store *s, const struct schema_type *t, const void *recs,
               size_t n, uint64_t fence, enum store_outcome *ret,
               struct err *e) MUST_CHECK;
    int (*get)(struct store *s, const struct schema_type *t,
               const uint64_t (*keys)[2], size_t n, uint64_t cols,
               struct arena *arena, void *recs, bool *found,
               struct err *e) MUST_CHECK;
    /* range->of is at least 1 and above range->part. */
    int (*scan)(struct store *s, const struct schema_type *t, uint64_t cols,
                const struct store_range *range, store_row_fn fn, void *ctx,
                struct err *e) MUST_CHECK;
    int (*del)(struct store *s, const struct schema_type *t,
               const uint64_t (*keys)[2], size_t n, uint64_t fence,
               size_t *deleted, struct err *e) MUST_CHECK;

    int (*feed_now)(struct store *s, struct store_pos *ret,
                    struct err *e) MUST_CHECK;
    int (*feed_read)(struct store *s, struct store_pos *pos, size_t max,
                     dur_t wait, store_change_fn fn, void *ctx, size_t *n,
                     struct err *e) MUST_CHECK;

    int (*count)(struct store *s, const char *key, int64_t delta, int64_t limit,
                 int64_t *value, struct err *e) MUST_CHECK;
    int (*counts)(struct store *s, const char *prefix, store_count_fn fn,
                  void *ctx, struct err *e) MUST_CHECK;

    /* @body may be NULL; RC_NOTFOUND leaves *version alone. */
    int (*doc_get)(struct store *s, const char *key, struct buf *body,
                   uint64_t *version, struct err *e) MUST_CHECK;
    int (*doc_put)(struct store *s, const char *key, uint64_t expect,
                   struct str body, uint64_t fence, uint64_t *version,
                   struct err *e) MUST_CHECK;
    int (*doc_list)(struct store *s, const char *prefix, store_doc_fn fn,
                    void *ctx, struct err *e) MUST_CHECK;

    int (*stats)(struct store *s, struct store_stats *ret,
                 struct err *e) MUST_CHECK;
    bool estimates; /* stats: off after a crash until it has counted anew */
    /* Tell @fn what is wrong in the back end's own structures,
     * STORE_FINDINGS_MAX of a kind at least. Fails only when it cannot look. */
    int (*check)(struct store *s, store_finding_fn fn, void *ctx,
                 struct err *e) MUST_CHECK;
};
extern const struct store_ops store_mem_ops, store_sqlite_ops;
/* Only where SVF_WITH_MONGO is defined. */
extern const struct store_ops store_mongo_ops, store_mongo_srv_ops;
void store_mongo_process_begin(void);

enum {
    STORE_TYPES = 3,           /* video, channel, sample */
    STORE_FEED_KEEP = 1000000, /* change rows: ten days of a busy miner */
    STORE_FEED_PART = 4096     /* rows a feed read takes at a time */
};
/* The record types in the order of their numbers on disk, from 0. */
const struct schema_type *store_type_at(size_t i);
/* The number of @t, or STORE_TYPES when it is none of them. */
size_t store_type_index(const struct schema_type *t);
/* Do changes of @t go to the feed? Samples do not. */
bool store_type_in_feed(const struct schema_type *t);

/* ---- merging ---- */

struct store_merge {
    enum store_outcome outcome;
    uint64_t moved; /* fields whose value or presence changes */
    uint64_t fence; /* to keep with the record */
};

/*
 * Decide what becomes of the stored record when @in is put.
 * @stored  NULL when there is none; else every field that @in names is
 *          loaded if it is there
 */
struct store_merge store_merge(const struct schema_type *t, const void *stored,
                               uint64_t stored_fence, const void *in,
                               uint64_t fence);
/* Carry out @m on @rec (the stored record, or an empty one); text stays
 * borrowed from @in. Key and clear are set too. */
void store_merge_apply(const struct schema_type *t, const struct store_merge *m,
                       void *rec, const void *in);
/* Is there a row for the feed in @m? */
bool store_merge_told(const struct store_merge *m);
/* May the holder of @fence change what carries @kept? */
static inline bool store_fence_ok(uint64_t kept, uint64_t fence)
{
    return fence == 0 || fence >= kept;
}
/* The bits of the fields of @t that lie in the wide part. */
uint64_t store_wide_bits(const struct schema_type *t);
/* All bits that @t has. */
uint64_t store_all_bits(const struct schema_type *t);

/* ---- positions ---- */

/* A row of the feed. seq 0 = before the first, then type and key are 0. */
struct store_change {
    uint64_t seq;
    uint32_t type; /* number of the record type */
    uint64_t key[2];
};

/* A place in the feed of one store. It repeats the row it stands on, so
 * that a store put back from an older copy is told from the one it was. */
struct store_place {
    unsigned char store[STORE_ID_BYTES]; /* store_id() */
    struct store_change row;
};
void store_place_pack(const struct store_place *p, struct store_pos *ret);
/* False when @pos was not written by store_place_pack(). */
bool store_place_unpack(const struct store_pos *pos, struct store_place *ret);

#endif
