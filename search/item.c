/*
 * search/item.c - the value of each column of an item.
 *
 * Rules
 *   1. facts are told unchanged, by the kind that the schema gives them
 *   2. a ratio without a rank has no figures at all: each is absent
 *   3. percentileMin and percentileMax are the percentiles of the last and
 *      the first video of the bucket with the same ratio; the strict order
 *      among those is by a hash of the id
 *   4. source says who counted the dislikes, where dislikes are a part of
 *      the ratio, else where the counts come from
 *
 * Threads: any.
 */
#include "search/item_priv.h"

#include "base/cal.h"
#include "search/snap_priv.h"

#include <assert.h>
#include <math.h>

const struct item_row item_rows[] = {
#define VIDEO_ID          FIELD_ID
#define VIDEO_ISO         FIELD_ISO
#define ITEM(name, field) { name, VIDEO_##field },
#include "search/item.def"
#undef ITEM
#undef VIDEO_ID
#undef VIDEO_ISO
};
const int item_rows_n = ARRAY_LEN(item_rows);
static_assert(ARRAY_LEN(item_rows) + RATIO_COUNT * (LEAFS + 2) <= COLS_MAX,
              "every column has a number");

const char *const leaf_names[LEAFS] = {
#define LEAF(leaf, name) [LEAF_##leaf] = name,
#include "search/item.def"
#undef LEAF
};

static void set_text(struct item_value *v, struct str s)
{
    v->kind = ITEM_TEXT;
    v->text = s;
}

static void set_u64(struct item_value *v, uint64_t x)
{
    v->kind = ITEM_U64;
    v->u64 = x;
}

static void set_f64(struct item_value *v, double x)
{
    v->kind = isfinite(x) ? ITEM_F64 : ITEM_ABSENT;
    v->f64 = x;
}

static void set_bool(struct item_value *v, bool x)
{
    v->kind = ITEM_BOOL;
    v->u64 = x;
}

/* ---- facts ---- */

static void set_enum(struct item_value *v, const struct schema_field *f,
                     uint64_t x)
{
    const char *text = schema_enum_text(f, x);
    if (text)
        set_text(v, str_of(text));
}

static void fact_value(const struct video *video, int field,
                       struct item_value *v)
{
    const struct schema_field *f = &schema_video.fields[field];
    const void *at = schema_at_const(f, video);
    if (!(video->h.have >> field & 1))
        return;
    switch (f->kind) {
    case SCHEMA_U64:
        set_u64(v, *(const uint64_t *)at);
        break;
    case SCHEMA_BOOL:
        set_bool(v, *(const uint64_t *)at != 0);
        break;
    case SCHEMA_ENUM:
        set_enum(v, f, *(const uint64_t *)at);
        break;
    case SCHEMA_SEC:
        set_text(v, str_of(cal_text(wall_of_s(*(const int64_t *)at), v->room)));
        break;
    case SCHEMA_CID:
        set_text(v, str_of(cid_text(*(const struct cid *)at, v->room)));
        break;
    case SCHEMA_STR:
        set_text(v, *(const struct str *)at);
        break;
    case SCHEMA_LIST:
        set_text(v, *(const struct str *)at);
        v->kind = ITEM_LIST;
        break;
    case SCHEMA_I64:
    case SCHEMA_F32:
        break; /* no item has one */
    }
}

static void iso_value(const struct video *video, struct item_value *v)
{
    struct buf b = BUF_INIT(sizeof(v->room) - 1);
    if (!VIDEO_HAS(video, duration))
        return;
    duration_put_iso(&b, video->duration);
    if (!b.failed && b.n) {
        memcpy(v->room, b.p, b.n);
        set_text(v, str_n(v->room, b.n));
    }
    buf_fini(&b);
}

/* ---- ratios ---- */

bool item_ranked(const struct search_item *item, enum ratio_id r)
{
    return item->rank[r].q != RATIO_NO_RANK && item->rank[r].bucket;
}

bool leaf_exists(enum ratio_id r, enum leaf leaf)
{
    return leaf != LEAF_LOWER_BOUND || r == RATIO_LIKES_DISLIKES;
}

/* Lower end of Wilson's 95 % interval of a / (a + c). */
static double wilson(uint64_t a, uint64_t c)
{
    const double z = 1.959963984540054;
    double n = (double)a + (double)c, p = (double)a / n;
    double middle = p + z * z / (2 * n);
    double half = z * sqrt((p * (1 - p) + z * z / (4 * n)) / n);
    return (middle - half) / (1 + z * z / n);
}

