/*
 * store/sqlite_feed.c - the change feed: a table of keys, numbered.
 *
 * Rules
 *   1. a change row is in the transaction of what it tells
 *   2. the newest feed_keep rows stay; the newest one is never deleted
 *   3. a position is good only while the row it stands on is there and is
 *      the same: behind it nothing was pruned, and the store was not
 *      replaced by an older copy
 *   4. waiting holds no lock and no transaction: it watches data_version,
 *      and is woken at once by commits of this process
 *
 * Threads: any; each call has a connection of its own.
 */
#include "store/sqlite_priv.h"

#include <stdlib.h>

enum { POLL_MS = 10 }; /* 1 % of a core; stores.md, section 10 */

int sq_tell(struct sq_conn *c, size_t type, const uint64_t key[2],
            struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_CHANGE_ADD, &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, type);
    sq_bind_u64(&in, key[0]);
    sq_bind_u64(&in, key[1]);
    return sq_bound_run(c, &in, e);
}

int sq_prune(struct sq_conn *c, uint64_t keep, struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_CHANGE_PRUNE, &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, keep);
    return sq_bound_run(c, &in, e);
}

/* ---- rows ---- */

static int take_change(struct sq_conn *c, sqlite3_stmt *st,
                       struct store_change *ret, struct err *e)
{
    struct sq_cols row = { .st = st };
    ret->seq = sq_take_u64(&row);
    uint64_t type = sq_take_u64(&row);
    ret->key[0] = sq_take_u64(&row);
    ret->key[1] = sq_take_u64(&row);
    ret->type = (uint32_t)type;
    row.bad |= type >= STORE_TYPES;
    return sq_take_end(&row, c, e);
}

/* The row that statement @in finds; *ret is all 0 when there is none. */
static int one_change(struct sq_conn *c, struct sq_bind *in,
                      struct store_change *ret, struct err *e)
{
    bool there;
    *ret = (struct store_change){ .seq = 0 };
    int rc = sq_bound_step(c, in, &there, e);
    if (rc)
        return rc;
    if (there)
        rc = take_change(c, in->st, ret, e);
    sq_give(in->st);
    return rc;
}

static int last_change(struct sq_conn *c, struct store_change *ret,
                       struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_CHANGE_LAST, &in, e);
    return rc ? rc : one_change(c, &in, ret, e);
}

int sq_feed_now(struct store *store, struct store_pos *ret, struct err *e)
{
    struct sqlite *s = sq_of(store);
    struct store_place p;
    struct sq_conn *c;
    int rc = sq_reader(s, &c, e);
    if (rc)
        return rc;
    memcpy(p.store, s->base.id, sizeof(p.store));
    rc = last_change(c, &p.row, e);
    sq_reader_done(s, c);
    if (!rc)
        store_place_pack(&p, ret);
    return rc;
}

/* ---- positions ---- */

static int lost(struct err *e)
{
    return err_set(e, RC_LOST, "the changes behind the position are gone");
}

/* A position before the first row is good while row 1 is there. */
static int check_start(struct sq_conn *c, struct err *e)
{
    int64_t first;
    int rc = sq_number(c, SQ_CHANGE_FIRST, 1, &first, e);
    if (rc)
        return rc;
    return first == 1 ? RC_OK : lost(e);
}

static int check_place(struct sq_conn *c, const struct store_change *at,
                       struct err *e)
{
    if (at->seq == 0)
        return check_start(c, e);
    struct sq_bind in;
    struct store_change here;
    int rc = sq_prepare(c, SQ_CHANGE_AT, &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, at->seq);
    rc = one_change(c, &in, &here, e);
    if (rc)
        return rc;
    bool same = here.seq == at->seq && here.type == at->type &&
                here.key[0] == at->key[0] && here.key[1] == at->key[1];
    return same ? RC_OK : lost(e); /* rule 3 */
}

/* ---- reading ---- */

/* Up to @max changes behind @seq into @out. */
static int take_changes(struct sq_conn *c, uint64_t seq,
                        struct store_change *out, size_t max, size_t *n,
                        struct err *e)
{
    struct sq_bind in;
    int rc = sq_prepare(c, SQ_CHANGES, &in, e);
    if (rc)
        return rc;
    sq_bind_u64(&in, seq);
    sq_bind_u64(&in, max);
    bool row;
    rc = sq_bound_step(c, &in, &row, e);
    if (rc)
        return rc;
    size_t got = 0;
    while (!rc && row) {
        rc = take_change(c, in.st, &out[got++], e);
        if (!rc)
            rc = sq_step(c, in.st, &row, e);
    }
    sq_give(in.st);
    *n = got;
    return rc;
}

