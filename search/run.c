/*
 * search/run.c - a page of an answer, or all of it in order of id.
 *
 * Rules
 *   1. the total counts all matches, whichever page is asked for
 *   2. a page holds the first items behind the cursor in the order of
 *      sort.c; one more is looked for, to know whether there is another page
 *   3. a cursor is taken only for the question it came from, and while its
 *      rank epoch is the current one or the one before
 *
 * Threads: any.
 */
#include "search/query_priv.h"

#include <stdlib.h>

/* ---- the best so far ---- */

struct hit {
    struct sort_key key;
    uint32_t g;
    float score;
};

/* A heap with the last of the kept on top. */
struct best {
    struct hit *at;
    size_t n, cap, max;
    const struct order *order;
    bool after; /* leave out everything up to ... */
    struct sort_key cursor;
};

static void hit_swap(struct hit *a, struct hit *b)
{
    struct hit t = *a;
    *a = *b;
    *b = t;
}

static void sift_up(struct best *b, size_t i)
{
    while (i > 0) {
        size_t parent = (i - 1) / 2;
        if (order_cmp(&b->at[i].key, &b->at[parent].key) <= 0)
            return;
        hit_swap(&b->at[i], &b->at[parent]);
        i = parent;
    }
}

static void sift_down(struct best *b)
{
    for (size_t i = 0;;) {
        size_t last = i;
        for (size_t c = 2 * i + 1; c < 2 * i + 3 && c < b->n; c++)
            if (order_cmp(&b->at[c].key, &b->at[last].key) > 0)
                last = c;
        if (last == i)
            return;
        hit_swap(&b->at[i], &b->at[last]);
        i = last;
    }
}

/* Room for one more; the heap is below its maximum. */
static bool grow(struct best *b)
{
    if (b->n < b->cap)
        return true;
    size_t cap = b->cap ? 2 * b->cap : 128;
    cap = cap < b->max ? cap : b->max;
    struct hit *more = realloc(b->at, cap * sizeof(*more));
    if (!more)
        return false;
    b->at = more;
    b->cap = cap;
    return true;
}

static bool best_add(struct best *b, uint32_t g, float score)
{
    const struct order *o = b->order;
    struct hit h = { .g = g, .score = score };
    h.key.key[0] = order_key(o, 0, g, score);
    bool full = b->n == b->max;
    if (full && h.key.key[0] > b->at[0].key.key[0])
        return true;
    for (size_t i = 1; i < o->n; i++)
        h.key.key[i] = order_key(o, i, g, score);
    const struct part *p = snap_part(o->s, g);
    h.key.id = p->seg->id[g - p->first];
    if (b->after && order_cmp(&h.key, &b->cursor) <= 0)
        return true;
    if (!full) {
        if (!grow(b))
            return false;
        b->at[b->n++] = h;
        sift_up(b, b->n - 1);
    } else if (order_cmp(&h.key, &b->at[0].key) < 0) {
        b->at[0] = h;
        sift_down(b);
    }
    return true;
}

static int on_match(void *ctx, const uint32_t *g, const float *score, size_t n)
{
    struct best *b = ctx;
    for (size_t i = 0; i < n && b->max; i++)
        if (!best_add(b, g[i], score ? score[i] : 0))
            return RC_NOMEM;
    return RC_OK;
}

static int by_order(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    return order_cmp(&x->key, &y->key);
}

/* ---- a page ---- */

/* Rule 3. */
static int take_cursor(struct best *b, const struct snap *snap,
                       const struct search_query *q, struct err *e)
{
    struct cursor c;
    uint64_t epoch = snap->epoch ? snap->epoch->id : 0;
    if (!*q->cursor)
        return RC_OK;
    int rc = cursor_read(&c, str_of(q->cursor), e);
    if (rc)
        return err_wrap(e, rc, "cursor");
    if (c.query != order_digest(b->order, q))
        return err_set(e, RC_INPUT, "cursor: it is of another query");
    if (c.epoch + 1 < epoch)
        return err_set(e, RC_LOST,
                       "the ranks that the cursor counts in are gone");
    b->after = true;
    b->cursor = c.after;
    return RC_OK;
}

static void write_cursor(const struct best *b, const struct search_query *q,
                         const struct hit *last, char *out)
{
    const struct epoch *epoch = b->order->s->epoch;
    struct cursor c = { .epoch = epoch ? epoch->id : 0,
                        .query = order_digest(b->order, q),
                        .after = last->key };
    cursor_write(&c, out);
}

static int fill_items(const struct snap *snap, const struct best *b, size_t n,
                      struct search_result *ret, struct err *e)
{
    ret->items = calloc(n + 1, sizeof(*ret->items));
    if (!ret->items)
        return err_set(e, RC_NOMEM, "no memory for an answer");
    for (size_t i = 0; i < n; i++)
        snap_item(snap, b->at[i].g, b->at[i].score, &ret->items[i]);
    ret->n = n;
    return RC_OK;
}

