/*
 * sim/faults.c - rules that make answers fail.
 *
 * Rules
 *   1. each rule counts the requests of its method; what it does to the k-th
 *      of them is a pure function of (seed, rule, k), so the same seed gives
 *      the same faults, in whatever order threads ask
 *   2. all conditions of a rule must hold; the first rule that matches wins,
 *      but every rule counts
 *   3. a list that is wrong in any place changes nothing
 *
 * Threads: any; everything is under mu.
 */
#include "sim/faults_priv.h"

#include "base/file.h"
#include "base/jsonw.h"
#include "base/rnd.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct faults_rule {
    char method[FAULTS_TEXT]; /* "" = any */
    int64_t nth, count;       /* requests [nth, nth + count); 0 = any */
    int64_t every;            /* each multiple of it; 0 = any */
    double probability;       /* 1 = always */
    struct fault action;
    int64_t seen, hit;
};

void fault_fini(struct fault *f)
{
    free(f->body);
    f->body = NULL;
}

/* "videos", "videos.list" and "youtube.videos.list" all name videos.list;
 * "batchGetStats" and "videos:batchGetStats" name videos.batchGetStats. */
static bool names_method(const char *said, const char *method)
{
    struct str s = str_of(said), rest = str_of(method), front = rest;
    if (!s.n || str_eqz(s, "*"))
        return true;
    if (str_starts(s, STR("youtube.")))
        s = str_from(s, strlen("youtube."));
    if (str_eqz(s, method))
        return true;
    (void)str_split(&rest, '.', &front);
    if (str_eqz(rest, "batchGetStats"))
        return str_eq(s, rest) || str_eqz(s, "videos:batchGetStats");
    return str_eq(s, front);
}

static bool is_known_method(const char *said)
{
    static const char *const names[] = { "videos.list", "videos.batchGetStats",
                                         "channels.list", "playlistItems.list",
                                         "search.list" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names_method(said, names[i]))
            return true;
    return false;
}

/* ---- reading ---- */

struct reader {
    size_t rule; /* for messages, from 1 */
    struct err *e;
};

static int wrong(struct reader *r, const char *key, const char *what)
{
    return err_set(r->e, RC_INPUT, "fault %zu: %s %s", r->rule, key, what);
}

static int read_whole(struct reader *r, const json_t *v, const char *key,
                      int64_t min, int64_t max, int64_t *ret)
{
    int64_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < min || n > max)
        return err_set(r->e, RC_INPUT,
                       "fault %zu: %s is not a whole number in [%lld, %lld]",
                       r->rule, key, (long long)min, (long long)max);
    *ret = n;
    return RC_OK;
}

static int read_text(struct reader *r, const json_t *v, const char *key,
                     char *ret, size_t cap)
{
    size_t n = json_string_length(v);
    if (!json_is_string(v) || n >= cap || strlen(json_string_value(v)) != n)
        return wrong(r, key, "is not a text of that length");
    memcpy(ret, json_string_value(v), n + 1);
    return RC_OK;
}

static int read_body(struct reader *r, const json_t *v, struct fault *f)
{
    size_t n = json_string_length(v);
    if (!json_is_string(v) || n > FAULTS_BODY_MAX)
        return wrong(r, "body", "is not a text of at most 64 kB");
    free(f->body);
    f->body = malloc(n + 1);
    if (!f->body)
        return err_set(r->e, RC_NOMEM, "no memory for a fault's body");
    memcpy(f->body, json_string_value(v), n + 1);
    f->body_n = n;
    return RC_OK;
}

static int read_match_key(struct reader *r, const char *key, const json_t *v,
                          struct faults_rule *rule)
{
    const int64_t many = INT64_C(1) << 40;
    if (strcmp(key, "method") == 0)
        return read_text(r, v, key, rule->method, sizeof(rule->method));
    if (strcmp(key, "nth") == 0)
        return read_whole(r, v, key, 1, many, &rule->nth);
    if (strcmp(key, "count") == 0)
        return read_whole(r, v, key, 1, many, &rule->count);
    if (strcmp(key, "every") == 0)
        return read_whole(r, v, key, 1, many, &rule->every);
    if (strcmp(key, "probability") != 0)
        return wrong(r, key, "is not a key of match");
    rule->probability = json_number_value(v);
    if (!json_is_number(v) || rule->probability < 0 || rule->probability > 1)
        return wrong(r, key, "is not a number in [0, 1]");
    return RC_OK;
}

