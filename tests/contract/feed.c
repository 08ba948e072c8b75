/* tests/contract/feed.c - the change feed. */
#include "tests/contract/contract.h"

#include "base/rnd.h"
#include "base/thr.h"

#include <stdatomic.h>

/* What a reader of the feed was told, in order. */
struct told {
    size_t n;
    struct {
        const struct schema_type *t;
        uint64_t key[2];
    } row[64];
    size_t fail_at; /* the call that fails, from 1; 0 = none */
};

static int note(void *ctx, const struct schema_type *t, const uint64_t key[2])
{
    struct told *x = ctx;
    if (x->fail_at && x->n + 1 == x->fail_at)
        return RC_CANCELLED;
    T_TRUE("room", x->n < ARRAY_LEN(x->row));
    x->row[x->n].t = t;
    x->row[x->n].key[0] = key[0];
    x->row[x->n].key[1] = key[1];
    x->n++;
    return RC_OK;
}

static size_t read_feed(struct store *s, struct store_pos *pos, size_t max,
                        struct told *x)
{
    size_t n = 0;
    *x = (struct told){ .n = 0 };
    T_OK(store_feed_read(s, pos, max, DUR_MS(0), note, x, &n, &fx.e), &fx.e);
    T_U64("told as many as counted", x->n, n);
    return n;
}

static void put_plain(uint64_t id, uint64_t views)
{
    struct video v = video_of(id, views, 1);
    (void)put_video(&v);
}

START_TEST(changes_come_in_order_with_their_keys)
{
    struct store_pos pos = feed_now(fx.s);
    struct channel c = { .h = { .key = { UINT64_MAX, 7 } } };
    struct told x;
    put_plain(1, 1);
    (void)put_one(&schema_channel, &c, 0);
    put_plain(UINT64_MAX, 1);
    put_plain(1, 2);
    T_U64("all", read_feed(fx.s, &pos, 100, &x), 4);
    T_TRUE("a video", x.row[0].t == &schema_video && x.row[0].key[0] == 1);
    T_TRUE("a channel", x.row[1].t == &schema_channel &&
                            x.row[1].key[0] == UINT64_MAX &&
                            x.row[1].key[1] == 7);
    T_U64("a large id", x.row[2].key[0], UINT64_MAX);
    T_U64("the first one again", x.row[3].key[0], 1);
    T_U64("and no more", read_feed(fx.s, &pos, 100, &x), 0);
}
END_TEST

START_TEST(max_bounds_a_read_and_the_next_goes_on)
{
    struct store_pos pos = feed_now(fx.s);
    struct told x;
    for (uint64_t i = 1; i <= 7; i++)
        put_plain(i, 1);
    T_U64("none", read_feed(fx.s, &pos, 0, &x), 0);
    T_U64("three", read_feed(fx.s, &pos, 3, &x), 3);
    T_U64("from the first", x.row[0].key[0], 1);
    T_U64("three more", read_feed(fx.s, &pos, 3, &x), 3);
    T_U64("from the fourth", x.row[0].key[0], 4);
    T_U64("the rest", read_feed(fx.s, &pos, 3, &x), 1);
    T_U64("the last", x.row[0].key[0], 7);
}
END_TEST

START_TEST(now_is_behind_all_that_was_written)
{
    struct told x;
    put_plain(1, 1);
    struct store_pos pos = feed_now(fx.s);
    put_plain(2, 1);
    T_U64("only what came later", read_feed(fx.s, &pos, 9, &x), 1);
    T_U64("that one", x.row[0].key[0], 2);
}
END_TEST

START_TEST(a_callback_that_fails_leaves_the_position)
{
    struct store_pos pos = feed_now(fx.s);
    struct told x = { .fail_at = 2 };
    size_t n;
    put_plain(1, 1);
    put_plain(2, 1);
    T_RC("its own code",
         store_feed_read(fx.s, &pos, 9, DUR_MS(0), note, &x, &n, &fx.e),
         RC_CANCELLED, &fx.e);
    T_U64("both come again", read_feed(fx.s, &pos, 9, &x), 2);
    T_U64("from the first", x.row[0].key[0], 1);
}
END_TEST

