/* tests/base/conf_test.c - values, origins, mistakes and secrets. */
#include "base/conf.h"
#include "tests/base/tmp.h"

#define CANARY "canary-5ecret"

static const struct conf_row table[] = {
    { "api.key", CONF_SECRET, "", NULL, "20", "the key" },
    { "api.connections", CONF_INT, "8", "1", "64", "requests at once" },
    { "api.base_url", CONF_TEXT, "https://a", "1", "30", "the API" },
    { "log.level", CONF_CHOICE, "info", NULL, "error|warn|info", "level" },
    { "mine.refresh_after", CONF_DUR, "20h", "1m", "30d", "how old" },
    { "mine.balance", CONF_INT, "0", "-10", "1k", "may be negative" },
    { "quota.reserve", CONF_PERCENT, "5 %", "0", "100 %", "share kept" },
    { "server.cache", CONF_BYTES, "64k", "4k", "1G", "answers kept" },
    { "server.gzip", CONF_BOOL, "on", NULL, NULL, "compress" },
};

static struct conf *opened(void)
{
    struct conf *c;
    struct err e = ERR_INIT;
    T_OK(conf_open(&c, table, ARRAY_LEN(table), &e), &e);
    return c;
}

START_TEST(defaults_are_typed)
{
    struct conf *c = opened();
    T_I64("int", conf_int(c, "api.connections"), 8);
    T_I64("dur", conf_dur(c, "mine.refresh_after").ms, 20 * 3600 * 1000);
    T_I64("percent", conf_int(c, "quota.reserve"), 50000);
    T_I64("bytes", conf_int(c, "server.cache"), 65536);
    T_TRUE("bool", conf_bool(c, "server.gzip"));
    ck_assert_str_eq(conf_text(c, "log.level"), "info");
    ck_assert_str_eq(conf_text(c, "api.key"), "");
    ck_assert_int_eq(conf_origin(c, "log.level"), CONF_DEFAULT);
    ck_assert_str_eq(conf_where(c, "log.level"), "default");
    conf_close(c);
    conf_close(NULL);
}
END_TEST

static const struct {
    const char *name, *key, *text;
    int rc;
    int64_t num;
    const char *msg; /* part of the message */
} sets[] = {
    /* clang-format off */
    { "least int",               "api.connections", "1", RC_OK, 1, NULL },
    { "below the least",         "api.connections", "0", RC_CONFIG, 0, "place: api.connections: '0' is less than 1" },
    { "largest int",             "api.connections", "64", RC_OK, 64, NULL },
    { "above the largest",       "api.connections", "65", RC_CONFIG, 0, "more than 64" },
    { "thousands",               "mine.balance", "1k", RC_OK, 1000, NULL },
    { "negative",                "mine.balance", "-10", RC_OK, -10, NULL },
    { "too negative",            "mine.balance", "-11", RC_CONFIG, 0, "less than -10" },
    { "beyond 63 bits",          "mine.balance", "9223372036854775808", RC_CONFIG, 0, "64 bits" },
    { "blanks around",           "api.connections", "  9 ", RC_OK, 9, NULL },
    { "not a number",            "api.connections", "many", RC_CONFIG, 0, "'many'" },
    { "empty number",            "api.connections", "", RC_CONFIG, 0, "api.connections" },
    { "minutes",                 "mine.refresh_after", "90m", RC_OK, 5400000, NULL },
    { "bare seconds",            "mine.refresh_after", "60", RC_OK, 60000, NULL },
    { "just too short",          "mine.refresh_after", "59999ms", RC_CONFIG, 0, "less than 1m" },
    { "just too long",           "mine.refresh_after", "721h", RC_CONFIG, 0, "more than 30d" },
    { "unknown unit of time",    "mine.refresh_after", "2w", RC_CONFIG, 0, "'2w'" },
    { "percent sign",            "quota.reserve", "2.5 %", RC_OK, 25000, NULL },
    { "percent without sign",    "quota.reserve", "7", RC_OK, 70000, NULL },
    { "percent without blank",   "quota.reserve", "7%", RC_OK, 70000, NULL },
    { "one millionth",           "quota.reserve", "0.0001 %", RC_OK, 1, NULL },
    { "more than all",           "quota.reserve", "100.1 %", RC_CONFIG, 0, "more than 100 %" },
    { "less than nothing",       "quota.reserve", "-1 %", RC_CONFIG, 0, "less than 0" },
    { "a sign alone",            "quota.reserve", "%", RC_CONFIG, 0, "'%'" },
    { "kibibytes",               "server.cache", "4k", RC_OK, 4096, NULL },
    { "one byte too few",        "server.cache", "4095", RC_CONFIG, 0, "less than 4k" },
    { "one byte too many",       "server.cache", "1073741825", RC_CONFIG, 0, "more than 1G" },
    { "yes",                     "server.gzip", "yes", RC_OK, 1, NULL },
    { "off",                     "server.gzip", "off", RC_OK, 0, NULL },
    { "neither on nor off",      "server.gzip", "maybe", RC_CONFIG, 0, "on or off" },
    { "a choice",                "log.level", "warn", RC_OK, 1, NULL },
    { "part of a choice",        "log.level", "war", RC_CONFIG, 0, "error|warn|info" },
    { "two choices",             "log.level", "error|warn", RC_CONFIG, 0, "not one of" },
    { "empty choice",            "log.level", "", RC_CONFIG, 0, "not one of" },
    { "longest text",            "api.base_url", "123456789012345678901234567890", RC_OK, 30, NULL },
    { "text too long",           "api.base_url", "1234567890123456789012345678901", RC_CONFIG, 0, "more than 30 bytes" },
    { "text too short",          "api.base_url", "", RC_CONFIG, 0, "less than 1 bytes" },
    { "a line end inside",       "api.base_url", "a\nb", RC_CONFIG, 0, "control character" },
    { "a letter too few",        "api.conections", "1", RC_CONFIG, 0, "did you mean 'api.connections'?" },
    { "two letters exchanged",   "lgo.level", "warn", RC_CONFIG, 0, "did you mean 'log.level'?" },
    { "nothing like it",         "zzz", "1", RC_CONFIG, 0, "unknown key 'zzz'" },
    { "no name",                 "", "1", RC_CONFIG, 0, "unknown key ''" },
    { "a secret too long",       "api.key", CANARY CANARY, RC_CONFIG, 0, "more than 20 bytes" },
    { "a secret with a control", "api.key", CANARY "\x01x", RC_CONFIG, 0, "control character" },
    /* clang-format on */
};

