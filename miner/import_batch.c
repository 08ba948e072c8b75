/*
 * miner/import_batch.c - observations into the store, a thousand at a time.
 *
 * Rules
 *   1. a batch is read (records, then the samples that may be met), merged
 *      in memory, and written as changes only
 *   2. samples are written before the records that they came from: killed
 *      between the two, the earlier state is still in its record, and the
 *      next import makes the same sample again
 *   3. rows are counted when they are in the store, not before
 *   4. memory: BATCH_TEXT of text of rows, and what the store keeps of
 *      IMPORT_BATCH_ROWS records, at most SCHEMA_TEXT_MAX each text
 *   5. a store that is yet to be made is asked for by the first flush that
 *      has rows
 */
#include "miner/import_priv.h"

#include "base/cal.h"

enum {
    BATCH_TEXT = 8 << 20,
    ROW_TEXT_MAX = 16 << 20,
    STORED_TEXT_MAX = 512 << 20
};

/* Observations of one kind, in the order of the file. */
struct lane {
    const struct schema_type *type;
    struct import_obs *obs;
    size_t n;
};

static const struct schema_head *lane_head(const struct import_obs *o)
{
    return o->channel ? &o->u.c.h : &o->u.v.h;
}

struct import_batch {
    const struct import_options *o;
    struct store *store; /* NULL until it is needed */
    struct arena text;   /* of the observations */
    struct arena stored; /* while flushing: all the rest */
    struct lane videos, channels;
};

int import_batch_open(struct import_batch **ret, const struct import_options *o,
                      struct err *e)
{
    struct import_batch *b = calloc(1, sizeof(*b));
    if (!b)
        return err_set(e, RC_NOMEM, "no memory for a batch of rows");
    b->o = o;
    b->store = o->store;
    b->text = (struct arena)ARENA_INIT(BATCH_TEXT + ROW_TEXT_MAX);
    b->stored = (struct arena)ARENA_INIT(STORED_TEXT_MAX);
    b->videos.type = &schema_video;
    b->channels.type = &schema_channel;
    b->videos.obs = calloc(IMPORT_BATCH_ROWS, sizeof(struct import_obs));
    b->channels.obs = calloc(IMPORT_BATCH_ROWS, sizeof(struct import_obs));
    if (!b->videos.obs || !b->channels.obs) {
        import_batch_close(b);
        return err_set(e, RC_NOMEM, "no memory for a batch of rows");
    }
    *ret = b;
    return RC_OK;
}

void import_batch_close(struct import_batch *b)
{
    if (!b)
        return;
    arena_fini(&b->text);
    arena_fini(&b->stored);
    free(b->videos.obs);
    free(b->channels.obs);
    free(b);
}

int import_batch_room(struct import_batch *b, struct import_report *r,
                      struct arena **ret, struct err *e)
{
    bool full = b->videos.n == IMPORT_BATCH_ROWS ||
                b->channels.n == IMPORT_BATCH_ROWS ||
                b->text.used_bytes >= BATCH_TEXT;
    int rc = full ? import_batch_flush(b, r, e) : RC_OK;
    if (!rc)
        *ret = &b->text;
    return rc;
}

void import_batch_add(struct import_batch *b, const struct import_obs *obs)
{
    struct lane *l = obs->channel ? &b->channels : &b->videos;
    l->obs[l->n++] = *obs;
}

/* ---- what a flush reads ---- */

/* Distinct keys in order, with what the store holds of them. */
struct loaded {
    const struct schema_type *type;
    size_t n;
    uint64_t (*keys)[2];
    char *recs; /* n times type->size */
    bool *found;
    bool *touched;              /* to be put */
    struct import_state *state; /* of records; unused for samples */
};

static int no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for a batch of rows");
}

static void *take(struct arena *a, size_t n, size_t size)
{
    void *p = arena_take(a, (n + 1) * size);
    return p ? memset(p, 0, (n + 1) * size) : NULL;
}

/* Room for at most @n keys. */
static int make_room(struct loaded *l, const struct schema_type *t, size_t n,
                     struct arena *a, struct err *e)
{
    *l = (struct loaded){ .type = t };
    l->keys = take(a, n, sizeof(*l->keys));
    l->recs = take(a, n, t->size);
    l->found = take(a, n, sizeof(*l->found));
    l->touched = take(a, n, sizeof(*l->touched));
    l->state = take(a, n, sizeof(*l->state));
    if (!l->keys || !l->recs || !l->found || !l->touched || !l->state)
        return no_memory(e);
    return RC_OK;
}

static void add_key(struct loaded *l, uint64_t a, uint64_t b)
{
    l->keys[l->n][0] = a;
    l->keys[l->n++][1] = b;
}

