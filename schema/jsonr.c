/*
 * schema/jsonr.c - JSON through jansson; the only file that knows the parser.
 *
 * Rules
 *   1. what is handed out is at most DECODE_DEPTH_MAX deep, so callers may
 *      recurse; jansson stops its own recursion at 2,048 (counting brackets
 *      before the parse costs a tenth of the parse, this a hundredth)
 *   2. text may hold NUL (\u0000): one such title must not cost a whole
 *      page; who stores text refuses it there
 *   3. jansson refuses a document with an integer beyond 64 bits signed; it
 *      is then read again with integers as reals, which are taken as whole
 *      numbers up to 2^53, where they are exact
 *   4. of equal keys in an object the last one counts
 * Threads: values may be read by several at once; nothing here changes them.
 */
#include "base/num.h"
#include "schema/schema_priv.h"

#include <jansson.h>
#include <stdio.h>

static const double exact_max = 9007199254740992.0; /* 2^53 */

static const json_t *json_of(const struct jsonr *v)
{
    const void *p = v;
    return p;
}

static const struct jsonr *jsonr_of(const json_t *v)
{
    const void *p = v;
    return p;
}

void schema_init(uint64_t seed)
{
    /* 0 would make jansson ask the operating system. */
    json_object_seed(seed ? (size_t)seed : 1);
}

/* ---- parsing ---- */

static bool fits(json_t *v, int levels);

static bool members_fit(json_t *object, int levels)
{
    void *at = json_object_iter(object);
    for (; at; at = json_object_iter_next(object, at))
        if (!fits(json_object_iter_value(at), levels))
            return false;
    return true;
}

static bool elements_fit(json_t *array, int levels)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!fits(json_array_get(array, i), levels))
            return false;
    return true;
}

/* Is @v at most @levels objects and arrays deep? */
static bool fits(json_t *v, int levels)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return levels > 0 && members_fit(v, levels - 1);
    case JSON_ARRAY:
        return levels > 0 && elements_fit(v, levels - 1);
    default:
        return true;
    }
}

static int not_json(const json_error_t *je, struct err *e)
{
    /* Most of jansson's failed allocations come without code and text. */
    if (json_error_code(je) == json_error_out_of_memory || !je->text[0])
        return err_set(e, RC_NOMEM, "no memory for a JSON document");
    char text[sizeof(je->text)];
    html_plain(str_of(je->text), text, sizeof(text));
    return err_set(e, RC_INPUT, "not JSON: line %d column %d: %s", je->line,
                   je->column, text);
}

static json_t *parse(struct str body, size_t how, json_error_t *je)
{
    return json_loadb(body.p, body.n, JSON_ALLOW_NUL | how, je);
}

int jsonr_open(struct jsonr **ret, struct str body, struct err *e)
{
    if (body.n == 0)
        return err_set(e, RC_INPUT, "not JSON: the text is empty");
    json_error_t je;
    json_t *root = parse(body, 0, &je);
    if (!root && json_error_code(&je) == json_error_numeric_overflow)
        root = parse(body, JSON_DECODE_INT_AS_REAL, &je);
    if (!root)
        return not_json(&je, e);
    if (!fits(root, DECODE_DEPTH_MAX)) {
        json_decref(root);
        return err_set(e, RC_INPUT, "JSON nested deeper than %d levels",
                       DECODE_DEPTH_MAX);
    }
    void *p = root;
    *ret = p;
    return RC_OK;
}

void jsonr_close(struct jsonr *root)
{
    void *p = root;
    json_decref(p);
}

/* ---- walking ---- */

const struct jsonr *jsonr_getn(const struct jsonr *v, const char *path,
                               size_t n)
{
    const json_t *at = json_of(v);
    struct str rest = str_n(path, n), key;
    while (at && str_split(&rest, '.', &key))
        at = json_object_getn(at, key.p, key.n);
    return jsonr_of(at);
}

