/*
 * search/cursor.c - where a page ended, as text.
 *
 * 53 bytes in base64url without padding: version, rank epoch, digest of the
 * question, the three sort keys and the id of the last item, CRC-32 of all
 * before it; numbers big-endian. Not secret; every machine with the same
 * data takes it.
 *
 * Rules
 *   1. one state, one text: reading refuses every text that writing would
 *      not produce
 *
 * Threads: any; no state.
 */
#include "search/query_priv.h"

#include "base/digest.h"

#include <assert.h>

enum {
    VERSION = 1,
    AT_EPOCH = 1,
    AT_QUERY = AT_EPOCH + 8,
    AT_KEYS = AT_QUERY + 8,
    AT_ID = AT_KEYS + 8 * SEARCH_SORTS,
    AT_CRC = AT_ID + 8,
    BYTES = AT_CRC + 4,
    TEXT = (BYTES * 8 + 5) / 6
};
static_assert((int)TEXT < (int)CURSOR_TEXT, "a cursor fits");
static_assert(sizeof(((struct search_query *)0)->cursor) > TEXT &&
                  sizeof(((struct search_result *)0)->next_cursor) > TEXT,
              "a cursor fits");

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- bytes ---- */

static void put_u64(unsigned char *to, uint64_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 8)
        to[i] = (unsigned char)v;
}

static uint64_t get_u64(const unsigned char *from)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | from[i];
    return v;
}

static uint32_t crc_of(const unsigned char b[static BYTES])
{
    return digest_crc32(0, b, AT_CRC);
}

static void pack(const struct cursor *c, unsigned char b[static BYTES])
{
    b[0] = VERSION;
    put_u64(b + AT_EPOCH, c->epoch);
    put_u64(b + AT_QUERY, c->query);
    for (size_t i = 0; i < SEARCH_SORTS; i++)
        put_u64(b + AT_KEYS + 8 * i, c->after.key[i]);
    put_u64(b + AT_ID, c->after.id);
    uint32_t crc = crc_of(b);
    for (int i = 3; i >= 0; i--, crc >>= 8)
        b[AT_CRC + i] = (unsigned char)crc;
}

static bool unpack(const unsigned char b[static BYTES], struct cursor *ret)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < 4; i++)
        crc = crc << 8 | b[AT_CRC + i];
    if (b[0] != VERSION || crc != crc_of(b))
        return false;
    ret->epoch = get_u64(b + AT_EPOCH);
    ret->query = get_u64(b + AT_QUERY);
    for (size_t i = 0; i < SEARCH_SORTS; i++)
        ret->after.key[i] = get_u64(b + AT_KEYS + 8 * i);
    ret->after.id = get_u64(b + AT_ID);
    return true;
}

/* ---- base64url ---- */

static void encode(const unsigned char b[static BYTES],
                   char out[static CURSOR_TEXT])
{
    uint32_t bits = 0;
    int have = 0, n = 0;
    for (int i = 0; i < BYTES; i++) {
        bits = bits << 8 | b[i];
        for (have += 8; have >= 6; have -= 6)
            out[n++] = alphabet[bits >> (have - 6) & 63];
    }
    if (have)
        out[n++] = alphabet[bits << (6 - have) & 63];
    out[n] = 0;
}

static bool decode(struct str s, unsigned char b[static BYTES])
{
    uint32_t bits = 0;
    int have = 0, n = 0;
    if (s.n != TEXT)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        const char *at = s.p[i] ? strchr(alphabet, s.p[i]) : NULL;
        if (!at)
            return false;
        bits = bits << 6 | (uint32_t)(at - alphabet);
        have += 6;
        if (have >= 8) {
            have -= 8;
            b[n++] = (unsigned char)(bits >> have);
        }
    }
    return (bits & ((1u << have) - 1)) == 0; /* rule 1: no stray bits */
}

void cursor_write(const struct cursor *c, char out[static CURSOR_TEXT])
{
    unsigned char b[BYTES];
    pack(c, b);
    encode(b, out);
}

int cursor_read(struct cursor *ret, struct str text, struct err *e)
{
    unsigned char b[BYTES];
    struct cursor c;
    if (!decode(text, b) || !unpack(b, &c))
        return err_set(e, RC_INPUT, "it is not one that was given out");
    *ret = c;
    return RC_OK;
}
