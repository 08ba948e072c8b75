/*
 * bench/search.c - n videos in an index: what a question costs, and what it
 * costs to build, to follow, to rank, to write and to read the index.
 *
 * Questions of the classes below, each with random words and ranges, are
 * asked as text and answered with 20 whole items and the exact total; CPU of
 * the process. Peer: the same by a naive scan. Bound: one loop over the two
 * columns that "top and duration" needs.
 *
 * Rules
 *   1. every question of the first run, and some after changes have been
 *      followed, is compared with the naive answer, which is not timed then
 *   2. the naive scan answers each tenth question of a class; all meet the
 *      same machine
 *   3. p50 and p99 are over the questions of one run; the spread is over
 *      the runs
 */
#include "base/cal.h"
#include "bench/bench.h"
#include "bench/search_naive.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { QUESTIONS = 100, NAIVE_SHARE = 10, DEEP = 1000, YEAR = 365 * 86400 };

/* Words are drawn from [from, to) of the vocabulary. */
static const struct class
{
    const char *name;
    int words;
    uint32_t from, to;
    double top;
    bool duration, year, relevance, deep;
} classes[] = {
    { "a rare word", 1, 20000, 60000, 0, false, false, true, false },
    { "a word, top 10 %, duration", 1, 5, 500, 10, true, false, false, false },
    { "two words, top 5 %", 2, 2, 60, 5, false, false, false, false },
    { "top 1 %, duration", 0, 0, 0, 1, true, false, false, false },
    { "top 20 %, a year, page at 1000", 0, 0, 0, 20, false, true, false, true },
    { "relevance of two words", 2, 2, 200, 0, false, false, true, false },
    { "duration alone", 0, 0, 0, 0, true, false, false, false },
};

struct work {
    struct bench *b;
    struct data data;
    struct naive naive;
    struct rnd rnd;
    struct store *store;
    struct clk_step clock;
    struct search *s;
    char path[200]; /* of the segment */
    uint64_t wrong;
};

static void must(int rc, const struct err *e)
{
    if (rc)
        data_give_up(e->msg);
}

/* ---- questions ---- */

static struct ask make_ask(struct work *w, const struct class *c)
{
    struct ask a = { .top = c->top, .relevance = c->relevance };
    for (int i = 0; i < c->words; i++)
        a.word[i] = c->from + (uint32_t)rnd_below(&w->rnd, c->to - c->from);
    if (a.word[1] == a.word[0])
        a.word[1] = 0;
    if (c->duration) {
        a.duration[0] = (uint32_t)rnd_below(&w->rnd, 600);
        a.duration[1] = a.duration[0] + 60 + (uint32_t)rnd_below(&w->rnd, 900);
    }
    if (c->year) {
        a.published[0] =
            DATA_NOW - YEAR - (uint32_t)rnd_below(&w->rnd, 8 * YEAR);
        a.published[1] = a.published[0] + YEAR;
    }
    return a;
}

static void set(struct search_query *q, const char *name, const char *value)
{
    struct err e = ERR_INIT;
    must(search_query_set(q, str_of(name), str_of(value), wall_of_s(DATA_NOW),
                          NULL, &e),
         &e);
}

static void set_number(struct search_query *q, const char *name, double x)
{
    char text[32];
    snprintf(text, sizeof(text), "%.10g", x);
    set(q, name, text);
}

static void set_date(struct search_query *q, const char *name, uint32_t s)
{
    char text[CAL_TEXT];
    set(q, name, cal_text(wall_of_s(s), text));
}

static void write_ask(const struct ask *a, struct search_query *q)
{
    char text[40], one[16], two[16];
    search_query_init(q);
    snprintf(text, sizeof(text), "%s %s", data_word(a->word[0], one),
             data_word(a->word[1], two));
    if (a->word[0])
        set(q, "q", text);
    if (a->top > 0)
        set_number(q, "top", a->top);
    if (a->duration[1]) {
        set_number(q, "durationMin", a->duration[0]);
        set_number(q, "durationMax", a->duration[1]);
    }
    if (a->published[1]) {
        set_date(q, "publishedAfter", a->published[0]);
        set_date(q, "publishedBefore", a->published[1]);
    }
}

