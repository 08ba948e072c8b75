/*
 * sim/corpus_stored.c - the records of a store as a corpus: real ids, titles
 * and counts, as they are stored, at any simulated time.
 *
 * Rules
 *   1. told is what a source once told (stats_at or text_at is there) and
 *      what is not gone; dislikes are never told
 *   2. memory holds 8 bytes a video and 32 a channel; records are read when
 *      they are asked for
 *   3. a channel without a record is made up from its newest video; a video
 *      without a channel is told by id and lies in no list
 *   4. the ids are those of the moment of opening; a record that vanishes
 *      later is silently absent, as a deleted video would be
 *
 * Threads: read-only after corpus_stored(); store verbs are safe from any.
 */
#include "sim/corpus_priv.h"

#include "sim/catalog_priv.h"

#include <stdlib.h>

/* What is known of a video while the slots are put in order. */
struct row {
    uint64_t id;
    struct cid channel;
    int64_t published; /* INT64_MIN = absent */
    double views;
    bool listed; /* it has a channel */
};

struct list {
    struct cid channel;
    uint64_t first, n;
};

struct stored {
    struct store *store; /* borrowed */
    uint64_t *ids;       /* by slot; owned */
    uint64_t n;
    struct list *lists; /* by channel id; owned */
    uint64_t n_lists;
    struct corpus_top top;
};

struct loading {
    struct row *rows; /* owned */
    uint64_t n, cap;
    struct err *e;
};

static const uint64_t told_bits =
    VIDEO_BIT(stats_at) | VIDEO_BIT(text_at) | VIDEO_BIT(gone_since);

static bool is_told(const struct video *v)
{
    return (VIDEO_HAS(v, stats_at) || VIDEO_HAS(v, text_at)) &&
           !VIDEO_HAS(v, gone_since);
}

/* ---- opening ---- */

static int grow(struct loading *l)
{
    if (l->n < l->cap)
        return RC_OK;
    if (l->n >= CATALOG_VIDEOS_MAX)
        return err_set(l->e, RC_LIMIT, "more than %d videos in the store",
                       CATALOG_VIDEOS_MAX);
    uint64_t cap = l->cap ? l->cap * 2 : 1024;
    struct row *rows = realloc(l->rows, cap * sizeof(*rows));
    if (!rows)
        return err_set(l->e, RC_NOMEM, "no memory for %llu videos",
                       (unsigned long long)cap);
    l->rows = rows;
    l->cap = cap;
    return RC_OK;
}

static int take_row(void *ctx, const void *rec)
{
    struct loading *l = ctx;
    const struct video *v = rec;
    if (!is_told(v))
        return RC_OK;
    int rc = grow(l);
    if (rc)
        return rc;
    bool listed = VIDEO_HAS(v, channel);
    l->rows[l->n++] = (struct row){
        .id = v->h.key[0],
        .channel = listed ? v->channel : (struct cid){ 0, 0 },
        .published = VIDEO_HAS(v, published) ? v->published : INT64_MIN,
        .views = VIDEO_HAS(v, views) ? (double)v->views : -1,
        .listed = listed,
    };
    return RC_OK;
}

static int order_of_cids(struct cid a, struct cid b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return (a.lo > b.lo) - (a.lo < b.lo);
}

/* By channel, oldest first; those without a channel last. */
static int order_of_rows(const void *pa, const void *pb)
{
    const struct row *a = pa, *b = pb;
    if (a->listed != b->listed)
        return a->listed ? -1 : 1;
    int c = order_of_cids(a->channel, b->channel);
    if (c)
        return c;
    if (a->published != b->published)
        return a->published < b->published ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static uint64_t count_lists(const struct loading *l)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < l->n && l->rows[i].listed; i++)
        n += i == 0 || !cid_eq(l->rows[i].channel, l->rows[i - 1].channel);
    return n;
}

static void fill(struct stored *s, const struct loading *l)
{
    for (uint64_t i = 0; i < l->n; i++) {
        const struct row *r = &l->rows[i];
        s->ids[i] = r->id;
        corpus_top_add(&s->top, i, r->views);
        if (!r->listed)
            continue;
        if (i == 0 || !cid_eq(r->channel, r[-1].channel))
            s->lists[s->n_lists++] =
                (struct list){ .channel = r->channel, .first = i };
        s->lists[s->n_lists - 1].n++;
    }
    s->n = l->n;
    corpus_top_sort(&s->top);
}

static int load(struct stored *s, struct err *e)
{
    struct loading l = { .e = e };
    const uint64_t cols = told_bits | VIDEO_BIT(channel) |
                          VIDEO_BIT(published) | VIDEO_BIT(views);
    int rc = store_scan(s->store, &schema_video, cols,
                        &(struct store_range){ .of = 0 }, take_row, &l, e);
    if (!rc && l.n) {
        qsort(l.rows, l.n, sizeof(*l.rows), order_of_rows);
        s->ids = calloc(l.n, sizeof(*s->ids));
        s->lists = calloc(count_lists(&l) + 1, sizeof(*s->lists));
        if (s->ids && s->lists)
            fill(s, &l);
        else
            rc = err_set(e, RC_NOMEM, "no memory for the store's ids");
    }
    free(l.rows);
    return rc;
}

/* ---- verbs ---- */

static uint64_t stored_slots(void *ctx)
{
    return ((struct stored *)ctx)->n;
}

static bool stored_told(void *ctx, uint64_t slot, int64_t now, uint64_t *id)
{
    (void)now;
    *id = ((struct stored *)ctx)->ids[slot];
    return true;
}

