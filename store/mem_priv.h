/*
 * store/mem_priv.h - the parts of the mem: store: a table of records and
 * two sorted lists, which do not lock, and the store around them.
 */
#ifndef SVF_STORE_MEM_PRIV_H
#define SVF_STORE_MEM_PRIV_H

#include "store/store_priv.h"

#include "base/thr.h"

#include <stdalign.h>
#include <stdatomic.h>

/* ---- records ---- */

/* A stored record: one block with its text behind it; never changed after
 * it was made, so that a scan may read it without the lock. */
struct mem_rec {
    _Atomic unsigned refs;
    uint64_t fence;
    alignas(max_align_t) unsigned char rec[];
};

/* Copy @rec with all of its text; one reference. NULL: no memory. */
struct mem_rec *mem_rec_make(const struct schema_type *t, const void *rec,
                             uint64_t fence);
void mem_rec_ref(struct mem_rec *r);
void mem_rec_unref(struct mem_rec *r); /* NULL is fine */
static inline const uint64_t *mem_rec_key(const struct mem_rec *r)
{
    return ((const struct schema_head *)(const void *)r->rec)->key;
}

/* A hash table by the first word of the key, so that all records with that
 * word (the samples of a video) lie in one run of used slots. */
struct mem_table {
    struct mem_rec **slot; /* NULL = free */
    size_t cap;            /* a power of two, at least 4/3 of used; or 0 */
    size_t used;
};

void mem_table_fini(struct mem_table *t);
/* Make room for @n more, so that mem_table_put() cannot fail. */
bool mem_table_reserve(struct mem_table *t, size_t n) MUST_CHECK;
struct mem_rec *mem_table_get(const struct mem_table *t, const uint64_t key[2]);
/* Put @r (taken) under its key; returns what was there, now the caller's. */
struct mem_rec *mem_table_put(struct mem_table *t, struct mem_rec *r);
/* Take the record of @key out; NULL when there is none. */
struct mem_rec *mem_table_take(struct mem_table *t, const uint64_t key[2]);
/* Any record whose first key word is @key0, or NULL. */
struct mem_rec *mem_table_any(const struct mem_table *t, uint64_t key0);

/* ---- counters and documents ---- */

/* A counter or a document. */
struct mem_item {
    char *key;        /* owned */
    int64_t value;    /* of a counter */
    uint64_t version; /* of a document */
    uint64_t fence;   /* of a document */
    char *body;       /* owned; of a document */
    size_t body_n;
};

/* Sorted by key as bytes. */
struct mem_list {
    struct mem_item *items; /* owned */
    size_t n, cap;
};

void mem_list_fini(struct mem_list *l);
/* The place of the first item not before @key. */
size_t mem_list_at(const struct mem_list *l, const char *key);
struct mem_item *mem_list_get(const struct mem_list *l, const char *key);
/* Add an item for @key, which must be absent. NULL: no memory. */
struct mem_item *mem_list_add(struct mem_list *l, const char *key);
void mem_list_remove(struct mem_list *l, struct mem_item *item);
/* Copy all items whose key begins with @prefix to *@ret, an empty list. */
bool mem_list_copy(const struct mem_list *l, const char *prefix,
                   struct mem_list *ret) MUST_CHECK;

/* ---- the store ---- */

struct mem {
    struct store base; /* first */
    struct mtx mu;
    struct cnd changed; /* the feed grew */
    struct mem_table table[STORE_TYPES];
    struct store_change *ring; /* the change numbered q is at q % cap */
    size_t ring_cap;           /* grows up to feed_keep */
    uint64_t last;             /* number of the newest change, 0 = none */
    uint64_t first;            /* number of the oldest one kept */
    struct mem_list counters;
    struct mem_list docs;
    uint64_t doc_floor; /* largest version of a deleted document */
    uint64_t fail_nth;  /* writes until the one that fails; 0 = none */
    int fail_code;
    bool lose_answer; /* the write under way succeeds with RC_UNKNOWN */
};

static inline struct mem *mem_of(struct store *s)
{
    return (struct mem *)s;
}
int mem_no_memory(struct err *e);
/* Is this the write that a test wants to fail? Asked before it begins. */
int mem_injected_locked(struct mem *m, struct err *e) NEEDS(m->mu);
/* What the caller of a write that ended with @rc gets to know. */
int mem_answer_locked(struct mem *m, int rc, struct err *e) NEEDS(m->mu);
/* Make room, so that @n calls of mem_tell_locked() lose nothing young. */
bool mem_ring_reserve_locked(struct mem *m, size_t n) NEEDS(m->mu);
/* Add a change of record @key to the feed; wakes who waits for it. */
void mem_tell_locked(struct mem *m, size_t type, const uint64_t key[2])
    NEEDS(m->mu);

/* ---- the verbs, as in struct store_ops ---- */

int mem_put(struct store *s, const struct schema_type *t, const void *recs,
            size_t n, uint64_t fence, enum store_outcome *ret, struct err *e);
int mem_del(struct store *s, const struct schema_type *t,
            const uint64_t (*keys)[2], size_t n, uint64_t fence,
            size_t *deleted, struct err *e);
int mem_get(struct store *s, const struct schema_type *t,
            const uint64_t (*keys)[2], size_t n, uint64_t cols,
            struct arena *arena, void *recs, bool *found, struct err *e);
int mem_scan(struct store *s, const struct schema_type *t, uint64_t cols,
             const struct store_range *range, store_row_fn fn, void *ctx,
             struct err *e);
int mem_feed_now(struct store *s, struct store_pos *ret, struct err *e);
int mem_feed_read(struct store *s, struct store_pos *pos, size_t max,
                  dur_t wait, store_change_fn fn, void *ctx, size_t *n,
                  struct err *e);
int mem_count(struct store *s, const char *key, int64_t delta, int64_t limit,
              int64_t *value, struct err *e);
int mem_counts(struct store *s, const char *prefix, store_count_fn fn,
               void *ctx, struct err *e);
int mem_doc_get(struct store *s, const char *key, struct buf *body,
                uint64_t *version, struct err *e);
int mem_doc_put(struct store *s, const char *key, uint64_t expect,
                struct str body, uint64_t fence, uint64_t *version,
                struct err *e);
int mem_doc_list(struct store *s, const char *prefix, store_doc_fn fn,
                 void *ctx, struct err *e);

#endif
