/*
 * search/words.c - cutting folded text into units, units into terms.
 *
 * Rules
 *   1. a unit never crosses a word break that UAX #29 sees in the folded
 *      text; it also ends at every character that is no letter, mark or
 *      digit, so that "example.com" is found by "example" and "can't" by
 *      "can't" and by "can"
 *   2. scripts written without blanks (Han, Kana, Thai, Lao, Khmer, Burmese,
 *      Yi), Hangul, where endings stick to the word, and letters and
 *      numerals that UAX #29 breaks on both sides are cut into signs; pairs
 *      of joined signs stand for the words inside
 *   3. whatever a text is asked by, its own index terms contain the query
 *      terms: words_query(x) is a subset of words_index(x)
 *   4. plain ASCII takes a short path with the same result
 *
 * Threads: any, each with its own struct words.
 */
#include "search/words_priv.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <unictype.h>
#include <unistr.h>
#include <uniwbrk.h>

/* What a character does to the unit under construction. */
enum char_class {
    CHAR_BREAK,
    CHAR_WORD,
    CHAR_SIGN,
    CHAR_EMOJI,
    CHAR_FLAG,
    CHAR_MARK
};

void words_fini(struct words *w)
{
    if (!w)
        return;
    free(w->text);
    free(w->unit);
    *w = (struct words)WORDS_INIT;
}

/* ---- room ---- */

static int grow(void **p, size_t *cap, size_t need, size_t size, struct err *e)
{
    if (need <= *cap)
        return RC_OK;
    size_t want = *cap ? *cap : 64;
    while (want < need)
        want *= 2;
    void *bigger = realloc(*p, want * size);
    if (!bigger)
        return err_set(e, RC_NOMEM, "no memory to cut a text into words");
    *p = bigger;
    *cap = want;
    return RC_OK;
}

static int room(struct words *w, size_t bytes, size_t units, struct err *e)
{
    if (units > UNITS_MAX)
        units = UNITS_MAX;
    void *text = w->text, *unit = w->unit;
    int rc = grow(&text, &w->text_cap, bytes + 1, 1, e);
    w->text = text;
    if (!rc)
        rc = grow(&unit, &w->cap, units + 1, sizeof(*w->unit), e);
    w->unit = unit;
    return rc;
}

/* ---- one character at a time ---- */

/* The unit that grows; there is room for everything in struct words. */
struct cutter {
    struct words *w;
    bool open; /* the last unit is a word that may grow */
    bool after_sign;
    bool half_flag; /* the last unit is one regional indicator */
    bool hash;      /* a '#' was just read */
};

static void put_bytes(struct cutter *c, const char *p, size_t n)
{
    memcpy(c->w->text + c->w->text_n, p, n);
    c->w->text_n += n;
}

/* False when the text has all the units it may have. */
static bool begin(struct cutter *c, enum unit_class cls, const char *p,
                  size_t n)
{
    struct words *w = c->w;
    if (w->n == UNITS_MAX) {
        *c = (struct cutter){ .w = w };
        return false;
    }
    w->unit[w->n++] = (struct unit){
        .at = (uint32_t)w->text_n,
        .n = (uint16_t)n,
        .cls = (uint8_t)cls,
        .joined = cls == UNIT_SIGN && c->after_sign,
        .hashtag = c->hash,
    };
    put_bytes(c, p, n);
    *c = (struct cutter){ .w = w,
                          .open = cls == UNIT_WORD,
                          .after_sign = cls == UNIT_SIGN };
    return true;
}

/* Append to the last unit; beyond TERM_MAX the bytes are left out. */
static void extend(struct cutter *c, const char *p, size_t n)
{
    struct unit *u = &c->w->unit[c->w->n - 1];
    if (u->n + n > TERM_MAX)
        return;
    put_bytes(c, p, n);
    u->n = (uint16_t)(u->n + n);
}

static void take_word(struct cutter *c, const char *p, size_t n)
{
    if (c->open)
        extend(c, p, n);
    else
        (void)begin(c, UNIT_WORD, p, n);
}

