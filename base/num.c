/*
 * base/num.c - reads numbers strictly.
 *
 * Rules
 *   1. the whole text must be the number; nothing is skipped or guessed
 *   2. *ret is written only on RC_OK
 */
#include "base/num.h"

#include <math.h>
#include <stdlib.h>

static int not_a(struct err *e, const char *what, struct str s)
{
    return err_set(e, RC_INPUT, "'%.*s' is not %s", s.n > 40 ? 40 : (int)s.n,
                   s.p ? s.p : "", what);
}

int num_u64(struct str s, uint64_t *ret, struct err *e)
{
    uint64_t v = 0;
    if (s.n == 0 || s.n > 40)
        return not_a(e, "a whole number", s);
    for (size_t i = 0; i < s.n; i++) {
        unsigned d = (unsigned)(unsigned char)s.p[i] - '0';
        if (d > 9)
            return not_a(e, "a whole number", s);
        if (!num_mul_u64(v, 10, &v) || !num_add_u64(v, d, &v))
            return not_a(e, "a number below 2^64", s);
    }
    *ret = v;
    return RC_OK;
}

int num_i64(struct str s, int64_t *ret, struct err *e)
{
    bool neg = s.n && s.p[0] == '-';
    uint64_t v;
    int rc = num_u64(neg ? str_from(s, 1) : s, &v, e);
    if (rc)
        return rc;
    if (v > (uint64_t)INT64_MAX + (neg ? 1 : 0))
        return not_a(e, "a number in 64 bits", s);
    *ret = neg ? (int64_t)(0 - v) : (int64_t)v;
    return RC_OK;
}

int num_f64(struct str s, double *ret, struct err *e)
{
    char z[48];
    if (s.n == 0 || s.n >= sizeof(z))
        return not_a(e, "a number", s);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' ||
              c == 'e' || c == 'E'))
            return not_a(e, "a number", s);
        z[i] = c;
    }
    z[s.n] = '\0';
    char *end;
    double v = strtod(z, &end);
    if (*end || !isfinite(v))
        return not_a(e, "a number", s);
    *ret = v;
    return RC_OK;
}

/* Digits with an optional fraction, times @unit; must come out whole. */
static int scaled(struct str s, uint64_t unit, uint64_t *ret)
{
    uint64_t v = 0;
    uint64_t scale = 1;
    bool dot = false;
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && !dot) {
            dot = true;
            continue;
        }
        unsigned d = (unsigned)(unsigned char)s.p[i] - '0';
        if (d > 9 || !num_mul_u64(v, 10, &v) || !num_add_u64(v, d, &v))
            return RC_INPUT;
        if (dot && !num_mul_u64(scale, 10, &scale))
            return RC_INPUT;
        digits++;
    }
    if (!digits || !num_mul_u64(v, unit, &v) || v % scale)
        return RC_INPUT;
    *ret = v / scale;
    return RC_OK;
}

static int with_suffix(struct str s, uint64_t base, uint64_t *ret)
{
    uint64_t unit = 1;
    if (s.n) {
        switch (s.p[s.n - 1]) {
        case 'k':
        case 'K':
            unit = base;
            break;
        case 'm':
        case 'M':
            unit = base * base;
            break;
        case 'g':
        case 'G':
            unit = base * base * base;
            break;
        default:
            return scaled(s, 1, ret);
        }
        s.n--;
    }
    return scaled(s, unit, ret);
}

int num_human(struct str s, uint64_t *ret, struct err *e)
{
    if (s.n > 40 || with_suffix(s, 1000, ret))
        return not_a(e, "a count such as 500, 10k or 2M", s);
    return RC_OK;
}

int num_bytes(struct str s, uint64_t *ret, struct err *e)
{
    if (s.n > 40 || with_suffix(s, 1024, ret))
        return not_a(e, "a size such as 500, 64k or 2M", s);
    return RC_OK;
}

size_t num_put_u64(char *out, uint64_t v)
{
    char tmp[20];
    size_t n = 0;
    do {
        tmp[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    for (size_t i = 0; i < n; i++)
        out[i] = tmp[n - 1 - i];
    return n;
}
