/* tests/search/ask.c - random questions, and how they are written. */
#include "tests/search/oracle.h"

#include "base/cal.h"

static bool one_in(struct world *w, uint64_t n)
{
    return rnd_below(&w->rnd, n) == 0;
}

static const char *any_word(struct world *w)
{
    uint64_t i = rnd_below(&w->rnd, world_words_n + 1);
    return i < world_words_n ? world_words[i] : "absent";
}

static void random_items(struct world *w, struct ask *a)
{
    static const uint64_t counts[] = { 0, 0, 0, 1, 1, 1, 2, 2, 3, 4 };
    a->n_items = counts[rnd_below(&w->rnd, ARRAY_LEN(counts))];
    for (size_t i = 0; i < a->n_items; i++) {
        struct ask_item *x = &a->item[i];
        x->quoted = one_in(w, 5);
        x->excluded = one_in(w, 4);
        x->title = one_in(w, 6);
        const char *hash = !x->quoted && one_in(w, 10) ? "#" : "";
        snprintf(x->word[0], sizeof(x->word[0]), "%s%s", hash, any_word(w));
        if (x->quoted || one_in(w, 8))
            snprintf(x->word[1], sizeof(x->word[1]), "%s", any_word(w));
    }
}

/* Of a record, of none, or @again. */
static uint64_t some_id(struct world *w, uint64_t again)
{
    if (one_in(w, 4))
        return again;
    return one_in(w, 9) ? rnd_u64(&w->rnd)
                        : w->v[rnd_below(&w->rnd, w->n)].h.key[0];
}

static void random_lists(struct world *w, struct ask *a)
{
    size_t n = 1 + (size_t)rnd_below(&w->rnd, ASK_LIST);
    if (one_in(w, 15))
        for (size_t i = 0; i < n; i++)
            a->ids[a->n_ids++] = some_id(w, i ? a->ids[i - 1] : 0);
    if (one_in(w, 8))
        for (size_t i = 0; i < n; i++)
            a->channel[a->n_channels++] =
                rnd_below(&w->rnd, WORLD_CHANNELS + 1);
    if (one_in(w, 8))
        for (size_t i = 0; i < n; i++)
            a->category[a->n_categories++] = 1 + rnd_below(&w->rnd, 33);
    if (one_in(w, 8))
        for (size_t i = 0; i < (n < 3 ? n : 3); i++) {
            uint64_t k = rnd_below(&w->rnd, world_languages_n + 1);
            a->language[a->n_languages++] =
                k < world_languages_n ? world_languages[k] : "und";
        }
}

static struct search_range random_range(struct world *w, uint64_t one,
                                        uint64_t other)
{
    struct search_range r = { .has_min = one_in(w, 2),
                              .has_max = one_in(w, 2) };
    r.min = one < other ? one : other;
    r.max = one < other ? other : one;
    return r;
}

static uint64_t views_of_one(struct world *w)
{
    const struct video *v = &w->v[rnd_below(&w->rnd, w->n)];
    return VIDEO_HAS(v, views) ? v->views : UINT32_MAX;
}

static void random_ranges(struct world *w, struct ask *a)
{
    if (one_in(w, 3))
        a->duration =
            random_range(w, rnd_below(&w->rnd, 500), rnd_below(&w->rnd, 5000));
    if (one_in(w, 4))
        a->views = random_range(w, views_of_one(w), views_of_one(w));
    if (one_in(w, 8)) {
        a->likes = random_range(w, rnd_below(&w->rnd, 100), UINT64_MAX);
        a->likes.has_max = false;
    }
    if (one_in(w, 4)) {
        a->from = KIT_NOW - (int64_t)rnd_below(&w->rnd, 400) * 86400;
        a->to = a->from + (int64_t)(1 + rnd_below(&w->rnd, 90)) * 86400;
        if (one_in(w, 10))
            a->to = INT64_C(4294967290) + (int64_t)rnd_below(&w->rnd, 9);
        if (one_in(w, 3))
            a->from = 0;
        else if (one_in(w, 3))
            a->to = 0;
    }
}

static void random_ratio(struct world *w, struct ask *a)
{
    static const double percents[] = {
        .01, 0.5, 1, 2.5, 10, 33, 50, 99.9, 100
    };
    double x = percents[rnd_below(&w->rnd, ARRAY_LEN(percents))];
    if (one_in(w, 2)) {
        a->ratio_given = true;
        a->ratio = (enum ratio_id)rnd_below(&w->rnd, RATIO_COUNT);
    }
    if (one_in(w, 3))
        a->top = x;
    else if (one_in(w, 6))
        a->bottom = x;
    if (one_in(w, 10))
        a->min_votes = 1 + rnd_below(&w->rnd, 50);
    a->no_shorts = one_in(w, 10);
    a->no_live = one_in(w, 10);
    a->no_kids = one_in(w, 10);
    a->no_unavailable = one_in(w, 10);
}

static bool has_required(const struct ask *a)
{
    for (size_t i = 0; i < a->n_items; i++)
        if (!a->item[i].excluded)
            return true;
    return false;
}

