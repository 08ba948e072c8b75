/* search/words_priv.h - text into terms: what is indexed and what is asked. */
#ifndef SVF_SEARCH_WORDS_PRIV_H
#define SVF_SEARCH_WORDS_PRIV_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TERM_MAX = 64, /* bytes; longer words are cut at a character */
    TERM_BYTES = TERM_MAX + 1,
    UNITS_MAX = 4096 /* of one text; the rest is not indexed */
};

/* What a unit is made of. */
enum unit_class {
    UNIT_WORD = 1, /* letters, marks and digits between other characters */
    UNIT_SIGN,     /* one character of a script written without blanks */
    UNIT_EMOJI     /* one pictograph, or the two halves of a flag */
};

/* A piece of folded text. */
struct unit {
    uint32_t at;  /* bytes into words.text */
    uint16_t n;   /* bytes, [1, TERM_MAX] */
    uint8_t cls;  /* enum unit_class */
    bool joined;  /* a sign directly behind another sign */
    bool hashtag; /* a '#' stands before it */
};

/* Working memory, reused from text to text. One thread. */
struct words {
    char *text; /* folded UTF-8, owned */
    size_t text_n, text_cap;
    struct unit *unit; /* owned */
    size_t n, cap;
};
#define WORDS_INIT                                                             \
    {                                                                          \
        .text = NULL, .unit = NULL                                             \
    }

void words_fini(struct words *w);

/* Fold @text and cut it into units, replacing what @w held. Bytes that are
 * no UTF-8 separate words. RC_NOMEM. */
int words_split(struct words *w, struct str text, struct err *e) MUST_CHECK;

static inline struct str words_unit(const struct words *w, size_t i)
{
    return str_n(w->text + w->unit[i].at, w->unit[i].n);
}

typedef int (*term_fn)(void *ctx, struct str term);

/* Tell the terms under which the split text is found: each word, "#word" of
 * a hashtag, each sign and each pair of joined signs. May repeat.
 * Stops at, and returns, the first code of @fn that is not RC_OK. */
int words_index(const struct words *w, term_fn fn, void *ctx) MUST_CHECK;

/* Tell the terms that a text must have to be found by the split text: each
 * word, only "#word" of a hashtag, pairs of signs, a sign that is alone. */
int words_query(const struct words *w, term_fn fn, void *ctx) MUST_CHECK;

/* Do the units of @phrase stand in @in, one behind the other? */
bool words_contain(const struct words *in, const struct words *phrase);

/*
 * Fold @n code points (@cp, not changed): compatibility forms, case and
 * accents gone, zero-width and control characters dropped.
 * @ret  malloc'ed, the caller's; NULL when *ret_n is 0
 */
int fold_text(const uint32_t *cp, size_t n, uint32_t **ret, size_t *ret_n,
              struct err *e) MUST_CHECK;
/* A white-space control separates; other controls are not there at all. */
bool fold_dropped(uint32_t c);

#endif
