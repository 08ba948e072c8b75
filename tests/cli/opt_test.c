/* tests/cli/opt_test.c - options by table: rows are command lines. */
#include "cli/opt_priv.h"
#include "tests/t.h"

#include <string.h>

static const struct opt_row rows[] = {
    { "limit", 'n', OPT_ONE, "N", "" },
    { "set", 0, OPT_MANY, "K=V", "" },
    { "json", 0, OPT_FLAG, NULL, "" },
};

static const struct {
    const char *name;
    const char *argv[6];
    int rc;
    const char *limit; /* value of --limit, NULL = not given */
    size_t words;
    const char *message; /* part of the error */
} table[] = {
    { "nothing at all", { NULL }, RC_OK, NULL, 0, NULL },
    { "long with a blank", { "--limit", "3" }, RC_OK, "3", 0, NULL },
    { "long with =", { "--limit=3" }, RC_OK, "3", 0, NULL },
    { "an empty value is a value", { "--limit=" }, RC_OK, "", 0, NULL },
    { "short, apart", { "-n", "3" }, RC_OK, "3", 0, NULL },
    { "short, together", { "-n3" }, RC_OK, "3", 0, NULL },
    { "a value may begin with -", { "--limit", "-5" }, RC_OK, "-5", 0, NULL },
    { "words between options", { "a", "--json", "b" }, RC_OK, NULL, 2, NULL },
    { "behind -- all are words",
      { "--", "--limit", "-n" },
      RC_OK,
      NULL,
      2,
      NULL },
    { "a lone - is a word", { "-" }, RC_OK, NULL, 1, NULL },
    { "twice is refused",
      { "-n3", "--limit=4" },
      RC_INPUT,
      NULL,
      0,
      "given twice" },
    { "many may repeat", { "--set", "a", "--set=b" }, RC_OK, NULL, 0, NULL },
    { "a missing value", { "--limit" }, RC_INPUT, NULL, 0, "needs a value" },
    { "a flag takes none", { "--json=1" }, RC_INPUT, NULL, 0, "no value" },
    { "the nearest is told",
      { "--limt=3" },
      RC_INPUT,
      NULL,
      0,
      "did you mean --limit" },
    { "far from everything",
      { "--zzzzzzzz" },
      RC_INPUT,
      NULL,
      0,
      "unknown option --zzzzzzzz" },
    { "an unknown letter", { "-x" }, RC_INPUT, NULL, 0, "-x" },
};

START_TEST(rows_hold)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct opts o = { .rows = { rows }, .n_rows = { ARRAY_LEN(rows) } };
        struct err e = ERR_INIT;
        int argc = 0;
        while (argc < 6 && table[i].argv[argc])
            argc++;
        int rc = opt_parse(&o, argc, table[i].argv, false, NULL, &e);
        T_RC(table[i].name, rc, table[i].rc, &e);
        if (rc == RC_OK) {
            const char *got = opt_value(&o, "limit");
            const char *want = table[i].limit;
            ck_assert_msg(!got == !want && (!got || !strcmp(got, want)),
                          "%s: limit is %s", table[i].name, got);
            T_U64(table[i].name, o.n_words, table[i].words);
        } else {
            ck_assert_msg(strstr(e.msg, table[i].message) != NULL, "%s: %s",
                          table[i].name, e.msg);
        }
        opt_fini(&o);
    }
}
END_TEST

START_TEST(stops_before_the_first_word)
{
    const char *argv[] = { "--json", "top", "--limit", "3" };
    struct opts o = { .rows = { rows }, .n_rows = { ARRAY_LEN(rows) } };
    struct err e = ERR_INIT;
    int used = 0;
    T_OK(opt_parse(&o, 4, argv, true, &used, &e), &e);
    T_I64("used", used, 1);
    T_TRUE("json", opt_has(&o, "json") && !opt_has(&o, "limit"));
    opt_fini(&o);
}
END_TEST

START_TEST(repeated_values_keep_their_order)
{
    const char *argv[] = { "--set", "a", "--set", "b" };
    struct opts o = { .rows = { rows }, .n_rows = { ARRAY_LEN(rows) } };
    struct err e = ERR_INIT;
    T_OK(opt_parse(&o, 4, argv, false, NULL, &e), &e);
    T_STR("first", str_of(opt_nth(&o, "set", 0)), "a");
    T_STR("second", str_of(opt_nth(&o, "set", 1)), "b");
    T_TRUE("no third", opt_nth(&o, "set", 2) == NULL);
    opt_fini(&o);
}
END_TEST

T_SUITE("cli.opt", 10, rows_hold, stops_before_the_first_word,
        repeated_values_keep_their_order)
