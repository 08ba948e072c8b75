/*
 * sim/out.c - the selecting JSON writer, etags, and indentation.
 *
 * Rules
 *   1. a key that is not selected writes nothing, and what is below it is
 *      never computed: the callers ask first
 *   2. arrays are transparent to a selector: their objects stand at the
 *      array's own position
 *   3. an etag is a hash of all bytes of its answer or item: equal ones have
 *      equal etags, and any change changes the etag
 *
 * Threads: one writer, one thread.
 */
#include "sim/out_priv.h"

#include "base/cal.h"
#include "base/rnd.h"

#include <assert.h>
#include <string.h>

static const char blank_etag[OUT_ETAG] = "---------------------------";

/* ---- etags ---- */

uint64_t out_hash(uint64_t h, const void *p, size_t n)
{
    const char *at = p;
    for (; n >= 8; at += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        h = (h ^ word) * 0x9fb21c651e98df25u;
        h ^= h >> 32;
    }
    uint64_t word = n;
    if (n)
        memcpy(&word, at, n);
    return rnd_mix(h ^ word);
}

/* 27 characters, as many as the service's etags have. */
static void etag_text(uint64_t hash, char ret[static OUT_ETAG])
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int i = 0; i < OUT_ETAG - 1; i++) {
        if (i % 10 == 0)
            hash = rnd_mix(hash);
        ret[i] = digit[hash >> (6 * (i % 10)) & 63];
    }
    ret[OUT_ETAG - 1] = '\0';
}

/* ---- writing ---- */

static uint16_t below(const struct out *o, const char *key)
{
    if (!o->fields)
        return FIELDS_ALL;
    return fields_below(o->fields, o->at[o->depth], str_of(key));
}

bool out_wants(const struct out *o, const char *key)
{
    return below(o, key) != FIELDS_NONE;
}

/* A value that is no object has nothing below it to be selected by. */
static bool wants_value(const struct out *o, const char *key)
{
    return below(o, key) == FIELDS_ALL;
}

static void push(struct out *o, uint16_t at)
{
    assert(o->depth + 1 < OUT_DEPTH);
    o->at[++o->depth] = at;
}

/* Write an etag to be filled in later; its place, or 0 when not selected. */
static size_t blank_etag_in(struct out *o)
{
    if (!wants_value(o, "etag"))
        return 0;
    jsonw_key(&o->w, "etag");
    size_t place = o->w.out->n + 1; /* behind the quote */
    jsonw_z(&o->w, blank_etag);
    return place;
}

/* The etag of what was written since @from, also put at @place. */
static void etag_of(struct out *o, size_t from, size_t place,
                    char ret[static OUT_ETAG])
{
    const struct buf *body = o->w.out;
    ret[0] = '\0';
    if (body->failed)
        return;
    etag_text(out_hash(0, body->p + from, body->n - from), ret);
    if (place)
        memcpy(body->p + place, ret, OUT_ETAG - 1);
}

void out_begin(struct out *o, struct buf *body, const struct fields *f,
               const char *kind)
{
    *o = (struct out){ .fields = f, .at = { 0 } };
    jsonw_init(&o->w, body);
    jsonw_obj(&o->w);
    out_z(o, "kind", kind);
    o->etag_at = blank_etag_in(o);
}

void out_finish(struct out *o, char etag[static OUT_ETAG])
{
    assert(o->depth == 0);
    jsonw_obj_end(&o->w);
    etag_of(o, 0, o->etag_at, etag);
}

bool out_obj(struct out *o, const char *key)
{
    uint16_t at = below(o, key);
    if (at == FIELDS_NONE)
        return false;
    jsonw_key(&o->w, key);
    jsonw_obj(&o->w);
    push(o, at);
    return true;
}

bool out_arr(struct out *o, const char *key)
{
    uint16_t at = below(o, key);
    if (at == FIELDS_NONE)
        return false;
    jsonw_key(&o->w, key);
    jsonw_arr(&o->w);
    push(o, at);
    return true;
}

