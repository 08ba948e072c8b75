/* tests/schema/types_test.c - what is done with any record by its table. */
#include "tests/t.h"
#include "schema/schema.h"

#include <math.h>

static const struct schema_type *const types[] = { &schema_video,
                                                   &schema_channel,
                                                   &schema_sample };

START_TEST(tables_are_sound)
{
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        for (size_t i = 0; i < types[t]->n_fields; i++) {
            const struct schema_field *f = &types[t]->fields[i];
            T_TRUE(f->name, f->stored[0] != '\0');
            T_TRUE(f->name, f->since >= 1 && f->since <= SCHEMA_VERSION);
            T_TRUE(f->name, f->offset >= sizeof(struct schema_head));
            T_TRUE(f->name, f->offset < types[t]->size);
            /* decode_item.c has no reader for these */
            T_TRUE(f->name, !f->api[0] || (f->kind != SCHEMA_I64 &&
                                           f->kind != SCHEMA_F32));
            T_TRUE(f->name, (f->kind == SCHEMA_ENUM) ==
                                (schema_enum_text(f, 1) != NULL));
            for (size_t k = 0; k < i; k++) {
                const struct schema_field *g = &types[t]->fields[k];
                T_TRUE(f->name, strcmp(f->stored, g->stored) != 0);
                T_TRUE(f->name, strcmp(f->name, g->name) != 0);
            }
        }
    }
    ck_assert_str_eq(schema_video.fields[VIDEO_audio_language].name,
                     "audio_language");
    ck_assert_str_eq(schema_channel.fields[CHANNEL_uploads].stored, "up");
    ck_assert_uint_eq(schema_sample.key_words, 2);
}
END_TEST

START_TEST(words_read_back)
{
    const struct schema_field *f = &schema_video.fields[VIDEO_origin];
    struct err e = ERR_INIT;
    uint64_t v = 99;
    ck_assert_str_eq(schema_enum_text(f, ORIGIN_SIM), "sim");
    ck_assert_str_eq(schema_enum_text(f, ORIGIN_DISLIKES), "dislikes");
    ck_assert_ptr_null(schema_enum_text(f, 0));
    ck_assert_ptr_null(schema_enum_text(f, ORIGIN_DISLIKES + 1));
    ck_assert_ptr_null(schema_enum_text(f, UINT64_MAX));
    T_OK(schema_enum_parse(f, STR("apidump"), &v, &e), &e);
    ck_assert_uint_eq(v, ORIGIN_APIDUMP);
    T_RC("a word of another field",
         schema_enum_parse(f, STR("upcoming"), &v, &e), RC_INPUT, &e);
    ck_assert_ptr_nonnull(strstr(e.msg, "'upcoming' is not a known origin"));
    T_RC("nothing", schema_enum_parse(f, STR(""), &v, &e), RC_INPUT, &e);
    f = &schema_video.fields[VIDEO_views];
    T_RC("no enum", schema_enum_parse(f, STR("sim"), &v, &e), RC_INPUT, &e);
    ck_assert_uint_eq(v, ORIGIN_APIDUMP);
    f = &schema_video.fields[VIDEO_live];
    T_OK(schema_enum_parse(f, STR("completed"), &v, &e), &e);
    ck_assert_uint_eq(v, LIVE_COMPLETED);
}
END_TEST

/* Field @i of @v becomes something else, whatever its kind. */
static void change(const struct schema_field *f, struct video *v)
{
    void *at = schema_at(f, v);
    if (f->kind == SCHEMA_STR || f->kind == SCHEMA_LIST)
        *(struct str *)at = STR("other");
    else if (f->kind == SCHEMA_CID)
        ((struct cid *)at)->lo ^= 1;
    else if (f->kind == SCHEMA_F32)
        *(float *)at += 1.0f;
    else
        *(uint64_t *)at += 1;
}

START_TEST(equal_looks_at_one_field)
{
    for (size_t i = 0; i < VIDEO_FIELDS; i++) {
        const struct schema_field *f = &schema_video.fields[i];
        struct video a = { .title = STR("t") }, b = a;
        T_TRUE(f->name, schema_equal(f, &a, &b));
        change(f, &b);
        T_TRUE(f->name, !schema_equal(f, &a, &b));
        for (size_t k = 0; k < VIDEO_FIELDS; k++)
            T_TRUE(f->name,
                   k == i || schema_equal(&schema_video.fields[k], &a, &b));
    }
    struct video a = { .channel = { 1, 2 } }, b = { .channel = { 2, 2 } };
    ck_assert(!schema_equal(&schema_video.fields[VIDEO_channel], &a, &b));
}
END_TEST

START_TEST(copy_owns_its_text)
{
    char title[] = "title", tags[] = "a\nb", dangling[] = "gone";
    struct video v = { .h = { .key = { 5 } } }, copy;
    VIDEO_SET(&v, title, str_of(title));
    VIDEO_SET(&v, tags, str_of(tags));
    VIDEO_SET(&v, views, 7);
    VIDEO_CLEAR(&v, likes);
    v.description = str_of(dangling); /* without its bit */

    struct arena arena = ARENA_INIT(1 << 20);
    ck_assert(schema_copy(&schema_video, &copy, &v, &arena));
    memset(title, 'x', 5);
    memset(tags, 'x', 3);
    T_STR("title", copy.title, "title");
    T_STR("tags", copy.tags, "a\nb");
    ck_assert_ptr_null(copy.description.p);
    ck_assert_uint_eq(copy.views, 7);
    ck_assert_uint_eq(copy.h.have, v.h.have);
    ck_assert_uint_eq(copy.h.clear, v.h.clear);
    ck_assert(schema_copy(&schema_video, &copy, &copy, &arena));
    T_STR("onto itself", copy.title, "title");
    arena_fini(&arena);
}
END_TEST

