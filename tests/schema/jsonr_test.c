/* tests/schema/jsonr_test.c - small documents, read without the parser. */
#include "schema/schema.h"
#include "tests/t.h"

#include <math.h>
#include <stdio.h>

static struct jsonr *open_ok(const char *body)
{
    struct jsonr *root = NULL;
    struct err e = ERR_INIT;
    T_RC(body, jsonr_open(&root, str_of(body), &e), RC_OK, &e);
    return root;
}

static const struct {
    const char *name, *body, *says;
} refused[] = {
    { "nothing", "", "empty" },
    { "only blanks", "  ", "line 1 column" },
    { "a bare text", "\"a\"", "line 1 column" },
    { "a bare number", "1", "line 1 column" },
    { "cut in an object", "{\"a\":", "line 1 column" },
    { "cut in a text", "{\"a\":\"b", "line 1 column" },
    { "text behind the end", "{} x", "line 1 column" },
    { "two documents", "{}{}", "line 1 column" },
    { "HTML", "<html>", "line 1 column" },
    { "single quotes", "{'a':1}", "line 1 column" },
    { "a comma too many", "{\"a\":1,}", "line 1 column" },
    { "the line is told", "{\n\"a\":\n}", "line 3 column" },
    { "bytes that are no UTF-8", "{\"a\":\"\xff\"}", "line 1 column" },
    { "half of a surrogate pair", "{\"a\":\"\\ud800\"}", "line 1 column" },
    { "NUL in a key", "{\"a\\u0000b\":1}", "line 1 column" },
    { "a real beyond all reals", "{\"a\":1e999}", "line 1 column" },
    { "not a number", "{\"a\":NaN}", "line 1 column" },
};

START_TEST(refuses)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct jsonr *root = NULL;
        struct err e = ERR_INIT;
        int rc = jsonr_open(&root, str_of(refused[i].body), &e);
        T_RC(refused[i].name, rc, RC_INPUT, &e);
        T_TRUE(refused[i].name, root == NULL);
        ck_assert_msg(strstr(e.msg, refused[i].says), "%s: '%s'",
                      refused[i].name, e.msg);
    }
}
END_TEST

/* [[[…]]] of @depth, with a text that looks deeper at its heart. */
static int open_nested(size_t depth, char open, char close)
{
    struct buf b = BUF_INIT(1 << 20);
    struct jsonr *root;
    for (size_t i = 0; i < depth; i++)
        buf_z(&b, open == '[' ? "[" : i + 1 < depth ? "{\"a\":" : "{");
    if (open == '[')
        buf_z(&b, "\"\\\"[[[[[[[[\"");
    for (size_t i = 0; i < depth; i++)
        buf_c(&b, close);
    int rc = jsonr_open(&root, buf_view(&b), NULL);
    if (rc == RC_OK)
        jsonr_close(root);
    buf_fini(&b);
    return rc;
}

START_TEST(depth_has_a_bound)
{
    ck_assert_int_eq(open_nested(DECODE_DEPTH_MAX - 1, '[', ']'), RC_OK);
    ck_assert_int_eq(open_nested(DECODE_DEPTH_MAX, '[', ']'), RC_OK);
    ck_assert_int_eq(open_nested(DECODE_DEPTH_MAX + 1, '[', ']'), RC_INPUT);
    ck_assert_int_eq(open_nested(DECODE_DEPTH_MAX, '{', '}'), RC_OK);
    ck_assert_int_eq(open_nested(DECODE_DEPTH_MAX + 1, '{', '}'), RC_INPUT);
    ck_assert_int_eq(open_nested(300000, '[', ']'), RC_INPUT);
}
END_TEST

