/*
 * tests/search/epoch_test.c - rank jobs: the epoch in the store, what other
 * indexes make of it, when edges are kept, and documents that are damaged.
 */
#include "search/snap_priv.h"
#include "tests/search/check.h"

enum { RECORDS = 800 };

static const struct ratio_options options = {
    .n_min = 40, .mantissa_bits = 7, .min_votes = 1, .threads = 2
};

static void rank(struct indexed *f, bool rebuild,
                 struct search_rank_report *ret)
{
    T_OK(search_rank(f->s, &options, rebuild, 0, ret, &f->k.e), &f->k.e);
}

static struct search *index_without_words(struct indexed *f, int threads)
{
    struct search *s;
    struct search_options o = { .store = f->k.store,
                                .no_text = true,
                                .clk = &f->k.clock.clk,
                                .progress_fd = -1,
                                .threads = threads };
    T_OK(search_open(&s, &o, &f->k.e), &f->k.e);
    return s;
}

/* ---- ranks ---- */

static int put_ranks(void *ctx, const struct search_item *item)
{
    buf_f(ctx, "%llx %x %x %x %x\n", (unsigned long long)item->v.h.key[0],
          (unsigned)item->rank[0].q, (unsigned)item->rank[1].q,
          (unsigned)item->rank[2].q, (unsigned)item->rank[3].q);
    return RC_OK;
}

static void same_ranks(struct indexed *f, struct search *other,
                       const char *name)
{
    struct search_query q;
    struct buf a = BUF_INIT(1 << 22), b = BUF_INIT(1 << 22);
    search_query_init(&q);
    T_OK(search_each(f->s, &q, put_ranks, &a, &f->k.e), &f->k.e);
    T_OK(search_each(other, &q, put_ranks, &b, &f->k.e), &f->k.e);
    ck_assert_msg(str_eq(buf_view(&a), buf_view(&b)), "%s: ranks differ", name);
    buf_fini(&a);
    buf_fini(&b);
}

START_TEST(every_index_of_the_store_tells_the_same_ranks)
{
    struct indexed f;
    struct search_rank_report report;
    struct world_ranks want;
    indexed_open(&f, 9, RECORDS, false);
    struct search *early = kit_index(&f.k, false);
    rank(&f, false, &report);
    world_rank(f.w, &options, NULL, &want);
    check_records(f.w, &want, f.s, "who ranked");
    kit_refresh(&f.k, early);
    same_ranks(&f, early, "who was open before");
    struct search *late = kit_index(&f.k, false);
    same_ranks(&f, late, "who opens afterwards");
    struct search *bare = index_without_words(&f, 1);
    same_ranks(&f, bare, "who has no words");
    search_close(early);
    search_close(late);
    search_close(bare);
    world_ranks_fini(&want);
    indexed_close(&f);
}
END_TEST

START_TEST(an_index_without_words_may_rank)
{
    struct indexed f;
    struct search_rank_report report;
    indexed_open(&f, 9, RECORDS, false);
    struct search *bare = index_without_words(&f, 2);
    T_OK(search_rank(bare, &options, false, 0, &report, &f.k.e), &f.k.e);
    kit_refresh(&f.k, f.s);
    same_ranks(&f, bare, "who ranked without words");
    search_close(bare);
    indexed_close(&f);
}
END_TEST

START_TEST(the_report_adds_up)
{
    struct indexed f;
    struct search_rank_report r;
    struct search_info info;
    struct world_ranks want;
    struct buf json = BUF_INIT(1 << 16);
    indexed_open(&f, 9, RECORDS, false);
    f.k.clock.now_ms += 5000;
    rank(&f, false, &r);
    world_rank(f.w, &options, NULL, &want);
    search_info(f.s, &info);
    T_U64("epoch", r.epoch_id, 1);
    T_U64("epoch", info.epoch_id, 1);
    T_I64("computed at", info.computed_at, KIT_NOW + 5);
    T_U64("videos", r.videos, RECORDS);
    for (size_t i = 0; i < RATIO_COUNT; i++) {
        const char *name = ratio_name((enum ratio_id)i);
        T_U64(name, r.ratio[i].eligible, want.r[i].eligible);
        T_U64(name, r.ratio[i].eligible + r.ratio[i].unknown, RECORDS);
        T_U64(name, r.ratio[i].buckets, want.r[i].n_buckets);
    }
    search_rank_json(&r, &json);
    buf_c(&json, 0);
    T_TRUE("JSON", strstr(json.p, "{\"epochId\":1,\"videos\":800,\"ratios\":"
                                  "{\"likesViews\":{\"eligible\":"));
    rank(&f, false, &r);
    T_U64("the next epoch", r.epoch_id, 2);
    buf_fini(&json);
    world_ranks_fini(&want);
    indexed_close(&f);
}
END_TEST

