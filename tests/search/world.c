/* tests/search/world.c - records with every oddity that a store may hold. */
#include "tests/search/world.h"

const char *const world_words[] = {
    "the",  "video",     "cat",      "best",   "music", "how",       "live",
    "top",  "2024",      "official", "guitar", "dog",   "funny",     "trailer",
    "song", "minecraft", "cook",     "rice",   "news",  "vlog",      "train",
    "solo", "remix",     "lyrics",   "speed",  "run",   "xylophone",
};
const size_t world_words_n = ARRAY_LEN(world_words);

const char *const world_languages[] = { "en", "en-GB", "EN-us",
                                        "de", "pt-BR", "enm" };
const size_t world_languages_n = ARRAY_LEN(world_languages);

struct cid world_channel(uint64_t i)
{
    return (struct cid){ rnd_mix(i), rnd_mix(i + 1000) & ~UINT64_C(3) };
}

struct world *world_open(struct kit *k, uint64_t seed)
{
    struct world *w = calloc(1, sizeof(*w));
    ck_assert_ptr_nonnull(w);
    w->kit = k;
    w->now = KIT_NOW;
    w->text = (struct arena)ARENA_INIT(64 << 20);
    rnd_init(&w->rnd, seed);
    return w;
}

void world_close(struct world *w)
{
    arena_fini(&w->text);
    free(w);
}

static bool one_in(struct world *w, uint64_t n)
{
    return rnd_below(&w->rnd, n) == 0;
}

/* ---- texts ---- */

static struct str keep(struct world *w, struct buf *b)
{
    struct str kept;
    ck_assert(!b->failed);
    ck_assert(arena_str(&w->text, buf_view(b), &kept));
    buf_fini(b);
    return kept;
}

static const char *frequent_word(struct world *w)
{
    double x = rnd_f64(&w->rnd);
    return world_words[(size_t)(x * x * (double)world_words_n)];
}

static void put_words(struct world *w, struct buf *b, uint64_t n)
{
    static const char *const between[] = { " ", " ", " ", ", ", "-", " | " };
    for (uint64_t i = 0; i < n; i++) {
        if (i)
            buf_z(b, between[rnd_below(&w->rnd, ARRAY_LEN(between))]);
        if (one_in(w, 12))
            buf_c(b, '#');
        const char *word = frequent_word(w);
        bool capital = *word >= 'a' && one_in(w, 3);
        buf_c(b, capital ? (char)(*word - 32) : *word);
        buf_z(b, word + 1);
    }
}

static struct str words(struct world *w, uint64_t max)
{
    struct buf b = BUF_INIT(4096);
    buf_z(&b, ""); /* never without memory: an empty text is a text */
    put_words(w, &b, 1 + rnd_below(&w->rnd, max));
    return keep(w, &b);
}

static struct str tags(struct world *w)
{
    struct buf b = BUF_INIT(4096);
    for (uint64_t i = 0, n = 1 + rnd_below(&w->rnd, 4); i < n; i++) {
        buf_z(&b, i ? "\n" : "");
        put_words(w, &b, 1 + rnd_below(&w->rnd, 2));
    }
    return keep(w, &b);
}

static void set_text(struct world *w, struct video *v)
{
    if (!one_in(w, 40))
        VIDEO_SET(v, title, words(w, 8));
    if (!one_in(w, 3))
        VIDEO_SET(v, tags, tags(w));
    if (one_in(w, 4))
        VIDEO_SET(v, description, words(w, 100));
    if (!one_in(w, 3))
        VIDEO_SET(
            v, language,
            str_of(world_languages[rnd_below(&w->rnd, world_languages_n)]));
    VIDEO_SET(v, text_at, w->now);
}

static void set_channel(struct world *w, struct video *v)
{
    uint64_t i = rnd_below(&w->rnd, WORLD_CHANNELS);
    if (!one_in(w, 20))
        VIDEO_SET(v, channel, world_channel(i));
    /* the title of a channel may have changed from video to video */
    if (!one_in(w, 10))
        VIDEO_SET(v, channel_title,
                  str_of(world_words[(i + one_in(w, 9)) % world_words_n]));
}

/* ---- numbers ---- */

/* From 0 to far beyond 32 bits; many small, so that ties are frequent. */
static uint64_t some_count(struct world *w)
{
    if (one_in(w, 60))
        return UINT32_MAX - 3 + rnd_below(&w->rnd, 8);
    if (one_in(w, 200))
        return UINT64_MAX - 1 - rnd_below(&w->rnd, 3);
    return rnd_u64(&w->rnd) >> (40 + rnd_below(&w->rnd, 24));
}

