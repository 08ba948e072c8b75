/*
 * tests/contract/records.c - put, get, scan, delete, fences: what any store
 * does with records.
 */
#include "tests/contract/contract.h"

#include <stdio.h>

/* ---- outcomes ---- */

enum { ABSENT = -1, CLEAR = -2 }; /* instead of a value */

/* Puts of one video in turn. */
static const struct step {
    const char *name;
    int64_t views, stats_at, text_at;
    const char *title;
    enum store_outcome want;
    size_t told; /* rows for the feed */
    int64_t then_views;
    const char *then_title; /* NULL = absent */
} steps[] = {
    /* clang-format off */
    { "an unknown key is new",                10, 100, ABSENT, NULL,
      STORE_NEW, 1, 10, NULL },
    { "the same facts again are unchanged",   10, 100, ABSENT, NULL,
      STORE_UNCHANGED, 0, 10, NULL },
    { "a later clock alone is unchanged, but told", 10, 101, ABSENT, NULL,
      STORE_UNCHANGED, 1, 10, NULL },
    { "another count is an update",           11, 101, ABSENT, NULL,
      STORE_UPDATED, 1, 11, NULL },
    { "an older observation is stale",        12, 100, ABSENT, "old",
      STORE_STALE, 0, 11, NULL },
    { "an observation without time is taken", 13, ABSENT, ABSENT, NULL,
      STORE_UPDATED, 1, 13, NULL },
    { "a first title is an update",       ABSENT, ABSENT, 100, "a",
      STORE_UPDATED, 1, 13, "a" },
    { "a text clock alone is unchanged",  ABSENT, ABSENT, 200, "a",
      STORE_UNCHANGED, 1, 13, "a" },
    { "empty text is not absent text",    ABSENT, ABSENT, ABSENT, "",
      STORE_UPDATED, 1, 13, "" },
    { "empty text again is unchanged",    ABSENT, ABSENT, ABSENT, "",
      STORE_UNCHANGED, 0, 13, "" },
    { "counts leave the text alone",          14, 102, ABSENT, NULL,
      STORE_UPDATED, 1, 14, "" },
    { "clearing makes a count absent",     CLEAR, 102, ABSENT, NULL,
      STORE_UPDATED, 1, ABSENT, "" },
    { "clearing what is absent is unchanged", CLEAR, 102, ABSENT, NULL,
      STORE_UNCHANGED, 0, ABSENT, "" },
    { "0 is not absent",                       0, 102, ABSENT, NULL,
      STORE_UPDATED, 1, 0, "" },
    { "a put of nothing is unchanged",    ABSENT, ABSENT, ABSENT, NULL,
      STORE_UNCHANGED, 0, 0, "" },
    /* clang-format on */
};

static struct video step_video(const struct step *x)
{
    struct video v = { .h = { .key = { 7, 0 } } };
    if (x->views == CLEAR)
        VIDEO_CLEAR(&v, views);
    else if (x->views != ABSENT)
        VIDEO_SET(&v, views, (uint64_t)x->views);
    if (x->stats_at != ABSENT)
        VIDEO_SET(&v, stats_at, x->stats_at);
    if (x->text_at != ABSENT)
        VIDEO_SET(&v, text_at, x->text_at);
    if (x->title)
        VIDEO_SET(&v, title, str_of(x->title));
    return v;
}

START_TEST(each_put_has_its_outcome)
{
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        const struct step *x = &steps[i];
        struct video v = step_video(x);
        struct store_pos pos = feed_now(fx.s);
        T_U64(x->name, put_video(&v), x->want);
        T_U64(x->name, feed_count(fx.s, &pos), x->told);
        const struct video *got = get_video(fx.s, 7);
        T_U64(x->name, VIDEO_HAS(got, views), x->then_views != ABSENT);
        if (x->then_views != ABSENT)
            T_U64(x->name, got->views, x->then_views);
        T_U64(x->name, VIDEO_HAS(got, title), x->then_title != NULL);
        if (x->then_title)
            T_STR(x->name, got->title, x->then_title);
    }
    reopen();
    T_U64("the clock of the last update stays", get_video(fx.s, 7)->stats_at,
          102);
}
END_TEST