/* Check the position and read behind it, both in one snapshot. */
static int read_part(struct sq_conn *c, const struct store_place *p,
                     struct store_change *out, size_t max, size_t *n,
                     struct err *e)
{
    int rc = sq_do(c, SQ_BEGIN_READ, e);
    if (rc)
        return rc;
    rc = check_place(c, &p->row, e);
    if (!rc)
        rc = take_changes(c, p->row.seq, out, max, n, e);
    return sq_end(c, rc, e);
}

void sq_news(struct sqlite *s)
{
    mtx_lock(&s->news_mu);
    cnd_broadcast(&s->news);
    mtx_unlock(&s->news_mu);
}

/* Wait for POLL_MS, or shorter when this process commits. */
static void nap(struct sqlite *s, mono_t until)
{
    mono_t poll = mono_add(clk_mono(clk_real()), DUR_MS(POLL_MS));
    if (poll.us > until.us)
        poll = until;
    mtx_lock(&s->news_mu);
    (void)cnd_wait_until(&s->news, &s->news_mu, poll);
    mtx_unlock(&s->news_mu);
}

/* Read behind @p; while there is nothing, wait for it until @until. */
static int read_or_wait(struct sqlite *s, struct sq_conn *c,
                        const struct store_place *p, mono_t until,
                        struct store_change *out, size_t max, size_t *n,
                        struct err *e)
{
    int64_t seen = 0, version = 0;
    int rc = sq_number(c, SQ_DATA_VERSION, 0, &seen, e);
    if (!rc)
        rc = read_part(c, p, out, max, n, e);
    while (!rc && *n == 0 && clk_mono(clk_real()).us < until.us) {
        nap(s, until);
        rc = sq_number(c, SQ_DATA_VERSION, 0, &version, e);
        if (rc || version == seen)
            continue;
        seen = version;
        rc = read_part(c, p, out, max, n, e);
    }
    return rc;
}

struct feeding {
    struct sqlite *s;
    struct sq_conn *c;
    struct store_place at;
    struct store_change *part; /* STORE_FEED_PART rows */
    store_change_fn fn;
    void *ctx;
};

static int feed_parts(struct feeding *f, size_t max, dur_t wait, size_t *n,
                      struct err *e)
{
    mono_t until = mono_add(clk_mono(clk_real()), wait);
    size_t got = STORE_FEED_PART;
    int rc = RC_OK;
    for (*n = 0; !rc && *n < max && got == STORE_FEED_PART; *n += got) {
        size_t ask = max - *n < STORE_FEED_PART ? max - *n : STORE_FEED_PART;
        rc = read_or_wait(f->s, f->c, &f->at, *n ? (mono_t){ 0 } : until,
                          f->part, ask, &got, e);
        for (size_t i = 0; !rc && i < got; i++)
            rc = f->fn(f->ctx, store_type_at(f->part[i].type), f->part[i].key);
        if (!rc && got)
            f->at.row = f->part[got - 1];
    }
    return rc;
}

int sq_feed_read(struct store *store, struct store_pos *pos, size_t max,
                 dur_t wait, store_change_fn fn, void *ctx, size_t *n,
                 struct err *e)
{
    struct feeding f = { .s = sq_of(store), .fn = fn, .ctx = ctx };
    if (!store_place_unpack(pos, &f.at) ||
        memcmp(f.at.store, f.s->base.id, sizeof(f.s->base.id)) != 0)
        return err_set(e, RC_LOST, "the position is not one of this store");
    f.part = malloc(STORE_FEED_PART * sizeof(*f.part));
    if (!f.part)
        return err_set(e, RC_NOMEM, "no memory for the feed");
    int rc = sq_reader(f.s, &f.c, e);
    if (!rc) {
        rc = feed_parts(&f, max, wait, n, e);
        sq_reader_done(f.s, f.c);
    }
    free(f.part);
    if (!rc)
        store_place_pack(&f.at, pos);
    return rc;
}
