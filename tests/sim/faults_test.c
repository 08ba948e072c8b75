/* Faults on request: rules of sim/faults.c, and what they do to an answer. */
#include "tests/sim/sim_t.h"

#include <stdio.h>
#include <string.h>

enum { ASKED = 12 };

/* Every row of rules is applied to ASKED requests, in turn of videos.list
 * and search.list; 'x' = struck by the first rule, 'y' by the second. */
/* clang-format off */
static const struct { const char *name, *json, *videos, *search; } rules[] = {
    { "no rules",             "[]",                                             "............", "............" },
    { "everything",           "[{}]",                                           "xxxxxxxxxxxx", "xxxxxxxxxxxx" },
    { "an object",            "{'seed':3,'faults':[{}]}",                       "xxxxxxxxxxxx", "xxxxxxxxxxxx" },
    { "a method",             "[{'match':{'method':'videos.list'}}]",           "xxxxxxxxxxxx", "............" },
    { "its short name",       "[{'match':{'method':'videos'}}]",                "xxxxxxxxxxxx", "............" },
    { "its full name",        "[{'match':{'method':'youtube.search.list'}}]",   "............", "xxxxxxxxxxxx" },
    { "any method",           "[{'match':{'method':'*'}}]",                     "xxxxxxxxxxxx", "xxxxxxxxxxxx" },
    { "the third of all",     "[{'match':{'nth':3}}]",                          ".x..........", "............" },
    { "the third of a method", "[{'match':{'method':'search','nth':3}}]",       "............", "..x........." },
    { "three from the second", "[{'match':{'method':'videos','nth':2,'count':3}}]", ".xxx........", "............" },
    { "the first two",        "[{'match':{'method':'videos','count':2}}]",      "xx..........", "............" },
    { "each fourth",          "[{'match':{'method':'videos','every':4}}]",      "...x...x...x", "............" },
    { "every and nth",        "[{'match':{'method':'videos','every':4,'nth':5,'count':5}}]", ".......x....", "............" },
    { "never",                "[{'match':{'probability':0}}]",                  "............", "............" },
    { "always",               "[{'match':{'probability':1}}]",                  "xxxxxxxxxxxx", "xxxxxxxxxxxx" },
    { "the first that matches wins", "[{'match':{'method':'videos','every':3}},{'match':{'method':'videos','every':2}}]", ".yxy.x.yxy.x", "............" },
    { "another method's rule does not count", "[{'match':{'method':'channels'}}]", "............", "............" },
};
/* clang-format on */

/* @json with '"' for '\''. */
static struct str quoted(const char *json, char ret[4096])
{
    size_t n = strlen(json);
    ck_assert(n < 4096);
    for (size_t i = 0; i <= n; i++)
        ret[i] = json[i] == '\'' ? '"' : json[i];
    return str_n(ret, n);
}

/* Which rule struck: told apart by the delays that mark() gives them. */
static char struck(struct faults *f, const char *method)
{
    struct fault got;
    struct err e = ERR_INIT;
    T_OK(faults_next(f, method, &got, &e), &e);
    char mark = got.delay_ms == 1 ? 'x' : got.delay_ms == 2 ? 'y' : '.';
    fault_fini(&got);
    return mark;
}

/* Add "action":{"delayMs":k} to the k-th rule of @json: each begins "[{" or
 * "},{". */
static void mark(const char *json, char ret[4096])
{
    struct buf b = BUF_INIT(4095);
    int k = 0;
    for (const char *c = json; *c; c++) {
        buf_c(&b, *c);
        bool begins = c > json && *c == '{' &&
                      (c[-1] == '[' || (c[-1] == ',' && c[-2] == '}'));
        if (begins)
            buf_f(&b, "'action':{'delayMs':%d}%s", ++k, c[1] == '}' ? "" : ",");
    }
    (void)quoted(b.p, ret);
    buf_fini(&b);
}

START_TEST(rules_strike_what_they_match)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        struct faults f;
        struct err e = ERR_INIT;
        char json[4096], videos[ASKED + 1] = "", search[ASKED + 1] = "";
        faults_init(&f, 7);
        mark(rules[i].json, json);
        T_OK(faults_set(&f, str_of(json), &e), &e);
        for (int k = 0; k < ASKED; k++) {
            videos[k] = struck(&f, "videos.list");
            search[k] = struck(&f, "search.list");
        }
        T_STR(rules[i].name, str_of(videos), rules[i].videos);
        T_STR(rules[i].name, str_of(search), rules[i].search);
        faults_fini(&f);
    }
}
END_TEST

/* The pattern of 300 requests at one half, with @seed in the document or as
 * the default. */