START_TEST(a_sample_has_no_clock)
{
    struct sample a = { .h = { .key = { 5, 20000 } }, .views = 3, .at = 100 };
    a.h.have = SAMPLE_BIT(views) | SAMPLE_BIT(at);
    struct store_pos pos = feed_now(fx.s);
    T_U64("new", put_one(&schema_sample, &a, 0), STORE_NEW);
    a.at = 99;
    T_U64("the time of a sample is a fact", put_one(&schema_sample, &a, 0),
          STORE_UPDATED);
    T_U64("again", put_one(&schema_sample, &a, 0), STORE_UNCHANGED);
    a.h.key[1]++;
    T_U64("another day", put_one(&schema_sample, &a, 0), STORE_NEW);
    T_U64("samples are not in the feed", feed_count(fx.s, &pos), 0);
}
END_TEST

/* ---- what is put comes back ---- */

static void round_trip(const struct schema_type *t, uint64_t k0, uint64_t k1,
                       uint64_t salt)
{
    union {
        struct schema_head head;
        struct video video;
        struct channel channel;
        struct sample sample;
    } in = { .head = { .key = { 0, 0 } } }, out;
    struct arena a = ARENA_INIT(1 << 20);
    const uint64_t keys[1][2] = { { k0, k1 } };
    bool found = false;
    fill_record(t, &in, salt);
    in.head.key[0] = k0;
    in.head.key[1] = k1;
    T_U64(t->name, put_one(t, &in, 0), STORE_NEW);
    T_U64(t->name, put_one(t, &in, 0), STORE_UNCHANGED);
    reopen();
    T_OK(store_get(fx.s, t, keys, 1, ~UINT64_C(0), &a, &out, &found, &fx.e),
         &fx.e);
    T_TRUE(t->name, found);
    same_record(t->name, t, &out, &in);
    arena_fini(&a);
}

START_TEST(every_field_comes_back)
{
    round_trip(&schema_video, 1, 0, 1);
    round_trip(&schema_channel, 1, 2, 2);
    round_trip(&schema_sample, 1, 2, 3);
}
END_TEST

START_TEST(ids_are_unsigned_64_bit)
{
    static const uint64_t ids[] = {
        0, 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX
    };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        round_trip(&schema_video, ids[i], 0, i);
        round_trip(&schema_channel, ids[i], UINT64_MAX - ids[i], i);
        round_trip(&schema_sample, ids[i], ids[i], i);
    }
    T_U64("each is a record of its own", scan_count(fx.s, &schema_video),
          ARRAY_LEN(ids));
}
END_TEST

/* Valid UTF-8 that trips careless code. */
static const char *const odd_texts[] = {
    "",
    " ",
    "\x01\x1f\x7f",                  /* control characters */
    "it's \"quoted\" \\ back; DROP", /* quotes and ends of statements */
    "%s%n %d",
    "\xc2\x80\xdf\xbf",                 /* two bytes, first and last */
    "\xe0\xa0\x80\xef\xbf\xbf",         /* three bytes, U+FFFF too */
    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", /* four bytes, U+10FFFF */
    "\xef\xbb\xbf"
    "bom",
    "e\xcc\x81 \xc3\xa9", /* composed and not: two texts */
    "\xe2\x80\xae"
    "right to left",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9", /* joined emoji */
    "a\nb\r\nc\t",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
};