START_TEST(values_are_taken_or_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        struct conf *c = opened();
        struct err e = ERR_INIT;
        T_RC(sets[i].name,
             conf_set(c, sets[i].key, str_of(sets[i].text), CONF_FILE, "place",
                      &e),
             sets[i].rc, &e);
        if (sets[i].rc) {
            ck_assert_msg(strstr(e.msg, sets[i].msg) && strstr(e.msg, "place"),
                          "%s: %s", sets[i].name, e.msg);
            ck_assert_msg(!strstr(e.msg, CANARY), "%s", e.msg);
        } else {
            T_I64(sets[i].name, conf_int(c, sets[i].key), sets[i].num);
            ck_assert_str_eq(conf_where(c, sets[i].key), "place");
        }
        conf_close(c);
    }
}
END_TEST

START_TEST(a_refused_value_changes_nothing)
{
    struct conf *c = opened();
    ck_assert_int_eq(
        conf_set(c, "api.connections", STR("0"), CONF_OPTION, "--set", NULL),
        RC_CONFIG);
    T_I64("kept", conf_int(c, "api.connections"), 8);
    ck_assert_int_eq(conf_origin(c, "api.connections"), CONF_DEFAULT);
    conf_close(c);
}
END_TEST

START_TEST(the_stronger_origin_wins_in_any_order)
{
    struct conf *c = opened();
    struct err e = ERR_INIT;
    T_OK(conf_set(c, "api.connections", STR("3"), CONF_ENV, "ENV", &e), &e);
    T_OK(conf_set(c, "api.connections", STR("2"), CONF_FILE, "f:1", &e), &e);
    T_I64("environment over file", conf_int(c, "api.connections"), 3);
    T_OK(conf_set(c, "api.connections", STR("4"), CONF_OPTION, "--set", &e),
         &e);
    T_I64("option over environment", conf_int(c, "api.connections"), 4);
    ck_assert_str_eq(conf_where(c, "api.connections"), "--set");
    ck_assert_int_eq(
        conf_set(c, "api.connections", STR("x"), CONF_FILE, "f:2", &e),
        RC_CONFIG); /* wrong, though it would not count */
    T_OK(conf_set(c, "api.connections", STR("5"), CONF_OPTION, "--set", &e),
         &e);
    T_I64("the last option", conf_int(c, "api.connections"), 5);
    conf_close(c);
}
END_TEST

