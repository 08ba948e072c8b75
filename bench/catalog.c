/*
 * bench/catalog.c - made-up videos with text.
 *
 * Text is cut from one pool of words: a video costs no memory, and making
 * it little time beside what is measured.
 *
 * Threads: any, once it is open.
 */
#include "bench/catalog.h"

#include "base/rnd.h"
#include "bench/bench.h"

#include <stdlib.h>

enum {
    POOL_BYTES = 1 << 20,
    TITLE_BYTES = 55,
    DESCRIPTION_BYTES = 600, /* at most; half of it on average */
    TAGS_BYTES = 94,
    VIDEOS_A_CHANNEL = 25
};

struct catalog {
    uint64_t seed; /* mixed */
    char pool[POOL_BYTES];
};

struct catalog *catalog_open(uint64_t seed)
{
    struct catalog *c = bench_alloc(1, sizeof(*c));
    c->seed = rnd_mix(seed);
    struct rnd r;
    rnd_init(&r, c->seed);
    for (size_t i = 0; i < POOL_BYTES; i++)
        c->pool[i] = rnd_below(&r, 6) ? (char)('a' + rnd_below(&r, 26)) : ' ';
    return c;
}

void catalog_close(struct catalog *c)
{
    free(c);
}

uint64_t catalog_id(const struct catalog *c, uint64_t i)
{
    return rnd_mix(c->seed ^ i); /* a bijection */
}

static struct str text_of(const struct catalog *c, struct rnd *r, size_t bytes)
{
    return str_n(c->pool + rnd_below(r, POOL_BYTES - bytes), bytes);
}

static void set_counts(struct video *v, struct rnd *r, unsigned edition)
{
    uint64_t views = rnd_u64(r) >> (30 + rnd_below(r, 34));
    views += edition * (1 + views / 50);
    VIDEO_SET(v, views, views);
    VIDEO_SET(v, likes, views / (2 + rnd_below(r, 100)));
    VIDEO_SET(v, comments, views / 400);
    if (rnd_below(r, 4) == 0)
        VIDEO_SET(v, dislikes, views / 900);
    VIDEO_SET(v, stats_at, INT64_C(1790000000) + edition * 86400);
}

struct video catalog_counts(const struct catalog *c, uint64_t i,
                            unsigned edition)
{
    struct video v = { .h = { .key = { catalog_id(c, i), 0 } } };
    struct rnd r;
    rnd_init(&r, v.h.key[0]);
    set_counts(&v, &r, edition);
    return v;
}

struct video catalog_video(const struct catalog *c, uint64_t i)
{
    struct video v = { .h = { .key = { catalog_id(c, i), 0 } } };
    struct rnd r;
    rnd_init(&r, v.h.key[0]);
    set_counts(&v, &r, 0);
    uint64_t channel = rnd_mix(c->seed + i / VIDEOS_A_CHANNEL);
    size_t description = (size_t)rnd_below(&r, DESCRIPTION_BYTES);
    VIDEO_SET(&v, published,
              INT64_C(1200000000) + (int64_t)rnd_below(&r, 500000000));
    VIDEO_SET(&v, duration, 1 + rnd_below(&r, 7200));
    VIDEO_SET(&v, category, 22);
    VIDEO_SET(&v, origin, ORIGIN_SIM);
    VIDEO_SET(&v, text_at, v.stats_at);
    VIDEO_SET(&v, title, text_of(c, &r, TITLE_BYTES));
    VIDEO_SET(&v, description, text_of(c, &r, description));
    VIDEO_SET(&v, tags, text_of(c, &r, TAGS_BYTES));
    VIDEO_SET(&v, channel, ((struct cid){ channel, ~channel }));
    return v;
}

uint64_t catalog_digest(const struct video *v)
{
    uint64_t x = rnd_mix(v->h.key[0]);
    x = rnd_mix(x ^ (VIDEO_HAS(v, views) ? v->views : ~UINT64_C(0)));
    x = rnd_mix(x ^ (VIDEO_HAS(v, likes) ? v->likes : ~UINT64_C(0)));
    x = rnd_mix(x ^ (VIDEO_HAS(v, dislikes) ? v->dislikes : ~UINT64_C(0)));
    return rnd_mix(x ^ (VIDEO_HAS(v, comments) ? v->comments : ~UINT64_C(0)));
}