START_TEST(text_comes_back_byte_for_byte)
{
    for (size_t i = 0; i < ARRAY_LEN(odd_texts); i++) {
        struct video v = video_of(i, 1, 1);
        VIDEO_SET(&v, title, str_of(odd_texts[i]));
        VIDEO_SET(&v, tags, str_of(odd_texts[i]));
        T_U64("new", put_video(&v), STORE_NEW);
    }
    reopen();
    for (size_t i = 0; i < ARRAY_LEN(odd_texts); i++) {
        const struct video *v = get_video(fx.s, i);
        T_STR("title", v->title, odd_texts[i]);
        T_STR("tags", v->tags, odd_texts[i]);
        T_TRUE("description is absent", !VIDEO_HAS(v, description));
    }
}
END_TEST

START_TEST(text_may_be_as_long_as_the_schema_allows)
{
    char *big = malloc(SCHEMA_TEXT_MAX);
    memset(big, 'x', SCHEMA_TEXT_MAX);
    struct video v = video_of(1, 1, 1);
    VIDEO_SET(&v, description, str_n(big, SCHEMA_TEXT_MAX));
    T_U64("new", put_video(&v), STORE_NEW);
    T_TRUE("equal", str_eq(get_video(fx.s, 1)->description, v.description));
    free(big);
}
END_TEST

/* ---- batches ---- */

START_TEST(a_key_may_occur_twice_in_a_batch)
{
    struct video v[3] = { video_of(1, 10, 1), video_of(1, 20, 2),
                          video_of(1, 20, 2) };
    VIDEO_SET(&v[0], title, STR("first"));
    enum store_outcome out[3];
    T_OK(store_put(fx.s, &schema_video, v, 3, 0, out, &fx.e), &fx.e);
    T_U64("first", out[0], STORE_NEW);
    T_U64("second", out[1], STORE_UPDATED);
    T_U64("third", out[2], STORE_UNCHANGED);
    T_U64("the later one counts", get_video(fx.s, 1)->views, 20);
    T_STR("text of the first stays", get_video(fx.s, 1)->title, "first");
    T_U64("one record", scan_count(fx.s, &schema_video), 1);
}
END_TEST

START_TEST(a_full_batch_is_taken_and_one_more_refused)
{
    static struct video v[STORE_BATCH_MAX + 1];
    static enum store_outcome out[STORE_BATCH_MAX + 1];
    for (size_t i = 0; i < ARRAY_LEN(v); i++) {
        v[i] = video_of(i * 0x9e3779b97f4a7c15u, i, 1);
        VIDEO_SET(&v[i], title, STR("t"));
    }
    T_RC("one too many",
         store_put(fx.s, &schema_video, v, STORE_BATCH_MAX + 1, 0, out, &fx.e),
         RC_INPUT, &fx.e);
    T_U64("nothing was written", scan_count(fx.s, &schema_video), 0);
    T_OK(store_put(fx.s, &schema_video, v, STORE_BATCH_MAX, 0, out, &fx.e),
         &fx.e);
    for (size_t i = 0; i < STORE_BATCH_MAX; i++)
        T_U64("each is new", out[i], STORE_NEW);
    T_U64("all are there", scan_count(fx.s, &schema_video), STORE_BATCH_MAX);
    T_OK(store_put(fx.s, &schema_video, v, 0, 0, out, &fx.e), &fx.e);
}
END_TEST

START_TEST(a_bad_record_spoils_the_whole_batch)
{
    struct video v[2] = { video_of(1, 1, 1), video_of(2, 2, 2) };
    enum store_outcome out[2];
    v[1].h.clear = v[1].h.have;
    T_RC("set and cleared", store_put(fx.s, &schema_video, v, 2, 0, out, &fx.e),
         RC_INPUT, &fx.e);
    v[1].h.clear = UINT64_C(1) << VIDEO_FIELDS;
    T_RC("a field that is none",
         store_put(fx.s, &schema_video, v, 2, 0, out, &fx.e), RC_INPUT, &fx.e);
    v[1].h.clear = 0;
    v[1].h.key[1] = 1;
    T_RC("a key of two words",
         store_put(fx.s, &schema_video, v, 2, 0, out, &fx.e), RC_INPUT, &fx.e);
    T_U64("nothing was written", scan_count(fx.s, &schema_video), 0);
}
END_TEST