static void fill_counts(const struct match_counts *c, struct search_result *ret)
{
    ret->total = c->total;
    ret->unknown_duration = c->unknown_duration;
    ret->unknown_published = c->unknown_published;
    ret->unknown_rank = c->unknown_rank;
    ret->kept_unknown.shorts = c->kept_shorts;
    ret->kept_unknown.live = c->kept_live;
    ret->kept_unknown.kids = c->kept_kids;
    ret->kept_unknown.unavailable = c->kept_unavailable;
}

static int run(struct snap *snap, const struct search_query *q, struct best *b,
               struct search_result *ret, struct err *e)
{
    struct match_counts counts;
    int rc = take_cursor(b, snap, q, e);
    if (!rc)
        rc = match_all(snap, q, on_match, b, &counts, e);
    if (rc)
        return rc == RC_NOMEM ? err_set(e, rc, "no memory for an answer") : rc;
    if (b->n)
        qsort(b->at, b->n, sizeof(*b->at), by_order);
    size_t n = b->n < q->limit ? b->n : (size_t)q->limit;
    rc = fill_items(snap, b, n, ret, e);
    if (rc)
        return rc;
    fill_counts(&counts, ret);
    if (b->n > n && n > 0)
        write_cursor(b, q, &b->at[n - 1], ret->next_cursor);
    ret->one_bucket = snap->rank[q->ratio].table->n_buckets == 1;
    ret->info = snap->info;
    ret->pin = snap;
    return RC_OK;
}

int search_run(struct search *s, const struct search_query *q,
               struct search_result *ret, struct err *e)
{
    struct snap *snap = search_pin(s);
    struct search_result r = { .n = 0 };
    struct order order;
    order_init(&order, snap, q);
    struct best b = { .order = &order };
    b.max = q->limit < snap->live ? (size_t)q->limit + 1 : snap->live;
    int rc = run(snap, q, &b, &r, e);
    free(b.at);
    ctr_add(
        &search_ctr[rc ? CTR_search_refused_total : CTR_search_queries_total],
        1);
    if (rc) {
        snap_unref(snap);
        return rc;
    }
    r.info.as_of = s->as_of;
    *ret = r;
    return RC_OK;
}

void search_result_fini(struct search *s, struct search_result *r)
{
    (void)s;
    if (!r)
        return;
    free(r->items);
    snap_unref(r->pin);
    *r = (struct search_result){ .n = 0 };
}

/* ---- all of it ---- */

static int mark(void *ctx, const uint32_t *g, const float *score, size_t n)
{
    uint64_t *bits = ctx;
    (void)score;
    for (size_t i = 0; i < n; i++)
        bits[g[i] / 64] |= UINT64_C(1) << (g[i] % 64);
    return RC_OK;
}

/* Move @at to the part's next marked document in order of id. */
static uint32_t next_marked(const struct part *p, const uint64_t *bits,
                            uint32_t *at)
{
    for (; *at < p->seg->n; ++*at) {
        uint32_t g = p->first + p->seg->by_id[*at];
        if (bits[g / 64] >> (g % 64) & 1)
            return g;
    }
    return DOC_NONE;
}

static uint64_t id_of(const struct snap *s, uint32_t g)
{
    const struct part *p = snap_part(s, g);
    return p->seg->id[g - p->first];
}

static int each_marked(const struct snap *s, const uint64_t *bits,
                       search_item_fn fn, void *ctx)
{
    uint32_t at[PARTS_MAX] = { 0 };
    for (;;) {
        uint32_t least = DOC_NONE;
        size_t part = 0;
        for (size_t p = 0; p < s->n_parts; p++) {
            uint32_t g = next_marked(&s->part[p], bits, &at[p]);
            if (g == DOC_NONE ||
                (least != DOC_NONE && id_of(s, g) > id_of(s, least)))
                continue;
            least = g;
            part = p;
        }
        if (least == DOC_NONE)
            return RC_OK;
        at[part]++;
        struct search_item item;
        snap_item(s, least, 0, &item);
        int rc = fn(ctx, &item);
        if (rc)
            return rc;
    }
}

int search_each(struct search *s, const struct search_query *q,
                search_item_fn fn, void *ctx, struct err *e)
{
    struct snap *snap = search_pin(s);
    struct match_counts counts;
    uint64_t *bits = calloc((size_t)snap->n / 64 + 1, sizeof(*bits));
    int rc = bits ? match_all(snap, q, mark, bits, &counts, e)
                  : err_set(e, RC_NOMEM, "no memory for an answer");
    if (!rc)
        rc = each_marked(snap, bits, fn, ctx);
    free(bits);
    snap_unref(snap);
    return rc;
}
