/* tests/miner/mine_parts_test.c - what is due, what comes next, the report. */
#include "miner/job_priv.h"
#include "tests/t.h"

#include <stdio.h>

/* ---- the list of due ids ---- */

static void add(struct due_list *l, uint64_t id, int64_t at)
{
    struct err e;
    T_OK(due_add(l, (struct due){ id, at }, &e), &e);
}

START_TEST(the_oldest_are_kept_and_come_first)
{
    enum { MAX = 100, ALL = 1000 };
    struct due_list l;
    due_init(&l, MAX);
    /* 1..1000 in a shuffled order: i * 10 mod 1001 visits each once */
    for (uint64_t i = 1; i <= ALL; i++)
        add(&l, i * 10 % 1001, (int64_t)(i * 10 % 1001) * 10);
    due_sort(&l);
    T_U64("kept", l.n, MAX);
    T_TRUE("says so", l.truncated);
    for (size_t i = 0; i < MAX; i++)
        T_I64("order", l.v[i].at, (int64_t)(i + 1) * 10);
    due_fini(&l);
}
END_TEST

START_TEST(rounds_hand_out_every_id_once)
{
    enum { MAX = 64, ALL = 1000 };
    struct due_list l;
    bool seen[ALL] = { false };
    size_t rounds = 0;
    due_init(&l, MAX);
    do {
        due_restart(&l);
        for (uint64_t i = 0; i < ALL; i++)
            add(&l, i, (int64_t)(i % 3)); /* many of the same age */
        due_sort(&l);
        for (size_t i = 0; i < l.n; i++) {
            T_TRUE("once", !seen[l.v[i].id]);
            seen[l.v[i].id] = true;
        }
        rounds++;
    } while (l.truncated);
    for (size_t i = 0; i < ALL; i++)
        T_TRUE("all", seen[i]);
    T_U64("rounds", rounds, (ALL + MAX - 1) / MAX);
    due_fini(&l);
}
END_TEST

START_TEST(lists_at_and_about_their_bound)
{
    for (uint64_t n = 0; n <= 5; n++) {
        struct due_list l;
        due_init(&l, 4);
        for (uint64_t i = 0; i < n; i++)
            add(&l, i, (int64_t)(100 - i));
        due_sort(&l);
        T_U64("n", l.n, n > 4 ? 4 : n);
        T_TRUE("truncated", l.truncated == (n > 4));
        due_fini(&l);
    }
}
END_TEST

START_TEST(an_id_that_comes_twice_is_due_once)
{
    struct due_list l;
    due_init(&l, 10);
    add(&l, 5, 30);
    add(&l, 6, 20);
    add(&l, 5, 10);
    due_sort(&l);
    T_U64("n", l.n, 2);
    T_U64("first", l.v[0].id, 5);
    T_U64("second", l.v[1].id, 6);
    due_fini(&l);
}
END_TEST

enum { NOW = 1000000, HOURS_20 = 72000 };

static const struct {
    const char *name;
    int64_t stats_at;   /* 0 = absent */
    int64_t gone_since; /* 0 = absent */
    uint64_t origin;    /* 0 = absent */
    bool foreign;
    bool due;
} due_rows[] = {
    /* clang-format off */
    { "a stub", 0, 0, 0, false, true },
    { "fetched just now", NOW, 0, ORIGIN_API, false, false },
    { "fetched as long ago as is allowed", NOW - HOURS_20, 0, ORIGIN_API, false, false },
    { "fetched a second longer ago", NOW - HOURS_20 - 1, 0, ORIGIN_API, false, true },
    { "fetched from the simulator", 1, 0, ORIGIN_SIM, false, true },
    { "a made-up id", 1, 0, ORIGIN_API, true, false },
    { "told by an import", 1, 0, ORIGIN_TRENDING, false, false },
    { "missing a moment ago", 1, NOW - 1, ORIGIN_API, false, false },
    { "missing for just under six hours", 1, NOW - GONE_CONFIRM_S + 1, ORIGIN_API, false, false },
    { "missing for six hours", NOW, NOW - GONE_CONFIRM_S, ORIGIN_API, false, true },
    { "a stub that was missing at once", 0, NOW - 1, 0, false, false },
    /* clang-format on */
};