static const TTest **const put_tests[] = {
    &each_put_has_its_outcome,
    &a_sample_has_no_clock,
    &every_field_comes_back,
    &ids_are_unsigned_64_bit,
    &text_comes_back_byte_for_byte,
    &text_may_be_as_long_as_the_schema_allows,
    &a_key_may_occur_twice_in_a_batch,
    &a_full_batch_is_taken_and_one_more_refused,
    &a_bad_record_spoils_the_whole_batch,
    NULL
};

/* ---- get ---- */

START_TEST(found_tells_which_are_there)
{
    struct video v = video_of(2, 22, 1), got[4];
    (void)put_video(&v);
    const uint64_t keys[4][2] = { { 1, 0 }, { 2, 0 }, { 3, 0 }, { 2, 0 } };
    bool found[4];
    struct arena a = ARENA_INIT(1 << 20);
    T_OK(store_get(fx.s, &schema_video, keys, 4, ~UINT64_C(0), &a, got, found,
                   &fx.e),
         &fx.e);
    T_TRUE("1 and 3 are absent", !found[0] && !found[2]);
    T_TRUE("2 is there, twice", found[1] && found[3]);
    T_U64("views", got[1].views, 22);
    T_U64("views", got[3].views, 22);
    arena_fini(&a);
}
END_TEST

START_TEST(only_wanted_fields_come)
{
    struct video v = { .h = { .key = { 0, 0 } } }, got;
    struct arena a = ARENA_INIT(1 << 20);
    const uint64_t keys[1][2] = { { 0, 0 } };
    bool found;
    fill_record(&schema_video, &v, 1);
    (void)put_video(&v);
    static const uint64_t wants[] = {
        0,
        VIDEO_BIT(views),
        VIDEO_BIT(title),
        VIDEO_BIT(channel),
        VIDEO_BIT(likes) | VIDEO_BIT(audio_language),
    };
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        T_OK(store_get(fx.s, &schema_video, keys, 1, wants[i], &a, &got, &found,
                       &fx.e),
             &fx.e);
        T_U64("have", got.h.have, wants[i]);
        v.h.have = wants[i];
        same_record("wanted", &schema_video, &got, &v);
    }
    arena_fini(&a);
}
END_TEST

START_TEST(text_that_does_not_fit_the_arena_is_refused)
{
    struct video v = video_of(1, 1, 1), got;
    struct arena a = ARENA_INIT(8);
    const uint64_t keys[1][2] = { { 1, 0 } };
    bool found;
    VIDEO_SET(&v, title, STR("longer than eight bytes"));
    (void)put_video(&v);
    T_RC("no room",
         store_get(fx.s, &schema_video, keys, 1, ~UINT64_C(0), &a, &got, &found,
                   &fx.e),
         RC_NOMEM, &fx.e);
    T_U64("the store still answers", get_video(fx.s, 1)->views, 1);
    arena_fini(&a);
}
END_TEST

static const TTest **const get_tests[] = {
    &found_tells_which_are_there, &only_wanted_fields_come,
    &text_that_does_not_fit_the_arena_is_refused, NULL
};

/* ---- scan ---- */

enum { MANY = 40000 };

static void put_many(const struct schema_type *t, size_t n)
{
    enum { PART = 4000 };
    static enum store_outcome out[PART];
    char *recs = calloc(PART, t->size);
    for (size_t at = 0; at < n; at += PART) {
        size_t part = n - at < PART ? n - at : PART;
        for (size_t i = 0; i < part; i++) {
            struct schema_head *h = (void *)(recs + i * t->size);
            uint64_t x = at + i;
            h->key[0] = x * 0x9e3779b97f4a7c15u;
            h->key[1] = t->key_words == 2 ? x : 0;
        }
        T_OK(store_put(fx.s, t, recs, part, 0, out, &fx.e), &fx.e);
    }
    free(recs);
}