/* The cursor of the page at DEEP, "" when there are fewer; not timed. */
static void find_deep(struct work *w, struct ask *a, char cursor[256])
{
    cursor[0] = 0;
    for (size_t at = 0; at < DEEP; at += SEARCH_LIMIT_MAX) {
        struct search_query q;
        struct search_result r;
        struct err e = ERR_INIT;
        write_ask(a, &q);
        set_number(&q, "limit", SEARCH_LIMIT_MAX);
        if (*cursor)
            set(&q, "cursor", cursor);
        must(search_run(w->s, &q, &r, &e), &e);
        snprintf(cursor, 256, "%s", r.next_cursor);
        search_result_fini(w->s, &r);
        search_query_fini(&q);
        if (!*cursor)
            return;
    }
    a->skip = DEEP;
}

/* CPU seconds of one question, from its text to the release of its items. */
static double ask_one(struct work *w, const struct ask *a, const char *cursor,
                      bool check)
{
    struct search_query q;
    struct search_result r;
    struct err e = ERR_INIT;
    double begun = bench_cpu();
    write_ask(a, &q);
    if (*cursor)
        set(&q, "cursor", cursor);
    must(search_run(w->s, &q, &r, &e), &e);
    double spent = bench_cpu() - begun;
    if (check) {
        naive_answer(&w->naive, a);
        w->wrong += naive_wrong(&w->naive, a, &r);
    }
    begun = bench_cpu();
    search_result_fini(w->s, &r);
    search_query_fini(&q);
    return spent + bench_cpu() - begun;
}

/* ---- classes ---- */

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void tell(struct work *w, const char *name, double *ms, size_t n)
{
    char text[64];
    qsort(ms, n, sizeof(*ms), by_value);
    snprintf(text, sizeof(text), "%s, p50", name);
    bench_result(w->b, text, "ms", ms[n / 2]);
    snprintf(text, sizeof(text), "%s, p99", name);
    bench_result(w->b, text, "ms", ms[n * 99 / 100]);
}

static void run_class(struct work *w, const struct class *c, bool check)
{
    double ms[QUESTIONS], naive = 0;
    char text[64];
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct ask a = make_ask(w, c);
        char cursor[256] = "";
        if (c->deep)
            find_deep(w, &a, cursor);
        ms[i] = ask_one(w, &a, cursor, check) * 1e3;
        if (i % NAIVE_SHARE)
            continue;
        double begun = bench_cpu();
        naive_answer(&w->naive, &a);
        naive += (bench_cpu() - begun) * 1e3;
    }
    tell(w, c->name, ms, QUESTIONS);
    snprintf(text, sizeof(text), "naive scan: %s", c->name);
    bench_peer(w->b, text, "ms", naive * NAIVE_SHARE / QUESTIONS);
}

static void run_bound(struct work *w, const uint32_t *duration)
{
    static const uint32_t between[2] = { 240, 1200 };
    uint32_t limit = ratio_top_limit(1);
    uint64_t found = 0;
    double begun = bench_cpu();
    for (int i = 0; i < 10; i++)
        found += naive_bound(w->data.q, duration, w->data.n, limit + (i == 0),
                             between);
    double ms = (bench_cpu() - begun) * 1e2;
    if (found == 0)
        data_give_up("the bound found nothing");
    bench_peer(w->b, "bound: one loop over rank and duration", "ms", ms);
}

/* ---- the index as a whole ---- */

static void open_store(struct work *w)
{
    struct err e = ERR_INIT;
    clk_step_init(&w->clock, wall_of_s(DATA_NOW));
    struct store_options o = { .uri = "mem:",
                               .create = true,
                               .kind = STORE_LOCAL,
                               .clk = &w->clock.clk,
                               .feed_keep = UINT64_C(1) << 22 };
    must(store_open(&w->store, &o, &e), &e);
    data_put(&w->data, w->store, NULL, 0, w->data.n, DATA_NOW);
}

static void open_index(struct work *w, const char *what)
{
    struct err e = ERR_INIT;
    struct search_options o = { .store = w->store,
                                .segment_path = w->path,
                                .clk = &w->clock.clk,
                                .progress_fd = -1,
                                .threads = 1 };
    double begun = bench_cpu();
    must(search_open(&w->s, &o, &e), &e);
    bench_result(w->b, what, "s", bench_cpu() - begun);
}

static void rank(struct work *w)
{
    struct err e = ERR_INIT;
    struct ratio_options o = RATIO_OPTIONS_INIT;
    struct search_rank_report report;
    double begun = bench_cpu();
    must(search_rank(w->s, &o, false, 0, &report, &e), &e);
    bench_result(w->b, "rank four ratios and publish", "s",
                 bench_cpu() - begun);
}

