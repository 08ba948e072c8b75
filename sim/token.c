/*
 * sim/token.c - page tokens: 8 bytes of place, 8 bytes of checksum.
 *
 * Rules
 *   1. a token holds all that is needed to go on: nothing is remembered
 *   2. a token is good for one list only; any other text is refused
 *
 * Threads: pure functions.
 */
#include "sim/token_priv.h"

#include "base/rnd.h"

#include <string.h>

enum { TOKEN_BYTES = 16 };

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void token_base64(struct buf *out, const void *p, size_t n)
{
    const unsigned char *b = p;
    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        uint32_t v = (uint32_t)b[i] << 16;
        v |= have > 1 ? (uint32_t)b[i + 1] << 8 : 0;
        v |= have > 2 ? b[i + 2] : 0;
        for (size_t k = 0; k <= have; k++)
            buf_c(out, digits[v >> (18 - 6 * k) & 63]);
    }
}

bool token_unbase64(struct str s, void *out, size_t max, size_t *n)
{
    unsigned char *to = out;
    uint32_t bits = 0;
    int have = 0;
    size_t done = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *at = s.p[i] ? strchr(digits, s.p[i]) : NULL;
        if (!at)
            return false;
        bits = bits << 6 | (uint32_t)(at - digits);
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        if (done == max)
            return false;
        to[done++] = (unsigned char)(bits >> have);
    }
    *n = done;
    return true;
}

static uint64_t check_of(struct token t, uint64_t list)
{
    return rnd_mix(rnd_mix(list) ^ ((uint64_t)t.at << 32 | t.position));
}

const char *token_text(struct token t, uint64_t list,
                       char out[static TOKEN_TEXT])
{
    unsigned char bytes[TOKEN_BYTES];
    uint64_t check = check_of(t, list);
    memcpy(bytes, &t.at, 4);
    memcpy(bytes + 4, &t.position, 4);
    memcpy(bytes + 8, &check, 8);
    struct buf b = BUF_INIT(TOKEN_TEXT);
    token_base64(&b, bytes, sizeof(bytes));
    memcpy(out, b.p ? b.p : "", b.n + 1);
    buf_fini(&b);
    return out;
}

bool token_read(struct str s, uint64_t list, struct token *ret)
{
    unsigned char bytes[TOKEN_BYTES];
    size_t n;
    if (s.n != TOKEN_TEXT - 1 || !token_unbase64(s, bytes, sizeof(bytes), &n) ||
        n != sizeof(bytes))
        return false;
    struct token t;
    uint64_t check;
    memcpy(&t.at, bytes, 4);
    memcpy(&t.position, bytes + 4, 4);
    memcpy(&check, bytes + 8, 8);
    if (check != check_of(t, list))
        return false;
    *ret = t;
    return true;
}
