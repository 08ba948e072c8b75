/*
 * store/store.h - the truth: records, a change feed, counters, documents.
 *
 * Twelve verbs over any back end (sqlite:, mongodb:, mem:); leases,
 * sources, reports and rank epochs are written once above them (above.h).
 *
 * Durability. A verb that returns RC_OK is atomic and visible to every later
 * call of every process. Records survive the death of the process
 * (kill -9) at once and a power failure up to the last counter or document
 * write; counters and documents survive both. Who writes records and a
 * frontier document writes the records first.
 *
 * Failing. Any verb may return, beside the codes it names, RC_IO, RC_DOWN (the
 * server is away, or another writer held the store for too long), RC_CORRUPT
 * and RC_NOMEM; then nothing was written. A verb that writes may return
 * RC_UNKNOWN when the answer was lost on its way: it may have happened or not.
 * What to do then stands with each verb. sqlite: knows no RC_UNKNOWN.
 *
 * Blocking. A verb may wait for another writer, or for a server to find its
 * new primary, up to 30 s before it gives up; a back end repeats what it can
 * repeat without harm itself, so a caller need not.
 *
 * Threads: any verb from any thread; close from one, last. A callback may
 * call any verb of the same store; what it writes, the visit under way does
 * not see.
 */
#ifndef SVF_STORE_STORE_H
#define SVF_STORE_STORE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clk.h"
#include "base/err.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store; /* opaque */

/* For ever: live = only the YouTube API writes it; local = all else. */
enum store_kind { STORE_LOCAL = 1, STORE_LIVE = 2 };

struct store_options {
    const char *uri;      /* "sqlite:/path/svf.db", "mem:",
                             "mongodb://host/name" */
    bool create;          /* make it when absent */
    bool upgrade;         /* bring up what an older version made; RC_CONFIG
                             when that is needed, but not asked for */
    bool read_only;       /* refuse every write with RC_DENIED */
    enum store_kind kind; /* of a store that is made now */
    struct clk *clk;      /* borrowed */
    uint64_t feed_keep;   /* change rows kept, 0 = 1,000,000; a back end that
                             follows a server's log cannot keep to it */
};

/* First thing in main(). The MongoDB driver names a piece of shared memory
 * after the process when it is loaded; without the name a killed process leaves
 * nothing behind, of which the next one with its number would be warned. */
void store_process_begin(void);

/*
 * RC_NOTFOUND no such store and !create · RC_CONFIG uri not understood, or
 * its back end is not built in · RC_DOWN server away · RC_DENIED no
 * permission · RC_CORRUPT not a store, damaged, or made by a newer version
 * (said) · RC_IO.
 */
int store_open(struct store **ret, const struct store_options *o,
               struct err *e) MUST_CHECK;
void store_close(struct store *s);
enum store_kind store_kind(const struct store *s);
const char *store_uri(const struct store *s); /* without any password */

enum { STORE_ID_BYTES = 16 };
/* Which store it is: STORE_ID_BYTES random bytes made with it. They stay when
 * it is opened by another name, moved, backed up or restored; a copy made by
 * store_copy() is a store of its own. */
const unsigned char *store_id(const struct store *s);

/* ---- records ---- */

enum store_outcome {
    STORE_NEW = 1,   /* the key was not there */
    STORE_UPDATED,   /* a fact changed */
    STORE_UNCHANGED, /* at most stats_at and text_at moved on */
    STORE_STALE,     /* stored stats_at is later: nothing was changed */
    STORE_FENCED     /* the record carries a larger fence: nothing changed */
};

enum {
    STORE_BATCH_MAX = 5000, /* records or keys in one call */
    STORE_ATOMIC_MAX = 1000 /* records that any back end writes at once: the
                               size up to which servers advise transactions */
};

/*
 * Merge @n records of type @t into the store, in order, all or none: so up to
 * STORE_ATOMIC_MAX. Of more, a back end over a server may write a front part
 * before it fails.
 *
 * @recs     n structs of t->size; have/clear of schema.h; validated by the
 *           caller (schema_validate); the same key may occur twice
 * @fence    token of the caller's lease, kept with each record; a put with
 *           a smaller token than the record's is STORE_FENCED; 0 = no lease:
 *           never refused, and the record keeps the token it has
 * @ret      one outcome a record
 *
 * A change row goes to the feed for all but UNCHANGED without any moved
 * field, STALE and FENCED. RC_INPUT (more than STORE_BATCH_MAX, stray bits):
 * nothing was written.
 * RC_UNKNOWN  put again: harmless, but then NEW may read UNCHANGED
 */
int store_put(struct store *s, const struct schema_type *t, const void *recs,
              size_t n, uint64_t fence, enum store_outcome *ret,
              struct err *e) MUST_CHECK;

/*
 * Read the records of @n keys, as one snapshot. found[i] tells whether recs[i]
 * was filled.
 * @cols     bits of the fields wanted, ~0 = all; what is not wanted is
 *           not in have
 * Text is copied into @arena.
 */
int store_get(struct store *s, const struct schema_type *t,
              const uint64_t (*keys)[2], size_t n, uint64_t cols,
              struct arena *arena, void *recs, bool *found,
              struct err *e) MUST_CHECK;

/* Which records a scan visits. All zero = all of them. */
struct store_range {
    bool one_key; /* only records whose key[0] is this (samples of a video) */
    uint64_t key0;
    uint32_t part; /* one of `of` disjoint shares, for parallel scans */
    uint32_t of;   /* 0 = 1 */
};