START_TEST(videos_are_due_or_not)
{
    struct due_rule rule = { .now = NOW, .refresh_after = HOURS_20 };
    for (size_t i = 0; i < ARRAY_LEN(due_rows); i++) {
        struct video v = { .h = { .key = { 42, 0 } } };
        struct due d = { 0, 0 };
        if (due_rows[i].stats_at)
            VIDEO_SET(&v, stats_at, due_rows[i].stats_at);
        if (due_rows[i].gone_since)
            VIDEO_SET(&v, gone_since, due_rows[i].gone_since);
        if (due_rows[i].origin)
            VIDEO_SET(&v, origin, due_rows[i].origin);
        if (due_rows[i].foreign)
            VIDEO_SET(&v, foreign, 1);
        bool due = due_check(&rule, &v, &d);
        T_TRUE(due_rows[i].name, due == due_rows[i].due);
        T_U64(due_rows[i].name, d.id, due ? 42 : 0);
    }
}
END_TEST

/* ---- what a walk needs ---- */

#define OLD      (NOW - HOURS_20 - 1)
#define CHANNEL  .src.kind = SOURCE_CHANNEL, .has_channel = true
#define PLAYLIST .src.kind = SOURCE_PLAYLIST

static const struct {
    const char *name;
    struct walk w;
    enum walk_need need;
} walks[] = {
    /* clang-format off */
    { "a channel nobody has looked up", { CHANNEL }, WALK_CHANNEL },
    { "a handle without a channel", { .src.kind = SOURCE_HANDLE }, WALK_CHANNEL },
    { "a channel that was never walked", { CHANNEL, .channel_at = OLD }, WALK_PAGE },
    { "a walk under way goes on with the count it began with", { CHANNEL, .channel_at = OLD, .src.walked = true, .src.walking = true }, WALK_PAGE },
    { "a walked channel with an old count", { CHANNEL, .channel_at = OLD, .src.walked = true }, WALK_CHANNEL },
    { "a walked channel with the same count", { CHANNEL, .channel_at = NOW, .src.walked = true, .has_count = true, .count = 7, .src.list_count = 7, .src.list_at = NOW }, WALK_NOTHING },
    { "a list as long as ever, read 25 days ago", { CHANNEL, .channel_at = NOW, .src.walked = true, .has_count = true, .count = 7, .src.list_count = 7, .src.list_at = NOW - 25 * 86400 }, WALK_NOTHING },
    { "a list as long as ever, read before that", { CHANNEL, .channel_at = NOW, .src.walked = true, .has_count = true, .count = 7, .src.list_count = 7, .src.list_at = NOW - 25 * 86400 - 1 }, WALK_PAGE },
    { "a walked channel with another count", { CHANNEL, .channel_at = NOW, .src.walked = true, .has_count = true, .count = 6, .src.list_count = 7 }, WALK_PAGE },
    { "a walked channel without a count is read again in time, though just looked up", { CHANNEL, .channel_at = NOW, .src.walked = true, .src.last_run_at = NOW, .src.list_at = OLD }, WALK_PAGE },
    { "a walked channel without a count is not read at once", { CHANNEL, .channel_at = NOW, .src.walked = true, .src.last_run_at = NOW, .src.list_at = NOW }, WALK_NOTHING },
    { "a never walked channel is looked up again before 30 days", { CHANNEL, .channel_at = NOW - 26 * 86400 }, WALK_CHANNEL },
    { "a playlist that was never walked", { PLAYLIST }, WALK_PAGE },
    { "a walked playlist in time", { PLAYLIST, .src.walked = true, .src.last_run_at = OLD, .src.list_at = OLD }, WALK_PAGE },
    { "a walked playlist at once", { PLAYLIST, .src.walked = true, .src.last_run_at = NOW, .src.list_at = NOW }, WALK_NOTHING },
    { "gone since yesterday", { PLAYLIST, .src.gone_since = NOW - 86400, .src.last_run_at = NOW - 86400 }, WALK_NOTHING },
    { "gone since a week", { PLAYLIST, .src.gone_since = NOW - GONE_RECHECK_S, .src.last_run_at = NOW - GONE_RECHECK_S }, WALK_PAGE },
    { "gone since a month, looked for yesterday", { PLAYLIST, .src.gone_since = NOW - 30 * 86400, .src.last_run_at = NOW - 86400 }, WALK_NOTHING },
    { "done for this job", { CHANNEL, .over = true }, WALK_NOTHING },
    /* clang-format on */
};