START_TEST(copy_without_room_changes_nothing)
{
    struct video v = { .h = { .key = { 5 } } };
    struct video copy = { .h = { .key = { 9 } } };
    VIDEO_SET(&v, title, STR("0123456789012345678901234567890123456789"));
    struct arena arena = ARENA_INIT(16);
    ck_assert(!schema_copy(&schema_video, &copy, &v, &arena));
    ck_assert_uint_eq(copy.h.key[0], 9);
    ck_assert_ptr_null(copy.title.p);
    arena_fini(&arena);
}
END_TEST

static char long_text[SCHEMA_TEXT_MAX + 1];

static struct video valid(void)
{
    struct video v = { .h = { .key = { UINT64_MAX } } };
    VIDEO_SET(&v, views, UINT64_MAX);
    VIDEO_SET(&v, published, 0);
    VIDEO_SET(&v, stats_at, INT64_C(253402300799));
    VIDEO_SET(&v, embeddable, 1);
    VIDEO_SET(&v, live, LIVE_COMPLETED);
    VIDEO_SET(&v, growth_m, -0.5f);
    VIDEO_SET(&v, title, STR("\x01 \xf0\x9f\x98\x80"));
    VIDEO_SET(&v, description, str_n(long_text, SCHEMA_TEXT_MAX));
    VIDEO_SET(&v, tags, STR(""));
    VIDEO_CLEAR(&v, likes);
    return v;
}

static void refused(const char *change, const struct video *v, const char *says)
{
    struct err e = ERR_INIT;
    T_RC(change, schema_validate(&schema_video, v, &e), RC_INPUT, &e);
    ck_assert_msg(strstr(e.msg, says), "%s: '%s'", change, e.msg);
}

/* A valid record after @change is refused with a message that @says it. */
#define REFUSED(change, says)                                                  \
    do {                                                                       \
        struct video v = valid();                                              \
        change;                                                                \
        refused(#change, &v, says);                                            \
    } while (0)

START_TEST(validate)
{
    memset(long_text, 'x', sizeof(long_text));
    struct video ok = valid();
    struct err e = ERR_INIT;
    T_OK(schema_validate(&schema_video, &ok, &e), &e);
    REFUSED(v.published = -1, "published: second '-1'");
    REFUSED(v.stats_at++, "stats_at: second '253402300800'");
    REFUSED(v.embeddable = 2, "embeddable: '2'");
    REFUSED(v.live = 0, "live: '0'");
    REFUSED(v.live = LIVE_COMPLETED + 1, "live: '5'");
    REFUSED(v.growth_m = NAN, "growth_m: 'nan'");
    REFUSED(v.growth_m = INFINITY, "growth_m: 'inf'");
    REFUSED(v.title = STR("a\0b"), "title 'a?b' has a NUL");
    REFUSED(v.title = STR("a\xff"), "title 'a?' is not UTF-8");
    REFUSED(v.tags = STR("\xed\xa0\x80"), "tags '?\?\?' is not UTF-8");
    REFUSED(v.description.n++, "has 65537 bytes, more than 65536");
    REFUSED(v.h.clear |= VIDEO_BIT(views), "both set and cleared");
    REFUSED(v.h.have |= UINT64_C(1) << VIDEO_FIELDS, "above");
    REFUSED(v.h.clear |= UINT64_C(1) << 63, "above");
}
END_TEST

START_TEST(validate_ignores_what_is_absent)
{
    struct video v = { .published = -5, .title = STR("\xff"), .live = 99 };
    struct err e = ERR_INIT;
    T_OK(schema_validate(&schema_video, &v, &e), &e);
    struct channel c = { .h = { .have = CHANNEL_BIT(made_for_kids) },
                         .made_for_kids = 2 };
    T_RC("channels too", schema_validate(&schema_channel, &c, &e), RC_INPUT,
         &e);
    struct sample s = { .h = { .have = SAMPLE_BIT(origin) }, .origin = 99 };
    T_RC("samples too", schema_validate(&schema_sample, &s, &e), RC_INPUT, &e);
}
END_TEST

START_TEST(set_and_clear_exclude_each_other)
{
    struct video v = { .h = { .have = 0 } };
    VIDEO_CLEAR(&v, likes);
    ck_assert(!VIDEO_HAS(&v, likes) && v.h.clear == VIDEO_BIT(likes));
    VIDEO_SET(&v, likes, 3);
    ck_assert(VIDEO_HAS(&v, likes) && v.h.clear == 0);
    VIDEO_CLEAR(&v, likes);
    ck_assert(v.h.have == 0 && v.h.clear == VIDEO_BIT(likes));
}
END_TEST

T_SUITE("schema types", 30, tables_are_sound, words_read_back,
        equal_looks_at_one_field, copy_owns_its_text,
        copy_without_room_changes_nothing, validate,
        validate_ignores_what_is_absent, set_and_clear_exclude_each_other)