static int read_action_key(struct reader *r, const char *key, const json_t *v,
                           struct fault *f)
{
    const int64_t hour_ms = 3600000, bytes = INT64_C(1) << 30;
    int64_t status;
    if (strcmp(key, "status") == 0) {
        int rc = read_whole(r, v, key, 200, 599, &status);
        f->status = rc ? 0 : (int)status;
        return rc;
    }
    if (strcmp(key, "reason") == 0)
        return read_text(r, v, key, f->reason, sizeof(f->reason));
    if (strcmp(key, "redirect") == 0)
        return read_text(r, v, key, f->redirect, sizeof(f->redirect));
    if (strcmp(key, "body") == 0)
        return read_body(r, v, f);
    if (strcmp(key, "delayMs") == 0)
        return read_whole(r, v, key, 0, hour_ms, &f->delay_ms);
    if (strcmp(key, "cutAfterBytes") == 0)
        return read_whole(r, v, key, 0, bytes, &f->cut_after);
    if (strcmp(key, "dripBytesPerSecond") == 0)
        return read_whole(r, v, key, 1, bytes, &f->drip);
    if (strcmp(key, "retryAfter") == 0)
        return read_whole(r, v, key, 1, hour_ms, &f->retry_after_s);
    return wrong(r, key, "is not a key of action");
}

/* What an action leaves open: an error without status, and so on. */
static void complete(struct faults_rule *rule)
{
    struct fault *f = &rule->action;
    if (f->redirect[0] && !f->status)
        f->status = 302;
    if (!f->status && f->reason[0])
        f->status = 403;
    if (!f->status && f->body)
        f->status = 200;
    if (rule->count && !rule->nth)
        rule->nth = 1;
    if (rule->nth && !rule->count)
        rule->count = 1;
}

static int read_rule(struct reader *r, json_t *v, struct faults_rule *rule)
{
    *rule = (struct faults_rule){ .probability = 1, .action = FAULT_INIT };
    const char *key;
    json_t *part;
    json_object_foreach (v, key, part) {
        if (strcmp(key, "match") != 0 && strcmp(key, "action") != 0)
            return wrong(r, key, "is neither match nor action");
        if (!json_is_object(part))
            return wrong(r, key, "is not an object");
    }
    json_object_foreach (json_object_get(v, "match"), key, part) {
        int rc = read_match_key(r, key, part, rule);
        if (rc)
            return rc;
    }
    json_object_foreach (json_object_get(v, "action"), key, part) {
        int rc = read_action_key(r, key, part, &rule->action);
        if (rc)
            return rc;
    }
    if (!is_known_method(rule->method))
        return wrong(r, "method", "names no method of the simulator");
    complete(rule);
    return RC_OK;
}

static void free_rules(struct faults_rule *rules, size_t n)
{
    for (size_t i = 0; rules && i < n; i++)
        fault_fini(&rules[i].action);
    free(rules);
}

static int read_rules(json_t *list, struct faults_rule **ret, size_t *ret_n,
                      struct err *e)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > FAULTS_MAX)
        return err_set(e, RC_INPUT, "faults are a list of at most %d",
                       FAULTS_MAX);
    struct faults_rule *rules = calloc(n + 1, sizeof(*rules));
    if (!rules)
        return err_set(e, RC_NOMEM, "no memory for faults");
    for (size_t i = 0; i < n; i++) {
        struct reader r = { .rule = i + 1, .e = e };
        json_t *v = json_array_get(list, i);
        int rc = json_is_object(v) ? read_rule(&r, v, &rules[i])
                                   : wrong(&r, "it", "is not an object");
        if (rc) {
            free_rules(rules, i + 1);
            return rc;
        }
    }
    *ret = rules;
    *ret_n = n;
    return RC_OK;
}

static void replace(struct faults *f, struct faults_rule *rules, size_t n,
                    uint64_t seed)
{
    mtx_lock(&f->mu);
    free_rules(f->rules, f->n);
    f->rules = rules;
    f->n = n;
    f->seed = seed;
    mtx_unlock(&f->mu);
}

