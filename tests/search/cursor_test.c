/*
 * tests/search/cursor_test.c - cursors: what is taken, what is refused, and
 * what a reader of pages sees while the store and the ranks move on.
 */
#include "search/query_priv.h"
#include "tests/search/kit.h"

enum { VIDEOS = 60 };

static const struct ratio_options options = {
    .n_min = 10, .mantissa_bits = 7, .min_votes = 1, .threads = 1
};

struct fixture {
    struct kit k;
    struct search *s;
};

static void fixture_open(struct fixture *f)
{
    kit_open(&f->k, "mem:");
    for (uint64_t i = 1; i <= VIDEOS; i++) {
        struct video v = kit_video(i, 1000 * i, 7 * i, "a cat");
        kit_put(&f->k, &v, 1);
    }
    f->s = kit_index(&f->k, false);
}

static void fixture_close(struct fixture *f)
{
    search_close(f->s);
    kit_close(&f->k);
}

static void rank(struct fixture *f)
{
    struct search_rank_report report;
    T_OK(search_rank(f->s, &options, false, 0, &report, &f->k.e), &f->k.e);
}

/* Ask @params, with "cursor=" where @cursor is not empty. */
static int ask(struct fixture *f, struct search *s, const char *params,
               const char *cursor, struct search_result *ret)
{
    char text[600];
    snprintf(text, sizeof(text), "%s%s%s%s", params,
             *params && *cursor ? "&" : "", *cursor ? "cursor=" : "", cursor);
    return kit_ask(&f->k, s, text, ret);
}

/* The cursor behind the first page of @params. */
static void first_cursor(struct fixture *f, const char *params, char *ret)
{
    struct search_result r;
    T_RC(params, ask(f, f->s, params, "", &r), RC_OK, &f->k.e);
    ck_assert_msg(*r.next_cursor, "%s: one page only", params);
    snprintf(ret, sizeof(r.next_cursor), "%s", r.next_cursor);
    search_result_fini(f->s, &r);
}

/* ---- the text ---- */

static struct cursor random_cursor(struct rnd *r)
{
    struct cursor c = { .epoch = rnd_u64(r), .query = rnd_u64(r) };
    for (size_t i = 0; i < SEARCH_SORTS; i++)
        c.after.key[i] = rnd_u64(r) >> rnd_below(r, 64);
    c.after.id = rnd_u64(r);
    return c;
}

START_TEST(what_is_written_is_read)
{
    struct rnd r;
    struct err e = ERR_INIT;
    rnd_init(&r, 1);
    for (int i = 0; i < 1000; i++) {
        char text[CURSOR_TEXT];
        struct cursor c = random_cursor(&r), back;
        cursor_write(&c, text);
        T_OK(cursor_read(&back, str_of(text), &e), &e);
        T_U64("epoch", back.epoch, c.epoch);
        T_U64("query", back.query, c.query);
        T_U64("order", (uint64_t)order_cmp(&back.after, &c.after), 0);
    }
}
END_TEST

/* Rule 1 of cursor.c, character by character. */
START_TEST(every_other_text_is_refused)
{
    char text[CURSOR_TEXT], bad[CURSOR_TEXT + 1];
    struct rnd r;
    struct err e = ERR_INIT;
    rnd_init(&r, 2);
    struct cursor c = random_cursor(&r), back;
    cursor_write(&c, text);
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        for (int ch = 0; ch < 256; ch++) {
            memcpy(bad, text, n + 1);
            bad[i] = (char)ch;
            int want = bad[i] == text[i] ? RC_OK : RC_INPUT;
            T_RC(bad, cursor_read(&back, str_n(bad, n), &e), want, &e);
        }
    /* right in all but its first byte, 2 */
    T_RC("another version",
         cursor_read(&back,
                     STR("AgAAAAAAAAADAAAAAAAAAAQAAAAAAAAABQAAAAAAAAAGAAAAAAAAA"
                         "AcAAAAAAAAACDxvJPo"),
                     &e),
         RC_INPUT, &e);
    for (size_t i = 0; i < n; i++)
        T_RC("cut", cursor_read(&back, str_n(text, i), &e), RC_INPUT, &e);
    snprintf(bad, sizeof(bad), "%sA", text);
    T_RC("longer", cursor_read(&back, str_n(bad, n + 1), &e), RC_INPUT, &e);
}
END_TEST

/* ---- the question ---- */

START_TEST(a_cursor_is_of_its_own_question)
{
    static const struct {
        const char *name, *params;
        bool taken;
    } rows[] = {
        { "the same question", "q=cat&sort=-views", true },
        { "the same in another order", "sort=-views&q=cat", true },
        { "another limit", "q=cat&sort=-views&limit=7", true },
        { "other fields", "q=cat&sort=-views&fields=id", true },
        { "another word", "q=a&sort=-views", false },
        { "one word less", "sort=-views", false },
        { "one filter more", "q=cat&sort=-views&viewsMin=1", false },
        { "the other way round", "q=cat&sort=views", false },
        { "another sort", "q=cat&sort=-likes", false },
        { "one sort more", "q=cat&sort=-views,id", false },
        { "another ratio", "q=cat&sort=-views&ratio=commentsViews", false },
    };
    struct fixture f;
    char cursor[256];
    fixture_open(&f);
    first_cursor(&f, "q=cat&sort=-views", cursor);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct search_result r = { .n = 0 };
        T_RC(rows[i].name, ask(&f, f.s, rows[i].params, cursor, &r),
             rows[i].taken ? RC_OK : RC_INPUT, &f.k.e);
        if (rows[i].taken) {
            T_U64(rows[i].name, r.items[0].v.h.key[0], VIDEOS - 20);
            search_result_fini(f.s, &r);
        }
    }
    fixture_close(&f);
}
END_TEST