static void half(uint64_t seed, bool said, char ret[301])
{
    struct faults f;
    struct err e = ERR_INIT;
    char json[200];
    snprintf(json, sizeof(json),
             "{%s\"faults\":[{\"match\":{\"probability\":0.5},"
             "\"action\":{\"delayMs\":1}}]}",
             said ? "\"seed\":42," : "");
    faults_init(&f, seed);
    T_OK(faults_set(&f, str_of(json), &e), &e);
    for (int i = 0; i < 300; i++)
        ret[i] = struck(&f, "videos.list");
    ret[300] = '\0';
    faults_fini(&f);
}

START_TEST(the_same_seed_gives_the_same_faults)
{
    char a[301], b[301], c[301], d[301];
    half(7, false, a);
    half(7, false, b);
    half(8, false, c);
    half(8, true, d);
    T_STR("same seed", str_of(a), b);
    T_TRUE("another seed", strcmp(a, c) != 0);
    half(7, true, b);
    T_STR("the document's seed wins", str_of(b), d);
    size_t hits = 0;
    for (int i = 0; i < 300; i++)
        hits += a[i] == 'x';
    T_TRUE("about a half", hits > 120 && hits < 180);
}
END_TEST

/* clang-format off */
static const struct { const char *name, *json, *says; } wrongs[] = {
    { "empty",               "",                                     "line" },
    { "no JSON",             "[{",                                   "line" },
    { "a number",            "5",                                    "line" },
    { "an object without faults", "{}",                              "list" },
    { "a rule that is a list", "[[]]",                               "fault 1" },
    { "an unknown key",      "[{'when':{}}]",                        "when" },
    { "match is a text",     "[{'match':'videos'}]",                 "match" },
    { "an unknown condition", "[{'match':{'first':1}}]",             "first" },
    { "an unknown method",   "[{'match':{'method':'captions'}}]",    "method" },
    { "a method that is a number", "[{'match':{'method':5}}]",       "method" },
    { "the 0th",             "[{'match':{'nth':0}}]",                "nth" },
    { "every half",          "[{'match':{'every':0.5}}]",            "every" },
    { "more than certain",   "[{'match':{'probability':1.01}}]",     "probability" },
    { "less than never",     "[{'match':{'probability':-0.1}}]",     "probability" },
    { "an unknown action",   "[{'action':{'explode':true}}]",        "explode" },
    { "status 199",          "[{'action':{'status':199}}]",          "status" },
    { "status 600",          "[{'action':{'status':600}}]",          "status" },
    { "a negative delay",    "[{'action':{'delayMs':-1}}]",          "delayMs" },
    { "a delay over an hour", "[{'action':{'delayMs':3600001}}]",    "delayMs" },
    { "no drip at all",      "[{'action':{'dripBytesPerSecond':0}}]", "dripBytesPerSecond" },
    { "a body that is an object", "[{'action':{'body':{}}}]",        "body" },
    { "the second one is wrong", "[{},{'action':{'status':1}}]",     "fault 2" },
    { "a seed of text",      "{'seed':'x','faults':[]}",             "seed" },
};
/* clang-format on */