START_TEST(a_long_feed_comes_whole)
{
    enum { N = 10000 };
    static struct video v[STORE_BATCH_MAX];
    static enum store_outcome out[STORE_BATCH_MAX];
    struct store_pos pos = feed_now(fx.s);
    for (uint64_t at = 0; at < N; at += STORE_BATCH_MAX) {
        for (size_t i = 0; i < STORE_BATCH_MAX; i++)
            v[i] = video_of(at + i, 1, 1);
        T_OK(store_put(fx.s, &schema_video, v, STORE_BATCH_MAX, 0, out, &fx.e),
             &fx.e);
    }
    T_U64("all of it", feed_count(fx.s, &pos), N);
}
END_TEST

START_TEST(a_position_outlives_its_process)
{
    struct told x;
    put_plain(1, 1);
    struct store_pos pos = feed_now(fx.s);
    put_plain(2, 1);
    reopen();
    put_plain(3, 1);
    T_U64("both", read_feed(fx.s, &pos, 9, &x), 2);
    T_U64("in order", x.row[1].key[0], 3);
}
END_TEST

static const TTest **const feed_tests[] = {
    &changes_come_in_order_with_their_keys,
    &max_bounds_a_read_and_the_next_goes_on,
    &now_is_behind_all_that_was_written,
    &a_callback_that_fails_leaves_the_position,
    &a_long_feed_comes_whole,
    &a_position_outlives_its_process,
    NULL
};

/* ---- lost ---- */

static void expect_lost(const char *name, struct store *s, struct store_pos pos)
{
    struct told x = { .n = 0 };
    size_t n;
    T_RC(name, store_feed_read(s, &pos, 9, DUR_MS(0), note, &x, &n, &fx.e),
         RC_LOST, &fx.e);
    T_U64(name, x.n, 0);
}

START_TEST(a_pruned_position_is_lost)
{
    if (!column->prunes)
        return;
    struct store *s = open_other("small", 5);
    struct store *saved = fx.s;
    fx.s = s;
    struct store_pos start = feed_now(s);
    put_plain(100, 1);
    struct store_pos first = feed_now(s);
    for (uint64_t i = 0; i < 4; i++)
        put_plain(i, 1);
    struct told x;
    struct store_pos copy = start;
    T_U64("five rows are kept", read_feed(s, &copy, 9, &x), 5);
    put_plain(4, 1);
    expect_lost("the beginning, once a row is gone", s, start);
    expect_lost("a row that is gone itself", s, first);
    struct store_pos now = feed_now(s);
    put_plain(5, 1);
    T_U64("what is kept is read", read_feed(s, &now, 9, &x), 1);
    fx.s = saved;
    store_close(s);
}
END_TEST

START_TEST(a_batch_larger_than_the_feed_loses_all_positions)
{
    if (!column->prunes)
        return;
    struct store *s = open_other("small", 10);
    static struct video v[1000];
    static enum store_outcome out[1000];
    for (size_t i = 0; i < 1000; i++)
        v[i] = video_of(i, 1, 1);
    struct store_pos pos = feed_now(s);
    T_OK(store_put(s, &schema_video, v, 1000, 0, out, &fx.e), &fx.e);
    expect_lost("behind an import", s, pos);
    pos = feed_now(s);
    T_U64("from now on", feed_count(s, &pos), 0);
    store_close(s);
}
END_TEST

START_TEST(a_position_of_another_store_is_lost)
{
    struct store *other = open_other("other", 0);
    put_plain(1, 1);
    expect_lost("of the fixture, asked elsewhere", other, feed_now(fx.s));
    expect_lost("of an empty store", fx.s, feed_now(other));
    store_close(other);
}
END_TEST

