/*
 * search/snap.c - a frozen view: segments and facts, put together and ranked.
 *
 * Rules
 *   1. a snapshot never changes; whoever pinned it may read it until it
 *      unpins, on any thread
 *   2. an id lives in one part at most
 *
 * Threads: any for reading; making: owner only.
 */
#include "search/snap_priv.h"

#include <stdlib.h>

struct part part_of(struct seg *seg)
{
    return (struct part){ .seg = seg,
                          .facts = facts_ref(seg->facts),
                          .digest = seg->digest };
}

size_t parts_ref(const struct snap *snap, struct part out[PARTS_MAX])
{
    for (size_t p = 0; p < snap->n_parts; p++) {
        out[p] = snap->part[p];
        seg_ref(out[p].seg);
        facts_ref(out[p].facts);
    }
    return snap->n_parts;
}

void parts_unref(const struct part *parts, size_t n)
{
    for (size_t p = 0; p < n; p++) {
        facts_unref(parts[p].facts);
        seg_unref(parts[p].seg);
    }
}

void snap_unref(struct snap *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t r = 0; r < RATIO_COUNT; r++)
        ranking_fini(&s->rank[r]);
    parts_unref(s->part, s->n_parts);
    epoch_unref(s->epoch);
    free(s);
}

uint32_t snap_find(const struct snap *s, uint64_t id)
{
    for (size_t p = 0; p < s->n_parts; p++) {
        uint32_t doc = seg_find(s->part[p].seg, s->part[p].facts, id);
        if (doc != DOC_NONE)
            return s->part[p].first + doc;
    }
    return DOC_NONE;
}

/* ---- figures ---- */

static void count_part(struct snap *s, const struct part *p, uint64_t *words)
{
    const struct pack *stats = &p->facts->col[FACT_STATS_AT];
    uint64_t oldest = s->info.oldest_stats_at
                          ? (uint64_t)s->info.oldest_stats_at
                          : UINT64_MAX;
    for (uint32_t d = 0; d < p->seg->n; d++) {
        if (facts_dead(p->facts, d))
            continue;
        uint64_t at = pack_get(stats, d);
        oldest = at < oldest ? at : oldest;
        *words += p->seg->len[d];
    }
    s->info.oldest_stats_at = oldest == UINT64_MAX ? 0 : (int64_t)oldest;
}

static uint64_t part_bytes(const struct part *p)
{
    uint64_t n = seg_bytes(p->seg);
    if (p->facts->own)
        n += (uint64_t)p->seg->n * (FACT_COUNT + 1) * sizeof(uint32_t);
    return n;
}

static void count_all(struct snap *s)
{
    uint64_t words = 0;
    for (size_t p = 0; p < s->n_parts; p++) {
        s->live += part_live(&s->part[p]);
        s->digest += s->part[p].digest;
        s->info.bytes += part_bytes(&s->part[p]);
        count_part(s, &s->part[p], &words);
    }
    s->mean_len = s->live ? (double)words / s->live : 0;
    s->info.videos = s->live;
    s->info.digest = s->digest;
}

static void count_ranks(struct snap *s)
{
    for (size_t r = 0; r < RATIO_COUNT; r++)
        s->info.bytes +=
            ((uint64_t)s->n + s->rank[r].n_order) * sizeof(uint32_t);
    s->info.epoch_id = s->epoch ? s->epoch->id : 0;
    s->info.computed_at = s->epoch ? s->epoch->computed_at : 0;
}

/* ---- making ---- */

static int number_parts(struct snap *s, struct err *e)
{
    uint64_t n = 0;
    for (size_t p = 0; p < s->n_parts; p++) {
        s->part[p].first = (uint32_t)n;
        n += s->part[p].seg->n;
        if (n > INT32_MAX)
            return err_set(e, RC_LIMIT, "more than 2^31 videos in one index");
    }
    s->n = (uint32_t)n;
    return RC_OK;
}

int snap_make(struct snap **ret, const struct part *parts, size_t n_parts,
              struct epoch *epoch, int threads, struct err *e)
{
    struct snap *s = calloc(1, sizeof(*s));
    if (!s) {
        parts_unref(parts, n_parts);
        return err_set(e, RC_NOMEM, "no memory for a snapshot");
    }
    s->refs = 1;
    s->n_parts = n_parts;
    for (size_t p = 0; p < n_parts; p++)
        s->part[p] = parts[p];
    s->epoch = epoch ? epoch_ref(epoch) : NULL;
    int rc = number_parts(s, e);
    if (!rc) {
        count_all(s);
        rc = snap_rank(s, threads, e);
    }
    if (rc) {
        snap_unref(s);
        return rc;
    }
    count_ranks(s);
    *ret = s;
    return RC_OK;
}
