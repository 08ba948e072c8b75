/*
 * store/copy_records.c - records of one store into another: shares of a scan,
 * and what the feed tells.
 *
 * Rules
 *   1. a record is put with every field it lacks cleared: what was there
 *      before does not shine through
 *   2. a record that is younger there than here is no better: it goes and
 *      comes anew. Its samples go with it, so samples are brought later.
 *   3. putting and deleting again is harmless, so what was interrupted is
 *      simply done again
 *
 * Threads: one.
 */
#include "store/copy_priv.h"

#include <stdlib.h>

enum {
    FOLLOW_KEYS = 128, /* changes brought together */
    FOLLOW_TEXT = FOLLOW_KEYS * 64 * SCHEMA_TEXT_MAX
};

/* ---- put and delete ---- */

static int put_again(struct copier *c, const struct schema_type *t,
                     const void *recs, size_t n, enum store_outcome *out)
{
    int rc = RC_UNKNOWN;
    for (int i = 0; i < COPY_TRIES && rc == RC_UNKNOWN; i++)
        rc = store_put(c->to, t, recs, n, c->pulse.lease.token, out, c->e);
    return rc;
}

int copy_delete(struct copier *c, const struct schema_type *t,
                const uint64_t (*keys)[2], size_t n)
{
    size_t gone = 0;
    int rc = RC_UNKNOWN;
    for (int i = 0; i < COPY_TRIES && rc == RC_UNKNOWN; i++)
        rc = store_delete(c->to, t, keys, n, c->pulse.lease.token, &gone, c->e);
    c->r.written += gone;
    return rc;
}

int copy_fenced(struct copier *c)
{
    return err_set(c->e, RC_FENCED, "somebody else copies into %s now",
                   store_uri(c->to));
}

/* Rule 2, and what a newer lease of the store left alone. */
static int put_one(struct copier *c, const struct schema_type *t,
                   const struct schema_head *rec, enum store_outcome out)
{
    const uint64_t key[1][2] = { { rec->key[0], rec->key[1] } };
    int rc = RC_OK;
    c->r.written += out != STORE_UNCHANGED;
    if (out == STORE_STALE)
        rc = copy_delete(c, t, key, 1);
    if (!rc && out == STORE_STALE)
        rc = put_again(c, t, rec, 1, &out);
    return !rc && out == STORE_FENCED ? copy_fenced(c) : rc;
}

int copy_put(struct copier *c, const struct schema_type *t, void *recs,
             size_t n)
{
    enum store_outcome out[STORE_ATOMIC_MAX];
    char *at = recs;
    for (size_t i = 0; i < n; i++) {
        struct schema_head *h = (void *)(at + i * t->size);
        h->clear = store_all_bits(t) & ~h->have; /* rule 1 */
    }
    int rc = n ? put_again(c, t, recs, n, out) : RC_OK;
    for (size_t i = 0; !rc && i < n; i++)
        rc = put_one(c, t, (void *)(at + i * t->size), out[i]);
    return rc;
}

/* ---- a share of a scan ---- */

struct scan {
    struct copier *c;
    struct whole_batch b;
};

static int flush(struct scan *x)
{
    int rc = copy_put(x->c, x->b.t, x->b.rec, x->b.n);
    whole_batch_reset(&x->b);
    return rc;
}

static int take(void *ctx, const void *rec)
{
    struct scan *x = ctx;
    bool full;
    int rc = whole_batch_add(&x->b, rec, &full, x->c->e);
    if (!rc && full)
        rc = flush(x);
    return rc ? rc : whole_pulse_beat(&x->c->pulse, x->c->e);
}

int copy_part(struct copier *c, const struct schema_type *t,
              const struct store_range *r)
{
    struct scan x = { .c = c };
    int rc = whole_batch_init(&x.b, t, c->e);
    if (!rc)
        rc = store_scan(c->from, t, ~UINT64_C(0), r, take, &x, c->e);
    if (!rc)
        rc = flush(&x);
    whole_batch_fini(&x.b);
    return rc;
}

/* ---- what is gone ---- */

struct sweep {
    struct copier *c;
    const struct schema_type *t;
    uint64_t key[STORE_ATOMIC_MAX][2];
    size_t n;
    char *rec; /* STORE_ATOMIC_MAX; owned */
};

static int drop_missing(struct sweep *x)
{
    bool there[STORE_ATOMIC_MAX];
    struct arena none = ARENA_INIT(0);
    size_t gone = 0;
    if (!x->n)
        return RC_OK;
    int rc = store_get(x->c->from, x->t, (whole_keys)x->key, x->n, 0, &none,
                       x->rec, there, x->c->e);
    for (size_t i = 0; !rc && i < x->n; i++)
        if (!there[i])
            memcpy(x->key[gone++], x->key[i], sizeof(x->key[i]));
    arena_fini(&none);
    x->n = 0;
    return rc || !gone ? rc : copy_delete(x->c, x->t, (whole_keys)x->key, gone);
}