static double median(const struct ratio_bucket *b)
{
    for (size_t i = 0; i < RATIO_QUANTILES; i++)
        if (ratio_quantile_percent[i] == 50)
            return b->quantile[i];
    return (double)NAN;
}

/* As ratio_rank() computes q from a place. */
static double percentile_at(uint64_t place, uint64_t n)
{
    uint64_t q = ((2 * place + 1) << 31) / n;
    return ratio_percentile(q < RATIO_NO_RANK ? (uint32_t)q
                                              : RATIO_NO_RANK - 1);
}

/* Rule 3. */
static double tie_percentile(const struct search_item *item, enum ratio_id r,
                             bool best)
{
    uint64_t first, last;
    snap_ties(item->snap, r, &item->rank[r], &first, &last);
    return percentile_at(best ? first : last, item->rank[r].bucket->n);
}

static void source_value(const struct search_item *item, enum ratio_id r,
                         struct item_value *v)
{
    bool dislikes = r == RATIO_LIKES_DISLIKES || r == RATIO_DISLIKES_VIEWS;
    fact_value(&item->v, dislikes ? VIDEO_dislikes_from : VIDEO_origin, v);
}

static void leaf_value(const struct search_item *item, enum ratio_id r,
                       enum leaf leaf, struct item_value *v)
{
    const struct search_rank *k = &item->rank[r];
    if (!item_ranked(item, r))
        return;
    switch (leaf) {
    case LEAF_VALUE:
        set_f64(v, ratio_value(k->a, k->c));
        break;
    case LEAF_PERCENTILE:
        set_f64(v, ratio_percentile(k->q));
        break;
    case LEAF_PERCENTILE_MIN:
        set_f64(v, tie_percentile(item, r, false));
        break;
    case LEAF_PERCENTILE_MAX:
        set_f64(v, tie_percentile(item, r, true));
        break;
    case LEAF_VIEWS_MIN:
        set_u64(v, k->bucket->views_min);
        break;
    case LEAF_VIEWS_MAX:
        set_u64(v, k->bucket->views_max);
        break;
    case LEAF_N:
        set_u64(v, k->bucket->n);
        break;
    case LEAF_EXPECTED:
        set_f64(v, median(k->bucket));
        break;
    case LEAF_TOP1:
        set_bool(v, ratio_in_top(k->q, 1));
        break;
    case LEAF_TOP10:
        set_bool(v, ratio_in_top(k->q, 10));
        break;
    case LEAF_LOWER_BOUND:
        if (leaf_exists(r, leaf))
            set_f64(v, wilson(k->a, k->c));
        break;
    case LEAF_SOURCE:
        source_value(item, r, v);
        break;
    case LEAF_DERIVED:
        set_bool(v, true);
        break;
    case LEAFS:
        break;
    }
}

static void bucket_value(const struct search_item *item, enum ratio_id r,
                         struct item_value *v)
{
    const struct ratio_bucket *b = item->rank[r].bucket;
    if (!item_ranked(item, r))
        return;
    snprintf(v->room, sizeof(v->room), "%llu-%llu",
             (unsigned long long)b->views_min,
             (unsigned long long)b->views_max);
    set_text(v, str_of(v->room));
}

/* ---- any column ---- */

void item_value(const struct search_item *item, int col, struct item_value *ret)
{
    ret->kind = ITEM_ABSENT;
    if (col >= col_bucket(0)) {
        bucket_value(item, (enum ratio_id)(col - col_bucket(0)), ret);
    } else if (col >= col_q(0)) {
        enum ratio_id r = (enum ratio_id)(col - col_q(0));
        if (item->rank[r].q != RATIO_NO_RANK)
            set_u64(ret, item->rank[r].q);
    } else if (col >= item_rows_n) {
        int leaf = col - item_rows_n;
        leaf_value(item, (enum ratio_id)(leaf / LEAFS),
                   (enum leaf)(leaf % LEAFS), ret);
    } else if (item_rows[col].field == FIELD_ID) {
        set_text(ret, str_of(vid_text(item->v.h.key[0], ret->room)));
    } else if (item_rows[col].field == FIELD_ISO) {
        iso_value(&item->v, ret);
    } else {
        fact_value(&item->v, item_rows[col].field, ret);
    }
}