const struct jsonr *jsonr_member(const struct jsonr *v, const char *key)
{
    return jsonr_of(json_object_get(json_of(v), key));
}

const struct jsonr *jsonr_get(const struct jsonr *v, const char *path)
{
    return jsonr_getn(v, path, strlen(path));
}

size_t jsonr_len(const struct jsonr *v)
{
    return json_array_size(json_of(v));
}

const struct jsonr *jsonr_item(const struct jsonr *v, size_t i)
{
    return jsonr_of(json_array_get(json_of(v), i));
}

void jsonr_each(const struct jsonr *v,
                bool (*fn)(void *ctx, struct str key, const struct jsonr *v),
                void *ctx)
{
    /* Only json_object_iter() wants a changeable object; it changes none. */
    union {
        const struct jsonr *in;
        json_t *out;
    } object = { .in = v };
    void *at = json_object_iter(object.out);
    while (at) {
        struct str key =
            str_n(json_object_iter_key(at), json_object_iter_key_len(at));
        if (!fn(ctx, key, jsonr_of(json_object_iter_value(at))))
            return;
        at = json_object_iter_next(object.out, at);
    }
}

bool jsonr_is_object(const struct jsonr *v)
{
    return json_is_object(json_of(v));
}

bool jsonr_is_array(const struct jsonr *v)
{
    return json_is_array(json_of(v));
}

bool jsonr_is_null(const struct jsonr *v)
{
    return json_is_null(json_of(v));
}

/* ---- values ---- */

bool jsonr_str(const struct jsonr *v, struct str *ret)
{
    const json_t *j = json_of(v);
    if (!json_is_string(j))
        return false;
    *ret = str_n(json_string_value(j), json_string_length(j));
    return true;
}

/* A whole real within rule 3. */
static bool whole(const json_t *j, int64_t *ret)
{
    if (!json_is_real(j))
        return false;
    double d = json_real_value(j);
    if (!(d >= -exact_max && d <= exact_max) || d != (double)(int64_t)d)
        return false;
    *ret = (int64_t)d;
    return true;
}

bool jsonr_i64(const struct jsonr *v, int64_t *ret)
{
    const json_t *j = json_of(v);
    struct str s;
    if (jsonr_str(v, &s))
        return num_i64(s, ret, NULL) == RC_OK;
    if (!json_is_integer(j))
        return whole(j, ret);
    *ret = json_integer_value(j);
    return true;
}

bool jsonr_u64(const struct jsonr *v, uint64_t *ret)
{
    struct str s;
    int64_t i;
    if (jsonr_str(v, &s))
        return num_u64(s, ret, NULL) == RC_OK;
    if (!jsonr_i64(v, &i) || i < 0)
        return false;
    *ret = (uint64_t)i;
    return true;
}

bool jsonr_f64(const struct jsonr *v, double *ret)
{
    const json_t *j = json_of(v);
    struct str s;
    if (jsonr_str(v, &s))
        return num_f64(s, ret, NULL) == RC_OK;
    if (!json_is_number(j))
        return false;
    *ret = json_number_value(j);
    return true;
}

bool jsonr_bool(const struct jsonr *v, bool *ret)
{
    const json_t *j = json_of(v);
    if (!json_is_boolean(j))
        return false;
    *ret = json_is_true(j);
    return true;
}

const char *jsonr_quote(const struct jsonr *v, char out[static QUOTE_CAP])
{
    const json_t *j = json_of(v);
    struct str s;
    if (jsonr_str(v, &s))
        return text_quote(s, out);
    if (json_is_array(j) || json_is_object(j)) {
        snprintf(out, QUOTE_CAP, json_is_array(j) ? "[...]" : "{...}");
        return out;
    }
    char text[QUOTE_CAP];
    size_t n = json_dumpb(j, text, sizeof(text), JSON_ENCODE_ANY);
    return text_quote(str_n(text, n < sizeof(text) ? n : sizeof(text)), out);
}
