/*
 * tests/search/oracle.c - the definition of an answer, record by record.
 *
 * Words are those of plain ASCII: letters and digits, small; all that the
 * worlds of world.c hold.
 */
#include "tests/search/oracle.h"

#include <math.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

static bool same_word(struct str a, const char *b)
{
    if (a.n != strlen(b))
        return false;
    for (size_t i = 0; i < a.n; i++)
        if ((a.p[i] | 0x20) != (b[i] | 0x20))
            return false;
    return true;
}

/* Take the next word of @text; *hash tells whether a '#' stands before. */
static bool next_word(struct str *text, struct str *word, bool *hash)
{
    size_t i = 0, n;
    *hash = false;
    for (; i < text->n && !is_word(text->p[i]); i++)
        *hash = text->p[i] == '#';
    for (n = i; n < text->n && is_word(text->p[n]); n++)
        continue;
    *word = str_n(text->p + i, n - i);
    *text = str_from(*text, n);
    return word->n > 0;
}

/* Is @term ("cat" or "#cat") a word of @text? */
static bool text_has(struct str text, const char *term)
{
    struct str word;
    bool hash, wanted = *term == '#';
    while (text.n && next_word(&text, &word, &hash))
        if (same_word(word, term + wanted) && (hash || !wanted))
            return true;
    return false;
}

/* Does @second follow @first directly? */
static bool text_has_pair(struct str text, const char *first,
                          const char *second)
{
    struct str word;
    bool hash, after = false;
    while (text.n && next_word(&text, &word, &hash)) {
        if (after && same_word(word, second))
            return true;
        after = same_word(word, first);
    }
    return false;
}

static uint64_t title_len(const struct video *v)
{
    struct str text = v->title, word;
    uint64_t n = 0;
    bool hash;
    while (text.n && next_word(&text, &word, &hash))
        n++;
    return n;
}

/* ---- fields: 1 title, 2 tags, 4 channel ---- */

static unsigned fields_with(const struct video *v, const char *term)
{
    return (VIDEO_HAS(v, title) && text_has(v->title, term) ? 1u : 0u) |
           (VIDEO_HAS(v, tags) && text_has(v->tags, term) ? 2u : 0u) |
           (VIDEO_HAS(v, channel_title) && text_has(v->channel_title, term)
                ? 4u
                : 0u);
}

static bool has_pair(const struct video *v, const struct ask_item *x)
{
    if (VIDEO_HAS(v, title) && text_has_pair(v->title, x->word[0], x->word[1]))
        return true;
    if (x->title)
        return false;
    struct str tags = VIDEO_HAS(v, tags) ? v->tags : STR(""), tag;
    while (tags.n && str_split(&tags, '\n', &tag))
        if (text_has_pair(tag, x->word[0], x->word[1]))
            return true;
    return VIDEO_HAS(v, channel_title) &&
           text_has_pair(v->channel_title, x->word[0], x->word[1]);
}

static bool has_item(const struct video *v, const struct ask_item *x)
{
    unsigned counted = x->title ? 1 : 7;
    if (x->quoted)
        return has_pair(v, x);
    return (fields_with(v, x->word[0]) & counted) &&
           (!*x->word[1] || (fields_with(v, x->word[1]) & counted));
}

static bool words_match(const struct video *v, const struct ask *a)
{
    for (size_t i = 0; i < a->n_items; i++)
        if (has_item(v, &a->item[i]) == a->item[i].excluded)
            return false;
    return true;
}

/* ---- filters ---- */

enum verdict {
    MATCH,
    FAIL,
    LACKS_DURATION,
    LACKS_PUBLISHED,
    LACKS_RANK,
    LACKS_SEVERAL
};

static bool inside(const struct search_range *r, bool has, uint64_t x)
{
    if (!r->has_min && !r->has_max)
        return true;
    return has && !(r->has_min && x < r->min) && !(r->has_max && x > r->max);
}

/* "en" takes "en" and "en-GB", whatever the case. */
static bool language_is(struct str tag, const char *wanted)
{
    size_t n = strlen(wanted);
    return tag.n >= n && same_word(str_n(tag.p, n), wanted) &&
           (tag.n == n || tag.p[n] == '-');
}

