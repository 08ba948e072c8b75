/* tests/contract/items.c - counters, documents and their names. */
#include "tests/contract/contract.h"

/* ---- counters ---- */

/* Counts on one key in turn. */
static const struct {
    const char *name;
    int64_t delta, limit;
    int want;
    int64_t value;
} counts[] = {
    /* clang-format off */
    { "a counter begins at 0",           0, 10,         RC_OK,    0 },
    { "up to one below the limit",       9, 10,         RC_OK,    9 },
    { "to the limit",                    1, 10,         RC_OK,    10 },
    { "one above it",                    1, 10,         RC_LIMIT, 10 },
    { "a lower limit refuses reading",   0, 9,          RC_LIMIT, 10 },
    { "a higher limit",                  1, 11,         RC_OK,    11 },
    { "down",                          -11, 11,         RC_OK,    0 },
    { "below 0",                        -1, 11,         RC_LIMIT, 0 },
    { "to the largest number",   INT64_MAX, INT64_MAX,  RC_OK,    INT64_MAX },
    { "beyond it",                       1, INT64_MAX,  RC_LIMIT, INT64_MAX },
    { "far beyond it",           INT64_MAX, INT64_MAX,  RC_LIMIT, INT64_MAX },
    { "all the way down",       -INT64_MAX, 0,          RC_OK,    0 },
    { "the smallest number",     INT64_MIN, INT64_MAX,  RC_LIMIT, 0 },
    { "a negative limit",                0, -1,         RC_LIMIT, 0 },
    /* clang-format on */
};

START_TEST(a_counter_keeps_within_its_limit)
{
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        int64_t value = -7;
        T_RC(counts[i].name,
             store_count(fx.s, "c", counts[i].delta, counts[i].limit, &value,
                         &fx.e),
             counts[i].want, &fx.e);
        T_I64(counts[i].name, value, counts[i].value);
    }
}
END_TEST

START_TEST(counters_survive)
{
    int64_t value;
    T_OK(store_count(fx.s, "c", 5, 10, &value, &fx.e), &fx.e);
    T_OK(store_count(fx.s, "c", 1, 10, NULL, &fx.e), &fx.e);
    reopen();
    T_OK(store_count(fx.s, "c", 0, 10, &value, &fx.e), &fx.e);
    T_I64("value", value, 6);
}
END_TEST

/* Keys and values that a list met, joined. */
struct listed {
    struct buf b;
    int left; /* calls until it ends the list; -1 = never */
};

static int list_count(void *ctx, const char *key, int64_t value)
{
    struct listed *x = ctx;
    if (x->left == 0)
        return RC_CANCELLED;
    x->left--;
    buf_f(&x->b, "%s=%lld ", key, (long long)value);
    return RC_OK;
}

static void check_counts(const char *prefix, const char *want)
{
    struct listed x = { .b = BUF_INIT(4096), .left = -1 };
    T_OK(store_counts(fx.s, prefix, list_count, &x, &fx.e), &fx.e);
    T_STR(prefix, buf_view(&x.b), want);
    buf_fini(&x.b);
}

START_TEST(counters_are_listed_in_the_order_of_their_bytes)
{
    static const char *const keys[] = { "q/b", "q/a", "q",    "q/\xc3\xa9",
                                        "q0",  "Q/z", "q/a/1" };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        T_OK(store_count(fx.s, keys[i], (int64_t)i + 1, 99, NULL, &fx.e),
             &fx.e);
    check_counts("", "Q/z=6 q=3 q/a=2 q/a/1=7 q/b=1 q/\xc3\xa9=4 q0=5 ");
    check_counts("q/", "q/a=2 q/a/1=7 q/b=1 q/\xc3\xa9=4 ");
    check_counts("q/a/1", "q/a/1=7 ");
    check_counts("r", "");
    struct listed x = { .b = BUF_INIT(4096), .left = 2 };
    T_RC("the callback ends it", store_counts(fx.s, "", list_count, &x, &fx.e),
         RC_CANCELLED, &fx.e);
    T_STR("after two", buf_view(&x.b), "Q/z=6 q=3 ");
    buf_fini(&x.b);
}
END_TEST

static const TTest **const counter_tests[] = {
    &a_counter_keeps_within_its_limit, &counters_survive,
    &counters_are_listed_in_the_order_of_their_bytes, NULL
};

/* ---- documents ---- */

#define GONE "(gone)" /* a body that means: delete, or absent */