START_TEST(a_secret_is_never_printed)
{
    struct conf *c = opened();
    struct err e = ERR_INIT;
    struct buf out = BUF_INIT(4000);
    ck_assert_int_eq(
        conf_set(c, "api.key", STR(CANARY), CONF_OPTION, "--set", &e),
        RC_CONFIG);
    ck_assert_ptr_null(strstr(e.msg, CANARY));
    T_OK(conf_set(c, "api.key", STR(CANARY), CONF_ENV, "SVF_API_KEY", &e), &e);
    ck_assert_str_eq(conf_text(c, "api.key"), CANARY);
    conf_print(c, &out, true);
    ck_assert_ptr_null(strstr(out.p, CANARY));
    T_TRUE("stars",
           str_starts(buf_view(&out), STR("api.key = *** ; SVF_API_KEY\n")));
    buf_fini(&out);
    conf_close(c);
}
END_TEST

START_TEST(prints_in_the_order_of_the_table)
{
    struct conf *c = opened();
    struct err e = ERR_INIT;
    struct buf out = BUF_INIT(4000);
    T_OK(conf_set(c, "log.level", STR("warn"), CONF_FILE, "svf.ini:3", &e), &e);
    conf_print(c, &out, false);
    T_STR("plain", buf_view(&out),
          "api.key = \napi.connections = 8\napi.base_url = https://a\n"
          "log.level = warn\nmine.refresh_after = 20h\nmine.balance = 0\n"
          "quota.reserve = 5 %\nserver.cache = 64k\nserver.gzip = on\n");
    buf_reset(&out);
    conf_print(c, &out, true);
    ck_assert_ptr_nonnull(strstr(out.p, "log.level = warn ; svf.ini:3\n"));
    ck_assert_ptr_nonnull(strstr(out.p, "server.gzip = on ; default\n"));
    buf_fini(&out);
    conf_close(c);
}
END_TEST

static int load(struct conf *c, struct str text, char where[512], struct err *e)
{
    struct tmp t;
    tmp_open(&t);
    tmp_write(&t, "svf.ini", text.p, text.n);
    snprintf(where, 512, "%s", t.path);
    int rc = conf_file(c, where, e);
    tmp_close(&t);
    return rc;
}

START_TEST(a_file_is_read)
{
    static const char text[] = "\xef\xbb\xbf; a comment behind a mark\n"
                               "# another\n"
                               "[log]\n"
                               "level = warn ; why\n"
                               "\n"
                               "  [api]\r\n"
                               "   connections=  12\r\n"
                               "   base_url : http://x/#a;b\n"
                               "key = " CANARY;
    struct conf *c = opened();
    struct err e = ERR_INIT;
    char path[512], want[600];
    T_OK(load(c, str_n(text, sizeof(text) - 1), path, &e), &e);
    ck_assert_str_eq(conf_text(c, "log.level"), "warn");
    T_I64("int", conf_int(c, "api.connections"), 12);
    ck_assert_str_eq(conf_text(c, "api.base_url"), "http://x/#a;b");
    ck_assert_str_eq(conf_text(c, "api.key"), CANARY);
    snprintf(want, sizeof(want), "%s:7", path);
    ck_assert_str_eq(conf_where(c, "api.connections"), want);
    ck_assert_int_eq(conf_origin(c, "api.connections"), CONF_FILE);
    conf_close(c);
}
END_TEST

#define STR_OF(literal)                                                        \
    {                                                                          \
        (literal), sizeof(literal) - 1                                         \
    }
#define LINE_50 "12345678901234567890123456789012345678901234567890"

static const struct {
    const char *name;
    struct str text;
    const char *msg;
} bad_files[] = {
    /* clang-format off */
    { "unknown key",             STR_OF("[log]\n\nlevl = warn\n"), "svf.ini:3: unknown key 'log.levl'; did you mean 'log.level'?" },
    { "bad value",               STR_OF("[log]\nlevel = loud\n"), "svf.ini:2: log.level: 'loud' is not one of" },
    { "no equals sign",          STR_OF("[log]\n\nlevel\n"), "svf.ini:3: neither" },
    { "section without end",     STR_OF("[log\nlevel = warn\n"), "svf.ini:1: neither" },
    { "key before any section",  STR_OF("level = warn\n"), "svf.ini:1: unknown key 'level'" },
    { "set twice",               STR_OF("[log]\nlevel = warn\nlevel = info\n"), "svf.ini:3: log.level is set a second time" },
    { "the first of two errors", STR_OF("[log]\nlevel = a\nlevel = b\n"), "svf.ini:2: log.level: 'a'" },
    { "a zero byte",             STR_OF("[log]\nlevel = wa\0rn\n"), "svf.ini:2: has a zero byte" },
    { "a line too long",         STR_OF("[api]\nbase_url = " LINE_50 LINE_50 LINE_50 LINE_50 "\n"), "svf.ini:2: longer than" },
    { "an endless section name", STR_OF("[" LINE_50 LINE_50 "]\nx = 1\n"), "svf.ini:2: unknown key" },
    /* clang-format on */
};