START_TEST(a_wrong_list_changes_nothing)
{
    struct faults f;
    struct err e = ERR_INIT;
    char json[4096];
    faults_init(&f, 7);
    T_OK(faults_set(&f, quoted("[{'action':{'delayMs':1}}]", json), &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
        int rc = faults_set(&f, quoted(wrongs[i].json, json), &e);
        T_RC(wrongs[i].name, rc, RC_INPUT, &e);
        ck_assert_msg(strstr(e.msg, wrongs[i].says), "%s: %s", wrongs[i].name,
                      e.msg);
        T_I64(wrongs[i].name, struck(&f, "videos.list"), 'x');
    }
    faults_clear(&f);
    T_I64("cleared", struck(&f, "videos.list"), '.');
    faults_fini(&f);
}
END_TEST

/* @n rules that do nothing. */
static int set_many(size_t n)
{
    struct faults f;
    struct buf b = BUF_INIT(4096);
    for (size_t i = 0; i < n; i++)
        buf_z(&b, i ? ",{}" : "[{}");
    buf_c(&b, ']');
    faults_init(&f, 7);
    int rc = faults_set(&f, buf_view(&b), NULL);
    faults_fini(&f);
    buf_fini(&b);
    return rc;
}

START_TEST(rules_are_bounded)
{
    T_I64("the most rules", set_many(FAULTS_MAX), RC_OK);
    T_I64("one more", set_many(FAULTS_MAX + 1), RC_INPUT);
}
END_TEST

/* What one action does to a request for ids. */
/* clang-format off */
static const struct {
    const char *name, *action;
    int status;
    const char *type, *body; /* body: part of it */
    int64_t units;           /* charged for it */
} actions[] = {
    { "a quota error",        "{'reason':'quotaExceeded'}",                   403, "application/json", "\"domain\": \"youtube.quota\"", 0 },
    { "a rate error",         "{'status':429,'reason':'rateLimitExceeded'}",  429, "application/json", "RESOURCE_EXHAUSTED", 0 },
    { "a user's rate error",  "{'reason':'userRateLimitExceeded'}",           403, "application/json", "usageLimits", 0 },
    { "a daily limit",        "{'reason':'dailyLimitExceeded'}",              403, "application/json", "Daily Limit Exceeded", 0 },
    { "a backend error",      "{'status':503,'reason':'backendError'}",       503, "application/json", "\"backendError\"", 1 },
    { "an internal error",    "{'status':500,'reason':'internalError'}",      500, "application/json", "\"internalError\"", 1 },
    { "a disabled service",   "{'reason':'accessNotConfigured'}",             403, "application/json", "PERMISSION_DENIED", 1 },
    { "an unheard-of reason", "{'status':418,'reason':'teapot'}",             418, "application/json", "\"teapot\"", 1 },
    { "the edge's page",      "{'status':502}",                               502, "text/html",        "<title>Error 502</title>", 1 },
    { "a page of one's own",  "{'status':502,'body':'<html>Bad gateway'}",    502, "text/html",        "<html>Bad gateway", 1 },
    { "a body as an answer",  "{'body':'{\\'items\\':[]}'}",                  200, "application/json", "{'items':[]}", 1 },
    { "an error that is a text", "{'status':400,'body':'{\\'error\\':\\'no\\'}'}", 400, "application/json", "{'error':'no'}", 1 },
    { "an empty body",        "{'status':500,'body':''}",                     500, "application/json", "", 1 },
    { "a redirect",           "{'redirect':'http://127.0.0.1:1/'}",           302, "text/html",        "302", 0 },
    { "a delay",              "{'delayMs':5}",                                200, "application/json", "\"items\"", 1 },
    { "a cut",                "{'cutAfterBytes':9}",                          200, "application/json", "\"items\"", 1 },
};
/* clang-format on */

/* As quoted(), but "\'" stays an apostrophe inside a text. */
static void action_json(const char *action, char ret[4096])
{
    struct buf b = BUF_INIT(4095);
    buf_z(&b, "[{\"action\":");
    for (const char *c = action; *c; c++) {
        if (*c == '\\' && c[1] == '\'')
            buf_c(&b, *++c);
        else
            buf_c(&b, *c == '\'' ? '"' : *c);
    }
    buf_z(&b, "}]");
    memcpy(ret, b.p, b.n + 1);
    buf_fini(&b);
}

START_TEST(actions_change_the_answer)
{
    static struct service s;
    t_service(&s, 100, 5);
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        char json[4096];
        struct err e = ERR_INIT;
        struct answer a;
        int64_t before = t_spent(&s, LEDGER_GENERAL);
        action_json(actions[i].action, json);
        T_OK(faults_set(&s.faults, str_of(json), &e), &e);
        t_ask(&s, "videos?part=id&id=AAAAAAAAAAA", NULL, &a);
        T_I64(actions[i].name, a.status, actions[i].status);
        T_TRUE(actions[i].name,
               str_starts(str_of(a.type), str_of(actions[i].type)));
        T_TRUE(actions[i].name,
               strstr(a.body.p ? a.body.p : "", actions[i].body));
        T_I64(actions[i].name, t_spent(&s, LEDGER_GENERAL) - before,
              actions[i].units);
        answer_fini(&a);
    }
    t_service_fini(&s);
}
END_TEST

START_TEST(what_http_needs_is_handed_on)
{
    struct faults f;
    struct err e = ERR_INIT;
    struct fault got;
    char json[4096];
    faults_init(&f, 7);
    T_OK(faults_set(&f,
                    quoted("[{'action':{'delayMs':5,'cutAfterBytes':0,"
                           "'dripBytesPerSecond':77,'redirect':'http://a/',"
                           "'retryAfter':120,'status':503}}]",
                           json),
                    &e),
         &e);
    T_OK(faults_next(&f, "videos.list", &got, &e), &e);
    T_I64("delay", got.delay_ms, 5);
    T_I64("cut", got.cut_after, 0);
    T_I64("drip", got.drip, 77);
    T_STR("redirect", str_of(got.redirect), "http://a/");
    T_I64("retry", got.retry_after_s, 120);
    T_I64("status", got.status, 503);
    fault_fini(&got);
    struct buf b = BUF_INIT(1000);
    faults_json(&f, &b);
    T_STR("told", buf_view(&b),
          "{\"seed\":7,\"faults\":[{\"seen\":1,\"hit\":1}]}");
    buf_fini(&b);
    faults_fini(&f);
}
END_TEST

T_SUITE("sim.faults", 30, rules_strike_what_they_match,
        the_same_seed_gives_the_same_faults, a_wrong_list_changes_nothing,
        rules_are_bounded, actions_change_the_answer,
        what_http_needs_is_handed_on)
