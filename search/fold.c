/*
 * search/fold.c - letters that people take for the same become the same.
 *
 * Rules
 *   1. NFKD, then full case folding, then marks are filtered, then NFC:
 *      full-width, ligature and "mathematical" letters become plain ones
 *   2. marks go from Latin, Greek, Arabic and Hebrew letters; from Cyrillic
 *      ones only stress and diaeresis (й is a letter of its own); marks of
 *      all other scripts are vowels and stay
 *   3. Latin letters without a decomposition (ø, ł, ı, æ ...) are replaced
 *      by the table below, after case folding: it has small letters only
 *   4. format characters, variation selectors, skin tones and keycaps are
 *      dropped; so are controls, except those that are white space
 *
 * Threads: any; libunistring's functions used here keep no state.
 */
#include "search/words_priv.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

static const struct {
    uint32_t from;
    char to[3];
} plain_latin[] = {
    { 0x00e6, "ae" }, { 0x00f0, "d" }, { 0x00f8, "o" },  { 0x00fe, "th" },
    { 0x0111, "d" },  { 0x0127, "h" }, { 0x0131, "i" },  { 0x0138, "k" },
    { 0x0142, "l" },  { 0x014b, "n" }, { 0x0153, "oe" }, { 0x0167, "t" },
    { 0x0180, "b" },  { 0x0192, "f" }, { 0x0268, "i" },  { 0x0289, "u" },
};

bool fold_dropped(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        return !(c >= '\t' && c <= '\r') && c != 0x85;
    if (c < 0xad)
        return false;
    if (c == 0x20e3 || (c >= 0x1f3fb && c <= 0x1f3ff) || c == 0x0640)
        return true;
    if ((c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c <= 0xe0fff))
        return true;
    return uc_is_general_category(c, UC_FORMAT);
}

/* May the mark @m behind the letter @base be left out? (rule 2) */
static bool mark_dropped(uint32_t base, uint32_t m)
{
    if (!uc_is_general_category(m, UC_NON_SPACING_MARK))
        return false;
    if ((m >= 0x0591 && m <= 0x05c7) || (m >= 0x0610 && m <= 0x065f) ||
        m == 0x0670 || (m >= 0x06d6 && m <= 0x06ed))
        return true;
    if (m < 0x0300 || m > 0x036f)
        return false;
    if (base >= 0x0400 && base <= 0x052f)
        return m == 0x0300 || m == 0x0301 || m == 0x0308;
    return true;
}

static const char *latin_of(uint32_t c)
{
    for (size_t i = 0; i < ARRAY_LEN(plain_latin); i++)
        if (plain_latin[i].from == c)
            return plain_latin[i].to;
    return NULL;
}

/* Rules 2 to 4 on decomposed text; @out has room for 2 @n. */
static size_t filter(const uint32_t *in, size_t n, uint32_t *out)
{
    size_t k = 0;
    uint32_t base = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = in[i];
        if (fold_dropped(c) || mark_dropped(base, c))
            continue;
        if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L))
            base = c;
        else if (!uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M))
            base = 0;
        const char *to = c >= 0xe6 && c <= 0x0289 ? latin_of(c) : NULL;
        if (!to) {
            out[k++] = c;
            continue;
        }
        for (; *to; to++)
            out[k++] = (uint32_t)(unsigned char)*to;
    }
    return k;
}

int fold_text(const uint32_t *cp, size_t n, uint32_t **ret, size_t *ret_n,
              struct err *e)
{
    *ret = NULL;
    *ret_n = 0;
    if (n == 0)
        return RC_OK;

    size_t folded_n = 0, kept_n, whole_n = 0;
    uint32_t *whole = NULL;
    uint32_t *folded = u32_casefold(cp, n, NULL, UNINORM_NFKD, NULL, &folded_n);
    uint32_t *kept = folded ? calloc(2 * folded_n + 1, sizeof(*kept)) : NULL;
    if (kept) {
        kept_n = filter(folded, folded_n, kept);
        whole = u32_normalize(UNINORM_NFC, kept, kept_n, NULL, &whole_n);
    }
    free(folded);
    free(kept);
    if (!whole)
        return err_set(e, RC_NOMEM, "no memory to fold a text");
    *ret = whole;
    *ret_n = whole_n;
    return RC_OK;
}