static int set_from(struct faults *f, json_t *root, struct err *e)
{
    json_t *list = root, *seed = NULL;
    if (json_is_object(root)) {
        list = json_object_get(root, "faults");
        seed = json_object_get(root, "seed");
    }
    if (seed && !json_is_integer(seed))
        return err_set(e, RC_INPUT, "seed is not a whole number");
    struct faults_rule *rules = NULL;
    size_t n = 0;
    int rc = read_rules(list, &rules, &n, e);
    if (rc)
        return rc;
    replace(f, rules, n,
            seed ? (uint64_t)json_integer_value(seed) : f->default_seed);
    return RC_OK;
}

int faults_set(struct faults *f, struct str json, struct err *e)
{
    json_error_t at;
    if (json.n > FAULTS_JSON_MAX)
        return err_set(e, RC_INPUT, "faults exceed %d bytes", FAULTS_JSON_MAX);
    json_t *root = json_loadb(json.n ? json.p : "", json.n, 0, &at);
    if (!root)
        return err_set(e, RC_INPUT, "line %d, column %d: %s", at.line,
                       at.column, at.text);
    int rc = set_from(f, root, e);
    json_decref(root);
    return rc;
}

int faults_load(struct faults *f, const char *path, struct err *e)
{
    struct buf b = BUF_INIT(FAULTS_JSON_MAX);
    int rc = file_read_all(path, &b, e);
    if (!rc) {
        rc = faults_set(f, buf_view(&b), e);
        if (rc)
            rc = err_wrap(e, rc, "%s", path);
    }
    buf_fini(&b);
    return rc;
}

/* ---- use ---- */

void faults_init(struct faults *f, uint64_t seed)
{
    *f = (struct faults){ .default_seed = seed, .seed = seed };
    mtx_init(&f->mu);
}

void faults_fini(struct faults *f)
{
    free_rules(f->rules, f->n);
    mtx_fini(&f->mu);
}

void faults_clear(struct faults *f)
{
    replace(f, NULL, 0, f->default_seed);
}

static bool matches(const struct faults_rule *r, uint64_t seed, size_t index)
{
    int64_t k = r->seen; /* this request is the k-th, from 1 */
    if (r->nth && (k < r->nth || k - r->nth >= r->count))
        return false;
    if (r->every && k % r->every)
        return false;
    uint64_t h = rnd_mix(rnd_mix(seed + index) + (uint64_t)k);
    return (double)(h >> 11) * 0x1p-53 < r->probability;
}

static int copy(const struct fault *from, struct fault *ret, struct err *e)
{
    *ret = *from;
    ret->body = NULL;
    if (!from->body)
        return RC_OK;
    ret->body = malloc(from->body_n + 1);
    if (!ret->body)
        return err_set(e, RC_NOMEM, "no memory for a fault's body");
    memcpy(ret->body, from->body, from->body_n + 1);
    return RC_OK;
}

static int next_locked(struct faults *f, const char *method, struct fault *ret,
                       struct err *e) NEEDS(f->mu)
{
    const struct faults_rule *won = NULL;
    for (size_t i = 0; i < f->n; i++) {
        struct faults_rule *r = &f->rules[i];
        if (!names_method(r->method, method))
            continue;
        r->seen++;
        if (won || !matches(r, f->seed, i))
            continue;
        r->hit++;
        won = r;
    }
    *ret = (struct fault)FAULT_INIT;
    return won ? copy(&won->action, ret, e) : RC_OK;
}

int faults_next(struct faults *f, const char *method, struct fault *ret,
                struct err *e)
{
    mtx_lock(&f->mu);
    int rc = next_locked(f, method, ret, e);
    mtx_unlock(&f->mu);
    return rc;
}

void faults_json(struct faults *f, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_obj(&w);
    mtx_lock(&f->mu);
    jsonw_ku64(&w, "seed", f->seed);
    jsonw_key(&w, "faults");
    jsonw_arr(&w);
    for (size_t i = 0; i < f->n; i++) {
        jsonw_obj(&w);
        jsonw_ki64(&w, "seen", f->rules[i].seen);
        jsonw_ki64(&w, "hit", f->rules[i].hit);
        jsonw_obj_end(&w);
    }
    jsonw_arr_end(&w);
    mtx_unlock(&f->mu);
    jsonw_obj_end(&w);
}
