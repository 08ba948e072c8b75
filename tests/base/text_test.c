/* tests/base/text_test.c - UTF-8, slices, and the JSON writer. */
#include "tests/t.h"
#include "base/jsonw.h"
#include "base/utf8.h"

#include <math.h>

static const struct {
    const char *name;
    struct str in;
    size_t len; /* utf8_len */
    const char *clean;
} chars[] = {
    /* clang-format off */
    { "a letter",                       { "a", 1 }, 1, "a" },
    { "a zero byte is a character",     { "\0", 1 }, 1, NULL },
    { "two bytes, least",               { "\xc2\x80", 2 }, 2, "\xc2\x80" },
    { "two bytes, largest",             { "\xdf\xbf", 2 }, 2, "\xdf\xbf" },
    { "three bytes, least",             { "\xe0\xa0\x80", 3 }, 3, "\xe0\xa0\x80" },
    { "three bytes, largest",           { "\xef\xbf\xbf", 3 }, 3, "\xef\xbf\xbf" },
    { "last before the surrogates",     { "\xed\x9f\xbf", 3 }, 3, "\xed\x9f\xbf" },
    { "first after the surrogates",     { "\xee\x80\x80", 3 }, 3, "\xee\x80\x80" },
    { "four bytes, least",              { "\xf0\x90\x80\x80", 4 }, 4, "\xf0\x90\x80\x80" },
    { "U+10FFFF",                       { "\xf4\x8f\xbf\xbf", 4 }, 4, "\xf4\x8f\xbf\xbf" },
    { "overlong slash in two",          { "\xc0\xaf", 2 }, 0, "\xef\xbf\xbd\xef\xbf\xbd" },
    { "overlong in two, c1",            { "\xc1\xbf", 2 }, 0, "\xef\xbf\xbd\xef\xbf\xbd" },
    { "overlong in three",              { "\xe0\x9f\xbf", 3 }, 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "overlong in four",               { "\xf0\x8f\xbf\xbf", 4 }, 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "first surrogate",                { "\xed\xa0\x80", 3 }, 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "last surrogate",                 { "\xed\xbf\xbf", 3 }, 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "above U+10FFFF",                 { "\xf4\x90\x80\x80", 4 }, 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "byte f5",                        { "\xf5\x80\x80\x80", 4 }, 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "byte ff",                        { "\xff", 1 }, 0, "\xef\xbf\xbd" },
    { "a lone tail",                    { "\x80", 1 }, 0, "\xef\xbf\xbd" },
    { "two bytes, cut",                 { "\xc3", 1 }, 0, "\xef\xbf\xbd" },
    { "three bytes, cut",               { "\xe2\x82", 2 }, 0, "\xef\xbf\xbd\xef\xbf\xbd" },
    { "four bytes, cut",                { "\xf0\x9f\x98", 3 }, 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "a letter where a tail belongs",  { "\xe2\x82x", 3 }, 0, "\xef\xbf\xbd\xef\xbf\xbdx" },
    { "empty",                          { "", 0 }, 0, "" },
    /* clang-format on */
};

START_TEST(well_formed_is_what_table_3_7_says)
{
    for (size_t i = 0; i < ARRAY_LEN(chars); i++) {
        struct buf b = BUF_INIT(100);
        bool empty = chars[i].in.n == 0;
        T_U64(chars[i].name, utf8_len(chars[i].in), chars[i].len);
        ck_assert_msg(utf8_valid(chars[i].in) == (empty || chars[i].len > 0),
                      "%s", chars[i].name);
        utf8_clean(&b, chars[i].in);
        ck_assert(utf8_valid(buf_view(&b)));
        if (chars[i].clean)
            T_STR(chars[i].name, buf_view(&b), chars[i].clean);
        buf_fini(&b);
    }
    T_U64("characters", utf8_count(STR("a\xc3\xa4\xf0\x9f\x98\x80\xff")), 4);
}
END_TEST