/* Writes of one document in turn. */
static const struct {
    const char *name;
    uint64_t expect;
    const char *body;
    uint64_t fence;
    int want;
    uint64_t version;
    const char *then;
} writes[] = {
    /* clang-format off */
    { "a version of what is not there",   1, "a", 0, RC_EXISTS, 0, GONE },
    { "made when absent",                 0, "a", 0, RC_OK,     1, "a" },
    { "made twice",                       0, "b", 0, RC_EXISTS, 1, "a" },
    { "replaced by its version",          1, "b", 0, RC_OK,     2, "b" },
    { "replaced by an old version",       1, "c", 0, RC_EXISTS, 2, "b" },
    { "replaced by a future version",     3, "c", 0, RC_EXISTS, 2, "b" },
    { "replaced whatever it is", STORE_DOC_ANY, "c", 0, RC_OK,  3, "c" },
    { "the same body is a write too",     3, "c", 0, RC_OK,     4, "c" },
    { "emptied",                          4, "",  0, RC_OK,     5, "" },
    { "written with a token",             5, "d", 7, RC_OK,     6, "d" },
    { "with an older token",              6, "e", 6, RC_FENCED, 6, "d" },
    { "without one",                      6, "e", 0, RC_OK,     7, "e" },
    { "an older token is still refused", STORE_DOC_ANY, "f", 6,
      RC_FENCED, 7, "e" },
    { "deleted by a wrong version",       6, GONE, 0, RC_EXISTS, 7, "e" },
    { "deleted by an older token",        7, GONE, 6, RC_FENCED, 7, "e" },
    { "deleted",                          7, GONE, 7, RC_OK,     0, GONE },
    { "deleted twice",                    0, GONE, 0, RC_OK,     0, GONE },
    { "made again: its versions go on",   0, "g", 1, RC_OK,     8, "g" },
    { "deleted whatever it is", STORE_DOC_ANY, GONE, 0, RC_OK,  0, GONE },
    { "deleted when absent",    STORE_DOC_ANY, GONE, 0, RC_OK,  0, GONE },
    /* clang-format on */
};

static struct str body_of(const char *z)
{
    return strcmp(z, GONE) == 0 ? str_n(NULL, 0) : str_of(z);
}

static void check_doc(const char *name, const char *key, const char *body,
                      uint64_t version)
{
    struct buf b = BUF_INIT(4096);
    uint64_t got = 99;
    int rc = store_doc_get(fx.s, key, &b, &got, &fx.e);
    if (strcmp(body, GONE) == 0) {
        T_RC(name, rc, RC_NOTFOUND, &fx.e);
    } else {
        T_RC(name, rc, RC_OK, &fx.e);
        T_STR(name, buf_view(&b), body);
    }
    T_U64(name, got, version);
    buf_fini(&b);
}

START_TEST(a_document_is_compared_and_set)
{
    for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
        uint64_t version = 99;
        T_RC(writes[i].name,
             store_doc_put(fx.s, "d", writes[i].expect, body_of(writes[i].body),
                           writes[i].fence, &version, &fx.e),
             writes[i].want, &fx.e);
        T_U64(writes[i].name, version, writes[i].want ? 99 : writes[i].version);
        check_doc(writes[i].name, "d", writes[i].then, writes[i].version);
    }
}
END_TEST

START_TEST(a_document_may_hold_any_bytes)
{
    char bytes[256];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(255 - i);
    struct buf b = BUF_INIT(4096);
    uint64_t version;
    buf_z(&b, "kept:");
    T_OK(store_doc_put(fx.s, "d", 0, str_n(bytes, sizeof(bytes)), 0, NULL,
                       &fx.e),
         &fx.e);
    reopen();
    T_OK(store_doc_get(fx.s, "d", &b, &version, &fx.e), &fx.e);
    T_U64("behind what was there", b.n, 5 + sizeof(bytes));
    T_TRUE("equal", memcmp(b.p + 5, bytes, sizeof(bytes)) == 0);
    buf_fini(&b);
    b = (struct buf)BUF_INIT(255);
    T_RC("a buffer too small", store_doc_get(fx.s, "d", &b, &version, &fx.e),
         RC_LIMIT, &fx.e);
    buf_fini(&b);
    T_OK(store_doc_get(fx.s, "d", NULL, NULL, &fx.e), &fx.e);
}
END_TEST

START_TEST(a_document_has_a_largest_size)
{
    char *big = malloc(STORE_DOC_MAX + 1);
    memset(big, 'x', STORE_DOC_MAX + 1);
    struct buf b = BUF_INIT(STORE_DOC_MAX);
    T_RC("one byte more",
         store_doc_put(fx.s, "d", 0, str_n(big, STORE_DOC_MAX + 1), 0, NULL,
                       &fx.e),
         RC_LIMIT, &fx.e);
    T_OK(store_doc_put(fx.s, "d", 0, str_n(big, STORE_DOC_MAX), 0, NULL, &fx.e),
         &fx.e);
    T_OK(store_doc_get(fx.s, "d", &b, NULL, &fx.e), &fx.e);
    T_U64("all of it", b.n, STORE_DOC_MAX);
    buf_fini(&b);
    free(big);
}
END_TEST

static int list_doc(void *ctx, const char *key, uint64_t version,
                    struct str body)
{
    struct listed *x = ctx;
    if (x->left == 0)
        return RC_CANCELLED;
    x->left--;
    buf_f(&x->b, "%s/%llu=%.*s ", key, (unsigned long long)version,
          STR_ARG(body));
    return RC_OK;
}

