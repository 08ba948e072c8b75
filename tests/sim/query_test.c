/*
 * The small languages of a request: raw queries (sim/params.c), selectors
 * (sim/fields.c, sim/out.c), page tokens (sim/token.c), search words.
 */
#include "tests/sim/sim_t.h"

#include "sim/search_priv.h"

#include <string.h>

/* ---- raw queries ---- */

/* clang-format off */
static const struct { const char *name, *raw, *want; } queries[] = {
    { "empty",                      "",                   "" },
    { "two parameters",             "a=1&b=2",            "a=1;b=2;" },
    { "no value",                   "a&b=",               "a=;b=;" },
    { "empty pieces",               "&&a=1&",             "a=1;" },
    { "an equals sign in a value",  "a=b=c",              "a=b=c;" },
    { "blanks and escapes",         "q=a+b%20c%2B%26",    "q=a b c+&;" },
    { "an escaped name",            "%61=1",              "a=1;" },
    { "UTF-8",                      "q=%D1%91",           "q=\xd1\x91;" },
    { "small hex digits",           "q=%c3%a9",           "q=\xc3\xa9;" },
    { "repeated",                   "a=1&a=2",            "a=1;a=2;" },
    { "a cut escape",               "a=%2",               NULL },
    { "no hex digits",              "a=%zz",              NULL },
    { "NUL",                        "a=%00",              NULL },
    { "NUL in a name",              "%00=a",              NULL },
};
/* clang-format on */

START_TEST(queries_are_decoded)
{
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        struct arena arena = ARENA_INIT(1 << 20);
        struct api_error x;
        static struct params p;
        struct buf b = BUF_INIT(1000);
        int rc = params_decode(str_of(queries[i].raw), &arena, &p, &x);
        T_I64(queries[i].name, rc, queries[i].want ? RC_OK : RC_INPUT);
        for (size_t k = 0; !rc && k < p.n; k++)
            buf_f(&b, "%.*s=%.*s;", STR_ARG(p.at[k].name),
                  STR_ARG(p.at[k].value));
        if (!rc)
            T_STR(queries[i].name, buf_view(&b), queries[i].want);
        buf_fini(&b);
        arena_fini(&arena);
    }
}
END_TEST

static int decode_many(size_t parameters, size_t bytes)
{
    struct arena arena = ARENA_INIT(1 << 20);
    struct api_error x;
    static struct params p;
    struct buf b = BUF_INIT(1 << 20);
    for (size_t i = 0; i < parameters; i++)
        buf_z(&b, i ? "&a=" : "a=");
    while (b.n < bytes)
        buf_c(&b, 'x');
    int rc = params_decode(buf_view(&b), &arena, &p, &x);
    buf_fini(&b);
    arena_fini(&arena);
    return rc;
}

START_TEST(queries_are_bounded)
{
    T_I64("most parameters", decode_many(PARAMS_MAX, 0), RC_OK);
    T_I64("one more", decode_many(PARAMS_MAX + 1, 0), RC_INPUT);
    T_I64("most bytes", decode_many(1, PARAMS_QUERY_MAX), RC_OK);
    T_I64("one more byte", decode_many(1, PARAMS_QUERY_MAX + 1), RC_INPUT);
}
END_TEST

START_TEST(lists_take_commas_and_repetitions)
{
    struct arena arena = ARENA_INIT(1 << 20);
    struct api_error x;
    static struct params p;
    struct str v[3];
    ck_assert(!params_decode(STR("id=a,b,,&x=1&id=c&id="), &arena, &p, &x));
    T_U64("values", params_list(&p, "id", v, 3), 3);
    T_STR("last", v[2], "c");
    T_U64("more than fit are counted", params_list(&p, "id", v, 1), 3);
    T_U64("none", params_list(&p, "part", v, 3), 0);
    arena_fini(&arena);
}
END_TEST

