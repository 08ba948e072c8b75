/*
 * base/jsonw.c - the streaming JSON writer.
 *
 * Rules
 *   1. the output is valid JSON whenever the calls are balanced
 *   2. equal calls give equal bytes: no locale, no blanks, fixed escapes
 *   3. nesting is bounded by JSONW_DEPTH; deeper is our bug
 */
#include "base/jsonw.h"

#include "base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void jsonw_init(struct jsonw *w, struct buf *out)
{
    *w = (struct jsonw){ .out = out };
}

static void before_value(struct jsonw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    uint32_t bit = 1u << w->depth;
    if (w->comma & bit)
        buf_c(w->out, ',');
    w->comma |= bit;
}

static void open_nest(struct jsonw *w, char c)
{
    before_value(w);
    buf_c(w->out, c);
    assert(w->depth + 1 < JSONW_DEPTH);
    w->depth++;
    w->comma &= ~(1u << w->depth);
}

static void close_nest(struct jsonw *w, char c)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    buf_c(w->out, c);
}

void jsonw_obj(struct jsonw *w)
{
    open_nest(w, '{');
}

void jsonw_obj_end(struct jsonw *w)
{
    close_nest(w, '}');
}

void jsonw_arr(struct jsonw *w)
{
    open_nest(w, '[');
}

void jsonw_arr_end(struct jsonw *w)
{
    close_nest(w, ']');
}

static void put_escaped_byte(struct buf *out, unsigned char c)
{
    switch (c) {
    case '"':
        buf_z(out, "\\\"");
        return;
    case '\\':
        buf_z(out, "\\\\");
        return;
    case '\n':
        buf_z(out, "\\n");
        return;
    case '\r':
        buf_z(out, "\\r");
        return;
    case '\t':
        buf_z(out, "\\t");
        return;
    default:
        buf_f(out, "\\u%04x", c);
    }
}

/* Bytes at the front that need no escape and are well-formed. */
static size_t plain_run(struct str s)
{
    size_t i = 0;
    while (i < s.n) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            break;
        size_t n = c < 0x80 ? 1 : utf8_len(str_from(s, i));
        if (!n)
            break;
        i += n;
    }
    return i;
}

void jsonw_quote(struct buf *out, struct str s)
{
    buf_c(out, '"');
    while (s.n) {
        size_t n = plain_run(s);
        buf_put(out, s.p, n);
        s = str_from(s, n);
        if (!s.n)
            break;
        if ((unsigned char)s.p[0] < 0x80)
            put_escaped_byte(out, (unsigned char)s.p[0]);
        else
            buf_put(out, "\xef\xbf\xbd", 3);
        s = str_from(s, 1);
    }
    buf_c(out, '"');
}

void jsonw_key_str(struct jsonw *w, struct str key)
{
    before_value(w);
    jsonw_quote(w->out, key);
    buf_c(w->out, ':');
    w->after_key = true;
}

void jsonw_key(struct jsonw *w, const char *key)
{
    jsonw_key_str(w, str_of(key));
}

void jsonw_str(struct jsonw *w, struct str s)
{
    before_value(w);
    jsonw_quote(w->out, s);
}

void jsonw_z(struct jsonw *w, const char *z)
{
    if (z)
        jsonw_str(w, str_of(z));
    else
        jsonw_null(w);
}

void jsonw_u64(struct jsonw *w, uint64_t v)
{
    before_value(w);
    buf_u64(w->out, v);
}

void jsonw_i64(struct jsonw *w, int64_t v)
{
    before_value(w);
    buf_i64(w->out, v);
}

void jsonw_f64(struct jsonw *w, double v)
{
    if (!isfinite(v)) {
        jsonw_null(w);
        return;
    }
    before_value(w);
    char text[32];
    /* 15 digits always survive the way there and back, 17 always suffice. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_z(w->out, text);
}

void jsonw_bool(struct jsonw *w, bool v)
{
    before_value(w);
    buf_z(w->out, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
    before_value(w);
    buf_z(w->out, "null");
}

void jsonw_raw(struct jsonw *w, struct str json)
{
    before_value(w);
    buf_str(w->out, json);
}

void jsonw_raw_members(struct jsonw *w, struct str members)
{
    if (members.n)
        jsonw_raw(w, members);
}

void jsonw_kz(struct jsonw *w, const char *key, const char *z)
{
    jsonw_key(w, key);
    jsonw_z(w, z);
}

void jsonw_kstr(struct jsonw *w, const char *key, struct str s)
{
    jsonw_key(w, key);
    jsonw_str(w, s);
}

void jsonw_ku64(struct jsonw *w, const char *key, uint64_t v)
{
    jsonw_key(w, key);
    jsonw_u64(w, v);
}

void jsonw_ki64(struct jsonw *w, const char *key, int64_t v)
{
    jsonw_key(w, key);
    jsonw_i64(w, v);
}

void jsonw_kf64(struct jsonw *w, const char *key, double v)
{
    jsonw_key(w, key);
    jsonw_f64(w, v);
}

void jsonw_kbool(struct jsonw *w, const char *key, bool v)
{
    jsonw_key(w, key);
    jsonw_bool(w, v);
}
