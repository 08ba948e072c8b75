/* tests/search/check.c - answers compared with those of the oracle. */
#include "tests/search/check.h"

#include <math.h>

enum { PAGES_MAX = 15 };

/* One question under test. */
struct checking {
    struct world *w;
    struct search *s;
    const char *phase, *params;
    const struct ask *a;
    const struct answer *want;
    const struct world_ranks *ranks;
    uint64_t *got; /* ids of all pages, one behind another */
    double *score; /* of each */
    size_t n;
    bool cut; /* not all pages were asked for */
};

#define WHERE "%s: '%s': "
#define CHECK(x, cond, fmt, ...)                                               \
    ck_assert_msg((cond), WHERE fmt, (x)->phase, (x)->params, __VA_ARGS__)

static void check_count(const struct checking *x, const char *what,
                        uint64_t got, uint64_t want)
{
    CHECK(x, got == want, "%s: %llu, want %llu", what, (unsigned long long)got,
          (unsigned long long)want);
}

static void check_counts(const struct checking *x,
                         const struct search_result *r)
{
    const struct answer *want = x->want;
    check_count(x, "total", r->total, want->n);
    check_count(x, "unknown duration", r->unknown_duration,
                want->unknown_duration);
    check_count(x, "unknown published", r->unknown_published,
                want->unknown_published);
    check_count(x, "unknown rank", r->unknown_rank, want->unknown_rank);
    check_count(x, "kept shorts", r->kept_unknown.shorts, want->kept_shorts);
    check_count(x, "kept live", r->kept_unknown.live, want->kept_live);
    check_count(x, "kept kids", r->kept_unknown.kids, want->kept_kids);
    check_count(x, "kept unavailable", r->kept_unknown.unavailable,
                want->kept_unavailable);
}

/* ---- pages ---- */

static void take_page(struct checking *x, const struct search_result *r)
{
    check_counts(x, r);
    check_count(x, "items", r->n,
                x->want->n - x->n < x->a->limit ? x->want->n - x->n
                                                : x->a->limit);
    for (size_t i = 0; i < r->n; i++) {
        x->score[x->n] = r->items[i].score;
        x->got[x->n++] = r->items[i].v.h.key[0];
    }
    CHECK(x, (*r->next_cursor != 0) == (x->n < x->want->n), "a cursor '%s'",
          r->next_cursor);
}

static void ask_pages(struct checking *x)
{
    char cursor[256] = "";
    for (int page = 0;; page++) {
        struct search_result r;
        struct buf params = BUF_INIT(8192);
        buf_f(&params, "%s%s%s", x->params, *cursor ? "&cursor=" : "", cursor);
        buf_c(&params, 0);
        T_RC(x->params, kit_ask(x->w->kit, x->s, params.p, &r), RC_OK,
             &x->w->kit->e);
        buf_fini(&params);
        take_page(x, &r);
        snprintf(cursor, sizeof(cursor), "%s", r.next_cursor);
        search_result_fini(x->s, &r);
        x->cut = *cursor && page + 1 == PAGES_MAX;
        if (!*cursor || x->cut)
            return;
    }
}

static void check_order(const struct checking *x)
{
    for (size_t i = 0; i < x->n; i++)
        CHECK(x, x->got[i] == x->w->v[x->want->at[i]].h.key[0],
              "item %zu is %llx, want %llx", i, (unsigned long long)x->got[i],
              (unsigned long long)x->w->v[x->want->at[i]].h.key[0]);
}

/* ---- relevance ---- */

