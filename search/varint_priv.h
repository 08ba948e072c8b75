/* search/varint_priv.h - numbers of 1 to 10 bytes, 7 bits each, low first. */
#ifndef SVF_SEARCH_VARINT_PRIV_H
#define SVF_SEARCH_VARINT_PRIV_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { VARINT_MAX = 10 };

static inline size_t varint_write(unsigned char out[static VARINT_MAX],
                                  uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        out[n++] = (unsigned char)(v | 0x80);
    out[n++] = (unsigned char)v;
    return n;
}

static inline void varint_put(struct buf *out, uint64_t v)
{
    unsigned char bytes[VARINT_MAX];
    buf_put(out, bytes, varint_write(bytes, v));
}

/* Read one from @p, not beyond @end; NULL when it is cut or too long. */
static inline const unsigned char *
varint_read(const unsigned char *p, const unsigned char *end, uint64_t *ret)
{
    uint64_t v = 0;
    for (unsigned shift = 0; p < end && shift < 64; shift += 7) {
        unsigned char b = *p++;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *ret = v;
            return p;
        }
    }
    return NULL;
}

/* Take one from the front of @s. */
static inline bool varint_get(struct str *s, uint64_t *ret)
{
    const unsigned char *p = (const unsigned char *)s->p;
    const unsigned char *behind = varint_read(p, p + s->n, ret);
    if (!behind)
        return false;
    *s = str_from(*s, (size_t)(behind - p));
    return true;
}

#endif
