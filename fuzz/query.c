/*
 * fuzz/query.c - any parameters: lines of "name=value". What is refused is
 * refused by name and leaves the query as it was; what is taken is answered.
 */
#include "fuzz/fuzz.h"
#include "search/search.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum { NOW = 1763200000 };

static void put_video(struct store *s, uint64_t id)
{
    static const char *const titles[] = { "A cat", "the big cat video",
                                          "猫の動画", "#shorts cat" };
    struct video v = { .h.key = { id, 0 } };
    enum store_outcome out;
    VIDEO_SET(&v, views, id * id);
    VIDEO_SET(&v, likes, id);
    VIDEO_SET(&v, stats_at, NOW);
    VIDEO_SET(&v, published, NOW - (int64_t)id * 86400);
    if (id % 5)
        VIDEO_SET(&v, duration, id * 30);
    VIDEO_SET(&v, title, str_of(titles[id % 4]));
    must(store_put(s, &schema_video, &v, 1, 0, &out, NULL) == RC_OK, "put");
}

/* An index of 40 videos, made once; the process keeps it. */
static struct search *index_of_cats(void)
{
    static struct search *s;
    static struct clk_step clock;
    static struct store *store;
    if (s)
        return s;
    clk_step_init(&clock, wall_of_s(NOW));
    struct store_options so = {
        .uri = "mem:", .create = true, .kind = STORE_LOCAL, .clk = &clock.clk
    };
    must(store_open(&store, &so, NULL) == RC_OK, "store");
    for (uint64_t id = 1; id <= 40; id++)
        put_video(store, id);
    struct search_options o = { .store = store,
                                .clk = &clock.clk,
                                .progress_fd = -1 };
    must(search_open(&s, &o, NULL) == RC_OK, "index");
    struct ratio_options ro = RATIO_OPTIONS_INIT;
    struct search_rank_report report;
    ro.n_min = 10;
    must(search_rank(s, &ro, false, 0, &report, NULL) == RC_OK, "rank");
    return s;
}

static int set(struct search_query *q, struct str line)
{
    struct search_problem problem = { .parameter = "" };
    struct err e = ERR_INIT;
    struct str name = STR("");
    uint64_t given = q->given, asked = q->asked;
    (void)str_split(&line, '=', &name);
    struct str value = line.p ? line : STR("");
    int rc = search_query_set(q, name, value, wall_of_s(NOW), &problem, &e);
    must(rc == RC_OK || rc == RC_INPUT, "another code");
    if (rc == RC_OK)
        return rc;
    must(q->given == given && q->asked == asked, "a failed set left a trace");
    must(*problem.reason && utf8_valid(str_of(problem.parameter)),
         "a refusal without a reason");
    return rc;
}

static void answer(const struct search_query *q)
{
    struct search *s = index_of_cats();
    struct search_result r;
    struct err e = ERR_INIT;
    int rc = search_run(s, q, &r, &e);
    must(rc == RC_OK || rc == RC_INPUT || rc == RC_LOST, e.msg);
    if (rc)
        return;
    must(r.n <= r.total && r.n <= q->limit && r.total <= 40, "counts");
    search_result_fini(s, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct search_query q;
    struct str rest = str_n((const char *)data, size), line;
    int rc = RC_OK;
    search_query_init(&q);
    while (!rc && rest.n && str_split(&rest, '\n', &line))
        if (line.n)
            rc = set(&q, line);
    if (!rc && search_query_check(&q, NULL, NULL) == RC_OK)
        answer(&q);
    search_query_fini(&q);
    return 0;
}
