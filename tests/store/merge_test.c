/* tests/store/merge_test.c - outcomes and moved fields, positions, uris: what
 * all back ends share. */
#include "store/store_priv.h"
#include "tests/t.h"

enum { ABSENT = -1, CLEAR = -2, NO_RECORD = -3 };

#define VIEWS    VIDEO_BIT(views)
#define STATS_AT VIDEO_BIT(stats_at)
#define TEXT_AT  VIDEO_BIT(text_at)

/* clang-format off */
static const struct {
    const char *name;
    int64_t views, stats_at, text_at; /* stored; NO_RECORD in views */
    uint64_t fence;
    int64_t in_views, in_stats_at, in_text_at;
    uint64_t in_fence;
    enum store_outcome want;
    uint64_t moved, want_fence;
} rows[] = {
    { "nothing stored, nothing told", NO_RECORD, ABSENT, ABSENT, 0,
      ABSENT, ABSENT, ABSENT, 3, STORE_NEW, 0, 3 },
    { "nothing stored, a clear is not kept", NO_RECORD, ABSENT, ABSENT, 0,
      CLEAR, 5, ABSENT, 0, STORE_NEW, STATS_AT, 0 },
    { "equal", 1, 5, ABSENT, 0, 1, 5, ABSENT, 0, STORE_UNCHANGED, 0, 0 },
    { "a clock moves on", 1, 5, 6, 0, 1, 6, 7, 0,
      STORE_UNCHANGED, STATS_AT | TEXT_AT, 0 },
    { "a first clock", 1, ABSENT, ABSENT, 0, 1, 6, 7, 0,
      STORE_UNCHANGED, STATS_AT | TEXT_AT, 0 },
    { "the text clock may step back", 1, 5, 6, 0, ABSENT, ABSENT, 4, 0,
      STORE_UNCHANGED, TEXT_AT, 0 },
    { "another value of the same second", 1, 5, ABSENT, 0, 2, 5, ABSENT, 0,
      STORE_UPDATED, VIEWS, 0 },
    { "a second older", 1, 5, ABSENT, 0, 2, 4, ABSENT, 0, STORE_STALE, 0, 0 },
    { "an older clear", 1, 5, ABSENT, 0, CLEAR, 4, ABSENT, 0,
      STORE_STALE, 0, 0 },
    { "no stored clock to be stale by", 1, ABSENT, ABSENT, 0,
      2, 4, ABSENT, 0, STORE_UPDATED, VIEWS | STATS_AT, 0 },
    { "no clock told to be stale by", 1, 5, ABSENT, 0, 2, ABSENT, ABSENT, 0,
      STORE_UPDATED, VIEWS, 0 },
    { "a clear", 1, 5, ABSENT, 0, CLEAR, 5, ABSENT, 0,
      STORE_UPDATED, VIEWS, 0 },
    { "a clear of nothing", ABSENT, 5, ABSENT, 0, CLEAR, 5, ABSENT, 0,
      STORE_UNCHANGED, 0, 0 },
    { "fenced goes before stale", 1, 5, ABSENT, 9, 2, 4, ABSENT, 8,
      STORE_FENCED, 0, 9 },
    { "the same token", 1, 5, ABSENT, 9, 2, 5, ABSENT, 9,
      STORE_UPDATED, VIEWS, 9 },
    { "a newer token", 1, 5, ABSENT, 9, 1, 5, ABSENT, 10,
      STORE_UNCHANGED, 0, 10 },
    { "no token", 1, 5, ABSENT, 9, 2, 5, ABSENT, 0,
      STORE_UPDATED, VIEWS, 9 },
    { "a stale put does not raise the fence", 1, 5, ABSENT, 9,
      2, 4, ABSENT, 10, STORE_STALE, 0, 9 },
};
/* clang-format on */