static void set_counts(struct world *w, struct video *v)
{
    if (!one_in(w, 50))
        VIDEO_SET(v, views, some_count(w));
    if (!one_in(w, 15))
        VIDEO_SET(v, likes,
                  one_in(w, 20) ? some_count(w)
                                : v->views / (1 + rnd_below(&w->rnd, 60)));
    if (one_in(w, 2)) {
        VIDEO_SET(v, dislikes, rnd_below(&w->rnd, 1 + v->likes / 8));
        if (!one_in(w, 10))
            VIDEO_SET(v, dislikes_from,
                      one_in(w, 4) ? DISLIKES_ESTIMATED : DISLIKES_ARCHIVED);
    }
    if (!one_in(w, 9))
        VIDEO_SET(v, comments, rnd_below(&w->rnd, 1 + v->likes / 4));
    VIDEO_SET(v, stats_at, w->now);
}

static void set_facts(struct world *w, struct video *v)
{
    const int64_t day = 86400;
    if (!one_in(w, 12))
        VIDEO_SET(v, duration,
                  1 + (rnd_u64(&w->rnd) >> (50 + rnd_below(&w->rnd, 14))));
    if (!one_in(w, 12))
        VIDEO_SET(v, published,
                  KIT_NOW - (int64_t)rnd_below(&w->rnd, 400) * day);
    if (one_in(w, 100))
        VIDEO_SET(v, published,
                  INT64_C(4294967290) + (int64_t)rnd_below(&w->rnd, 9));
    if (!one_in(w, 8))
        VIDEO_SET(v, category, 1 + rnd_below(&w->rnd, 30));
    if (!one_in(w, 3))
        VIDEO_SET(v, live, LIVE_NONE + rnd_below(&w->rnd, 4));
    if (!one_in(w, 3))
        VIDEO_SET(v, made_for_kids, rnd_below(&w->rnd, 2));
    if (!one_in(w, 3))
        VIDEO_SET(v, embeddable, rnd_below(&w->rnd, 2));
    VIDEO_SET(v, origin, ORIGIN_SIM);
}

/* ---- records ---- */

static void put(struct world *w, size_t i)
{
    enum store_outcome out;
    T_OK(store_put(w->kit->store, &schema_video, &w->v[i], 1, 0, &out,
                   &w->kit->e),
         &w->kit->e);
}

static uint64_t new_id(struct world *w)
{
    /* both ends of the range, where signed and unsigned order differ */
    if (w->n < 4)
        return w->n % 2 ? UINT64_MAX - w->n : w->n;
    return rnd_u64(&w->rnd);
}

void world_add(struct world *w, size_t n)
{
    for (; n && w->n < WORLD_MAX; n--) {
        struct video *v = &w->v[w->n];
        *v = (struct video){ .h.key = { new_id(w), 0 } };
        set_counts(w, v);
        set_facts(w, v);
        set_text(w, v);
        set_channel(w, v);
        w->alive[w->n] = true;
        put(w, w->n++);
    }
}

static void remove_one(struct world *w, size_t i)
{
    if (one_in(w, 2)) {
        kit_delete(w->kit, w->v[i].h.key[0]);
    } else {
        VIDEO_SET(&w->v[i], gone_since, w->now);
        put(w, i);
    }
    w->alive[i] = false;
}

static void change_one(struct world *w, size_t i)
{
    struct video *v = &w->v[i];
    v->h.clear = 0;
    if (!w->alive[i])
        VIDEO_CLEAR(v, gone_since);
    VIDEO_SET(v, stats_at, w->now);
    switch (rnd_below(&w->rnd, 8)) {
    case 0:
        remove_one(w, i);
        return;
    case 1:
        set_text(w, v);
        break;
    case 2:
        set_facts(w, v);
        break;
    case 3:
        VIDEO_CLEAR(v, likes);
        break;
    case 4:
        break; /* only the clock moves */
    default:
        set_counts(w, v);
        break;
    }
    w->alive[i] = true;
    put(w, i);
}

void world_change(struct world *w, size_t n)
{
    w->now += 60;
    for (; n; n--)
        change_one(w, (size_t)rnd_below(&w->rnd, w->n));
}

/* ---- with an index ---- */

void indexed_open(struct indexed *f, uint64_t seed, size_t n, bool file)
{
    kit_open(&f->k, "mem:");
    f->w = world_open(&f->k, seed);
    world_add(f->w, n);
    f->s = kit_index(&f->k, file);
}

void indexed_close(struct indexed *f)
{
    search_close(f->s);
    world_close(f->w);
    kit_close(&f->k);
}