/* @rec is borrowed for the call, its text too. Not RC_OK ends the scan. */
typedef int (*store_row_fn)(void *ctx, const void *rec);

/* Visit records in no promised order, each at most once, as one snapshot.
 * @range may be NULL. The shares stay the same while records are added: all
 * `of` parts together visit every record that was there before the first.
 * Returns the callback's code when it is not RC_OK. A scan over a server may
 * break off: RC_DOWN, the connection to it; RC_AGAIN, it did not keep the
 * snapshot to the end, five minutes by default. Begin again, with a faster
 * callback if it was that. */
int store_scan(struct store *s, const struct schema_type *t, uint64_t cols,
               const struct store_range *range, store_row_fn fn, void *ctx,
               struct err *e) MUST_CHECK;

/* Delete by key; absent keys are fine. @deleted may be NULL. A record with
 * a larger fence stays. Samples of a deleted video go with it. RC_UNKNOWN:
 * delete again; @deleted then counts what was left. */
int store_delete(struct store *s, const struct schema_type *t,
                 const uint64_t (*keys)[2], size_t n, uint64_t fence,
                 size_t *deleted, struct err *e) MUST_CHECK;

/* ---- change feed ---- */

/* An opaque position; may be kept in a file and read by another process. */
struct store_pos {
    uint16_t n;
    unsigned char bytes[510];
};

/* The position behind everything written so far. */
int store_feed_now(struct store *s, struct store_pos *ret,
                   struct err *e) MUST_CHECK;

typedef int (*store_change_fn)(void *ctx, const struct schema_type *t,
                               const uint64_t key[2]);

/*
 * Tell which videos and channels changed behind *@pos, oldest first, each
 * at least once (read the record to learn how; absent = deleted), and move
 * *@pos behind them. At most @max calls; waits up to @wait for the first.
 * Without a wait, all is told that was acknowledged before the call; with one,
 * a reader of a steady stream gets some of it, soon.
 * When @fn returns other than RC_OK, that is returned and *@pos stays.
 * Nothing came in time: RC_OK, *n = 0.
 * RC_LOST  history behind *@pos is gone (pruned, bulk import, restored
 *          store): take store_feed_now(), scan, go on from there
 */
int store_feed_read(struct store *s, struct store_pos *pos, size_t max,
                    dur_t wait, store_change_fn fn, void *ctx, size_t *n,
                    struct err *e) MUST_CHECK;

/* ---- counters ---- */

enum { STORE_KEY_MAX = 200 };

/*
 * Add @delta (may be 0 or negative) to counter @key, which begins at 0,
 * unless the sum would exceed @limit or fall below 0; durable on return.
 * @value  the counter afterwards, also on RC_LIMIT (then unchanged); may be
 *         NULL
 * RC_UNKNOWN  never add again: what may have been counted counts as used
 */
int store_count(struct store *s, const char *key, int64_t delta, int64_t limit,
                int64_t *value, struct err *e) MUST_CHECK;

typedef int (*store_count_fn)(void *ctx, const char *key, int64_t value);
/* Visit the counters whose key begins with @prefix, in key order. */
int store_counts(struct store *s, const char *prefix, store_count_fn fn,
                 void *ctx, struct err *e) MUST_CHECK;

/* ---- documents ---- */

enum { STORE_DOC_MAX = 8 * 1024 * 1024 };
#define STORE_DOC_ANY UINT64_MAX

/* Names are 1 to STORE_KEY_MAX bytes of UTF-8 without control characters
 * (RC_INPUT otherwise); order is that of their bytes.
 *
 * Read document @key: append to @body. RC_NOTFOUND; then *version is 0. @body
 * may be NULL. */
int store_doc_get(struct store *s, const char *key, struct buf *body,
                  uint64_t *version, struct err *e) MUST_CHECK;

/*
 * Replace @key if its version is still @expect (0 = must be absent,
 * STORE_DOC_ANY = whatever); body.p NULL deletes. Durable on return.
 * @version  the new version, 0 after a deletion; may be NULL. It grows by
 *           one with each write; a document that was deleted and made again
 *           never has a version that it had before
 * @fence    the document keeps the largest; 0 = no lease, as in store_put()
 * RC_EXISTS  another version is there · RC_FENCED  a larger fence is kept
 * RC_UNKNOWN  read the document: its body tells whether it is yours
 * RC_LIMIT  larger than STORE_DOC_MAX
 */
int store_doc_put(struct store *s, const char *key, uint64_t expect,
                  struct str body, uint64_t fence, uint64_t *version,
                  struct err *e) MUST_CHECK;

typedef int (*store_doc_fn)(void *ctx, const char *key, uint64_t version,
                            struct str body);
/* Visit documents whose key begins with @prefix, in key order. */
int store_doc_list(struct store *s, const char *prefix, store_doc_fn fn,
                   void *ctx, struct err *e) MUST_CHECK;

/* ---- figures ---- */

struct store_stats {
    uint64_t videos, channels, samples;
    uint64_t bytes; /* on disk, 0 = not known */
};
/* Counted by the back end without a full scan: exact, but a server may be off
 * after a crash of its own until it has counted anew. */
int store_stats(struct store *s, struct store_stats *ret,
                struct err *e) MUST_CHECK;

/* ---- for tests ---- */

/* Make the @nth write from now on (1 = the next) to a mem: store fail with
 * @code; 0 = none. It changes nothing, but with RC_UNKNOWN it happens and only
 * the answer is lost. Other stores ignore it. */
void store_mem_fail(struct store *s, uint64_t nth, int code);

#include "store/above.h"
#include "store/whole.h"

#endif