static void random_sort(struct world *w, struct ask *a)
{
    size_t n = one_in(w, 2) ? 0 : 1 + (size_t)rnd_below(&w->rnd, SEARCH_SORTS);
    while (a->n_sort < n) {
        enum search_sort by =
            (enum search_sort)(1 + rnd_below(&w->rnd, SORT_COMMENTS));
        bool again = by == SORT_RELEVANCE && !has_required(a);
        for (size_t i = 0; i < a->n_sort; i++)
            again = again || a->sort[i].by == by;
        if (again)
            continue;
        a->sort[a->n_sort].by = by;
        a->sort[a->n_sort++].down =
            by != SORT_RELEVANCE && by != SORT_RANDOM && one_in(w, 2);
        if (by == SORT_RANDOM)
            a->seed = rnd_below(&w->rnd, 5);
    }
    a->limit = 1 + rnd_below(&w->rnd, SEARCH_LIMIT_MAX);
}

void ask_random(struct world *w, struct ask *ret)
{
    *ret = (struct ask){ .ratio = RATIO_LIKES_VIEWS };
    random_items(w, ret);
    random_lists(w, ret);
    random_ranges(w, ret);
    random_ratio(w, ret);
    random_sort(w, ret);
}

/* ---- writing ---- */

static void put_items(const struct ask *a, struct buf *out)
{
    if (a->n_items)
        buf_z(out, "q=");
    for (size_t i = 0; i < a->n_items; i++) {
        const struct ask_item *x = &a->item[i];
        const char *quote = x->quoted ? "\"" : "";
        buf_f(out, "%s%s%s%s%s%s%s%s", i ? " " : "", x->excluded ? "-" : "",
              x->title ? "title:" : "", quote, x->word[0],
              !*x->word[1] ? ""
              : x->quoted  ? " "
                           : "-",
              x->word[1], quote);
    }
    if (a->n_items)
        buf_c(out, '&');
}

static void put_lists(const struct ask *a, struct buf *out)
{
    char text[CID_TEXT];
    for (size_t i = 0; i < a->n_ids; i++)
        buf_f(out, "%s%s%s", i ? "," : "ids=", vid_text(a->ids[i], text),
              i + 1 == a->n_ids ? "&" : "");
    for (size_t i = 0; i < a->n_channels; i++)
        buf_f(out, "%s%s%s", i ? "," : "channelId=",
              cid_text(world_channel(a->channel[i]), text),
              i + 1 == a->n_channels ? "&" : "");
    for (size_t i = 0; i < a->n_categories; i++)
        buf_f(out, "%s%llu%s",
              i ? "," : "category=", (unsigned long long)a->category[i],
              i + 1 == a->n_categories ? "&" : "");
    for (size_t i = 0; i < a->n_languages; i++)
        buf_f(out, "%s%s%s", i ? "," : "language=", a->language[i],
              i + 1 == a->n_languages ? "&" : "");
}

static void put_range(struct buf *out, const char *name,
                      const struct search_range *r)
{
    if (r->has_min)
        buf_f(out, "%sMin=%llu&", name, (unsigned long long)r->min);
    if (r->has_max)
        buf_f(out, "%sMax=%llu&", name, (unsigned long long)r->max);
}

static void put_date(struct buf *out, const char *name, int64_t s)
{
    if (!s)
        return;
    buf_f(out, "%s=", name);
    cal_put_s(out, s);
    buf_c(out, '&');
}

static void put_numbers(const struct ask *a, struct buf *out)
{
    put_range(out, "duration", &a->duration);
    put_range(out, "views", &a->views);
    put_range(out, "likes", &a->likes);
    put_date(out, "publishedAfter", a->from);
    put_date(out, "publishedBefore", a->to);
    if (a->ratio_given)
        buf_f(out, "ratio=%s&", ratio_pair(a->ratio));
    if (a->top > 0)
        buf_f(out, "top=%g&", a->top);
    if (a->bottom > 0)
        buf_f(out, "bottom=%g&", a->bottom);
    if (a->min_votes)
        buf_f(out, "minVotes=%llu&", (unsigned long long)a->min_votes);
}

static void put_exclude(const struct ask *a, struct buf *out)
{
    const struct {
        bool on;
        const char *name;
    } all[] = { { a->no_shorts, "shorts" },
                { a->no_live, "live" },
                { a->no_kids, "kids" },
                { a->no_unavailable, "unavailable" } };
    const char *before = "exclude=";
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (!all[i].on)
            continue;
        buf_f(out, "%s%s", before, all[i].name);
        before = ",";
    }
    if (*before == ',')
        buf_c(out, '&');
}

static void put_sort(const struct ask *a, struct buf *out)
{
    static const char *const names[] = {
        [SORT_PERCENTILE] = "percentile",
        [SORT_RATIO] = "ratio",
        [SORT_VIEWS] = "views",
        [SORT_PUBLISHED] = "publishedAt",
        [SORT_DURATION] = "duration",
        [SORT_RELEVANCE] = "relevance",
        [SORT_RANDOM] = "random",
        [SORT_LIKES] = "likes",
        [SORT_ID] = "id",
        [SORT_DISLIKES] = "dislikes",
        [SORT_COMMENTS] = "comments",
    };
    for (size_t i = 0; i < a->n_sort; i++)
        buf_f(out, "%s%s%s%s", i ? "," : "sort=", a->sort[i].down ? "-" : "",
              names[a->sort[i].by], i + 1 == a->n_sort ? "&" : "");
    if (a->seed)
        buf_f(out, "seed=%llu&", (unsigned long long)a->seed);
    buf_f(out, "limit=%llu", (unsigned long long)a->limit);
}

void ask_text(const struct ask *a, struct buf *out)
{
    buf_reset(out);
    put_items(a, out);
    put_lists(a, out);
    put_numbers(a, out);
    put_exclude(a, out);
    put_sort(a, out);
    buf_c(out, 0);
    ck_assert(!out->failed);
}
