/* tests/api/uri_test.c - raw request targets: rows are addresses. */
#include "api/api_priv.h"
#include "tests/t.h"

static const struct {
    const char *name, *raw;
    int rc;
    const char *path;
    size_t n_params;
    const char *param, *value; /* of the last parameter */
} table[] = {
    { "the root", "/", RC_OK, "/", 0, NULL, NULL },
    { "a path and a parameter", "/a/b?top=1", RC_OK, "/a/b", 1, "top", "1" },
    { "the absolute form", "http://h:1/a?x=y", RC_OK, "/a", 1, "x", "y" },
    { "the absolute form without a path", "http://h", RC_OK, "/", 0, NULL,
      NULL },
    { "the absolute form with a slash in its query only", "http://h?x=/y",
      RC_INPUT, NULL, 0, NULL, NULL },
    { "escapes and plus", "/?q=a+b%20c%2Bd", RC_OK, "/", 1, "q", "a b c+d" },
    { "plus in a path stays", "/a+b", RC_OK, "/a+b", 0, NULL, NULL },
    { "UTF-8", "/?q=%C3%A9", RC_OK, "/", 1, "q", "\xc3\xa9" },
    { "a parameter without a value", "/?a", RC_OK, "/", 1, "a", "" },
    { "an empty value", "/?a=", RC_OK, "/", 1, "a", "" },
    { "a value with an equals sign", "/?a=b=c", RC_OK, "/", 1, "a", "b=c" },
    { "empty pieces are nothing", "/?&&a=1&", RC_OK, "/", 1, "a", "1" },
    { "an escape at the very end", "/?a=%41", RC_OK, "/", 1, "a", "A" },
    { "an escaped NUL", "/a%00b", RC_INPUT, NULL, 0, NULL, NULL },
    { "an escaped line feed", "/?a=%0a", RC_INPUT, NULL, 0, NULL, NULL },
    { "a bad escape", "/?a=%zz", RC_INPUT, NULL, 0, NULL, NULL },
    { "an escape cut after the sign", "/?a=%", RC_INPUT, NULL, 0, NULL, NULL },
    { "an escape cut after one digit", "/?a=%4", RC_INPUT, NULL, 0, NULL,
      NULL },
    { "not a path", "a", RC_INPUT, NULL, 0, NULL, NULL },
    { "nothing", "", RC_INPUT, NULL, 0, NULL, NULL },
};

START_TEST(rows_hold)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct request q;
        struct err e = ERR_INIT;
        int rc = uri_decode(table[i].raw, &q, &e);
        T_RC(table[i].name, rc, table[i].rc, &e);
        if (rc)
            continue;
        T_STR(table[i].name, q.path, table[i].path);
        T_U64(table[i].name, q.n_params, table[i].n_params);
        if (!q.n_params)
            continue;
        T_STR(table[i].name, q.params[q.n_params - 1].name, table[i].param);
        T_STR(table[i].name, q.params[q.n_params - 1].value, table[i].value);
    }
}
END_TEST

/* "/?" and @n parameters "a=&". */
static char *many(size_t n)
{
    char *raw = calloc(1, 4 * n + 3);
    ck_assert_ptr_nonnull(raw);
    raw[0] = '/';
    raw[1] = '?';
    for (size_t i = 0; i < n; i++) {
        raw[2 + 3 * i] = 'a';
        raw[3 + 3 * i] = '=';
        raw[4 + 3 * i] = '&';
    }
    return raw;
}

START_TEST(bounds)
{
    struct request q;
    struct err e = ERR_INIT;
    char *raw = many(API_PARAMS_MAX);
    T_RC("as many parameters as allowed", uri_decode(raw, &q, &e), RC_OK, &e);
    free(raw);
    raw = many(API_PARAMS_MAX + 1);
    T_RC("one too many", uri_decode(raw, &q, &e), RC_INPUT, &e);
    free(raw);
    raw = calloc(1, API_URI_MAX + 2);
    ck_assert_ptr_nonnull(raw);
    memset(raw, 'a', API_URI_MAX);
    raw[0] = '/';
    T_RC("as long as allowed", uri_decode(raw, &q, &e), RC_OK, &e);
    raw[API_URI_MAX] = 'a';
    T_RC("one byte longer", uri_decode(raw, &q, &e), RC_LIMIT, &e);
    free(raw);
}
END_TEST

T_SUITE("api.uri", 10, rows_hold, bounds)
