/*
 * sim/catalog.c - the layout of the generated catalogue: ids, and which
 * channel holds which videos.
 *
 * Rules
 *   1. index -> id is a bijection of 64 bits, so ids never collide and the
 *      way back costs the same; an id belongs to the catalogue when its
 *      index is below the number of videos
 *   2. channel sizes follow a fixed heavy-tailed table, kept as at most
 *      CATALOG_ROWS_MAX runs of equal size: both directions are a binary
 *      search and a division
 *   3. every channel has at least one upload, none more than
 *      CATALOG_UPLOADS_MAX: the tail is flattened until that holds
 *   4. at start at least 99 % of the videos are told: `future` and the
 *      earlier half of `gone` are exact numbers, not probabilities
 *
 * Threads: everything is read-only after catalog_init().
 */
#include "sim/catalog_priv.h"

#include "base/digest.h"

#include <math.h>

/*
 * Channels by the thousand and their weight: a tail over three decades. The
 * humps below 50 keep the pages of 50 well filled, so that a whole harvest
 * of 1 M videos in 20,000 channels needs about 27,000 of them.
 */
/* clang-format off */
static const struct size_class {
    uint32_t per_thousand;
    double weight;
} size_classes[] = {
    {  30,    3 }, {  50,   8 }, {  70,  14 }, {  90,   22 }, { 120, 32 },
    { 330,   45 }, { 190,  48 }, {  70,  95 }, {  30,  190 }, {  14, 390 },
    {   5,  900 }, {   1, 2400 },
};
/* clang-format on */

/* Shares of rule 4: 0.4 % appear after start, 0.5 % vanish, half before. */
enum { FUTURE_PER_MILLE = 4, GONE_PER_MILLE = 5 };

/* ---- permutations and ids ---- */

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

void catalog_perm_init(struct catalog_perm *p, uint64_t n, uint64_t key)
{
    *p = (struct catalog_perm){ .n = n, .a = 1, .b = 0 };
    if (n < 2)
        return;
    p->a = 1 + key % (n - 1);
    while (gcd(p->a, n) != 1)
        p->a = 1 + p->a % (n - 1);
    p->b = rnd_mix(key) % n;
}

uint64_t catalog_perm_at(const struct catalog_perm *p, uint64_t x)
{
    return (p->a * x + p->b) % p->n; /* below 2^54: n is below 2^27 */
}

static uint64_t unshift(uint64_t x, int by)
{
    uint64_t y = x;
    for (int known = by; known < 64; known += by)
        y = x ^ (y >> by);
    return y;
}

/* The inverse of rnd_mix(); the factors are inverses modulo 2^64. */
static uint64_t unmix(uint64_t x)
{
    x = unshift(x, 31) * 0x319642b2d24d8ec3u;
    x = unshift(x, 27) * 0x96de1b173f119089u;
    return unshift(x, 30) - 0x9e3779b97f4a7c15u;
}

uint64_t catalog_video_id(const struct catalog *c, uint64_t index)
{
    return catalog_hash(c, SALT_VIDEO_ID, index);
}

bool catalog_video_index(const struct catalog *c, uint64_t id, uint64_t *ret)
{
    uint64_t index = unmix(id) ^ c->key[SALT_VIDEO_ID];
    if (index >= c->videos)
        return false;
    *ret = index;
    return true;
}

struct cid catalog_channel_id(const struct catalog *c, uint64_t channel)
{
    return (struct cid){ .hi = catalog_hash(c, SALT_CHANNEL_HI, channel),
                         .lo = catalog_hash(c, SALT_CHANNEL_LO, channel) };
}

bool catalog_channel_index(const struct catalog *c, struct cid id,
                           uint64_t *ret)
{
    uint64_t channel = unmix(id.hi) ^ c->key[SALT_CHANNEL_HI];
    if (channel >= c->channels || !cid_eq(id, catalog_channel_id(c, channel)))
        return false;
    *ret = channel;
    return true;
}

/* ---- sizes ---- */

/* How the channels share the videos, for a tail flattened to weight^@power. */
struct shares {
    uint64_t channels[ARRAY_LEN(size_classes)];
    uint64_t size[ARRAY_LEN(size_classes)];
    uint64_t left; /* videos not given out yet, below the channels' number */
};

static void count_channels(const struct catalog *c, struct shares *s)
{
    uint64_t thousandths = 0, before = 0;
    for (size_t k = 0; k < ARRAY_LEN(size_classes); k++) {
        thousandths += size_classes[k].per_thousand;
        uint64_t end = c->channels * thousandths / 1000;
        s->channels[k] = end - before;
        before = end;
    }
}

/* One video for every channel, the rest by weight, rounded down: also where
 * the product is a whole number and floating point lies just above it. */