START_TEST(walking)
{
    struct jsonr *r = open_ok("{\"a\":{\"b\":{\"c\":5}},\"l\":[1,\"x\",null],"
                              "\"o\":{}}");
    uint64_t n = 0;
    ck_assert(jsonr_u64(jsonr_get(r, "a.b.c"), &n));
    T_U64("a path", n, 5);
    ck_assert_ptr_null(jsonr_get(r, "a.b.x"));
    ck_assert_ptr_null(jsonr_get(r, "a.x.c"));
    ck_assert_ptr_null(jsonr_get(r, "a.b.c.d"));
    ck_assert_ptr_null(jsonr_get(r, ""));
    ck_assert_ptr_null(jsonr_get(NULL, "a"));
    ck_assert_ptr_null(jsonr_get(jsonr_get(r, "l"), "a"));
    T_U64("elements", jsonr_len(jsonr_get(r, "l")), 3);
    T_U64("an object has none", jsonr_len(r), 0);
    T_U64("nothing has none", jsonr_len(NULL), 0);
    ck_assert(jsonr_is_null(jsonr_item(jsonr_get(r, "l"), 2)));
    ck_assert_ptr_null(jsonr_item(jsonr_get(r, "l"), 3));
    ck_assert_ptr_null(jsonr_item(NULL, 0));
    ck_assert(jsonr_is_object(r) && !jsonr_is_array(r) && !jsonr_is_null(r));
    ck_assert(jsonr_is_array(jsonr_get(r, "l")));
    ck_assert(!jsonr_is_object(NULL) && !jsonr_is_array(NULL) &&
              !jsonr_is_null(NULL));
    jsonr_close(r);
    jsonr_close(NULL);
}
END_TEST

struct seen {
    struct buf keys;
    size_t stop_after;
};

static bool see(void *ctx, struct str key, const struct jsonr *v)
{
    struct seen *s = ctx;
    uint64_t n = 0;
    (void)jsonr_u64(v, &n);
    buf_str(&s->keys, key);
    buf_u64(&s->keys, n);
    return --s->stop_after > 0;
}

START_TEST(each_member_in_order)
{
    struct jsonr *r = open_ok("{\"z\":1,\"a\":2,\"m\":3}");
    struct seen s = { BUF_INIT(100), .stop_after = 9 };
    jsonr_each(r, see, &s);
    T_STR("all", buf_view(&s.keys), "z1a2m3");
    buf_reset(&s.keys);
    s.stop_after = 2;
    jsonr_each(r, see, &s);
    T_STR("until false", buf_view(&s.keys), "z1a2");
    jsonr_each(NULL, see, &s);
    T_STR("nothing has none", buf_view(&s.keys), "z1a2");
    buf_fini(&s.keys);
    jsonr_close(r);
}
END_TEST

static const struct {
    const char *name, *json;
    bool is_u64;
    uint64_t u64;
    bool is_i64;
    int64_t i64;
} numbers[] = {
    { "zero", "0", true, 0, true, 0 },
    { "a number", "42", true, 42, true, 42 },
    { "a text of digits", "\"42\"", true, 42, true, 42 },
    { "below zero", "-1", false, 0, true, -1 },
    { "a text below zero", "\"-1\"", false, 0, true, -1 },
    { "2^63 - 1", "9223372036854775807", true, INT64_MAX, true, INT64_MAX },
    { "-2^63", "-9223372036854775808", false, 0, true, INT64_MIN },
    { "2^63 as a number is not exact", "9223372036854775808", false, 0, false,
      0 },
    { "2^63 as a text", "\"9223372036854775808\"", true, UINT64_C(1) << 63,
      false, 0 },
    { "2^64 - 1 as a text", "\"18446744073709551615\"", true, UINT64_MAX, false,
      0 },
    { "2^64 as a text", "\"18446744073709551616\"", false, 0, false, 0 },
    { "a whole real", "1e3", true, 1000, true, 1000 },
    { "a fraction", "1.5", false, 0, false, 0 },
    { "a text with a fraction", "\"1.5\"", false, 0, false, 0 },
    { "2^53 as a real", "9007199254740992.0", true, UINT64_C(1) << 53, true,
      INT64_C(1) << 53 },
    { "above 2^53 as a real", "9007199254740994.0", false, 0, false, 0 },
    { "far beyond", "1e300", false, 0, false, 0 },
    { "an empty text", "\"\"", false, 0, false, 0 },
    { "a text with a blank", "\" 1\"", false, 0, false, 0 },
    { "a text with NUL", "\"1\\u0000\"", false, 0, false, 0 },
    { "a word", "\"disabled\"", false, 0, false, 0 },
    { "true", "true", false, 0, false, 0 },
    { "null", "null", false, 0, false, 0 },
    { "an object", "{}", false, 0, false, 0 },
};