/* Sums up what a scan meets: any record lost, doubled or made up shows. */
struct sums {
    size_t n;
    uint64_t key0, squares;
};

static int add_row(void *ctx, const void *rec)
{
    const struct schema_head *h = rec;
    struct sums *x = ctx;
    x->n++;
    x->key0 += h->key[0];
    x->squares += h->key[0] * h->key[0];
    return RC_OK;
}

static struct sums sums_of_parts(const struct schema_type *t, uint32_t of)
{
    struct sums x = { .n = 0 };
    for (uint32_t part = 0; part < of; part++) {
        struct store_range r = { .part = part, .of = of };
        T_OK(store_scan(fx.s, t, 0, &r, add_row, &x, &fx.e), &fx.e);
    }
    return x;
}

static void check_parts(const struct schema_type *t)
{
    put_many(t, MANY);
    struct sums want = { .n = MANY };
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t k = i * 0x9e3779b97f4a7c15u;
        want.key0 += k;
        want.squares += k * k;
    }
    for (uint32_t of = 0; of < 8; of++) {
        struct sums got = sums_of_parts(t, of ? of : 1);
        T_U64("each once", got.n, want.n);
        T_U64("the same keys", got.key0, want.key0);
        T_U64("the same keys", got.squares, want.squares);
    }
}

START_TEST(parts_are_disjoint_and_complete)
{
    check_parts(&schema_video);
    check_parts(&schema_channel);
    check_parts(&schema_sample);
}
END_TEST

START_TEST(a_part_outside_of_the_whole_is_refused)
{
    struct store_range r = { .part = 2, .of = 2 };
    struct sums x = { .n = 0 };
    T_RC("part 2 of 2",
         store_scan(fx.s, &schema_video, 0, &r, add_row, &x, &fx.e), RC_INPUT,
         &fx.e);
    r = (struct store_range){ .part = 1, .of = 0 };
    T_RC("part 1 of 1",
         store_scan(fx.s, &schema_video, 0, &r, add_row, &x, &fx.e), RC_INPUT,
         &fx.e);
}
END_TEST

static int mark_row(void *ctx, const void *rec)
{
    const uint64_t inverse = 0xf1de83e19937733du; /* of put_many()'s factor */
    const struct schema_head *h = rec;
    uint64_t no = h->key[0] * inverse;
    T_TRUE("one of ours", no < MANY);
    ((unsigned char *)ctx)[no]++;
    return RC_OK;
}

START_TEST(parts_do_not_shift_while_records_arrive)
{
    static unsigned char met[MANY];
    memset(met, 0, sizeof(met));
    put_many(&schema_video, MANY / 2);
    struct store_range r = { .part = 0, .of = 2 };
    T_OK(store_scan(fx.s, &schema_video, 0, &r, mark_row, met, &fx.e), &fx.e);
    put_many(&schema_video, MANY);
    r.part = 1;
    T_OK(store_scan(fx.s, &schema_video, 0, &r, mark_row, met, &fx.e), &fx.e);
    for (size_t i = 0; i < MANY; i++) {
        if (i < MANY / 2)
            T_U64("there before: met once", met[i], 1);
        T_TRUE("none twice", met[i] <= 1);
    }
}
END_TEST

START_TEST(one_key_gives_the_samples_of_a_video)
{
    enum store_outcome out[60];
    struct sample a[60];
    for (size_t i = 0; i < 60; i++) {
        a[i] = (struct sample){ .h = { .key = { i % 3, i } }, .views = i };
        a[i].h.have = SAMPLE_BIT(views);
    }
    T_OK(store_put(fx.s, &schema_sample, a, 60, 0, out, &fx.e), &fx.e);
    for (uint64_t id = 0; id < 4; id++) {
        struct sums x = { .n = 0 };
        struct store_range r = { .one_key = true, .key0 = id };
        T_OK(store_scan(fx.s, &schema_sample, 0, &r, add_row, &x, &fx.e),
             &fx.e);
        T_U64("samples of the video", x.n, id < 3 ? 20 : 0);
        T_U64("and of no other", x.key0, id * x.n);
    }
}
END_TEST

