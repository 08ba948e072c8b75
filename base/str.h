/* base/str.h - a borrowed slice of bytes; not terminated, may be empty. */
#ifndef SVF_BASE_STR_H
#define SVF_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
    const char *p; /* borrowed; NULL only when n is 0 */
    size_t n;      /* bytes */
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
/* For printf: printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_of(const char *z)
{
    return (struct str){ z, z ? strlen(z) : 0 };
}

static inline struct str str_n(const char *p, size_t n)
{
    return (struct str){ p, n };
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_eqz(struct str a, const char *z)
{
    return str_eq(a, str_of(z));
}

static inline bool str_starts(struct str a, struct str front)
{
    return a.n >= front.n &&
           (front.n == 0 || memcmp(a.p, front.p, front.n) == 0);
}

/* Order as bytes, the shorter first among equals: <0, 0, >0. */
static inline int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    if (c)
        return c;
    return (a.n > b.n) - (a.n < b.n);
}

/* Drop @n bytes from the front; n must not exceed a.n. */
static inline struct str str_from(struct str a, size_t n)
{
    return (struct str){ a.p + n, a.n - n };
}

/* Cut blanks, tabs and line ends from both ends. */
static inline struct str str_trim(struct str a)
{
    while (a.n && (unsigned char)a.p[0] <= ' ')
        a = str_from(a, 1);
    while (a.n && (unsigned char)a.p[a.n - 1] <= ' ')
        a.n--;
    return a;
}

/*
 * Take the part of *@rest up to @sep (or all of it) and move *@rest behind
 * it; *@rest becomes {NULL,0} after the last part. False when *@rest is
 * {NULL,0} already, so "" yields one empty part and NULL none.
 */
static inline bool str_split(struct str *rest, char sep, struct str *part)
{
    if (!rest->p)
        return false;
    const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    if (!at) {
        *part = *rest;
        *rest = (struct str){ NULL, 0 };
        return true;
    }
    size_t n = (size_t)(at - rest->p);
    *part = str_n(rest->p, n);
    *rest = str_from(*rest, n + 1);
    return true;
}

#endif