void out_end(struct out *o)
{
    jsonw_obj_end(&o->w);
    o->depth--;
}

void out_arr_end(struct out *o)
{
    jsonw_arr_end(&o->w);
    o->depth--;
}

void out_item(struct out *o, const char *kind)
{
    jsonw_obj(&o->w);
    o->item_at = o->w.out->n;
    push(o, o->at[o->depth]);
    out_z(o, "kind", kind);
    o->item_etag_at = blank_etag_in(o);
}

void out_item_end(struct out *o)
{
    char etag[OUT_ETAG];
    out_end(o);
    etag_of(o, o->item_at, o->item_etag_at, etag);
}

void out_elem(struct out *o, struct str s)
{
    jsonw_str(&o->w, s);
}

void out_str(struct out *o, const char *key, struct str s)
{
    if (wants_value(o, key))
        jsonw_kstr(&o->w, key, s);
}

void out_z(struct out *o, const char *key, const char *z)
{
    if (wants_value(o, key))
        jsonw_kz(&o->w, key, z);
}

void out_count(struct out *o, const char *key, uint64_t v)
{
    if (!wants_value(o, key))
        return;
    char digits[20];
    jsonw_kstr(&o->w, key, str_n(digits, num_put_u64(digits, v)));
}

void out_u64(struct out *o, const char *key, uint64_t v)
{
    if (wants_value(o, key))
        jsonw_ku64(&o->w, key, v);
}

void out_null(struct out *o, const char *key)
{
    if (!wants_value(o, key))
        return;
    jsonw_key(&o->w, key);
    jsonw_null(&o->w);
}

void out_bool(struct out *o, const char *key, bool v)
{
    if (wants_value(o, key))
        jsonw_kbool(&o->w, key, v);
}

void out_time(struct out *o, const char *key, int64_t seconds)
{
    char text[CAL_TEXT];
    if (wants_value(o, key))
        jsonw_kz(&o->w, key, cal_text(wall_of_s(seconds), text));
}

/* ---- indentation ---- */

static void new_line(struct buf *out, int depth)
{
    static const char blanks[] = "                                ";
    buf_c(out, '\n');
    size_t n = (size_t)depth * 2;
    buf_put(out, blanks, n < sizeof(blanks) - 1 ? n : sizeof(blanks) - 1);
}

/* The bytes of the text that begins at @s with a quote, quotes included. */
static size_t quoted_len(struct str s)
{
    size_t i = 1;
    while (i < s.n && s.p[i] != '"')
        i += s.p[i] == '\\' ? 2 : 1;
    return i + 1 < s.n ? i + 1 : s.n;
}

static void put_bracket(char c, struct str rest, int *depth, struct buf *out)
{
    bool opens = c == '{' || c == '[';
    if (opens && rest.n > 1 && (rest.p[1] == '}' || rest.p[1] == ']')) {
        buf_c(out, c);
        return;
    }
    if (opens) {
        buf_c(out, c);
        new_line(out, ++*depth);
        return;
    }
    if (rest.p[-1] != '{' && rest.p[-1] != '[')
        new_line(out, --*depth);
    buf_c(out, c);
}

void out_pretty(struct str json, struct buf *out)
{
    int depth = 0;
    for (struct str s = json; s.n;) {
        char c = s.p[0];
        size_t n = 1;
        if (c == '"') {
            n = quoted_len(s);
            buf_put(out, s.p, n);
        } else if (c == '{' || c == '[' || c == '}' || c == ']') {
            put_bracket(c, s, &depth, out);
        } else if (c == ',') {
            buf_c(out, c);
            new_line(out, depth);
        } else if (c == ':') {
            buf_z(out, ": ");
        } else {
            buf_c(out, c);
        }
        s = str_from(s, n);
    }
    buf_c(out, '\n');
}
