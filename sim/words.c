/*
 * sim/words.c - puts words together: titles, descriptions, tags, names.
 *
 * Rules
 *   1. a title has 1 to 100 characters, a text at most 5,000 bytes, as on
 *      YouTube; both are well-formed UTF-8
 *   2. one title in four holds something that careless code trips over:
 *      markup characters, emoji beyond the BMP, hashtags, brackets
 *   3. equal draws give equal bytes
 */
#include "sim/words_priv.h"

#include "base/utf8.h"

#include <ctype.h>

enum { TITLE_CHARS = 100, TAG_MAX = 16 };

static const char *const decorations[] = {
    " (Official Video)",
    " | 4K",
    " \xf0\x9f\x94\xa5",
    " & more",
    " \xf0\x9f\x98\x82\xf0\x9f\x98\x82",
    " \"live\"",
    " <3",
    " [HD]",
    " \xf0\x9f\x8e\xb8",
    " - it's time!",
    " #music",
    " \xe2\x9d\xa4\xef\xb8\x8f",
    " \xf0\x9f\x87\xaf\xf0\x9f\x87\xb5",
    " 100%",
    " \xe2\x80\x93 Topic",
    " \xf0\x9d\x93\xa2\xf0\x9d\x93\xb8\xf0\x9d\x93\xb7\xf0\x9d\x93\xb0",
};

static const char *const syllables[] = {
    "ka", "ve",  "ro", "mi",  "la",  "ton", "sha", "ri",  "den", "zo",  "pa",
    "lu", "mar", "ne", "vi",  "qua", "ber", "sol", "ti",  "gan", "hel", "no",
    "fi", "dra", "ou", "ste", "lan", "cor", "ya",  "min", "tre", "wes",
};

static const char *const trades[] = {
    "Music",   "Kitchen", "Games",   "Lab",      "TV",     "Studio",
    "Academy", "World",   "Channel", "Official", "Sports", "Science",
    "Films",   "Travel",  "Kids",    "Garage",
};

const struct words_language *words_language_at(double u)
{
    double left = u * 1000;
    for (uint64_t i = 0; i + 1 < words_languages_n; i++) {
        left -= words_languages[i].per_mille;
        if (left < 0)
            return &words_languages[i];
    }
    return &words_languages[words_languages_n - 1];
}

static const char *pick(const char *const *from, uint64_t n, struct rnd *r)
{
    return from[rnd_below(r, n)];
}

/* A word of the language, the early ones of its list far more often. */
static const char *pick_word(const struct words_language *l, struct rnd *r)
{
    double u = rnd_f64(r);
    return l->word[(uint64_t)(u * u * (double)l->n)];
}

/* A made-up name of two or three syllables: the long tail of search terms. */
static void put_made_up(struct rnd *r, struct buf *out)
{
    size_t at = out->n;
    uint64_t n = 2 + rnd_below(r, 2);
    for (uint64_t i = 0; i < n; i++)
        buf_z(out, pick(syllables, ARRAY_LEN(syllables), r));
    if (out->n > at)
        out->p[at] = (char)toupper((unsigned char)out->p[at]);
}

static void put_words(const struct words_language *l, struct rnd *r, uint64_t n,
                      struct buf *out)
{
    for (uint64_t i = 0; i < n; i++) {
        if (i)
            buf_z(out, l->gap);
        if (rnd_below(r, 8) == 0)
            put_made_up(r, out);
        else
            buf_z(out, pick_word(l, r));
    }
}

/* Cut what was appended since @from to @max characters. */
static void cut_chars(struct buf *out, size_t from, size_t max)
{
    struct str s = str_from(buf_view(out), from);
    size_t bytes = 0;
    for (size_t n = 0; n < max && bytes < s.n; n++)
        bytes += utf8_len(str_from(s, bytes));
    if (bytes < s.n) {
        out->n = from + bytes;
        out->p[out->n] = '\0';
    }
}

void words_title(const struct words_language *l, struct rnd *r, bool is_short,
                 struct buf *out)
{
    size_t from = out->n;
    put_words(l, r, 2 + rnd_below(r, 7), out);
    if (out->n > from)
        out->p[from] = (char)toupper((unsigned char)out->p[from]);
    uint64_t extra = rnd_below(r, 16);
    if (extra < 2)
        buf_f(out, " #%u", (unsigned)(1 + rnd_below(r, 300)));
    else if (extra < 4)
        buf_f(out, " %u", (unsigned)(2005 + rnd_below(r, 22)));
    else if (extra < 8)
        buf_z(out, pick(decorations, ARRAY_LEN(decorations), r));
    if (is_short && rnd_below(r, 2))
        buf_z(out, " #shorts");
    cut_chars(out, from, TITLE_CHARS);
}

void words_text(const struct words_language *l, struct rnd *r, struct buf *out)
{
    if (rnd_below(r, 4) == 0)
        return; /* one in four has no description */
    size_t from = out->n;
    double u = rnd_f64(r);
    uint64_t lines = 1 + (uint64_t)(12 * u * u * u);
    for (uint64_t i = 0; i < lines; i++) {
        put_words(l, r, 4 + rnd_below(r, 12), out);
        buf_z(out, rnd_below(r, 3) ? "." : "!");
        if (i + 1 < lines)
            buf_c(out, rnd_below(r, 3) ? ' ' : '\n');
    }
    if (rnd_below(r, 2))
        buf_z(out, "\n\nhttps://example.com/?a=1&b=2\t#video");
    if (out->n - from > WORDS_TEXT_BYTES)
        out->n = from;
}

void words_tags(const struct words_language *l, struct rnd *r, struct buf *out)
{
    uint64_t n = rnd_below(r, TAG_MAX + 1);
    if (n < 3)
        return; /* one in six has no tags */
    for (uint64_t i = 0; i < n; i++) {
        if (i)
            buf_c(out, '\n');
        put_words(l, r, 1 + rnd_below(r, 2), out);
    }
}

void words_name(const struct words_language *l, struct rnd *r, struct buf *out)
{
    put_made_up(r, out);
    buf_c(out, ' ');
    if (rnd_below(r, 3))
        buf_z(out, pick(trades, ARRAY_LEN(trades), r));
    else
        buf_z(out, pick_word(l, r));
}

void words_handle(struct rnd *r, struct buf *out)
{
    size_t from = out->n;
    put_made_up(r, out);
    buf_z(out, pick(trades, ARRAY_LEN(trades), r));
    for (size_t i = from; i < out->n; i++)
        out->p[i] = (char)tolower((unsigned char)out->p[i]);
}
