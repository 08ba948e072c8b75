/* tests/ratio/sets.c - random and adversarial rows. */
#include "tests/ratio/sets.h"

#include "base/rnd.h"

#include <stdlib.h>

/* The id whose hash input is @x: fmix64 backwards, so that a test can make
 * ids with equal hashes. */
static uint64_t id_of_mixed(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0x9cb4b2f8129337db); /* 1 / 0xc4ceb9fe1a85ec53 */
    x ^= x >> 33;
    x *= UINT64_C(0x4f74430c22a54005); /* 1 / 0xff51afd7ed558ccd */
    x ^= x >> 33;
    return x;
}

static uint64_t some_views(struct rnd *r)
{
    return rnd_u64(r) >> (40 + rnd_below(r, 24));
}

struct row {
    uint64_t id, views, a, c;
};

typedef void (*row_fn)(struct rnd *r, size_t i, struct row *x);

static void ordinary(struct rnd *r, size_t i, struct row *x)
{
    (void)i;
    x->views = some_views(r);
    x->a = rnd_below(r, x->views / 8 + 2);
    x->c = rnd_below(r, x->views / 64 + 2);
}

static void unknowns(struct rnd *r, size_t i, struct row *x)
{
    ordinary(r, i, x);
    uint64_t *const fields[] = { &x->views, &x->a, &x->c };
    *fields[rnd_below(r, 3)] = RATIO_UNKNOWN;
    if (rnd_below(r, 3) == 0)
        ordinary(r, i, x);
}

static void all_equal(struct rnd *r, size_t i, struct row *x)
{
    (void)r, (void)i;
    *x = (struct row){ x->id, 5000, 40, 3 };
}

static void two_values(struct rnd *r, size_t i, struct row *x)
{
    (void)i;
    *x = (struct row){ x->id, 5000, 40 + rnd_below(r, 2), 3 };
}

static void all_zero(struct rnd *r, size_t i, struct row *x)
{
    (void)r, (void)i;
    *x = (struct row){ x->id, 0, 0, 0 };
}

static void no_likes(struct rnd *r, size_t i, struct row *x)
{
    ordinary(r, i, x);
    x->a = 0;
}

static void no_dislikes(struct rnd *r, size_t i, struct row *x)
{
    ordinary(r, i, x);
    x->c = 0;
}

static void more_likes_than_views(struct rnd *r, size_t i, struct row *x)
{
    ordinary(r, i, x);
    x->a = x->views + rnd_below(r, 1000);
}

static void huge_counts(struct rnd *r, size_t i, struct row *x)
{
    (void)i;
    x->views = rnd_u64(r) >> rnd_below(r, 3);
    x->a = (UINT64_C(1) << 63) + rnd_below(r, 3);
    x->c = (UINT64_C(1) << 63) - rnd_below(r, 3);
}

static void huge_views(struct rnd *r, size_t i, struct row *x)
{
    ordinary(r, i, x);
    x->views = UINT64_MAX - 1 - (rnd_u64(r) >> (1 + rnd_below(r, 63)));
}

static void nearly_equal_ratios(struct rnd *r, size_t i, struct row *x)
{
    (void)i;
    x->views = UINT64_C(1) << 40;
    x->a = (UINT64_C(1) << 39) + rnd_below(r, 100000);
    x->c = (UINT64_C(1) << 38) + rnd_below(r, 3);
}

static void one_view_count(struct rnd *r, size_t i, struct row *x)
{
    (void)i;
    *x = (struct row){ x->id, 77, rnd_below(r, 78), rnd_below(r, 9) };
}

static void ladder_of_views(struct rnd *r, size_t i, struct row *x)
{
    (void)r;
    *x = (struct row){ x->id, i + 1, i / 3, i / 7 };
}

static void equal_hashes(struct rnd *r, size_t i, struct row *x)
{
    ordinary(r, i, x);
    x->views = 900;
    x->a = rnd_below(r, 3);
    x->c = 1;
    x->id =
        id_of_mixed(UINT64_C(0xabcd1234) << 32 | i * 2654435761 % 4294967291);
}

static void few_hashes(struct rnd *r, size_t i, struct row *x)
{
    ordinary(r, i, x);
    x->a = rnd_below(r, 4);
    x->c = rnd_below(r, 2);
    x->id = id_of_mixed((rnd_below(r, 50) << 32) | i);
}

static void extremes_only(struct rnd *r, size_t i, struct row *x)
{
    (void)i;
    x->views = 1000;
    x->a = rnd_below(r, 2) ? 0 : rnd_u64(r) >> rnd_below(r, 64);
    x->c = rnd_below(r, 2) ? 0 : rnd_u64(r) >> rnd_below(r, 64);
}

const char *const set_names[SETS] = {
    "ordinary counts",
    "many unknown counts",
    "all rows equal",
    "two values",
    "all zero",
    "nobody likes",
    "nobody dislikes",
    "more likes than views",
    "counts of 2^63",
    "views beyond 2^63",
    "ratios within a float",
    "one view count",
    "each views once",
    "all hashes equal",
    "fifty hashes",
    "zeros, infinities and the rest",
};
static const row_fn fns[SETS] = {
    ordinary,        unknowns,     all_equal,           two_values,
    all_zero,        no_likes,     no_dislikes,         more_likes_than_views,
    huge_counts,     huge_views,   nearly_equal_ratios, one_view_count,
    ladder_of_views, equal_hashes, few_hashes,          extremes_only,
};

static uint64_t *column(size_t n)
{
    uint64_t *p = malloc(n * sizeof(*p) + 1);
    if (!p)
        abort();
    return p;
}

void set_init(struct set *s, int which, enum ratio_id r, size_t n,
              uint64_t seed)
{
    *s = (struct set){
        .id = column(n), .views = column(n), .a = column(n), .c = column(n)
    };
    struct rnd rnd;
    rnd_init(&rnd, seed);
    for (size_t i = 0; i < n; i++) {
        struct row x = { .id = rnd_mix(i + 1) };
        fns[which](&rnd, i, &x);
        s->id[i] = x.id;
        s->views[i] = x.views;
        s->a[i] = x.a;
        s->c[i] = r == RATIO_LIKES_DISLIKES ? x.c : x.views;
    }
    s->rows = (struct ratio_rows){
        .n = n, .id = s->id, .views = s->views, .a = s->a, .c = s->c
    };
}

void set_fini(struct set *s)
{
    free(s->id);
    free(s->views);
    free(s->a);
    free(s->c);
}

static void swap(uint64_t *v, size_t i, size_t j)
{
    uint64_t x = v[i];
    v[i] = v[j];
    v[j] = x;
}

void set_shuffle(struct set *s, size_t *order, uint64_t seed)
{
    struct rnd r;
    rnd_init(&r, seed);
    for (size_t i = 0; i < s->rows.n; i++)
        order[i] = i;
    for (size_t i = s->rows.n; i > 1; i--) {
        size_t j = (size_t)rnd_below(&r, i);
        swap(s->id, i - 1, j);
        swap(s->views, i - 1, j);
        swap(s->a, i - 1, j);
        swap(s->c, i - 1, j);
        size_t x = order[i - 1];
        order[i - 1] = order[j];
        order[j] = x;
    }
}