/* Two regional indicators are one flag. */
static void take_flag(struct cutter *c, const char *p, size_t n)
{
    if (c->half_flag) {
        extend(c, p, n);
        c->half_flag = false;
        return;
    }
    c->half_flag = begin(c, UNIT_EMOJI, p, n);
}

static void take_break(struct cutter *c, uint32_t ch)
{
    *c = (struct cutter){ .w = c->w, .hash = ch == '#' };
}

/* A mark belongs to the letter before it; without one it is nothing. */
static void take_mark(struct cutter *c, const char *p, size_t n)
{
    if (c->open || c->after_sign)
        extend(c, p, n);
}

/* Rule 2, for letters and numerals. */
static bool is_sign(uint32_t c)
{
    /* clang-format off */
    static const struct { uint32_t from, to; } blocks[] = {
        { 0x0e00, 0x0eff },   /* Thai, Lao */
        { 0x1000, 0x109f },   /* Burmese */
        { 0x1100, 0x11ff },   /* Hangul letters that did not compose */
        { 0x1780, 0x17ff },   /* Khmer */
        { 0x1950, 0x19ff },   /* Tai Le, New Tai Lue, Khmer */
        { 0x1a20, 0x1aaf },   /* Tai Tham */
        { 0x3005, 0x303c },   /* repetition marks, numerals of Suzhou */
        { 0x3041, 0x30ff },   /* Kana */
        { 0x3105, 0x318f },   /* Bopomofo, Hangul letters */
        { 0x31f0, 0x31ff },   /* Kana, small */
        { 0x3400, 0x4dbf },   /* Han */
        { 0x4e00, 0x9fff },
        { 0xa000, 0xa4cf },   /* Yi */
        { 0xa9e0, 0xa9ff },   /* Burmese */
        { 0xaa60, 0xaadf },   /* Burmese, Tai Viet */
        { 0xac00, 0xd7ff },   /* Hangul */
        { 0xf900, 0xfaff },   /* Han */
        { 0x1b000, 0x1b16f }, /* Kana */
        { 0x20000, 0x323af }, /* Han */
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
        if (c >= blocks[i].from && c <= blocks[i].to)
            return true;
    return uc_wordbreak_property(c) == WBP_OTHER;
}

static enum char_class class_of(uint32_t c)
{
    if (c < 0x80) {
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    (c >= 'A' && c <= 'Z');
        return word ? CHAR_WORD : CHAR_BREAK;
    }
    if (c >= 0x1f1e6 && c <= 0x1f1ff)
        return CHAR_FLAG;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M))
        return CHAR_MARK;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L |
                                                UC_CATEGORY_MASK_N))
        return is_sign(c) ? CHAR_SIGN : CHAR_WORD;
    if (uc_is_property_extended_pictographic(c))
        return CHAR_EMOJI;
    return CHAR_BREAK;
}

static void take(struct cutter *c, uint32_t ch, const char *p, size_t n)
{
    switch (class_of(ch)) {
    case CHAR_WORD:
        take_word(c, p, n);
        break;
    case CHAR_SIGN:
        (void)begin(c, UNIT_SIGN, p, n);
        break;
    case CHAR_EMOJI:
        (void)begin(c, UNIT_EMOJI, p, n);
        break;
    case CHAR_FLAG:
        take_flag(c, p, n);
        break;
    case CHAR_MARK:
        take_mark(c, p, n);
        break;
    case CHAR_BREAK:
        take_break(c, ch);
        break;
    }
}

/* ---- whole texts ---- */

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static void split_ascii(struct cutter *c, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char ch = (unsigned char)text.p[i];
        if (fold_dropped(ch))
            continue;
        char small = (char)(ch >= 'A' && ch <= 'Z' ? ch + 32 : ch);
        take(c, ch, &small, 1);
    }
}