#define ROUND_DOWN (1 - 1e-9)
static void share_videos(const struct catalog *c, double power,
                         struct shares *s)
{
    double sum = 0;
    for (size_t k = 0; k < ARRAY_LEN(size_classes); k++)
        sum += (double)s->channels[k] * pow(size_classes[k].weight, power);
    double rest = (double)(c->videos - c->channels);
    s->left = c->videos;
    for (size_t k = 0; k < ARRAY_LEN(size_classes); k++) {
        double share = pow(size_classes[k].weight, power) / sum;
        s->size[k] = 1 + (uint64_t)(rest * share * ROUND_DOWN);
        s->left -= s->size[k] * s->channels[k];
    }
}

static uint64_t largest(const struct shares *s)
{
    uint64_t max = 0;
    for (size_t k = 0; k < ARRAY_LEN(size_classes); k++)
        if (s->channels[k] && s->size[k] + 1 > max)
            max = s->size[k] + 1;
    return max;
}

static void add_row(struct catalog *c, uint64_t channels, uint64_t size)
{
    struct catalog_row *row = &c->rows[c->n_rows];
    if (!channels)
        return;
    row->size = size;
    row[1] = (struct catalog_row){
        .first_channel = row->first_channel + channels,
        .first_video = row->first_video + channels * size,
    };
    c->n_rows++;
}

static void lay_out(struct catalog *c)
{
    enum { STEPS = 32 };
    struct shares s;
    count_channels(c, &s);
    for (int step = STEPS; step >= 0; step--) {
        share_videos(c, (double)step / STEPS, &s);
        if (largest(&s) <= CATALOG_UPLOADS_MAX)
            break;
    }
    c->rows[0] = (struct catalog_row){ .size = 0 };
    for (size_t k = 0; k < ARRAY_LEN(size_classes); k++) {
        uint64_t one_more = s.left < s.channels[k] ? s.left : s.channels[k];
        add_row(c, one_more, s.size[k] + 1);
        add_row(c, s.channels[k] - one_more, s.size[k]);
        s.left -= one_more;
    }
}

int catalog_init(struct catalog *c, uint64_t seed, uint64_t videos,
                 uint64_t channels, int64_t start, struct err *e)
{
    if (videos > CATALOG_VIDEOS_MAX)
        return err_set(e, RC_INPUT, "%llu videos: at most %d",
                       (unsigned long long)videos, CATALOG_VIDEOS_MAX);
    if (videos && (channels < 1 || channels > videos))
        return err_set(e, RC_INPUT, "%llu channels: from 1 to the videos",
                       (unsigned long long)channels);
    if (videos > channels * (CATALOG_UPLOADS_MAX - 1))
        return err_set(e, RC_INPUT,
                       "%llu channels are too few for %llu videos: an "
                       "uploads list tells at most %d",
                       (unsigned long long)channels, (unsigned long long)videos,
                       CATALOG_UPLOADS_MAX);
    *c = (struct catalog){
        .videos = videos,
        .channels = videos ? channels : 0,
        .start = start,
        .future = videos * FUTURE_PER_MILLE / 1000,
        .gone = videos * GONE_PER_MILLE / 1000,
    };
    for (uint64_t salt = 0; salt < SALT_COUNT; salt++)
        c->key[salt] = rnd_mix(digest_mix(seed + 1) + salt);
    catalog_perm_init(&c->channel_order, c->channels, c->key[SALT_ORDER]);
    catalog_perm_init(&c->video_order, c->videos, c->key[SALT_GONE]);
    if (videos)
        lay_out(c);
    return RC_OK;
}

/* The row that holds channel (or video) @x; rows begin at 0 and grow. */
static const struct catalog_row *row_of(const struct catalog *c, uint64_t x,
                                        bool by_video)
{
    size_t low = 0, high = c->n_rows;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        const struct catalog_row *r = &c->rows[mid];
        if ((by_video ? r->first_video : r->first_channel) <= x)
            low = mid;
        else
            high = mid;
    }
    return &c->rows[low];
}

struct catalog_uploads catalog_uploads(const struct catalog *c,
                                       uint64_t channel)
{
    const struct catalog_row *r = row_of(c, channel, false);
    uint64_t rank = catalog_perm_at(&c->channel_order, channel);
    uint64_t future =
        c->future / c->channels + (rank < c->future % c->channels ? 1 : 0);
    if (future > r->size - 1)
        future = r->size - 1; /* at least one is there from the beginning */
    return (struct catalog_uploads){
        .first = r->first_video + (channel - r->first_channel) * r->size,
        .n = r->size,
        .future = future,
    };
}

uint64_t catalog_channel_of(const struct catalog *c, uint64_t index)
{
    const struct catalog_row *r = row_of(c, index, true);
    return r->first_channel + (index - r->first_video) / r->size;
}
