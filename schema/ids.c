/*
 * schema/ids.c - video and channel ids as numbers.
 *
 * Rules
 *   1. one text, one number: bits that the last character has too many must
 *      be 0, so that two texts never mean the same id
 *   2. every 64-bit number is a video id, every 128-bit number a channel id
 * Source: base64url of RFC 4648 section 5, without padding.
 */
#include "schema/schema.h"

#include "base/digest.h"
#include "base/num.h"
#include "schema/schema_priv.h"

enum {
    VID_CHARS = VID_TEXT - 1, /* 10 of 6 bits and one of 4 */
    CID_CHARS = CID_TEXT - 3, /* behind "UC": 21 of 6 bits and one of 2 */
    VID_SPARE_BITS = 2,
    CID_SPARE_BITS = 4
};

static const char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";

/* The 6 bits behind @c, or -1. */
static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* All of @s, not empty, but @spare bits at the end, which must be 0. */
static bool decode(struct str s, int spare, num_u128 *ret)
{
    num_u128 v = 0;
    for (size_t i = 0; i + 1 < s.n; i++) {
        int bits = sextet(s.p[i]);
        if (bits < 0)
            return false;
        v = v << 6 | (unsigned)bits;
    }
    int last = sextet(s.p[s.n - 1]);
    if (last < 0 || last & ((1 << spare) - 1))
        return false;
    *ret = v << (6 - spare) | (unsigned)last >> spare;
    return true;
}

static void encode(num_u128 v, int spare, size_t chars, char *out)
{
    out[chars - 1] = alphabet[(unsigned)(v << spare) & 63];
    v >>= 6 - spare;
    for (size_t i = chars - 1; i-- > 0; v >>= 6)
        out[i] = alphabet[(unsigned)v & 63];
    out[chars] = '\0';
}

int vid_parse(struct str s, uint64_t *ret, struct err *e)
{
    char quoted[QUOTE_CAP];
    num_u128 v;
    if (s.n != VID_CHARS || !decode(s, VID_SPARE_BITS, &v))
        return err_set(e, RC_INPUT,
                       "'%s' is not a video id (11 characters A-Z a-z 0-9 "
                       "_ -, the last one of AEIMQUYcgkosw048)",
                       text_quote(s, quoted));
    *ret = (uint64_t)v;
    return RC_OK;
}

const char *vid_text(uint64_t id, char out[static VID_TEXT])
{
    encode(id, VID_SPARE_BITS, VID_CHARS, out);
    return out;
}

uint64_t vid_foreign(struct str set, struct str name)
{
    uint64_t h = digest_bytes(DIGEST_INIT, set.p, set.n);
    h = digest_u8(h, ':');
    return digest_mix(digest_bytes(h, name.p, name.n));
}

int cid_parse(struct str s, struct cid *ret, struct err *e)
{
    char quoted[QUOTE_CAP];
    num_u128 v;
    if (s.n != CID_CHARS + 2 || !str_starts(s, STR("UC")) ||
        !decode(str_from(s, 2), CID_SPARE_BITS, &v))
        return err_set(e, RC_INPUT,
                       "'%s' is not a channel id (UC and 22 characters A-Z "
                       "a-z 0-9 _ -, the last one of AQgw)",
                       text_quote(s, quoted));
    *ret = (struct cid){ .hi = (uint64_t)(v >> 64), .lo = (uint64_t)v };
    return RC_OK;
}

const char *cid_text(struct cid id, char out[static CID_TEXT])
{
    num_u128 v = (num_u128)id.hi << 64 | id.lo;
    out[0] = 'U';
    out[1] = 'C';
    encode(v, CID_SPARE_BITS, CID_CHARS, out + 2);
    return out;
}