START_TEST(a_store_without_videos_is_ranked_too)
{
    struct kit k;
    struct search_rank_report r;
    struct search_result page;
    kit_open(&k, "mem:");
    struct search *s = kit_index(&k, false);
    T_OK(search_rank(s, &options, false, 0, &r, &k.e), &k.e);
    T_U64("videos", r.videos, 0);
    struct video v = kit_video(1, 100, 10, "first");
    kit_put(&k, &v, 1);
    kit_refresh(&k, s);
    T_OK(kit_ask(&k, s, "top=100", &page), &k.e);
    T_U64("nobody has a rank", page.unknown_rank, 1);
    search_result_fini(s, &page);
    T_OK(search_rank(s, &options, false, 0, &r, &k.e), &k.e);
    T_OK(kit_ask(&k, s, "top=100", &page), &k.e);
    T_U64("until the next job", page.total, 1);
    T_TRUE("one bucket", page.one_bucket);
    search_result_fini(s, &page);
    search_close(s);
    kit_close(&k);
}
END_TEST

/* ---- edges ---- */

static bool same_edges(const struct ratio_table *a, const struct ratio_table *b)
{
    if (a->n_buckets != b->n_buckets)
        return false;
    for (size_t i = 0; i < a->n_buckets; i++)
        if (a->buckets[i].cell_min != b->buckets[i].cell_min ||
            a->buckets[i].alpha < b->buckets[i].alpha ||
            a->buckets[i].alpha > b->buckets[i].alpha)
            return false;
    return true;
}

static struct ratio_table *table(struct indexed *f)
{
    struct ratio_table *t;
    T_OK(search_table(f->s, RATIO_LIKES_VIEWS, &t, &f->k.e), &f->k.e);
    return t;
}

/* Everybody is watched @times as often. */
static void move_population(struct indexed *f, uint64_t times)
{
    f->w->now += 60;
    for (size_t i = 0; i < f->w->n; i++) {
        struct video *v = &f->w->v[i];
        if (!f->w->alive[i] || !VIDEO_HAS(v, views) || v->views > UINT32_MAX)
            continue;
        v->views *= times;
        VIDEO_SET(v, stats_at, f->w->now);
        kit_put(&f->k, v, 1);
    }
    kit_refresh(&f->k, f->s);
}

static void delete_some(struct indexed *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        kit_delete(&f->k, f->w->v[i].h.key[0]);
        f->w->alive[i] = false;
    }
}

/* What happens between two rank jobs. */
static const struct {
    const char *name;
    size_t changes, fewer, more;
    uint64_t times;
    uint32_t n_min;
    bool rebuild, kept;
} between[] = {
    { "nothing happened", 0, 0, 0, 1, 40, false, true },
    { "a few videos changed", 20, 0, 0, 1, 40, false, true },
    { "every third is gone", 0, 270, 0, 1, 40, false, true },
    { "three of four are gone", 0, 600, 0, 1, 40, false, false },
    { "half as many again", 0, 0, 400, 1, 40, false, true },
    { "five times as many", 0, 0, 3200, 1, 40, false, false },
    { "all are watched a thousand times as often", 0, 0, 0, 1000, 40, false,
      false },
    { "smaller buckets are asked for", 20, 0, 0, 1, 30, false, false },
    { "new edges are asked for", 20, 0, 0, 1, 40, true, false },
};

START_TEST(edges_stay_until_a_bucket_leaves_its_band)
{
    struct indexed f;
    struct search_rank_report r;
    struct world_ranks first, want;
    struct ratio_options o = options;
    const char *name = between[_i].name;
    indexed_open(&f, 9, RECORDS, false);
    rank(&f, false, &r);
    world_rank(f.w, &options, NULL, &first);
    struct ratio_table *before = table(&f);
    world_change(f.w, between[_i].changes);
    delete_some(&f, between[_i].fewer);
    world_add(f.w, between[_i].more);
    kit_refresh(&f.k, f.s);
    move_population(&f, between[_i].times);
    o.n_min = between[_i].n_min;
    T_OK(search_rank(f.s, &o, between[_i].rebuild, 0, &r, &f.k.e), &f.k.e);
    struct ratio_table *after = table(&f);
    ck_assert_msg(same_edges(before, after) == between[_i].kept, "%s", name);
    world_rank(f.w, &o, between[_i].kept ? &first : NULL, &want);
    check_records(f.w, &want, f.s, name);
    ratio_table_close(before);
    ratio_table_close(after);
    world_ranks_fini(&first);
    world_ranks_fini(&want);
    indexed_close(&f);
}
END_TEST

/* ---- the document ---- */