static void put_doc(const char *key, const char *body)
{
    T_OK(store_doc_put(fx.s, key, STORE_DOC_ANY, str_of(body), 0, NULL, &fx.e),
         &fx.e);
}

START_TEST(documents_are_listed_in_the_order_of_their_bytes)
{
    struct listed x = { .b = BUF_INIT(4096), .left = -1 };
    put_doc("b:2", "two");
    put_doc("b:10", "ten");
    put_doc("a", "");
    put_doc("b:2", "zwei");
    put_doc("c", "see");
    T_OK(store_doc_list(fx.s, "b:", list_doc, &x, &fx.e), &fx.e);
    T_STR("with the prefix", buf_view(&x.b), "b:10/1=ten b:2/2=zwei ");
    buf_reset(&x.b);
    T_OK(store_doc_list(fx.s, "", list_doc, &x, &fx.e), &fx.e);
    T_STR("all", buf_view(&x.b), "a/1= b:10/1=ten b:2/2=zwei c/1=see ");
    buf_reset(&x.b);
    x.left = 1;
    T_RC("the callback ends it", store_doc_list(fx.s, "", list_doc, &x, &fx.e),
         RC_CANCELLED, &fx.e);
    T_STR("after one", buf_view(&x.b), "a/1= ");
    buf_fini(&x.b);
}
END_TEST

static int delete_doc(void *ctx, const char *key, uint64_t version,
                      struct str body)
{
    (void)body;
    ++*(int *)ctx;
    return store_doc_put(fx.s, key, version, str_n(NULL, 0), 0, NULL, &fx.e);
}

START_TEST(a_list_may_be_emptied_while_it_is_read)
{
    int n = 0;
    put_doc("a", "1");
    put_doc("b", "2");
    put_doc("c", "3");
    T_OK(store_doc_list(fx.s, "", delete_doc, &n, &fx.e), &fx.e);
    T_I64("each was met", n, 3);
    T_OK(store_doc_list(fx.s, "", delete_doc, &n, &fx.e), &fx.e);
    T_I64("none is left", n, 3);
}
END_TEST

static const TTest **const doc_tests[] = {
    &a_document_is_compared_and_set,
    &a_document_may_hold_any_bytes,
    &a_document_has_a_largest_size,
    &documents_are_listed_in_the_order_of_their_bytes,
    &a_list_may_be_emptied_while_it_is_read,
    NULL
};

/* ---- names ---- */

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *name, *key;
    bool good;
} names[] = {
    { "empty", "", false },
    { "one byte", "a", true },
    { "199 bytes", HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345678",
      true },
    { "200 bytes", HUNDRED HUNDRED, true },
    { "201 bytes", HUNDRED HUNDRED "a", false },
    { "a blank", "a b", true },
    { "a line feed", "a\nb", false },
    { "a tab", "a\tb", false },
    { "delete", "a\x7f", false },
    { "not UTF-8", "a\xff", false },
    { "cut UTF-8", "a\xe6\x97", false },
    { "other scripts", "\xe6\x97\xa5\xe6\x9c\xac", true },
    { "quotes", "'\"`;--", true },
    { "wild cards", "%_*?", true },
    { "dollar and dot", "$a.b", true },
};

START_TEST(a_name_is_text_of_one_line)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        int want = names[i].good ? RC_OK : RC_INPUT;
        int64_t value;
        T_RC(names[i].name,
             store_count(fx.s, names[i].key, 1, 9, &value, &fx.e), want, &fx.e);
        T_RC(names[i].name,
             store_doc_put(fx.s, names[i].key, 0, STR("x"), 0, NULL, &fx.e),
             want, &fx.e);
        if (names[i].good)
            check_doc(names[i].name, names[i].key, "x", 1);
    }
}
END_TEST

START_TEST(prefixes_are_no_patterns)
{
    put_doc("a_b", "1");
    put_doc("aXb", "2");
    put_doc("a%b", "3");
    struct listed x = { .b = BUF_INIT(4096), .left = -1 };
    T_OK(store_doc_list(fx.s, "a_", list_doc, &x, &fx.e), &fx.e);
    T_OK(store_doc_list(fx.s, "a%", list_doc, &x, &fx.e), &fx.e);
    T_OK(store_doc_list(fx.s, "a.", list_doc, &x, &fx.e), &fx.e);
    T_STR("only what begins so", buf_view(&x.b), "a_b/1=1 a%b/1=3 ");
    buf_fini(&x.b);
}
END_TEST

static const TTest **const name_tests[] = { &a_name_is_text_of_one_line,
                                            &prefixes_are_no_patterns, NULL };

const struct contract_case item_cases[] = {
    { "counters", counter_tests },
    { "docs", doc_tests },
    { "names", name_tests },
    { NULL, NULL },
};