/* The place of @id in the oracle's answer, which is in order of id. */
static size_t place_of(const struct checking *x, uint64_t id)
{
    size_t lo = 0, hi = x->want->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (x->w->v[x->want->at[mid]].h.key[0] < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    CHECK(x, lo < x->want->n && x->w->v[x->want->at[lo]].h.key[0] == id,
          "%llx does not match", (unsigned long long)id);
    return lo;
}

static uint32_t q_of(const struct checking *x, size_t place)
{
    return x->ranks ? x->ranks->r[x->a->ratio].q[x->want->at[place]]
                    : RATIO_NO_RANK;
}

/* Scores are the oracle's, but for rounding, and descend; each id is told
 * once; in the default order the rank decides between equal steps. */
static void check_relevance(const struct checking *x)
{
    bool *seen = calloc(x->want->n + 1, sizeof(*seen));
    bool first = x->a->n_sort == 0 || x->a->sort[0].by == SORT_RELEVANCE;
    ck_assert_ptr_nonnull(seen);
    for (size_t i = 0, before = 0; i < x->n; i++) {
        size_t at = place_of(x, x->got[i]);
        double want = x->want->score[at];
        CHECK(x, !seen[at], "%llx comes twice", (unsigned long long)x->got[i]);
        seen[at] = true;
        CHECK(x, fabs(x->score[i] - want) < 1e-4 * (1 + want),
              "score %g, want %g", x->score[i], want);
        double step = floor(x->score[i] * 1024);
        double last = i ? floor(x->score[i - 1] * 1024) : INFINITY;
        CHECK(x, !first || step <= last, "item %zu is better", i);
        bool tie = i && x->a->n_sort == 0 && !(step < last);
        CHECK(x, !tie || q_of(x, before) <= q_of(x, at),
              "item %zu ranks better", i);
        before = at;
    }
    free(seen);
}

/* ---- all of it ---- */

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int next_item(void *ctx, const struct search_item *item)
{
    struct checking *x = ctx;
    CHECK(x, x->n < x->want->n, "item %zu of all is too many", x->n);
    CHECK(x, item->v.h.key[0] == x->got[x->n], "item %zu of all is %llx", x->n,
          (unsigned long long)item->v.h.key[0]);
    x->n++;
    return RC_OK;
}

static void check_each(struct checking *x)
{
    struct search_query q;
    for (size_t i = 0; i < x->want->n; i++)
        x->got[i] = x->w->v[x->want->at[i]].h.key[0];
    qsort(x->got, x->want->n, sizeof(*x->got), by_value);
    x->n = 0;
    kit_query(x->w->kit, x->params, &q);
    T_OK(search_each(x->s, &q, next_item, x, &x->w->kit->e), &x->w->kit->e);
    check_count(x, "items of all", x->n, x->want->n);
    search_query_fini(&q);
}

void check_questions(struct world *w, const struct world_ranks *ranks,
                     struct search *s, size_t n, const char *phase)
{
    struct answer *want = calloc(1, sizeof(*want));
    uint64_t *got = calloc(WORLD_MAX, sizeof(*got));
    double *score = calloc(WORLD_MAX, sizeof(*score));
    struct buf params = BUF_INIT(8192);
    ck_assert(want && got && score);
    for (size_t i = 0; i < n; i++) {
        struct ask a;
        ask_random(w, &a);
        ask_text(&a, &params);
        oracle_answer(w, ranks, &a, want);
        struct checking x = { .w = w,
                              .s = s,
                              .phase = phase,
                              .params = params.p,
                              .a = &a,
                              .want = want,
                              .ranks = ranks,
                              .got = got,
                              .score = score };
        ask_pages(&x);
        if (want->by_relevance)
            check_relevance(&x);
        else
            check_order(&x);
        check_each(&x);
    }
    buf_fini(&params);
    free(want);
    free(got);
    free(score);
}

/* ---- records ---- */

static bool same_facts(const struct video *a, const struct video *b)
{
    const uint64_t told =
        VIDEO_BIT(views) | VIDEO_BIT(likes) | VIDEO_BIT(dislikes) |
        VIDEO_BIT(comments) | VIDEO_BIT(stats_at) | VIDEO_BIT(text_at) |
        VIDEO_BIT(published) | VIDEO_BIT(duration) | VIDEO_BIT(category) |
        VIDEO_BIT(live) | VIDEO_BIT(made_for_kids) | VIDEO_BIT(embeddable) |
        VIDEO_BIT(origin) | VIDEO_BIT(dislikes_from) | VIDEO_BIT(title) |
        VIDEO_BIT(tags) | VIDEO_BIT(channel) | VIDEO_BIT(channel_title) |
        VIDEO_BIT(language);
    for (size_t i = 0; i < schema_video.n_fields; i++) {
        const struct schema_field *f = &schema_video.fields[i];
        uint64_t bit = UINT64_C(1) << i;
        if (!(told & bit))
            continue;
        if ((a->h.have & bit) != (b->h.have & bit))
            return false;
        const void *x = schema_at_const(f, a), *y = schema_at_const(f, b);
        if (!(a->h.have & bit))
            continue;
        if (f->kind == SCHEMA_STR || f->kind == SCHEMA_LIST
                ? !str_eq(*(const struct str *)x, *(const struct str *)y)
                : memcmp(x, y, f->kind == SCHEMA_CID ? 16 : 8) != 0)
            return false;
    }
    return true;
}

struct records {
    struct world *w;
    const struct world_ranks *ranks;
    const char *phase;
    bool seen[WORLD_MAX];
    size_t n;
};

static int check_record(void *ctx, const struct search_item *item)
{
    struct records *x = ctx;
    size_t i = 0;
    while (i < x->w->n && x->w->v[i].h.key[0] != item->v.h.key[0])
        i++;
    ck_assert_msg(i < x->w->n && x->w->alive[i] && !x->seen[i],
                  "%s: record %zu should not be there", x->phase, i);
    x->seen[i] = true;
    x->n++;
    ck_assert_msg(same_facts(&item->v, &x->w->v[i]), "%s: facts of record %zu",
                  x->phase, i);
    for (size_t r = 0; r < RATIO_COUNT; r++) {
        uint32_t want = x->ranks ? x->ranks->r[r].q[i] : RATIO_NO_RANK;
        ck_assert_msg(item->rank[r].q == want,
                      "%s: record %zu: rank %x in %s, want %x", x->phase, i,
                      (unsigned)item->rank[r].q, ratio_name((enum ratio_id)r),
                      (unsigned)want);
    }
    return RC_OK;
}

void check_records(struct world *w, const struct world_ranks *ranks,
                   struct search *s, const char *phase)
{
    struct search_query q;
    struct search_info info;
    struct records *x = calloc(1, sizeof(*x));
    size_t alive = 0;
    ck_assert_ptr_nonnull(x);
    *x = (struct records){ .w = w, .ranks = ranks, .phase = phase };
    kit_query(w->kit, "", &q);
    T_OK(search_each(s, &q, check_record, x, &w->kit->e), &w->kit->e);
    for (size_t i = 0; i < w->n; i++)
        alive += w->alive[i];
    search_info(s, &info);
    T_U64(phase, x->n, alive);
    T_U64(phase, info.videos, alive);
    search_query_fini(&q);
    free(x);
}