START_TEST(walks_need_the_next_thing)
{
    for (size_t i = 0; i < ARRAY_LEN(walks); i++)
        T_I64(walks[i].name, walk_need(&walks[i].w, NOW, HOURS_20),
              walks[i].need);
}
END_TEST

/* ---- the scheduler ---- */

static void found(struct sched *s, uint64_t from, size_t n)
{
    uint64_t ids[YT_BATCH];
    for (size_t i = 0; i < n; i++)
        ids[i] = from + i;
    sched_found(s, ids, n);
}

/* Take the next task and check what it is. */
static struct task next(struct sched *s, const char *name, enum task_kind kind,
                        size_t n)
{
    struct task t;
    T_TRUE(name, sched_next(s, &t));
    T_I64(name, t.kind, kind);
    T_U64(name, t.n, n);
    return t;
}

static void sched_with_due(struct sched *s, size_t stubs, size_t old)
{
    struct err e;
    T_OK(sched_init(s, 2, 1000, &e), &e);
    for (size_t i = 0; i < stubs; i++)
        add(&s->due, i, 0);
    for (size_t i = 0; i < old; i++)
        add(&s->due, 1000 + i, (int64_t)(1 + i));
    due_sort(&s->due);
}

START_TEST(new_before_channels_before_pages_before_refreshes)
{
    struct sched s;
    struct task t;
    struct walk a = { .has_channel = true }, b = { .has_channel = false },
                c = { .has_channel = true };
    sched_with_due(&s, 60, 100);
    sched_put(&s, &c, WALK_PAGE);
    sched_put(&s, &b, WALK_CHANNEL);
    sched_put(&s, &a, WALK_CHANNEL);
    t = next(&s, "stubs of an earlier job", TASK_VIDEOS, 50);
    T_U64("a stub", t.ids[49], 49);
    t = next(&s, "the rest is filled with the oldest", TASK_VIDEOS, 50);
    T_U64("the oldest", t.ids[10], 1000);
    t = next(&s, "channels by id", TASK_CHANNELS, 1);
    T_TRUE("a", t.walks[0] == &a);
    sched_done(&s, &t);
    t = next(&s, "channels by handle", TASK_HANDLE, 1);
    T_TRUE("b", t.walks[0] == &b);
    sched_done(&s, &t);
    t = next(&s, "pages", TASK_PAGE, 1);
    found(&s, 5000, 30);
    struct task full =
        next(&s, "a full batch while a page is underway", TASK_VIDEOS, 50);
    T_U64("found first", full.ids[0], 5000);
    T_U64("then the oldest", full.ids[30], 1040);
    sched_done(&s, &t);
    (void)next(&s, "the rest, short, at the end", TASK_VIDEOS, 40);
    T_TRUE("the end", !sched_next(&s, &t));
    sched_fini(&s);
}
END_TEST

START_TEST(a_list_that_was_cut_is_scanned_again)
{
    struct sched s;
    struct task t;
    struct err e;
    T_OK(sched_init(&s, 1, 10, &e), &e);
    for (uint64_t i = 0; i < 15; i++)
        add(&s.due, i, (int64_t)i + 1);
    due_sort(&s.due);
    (void)next(&s, "the ten oldest", TASK_VIDEOS, 10);
    t = next(&s, "then a scan", TASK_SCAN, 0);
    for (uint64_t i = 0; i < 15; i++)
        add(&s.due, i, (int64_t)i + 1);
    due_sort(&s.due);
    sched_done(&s, &t);
    t = next(&s, "for the other five", TASK_VIDEOS, 5);
    T_U64("the eleventh", t.ids[0], 10);
    T_TRUE("the end", !sched_next(&s, &t));
    sched_fini(&s);
}
END_TEST