START_TEST(whole_numbers)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        char body[100];
        snprintf(body, sizeof(body), "{\"n\":%s}", numbers[i].json);
        struct jsonr *r = open_ok(body);
        const struct jsonr *v = jsonr_get(r, "n");
        uint64_t u = 99;
        int64_t n = 99;
        T_U64(numbers[i].name, jsonr_u64(v, &u), numbers[i].is_u64);
        T_U64(numbers[i].name, u, numbers[i].is_u64 ? numbers[i].u64 : 99);
        T_U64(numbers[i].name, jsonr_i64(v, &n), numbers[i].is_i64);
        T_I64(numbers[i].name, n, numbers[i].is_i64 ? numbers[i].i64 : 99);
        jsonr_close(r);
    }
}
END_TEST

/* One number beyond 64 bits must not spoil the others of the document. */
START_TEST(large_integers_beside_small_ones)
{
    struct jsonr *r = open_ok("{\"a\":99999999999999999999,\"b\":7}");
    uint64_t n = 0;
    double d = 0;
    ck_assert(jsonr_u64(jsonr_get(r, "b"), &n));
    T_U64("the small one", n, 7);
    ck_assert(!jsonr_u64(jsonr_get(r, "a"), &n));
    ck_assert(jsonr_f64(jsonr_get(r, "a"), &d));
    ck_assert(fabs(d / 1e20 - 1) < 1e-12);
    jsonr_close(r);
}
END_TEST

START_TEST(other_values)
{
    struct jsonr *r = open_ok("{\"t\":true,\"f\":false,\"s\":\"a\\u0000b\","
                              "\"d\":0.5,\"i\":3,\"ds\":\"2.5\","
                              "\"e\":\"\",\"w\":\"x\"}");
    bool b = false;
    double d = 9;
    struct str s = STR("untouched");
    ck_assert(jsonr_bool(jsonr_get(r, "t"), &b) && b);
    ck_assert(jsonr_bool(jsonr_get(r, "f"), &b) && !b);
    ck_assert(!jsonr_bool(jsonr_get(r, "i"), &b));
    ck_assert(!jsonr_bool(NULL, &b));
    ck_assert(!jsonr_str(jsonr_get(r, "i"), &s));
    ck_assert(!jsonr_str(NULL, &s));
    T_STR("untouched", s, "untouched");
    ck_assert(jsonr_str(jsonr_get(r, "s"), &s));
    T_U64("NUL does not end a text", s.n, 3);
    ck_assert(jsonr_str(jsonr_get(r, "e"), &s));
    T_U64("an empty text is one", s.n, 0);
    ck_assert(!jsonr_f64(jsonr_get(r, "w"), &d));
    ck_assert(!jsonr_f64(NULL, &d));
    ck_assert(d > 8);
    ck_assert(jsonr_f64(jsonr_get(r, "d"), &d) && d < 0.6 && d > 0.4);
    ck_assert(jsonr_f64(jsonr_get(r, "i"), &d) && d > 2.9);
    ck_assert(jsonr_f64(jsonr_get(r, "ds"), &d) && d < 2.6 && d > 2.4);
    jsonr_close(r);
}
END_TEST

T_SUITE("schema jsonr", 30, refuses, depth_has_a_bound, walking,
        each_member_in_order, whole_numbers, large_integers_beside_small_ones,
        other_values)