static bool lists_match(const struct video *v, const struct ask *a)
{
    bool id = a->n_ids == 0, channel = a->n_channels == 0;
    bool category = a->n_categories == 0, language = a->n_languages == 0;
    struct str tag = VIDEO_HAS(v, language) ? v->language : STR("und");
    for (size_t i = 0; i < a->n_ids; i++)
        id = id || a->ids[i] == v->h.key[0];
    for (size_t i = 0; i < a->n_channels; i++)
        channel = channel || (VIDEO_HAS(v, channel) &&
                              cid_eq(v->channel, world_channel(a->channel[i])));
    for (size_t i = 0; i < a->n_categories; i++)
        category = category ||
                   (VIDEO_HAS(v, category) && v->category == a->category[i]);
    for (size_t i = 0; i < a->n_languages; i++)
        language = language || language_is(tag, a->language[i]);
    return id && channel && category && language;
}

static bool shut_out(const struct video *v, const struct ask *a)
{
    return (a->no_shorts && VIDEO_HAS(v, duration) && v->duration <= 60) ||
           (a->no_live && VIDEO_HAS(v, live) &&
            (v->live == LIVE_LIVE || v->live == LIVE_UPCOMING)) ||
           (a->no_kids && VIDEO_HAS(v, made_for_kids) && v->made_for_kids) ||
           (a->no_unavailable && VIDEO_HAS(v, embeddable) && !v->embeddable);
}

/* Numerator and denominator, RATIO_UNKNOWN where they may not be used. */
static void pair_of(const struct video *v, enum ratio_id r, uint64_t *a,
                    uint64_t *c)
{
    bool guessed =
        VIDEO_HAS(v, dislikes_from) && v->dislikes_from == DISLIKES_ESTIMATED;
    uint64_t views = VIDEO_HAS(v, views) ? v->views : RATIO_UNKNOWN;
    uint64_t likes = VIDEO_HAS(v, likes) ? v->likes : RATIO_UNKNOWN;
    uint64_t dislikes =
        VIDEO_HAS(v, dislikes) && !guessed ? v->dislikes : RATIO_UNKNOWN;
    uint64_t comments = VIDEO_HAS(v, comments) ? v->comments : RATIO_UNKNOWN;
    *a = r == RATIO_COMMENTS_VIEWS   ? comments
         : r == RATIO_DISLIKES_VIEWS ? dislikes
                                     : likes;
    *c = r == RATIO_LIKES_DISLIKES ? dislikes : views;
}

static bool votes_match(const struct video *v, const struct ask *a)
{
    uint64_t x, y;
    pair_of(v, a->ratio, &x, &y);
    if (!a->min_votes)
        return true;
    if (a->ratio != RATIO_LIKES_DISLIKES)
        return x != RATIO_UNKNOWN && x >= a->min_votes;
    return x != RATIO_UNKNOWN && y != RATIO_UNKNOWN &&
           (num_u128)x + y >= a->min_votes;
}

/* top x: q < x/100 of 2^32; bottom x: 2^32 - q is. */
static enum verdict rank_verdict(const struct ask *a, uint32_t q)
{
    if (!(a->top > 0) && !(a->bottom > 0))
        return MATCH;
    if (q == RATIO_NO_RANK)
        return LACKS_RANK;
    if (a->top >= 100 || a->bottom >= 100)
        return MATCH;
    double share = (a->top > 0 ? a->top : a->bottom) / 100 * 0x1p32;
    double place = a->top > 0 ? (double)q : 0x1p32 - (double)q;
    return place < share ? MATCH : FAIL;
}

static enum verdict duration_verdict(const struct video *v, const struct ask *a)
{
    bool has = VIDEO_HAS(v, duration);
    if (inside(&a->duration, has, v->duration))
        return MATCH;
    return has ? FAIL : LACKS_DURATION;
}

static enum verdict published_verdict(const struct video *v,
                                      const struct ask *a)
{
    if (!a->from && !a->to)
        return MATCH;
    if (!VIDEO_HAS(v, published))
        return LACKS_PUBLISHED;
    bool early = a->from && v->published < a->from;
    bool late = a->to && v->published >= a->to;
    return early || late ? FAIL : MATCH;
}

static enum verdict verdict_of(const struct video *v, const struct ask *a,
                               uint32_t q)
{
    const enum verdict all[] = { rank_verdict(a, q), duration_verdict(v, a),
                                 published_verdict(v, a) };
    enum verdict sum = MATCH;
    if (!inside(&a->views, VIDEO_HAS(v, views), v->views) ||
        !inside(&a->likes, VIDEO_HAS(v, likes), v->likes) ||
        !lists_match(v, a) || shut_out(v, a) || !votes_match(v, a) ||
        !words_match(v, a))
        return FAIL;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i] == FAIL)
            return FAIL;
        if (all[i] != MATCH)
            sum = sum == MATCH ? all[i] : LACKS_SEVERAL;
    }
    return sum;
}