static int note_key(void *ctx, const void *rec)
{
    struct sweep *x = ctx;
    const struct schema_head *h = rec;
    memcpy(x->key[x->n++], h->key, sizeof(h->key));
    int rc = x->n == STORE_ATOMIC_MAX ? drop_missing(x) : RC_OK;
    return rc ? rc : whole_pulse_beat(&x->c->pulse, x->c->e);
}

int copy_sweep_part(struct copier *c, const struct schema_type *t,
                    const struct store_range *r)
{
    struct sweep *x = calloc(1, sizeof(*x));
    if (x)
        *x = (struct sweep){ .c = c,
                             .t = t,
                             .rec = calloc(STORE_ATOMIC_MAX, t->size) };
    int rc =
        x && x->rec ? RC_OK : err_set(c->e, RC_NOMEM, "no memory for a batch");
    if (!rc)
        rc = store_scan(c->to, t, 0, r, note_key, x, c->e);
    if (!rc)
        rc = drop_missing(x);
    if (x)
        free(x->rec);
    free(x);
    return rc;
}

/* ---- what the feed tells ---- */

struct changes {
    size_t n[STORE_TYPES];
    uint64_t key[STORE_TYPES][FOLLOW_KEYS][2];
};

static int note_change(void *ctx, const struct schema_type *t,
                       const uint64_t key[2])
{
    struct changes *x = ctx;
    size_t type = store_type_index(t);
    memcpy(x->key[type][x->n[type]++], key, sizeof(x->key[type][0]));
    return RC_OK;
}

/* Samples are not in the feed: they are brought with their video. */
static int bring_samples(struct copier *c, const char *videos, size_t n)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < n; i++) {
        const struct schema_head *h =
            (const void *)(videos + i * schema_video.size);
        struct store_range r = { .one_key = true, .key0 = h->key[0], .of = 1 };
        rc = copy_part(c, &schema_sample, &r);
        if (!rc)
            rc = whole_pulse_beat(&c->pulse, c->e);
    }
    return rc;
}

/* Records that were found go to the front of @recs, keys of the others to
 * the front of @keys. */
static size_t part_found(const struct schema_type *t, char *recs,
                         uint64_t (*keys)[2], const bool *there, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (!there[i])
            memcpy(keys[i - found], keys[i], sizeof(keys[i]));
        else if (found++ != i)
            memcpy(recs + (found - 1) * t->size, recs + i * t->size, t->size);
    }
    return found;
}

static int bring_keys(struct copier *c, const struct schema_type *t,
                      uint64_t (*keys)[2], size_t n)
{
    struct arena text = ARENA_INIT(FOLLOW_TEXT);
    bool there[FOLLOW_KEYS];
    char *recs = n ? calloc(n, t->size) : NULL;
    if (!recs)
        return n ? err_set(c->e, RC_NOMEM, "no memory for a batch") : RC_OK;
    size_t found = 0;
    int rc = store_get(c->from, t, (whole_keys)keys, n, ~UINT64_C(0), &text,
                       recs, there, c->e);
    if (!rc) {
        found = part_found(t, recs, keys, there, n);
        rc = copy_put(c, t, recs, found);
    }
    if (!rc)
        rc = copy_delete(c, t, (whole_keys)keys, n - found);
    if (!rc && t == &schema_video)
        rc = bring_samples(c, recs, found);
    arena_fini(&text);
    free(recs);
    return rc;
}

static int follow_once(struct copier *c, size_t *told)
{
    struct changes x = { .n = { 0 } };
    struct store_pos pos = c->st.pos;
    int rc = store_feed_read(c->from, &pos, FOLLOW_KEYS, DUR_MS(0), note_change,
                             &x, told, c->e);
    if (rc || !*told)
        return rc;
    for (size_t i = 0; !rc && i < STORE_TYPES; i++)
        rc = bring_keys(c, store_type_at(i), x.key[i], x.n[i]);
    if (rc)
        return rc;
    c->st.pos = pos;
    return copy_state_write(c);
}

int copy_follow(struct copier *c, uint64_t *told)
{
    size_t n = 1;
    int rc = RC_OK;
    for (*told = 0; !rc && n; *told += n) {
        n = 0;
        rc = follow_once(c, &n);
        if (!rc)
            rc = whole_pulse_beat(&c->pulse, c->e);
    }
    c->r.followed += *told;
    return rc;
}
