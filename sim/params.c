/*
 * sim/params.c - reads a raw query and holds it against a table.
 *
 * Rules
 *   1. names and values are decoded once: %XX, '+' is a blank; NUL and bad
 *      escapes are refused
 *   2. a list may be repeated (part=a&part=b) or joined by commas; anything
 *      else may occur once
 *   3. unknown names, bounds and enums are refused as the real service does,
 *      naming the parameter
 *   4. length, number of parameters and of list values are bounded
 *
 * Threads: pure functions. Source: parameters, bounds and enums as in the
 * discovery document of youtube/v3, revision 20261104.
 */
#include "sim/params_priv.h"

#include "base/cal.h"
#include "base/num.h"

#include <stdio.h>

/* clang-format off */
static const struct param_spec common[] = {
    { "$.xgafv",         PARAM_CHOICE, 0, 0, "1|2" },
    { "access_token",    PARAM_TEXT,   0, 0, NULL },
    { "alt",             PARAM_CHOICE, 0, 0, "json" },
    { "callback",        PARAM_TEXT,   0, 0, NULL },
    { "fields",          PARAM_TEXT,   0, 0, NULL },
    { "key",             PARAM_TEXT,   0, 0, NULL },
    { "oauth_token",     PARAM_TEXT,   0, 0, NULL },
    { "prettyPrint",     PARAM_BOOL,   0, 0, NULL },
    { "quotaUser",       PARAM_TEXT,   0, 0, NULL },
    { "uploadType",      PARAM_TEXT,   0, 0, NULL },
    { "upload_protocol", PARAM_TEXT,   0, 0, NULL },
};
/* clang-format on */

/* ---- decoding ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte behind '%' at the front of @s, or -1. */
static int escaped_byte(struct str s)
{
    if (s.n < 3)
        return -1;
    int high = hex_digit(s.p[1]), low = hex_digit(s.p[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool decode(struct str s, struct arena *arena, struct str *ret)
{
    char *to = arena_take(arena, s.n + 1);
    size_t n = 0;
    while (to && s.n) {
        int c = (unsigned char)s.p[0];
        size_t used = 1;
        if (c == '%') {
            c = escaped_byte(s);
            used = 3;
        } else if (c == '+') {
            c = ' ';
        }
        if (c <= 0)
            return false;
        to[n++] = (char)c;
        s = str_from(s, used);
    }
    *ret = str_n(to, n);
    return to != NULL;
}

int params_decode(struct str raw, struct arena *arena, struct params *ret,
                  struct api_error *x)
{
    struct str part, rest = raw.n ? raw : (struct str){ NULL, 0 };
    ret->n = 0;
    if (raw.n > PARAMS_QUERY_MAX)
        return error_filters(x, "badRequest", "The query exceeds %d bytes.",
                             PARAMS_QUERY_MAX);
    while (str_split(&rest, '&', &part)) {
        if (!part.n)
            continue;
        if (ret->n == PARAMS_MAX)
            return error_filters(x, "badRequest", "More than %d parameters.",
                                 PARAMS_MAX);
        struct param *p = &ret->at[ret->n];
        struct str name, value = part;
        (void)str_split(&value, '=', &name);
        if (!decode(name, arena, &p->name) || !decode(value, arena, &p->value))
            return error_filters(x, "badRequest",
                                 "The query holds a bad escape.");
        ret->n++;
    }
    return RC_OK;
}

/* ---- checking ---- */

static bool one_of(struct str value, const char *choices)
{
    struct str rest = str_of(choices), word;
    while (str_split(&rest, '|', &word))
        if (str_eq(word, value))
            return true;
    return false;
}

static int refuse(struct api_error *x, const struct param_spec *s,
                  struct str value, const char *expected)
{
    size_t n = value.n < 60 ? value.n : 60;
    return error_param(x, "invalidParameter", s->name,
                       "Invalid value '%.*s'. %s", (int)n, value.p, expected);
}

static int check_number(const struct param_spec *s, struct str value,
                        struct api_error *x)
{
    uint64_t v;
    char expected[80];
    snprintf(expected, sizeof(expected),
             "Values must be within the range: [%u, %u]", s->min, s->max);
    if (num_u64(value, &v, NULL) || v < s->min || v > s->max)
        return refuse(x, s, value, expected);
    return RC_OK;
}

static int check_value(const struct param_spec *s, struct str value,
                       struct api_error *x)
{
    wall_t t;
    switch (s->kind) {
    case PARAM_NUMBER:
        return check_number(s, value, x);
    case PARAM_CHOICE:
        if (!one_of(value, s->choices))
            return refuse(x, s, value, "It is not one of the allowed values.");
        return RC_OK;
    case PARAM_BOOL:
        if (!one_of(value, "true|false|1|0"))
            return refuse(x, s, value, "It is neither true nor false.");
        return RC_OK;
    case PARAM_TIME:
        if (value.n < 11 || cal_parse(value, &t, NULL))
            return refuse(x, s, value, "It is not an RFC 3339 time.");
        return RC_OK;
    case PARAM_TEXT:
    case PARAM_LIST:
        break;
    }
    return RC_OK;
}

static const struct param_spec *find(const struct param_spec *specs, size_t n,
                                     struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eqz(name, specs[i].name))
            return &specs[i];
    return NULL;
}

static bool seen_before(const struct params *p, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(p->at[k].name, p->at[i].name))
            return true;
    return false;
}

static int unknown_name(struct str name, struct api_error *x)
{
    int n = (int)(name.n < 60 ? name.n : 60);
    return error_filters(
        x, "badRequest",
        "Invalid JSON payload received. Unknown name \"%.*s\": Cannot bind "
        "query parameter. Field '%.*s' could not be found in request message.",
        n, name.p, n, name.p);
}

int params_check(const struct params *p, const struct param_spec *specs,
                 size_t n, struct api_error *x)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct param *a = &p->at[i];
        const struct param_spec *s = find(specs, n, a->name);
        if (!s)
            s = find(common, ARRAY_LEN(common), a->name);
        if (!s)
            return unknown_name(a->name, x);
        if (s->kind != PARAM_LIST && seen_before(p, i))
            return error_param(x, "invalidParameter", s->name,
                               "The parameter may occur only once.");
        int rc = a->value.n ? check_value(s, a->value, x) : RC_OK;
        if (rc)
            return rc;
    }
    return RC_OK;
}

/* ---- reading ---- */

struct str params_get(const struct params *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->at[i].value.n && str_eqz(p->at[i].name, name))
            return p->at[i].value;
    return (struct str){ NULL, 0 };
}

bool params_has(const struct params *p, const char *name)
{
    return params_get(p, name).p != NULL;
}

uint32_t params_number(const struct params *p, const char *name, uint32_t def)
{
    uint64_t v;
    if (num_u64(params_get(p, name), &v, NULL))
        return def;
    return (uint32_t)v;
}

bool params_bool(const struct params *p, const char *name, bool def)
{
    struct str v = params_get(p, name);
    return v.p ? str_eqz(v, "true") || str_eqz(v, "1") : def;
}

size_t params_list(const struct params *p, const char *name, struct str *ret,
                   size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct str rest = p->at[i].value, word;
        if (!str_eqz(p->at[i].name, name))
            continue;
        while (str_split(&rest, ',', &word)) {
            if (!word.n)
                continue;
            if (n < max)
                ret[n] = word;
            n++;
        }
    }
    return n;
}