/* clang-format off */
static const struct param_spec specs[] = {
    { "part", PARAM_LIST, 0, 0, NULL }, { "n", PARAM_NUMBER, 1, 50, NULL },
    { "c", PARAM_CHOICE, 0, 0, "one|two" }, { "b", PARAM_BOOL, 0, 0, NULL },
    { "t", PARAM_TIME, 0, 0, NULL },
};
static const struct { const char *name, *raw, *location; } checks[] = {
    { "all good",            "part=a&part=b&n=50&c=two&b=true&t=2026-01-01T00:00:00Z", NULL },
    { "common ones",         "key=k&alt=json&prettyPrint=false&fields=a&quotaUser=u", NULL },
    { "empty is absent",     "n=&c=&t=",            NULL },
    { "the least number",    "n=1",                 NULL },
    { "below it",            "n=0",                 "n" },
    { "above the largest",   "n=51",                "n" },
    { "no number",           "n=x",                 "n" },
    { "a sign",              "n=-1",                "n" },
    { "beyond 64 bits",      "n=18446744073709551617", "n" },
    { "no such choice",      "c=three",             "c" },
    { "part of a choice",    "c=on",                "c" },
    { "no truth value",      "b=yes",               "b" },
    { "a date is no time",   "t=2026-01-01",        "t" },
    { "no such format",      "alt=proto",           "alt" },
    { "a scalar twice",      "n=1&n=1",             "n" },
    { "an unknown name",     "pary=a",              "parameters." },
};
/* clang-format on */

START_TEST(parameters_are_checked_by_the_table)
{
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        struct arena arena = ARENA_INIT(1 << 20);
        struct api_error x = { .location = NULL };
        static struct params p;
        ck_assert(!params_decode(str_of(checks[i].raw), &arena, &p, &x));
        int rc = params_check(&p, specs, ARRAY_LEN(specs), &x);
        T_I64(checks[i].name, rc, checks[i].location ? RC_INPUT : RC_OK);
        if (rc)
            T_STR(checks[i].name, str_of(x.location), checks[i].location);
        arena_fini(&arena);
    }
}
END_TEST

/* ---- selectors ---- */

/* The answer that every selector of the table below is applied to. */
static void write_sample(struct out *o)
{
    out_str(o, "a", STR("1"));
    if (out_obj(o, "b")) {
        out_u64(o, "c", 2);
        if (out_obj(o, "d")) {
            out_z(o, "e", "3");
            out_z(o, "f", "4");
            out_end(o);
        }
        out_end(o);
    }
    if (out_arr(o, "items")) {
        for (uint64_t i = 0; i < 2; i++) {
            out_item(o, "k");
            out_count(o, "id", i);
            if (out_obj(o, "s")) {
                out_bool(o, "t", true);
                out_null(o, "u");
                out_end(o);
            }
            out_item_end(o);
        }
        out_arr_end(o);
    }
}

/* clang-format off */
static const struct { const char *name, *selector, *want; } selections[] = {
    { "one name",            "a",             "{'a':'1'}" },
    { "two names",           "a,b/c",         "{'a':'1','b':{'c':2}}" },
    { "a whole object",      "b",             "{'b':{'c':2,'d':{'e':'3','f':'4'}}}" },
    { "a path",              "b/d/e",         "{'b':{'d':{'e':'3'}}}" },
    { "a sub-selection",     "b(c,d/f)",      "{'b':{'c':2,'d':{'f':'4'}}}" },
    { "nested",              "b(d(e,f))",     "{'b':{'d':{'e':'3','f':'4'}}}" },
    { "a path, then parentheses", "b/d(e)",   "{'b':{'d':{'e':'3'}}}" },
    { "in all items",        "items/id",      "{'items':[{'id':'0'},{'id':'1'}]}" },
    { "parts of items",      "items(id,s/t)", "{'items':[{'id':'0','s':{'t':true}},{'id':'1','s':{'t':true}}]}" },
    { "the same name twice", "b/c,b/d/e",     "{'b':{'c':2,'d':{'e':'3'}}}" },
    { "whole wins over part", "b/c,b",        "{'b':{'c':2,'d':{'e':'3','f':'4'}}}" },
    { "any name",            "b/*",           "{'b':{'c':2,'d':{'e':'3','f':'4'}}}" },
    { "any name, then one",  "*/d/e",         "{'b':{'d':{'e':'3'}},'items':[{},{}]}" },
    { "any name and one more", "b(*/e,d/f)",  "{'b':{'d':{'e':'3','f':'4'}}}" },
    { "all",                 "*",             "{'a':'1','b':{'c':2,'d':{'e':'3','f':'4'}},'items':[{'kind':'k','etag':'ETAG','id':'0','s':{'t':true,'u':null}},{'kind':'k','etag':'ETAG','id':'1','s':{'t':true,'u':null}}]}" },
    { "a name that is not there", "zz",       "{}" },
    { "below a scalar",      "b/zz",          "{'b':{}}" },
    { "nothing",             "",              NULL },
    { "an empty part",       "a,,b",          NULL },
    { "a comma at the end",  "a,",            NULL },
    { "a slash at the end",  "a/",            NULL },
    { "an open parenthesis", "items(id",      NULL },
    { "a closing one",       "a)",            NULL },
    { "empty parentheses",   "items()",       NULL },
    { "a blank",             "a, b",          NULL },
    { "a name after parentheses", "b(c)d",    NULL },
    { "a path after parentheses", "b(c)/d",   NULL },
    { "quotes",              "\"a\"",         NULL },
};
/* clang-format on */

