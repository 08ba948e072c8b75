/*
 * bench/search_naive.c - oracle and peer of bench/search.c: every row is
 * looked at, matches are sorted, nothing is kept from one question to the
 * next.
 */
#include "bench/search_naive.h"

#include <math.h>
#include <stdlib.h>

void naive_init(struct naive *x, const struct data *d)
{
    *x =
        (struct naive){ .data = d, .all = calloc(d->cap + 1, sizeof(*x->all)) };
    if (!x->all)
        data_give_up("no memory for the naive scan");
}

void naive_fini(struct naive *x)
{
    free(x->all);
}

/* ---- matching ---- */

static bool has(const uint32_t *list, size_t n, uint32_t word)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == word)
            return true;
    return false;
}

/* 3 for the title, 1.5 for tags, 1 for the channel; 0 = nowhere. */
static double weight(const struct row *r, uint32_t word)
{
    return (has(r->title, TITLE_WORDS, word) ? 3 : 0) +
           (has(r->tag, TAG_WORDS, word) ? 1.5 : 0) +
           (has(r->channel, CHANNEL_WORDS, word) ? 1 : 0);
}

static bool numbers_match(const struct naive *x, const struct ask *a, size_t i)
{
    const struct row *r = &x->data->row[i];
    if (a->top > 0 && !ratio_in_top(x->data->q[i], a->top))
        return false;
    if (a->duration[1] &&
        (r->duration < a->duration[0] || r->duration > a->duration[1]))
        return false;
    return !a->published[1] ||
           (r->published >= a->published[0] && r->published < a->published[1]);
}

static bool words_match(const struct row *r, const struct ask *a)
{
    for (size_t t = 0; t < ASK_WORDS; t++)
        if (a->word[t] && !(weight(r, a->word[t]) > 0))
            return false;
    return true;
}

/* BM25F as docs and search/match.c have it. */
static double score_of(const struct naive *x, const struct row *r,
                       const struct ask *a)
{
    double sum = 0, len = 0;
    while (len < TITLE_WORDS && r->title[(size_t)len])
        len++;
    double norm = 1.2 * (0.25 + 0.75 * len / x->data->mean_len);
    for (size_t t = 0; t < ASK_WORDS; t++) {
        if (!a->word[t])
            continue;
        double w = weight(r, a->word[t]), df = x->data->df[a->word[t]];
        double idf = log(1 + ((double)x->data->n - df + 0.5) / (df + 0.5));
        sum += idf * 2.2 * w / (w + norm);
    }
    return sum;
}

/* ---- order ---- */

static int by_rank(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->q != y->q)
        return x->q < y->q ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_score(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    return by_rank(a, b);
}

void naive_answer(struct naive *x, const struct ask *a)
{
    x->n = 0;
    for (size_t i = 0; i < x->data->n; i++) {
        const struct row *r = &x->data->row[i];
        if (!numbers_match(x, a, i) || !words_match(r, a))
            continue;
        x->all[x->n++] =
            (struct found){ .id = r->id,
                            .q = x->data->q[i],
                            .score = a->relevance ? score_of(x, r, a) : 0 };
    }
    qsort(x->all, x->n, sizeof(*x->all), a->relevance ? by_score : by_rank);
}

uint64_t naive_wrong(const struct naive *x, const struct ask *a,
                     const struct search_result *r)
{
    size_t behind = x->n > a->skip ? x->n - a->skip : 0;
    if (r->total != x->n || r->n != (behind < PAGE ? behind : PAGE))
        return 1;
    for (size_t i = 0; i < r->n; i++) {
        const struct found *want = &x->all[a->skip + i];
        if (a->relevance ? fabs(r->items[i].score - want->score) > 2.0 / 1024
                         : r->items[i].v.h.key[0] != want->id)
            return 1;
    }
    return 0;
}

uint64_t naive_bound(const uint32_t *q, const uint32_t *duration, size_t n,
                     uint32_t limit, const uint32_t between[2])
{
    uint32_t span = between[1] - between[0];
    uint64_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += (q[i] <= limit) & (duration[i] - between[0] <= span);
    return found;
}