static struct video video_of(int64_t views, int64_t stats_at, int64_t text_at)
{
    struct video v = { .h = { .key = { 1, 0 } } };
    if (views == CLEAR)
        VIDEO_CLEAR(&v, views);
    else if (views >= 0)
        VIDEO_SET(&v, views, (uint64_t)views);
    if (stats_at >= 0)
        VIDEO_SET(&v, stats_at, stats_at);
    if (text_at >= 0)
        VIDEO_SET(&v, text_at, text_at);
    return v;
}

START_TEST(each_row_has_its_outcome)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct video old =
            video_of(rows[i].views, rows[i].stats_at, rows[i].text_at);
        struct video in =
            video_of(rows[i].in_views, rows[i].in_stats_at, rows[i].in_text_at);
        bool there = rows[i].views != NO_RECORD;
        struct store_merge m =
            store_merge(&schema_video, there ? &old : NULL, rows[i].fence, &in,
                        rows[i].in_fence);
        T_U64(rows[i].name, m.outcome, rows[i].want);
        T_U64(rows[i].name, m.moved, rows[i].moved);
        T_U64(rows[i].name, m.fence, rows[i].want_fence);
    }
}
END_TEST

START_TEST(apply_changes_what_moved_and_nothing_else)
{
    struct video rec = video_of(1, 5, 6);
    struct video in = video_of(CLEAR, 7, 8);
    VIDEO_SET(&rec, likes, 3);
    VIDEO_SET(&in, title, STR("t"));
    VIDEO_SET(&in, dislikes, 9);
    struct store_merge m = {
        .moved = VIEWS | STATS_AT | VIDEO_BIT(title),
    };
    store_merge_apply(&schema_video, &m, &rec, &in);
    T_U64("fields", rec.h.have,
          STATS_AT | TEXT_AT | VIDEO_BIT(likes) | VIDEO_BIT(title));
    T_U64("none to clear", rec.h.clear, 0);
    T_I64("moved", rec.stats_at, 7);
    T_I64("not moved", rec.text_at, 6);
    T_U64("not told", rec.likes, 3);
    T_STR("text", rec.title, "t");
}
END_TEST

START_TEST(only_changes_are_told)
{
    /* clang-format off */
    static const struct {
        const char *name;
        enum store_outcome outcome;
        uint64_t moved;
        bool told;
    } tells[] = {
        { "new without a field", STORE_NEW, 0, true },
        { "updated", STORE_UPDATED, VIEWS, true },
        { "a clock", STORE_UNCHANGED, STATS_AT, true },
        { "nothing", STORE_UNCHANGED, 0, false },
        { "stale", STORE_STALE, 0, false },
        { "fenced", STORE_FENCED, 0, false },
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_LEN(tells); i++) {
        struct store_merge m = { tells[i].outcome, tells[i].moved, 0 };
        T_U64(tells[i].name, store_merge_told(&m), tells[i].told);
    }
}
END_TEST

START_TEST(a_position_says_what_was_packed)
{
    struct store_place in = {
        .row = { .seq = INT64_MAX, .type = 2, .key = { UINT64_MAX, 1 } }
    };
    memcpy(in.store, "0123456789abcdef", sizeof(in.store));
    struct store_pos pos;
    struct store_place out;
    store_place_pack(&in, &pos);
    T_TRUE("good", store_place_unpack(&pos, &out));
    T_TRUE("store", memcmp(in.store, out.store, sizeof(in.store)) == 0);
    T_U64("seq", out.row.seq, INT64_MAX);
    T_U64("type", out.row.type, 2);
    T_U64("key", out.row.key[0], UINT64_MAX);
    T_U64("key", out.row.key[1], 1);
    pos.bytes[17] |= 0x80;
    T_TRUE("a number that no table holds", !store_place_unpack(&pos, &out));
    pos.bytes[17] &= 0x7f;
    pos.bytes[25] = STORE_TYPES;
    T_TRUE("a type that is none", !store_place_unpack(&pos, &out));
}
END_TEST

/* ---- uris ---- */

T_SUITE("merge", 10, each_row_has_its_outcome,
        apply_changes_what_moved_and_nothing_else, only_changes_are_told,
        a_position_says_what_was_packed)