static void epoch_text(struct indexed *f, struct buf *ret, uint64_t *id)
{
    *ret = (struct buf)BUF_INIT(STORE_DOC_MAX);
    T_OK(epoch_get(f->k.store, ret, id, &f->k.e), &f->k.e);
}

START_TEST(an_epoch_reads_back_bit_for_bit)
{
    struct indexed f;
    struct search_rank_report r;
    struct buf text, again = BUF_INIT(STORE_DOC_MAX);
    struct epoch *x;
    uint64_t id;
    indexed_open(&f, 9, RECORDS, false);
    rank(&f, false, &r);
    epoch_text(&f, &text, &id);
    T_OK(epoch_parse(&x, buf_view(&text), id, &f.k.e), &f.k.e);
    for (size_t i = 0; i < RATIO_COUNT; i++) {
        const struct ratio_table *a = x->table[i];
        const struct ratio_table *b = f.s->snap->epoch->table[i];
        T_U64("buckets", a->n_buckets, b->n_buckets);
        T_TRUE("enough of them", a->n_buckets > 3);
        for (size_t n = 0; n < a->n_buckets; n++) {
            T_U64("views", a->buckets[n].views_min, b->buckets[n].views_min);
            T_U64("views", a->buckets[n].views_max, b->buckets[n].views_max);
            T_TRUE("prior", memcmp(&a->buckets[n].alpha, &b->buckets[n].alpha,
                                   2 * sizeof(double)) == 0);
            T_TRUE("quantiles",
                   memcmp(a->buckets[n].quantile, b->buckets[n].quantile,
                          sizeof(a->buckets[n].quantile)) == 0);
        }
    }
    T_OK(epoch_write(x, &again, &f.k.e), &f.k.e);
    T_TRUE("the same text", str_eq(buf_view(&again), buf_view(&text)));
    epoch_unref(x);
    buf_fini(&text);
    buf_fini(&again);
    indexed_close(&f);
}
END_TEST

/* A bad document is refused whole; a good one is used: never a crash. */
START_TEST(a_damaged_epoch_is_refused)
{
    struct indexed f;
    struct search_rank_report r;
    struct buf text;
    struct rnd rnd;
    uint64_t id;
    int refused = 0;
    rnd_init(&rnd, 1);
    indexed_open(&f, 9, RECORDS, false);
    rank(&f, false, &r);
    epoch_text(&f, &text, &id);
    for (int i = 0; i < 400; i++) {
        struct epoch *x = NULL;
        size_t at = (size_t)rnd_below(&rnd, i % 2 ? text.n : 300);
        char was = text.p[at];
        text.p[at] = "0123456789-.,[]{}\"e"[rnd_below(&rnd, 19)];
        size_t n = i % 4 ? text.n : at;
        int rc = epoch_parse(&x, str_n(text.p, n), id, &f.k.e);
        ck_assert_msg(rc == RC_OK || rc == RC_CORRUPT, "%s", f.k.e.msg);
        refused += rc != RC_OK;
        epoch_unref(x);
        text.p[at] = was;
    }
    T_TRUE("most are refused", refused > 200);
    buf_fini(&text);
    indexed_close(&f);
}
END_TEST