START_TEST(mistakes_in_a_file_are_told_with_their_line)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
        struct conf *c = opened();
        struct err e = ERR_INIT;
        char path[512];
        T_RC(bad_files[i].name, load(c, bad_files[i].text, path, &e), RC_CONFIG,
             &e);
        ck_assert_msg(strstr(e.msg, bad_files[i].msg), "%s: %s",
                      bad_files[i].name, e.msg);
        conf_close(c);
    }
}
END_TEST

START_TEST(an_indented_line_is_a_line_of_its_own)
{
    struct conf *c = opened();
    struct err e = ERR_INIT;
    char path[512];
    T_OK(load(c, STR("[api]\n connections = 2\n base_url = x\n"), path, &e),
         &e);
    T_I64("first", conf_int(c, "api.connections"), 2);
    ck_assert_str_eq(conf_text(c, "api.base_url"), "x");
    conf_close(c);
}
END_TEST

START_TEST(a_file_may_be_absent_empty_or_too_large)
{
    struct conf *c = opened();
    struct err e = ERR_INIT;
    char path[512];
    static char huge[1024 * 1024 + 1];
    memset(huge, '\n', sizeof(huge));
    ck_assert_int_eq(conf_file(c, "/nonexistent/svf.ini", &e), RC_NOTFOUND);
    T_OK(load(c, STR(""), path, &e), &e);
    T_OK(load(c, str_n(huge, sizeof(huge) - 1), path, &e), &e);
    ck_assert_int_eq(load(c, str_n(huge, sizeof(huge)), path, &e), RC_CONFIG);
    conf_close(c);
}
END_TEST

static const struct {
    const char *name;
    const char *env;
    int rc;
    const char *msg;
} envs[] = {
    { "a known name", "SVF_API_CONNECTIONS=3", RC_OK, NULL },
    { "a name of two words", "SVF_MINE_REFRESH_AFTER=1h", RC_OK, NULL },
    { "another program's", "PATH=/bin", RC_OK, NULL },
    { "the configuration's place", "SVF_CONFIG=/x", RC_OK, NULL },
    { "the trace", "SVF_TRACE=net", RC_OK, NULL },
    { "a test's own", "SVF_TEST_X=1", RC_OK, NULL },
    { "a section that we lack", "SVF_OTHER_X=1", RC_OK, NULL },
    { "no section", "SVF_X=1", RC_OK, NULL },
    { "no equals sign", "SVF_LOG_LEVEL", RC_OK, NULL },
    { "small letters", "svf_log_level=loud", RC_OK, NULL },
    { "a known section, unknown key", "SVF_LOG_LEVL=warn", RC_CONFIG,
      "SVF_LOG_LEVL: unknown key 'log.levl'; did you mean 'log.level'?" },
    { "a bad value", "SVF_LOG_LEVEL=loud", RC_CONFIG,
      "SVF_LOG_LEVEL: log.level: 'loud'" },
    { "an empty value", "SVF_API_CONNECTIONS=", RC_CONFIG,
      "SVF_API_CONNECTIONS: " },
    { "a bad secret", "SVF_API_KEY=" CANARY CANARY, RC_CONFIG,
      "SVF_API_KEY: api.key: more than 20 bytes" },
};

START_TEST(the_environment_is_read)
{
    for (size_t i = 0; i < ARRAY_LEN(envs); i++) {
        struct conf *c = opened();
        struct err e = ERR_INIT;
        char one[200];
        snprintf(one, sizeof(one), "%s", envs[i].env);
        char *environment[] = { one, NULL };
        T_RC(envs[i].name, conf_env(c, environment, &e), envs[i].rc, &e);
        ck_assert_msg(!envs[i].msg || strstr(e.msg, envs[i].msg), "%s: %s",
                      envs[i].name, e.msg);
        ck_assert_msg(!strstr(e.msg, CANARY), "%s", e.msg);
        conf_close(c);
    }
}
END_TEST