START_TEST(channels_go_by_fifty)
{
    struct sched s;
    struct task t;
    static struct walk w[120];
    sched_with_due(&s, 0, 0);
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        w[i].has_channel = true;
        sched_put(&s, &w[i], WALK_CHANNEL);
    }
    for (size_t left = ARRAY_LEN(w); left;) {
        size_t n = left < YT_BATCH ? left : YT_BATCH;
        t = next(&s, "channels", TASK_CHANNELS, n);
        sched_done(&s, &t);
        left -= n;
    }
    T_TRUE("the end", !sched_next(&s, &t));
    sched_fini(&s);
}
END_TEST

START_TEST(a_stop_leaves_the_rest)
{
    struct sched s;
    struct task t;
    sched_with_due(&s, 500, 0);
    (void)next(&s, "before", TASK_VIDEOS, 50);
    sched_stop(&s);
    T_TRUE("after", !sched_next(&s, &t));
    sched_fini(&s);
}
END_TEST

/* ---- the report ---- */

START_TEST(a_report_is_the_document_of_the_contract)
{
    struct mine_report r = {
        .job = "2026-11-20T08:15:00Z-000001",
        .day = 20777,
        .begun = { INT64_C(1795162500000) },
        .ended = { INT64_C(1795162530000) },
        .units = { 5, 0, 0 },
        .units_by_method = { [QUOTA_VIDEOS] = 2,
                             [QUOTA_CHANNELS] = 1,
                             [QUOTA_PLAYLIST_ITEMS] = 2 },
        .requests = 5,
        .bytes = 12345,
        .channels = 1,
        .pages = 2,
        .asked = 99,
        .outcomes = { 90, 4, 3, 1, 1, 0 },
        .errors = { { "network", 0 }, { "timeout", 1 } },
        .stopped_by = MINE_DONE,
    };
    struct buf b = BUF_INIT(4096);
    mine_report_json(&r, &b);
    T_STR("document", buf_view(&b),
          "{\"job\":\"2026-11-20T08:15:00Z-000001\",\"day\":\"2026-11-20\","
          "\"units\":{\"general\":5,\"search\":0,\"batchStats\":0},"
          "\"requests\":5,\"bytes\":12345,\"channels\":1,\"pages\":2,"
          "\"asked\":99,\"outcomes\":{\"new\":90,\"updated\":4,"
          "\"unchanged\":3,\"hidden\":1,\"gone\":1,\"failed\":0},"
          "\"outcomesPerUnit\":49.5,\"unitsByMethod\":{\"videos\":2,"
          "\"channels\":1,\"playlistItems\":2,\"search\":0},"
          "\"errors\":{\"timeout\":1},\"stoppedBy\":\"done\",\"why\":null,"
          "\"beganAt\":\"2026-11-20T08:15:00Z\","
          "\"endedAt\":\"2026-11-20T08:15:30Z\"}");
    buf_fini(&b);
}
END_TEST

START_TEST(a_job_that_was_killed_has_no_end)
{
    struct mine_report r = { .begun = { INT64_C(1795162500000) } };
    struct buf b = BUF_INIT(4096);
    mine_report_json(&r, &b);
    T_TRUE("stoppedBy", strstr(b.p, "\"stoppedBy\":null"));
    T_TRUE("endedAt", strstr(b.p, "\"endedAt\":null"));
    T_TRUE("outcomesPerUnit", strstr(b.p, "\"outcomesPerUnit\":null"));
    buf_fini(&b);
}
END_TEST

T_SUITE("miner.parts", 20, the_oldest_are_kept_and_come_first,
        rounds_hand_out_every_id_once, lists_at_and_about_their_bound,
        an_id_that_comes_twice_is_due_once, videos_are_due_or_not,
        walks_need_the_next_thing,
        new_before_channels_before_pages_before_refreshes,
        a_list_that_was_cut_is_scanned_again, channels_go_by_fifty,
        a_stop_leaves_the_rest, a_report_is_the_document_of_the_contract,
        a_job_that_was_killed_has_no_end)
