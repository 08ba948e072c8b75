/*
 * search/epoch.c - a rank epoch as a JSON document.
 *
 *     {"v":1,"computedAt":…,"ratios":{"likesViews":{"nMin":…,
 *      "mantissaBits":…,"minVotes":…,"eligible":…,"unknown":…,
 *      "buckets":[[cellMin,cellMax,n,alpha,beta,[quantiles],
 *                  [[key,hash] or null, …]],…]},…}}
 *
 * Rules
 *   1. what is read back has the same bits: numbers are written shortest,
 *      an infinite quantile is null
 *   2. bounds in views follow from the cells and are not written
 *   3. the document comes from the store, perhaps by another version of
 *      this program: everything is checked before it is used, so that no
 *      rank job fails by the edges it keeps
 *
 * Threads: any; no state.
 */
#include "search/snap_priv.h"

#include <math.h>
#include <stdlib.h>

enum { EPOCH_VERSION = 1, BUCKETS_MAX = 1 << 17 };

struct epoch *epoch_ref(struct epoch *x)
{
    atomic_fetch_add_explicit(&x->refs, 1, memory_order_relaxed);
    return x;
}

void epoch_unref(struct epoch *x)
{
    if (!x || atomic_fetch_sub_explicit(&x->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t r = 0; r < RATIO_COUNT; r++)
        ratio_table_close(x->table[r]);
    free(x);
}

static int table_new(const struct ratio_table *like, size_t n_buckets,
                     struct ratio_table **ret, struct err *e)
{
    struct ratio_table *t = calloc(1, sizeof(*t));
    struct ratio_bucket *b = calloc(n_buckets + 1, sizeof(*b));
    if (!t || !b) {
        free(t);
        free(b);
        return err_set(e, RC_NOMEM, "no memory for a ratio table");
    }
    *t = *like;
    t->n_buckets = n_buckets;
    t->buckets = b;
    *ret = t;
    return RC_OK;
}

int table_copy(const struct ratio_table *t, struct ratio_table **ret,
               struct err *e)
{
    struct ratio_table *copy;
    int rc = table_new(t, t->n_buckets, &copy, e);
    if (rc)
        return rc;
    if (t->n_buckets)
        memcpy(copy->buckets, t->buckets, t->n_buckets * sizeof(*t->buckets));
    *ret = copy;
    return RC_OK;
}

/* ---- writing ---- */

static void write_bucket(struct jsonw *w, const struct ratio_bucket *b)
{
    jsonw_arr(w);
    jsonw_u64(w, b->cell_min);
    jsonw_u64(w, b->cell_max);
    jsonw_u64(w, b->n);
    jsonw_f64(w, b->alpha);
    jsonw_f64(w, b->beta);
    jsonw_arr(w);
    for (size_t i = 0; i < RATIO_QUANTILES; i++)
        jsonw_f64(w, b->quantile[i]);
    jsonw_arr_end(w);
    jsonw_arr(w);
    for (size_t i = 0; i < RATIO_THRESHOLDS; i++) {
        if (!b->threshold[i].some) {
            jsonw_null(w);
            continue;
        }
        jsonw_arr(w);
        jsonw_u64(w, b->threshold[i].key);
        jsonw_u64(w, b->threshold[i].hash);
        jsonw_arr_end(w);
    }
    jsonw_arr_end(w);
    jsonw_arr_end(w);
}

static void write_table(struct jsonw *w, const struct ratio_table *t)
{
    jsonw_key(w, ratio_name(t->ratio));
    jsonw_obj(w);
    jsonw_ku64(w, "nMin", t->n_min);
    jsonw_ku64(w, "mantissaBits", t->mantissa_bits);
    jsonw_ku64(w, "minVotes", t->min_votes);
    jsonw_ku64(w, "eligible", t->eligible);
    jsonw_ku64(w, "unknown", t->unknown);
    jsonw_key(w, "buckets");
    jsonw_arr(w);
    for (size_t b = 0; b < t->n_buckets; b++)
        write_bucket(w, &t->buckets[b]);
    jsonw_arr_end(w);
    jsonw_obj_end(w);
}

int epoch_write(const struct epoch *x, struct buf *out, struct err *e)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_ku64(&w, "v", EPOCH_VERSION);
    jsonw_ki64(&w, "computedAt", x->computed_at);
    jsonw_key(&w, "ratios");
    jsonw_obj(&w);
    for (size_t r = 0; r < RATIO_COUNT; r++)
        write_table(&w, x->table[r]);
    jsonw_obj_end(&w);
    jsonw_obj_end(&w);
    return buf_check(out, "the rank epoch", e);
}

/* ---- reading ---- */

static int bad(const char *what, struct err *e)
{
    return err_set(e, RC_CORRUPT, "the rank epoch is damaged: %s", what);
}

static bool read_u32(const struct jsonr *v, uint64_t max, uint32_t *ret)
{
    uint64_t x;
    if (!jsonr_u64(v, &x) || x > max)
        return false;
    *ret = (uint32_t)x;
    return true;
}

/* Rule 1. */
static bool read_f64(const struct jsonr *v, double *ret)
{
    if (v && jsonr_is_null(v)) {
        *ret = (double)INFINITY;
        return true;
    }
    return jsonr_f64(v, ret) && *ret >= 0;
}