struct seen {
    uint64_t want, n;
};

static int check_columns(void *ctx, const void *rec)
{
    const struct video *v = rec;
    struct seen *x = ctx;
    struct video want = { .h = { .key = { 0, 0 } } };
    fill_record(&schema_video, &want, v->h.key[0]);
    want.h.key[0] = v->h.key[0];
    want.h.have = x->want;
    same_record("scanned", &schema_video, v, &want);
    x->n++;
    return RC_OK;
}

START_TEST(a_scan_brings_the_columns_that_were_asked_for)
{
    static const uint64_t wants[] = {
        0,
        VIDEO_BIT(views),
        VIDEO_BIT(tags),
        VIDEO_BIT(duration) | VIDEO_BIT(title) | VIDEO_BIT(channel),
        (UINT64_C(1) << VIDEO_FIELDS) - 1,
    };
    for (uint64_t i = 1; i < 20; i++) {
        struct video v = { .h = { .key = { 0, 0 } } };
        fill_record(&schema_video, &v, i);
        v.h.key[0] = i;
        (void)put_video(&v);
    }
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        struct seen x = { .want = wants[i] };
        T_OK(store_scan(fx.s, &schema_video, wants[i], NULL, check_columns, &x,
                        &fx.e),
             &fx.e);
        T_U64("rows", x.n, 19);
    }
}
END_TEST

static int stop_at_three(void *ctx, const void *rec)
{
    (void)rec;
    return ++*(int *)ctx == 3 ? RC_CANCELLED : RC_OK;
}

START_TEST(the_callback_can_end_a_scan)
{
    int n = 0;
    put_many(&schema_video, 10);
    T_RC("its own code",
         store_scan(fx.s, &schema_video, 0, NULL, stop_at_three, &n, &fx.e),
         RC_CANCELLED, &fx.e);
    T_I64("no further call", n, 3);
    T_U64("the store still answers", scan_count(fx.s, &schema_video), 10);
}
END_TEST

static int replace_row(void *ctx, const void *rec)
{
    const struct schema_head *h = rec;
    const uint64_t key[1][2] = { { h->key[0], h->key[1] } };
    struct video v = video_of(h->key[0] + 1, 1, 1);
    ++*(int *)ctx;
    (void)put_video(&v);
    return store_delete(fx.s, &schema_video, key, 1, 0, NULL, &fx.e);
}

START_TEST(a_scan_is_a_snapshot_and_its_callback_may_write)
{
    int n = 0;
    put_many(&schema_video, 50);
    T_OK(store_scan(fx.s, &schema_video, 0, NULL, replace_row, &n, &fx.e),
         &fx.e);
    T_I64("records of the beginning", n, 50);
    T_U64("each was replaced", scan_count(fx.s, &schema_video), 50);
}
END_TEST

static const TTest **const scan_tests[] = {
    &parts_are_disjoint_and_complete,
    &a_part_outside_of_the_whole_is_refused,
    &parts_do_not_shift_while_records_arrive,
    &one_key_gives_the_samples_of_a_video,
    &a_scan_brings_the_columns_that_were_asked_for,
    &the_callback_can_end_a_scan,
    &a_scan_is_a_snapshot_and_its_callback_may_write,
    NULL
};

/* ---- delete ---- */

START_TEST(absent_keys_are_fine)
{
    struct video v = video_of(2, 1, 1);
    const uint64_t keys[3][2] = { { 1, 0 }, { 2, 0 }, { 2, 0 } };
    size_t n = 99;
    (void)put_video(&v);
    struct store_pos pos = feed_now(fx.s);
    T_OK(store_delete(fx.s, &schema_video, keys, 3, 0, &n, &fx.e), &fx.e);
    T_U64("one was there", n, 1);
    T_TRUE("it is gone", !get_video(fx.s, 2));
    T_U64("the feed tells it once", feed_count(fx.s, &pos), 1);
    T_OK(store_delete(fx.s, &schema_video, keys, 3, 0, &n, &fx.e), &fx.e);
    T_U64("none is there", n, 0);
    T_U64("nothing to tell", feed_count(fx.s, &pos), 0);
}
END_TEST