/* The checksum is no secret: whoever forges a cursor gets a page of public
 * data that begins somewhere else. */
START_TEST(a_forged_cursor_does_no_harm)
{
    struct fixture f;
    char text[CURSOR_TEXT];
    struct rnd rnd;
    rnd_init(&rnd, 3);
    fixture_open(&f);
    first_cursor(&f, "sort=-views,id", text);
    for (int i = 0; i < 300; i++) {
        struct search_result r;
        struct cursor c, forged = random_cursor(&rnd);
        T_OK(cursor_read(&c, str_of(text), &f.k.e), &f.k.e);
        c.after = forged.after;
        cursor_write(&c, text);
        T_RC(text, ask(&f, f.s, "sort=-views,id", text, &r), RC_OK, &f.k.e);
        T_U64("total", r.total, VIDEOS);
        search_result_fini(f.s, &r);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(another_index_of_the_same_store_takes_it)
{
    struct fixture f;
    char cursor[256], a[400], b[400];
    struct search_result r;
    fixture_open(&f);
    rank(&f);
    struct search *other = kit_index(&f.k, false);
    first_cursor(&f, "q=cat", cursor);
    T_OK(ask(&f, f.s, "q=cat", cursor, &r), &f.k.e);
    kit_ids(f.s, &r, a, sizeof(a));
    T_OK(ask(&f, other, "q=cat", cursor, &r), &f.k.e);
    T_STR("page", str_of(kit_ids(other, &r, b, sizeof(b))), a);
    search_close(other);
    fixture_close(&f);
}
END_TEST

/* ---- ranks that move on ---- */

START_TEST(a_cursor_lives_for_two_epochs)
{
    static const struct {
        const char *name;
        int before, after; /* rank jobs before and after the first page */
        int want;
    } rows[] = {
        { "never ranked", 0, 0, RC_OK },
        { "ranked for the first time", 0, 1, RC_OK },
        { "ranked twice since", 0, 2, RC_LOST },
        { "the same epoch", 2, 0, RC_OK },
        { "the epoch before", 2, 1, RC_OK },
        { "older than the one before", 2, 2, RC_LOST },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        struct search_result r = { .n = 0 };
        char cursor[256];
        fixture_open(&f);
        for (int k = 0; k < rows[i].before; k++)
            rank(&f);
        first_cursor(&f, "", cursor);
        for (int k = 0; k < rows[i].after; k++)
            rank(&f);
        T_RC(rows[i].name, ask(&f, f.s, "", cursor, &r), rows[i].want, &f.k.e);
        search_result_fini(f.s, &r);
        fixture_close(&f);
    }
}
END_TEST

/* ---- records that move ---- */

/* What has an even id keeps its keys; the others jump about. */
static void jump(struct fixture *f, struct rnd *rnd, int64_t now)
{
    for (uint64_t i = 1; i <= VIDEOS; i += 2) {
        struct video v = kit_video(i, rnd_below(rnd, 100000), 1, "a cat");
        VIDEO_SET(&v, stats_at, KIT_NOW + now);
        kit_put(&f->k, &v, 1);
    }
    kit_refresh(&f->k, f->s);
}

START_TEST(who_stays_where_he_is_comes_exactly_once)
{
    struct fixture f;
    struct rnd rnd;
    int seen[VIDEOS + 1] = { 0 };
    char cursor[256] = "";
    rnd_init(&rnd, 4);
    fixture_open(&f);
    for (int page = 0; page == 0 || *cursor; page++) {
        struct search_result r;
        T_OK(ask(&f, f.s, "sort=-views&limit=7", cursor, &r), &f.k.e);
        for (size_t i = 0; i < r.n; i++)
            seen[r.items[i].v.h.key[0]]++;
        snprintf(cursor, sizeof(cursor), "%s", r.next_cursor);
        search_result_fini(f.s, &r);
        jump(&f, &rnd, page + 1);
    }
    for (uint64_t i = 2; i <= VIDEOS; i += 2)
        ck_assert_msg(seen[i] == 1, "%llu came %d times", (unsigned long long)i,
                      seen[i]);
    fixture_close(&f);
}
END_TEST

T_SUITE("cursor", 60, what_is_written_is_read, every_other_text_is_refused,
        a_cursor_is_of_its_own_question, a_forged_cursor_does_no_harm,
        another_index_of_the_same_store_takes_it, a_cursor_lives_for_two_epochs,
        who_stays_where_he_is_comes_exactly_once)