static int cmp_key(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

static void sort_keys(struct loaded *l)
{
    size_t all = l->n;
    l->n = 0;
    if (all)
        qsort(l->keys, all, sizeof(*l->keys), cmp_key);
    for (size_t i = 0; i < all; i++)
        if (!l->n || cmp_key(l->keys[l->n - 1], l->keys[i]))
            add_key(l, l->keys[i][0], l->keys[i][1]);
}

/* The place of @key, which is there. */
static size_t find(const struct loaded *l, const uint64_t key[2])
{
    size_t lo = 0, hi = l->n;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (cmp_key(l->keys[mid], key) <= 0)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static void *rec_at(const struct loaded *l, size_t i)
{
    return l->recs + i * l->type->size;
}

static int read_keys(struct import_batch *b, struct loaded *l, struct err *e)
{
    sort_keys(l);
    if (!l->n)
        return RC_OK;
    return store_get(b->store, l->type, (const uint64_t(*)[2])l->keys, l->n,
                     ~UINT64_C(0), &b->stored, l->recs, l->found, e);
}

static int read_records(struct import_batch *b, const struct lane *lane,
                        struct loaded *ret, struct err *e)
{
    int rc = make_room(ret, lane->type, lane->n, &b->stored, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < lane->n; i++) {
        const struct schema_head *h = lane_head(&lane->obs[i]);
        add_key(ret, h->key[0], h->key[1]);
    }
    rc = read_keys(b, ret, e);
    for (size_t i = 0; !rc && i < ret->n; i++)
        ret->state[i] = (struct import_state){ .rec = rec_at(ret, i),
                                               .known = ret->found[i] };
    return rc;
}

static void add_day(struct loaded *l, const struct video *v)
{
    if (VIDEO_HAS(v, stats_at))
        add_key(l, v->h.key[0], (uint64_t)cal_day_of_s(v->stats_at));
}

/* Samples of every day on which a record stands or may come to stand. */
static int read_samples(struct import_batch *b, const struct lane *lane,
                        const struct loaded *records, struct loaded *ret,
                        struct err *e)
{
    int rc =
        make_room(ret, &schema_sample, lane->n + records->n, &b->stored, e);
    if (rc || lane->type != &schema_video)
        return rc;
    for (size_t i = 0; i < lane->n; i++)
        add_day(ret, &lane->obs[i].u.v);
    for (size_t i = 0; i < records->n; i++)
        if (records->found[i])
            add_day(ret, rec_at(records, i));
    return read_keys(b, ret, e);
}

/* ---- merging ---- */

/* What a batch will add to the report. */
struct tally {
    uint64_t by_class[CLASS_UNCHANGED + 1];
    uint64_t hidden_inferred;
};

static bool keep_sample(struct loaded *samples, const struct sample *s)
{
    size_t i = find(samples, s->h.key);
    if (!import_merge_sample(rec_at(samples, i), samples->found[i], s))
        return false;
    samples->found[i] = true;
    samples->touched[i] = true;
    return true;
}

static void merge_one(const struct import_obs *obs, struct loaded *records,
                      struct loaded *samples, struct tally *t)
{
    size_t i = find(records, lane_head(obs)->key);
    struct sample past;
    bool is_past;
    enum import_class class =
        import_merge(&records->state[i], obs, &past, &is_past);
    bool sampled = is_past && keep_sample(samples, &past);
    if (class == CLASS_SAMPLED && !sampled)
        class = CLASS_UNCHANGED;
    records->touched[i] = records->state[i].touched != 0;
    t->by_class[class]++;
    t->hidden_inferred += obs->hidden_inferred;
}

/* ---- writing ---- */

/* Move the touched ones to the front, as they are to be put. */
static size_t gather(struct loaded *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (!l->touched[i])
            continue;
        if (l->type != &schema_sample)
            import_delta(&l->state[i], l->type, rec_at(l, n));
        else if (n != i)
            memcpy(rec_at(l, n), rec_at(l, i), l->type->size);
        n++;
    }
    return n;
}

static int put(struct import_batch *b, struct loaded *l, struct err *e)
{
    size_t n = gather(l);
    if (!n)
        return RC_OK;
    enum store_outcome *outcomes = take(&b->stored, n, sizeof(*outcomes));
    if (!outcomes)
        return no_memory(e);
    return store_put(b->store, l->type, l->recs, n, 0, outcomes, e);
}

/* Rule 3. */
static void report(struct import_report *r, const struct lane *lane,
                   const struct tally *t)
{
    uint64_t fresh = t->by_class[CLASS_NEW];
    r->read += lane->n;
    r->fresh += fresh;
    r->updated += t->by_class[CLASS_UPDATED];
    r->sampled += t->by_class[CLASS_SAMPLED];
    r->unchanged += t->by_class[CLASS_UNCHANGED];
    r->hidden_inferred += t->hidden_inferred;
    if (lane->type == &schema_video)
        r->videos += fresh;
    else
        r->channels += fresh;
}

static int flush_lane(struct import_batch *b, struct lane *lane,
                      struct import_report *r, struct err *e)
{
    struct loaded records, samples;
    struct tally t = { .hidden_inferred = 0 };
    if (!lane->n)
        return RC_OK;
    int rc = read_records(b, lane, &records, e);
    if (!rc)
        rc = read_samples(b, lane, &records, &samples, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < lane->n; i++)
        merge_one(&lane->obs[i], &records, &samples, &t);
    rc = put(b, &samples, e); /* rule 2 */
    if (!rc)
        rc = put(b, &records, e);
    if (rc)
        return rc;
    report(r, lane, &t);
    lane->n = 0;
    return RC_OK;
}

/* Rule 5. */
static int find_store(struct import_batch *b, struct err *e)
{
    if (b->store || !(b->videos.n + b->channels.n))
        return RC_OK;
    int rc = b->o->open(b->o->open_ctx, &b->store, e);
    return rc ? rc : import_store_is_local(b->store, e);
}

int import_batch_flush(struct import_batch *b, struct import_report *r,
                       struct err *e)
{
    int rc = find_store(b, e);
    if (!rc)
        rc = flush_lane(b, &b->videos, r, e);
    if (!rc)
        rc = flush_lane(b, &b->channels, r, e);
    arena_reset(&b->stored);
    arena_reset(&b->text);
    return rc;
}