START_TEST(a_record_made_again_has_nothing_of_the_old_one)
{
    struct video v = { .h = { .key = { 0, 0 } } };
    const uint64_t keys[1][2] = { { 0, 0 } };
    fill_record(&schema_video, &v, 1);
    (void)put_one(&schema_video, &v, 5);
    T_OK(store_delete(fx.s, &schema_video, keys, 1, 5, NULL, &fx.e), &fx.e);
    struct video again = video_of(0, 1, 1);
    T_U64("new, also for an older token", put_one(&schema_video, &again, 3),
          STORE_NEW);
    same_record("made again", &schema_video, get_video(fx.s, 0), &again);
}
END_TEST

START_TEST(samples_go_with_their_video)
{
    struct video v[2] = { video_of(1, 1, 1), video_of(2, 1, 1) };
    struct sample a = { .h = { .key = { 1, 0 } } };
    const uint64_t keys[1][2] = { { 1, 0 } };
    struct store_stats x;
    (void)put_video(&v[0]);
    (void)put_video(&v[1]);
    for (uint64_t i = 0; i < 20; i++) {
        a.h.key[0] = i % 2 + 1;
        a.h.key[1] = i;
        (void)put_one(&schema_sample, &a, 0);
    }
    T_OK(store_delete(fx.s, &schema_video, keys, 1, 0, NULL, &fx.e), &fx.e);
    T_U64("the other's stay", scan_count(fx.s, &schema_sample), 10);
    T_OK(store_stats(fx.s, &x, &fx.e), &fx.e);
    T_U64("videos", x.videos, 1);
    T_U64("samples", x.samples, 10);
}
END_TEST

START_TEST(channels_and_samples_can_be_deleted)
{
    struct channel c = { .h = { .key = { 1, 2 } } };
    struct sample a = { .h = { .key = { 1, 2 } } };
    const uint64_t keys[2][2] = { { 1, 2 }, { 1, 3 } };
    size_t n;
    CHANNEL_SET(&c, title, STR("t"));
    (void)put_one(&schema_channel, &c, 0);
    (void)put_one(&schema_sample, &a, 0);
    T_OK(store_delete(fx.s, &schema_channel, keys, 2, 0, &n, &fx.e), &fx.e);
    T_U64("one channel", n, 1);
    T_OK(store_delete(fx.s, &schema_sample, keys, 2, 0, &n, &fx.e), &fx.e);
    T_U64("one sample", n, 1);
    struct store_stats x;
    T_OK(store_stats(fx.s, &x, &fx.e), &fx.e);
    T_U64("none are left", x.channels + x.samples, 0);
}
END_TEST

START_TEST(figures_follow_puts_and_deletes)
{
    struct store_stats x;
    put_many(&schema_video, 300);
    put_many(&schema_channel, 20);
    put_many(&schema_sample, 1000);
    put_many(&schema_video, 310);
    const uint64_t keys[2][2] = { { 0, 0 }, { 0x9e3779b97f4a7c15u, 0 } };
    T_OK(store_delete(fx.s, &schema_video, keys, 2, 0, NULL, &fx.e), &fx.e);
    reopen();
    T_OK(store_stats(fx.s, &x, &fx.e), &fx.e);
    T_U64("videos", x.videos, 308);
    T_U64("channels", x.channels, 20);
    T_U64("samples, less those of the deleted videos", x.samples, 998);
}
END_TEST

