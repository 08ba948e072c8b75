/* sim/token_priv.h - base64url, and the opaque tokens of pages. */
#ifndef SVF_SIM_TOKEN_PRIV_H
#define SVF_SIM_TOKEN_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { TOKEN_TEXT = 23 }; /* terminated */

/* Where a page begins: two numbers that only the list understands. */
struct token {
    uint32_t at;
    uint32_t position;
};

/* Write the token of @t in the list that @list identifies. */
const char *token_text(struct token t, uint64_t list,
                       char out[static TOKEN_TEXT]);
/* Read it back; false unless it was made for the same list. */
bool token_read(struct str s, uint64_t list, struct token *ret) MUST_CHECK;

/* Append the base64url form of @n bytes, without padding. */
void token_base64(struct buf *out, const void *p, size_t n);
/* Read it back into at most @max bytes. */
bool token_unbase64(struct str s, void *out, size_t max, size_t *n) MUST_CHECK;

#endif