static bool read_lists(const struct jsonr *v, struct ratio_bucket *b)
{
    const struct jsonr *q = jsonr_item(v, 5), *t = jsonr_item(v, 6);
    if (jsonr_len(q) != RATIO_QUANTILES || jsonr_len(t) != RATIO_THRESHOLDS)
        return false;
    for (size_t i = 0; i < RATIO_QUANTILES; i++)
        if (!read_f64(jsonr_item(q, i), &b->quantile[i]))
            return false;
    for (size_t i = 0; i < RATIO_THRESHOLDS; i++) {
        const struct jsonr *x = jsonr_item(t, i);
        if (jsonr_is_null(x))
            continue;
        b->threshold[i].some = true;
        if (!read_u32(jsonr_item(x, 0), UINT32_MAX, &b->threshold[i].key) ||
            !read_u32(jsonr_item(x, 1), UINT32_MAX, &b->threshold[i].hash))
            return false;
    }
    return true;
}

static bool read_bucket(const struct jsonr *v, enum ratio_id r, uint32_t cells,
                        uint32_t bits, struct ratio_bucket *b)
{
    double prior[2];
    if (!read_u32(jsonr_item(v, 0), cells, &b->cell_min) ||
        !read_u32(jsonr_item(v, 1), cells, &b->cell_max) ||
        !jsonr_u64(jsonr_item(v, 2), &b->n) ||
        !read_f64(jsonr_item(v, 3), &prior[0]) ||
        !read_f64(jsonr_item(v, 4), &prior[1]) ||
        !ratio_prior_usable(r, prior[0], prior[1]))
        return false;
    b->alpha = prior[0];
    b->beta = prior[1];
    b->views_min = ratio_cell_first(b->cell_min, bits);
    /* behind the last cell this wraps to 2^64 - 1, as it should */
    b->views_max = ratio_cell_first(b->cell_max + 1, bits) - 1;
    return read_lists(v, b);
}

/* Ascending, without gaps, over all cells. */
static bool edges_good(const struct ratio_table *t, uint32_t cells)
{
    uint32_t next = 0;
    for (size_t b = 0; b < t->n_buckets; b++) {
        if (t->buckets[b].cell_min != next || t->buckets[b].cell_max < next)
            return false;
        next = t->buckets[b].cell_max + 1;
    }
    return t->n_buckets == 0 || next == cells + 1;
}

static bool read_head(const struct jsonr *v, struct ratio_table *t)
{
    return read_u32(jsonr_get(v, "nMin"), 1 << 20, &t->n_min) &&
           read_u32(jsonr_get(v, "mantissaBits"), 10, &t->mantissa_bits) &&
           t->n_min >= 1 && t->mantissa_bits >= 4 &&
           jsonr_u64(jsonr_get(v, "minVotes"), &t->min_votes) &&
           t->min_votes >= 1 &&
           jsonr_u64(jsonr_get(v, "eligible"), &t->eligible) &&
           jsonr_u64(jsonr_get(v, "unknown"), &t->unknown);
}

static int read_table(const struct jsonr *v, enum ratio_id r,
                      struct ratio_table **ret, struct err *e)
{
    struct ratio_table head = { .ratio = r };
    const struct jsonr *list = jsonr_get(v, "buckets");
    size_t n = jsonr_len(list);
    if (!read_head(v, &head) || !jsonr_is_array(list) || n > BUCKETS_MAX)
        return bad(ratio_name(r), e);

    struct ratio_table *t;
    int rc = table_new(&head, n, &t, e);
    if (rc)
        return rc;
    uint32_t cells = ratio_cell(UINT64_MAX, t->mantissa_bits);
    bool good = true;
    for (size_t b = 0; good && b < n; b++)
        good = read_bucket(jsonr_item(list, b), r, cells, t->mantissa_bits,
                           &t->buckets[b]);
    if (!good || !edges_good(t, cells)) {
        ratio_table_close(t);
        return bad(ratio_name(r), e);
    }
    *ret = t;
    return RC_OK;
}

static int read_epoch(const struct jsonr *root, struct epoch *x, struct err *e)
{
    uint64_t version;
    if (!jsonr_u64(jsonr_get(root, "v"), &version) || version != EPOCH_VERSION)
        return bad("it is of another version", e);
    if (!jsonr_i64(jsonr_get(root, "computedAt"), &x->computed_at))
        return bad("computedAt", e);
    const struct jsonr *ratios = jsonr_get(root, "ratios");
    int rc = RC_OK;
    for (enum ratio_id r = 0; !rc && r < RATIO_COUNT; r++)
        rc = read_table(jsonr_get(ratios, ratio_name(r)), r, &x->table[r], e);
    return rc;
}

int epoch_parse(struct epoch **ret, struct str json, uint64_t id, struct err *e)
{
    struct jsonr *root = NULL;
    if (jsonr_open(&root, json, e))
        return bad("it is not JSON", e);
    struct epoch *x = calloc(1, sizeof(*x));
    int rc = RC_OK;
    if (!x) {
        rc = err_set(e, RC_NOMEM, "no memory for a rank epoch");
    } else {
        x->refs = 1;
        x->id = id;
        rc = read_epoch(root, x, e);
    }
    jsonr_close(root);
    if (rc) {
        epoch_unref(x);
        return rc;
    }
    *ret = x;
    return RC_OK;
}