static void save_and_load(struct work *w)
{
    struct err e = ERR_INIT;
    struct search_info info;
    double begun = bench_cpu();
    must(search_save(w->s, &e), &e);
    bench_result(w->b, "write the file", "s", bench_cpu() - begun);
    search_info(w->s, &info);
    bench_result(w->b, "memory without stored fields", "bytes/video",
                 (double)info.bytes / (double)info.videos);
    search_close(w->s);
    open_index(w, "open the file");
}

/* A twentieth of the counts moves, a twentieth is new. */
static void follow(struct work *w)
{
    size_t n = w->data.n, moved = n / 20;
    size_t *which = calloc(moved + 1, sizeof(*which));
    struct err e = ERR_INIT;
    bool changed;
    if (!which)
        data_give_up("no memory");
    for (size_t i = 0; i < moved; i++) {
        which[i] = (size_t)rnd_below(&w->rnd, n);
        data_like(&w->data, which[i]);
    }
    data_put(&w->data, w->store, which, 0, moved, DATA_NOW + 60);
    double begun = bench_cpu();
    must(search_refresh(w->s, DUR_MS(0), &changed, &e), &e);
    bench_result(w->b, "follow n/20 changed counts", "s", bench_cpu() - begun);

    data_grow(&w->data, n + moved);
    data_put(&w->data, w->store, NULL, n, w->data.n, DATA_NOW + 60);
    begun = bench_cpu();
    must(search_refresh(w->s, DUR_MS(0), &changed, &e), &e);
    bench_result(w->b, "follow n/20 new videos", "s", bench_cpu() - begun);
    data_rank(&w->data);
    free(which);
}

static void ask_after_changes(struct work *w)
{
    for (size_t c = 0; c < ARRAY_LEN(classes); c++)
        for (int i = 0; i < 10; i++) {
            struct ask a = make_ask(w, &classes[c]);
            (void)ask_one(w, &a, "", true);
        }
}

static int compare_rank(void *ctx, const struct search_item *item)
{
    struct work *w = ctx;
    const struct found key = { .id = item->v.h.key[0] };
    size_t lo = 0, hi = w->naive.n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (w->naive.all[mid].id < key.id)
            lo = mid + 1;
        else
            hi = mid;
    }
    w->wrong += lo == w->naive.n || w->naive.all[lo].id != key.id ||
                w->naive.all[lo].q != item->rank[RATIO_LIKES_VIEWS].q;
    return RC_OK;
}

static int by_id(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Every rank of the index is that of the rows. */
static void check_ranks(struct work *w)
{
    static const struct ask everything;
    struct search_query q;
    struct err e = ERR_INIT;
    naive_answer(&w->naive, &everything);
    qsort(w->naive.all, w->naive.n, sizeof(*w->naive.all), by_id);
    search_query_init(&q);
    must(search_each(w->s, &q, compare_rank, w, &e), &e);
    search_query_fini(&q);
}

static void run(struct work *w, const struct bench_options *o)
{
    uint32_t *duration = calloc(w->data.n + 1, sizeof(*duration));
    if (!duration)
        data_give_up("no memory");
    for (size_t i = 0; i < w->data.n; i++)
        duration[i] = w->data.row[i].duration;
    open_store(w);
    open_index(w, "build the index, one thread");
    rank(w);
    data_rank(&w->data);
    save_and_load(w);
    check_ranks(w);
    for (int i = 0; i < o->runs; i++) {
        for (size_t c = 0; c < ARRAY_LEN(classes); c++)
            run_class(w, &classes[c], i == 0);
        run_bound(w, duration);
    }
    follow(w);
    check_ranks(w);
    ask_after_changes(w);
    free(duration);
}

int main(int argc, char **argv)
{
    static struct work w;
    w.b = bench_begin("search", argc, argv, 1000000);
    const struct bench_options *o = bench_options(w.b);
    const char *root = getenv("TMPDIR");
    snprintf(w.path, sizeof(w.path), "%s/svf-bench-%ld.seg",
             root ? root : "/tmp", (long)getpid());
    rnd_init(&w.rnd, rnd_mix(o->seed + 1));
    data_init(&w.data, o->seed, (size_t)(o->n + o->n / 20));
    data_grow(&w.data, (size_t)o->n);
    naive_init(&w.naive, &w.data);
    run(&w, o);
    search_close(w.s);
    store_close(w.store);
    (void)unlink(w.path);
    naive_fini(&w.naive);
    data_fini(&w.data);
    bench_check(w.b, "oracleMismatches", w.wrong);
    return bench_end(w.b);
}