static const TTest **const delete_tests[] = {
    &absent_keys_are_fine,
    &a_record_made_again_has_nothing_of_the_old_one,
    &samples_go_with_their_video,
    &channels_and_samples_can_be_deleted,
    &figures_follow_puts_and_deletes,
    NULL
};

/* ---- fences ---- */

/* Puts of one video in turn, each with another count. */
static const struct {
    const char *name;
    uint64_t fence;
    enum store_outcome want;
} fenced[] = {
    { "a first token", 5, STORE_NEW },
    { "the same token again", 5, STORE_UPDATED },
    { "an older token is refused", 4, STORE_FENCED },
    { "no token is not refused", 0, STORE_UPDATED },
    { "but takes nothing back: the older one is still refused", 4,
      STORE_FENCED },
    { "a newer token", 6, STORE_UPDATED },
    { "fences out the one before", 5, STORE_FENCED },
    { "a token above 2^63", UINT64_C(1) << 63, STORE_UPDATED },
    { "fences out all smaller ones", INT64_MAX, STORE_FENCED },
    { "the largest token", UINT64_MAX, STORE_UPDATED },
};

START_TEST(a_smaller_token_is_refused)
{
    uint64_t views = 0;
    for (size_t i = 0; i < ARRAY_LEN(fenced); i++) {
        struct video v = video_of(1, 100 + i, 1);
        T_U64(fenced[i].name, put_one(&schema_video, &v, fenced[i].fence),
              fenced[i].want);
        if (fenced[i].want != STORE_FENCED)
            views = 100 + i;
        T_U64(fenced[i].name, get_video(fx.s, 1)->views, views);
    }
}
END_TEST

START_TEST(a_fence_rises_even_when_nothing_else_changes)
{
    struct video v = video_of(1, 1, 1);
    (void)put_one(&schema_video, &v, 5);
    struct store_pos pos = feed_now(fx.s);
    T_U64("same facts", put_one(&schema_video, &v, 9), STORE_UNCHANGED);
    T_U64("nothing to tell", feed_count(fx.s, &pos), 0);
    T_U64("older", put_one(&schema_video, &v, 8), STORE_FENCED);
}
END_TEST

START_TEST(a_fenced_record_does_not_hold_up_its_batch)
{
    struct video v[2] = { video_of(1, 1, 1), video_of(2, 2, 2) };
    enum store_outcome out[2];
    (void)put_one(&schema_video, &v[0], 9);
    v[0].views = 5;
    T_OK(store_put(fx.s, &schema_video, v, 2, 8, out, &fx.e), &fx.e);
    T_U64("fenced", out[0], STORE_FENCED);
    T_U64("the other one", out[1], STORE_NEW);
}
END_TEST

START_TEST(a_delete_spares_what_carries_a_larger_fence)
{
    struct video v[2] = { video_of(1, 1, 1), video_of(2, 2, 2) };
    const uint64_t keys[2][2] = { { 1, 0 }, { 2, 0 } };
    size_t n;
    (void)put_one(&schema_video, &v[0], 9);
    (void)put_one(&schema_video, &v[1], 3);
    T_OK(store_delete(fx.s, &schema_video, keys, 2, 5, &n, &fx.e), &fx.e);
    T_U64("one goes", n, 1);
    T_TRUE("the fenced one stays", get_video(fx.s, 1) != NULL);
    T_OK(store_delete(fx.s, &schema_video, keys, 2, 0, &n, &fx.e), &fx.e);
    T_U64("without a token it goes", n, 1);
}
END_TEST

static const TTest **const fence_tests[] = {
    &a_smaller_token_is_refused, &a_fence_rises_even_when_nothing_else_changes,
    &a_fenced_record_does_not_hold_up_its_batch,
    &a_delete_spares_what_carries_a_larger_fence, NULL
};

const struct contract_case record_cases[] = {
    { "put", put_tests },      { "get", get_tests },
    { "scan", scan_tests },    { "delete", delete_tests },
    { "fences", fence_tests }, { NULL, NULL },
};