static const struct list *find_list(const struct stored *s, struct cid id)
{
    uint64_t low = 0, high = s->n_lists;
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        int c = order_of_cids(s->lists[mid].channel, id);
        if (c == 0)
            return &s->lists[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static bool stored_uploads(void *ctx, struct cid channel, int64_t now,
                           struct corpus_run *ret, uint64_t *told)
{
    (void)now;
    const struct list *l = find_list(ctx, channel);
    if (!l)
        return false;
    *ret = (struct corpus_run){ l->first, l->n };
    *told = l->n;
    return true;
}

static int stored_videos(void *ctx, const uint64_t *ids, size_t n, int64_t now,
                         uint64_t cols, struct arena *arena, struct video *ret,
                         bool *found, struct err *e)
{
    (void)now;
    const struct stored *s = ctx;
    uint64_t keys[CORPUS_BATCH_MAX][2];
    if (!n)
        return RC_OK;
    for (size_t i = 0; i < n; i++) {
        keys[i][0] = ids[i];
        keys[i][1] = 0;
    }
    int rc = store_get(s->store, &schema_video, (const uint64_t(*)[2])keys, n,
                       cols | told_bits, arena, ret, found, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++) {
        found[i] = found[i] && is_told(&ret[i]);
        if (found[i])
            ret[i].h.have &= cols & ~VIDEO_BIT(dislikes);
    }
    return RC_OK;
}

/* The newest video of a list tells the name of its channel. */
static int make_up(struct stored *s, const struct list *l, struct arena *arena,
                   struct channel *ch, struct err *e)
{
    struct video v = { .h.have = 0 };
    bool found;
    int rc = stored_videos(s, &s->ids[l->first + l->n - 1], 1, 0,
                           VIDEO_BIT(channel_title), arena, &v, &found, e);
    if (!rc && found && VIDEO_HAS(&v, channel_title))
        CHANNEL_SET(ch, title, v.channel_title);
    return rc;
}

static int complete(struct stored *s, struct cid id, bool *found,
                    struct arena *arena, struct channel *ch, struct err *e)
{
    if (*found && CHANNEL_HAS(ch, gone_since)) {
        *found = false;
        return RC_OK;
    }
    const struct list *l = find_list(s, id);
    if (!*found && !l)
        return RC_OK;
    if (!*found)
        *ch = (struct channel){ .h.key = { id.hi, id.lo } };
    *found = true;
    if (l && !CHANNEL_HAS(ch, videos))
        CHANNEL_SET(ch, videos, l->n);
    if (l && !CHANNEL_HAS(ch, title))
        return make_up(s, l, arena, ch, e);
    return RC_OK;
}

static int stored_channels(void *ctx, const struct cid *ids, size_t n,
                           int64_t now, struct arena *arena,
                           struct channel *ret, bool *found, struct err *e)
{
    (void)now;
    struct stored *s = ctx;
    uint64_t keys[CORPUS_BATCH_MAX][2];
    if (!n)
        return RC_OK;
    for (size_t i = 0; i < n; i++) {
        keys[i][0] = ids[i].hi;
        keys[i][1] = ids[i].lo;
    }
    int rc = store_get(s->store, &schema_channel, (const uint64_t(*)[2])keys, n,
                       ~UINT64_C(0), arena, ret, found, e);
    for (size_t i = 0; !rc && i < n; i++)
        rc = complete(s, ids[i], &found[i], arena, &ret[i], e);
    return rc;
}

static uint64_t stored_n_channels(void *ctx)
{
    return ((struct stored *)ctx)->n_lists;
}

static struct cid stored_channel_at(void *ctx, uint64_t i)
{
    return ((struct stored *)ctx)->lists[i].channel;
}

struct naming {
    struct str handle; /* without '@' */
    struct cid id;
};

static int match_handle(void *ctx, const void *rec)
{
    struct naming *n = ctx;
    const struct channel *ch = rec;
    if (!CHANNEL_HAS(ch, handle))
        return RC_OK;
    struct str h = ch->handle;
    if (h.n && h.p[0] == '@')
        h = str_from(h, 1);
    if (!str_eq(h, n->handle))
        return RC_OK;
    n->id = (struct cid){ ch->h.key[0], ch->h.key[1] };
    return RC_EXISTS; /* ends the scan */
}

static bool stored_named(void *ctx, struct str handle, struct cid *ret)
{
    const struct stored *s = ctx;
    struct naming n = { .handle = handle };
    if (handle.n && handle.p[0] == '@')
        n.handle = str_from(handle, 1);
    int rc =
        store_scan(s->store, &schema_channel, CHANNEL_BIT(handle),
                   &(struct store_range){ .of = 0 }, match_handle, &n, NULL);
    if (rc == RC_EXISTS)
        *ret = n.id;
    return rc == RC_EXISTS;
}

static size_t stored_popular(void *ctx, const uint64_t **slots)
{
    const struct stored *s = ctx;
    *slots = s->top.slot;
    return s->top.n;
}

static void stored_close(void *ctx)
{
    struct stored *s = ctx;
    free(s->ids);
    free(s->lists);
    free(s);
}

static const struct corpus_ops stored_ops = {
    .slots = stored_slots,
    .told = stored_told,
    .uploads = stored_uploads,
    .videos = stored_videos,
    .channels = stored_channels,
    .n_channels = stored_n_channels,
    .channel_at = stored_channel_at,
    .named = stored_named,
    .popular = stored_popular,
    .close = stored_close,
};

int corpus_stored(struct corpus *ret, struct store *store, struct err *e)
{
    struct stored *s = calloc(1, sizeof(*s));
    if (!s)
        return err_set(e, RC_NOMEM, "no memory for a corpus");
    s->store = store;
    int rc = load(s, e);
    if (rc) {
        stored_close(s);
        return err_wrap(e, rc, "read %s", store_uri(store));
    }
    *ret = (struct corpus){ .ops = &stored_ops, .ctx = s };
    return RC_OK;
}