START_TEST(the_environment_sets_values_and_their_place)
{
    struct conf *c = opened();
    struct err e = ERR_INIT;
    char a[] = "SVF_MINE_REFRESH_AFTER=90s", b[] = "SVF_API_KEY=" CANARY;
    char *environment[] = { a, b, NULL };
    T_OK(conf_env(c, environment, &e), &e);
    T_I64("dur", conf_dur(c, "mine.refresh_after").ms, 90000);
    ck_assert_str_eq(conf_where(c, "api.key"), "SVF_API_KEY");
    ck_assert_int_eq(conf_origin(c, "api.key"), CONF_ENV);
    conf_close(c);
}
END_TEST

START_TEST(a_default_out_of_its_bounds_is_told)
{
    static const struct conf_row bad[] = {
        { "a.b", CONF_INT, "5", "6", NULL, "" },
    };
    struct conf *c = NULL;
    struct err e = ERR_INIT;
    ck_assert_int_eq(conf_open(&c, bad, 1, &e), RC_CONFIG);
    ck_assert_str_eq(e.msg, "default of a.b: '5' is less than 6");
    ck_assert_ptr_null(c);
}
END_TEST

START_TEST(the_sample_is_a_valid_file)
{
    struct buf out = BUF_INIT(4000);
    conf_sample(table, 4, &out);
    T_STR("text", buf_view(&out),
          "[api]\n; the key\n;key = \n; requests at once\n;connections = 8\n"
          "; the API\n;base_url = https://a\n\n[log]\n; level\n"
          "; one of error|warn|info\n;level = info\n");
    struct conf *c = opened();
    struct err e = ERR_INIT;
    char path[512];
    T_OK(load(c, buf_view(&out), path, &e), &e);
    buf_fini(&out);
    conf_close(c);
}
END_TEST

START_TEST(durations_are_read)
{
    static const struct {
        const char *name, *text;
        int rc;
        int64_t ms;
    } rows[] = {
        { "milliseconds", "250ms", RC_OK, 250 },
        { "seconds", "10s", RC_OK, 10000 },
        { "minutes", "4m", RC_OK, 240000 },
        { "hours", "20h", RC_OK, 72000000 },
        { "days", "30d", RC_OK, 2592000000 },
        { "bare", "7", RC_OK, 7000 },
        { "zero", "0", RC_OK, 0 },
        { "a century", "36525d", RC_OK, INT64_C(3155760000000) },
        { "more than a century", "36526d", RC_INPUT, 0 },
        { "an overflow", "99999999999999999d", RC_INPUT, 0 },
        { "negative", "-1s", RC_INPUT, 0 },
        { "a fraction", "1.5h", RC_INPUT, 0 },
        { "a blank", "1 s", RC_INPUT, 0 },
        { "a unit alone", "s", RC_INPUT, 0 },
        { "an unknown unit", "3y", RC_INPUT, 0 },
        { "capitals", "3H", RC_INPUT, 0 },
        { "empty", "", RC_INPUT, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        dur_t d = { 4242 };
        T_RC(rows[i].name, conf_parse_dur(str_of(rows[i].text), &d, &e),
             rows[i].rc, &e);
        T_I64(rows[i].name, d.ms, rows[i].rc ? 4242 : rows[i].ms);
    }
}
END_TEST

START_TEST(the_nearest_name_is_near)
{
    static const char *const names[] = { "mine",  "top",  "status",
                                         "serve", "soak", "show" };
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "sohw", "show" }, /* an exchange is one edit */
        { "mnie", "mine" },    { "tpo", "top" },         { "statsu", "status" },
        { "server", "serve" }, { "xxxx", NULL },         { "", NULL },
        { "top", "top" },      { "sttatuss", "status" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *got = conf_nearest(rows[i].text, names, ARRAY_LEN(names));
        ck_assert_msg((!got && !rows[i].want) ||
                          (got && rows[i].want && !strcmp(got, rows[i].want)),
                      "%s: got %s", rows[i].text, got ? got : "nothing");
    }
    char endless[300];
    memset(endless, 'x', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    ck_assert_ptr_null(conf_nearest(endless, names, ARRAY_LEN(names)));
}
END_TEST

T_SUITE("base.conf", 30, defaults_are_typed, values_are_taken_or_refused,
        a_refused_value_changes_nothing, the_stronger_origin_wins_in_any_order,
        a_secret_is_never_printed, prints_in_the_order_of_the_table,
        a_file_is_read, mistakes_in_a_file_are_told_with_their_line,
        an_indented_line_is_a_line_of_its_own,
        a_file_may_be_absent_empty_or_too_large, the_environment_is_read,
        the_environment_sets_values_and_their_place,
        a_default_out_of_its_bounds_is_told, the_sample_is_a_valid_file,
        durations_are_read, the_nearest_name_is_near)
