/*
 * store/mem_feed.c - the change feed of a mem: store.
 *
 * Rules
 *   1. a ring of the newest feed_keep changes, numbered from 1; it grows up
 *      to that
 *   2. a position is good only while the change it stands on is there and is
 *      the same; looked at again after every wait
 *
 * Threads: any. Lock: m->mu.
 */
#include "store/mem_priv.h"

#include <stdlib.h>

/* ---- the feed's ring ---- */

bool mem_ring_reserve_locked(struct mem *m, size_t n) NEEDS(m->mu)
{
    uint64_t keep = m->base.feed_keep;
    uint64_t need = m->last - m->first + 1 + n;
    size_t cap = m->ring_cap ? m->ring_cap : 64;
    while (cap < need && cap < keep)
        cap *= 2;
    if (cap == m->ring_cap)
        return true;
    struct store_change *ring = malloc(cap * sizeof(*ring));
    if (!ring)
        return false;
    for (uint64_t q = m->first; q <= m->last; q++)
        ring[q % cap] = m->ring[q % m->ring_cap];
    free(m->ring);
    m->ring = ring;
    m->ring_cap = cap;
    return true;
}

void mem_tell_locked(struct mem *m, size_t type, const uint64_t key[2])
    NEEDS(m->mu)
{
    m->last++;
    m->ring[m->last % m->ring_cap] = (struct store_change){
        .seq = m->last, .type = (uint32_t)type, .key = { key[0], key[1] }
    };
    if (m->last - m->first + 1 > m->base.feed_keep)
        m->first = m->last - m->base.feed_keep + 1;
    cnd_broadcast(&m->changed);
}

static struct store_place place_locked(const struct mem *m, uint64_t seq)
    NEEDS(m->mu)
{
    struct store_place p = { .row = { .seq = seq } };
    memcpy(p.store, m->base.id, sizeof(p.store));
    if (seq)
        p.row = m->ring[seq % m->ring_cap];
    return p;
}

/* ---- reading ---- */

int mem_feed_now(struct store *s, struct store_pos *ret, struct err *e)
{
    (void)e;
    struct mem *m = mem_of(s);
    mtx_lock(&m->mu);
    struct store_place p = place_locked(m, m->last);
    mtx_unlock(&m->mu);
    store_place_pack(&p, ret);
    return RC_OK;
}

/* Is @p a place of this store's history, with nothing behind it gone? */
static bool place_good_locked(const struct mem *m, const struct store_place *p)
    NEEDS(m->mu)
{
    if (memcmp(p->store, m->base.id, sizeof(m->base.id)) != 0 ||
        p->row.seq > m->last)
        return false;
    if (p->row.seq == 0)
        return m->first == 1;
    if (p->row.seq < m->first)
        return false;
    struct store_place here = place_locked(m, p->row.seq);
    return here.row.type == p->row.type && here.row.key[0] == p->row.key[0] &&
           here.row.key[1] == p->row.key[1];
}

static void wait_for_change_locked(struct mem *m, uint64_t seq, dur_t wait)
    NEEDS(m->mu)
{
    mono_t until = mono_add(clk_mono(clk_real()), wait);
    while (m->last <= seq && cnd_wait_until(&m->changed, &m->mu, until))
        ;
}

/* Copy up to @max changes behind @p to @out and move @p behind them. */
static int take_locked(struct mem *m, struct store_place *p, dur_t wait,
                       struct store_change *out, size_t max, size_t *n,
                       struct err *e) NEEDS(m->mu)
{
    bool good = place_good_locked(m, p);
    if (good && wait.ms > 0) {
        wait_for_change_locked(m, p->row.seq, wait);
        good = place_good_locked(m, p); /* or a flood has passed over it */
    }
    if (!good)
        return err_set(e, RC_LOST, "the changes behind the position are gone");
    for (*n = 0; *n < max && p->row.seq < m->last; ++*n) {
        out[*n] = m->ring[(p->row.seq + 1) % m->ring_cap];
        *p = place_locked(m, p->row.seq + 1);
    }
    return RC_OK;
}

int mem_feed_read(struct store *s, struct store_pos *pos, size_t max,
                  dur_t wait, store_change_fn fn, void *ctx, size_t *n,
                  struct err *e)
{
    struct mem *m = mem_of(s);
    struct store_place p;
    if (!store_place_unpack(pos, &p))
        return err_set(e, RC_LOST, "the position is not one of this store");
    struct store_change *part = malloc(STORE_FEED_PART * sizeof(*part));
    int rc = part ? RC_OK : mem_no_memory(e);
    size_t got = STORE_FEED_PART;
    for (*n = 0; !rc && *n < max && got == STORE_FEED_PART; *n += got) {
        size_t ask = max - *n < STORE_FEED_PART ? max - *n : STORE_FEED_PART;
        mtx_lock(&m->mu);
        rc = take_locked(m, &p, *n ? DUR_MS(0) : wait, part, ask, &got, e);
        mtx_unlock(&m->mu);
        for (size_t i = 0; !rc && i < got; i++)
            rc = fn(ctx, store_type_at(part[i].type), part[i].key);
    }
    free(part);
    if (!rc)
        store_place_pack(&p, pos);
    return rc;
}