static void select_sample(const struct fields *f, struct buf *body)
{
    struct out o = { .fields = f, .at = { 0 } };
    jsonw_init(&o.w, body);
    jsonw_obj(&o.w);
    write_sample(&o);
    jsonw_obj_end(&o.w);
    for (size_t i = 0; i < body->n; i++)
        if (body->p[i] == '"')
            body->p[i] = '\'';
}

/* Write ETAG for each etag: two of them must differ. */
static void name_etags(struct buf *body)
{
    const char front[] = "'etag':'", *last = NULL;
    struct buf b = BUF_INIT(4096);
    for (char *at; (at = strstr(body->p, front)) != NULL;) {
        char *etag = at + sizeof(front) - 1;
        T_TRUE("long", strcspn(etag, "'") == OUT_ETAG - 1);
        T_TRUE("different", !last || strncmp(last, etag, OUT_ETAG - 1) != 0);
        at[1] = 'E'; /* seen */
        last = etag;
    }
    for (const char *c = body->p; *c; c++) {
        bool etag = strncmp(c, "'Etag':'", 8) == 0;
        buf_z(&b, etag ? "'etag':'ETAG" : (char[]){ *c, '\0' });
        c += etag ? 8 + OUT_ETAG - 2 : 0;
    }
    buf_reset(body);
    buf_str(body, buf_view(&b));
    buf_fini(&b);
}

START_TEST(selectors_keep_what_they_name)
{
    for (size_t i = 0; i < ARRAY_LEN(selections); i++) {
        static struct fields f;
        struct err e = ERR_INIT;
        struct buf body = BUF_INIT(4096);
        int rc = fields_parse(str_of(selections[i].selector), &f, &e);
        T_RC(selections[i].name, rc, selections[i].want ? RC_OK : RC_INPUT, &e);
        if (!rc) {
            select_sample(&f, &body);
            name_etags(&body);
            T_STR(selections[i].name, buf_view(&body), selections[i].want);
        }
        buf_fini(&body);
    }
}
END_TEST

/* Parse @n times @front, a number and @back, then @end. */
static int parse_repeated(const char *front, const char *back, size_t n,
                          const char *end)
{
    static struct fields f;
    struct buf b = BUF_INIT(1 << 20);
    for (size_t i = 0; i < n; i++)
        buf_f(&b, "%s%zu%s", front, i, back);
    buf_z(&b, end);
    int rc = fields_parse(buf_view(&b), &f, NULL);
    buf_fini(&b);
    return rc;
}

START_TEST(selectors_are_bounded)
{
    T_I64("deepest", parse_repeated("a", "/", FIELDS_DEPTH_MAX - 1, "b"),
          RC_OK);
    T_I64("deeper", parse_repeated("a", "/", FIELDS_DEPTH_MAX, "b"), RC_LIMIT);
    T_I64("deeper by parentheses",
          parse_repeated("a", "(", FIELDS_DEPTH_MAX, "b"), RC_LIMIT);
    T_I64("most names", parse_repeated("a", ",", FIELDS_NODES_MAX - 2, "b"),
          RC_OK);
    T_I64("one more", parse_repeated("a", ",", FIELDS_NODES_MAX - 1, "b"),
          RC_LIMIT);
    /* '*' is copied into each sibling: that must not run away either */
    T_I64("stars", parse_repeated("*(a", ",b,*(c,d,e,f,g,h)),", 60, "x"),
          RC_LIMIT);
}
END_TEST