/* ---- relevance: BM25F over three fields with the title's length ---- */

struct corpus {
    double n, mean_len;
    double df[ASK_ITEMS][2];
};

static void count_corpus(const struct world *w, const struct ask *a,
                         struct corpus *c)
{
    double words = 0;
    *c = (struct corpus){ .n = 0 };
    for (size_t i = 0; i < w->n; i++) {
        if (!w->alive[i])
            continue;
        c->n++;
        words += (double)title_len(&w->v[i]);
        for (size_t k = 0; k < a->n_items; k++)
            for (size_t t = 0; t < 2 && *a->item[k].word[t]; t++)
                c->df[k][t] += fields_with(&w->v[i], a->item[k].word[t]) != 0;
    }
    c->mean_len = c->n > 0 && words > 0 ? words / c->n : 1;
}

/* Was the same term asked for before, in the same fields? */
static bool repeated(const struct ask *a, size_t k, size_t t)
{
    for (size_t i = 0; i <= k; i++)
        for (size_t u = 0; u < 2 && (i < k || u < t); u++)
            if (!a->item[i].excluded && a->item[i].title == a->item[k].title &&
                strcmp(a->item[i].word[u], a->item[k].word[t]) == 0)
                return true;
    return false;
}

static double score_of(const struct video *v, const struct ask *a,
                       const struct corpus *c)
{
    double sum = 0, len = (double)title_len(v) / c->mean_len;
    double norm = 1.2 * (1 - 0.75 + 0.75 * len);
    for (size_t k = 0; k < a->n_items; k++)
        for (size_t t = 0; t < 2 && *a->item[k].word[t]; t++) {
            if (a->item[k].excluded || repeated(a, k, t))
                continue;
            unsigned f = fields_with(v, a->item[k].word[t]);
            f &= a->item[k].title ? 1 : 7;
            double weight =
                (f & 1 ? 3 : 0) + (f & 2 ? 1.5 : 0) + (f & 4 ? 1 : 0);
            double df = c->df[k][t];
            double idf = log(1 + (c->n - df + 0.5) / (df + 0.5));
            sum += idf * 2.2 * weight / (weight + norm);
        }
    return sum;
}

/* ---- order ---- */

/* qsort() has no context; tests run one at a time. */
static struct {
    const struct world *w;
    const struct world_ranks *ranks;
    const struct ask *a;
    enum search_sort by[SEARCH_SORTS + 1];
    bool down[SEARCH_SORTS + 1];
    size_t n;
} sorting;

/* The value of a field, as a number that ascends; false = not known. */
static bool value_of(enum search_sort by, size_t i, long double *ret)
{
    const struct video *v = &sorting.w->v[i];
    enum ratio_id r = sorting.a->ratio;
    uint64_t a, c;
    switch (by) {
    case SORT_VIEWS:
        *ret = v->views;
        return VIDEO_HAS(v, views);
    case SORT_LIKES:
        *ret = v->likes;
        return VIDEO_HAS(v, likes);
    case SORT_DISLIKES:
        *ret = v->dislikes;
        return VIDEO_HAS(v, dislikes);
    case SORT_COMMENTS:
        *ret = v->comments;
        return VIDEO_HAS(v, comments);
    case SORT_DURATION:
        *ret = v->duration;
        return VIDEO_HAS(v, duration);
    case SORT_PUBLISHED:
        *ret = v->published;
        return VIDEO_HAS(v, published);
    case SORT_ID:
        *ret = v->h.key[0];
        return true;
    case SORT_RANDOM:
        *ret = rnd_mix(v->h.key[0] ^ rnd_mix(sorting.a->seed));
        return true;
    case SORT_RATIO:
        pair_of(v, r, &a, &c);
        *ret = c ? (long double)((double)a / (double)c) : INFINITY;
        return a != RATIO_UNKNOWN && c != RATIO_UNKNOWN &&
               VIDEO_HAS(v, views) &&
               (r == RATIO_LIKES_DISLIKES ? a + c > 0 : v->views > 0);
    case SORT_PERCENTILE:
        *ret = sorting.ranks ? -(long double)sorting.ranks->r[r].q[i] : 0;
        return sorting.ranks && sorting.ranks->r[r].q[i] != RATIO_NO_RANK;
    case SORT_RELEVANCE:
        break;
    }
    return false;
}

