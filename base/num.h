/* base/num.h - integers: checked arithmetic, reading from text. */
#ifndef SVF_BASE_NUM_H
#define SVF_BASE_NUM_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* 128 bits, for sums that must be exact. */
__extension__ typedef unsigned __int128 num_u128;
__extension__ typedef __int128 num_i128;

/* Compute and return true, or leave *@ret alone and return false. */
static inline bool num_add_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
    uint64_t v;
    if (__builtin_add_overflow(a, b, &v))
        return false;
    *ret = v;
    return true;
}
static inline bool num_mul_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
    uint64_t v;
    if (__builtin_mul_overflow(a, b, &v))
        return false;
    *ret = v;
    return true;
}
static inline bool num_add_i64(int64_t a, int64_t b, int64_t *ret)
{
    int64_t v;
    if (__builtin_add_overflow(a, b, &v))
        return false;
    *ret = v;
    return true;
}
static inline bool num_mul_i64(int64_t a, int64_t b, int64_t *ret)
{
    int64_t v;
    if (__builtin_mul_overflow(a, b, &v))
        return false;
    *ret = v;
    return true;
}
static inline bool num_mul_size(size_t a, size_t b, size_t *ret)
{
    size_t v;
    if (__builtin_mul_overflow(a, b, &v))
        return false;
    *ret = v;
    return true;
}

/*
 * Read all of @s as decimal digits. No sign, blank or empty text.
 * RC_INPUT when it is anything else or exceeds 64 bits.
 */
int num_u64(struct str s, uint64_t *ret, struct err *e) MUST_CHECK;

/* The same with an optional leading '-'. */
int num_i64(struct str s, int64_t *ret, struct err *e) MUST_CHECK;

/* Read all of @s as a finite decimal number, "0.5", "12", "1e3". */
int num_f64(struct str s, double *ret, struct err *e) MUST_CHECK;

/*
 * Read a count as people write it: digits, an optional fraction and one of
 * k, M, G (powers of 1000): "1k", "2.5M", "120". RC_INPUT when not whole.
 */
int num_human(struct str s, uint64_t *ret, struct err *e) MUST_CHECK;

/* The same of bytes: k, M, G are powers of 1024. */
int num_bytes(struct str s, uint64_t *ret, struct err *e) MUST_CHECK;

/*
 * Write @v in decimal to @out (at least 20 bytes, not terminated) and
 * return the number of digits.
 */
size_t num_put_u64(char *out, uint64_t v);

#endif