START_TEST(unknown_names_are_found)
{
    static struct fields shape, f;
    struct err e = ERR_INIT;
    struct str bad = STR("");
    T_OK(fields_parse(STR("a,items(id,s(t),map(*))"), &shape, &e), &e);
    T_OK(fields_parse(STR("items(id,s/t,map/de),*/id"), &f, &e), &e);
    T_TRUE("all known", fields_fit(&f, &shape, &bad));
    T_OK(fields_parse(STR("items(id,s/q)"), &f, &e), &e);
    T_TRUE("one is not", !fields_fit(&f, &shape, &bad));
    T_STR("its name", bad, "q");
    T_OK(fields_parse(STR("items/id/x"), &f, &e), &e);
    T_TRUE("below a scalar", !fields_fit(&f, &shape, &bad));
}
END_TEST

/* ---- indentation ---- */

START_TEST(indentation_changes_blanks_only)
{
    struct buf b = BUF_INIT(4096);
    out_pretty(STR("{\"a\":[],\"b\":{},\"c\":[1,{\"d\":\"x,{:\\\"}\"}]}"), &b);
    T_STR("pretty", buf_view(&b),
          "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    {\n"
          "      \"d\": \"x,{:\\\"}\"\n    }\n  ]\n}\n");
    buf_fini(&b);
}
END_TEST

/* ---- tokens ---- */

START_TEST(tokens_lead_back)
{
    char text[TOKEN_TEXT];
    struct token t = { 123456, UINT32_MAX }, back;
    token_text(t, 99, text);
    T_U64("length", strlen(text), TOKEN_TEXT - 1);
    T_TRUE("same list", token_read(str_of(text), 99, &back));
    T_U64("at", back.at, t.at);
    T_U64("position", back.position, t.position);
    T_TRUE("another list", !token_read(str_of(text), 98, &back));
    for (size_t i = 0; i + 1 < TOKEN_TEXT - 1; i++) {
        char old = text[i];
        text[i] = old == 'A' ? 'B' : 'A';
        T_TRUE("a changed character", !token_read(str_of(text), 99, &back));
        text[i] = old;
    }
    T_TRUE("a short one", !token_read(str_n(text, 10), 99, &back));
    T_TRUE("empty", !token_read(STR(""), 99, &back));
    T_TRUE("no digits", !token_read(STR("!!!!!!!!!!!!!!!!!!!!!!"), 99, &back));
}
END_TEST

START_TEST(base64_leads_back)
{
    unsigned char in[40], out[40];
    for (size_t n = 0; n < sizeof(in); n++) {
        struct buf b = BUF_INIT(100);
        size_t got = 99;
        in[n] = (unsigned char)(n * 37 + 200);
        token_base64(&b, in, n);
        T_TRUE("read", token_unbase64(buf_view(&b), out, sizeof(out), &got));
        T_U64("bytes", got, n);
        T_TRUE("equal", memcmp(in, out, n) == 0);
        T_TRUE("no room",
               !n || !token_unbase64(buf_view(&b), out, n - 1, &got));
        buf_fini(&b);
    }
}
END_TEST

/* ---- search words ---- */

/* clang-format off */
static const struct { const char *q, *title; bool fits; } words[] = {
    { "",              "anything",        true },
    { "guitar",        "My Guitar Song",  true },
    { "GUITAR song",   "My Guitar Song",  true },
    { "guitar drums",  "My Guitar Song",  false },
    { "guitar|drums",  "Drums only",      true },
    { "guitar -song",  "My Guitar Song",  false },
    { "guitar -drums", "My Guitar Song",  true },
    { "-drums",        "My Guitar Song",  true },
    { "музыка",        "новая музыка",    true },
    { "music",         "",                false },
    { "  song  ",      "song",            true },
    { "-",             "a-b",             true },
};
/* clang-format on */

START_TEST(words_are_found_in_titles)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        T_I64(words[i].q,
              search_words_fit(str_of(words[i].q), str_of(words[i].title)),
              words[i].fits);
}
END_TEST

T_SUITE("sim.query", 60, queries_are_decoded, queries_are_bounded,
        lists_take_commas_and_repetitions, parameters_are_checked_by_the_table,
        selectors_keep_what_they_name, selectors_are_bounded,
        unknown_names_are_found, indentation_changes_blanks_only,
        tokens_lead_back, base64_leads_back, words_are_found_in_titles)
