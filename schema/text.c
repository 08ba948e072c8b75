/*
 * schema/text.c - texts of others made fit to be shown: quotes in error
 * messages, HTML character references, HTML without its tags.
 *
 * Rules
 *   1. what comes out is well-formed UTF-8 without control characters
 *      (html_resolve() excepted: it keeps what it was given)
 *   2. a reference is resolved once: "&amp;lt;" is "&lt;"
 *   3. a resolved reference is never longer than its text, so the room of
 *      the input is enough
 */
#include "base/utf8.h"
#include "schema/schema_priv.h"

#include <strings.h>

enum { REFERENCE_MAX = 10 }; /* "&#1114111;" */

/* Append the next character of *@s to @out at *@n, bad ones as '?'. */
static bool put_char(struct str *s, char *out, size_t *n, size_t cap)
{
    size_t len = utf8_len(*s);
    bool bad = len == 0 || utf8_is_control(*s);
    struct str c = bad ? STR("?") : str_n(s->p, len);
    if (*n + c.n > cap)
        return false;
    memcpy(out + *n, c.p, c.n);
    *n += c.n;
    *s = str_from(*s, len ? len : 1);
    return true;
}

const char *text_quote(struct str s, char out[static QUOTE_CAP])
{
    static const char more[] = "...";
    size_t n = 0;
    while (s.n && put_char(&s, out, &n, QUOTE_CAP - sizeof(more)))
        ;
    memcpy(out + n, s.n ? more : "", s.n ? sizeof(more) : 1);
    return out;
}

/* ---- character references ---- */

static const struct {
    struct str name;
    uint32_t c;
} references[] = {
    { { "amp", 3 }, '&' },  { { "lt", 2 }, '<' },    { { "gt", 2 }, '>' },
    { { "quot", 4 }, '"' }, { { "apos", 4 }, '\'' }, { { "nbsp", 4 }, 0xa0 },
};

/* "39" or "x27"; 0 when it names no character that a text may hold. */
static uint32_t numeric(struct str s)
{
    bool hex = s.n && (s.p[0] == 'x' || s.p[0] == 'X');
    uint32_t base = hex ? 16 : 10, v = 0;
    s = hex ? str_from(s, 1) : s;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        uint32_t d = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                     : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                     : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                            : 16;
        if (d >= base || v > 0x10ffff)
            return 0;
        v = v * base + d;
    }
    bool surrogate = v >= 0xd800 && v <= 0xdfff;
    return surrogate || v > 0x10ffff ? 0 : v;
}

/* The character behind "&name;" at the front of @s, 0 when it is none. */
static uint32_t reference(struct str s, size_t *len)
{
    size_t max = s.n < REFERENCE_MAX ? s.n : REFERENCE_MAX;
    const char *end = memchr(s.p, ';', max);
    if (s.p[0] != '&' || !end)
        return 0;
    *len = (size_t)(end - s.p) + 1;
    struct str name = str_n(s.p + 1, *len - 2);
    if (name.n && name.p[0] == '#')
        return numeric(str_from(name, 1));
    for (size_t i = 0; i < ARRAY_LEN(references); i++)
        if (str_eq(name, references[i].name))
            return references[i].c;
    return 0;
}

static size_t put_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[n] | c);
    return n;
}

size_t html_resolve(struct str s, char *out)
{
    size_t n = 0;
    while (s.n) {
        size_t len = 1;
        uint32_t c = s.p[0] == '&' ? reference(s, &len) : 0;
        if (c) {
            n += put_utf8(c, out + n);
        } else {
            out[n++] = s.p[0];
            len = 1;
        }
        s = str_from(s, len);
    }
    return n;
}

/* ---- HTML for people ---- */

static bool is_word(struct str s, const char *word)
{
    size_t n = strlen(word);
    return s.n >= n && strncasecmp(s.p, word, n) == 0;
}

/* Bytes up to and with @end, all when it is not there. */
static size_t past(struct str s, const char *end)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_word(str_from(s, i), end))
            return i + strlen(end);
    return s.n;
}

/* Bytes of the tag at the front of @s, with all that a reader never sees. */
static size_t tag(struct str s)
{
    if (s.n < 2 || s.p[0] != '<')
        return 0;
    char c = (char)(s.p[1] | 0x20);
    if (!(c >= 'a' && c <= 'z') && s.p[1] != '/' && s.p[1] != '!')
        return 0;
    if (is_word(s, "<style"))
        return past(s, "</style>");
    if (is_word(s, "<script"))
        return past(s, "</script>");
    return is_word(s, "<!--") ? past(s, "-->") : past(s, ">");
}

/* Does the tag at the front of @s stand inside a line, even a word? */
static bool is_inline(struct str s)
{
    static const char *const names[] = { "a", "b",    "code",  "em",
                                         "i", "span", "strong" };
    s = str_from(s, s.n > 1 && s.p[1] == '/' ? 2 : 1);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t n = strlen(names[i]);
        if (is_word(s, names[i]) && s.n > n &&
            (s.p[n] == '>' || (unsigned char)s.p[n] <= ' '))
            return true;
    }
    return false;
}

/* Drop tags and blanks from the front of *@s; true when words part here. */
static bool skip_gap(struct str *s)
{
    bool gap = false;
    while (s->n) {
        bool blank = (unsigned char)s->p[0] <= ' ';
        size_t n = blank ? 1 : tag(*s);
        if (n == 0)
            break;
        gap = gap || blank || !is_inline(*s);
        *s = str_from(*s, n);
    }
    return gap;
}

/* put_char() of the next character as a reader sees it. */
static bool put_seen(struct str *s, char *out, size_t *n, size_t cap)
{
    size_t len = 0;
    uint32_t c = s->p[0] == '&' ? reference(*s, &len) : 0;
    if (!c)
        return put_char(s, out, n, cap);
    char utf8[4];
    struct str one = str_n(utf8, put_utf8(c, utf8));
    *s = str_from(*s, len);
    return put_char(&one, out, n, cap);
}

void html_plain(struct str s, char *out, size_t cap)
{
    size_t n = 0;
    skip_gap(&s);
    for (bool gap = false; s.n; gap = skip_gap(&s)) {
        if (gap && n + 1 < cap)
            out[n++] = ' ';
        if (!put_seen(&s, out, &n, cap - 1))
            break;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}
