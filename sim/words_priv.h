/* sim/words_priv.h - texts of the generated catalogue in a dozen languages. */
#ifndef SVF_SIM_WORDS_PRIV_H
#define SVF_SIM_WORDS_PRIV_H

#include "base/buf.h"
#include "base/rnd.h"

#include <stdint.h>

enum {
    WORDS_TITLE_BYTES = 400, /* 100 characters of up to 4 bytes */
    WORDS_TEXT_BYTES = 5000
};

struct words_language {
    const char *code;    /* BCP 47 */
    const char *country; /* ISO 3166-1, of most of its channels */
    uint32_t per_mille;  /* of the channels */
    const char *gap;     /* between words: a blank, or nothing */
    const char *const *word;
    uint64_t n;
};

extern const struct words_language words_languages[];
extern const uint64_t words_languages_n;

/* The language whose share of the channels holds @u of [0, 1). */
const struct words_language *words_language_at(double u);

/* Append to @out; all draws come from @r. A title has at most 100
 * characters, a text at most WORDS_TEXT_BYTES. */
void words_title(const struct words_language *l, struct rnd *r, bool is_short,
                 struct buf *out);
void words_text(const struct words_language *l, struct rnd *r, struct buf *out);
/* Tags joined by line feeds; may be none. */
void words_tags(const struct words_language *l, struct rnd *r, struct buf *out);
/* A channel's name ("Kavero Music") and the same as a handle's front part
 * ("kaveromusic"). */
void words_name(const struct words_language *l, struct rnd *r, struct buf *out);
void words_handle(struct rnd *r, struct buf *out);

#endif