START_TEST(a_plain_line_holds_no_control_character)
{
    static const struct {
        const char *in, *plain;
    } rows[] = {
        { "a b~", "a b~" },
        { "\x01\x1f\x1b[31m\x7f", "   [31m " },
        { "\xc2\x80\xc2\x9b\xc2\x9f", "   " },
        { "\xc2\xa0\xc3\x9b\xe2\x82\x80", "\xc2\xa0\xc3\x9b\xe2\x82\x80" },
        { "\x9bx\xc2", "?x?" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b = BUF_INIT(100);
        utf8_plain(&b, str_of(rows[i].in));
        T_STR(rows[i].plain, buf_view(&b), rows[i].plain);
        buf_fini(&b);
    }
}
END_TEST

/* Count well-formed characters by decoding and encoding all code points. */
START_TEST(all_code_points_are_well_formed_but_surrogates)
{
    for (uint32_t c = 0x80; c <= 0x110fff; c++) {
        char p[4];
        size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const unsigned char front[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        p[0] = (char)(front[n] | (c >> (6 * (n - 1))));
        for (size_t i = 1; i < n; i++)
            p[i] = (char)(0x80 | ((c >> (6 * (n - 1 - i))) & 0x3f));
        bool fine = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
        if ((utf8_len(str_n(p, n)) == n) != fine)
            ck_abort_msg("U+%04X", c);
    }
}
END_TEST

START_TEST(slices_split_and_trim)
{
    struct str rest = STR("a,,b"), part;
    ck_assert(str_split(&rest, ',', &part) && str_eqz(part, "a"));
    ck_assert(str_split(&rest, ',', &part) && str_eqz(part, ""));
    ck_assert(str_split(&rest, ',', &part) && str_eqz(part, "b"));
    ck_assert(!str_split(&rest, ',', &part));
    rest = STR("a,");
    ck_assert(str_split(&rest, ',', &part) && str_eqz(part, "a"));
    ck_assert(str_split(&rest, ',', &part) && str_eqz(part, ""));
    ck_assert(!str_split(&rest, ',', &part));
    rest = STR("");
    ck_assert(str_split(&rest, ',', &part) && part.n == 0);
    ck_assert(!str_split(&rest, ',', &part));
    T_STR("trimmed", str_trim(STR(" \t x y\r\n")), "x y");
    T_STR("all blank", str_trim(STR("  ")), "");
    ck_assert_int_lt(str_cmp(STR("a"), STR("ab")), 0);
    ck_assert_int_gt(str_cmp(STR("\xff"), STR("a")), 0);
    ck_assert_int_eq(str_cmp(str_n(NULL, 0), STR("")), 0);
    ck_assert(str_starts(STR("abc"), STR("ab")) &&
              !str_starts(STR("a"), STR("ab")));
}
END_TEST

static const struct {
    const char *name;
    struct str in;
    const char *want;
} quotes[] = {
    { "plain", { "abc", 3 }, "\"abc\"" },
    { "empty", { "", 0 }, "\"\"" },
    { "quote and backslash", { "a\"b\\", 4 }, "\"a\\\"b\\\\\"" },
    { "line ends and tab", { "\n\r\t", 3 }, "\"\\n\\r\\t\"" },
    { "other controls", { "\x01\x1f", 2 }, "\"\\u0001\\u001f\"" },
    { "a zero byte", { "a\0b", 3 }, "\"a\\u0000b\"" },
    { "delete", { "\x7f", 1 }, "\"\\u007f\"" },
    { "a slash stays", { "</x>", 4 }, "\"</x>\"" },
    { "UTF-8 stays", { "\xc3\xa4", 2 }, "\"\xc3\xa4\"" },
    { "bad bytes are replaced",
      { "a\xff\xc3", 3 },
      "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
};

START_TEST(texts_are_quoted)
{
    for (size_t i = 0; i < ARRAY_LEN(quotes); i++) {
        struct buf b = BUF_INIT(100);
        jsonw_quote(&b, quotes[i].in);
        T_STR(quotes[i].name, buf_view(&b), quotes[i].want);
        buf_fini(&b);
    }
}
END_TEST

START_TEST(commas_are_the_writers)
{
    struct buf b = BUF_INIT(500);
    struct jsonw w;
    jsonw_init(&w, &b);
    jsonw_obj(&w);
    jsonw_kz(&w, "a", "x");
    jsonw_kz(&w, "b", NULL);
    jsonw_key(&w, "c");
    jsonw_arr(&w);
    jsonw_u64(&w, 1);
    jsonw_obj(&w);
    jsonw_obj_end(&w);
    jsonw_arr(&w);
    jsonw_arr_end(&w);
    jsonw_i64(&w, -2);
    jsonw_arr_end(&w);
    jsonw_kbool(&w, "d", true);
    jsonw_kf64(&w, "e", NAN);
    jsonw_key(&w, "f");
    jsonw_raw(&w, STR("{\"g\":[]}"));
    jsonw_ku64(&w, "h", UINT64_MAX);
    jsonw_ki64(&w, "i", INT64_MIN);
    jsonw_kstr(&w, "j", str_n(NULL, 0));
    jsonw_obj_end(&w);
    T_STR("document", buf_view(&b),
          "{\"a\":\"x\",\"b\":null,\"c\":[1,{},[],-2],\"d\":true,\"e\":null,"
          "\"f\":{\"g\":[]},\"h\":18446744073709551615,"
          "\"i\":-9223372036854775808,\"j\":\"\"}");
    buf_fini(&b);
}
END_TEST

START_TEST(a_second_list_begins_without_a_comma)
{
    struct buf b = BUF_INIT(500);
    struct jsonw w;
    jsonw_init(&w, &b);
    jsonw_arr(&w);
    for (uint64_t i = 0; i < 2; i++) {
        jsonw_arr(&w);
        jsonw_u64(&w, i);
        jsonw_arr_end(&w);
    }
    jsonw_arr_end(&w);
    T_STR("document", buf_view(&b), "[[0],[1]]");
    buf_fini(&b);
}
END_TEST

START_TEST(nests_to_its_depth)
{
    struct buf b = BUF_INIT(500);
    struct jsonw w;
    jsonw_init(&w, &b);
    for (int i = 0; i < JSONW_DEPTH - 1; i++)
        jsonw_arr(&w);
    jsonw_u64(&w, 1);
    jsonw_u64(&w, 2);
    for (int i = 0; i < JSONW_DEPTH - 1; i++)
        jsonw_arr_end(&w);
    T_U64("bytes", b.n, 2 * (JSONW_DEPTH - 1) + 3);
    buf_fini(&b);
}
END_TEST

START_TEST(reals_read_back_as_they_were)
{
    const double values[] = {
        0.0,      -0.0,      1.0,    0.1,      1.0 / 3, 1e21,
        123456.0, 1234567.0, 5e-324, INFINITY, 4.35,    0.30000000000000004
    };
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct buf b = BUF_INIT(100);
        struct jsonw w;
        jsonw_init(&w, &b);
        jsonw_f64(&w, values[i]);
        if (isfinite(values[i]))
            ck_assert(strtod(b.p, NULL) == values[i]);
        else
            ck_assert_str_eq(b.p, "null");
        buf_fini(&b);
    }
    struct buf b = BUF_INIT(100);
    struct jsonw w;
    jsonw_init(&w, &b);
    jsonw_f64(&w, 0.1);
    T_STR("shortest", buf_view(&b), "0.1");
    buf_fini(&b);
}
END_TEST

START_TEST(a_full_buffer_is_told_once)
{
    struct buf b = BUF_INIT(5);
    struct jsonw w;
    jsonw_init(&w, &b);
    jsonw_obj(&w);
    jsonw_kz(&w, "key", "value");
    jsonw_obj_end(&w);
    ck_assert_int_eq(buf_check(&b, "answer", NULL), RC_LIMIT);
    buf_fini(&b);
}
END_TEST

T_SUITE("base.text", 60, well_formed_is_what_table_3_7_says,
        a_plain_line_holds_no_control_character,
        all_code_points_are_well_formed_but_surrogates, slices_split_and_trim,
        texts_are_quoted, commas_are_the_writers,
        a_second_list_begins_without_a_comma, nests_to_its_depth,
        reals_read_back_as_they_were, a_full_buffer_is_told_once)
