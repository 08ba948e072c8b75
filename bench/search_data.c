/*
 * bench/search_data.c - rows that look like videos to an index: views over
 * seven decades, words by Zipf's law, ten years of publication.
 *
 * Rules
 *   1. every row is a function of seed and number
 */
#include "bench/search_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANNEL_SHARE = 50, PUT_BATCH = 2000, TEXT_BYTES = 400 };

void data_give_up(const char *why)
{
    fprintf(stderr, "bench search: %s\n", why);
    exit(EXIT_FAILURE);
}

static void *room(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    if (!p)
        data_give_up("no memory for the videos");
    return p;
}

void data_init(struct data *d, uint64_t seed, size_t cap)
{
    *d = (struct data){ .row = room(cap, sizeof(*d->row)),
                        .q = room(cap, sizeof(*d->q)),
                        .df = room(VOCABULARY, sizeof(*d->df)),
                        .cap = cap };
    rnd_init(&d->rnd, rnd_mix(seed));
}

void data_fini(struct data *d)
{
    free(d->row);
    free(d->q);
    free(d->df);
    ratio_table_close(d->edges);
}

/* ---- rows ---- */

/* Density 1/r over [1, VOCABULARY]. */
static uint32_t some_word(struct rnd *r)
{
    double x = pow((double)VOCABULARY, rnd_f64(r));
    return x < VOCABULARY ? (uint32_t)x : VOCABULARY - 1;
}

static void fill(struct rnd *r, uint32_t *word, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        word[i] = some_word(r);
}

static struct row make_row(struct data *d)
{
    struct rnd *r = &d->rnd, channel;
    struct row x = { .id = rnd_u64(r) };
    x.views = (uint64_t)pow(10, 7 * rnd_f64(r));
    double rate = 0.03 * pow(8, rnd_f64(r) + rnd_f64(r) - 1);
    x.likes =
        rnd_below(r, 33) ? (uint64_t)((double)x.views * rate) : RATIO_UNKNOWN;
    x.duration = 5 + (uint32_t)pow(7200, rnd_f64(r));
    x.published = DATA_NOW - (uint32_t)rnd_below(r, 3650 * 86400ull);
    fill(r, x.title, 4 + rnd_below(r, TITLE_WORDS - 3));
    fill(r, x.tag, rnd_below(r, TAG_WORDS + 1));
    rnd_init(&channel, rnd_below(r, 1 + d->cap / CHANNEL_SHARE));
    fill(&channel, x.channel, 1 + rnd_below(&channel, CHANNEL_WORDS));
    return x;
}

static void count_word(struct data *d, const uint32_t *before, uint32_t word)
{
    const uint32_t *first = d->row[d->n].title;
    for (; first < before; first++)
        if (*first == word)
            return;
    d->df[word] += word != 0;
}

/* The three lists lie side by side: each word counts once a row. */
static void count_words(struct data *d)
{
    const uint32_t *w = d->row[d->n].title;
    size_t n = TITLE_WORDS + TAG_WORDS + CHANNEL_WORDS, len = 0;
    for (size_t i = 0; i < n; i++)
        count_word(d, w + i, w[i]);
    while (len < TITLE_WORDS && w[len])
        len++;
    d->mean_len += ((double)len - d->mean_len) / (double)(d->n + 1);
}

void data_grow(struct data *d, size_t n)
{
    for (; d->n < n && d->n < d->cap; d->n++) {
        d->row[d->n] = make_row(d);
        count_words(d);
    }
}

void data_like(struct data *d, size_t i)
{
    struct row *x = &d->row[i];
    if (x->likes != RATIO_UNKNOWN)
        x->likes += 1 + rnd_below(&d->rnd, 1 + x->likes / 8);
}

/* ---- ranks ---- */

void data_rank(struct data *d)
{
    uint64_t *id = room(d->n, 8), *views = room(d->n, 8), *a = room(d->n, 8);
    struct ratio_options o = RATIO_OPTIONS_INIT;
    struct ratio_table *t = NULL;
    for (size_t i = 0; i < d->n; i++) {
        id[i] = d->row[i].id;
        views[i] = d->row[i].views;
        a[i] = d->row[i].likes;
    }
    struct ratio_rows rows = { d->n, id, views, a, views };
    if (ratio_rank(&o, RATIO_LIKES_VIEWS, &rows, d->edges, d->q, &t, NULL))
        data_give_up("no memory to rank");
    if (d->edges)
        ratio_table_close(t);
    else
        d->edges = t;
    free(id);
    free(views);
    free(a);
}

/* ---- records ---- */

/* The number in base 22, lowest digit first: at most four syllables. */
const char *data_word(uint32_t word, char out[static 16])
{
    static const char syllables[][3] = { "ka", "lo", "mi", "ne", "ra", "tu",
                                         "vo", "se", "pi", "da", "gu", "ho",
                                         "ja", "ke", "li", "mo", "nu", "po",
                                         "ri", "sa", "te", "zu" };
    size_t n = 0;
    for (; word; word /= ARRAY_LEN(syllables)) {
        const char *s = syllables[word % ARRAY_LEN(syllables)];
        out[n++] = s[0];
        out[n++] = s[1];
    }
    out[n] = 0;
    return out;
}

/* Append words with @between to *@at, which has room; the text. */
static struct str join(const uint32_t *word, size_t n, char between, char **at)
{
    char one[16], *from = *at;
    for (size_t i = 0; i < n && word[i]; i++) {
        size_t len = strlen(data_word(word[i], one));
        if (i)
            *(*at)++ = between;
        memcpy(*at, one, len);
        *at += len;
    }
    return str_n(from, (size_t)(*at - from));
}

static void make_record(const struct row *x, int64_t stats_at, char *text,
                        struct video *v)
{
    *v = (struct video){ .h.key = { x->id, 0 } };
    VIDEO_SET(v, views, x->views);
    if (x->likes != RATIO_UNKNOWN)
        VIDEO_SET(v, likes, x->likes);
    VIDEO_SET(v, stats_at, stats_at);
    VIDEO_SET(v, text_at, DATA_NOW);
    VIDEO_SET(v, duration, x->duration);
    VIDEO_SET(v, published, x->published);
    VIDEO_SET(v, origin, ORIGIN_SIM);
    VIDEO_SET(v, title, join(x->title, TITLE_WORDS, ' ', &text));
    if (x->tag[0])
        VIDEO_SET(v, tags, join(x->tag, TAG_WORDS, '\n', &text));
    VIDEO_SET(v, channel, ((struct cid){ x->channel[0], x->channel[1] }));
    VIDEO_SET(v, channel_title, join(x->channel, CHANNEL_WORDS, ' ', &text));
}

void data_put(const struct data *d, struct store *s, const size_t *which,
              size_t from, size_t to, int64_t stats_at)
{
    struct video *v = room(PUT_BATCH, sizeof(*v));
    char(*text)[TEXT_BYTES] = room(PUT_BATCH, sizeof(*text));
    enum store_outcome *out = room(PUT_BATCH, sizeof(*out));
    struct err e = ERR_INIT;
    while (from < to) {
        size_t n = to - from < PUT_BATCH ? to - from : PUT_BATCH;
        for (size_t i = 0; i < n; i++) {
            size_t at = which ? which[from + i] : from + i;
            make_record(&d->row[at], stats_at, text[i], &v[i]);
        }
        if (store_put(s, &schema_video, v, n, 0, out, &e))
            data_give_up(e.msg);
        from += n;
    }
    free(v);
    free(text);
    free(out);
}
