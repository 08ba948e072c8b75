/* base/utf8.h - well-formed UTF-8 by Unicode's table 3-7. */
#ifndef SVF_BASE_UTF8_H
#define SVF_BASE_UTF8_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes of the well-formed character at the front of @s, 1 to 4, or 0 when
 * the front is not well-formed (overlong, surrogate, cut, above U+10FFFF).
 */
size_t utf8_len(struct str s);
bool utf8_valid(struct str s);
/* Append @s to @out with U+FFFD for each byte that is not part of one. */
void utf8_clean(struct buf *out, struct str s);
/* Is the character at the front of @s a control: U+0000 to U+001F, U+007F to
 * U+009F? Terminals act on them, also on the two-byte ones. */
bool utf8_is_control(struct str s);
/* Append @s to @out as one line that no terminal acts on: a space for each
 * control character, '?' for each byte that is part of none. */
void utf8_plain(struct buf *out, struct str s);
/* Characters (code points; a bad byte counts as one). */
size_t utf8_count(struct str s);

#endif