static int by_order(const void *x, const void *y)
{
    size_t i = *(const size_t *)x, j = *(const size_t *)y;
    for (size_t k = 0; k < sorting.n; k++) {
        long double a = 0, b = 0;
        bool has_a = value_of(sorting.by[k], i, &a);
        bool has_b = value_of(sorting.by[k], j, &b);
        if (has_a != has_b)
            return has_a ? -1 : 1;
        if (has_a && (a < b || a > b))
            return (a < b) == sorting.down[k] ? 1 : -1;
    }
    uint64_t p = sorting.w->v[i].h.key[0], q = sorting.w->v[j].h.key[0];
    return (p > q) - (p < q);
}

static bool asks_words(const struct ask *a)
{
    return a->n_items > 0;
}

static void begin_sorting(const struct world *w, const struct world_ranks *k,
                          const struct ask *a, struct answer *ret)
{
    sorting.w = w;
    sorting.ranks = k;
    sorting.a = a;
    sorting.n = 0;
    for (size_t i = 0; i < a->n_sort; i++) {
        ret->by_relevance =
            ret->by_relevance || a->sort[i].by == SORT_RELEVANCE;
        sorting.by[sorting.n] = a->sort[i].by;
        sorting.down[sorting.n++] = a->sort[i].down;
    }
    if (a->n_sort)
        return;
    ret->by_relevance =
        asks_words(a) && !a->ratio_given && !(a->top > 0) && !(a->bottom > 0);
    sorting.by[sorting.n] = SORT_PERCENTILE;
    sorting.down[sorting.n++] = true;
}

/* ---- the answer ---- */

static void count_kept(const struct video *v, const struct ask *a,
                       struct answer *ret)
{
    ret->kept_shorts += a->no_shorts && !VIDEO_HAS(v, duration);
    ret->kept_live += a->no_live && !VIDEO_HAS(v, live);
    ret->kept_kids += a->no_kids && !VIDEO_HAS(v, made_for_kids);
    ret->kept_unavailable += a->no_unavailable && !VIDEO_HAS(v, embeddable);
}

static void look_at(const struct world *w, const struct ask *a, size_t i,
                    uint32_t q, struct answer *ret)
{
    switch (verdict_of(&w->v[i], a, q)) {
    case MATCH:
        count_kept(&w->v[i], a, ret);
        ret->at[ret->n++] = i;
        break;
    case LACKS_DURATION:
        ret->unknown_duration++;
        break;
    case LACKS_PUBLISHED:
        ret->unknown_published++;
        break;
    case LACKS_RANK:
        ret->unknown_rank++;
        break;
    case LACKS_SEVERAL:
    case FAIL:
        break;
    }
}

void oracle_answer(const struct world *w, const struct world_ranks *ranks,
                   const struct ask *a, struct answer *ret)
{
    struct corpus corpus;
    *ret = (struct answer){ .n = 0 };
    for (size_t i = 0; i < w->n; i++)
        if (w->alive[i])
            look_at(w, a, i, ranks ? ranks->r[a->ratio].q[i] : RATIO_NO_RANK,
                    ret);
    begin_sorting(w, ranks, a, ret);
    if (ret->by_relevance)
        sorting.n = 0;
    qsort(ret->at, ret->n, sizeof(*ret->at), by_order);
    count_corpus(w, a, &corpus);
    for (size_t i = 0; i < ret->n; i++)
        ret->score[i] = score_of(&w->v[ret->at[i]], a, &corpus);
}

/* ---- ranks ---- */

void world_rank(const struct world *w, const struct ratio_options *o,
                const struct world_ranks *frozen, struct world_ranks *ret)
{
    uint64_t *id = calloc(w->n, 8), *views = calloc(w->n, 8);
    uint64_t *a = calloc(w->n, 8), *c = calloc(w->n, 8);
    ck_assert(id && views && a && c);
    for (enum ratio_id r = 0; r < RATIO_COUNT; r++) {
        struct ratio_rows rows = { w->n, id, views, a, c };
        for (size_t i = 0; i < w->n; i++) {
            const struct video *v = &w->v[i];
            id[i] = v->h.key[0];
            pair_of(v, r, &a[i], &c[i]);
            views[i] =
                w->alive[i] && VIDEO_HAS(v, views) ? v->views : RATIO_UNKNOWN;
        }
        oracle_rank(&ret->r[r], o, r, &rows, frozen ? &frozen->r[r] : NULL);
    }
    free(id);
    free(views);
    free(a);
    free(c);
}

void world_ranks_fini(struct world_ranks *k)
{
    for (size_t r = 0; r < RATIO_COUNT; r++)
        oracle_fini(&k->r[r]);
}