START_TEST(bytes_that_are_no_position_are_lost)
{
    put_plain(1, 1);
    struct store_pos good = feed_now(fx.s), bad;
    T_TRUE("some bytes", good.n > 0 && good.n <= sizeof(good.bytes));
    bad = (struct store_pos){ .n = 0 };
    expect_lost("nothing", fx.s, bad);
    bad = (struct store_pos){ .n = sizeof(bad.bytes) };
    expect_lost("zeros", fx.s, bad);
    bad = (struct store_pos){ .n = sizeof(bad.bytes) + 1 };
    expect_lost("a length beyond the buffer", fx.s, bad);
    for (uint16_t n = 0; n < good.n; n++) {
        bad = good;
        bad.n = n;
        expect_lost("cut short", fx.s, bad);
    }
    for (uint16_t i = 0; i < good.n; i++) {
        bad = good;
        bad.bytes[i] ^= 0x80;
        expect_lost("a changed byte", fx.s, bad);
    }
    T_U64("the good one still is", feed_count(fx.s, &good), 0);
}
END_TEST

static const TTest **const lost_tests[] = {
    &a_pruned_position_is_lost,
    &a_batch_larger_than_the_feed_loses_all_positions,
    &a_position_of_another_store_is_lost, &bytes_that_are_no_position_are_lost,
    NULL
};

/* ---- waiting ---- */

static void *put_later(void *arg)
{
    struct store *s = arg;
    struct video v = video_of(9, 1, 1);
    enum store_outcome out;
    if (store_put(s, &schema_video, &v, 1, 0, &out, NULL) != RC_OK)
        abort();
    return NULL;
}

/* A wait of an hour ends when the change comes, or the test times out. */
static void wait_for(struct store *reader, struct store *writer)
{
    struct store_pos pos = feed_now(reader);
    struct told x = { .n = 0 };
    size_t n;
    struct thr t = { .started = false };
    T_OK(thr_start(&t, "writer", put_later, writer, &fx.e), &fx.e);
    T_OK(store_feed_read(reader, &pos, 9, DUR_S(3600), note, &x, &n, &fx.e),
         &fx.e);
    T_U64("told", n, 1);
    thr_join(&t);
}

START_TEST(a_change_ends_the_wait)
{
    wait_for(fx.s, fx.s);
}
END_TEST

START_TEST(a_change_by_another_handle_ends_the_wait)
{
    if (!column->keeps)
        return;
    struct store *writer = open_again(false);
    wait_for(fx.s, writer);
    store_close(writer);
}
END_TEST

START_TEST(a_wait_for_nothing_ends)
{
    struct store_pos pos = feed_now(fx.s);
    struct told x = { .n = 0 };
    size_t n = 9;
    T_OK(store_feed_read(fx.s, &pos, 9, DUR_MS(30), note, &x, &n, &fx.e),
         &fx.e);
    T_U64("none", n, 0);
}
END_TEST

static void *put_three(void *arg)
{
    struct store *s = arg;
    struct video v[3] = { video_of(1, 1, 1), video_of(2, 1, 1),
                          video_of(3, 1, 1) };
    enum store_outcome out[3];
    if (store_put(s, &schema_video, v, 3, 0, out, NULL) != RC_OK)
        abort();
    return NULL;
}

START_TEST(more_changes_than_are_kept_end_the_wait_as_lost)
{
    if (!column->prunes)
        return;
    struct store *s = open_other("two", 2);
    struct store_pos pos = feed_now(s);
    struct told x = { .n = 0 };
    size_t n;
    struct thr t = { .started = false };
    T_OK(thr_start(&t, "writer", put_three, s, &fx.e), &fx.e);
    T_RC("the first of three is gone",
         store_feed_read(s, &pos, 9, DUR_S(3600), note, &x, &n, &fx.e), RC_LOST,
         &fx.e);
    T_U64("none told", x.n, 0);
    thr_join(&t);
    store_close(s);
}
END_TEST