/* What is wrong in each, as the smallest document that has it. */
START_TEST(epochs_that_make_no_sense)
{
#define PRIOR(a, b, prior)                                                     \
    "[" #a "," #b ",5," prior                                                  \
    ",[0,0,0,0,0,0,0,0,0],[null,null,null,null,null,null]]"
#define BUCKET(a, b) PRIOR(a, b, "0,0")
#define TABLE(name, bits, votes, buckets)                                      \
    "\"" name "\":{\"nMin\":10,\"mantissaBits\":" bits ",\"minVotes\":" votes  \
    ",\"eligible\":5,\"unknown\":0,\"buckets\":[" buckets "]}"
#define RATIOS(v, first, second)                                               \
    "{\"v\":" v ",\"computedAt\":5,\"ratios\":{" first "," second              \
    "," TABLE("commentsViews", "4", "1", "") "," TABLE("dislikesViews", "4",   \
                                                       "1", "") "}}"
#define EPOCH(v, bits, buckets)                                                \
    RATIOS(v, TABLE("likesViews", bits, "1", buckets),                         \
           TABLE("likesDislikes", "4", "1", ""))
#define VOTES(votes, prior)                                                    \
    RATIOS("1", TABLE("likesViews", "4", "1", ""),                             \
           TABLE("likesDislikes", "4", votes, PRIOR(0, 975, prior)))
    static const struct {
        const char *name, *json;
        int want;
    } rows[] = {
        { "no bucket at all", EPOCH("1", "4", ""), RC_OK },
        { "one bucket for all", EPOCH("1", "4", BUCKET(0, 975)), RC_OK },
        { "two buckets", EPOCH("1", "4", BUCKET(0, 6) "," BUCKET(7, 975)),
          RC_OK },
        { "another version", EPOCH("2", "4", ""), RC_CORRUPT },
        { "a gap", EPOCH("1", "4", BUCKET(0, 6) "," BUCKET(8, 975)),
          RC_CORRUPT },
        { "an overlap", EPOCH("1", "4", BUCKET(0, 6) "," BUCKET(6, 975)),
          RC_CORRUPT },
        { "the wrong way round", EPOCH("1", "4", BUCKET(5, 2)), RC_CORRUPT },
        { "the last cells are missing", EPOCH("1", "4", BUCKET(0, 974)),
          RC_CORRUPT },
        { "a cell too many", EPOCH("1", "4", BUCKET(0, 976)), RC_CORRUPT },
        { "fewer bits than cells may have", EPOCH("1", "3", ""), RC_CORRUPT },
        { "more bits than cells may have", EPOCH("1", "11", ""), RC_CORRUPT },
        { "a prior", VOTES("1", "0.5,2"), RC_OK },
        { "half a prior", VOTES("1", "0,2"), RC_CORRUPT },
        { "the other half", VOTES("1", "0.5,0"), RC_CORRUPT },
        { "an infinite prior", VOTES("1", "0.5,null"), RC_CORRUPT },
        { "votes from none on", VOTES("0", "0.5,2"), RC_CORRUPT },
        { "a prior that no other ratio has",
          EPOCH("1", "4", PRIOR(0, 975, "0.5,2")), RC_CORRUPT },
        { "no JSON", "{", RC_CORRUPT },
        { "another document", "{\"v\":1}", RC_CORRUPT },
        { "a list", "[1,2]", RC_CORRUPT },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct epoch *x = NULL;
        struct err e = ERR_INIT;
        T_RC(rows[i].name, epoch_parse(&x, str_of(rows[i].json), 1, &e),
             rows[i].want, &e);
        epoch_unref(x);
    }
}
END_TEST

START_TEST(a_bad_epoch_in_the_store_changes_nothing)
{
    struct indexed f;
    struct search_rank_report r;
    struct world_ranks want;
    uint64_t id;
    indexed_open(&f, 9, RECORDS, false);
    rank(&f, false, &r);
    world_rank(f.w, &options, NULL, &want);
    T_OK(epoch_put(f.k.store, STR("{\"v\":9}"), 0, &id, &f.k.e), &f.k.e);
    kit_refresh(&f.k, f.s);
    check_records(f.w, &want, f.s, "who had a good one keeps it");
    struct search *late = kit_index(&f.k, false);
    check_records(f.w, NULL, late, "who had none goes without");
    rank(&f, false, &r);
    T_U64("the next is good again", r.epoch_id, id + 1);
    kit_refresh(&f.k, late);
    check_records(f.w, &want, late, "and everybody takes it");
    search_close(late);
    world_ranks_fini(&want);
    indexed_close(&f);
}
END_TEST

/* Rule 3 of rank_job.c. */
START_TEST(who_cannot_publish_does_not_use)
{
    struct indexed f;
    struct search_rank_report r;
    indexed_open(&f, 9, RECORDS, false);
    T_OK(search_rank(f.s, &options, false, 7, &r, &f.k.e), &f.k.e);
    T_RC("an older fence", search_rank(f.s, &options, false, 6, &r, &f.k.e),
         RC_FENCED, &f.k.e);
    store_mem_fail(f.k.store, 1, RC_IO);
    T_RC("a full disk", search_rank(f.s, &options, false, 7, &r, &f.k.e), RC_IO,
         &f.k.e);
    struct search_info info;
    search_info(f.s, &info);
    T_U64("epoch", info.epoch_id, 1);
    indexed_close(&f);
}
END_TEST

static Suite *epoch_suite(void)
{
    Suite *s = suite_create("epoch");
    TCase *c = tcase_create("epoch");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, every_index_of_the_store_tells_the_same_ranks);
    tcase_add_test(c, an_index_without_words_may_rank);
    tcase_add_test(c, the_report_adds_up);
    tcase_add_test(c, a_store_without_videos_is_ranked_too);
    tcase_add_loop_test(c, edges_stay_until_a_bucket_leaves_its_band, 0,
                        (int)ARRAY_LEN(between));
    tcase_add_test(c, an_epoch_reads_back_bit_for_bit);
    tcase_add_test(c, a_damaged_epoch_is_refused);
    tcase_add_test(c, epochs_that_make_no_sense);
    tcase_add_test(c, a_bad_epoch_in_the_store_changes_nothing);
    tcase_add_test(c, who_cannot_publish_does_not_use);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return t_run(epoch_suite());
}
