/*
 * search/sort.c - the order of an answer, as unsigned keys.
 *
 * Rules
 *   1. every order is total: up to three keys, then the id; so it is the
 *      same on every machine and pages neither repeat nor skip
 *   2. a value that is not known is UINT64_MAX: last, whichever way round
 *   3. without a sort: by percentile, best first; with words and without a
 *      ratio, by relevance and then by percentile
 *   4. where ratios may not be told, the newest first instead of the best by
 *      percentile: an order tells them, and so does the cursor that holds it
 *
 * Threads: any; an order is read only.
 */
#include "search/query_priv.h"

#include "base/digest.h"
#include "base/rnd.h"

#define KEY_UNKNOWN UINT64_MAX

static void add(struct order *o, enum search_sort by, bool down)
{
    o->sort[o->n].by = by;
    o->sort[o->n++].down = down;
}

/* Rules 3 and 4. */
static void add_default(struct order *o, const struct search_query *q)
{
    bool ratio = q->ratio_given || q->top > 0 || q->bottom > 0;
    if (*q->q && !ratio)
        add(o, SORT_RELEVANCE, false);
    add(o, q->plain ? SORT_PUBLISHED : SORT_PERCENTILE, true);
}

void order_init(struct order *o, const struct snap *s,
                const struct search_query *q)
{
    *o = (struct order){ .s = s, .ratio = q->ratio, .seed = q->seed };
    for (size_t i = 0; i < q->n_sort; i++)
        add(o, q->sort[i].by, q->sort[i].down);
    if (q->n_sort == 0)
        add_default(o, q);
}

/* ---- keys ---- */

static uint64_t directed(uint64_t value, bool down)
{
    if (value == UINT64_MAX)
        return KEY_UNKNOWN;
    return down ? UINT64_MAX - 1 - value : value;
}

/* A large percentile is a small q. */
static uint64_t percentile_key(const struct order *o, uint32_t g, bool down)
{
    uint32_t q = o->s->rank[o->ratio].q[g];
    if (q == RATIO_NO_RANK)
        return KEY_UNKNOWN;
    return down ? q : UINT32_MAX - q;
}

/* The bits of a number that is not negative ascend with it. */
static uint64_t ratio_key_of(const struct order *o, const struct part *p,
                             uint32_t doc, bool down)
{
    uint64_t a, c, bits, views = fact_get(p->facts, FACT_VIEWS, doc);
    rank_counts(p->facts, doc, o->ratio, &a, &c);
    if (!ratio_eligible(o->ratio, views, a, c, 1))
        return KEY_UNKNOWN;
    double value = ratio_value(a, c);
    memcpy(&bits, &value, sizeof(bits));
    return directed(bits, down);
}

/* In steps of 1/1024, so that the rank decides among what is about equal. */
static uint64_t relevance_key(float score)
{
    double steps = (double)score * 1024;
    return steps < UINT32_MAX ? UINT32_MAX - (uint64_t)steps : 0;
}

uint64_t order_key(const struct order *o, size_t i, uint32_t g, float score)
{
    const struct part *p = snap_part(o->s, g);
    uint32_t doc = g - p->first;
    bool down = o->sort[i].down;
    uint64_t id = p->seg->id[doc];
    switch (o->sort[i].by) {
    case SORT_PERCENTILE:
        return percentile_key(o, g, down);
    case SORT_RATIO:
        return ratio_key_of(o, p, doc, down);
    case SORT_VIEWS:
        return directed(fact_get(p->facts, FACT_VIEWS, doc), down);
    case SORT_LIKES:
        return directed(fact_get(p->facts, FACT_LIKES, doc), down);
    case SORT_DISLIKES:
        return directed(fact_get(p->facts, FACT_DISLIKES, doc), down);
    case SORT_COMMENTS:
        return directed(fact_get(p->facts, FACT_COMMENTS, doc), down);
    case SORT_DURATION:
        return directed(fact_get(p->facts, FACT_DURATION, doc), down);
    case SORT_PUBLISHED:
        return directed(pack_get(&p->seg->published, doc), down);
    case SORT_RELEVANCE:
        return relevance_key(score);
    case SORT_RANDOM:
        return rnd_mix(id ^ rnd_mix(o->seed));
    case SORT_ID:
        return down ? ~id : id;
    }
    return KEY_UNKNOWN;
}

/* All parameters are in q->asked; the order is not, when it is a default. */
uint64_t order_digest(const struct order *o, const struct search_query *q)
{
    uint64_t h = digest_bytes(DIGEST_INIT, &q->asked, sizeof(q->asked));
    for (size_t i = 0; i < o->n; i++)
        h = digest_u8(h, (unsigned char)o->sort[i].by);
    return digest_mix(h);
}
