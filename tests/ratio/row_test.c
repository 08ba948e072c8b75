/*
 * tests/ratio/row_test.c - one row's arithmetic, names, and what a q means:
 * tables worked out by hand from docs/ratio.md.
 */
#include "ratio/ratio.h"
#include "tests/t.h"

#include <math.h>

static const uint64_t unknown = RATIO_UNKNOWN;

START_TEST(cells_by_hand)
{
    static const struct {
        const char *name;
        uint64_t views;
        uint32_t m, cell;
    } rows[] = {
        { "nobody watched", 0, 7, 0 },
        { "the last integer below 2^m", 127, 7, 127 },
        { "2^m begins the first octave", 128, 7, 128 },
        { "below 2^(m+1) each integer is alone", 255, 7, 255 },
        { "then two share a cell", 256, 7, 256 },
        { "the second of the two", 257, 7, 256 },
        { "and the next two", 258, 7, 257 },
        { "a million", 1000000, 7, 128 * 13 + 116 },
        { "the largest count", UINT64_MAX - 1, 7, 58 * 128 - 1 },
        { "four bits", 1000000, 4, 16 * 16 + 14 },
        { "ten bits, the largest", UINT64_MAX - 1, 10, 55 * 1024 - 1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        T_U64(rows[i].name, ratio_cell(rows[i].views, rows[i].m), rows[i].cell);
}
END_TEST

START_TEST(cell_bounds_meet)
{
    for (uint32_t m = 4; m <= 10; m++) {
        uint32_t cells = (65 - m) << m;
        for (uint32_t cell = 0; cell < cells; cell++) {
            uint64_t first = ratio_cell_first(cell, m);
            T_U64("the first value lies in its cell", ratio_cell(first, m),
                  cell);
            if (cell)
                T_U64("the value before it in the cell before",
                      ratio_cell(first - 1, m), cell - 1);
        }
    }
}
END_TEST

START_TEST(hashes)
{
    /* fmix64 of MurmurHash3, upper half; checked against a calculator */
    T_U64("zero stays zero", ratio_hash(0), 0);
    T_U64("one", ratio_hash(1), 0xb456bcfcu);
    T_U64("all bits", ratio_hash(UINT64_MAX), 0x64b5720bu);
}
END_TEST

START_TEST(who_is_eligible)
{
    static const struct {
        const char *name;
        enum ratio_id r;
        uint64_t views, a, c, min_votes;
        bool want;
    } rows[] = {
        { "likes/views needs a view", RATIO_LIKES_VIEWS, 0, 0, 0, 1, false },
        { "one view is enough", RATIO_LIKES_VIEWS, 1, 0, 1, 1, true },
        { "more likes than views: the API lags", RATIO_LIKES_VIEWS, 5, 9, 5, 1,
          true },
        { "hidden likes", RATIO_LIKES_VIEWS, 5, unknown, 5, 1, false },
        { "unknown views", RATIO_LIKES_VIEWS, unknown, 1, unknown, 1, false },
        { "no comments is a count", RATIO_COMMENTS_VIEWS, 5, 0, 5, 1, true },
        { "comments off is unknown", RATIO_COMMENTS_VIEWS, 5, unknown, 5, 1,
          false },
        { "dislikes/views", RATIO_DISLIKES_VIEWS, 5, 0, 5, 1, true },
        { "nobody voted", RATIO_LIKES_DISLIKES, 5, 0, 0, 1, false },
        { "nobody voted, no minimum asked", RATIO_LIKES_DISLIKES, 5, 0, 0, 0,
          false },
        { "one like", RATIO_LIKES_DISLIKES, 5, 1, 0, 1, true },
        { "one dislike", RATIO_LIKES_DISLIKES, 5, 0, 1, 1, true },
        { "votes without views: the API lags", RATIO_LIKES_DISLIKES, 0, 1, 0, 1,
          true },
        { "one vote below the minimum", RATIO_LIKES_DISLIKES, 5, 4, 5, 10,
          false },
        { "just the minimum", RATIO_LIKES_DISLIKES, 5, 5, 5, 10, true },
        { "dislikes unknown", RATIO_LIKES_DISLIKES, 5, 5, unknown, 1, false },
        { "views unknown", RATIO_LIKES_DISLIKES, unknown, 5, 5, 1, false },
        { "a sum beyond 64 bits is many votes", RATIO_LIKES_DISLIKES, 5,
          UINT64_C(1) << 63, UINT64_C(1) << 63, 10, true },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(ratio_eligible(rows[i].r, rows[i].views, rows[i].a,
                                     rows[i].c,
                                     rows[i].min_votes) == rows[i].want,
                      "%s", rows[i].name);
}
END_TEST

START_TEST(keys)
{
    static const struct {
        const char *name;
        uint64_t a, c;
        double alpha, beta;
        uint32_t key;
    } rows[] = {
        { "1/1 is the float 0x3f800000", 1, 1, 0, 0, ~0x3f800000u },
        { "0/1", 0, 1, 0, 0, 0xffffffff },
        { "1/0 is infinite", 1, 0, 0, 0, ~0x7f800000u },
        { "0/0 is infinite: who asks is not eligible", 0, 0, 0, 0,
          ~0x7f800000u },
        { "a prior makes 1/0 finite: 2/.5", 1, 0, 1, .5, ~0x40800000u },
        { "a third is rounded to a float", 1, 3, 0, 0, ~0x3eaaaaabu },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        T_U64(rows[i].name,
              ratio_key(rows[i].a, rows[i].c, rows[i].alpha, rows[i].beta),
              rows[i].key);
    T_TRUE("a better ratio has the smaller key",
           ratio_key(2, 3, 0, 0) < ratio_key(1, 3, 0, 0));
    T_U64("ratios nearer than a float tells apart are tied",
          ratio_key(100000001, 200000000, 0, 0),
          ratio_key(100000000, 200000000, 0, 0));
}
END_TEST

START_TEST(values)
{
    T_TRUE("a/c", ratio_value(1, 4) == .25);
    T_TRUE("nothing by nothing", isinf(ratio_value(0, 0)));
    T_TRUE("no dislikes", isinf(ratio_value(3, 0)));
}
END_TEST

START_TEST(top_limits)
{
    static const struct {
        const char *name;
        double percent;
        uint32_t limit;
    } rows[] = {
        { "half: below 2^31", 50, 0x7fffffff },
        { "a quarter", 25, 0x3fffffff },
        { "1 %: 42949672.96", 1, 42949672 },
        { "0.1 %: 4294967.296", .1, 4294967 },
        { "33.3 %: 1430224109.568", 33.3, 1430224109 },
        { "99.9 %: 4290672328.704", 99.9, 4290672328 },
        { "12.5 %: an eighth", 12.5, 0x1fffffff },
        { "all: everybody with a rank", 100, 0xfffffffe },
        { "nearly all", 99.99999999999, 0xfffffffe },
        { "more than all", 250, 0xfffffffe },
        { "nobody", 0, 0 },
        { "less than nobody", -1, 0 },
        { "hardly anybody", 1e-12, 0 },
        { "not a number", NAN, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint32_t limit = ratio_top_limit(rows[i].percent);
        T_U64(rows[i].name, limit, rows[i].limit);
        T_TRUE(rows[i].name, ratio_in_top(limit, rows[i].percent));
        T_TRUE(rows[i].name, !ratio_in_top(limit + 1, rows[i].percent));
        T_TRUE(rows[i].name, !ratio_in_top(RATIO_NO_RANK, rows[i].percent));
    }
}
END_TEST

START_TEST(percentiles)
{
    T_TRUE("the middle", ratio_percentile(0x80000000u) == 50);
    T_TRUE("the best of 2^31", ratio_percentile(1) < 100);
    T_TRUE("the worst of 2^31", ratio_percentile(0xfffffffe) > 0);
}
END_TEST

START_TEST(names)
{
    static const struct {
        enum ratio_id r;
        const char *name, *pair;
    } rows[] = {
        { RATIO_LIKES_VIEWS, "likesViews", "likes/views" },
        { RATIO_LIKES_DISLIKES, "likesDislikes", "likes/dislikes" },
        { RATIO_COMMENTS_VIEWS, "commentsViews", "comments/views" },
        { RATIO_DISLIKES_VIEWS, "dislikesViews", "dislikes/views" },
    };
    struct err e = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum ratio_id r = RATIO_COUNT;
        T_STR("name", str_of(ratio_name(rows[i].r)), rows[i].name);
        T_STR("pair", str_of(ratio_pair(rows[i].r)), rows[i].pair);
        T_OK(ratio_parse(str_of(rows[i].name), &r, &e), &e);
        T_U64("by name", r, rows[i].r);
        r = RATIO_COUNT;
        T_OK(ratio_parse(str_of(rows[i].pair), &r, &e), &e);
        T_U64("by pair", r, rows[i].r);
    }
}
END_TEST

START_TEST(no_names)
{
    static const char *const rows[] = {
        "", "likes", "likesviews", "views/likes", "likes/views ", "likesViewsX"
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        enum ratio_id r = RATIO_COUNT;
        T_RC(rows[i], ratio_parse(str_of(rows[i]), &r, &e), RC_INPUT, &e);
        T_U64("nothing written", r, RATIO_COUNT);
        T_TRUE("the four are listed", strstr(e.msg, "likes/views") &&
                                          strstr(e.msg, "likes/dislikes") &&
                                          strstr(e.msg, "comments/views") &&
                                          strstr(e.msg, "dislikes/views"));
    }
}
END_TEST

T_SUITE("row", 60, cells_by_hand, cell_bounds_meet, hashes, who_is_eligible,
        keys, values, top_limits, percentiles, names, no_names)