/* Decode; what is no UTF-8 becomes U+FFFD, which separates words. */
static size_t decode(struct str s, uint32_t *out)
{
    size_t n = 0;
    while (s.n) {
        size_t len = utf8_len(s);
        ucs4_t c = 0xfffd;
        if (len)
            u8_mbtouc_unsafe(&c, (const uint8_t *)s.p, len);
        out[n++] = c;
        s = str_from(s, len ? len : 1);
    }
    return n;
}

static int split_folded(struct words *w, const uint32_t *cp, size_t n,
                        struct err *e)
{
    int rc = room(w, 4 * n, n, e);
    if (rc)
        return rc;
    struct cutter c = { .w = w };
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[6];
        int len = u8_uctomb(bytes, cp[i], sizeof(bytes));
        if (len > 0)
            take(&c, cp[i], (const char *)bytes, (size_t)len);
    }
    return RC_OK;
}

static int split_unicode(struct words *w, struct str text, struct err *e)
{
    uint32_t *cp = calloc(text.n, sizeof(*cp)), *folded = NULL;
    size_t n = 0;
    if (!cp)
        return err_set(e, RC_NOMEM, "no memory to cut a text into words");
    int rc = fold_text(cp, decode(text, cp), &folded, &n, e);
    if (!rc)
        rc = split_folded(w, folded, n, e);
    free(folded);
    free(cp);
    return rc;
}

int words_split(struct words *w, struct str text, struct err *e)
{
    w->n = 0;
    w->text_n = 0;
    if (text.n == 0)
        return RC_OK;
    if (!is_ascii(text))
        return split_unicode(w, text, e);
    int rc = room(w, text.n, text.n, e);
    if (rc)
        return rc;
    struct cutter c = { .w = w };
    split_ascii(&c, text);
    return RC_OK;
}

/* ---- terms ---- */

static int tell_hashtag(struct str word, term_fn fn, void *ctx)
{
    char term[TERM_BYTES];
    term[0] = '#';
    memcpy(term + 1, word.p, word.n);
    return fn(ctx, str_n(term, word.n + 1));
}

/* Are the units @i and @i + 1 joined signs that fit into a term together? */
static bool pair_at(const struct words *w, size_t i)
{
    return i + 1 < w->n && w->unit[i + 1].joined &&
           w->unit[i].n + w->unit[i + 1].n <= TERM_MAX;
}

/* Joined signs lie side by side in the text: a pair is one slice. */
static int tell_pair(const struct words *w, size_t i, term_fn fn, void *ctx)
{
    size_t n = (size_t)w->unit[i].n + w->unit[i + 1].n;
    return fn(ctx, str_n(w->text + w->unit[i].at, n));
}

int words_index(const struct words *w, term_fn fn, void *ctx)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < w->n; i++) {
        rc = fn(ctx, words_unit(w, i));
        if (!rc && w->unit[i].hashtag)
            rc = tell_hashtag(words_unit(w, i), fn, ctx);
        if (!rc && pair_at(w, i))
            rc = tell_pair(w, i, fn, ctx);
    }
    return rc;
}

int words_query(const struct words *w, term_fn fn, void *ctx)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < w->n; i++) {
        if (w->unit[i].hashtag)
            rc = tell_hashtag(words_unit(w, i), fn, ctx);
        if (!rc && pair_at(w, i))
            rc = tell_pair(w, i, fn, ctx);
        else if (!rc && !w->unit[i].hashtag && !(i && pair_at(w, i - 1)))
            rc = fn(ctx, words_unit(w, i));
    }
    return rc;
}

static bool units_match(const struct words *in, size_t at,
                        const struct words *phrase)
{
    for (size_t k = 0; k < phrase->n; k++)
        if (!str_eq(words_unit(in, at + k), words_unit(phrase, k)))
            return false;
    return true;
}

bool words_contain(const struct words *in, const struct words *phrase)
{
    for (size_t at = 0; at + phrase->n <= in->n; at++)
        if (units_match(in, at, phrase))
            return true;
    return phrase->n == 0;
}