static const TTest **const wait_tests[] = {
    &a_change_ends_the_wait, &a_change_by_another_handle_ends_the_wait,
    &more_changes_than_are_kept_end_the_wait_as_lost, &a_wait_for_nothing_ends,
    NULL
};

/* ---- a mirror kept by the feed ---- */

enum { MIRROR_IDS = 40, WRITERS = 4, ROUNDS = 60 };

struct mirror {
    struct store *s;
    bool there[MIRROR_IDS];
    uint64_t views[MIRROR_IDS];
    uint64_t changes;
};

/* As a reader of the feed does: look at the record as it is now. */
static int follow(void *ctx, const struct schema_type *t, const uint64_t key[2])
{
    struct mirror *m = ctx;
    const uint64_t keys[1][2] = { { key[0], 0 } };
    struct arena a = ARENA_INIT(1 << 16);
    struct video v;
    bool found;
    T_TRUE("a video of ours", t == &schema_video && key[0] < MIRROR_IDS);
    T_OK(store_get(m->s, t, keys, 1, VIDEO_BIT(views), &a, &v, &found, &fx.e),
         &fx.e);
    m->there[key[0]] = found;
    m->views[key[0]] = found ? v.views : 0;
    m->changes++;
    arena_fini(&a);
    return RC_OK;
}

struct writer {
    struct store *s;
    uint64_t seed;
    struct thr t;
};

static _Atomic int writers_at_work;

static void *write_at_random(void *arg)
{
    struct writer *w = arg;
    struct rnd r;
    rnd_init(&r, w->seed);
    for (int i = 0; i < ROUNDS; i++) {
        struct video v[3];
        enum store_outcome out[3];
        const uint64_t keys[1][2] = { { rnd_below(&r, MIRROR_IDS), 0 } };
        for (size_t k = 0; k < 3; k++)
            v[k] = video_of(rnd_below(&r, MIRROR_IDS), rnd_below(&r, 9), 1);
        if (store_put(w->s, &schema_video, v, 3, 0, out, NULL) ||
            (i % 3 == 0 &&
             store_delete(w->s, &schema_video, keys, 1, 0, NULL, NULL)))
            abort();
    }
    atomic_fetch_sub(&writers_at_work, 1);
    return NULL;
}

static void compare_mirror(const struct mirror *m)
{
    for (uint64_t id = 0; id < MIRROR_IDS; id++) {
        const struct video *v = get_video(m->s, id);
        T_U64("there", m->there[id], v != NULL);
        if (v)
            T_U64("views", m->views[id], v->views);
    }
}

START_TEST(who_follows_the_feed_misses_nothing)
{
    static struct mirror m;
    m = (struct mirror){ .s = fx.s };
    struct writer w[WRITERS];
    struct store_pos pos = feed_now(fx.s);
    atomic_store(&writers_at_work, WRITERS);
    for (size_t i = 0; i < WRITERS; i++) {
        w[i] = (struct writer){ .s = fx.s, .seed = i };
        T_OK(thr_start(&w[i].t, "writer", write_at_random, &w[i], &fx.e),
             &fx.e);
    }
    bool last;
    do { /* once more after the writers' end */
        last = atomic_load(&writers_at_work) == 0;
        size_t n;
        T_OK(store_feed_read(fx.s, &pos, 7, DUR_MS(1), follow, &m, &n, &fx.e),
             &fx.e);
        last = last && n == 0;
    } while (!last);
    for (size_t i = 0; i < WRITERS; i++)
        thr_join(&w[i].t);
    T_TRUE("some changes", m.changes > ROUNDS);
    compare_mirror(&m);
}
END_TEST

static const TTest **const mirror_tests[] = {
    &who_follows_the_feed_misses_nothing, NULL
};

const struct contract_case feed_cases[] = {
    { "feed", feed_tests },     { "lost", lost_tests }, { "wait", wait_tests },
    { "mirror", mirror_tests }, { NULL, NULL },
};
