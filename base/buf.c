/*
 * base/buf.c - the bounded buffer.
 *
 * Rules
 *   1. n <= max, and n < cap whenever p is set
 *   2. after a failure nothing changes until buf_reset()
 *   3. the bytes are always followed by a 0 that does not count
 */
#include "base/buf.h"

#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>

void buf_fini(struct buf *b)
{
    if (!b)
        return;
    free(b->p);
    b->p = NULL;
    b->n = 0;
    b->cap = 0;
    b->failed = 0;
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->failed = 0;
    if (b->p)
        b->p[0] = '\0';
}

static int grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 256;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    char *p = realloc(b->p, cap);
    if (!p)
        return RC_NOMEM;
    b->p = p;
    b->p[b->n] = '\0';
    b->cap = cap;
    return RC_OK;
}

char *buf_room(struct buf *b, size_t n)
{
    if (b->failed)
        return NULL;
    if (n > b->max - b->n || n >= SIZE_MAX - b->n) {
        b->failed = RC_LIMIT;
        return NULL;
    }
    if (b->cap - b->n <= n && (b->failed = grow(b, b->n + n + 1)))
        return NULL;
    return b->p + b->n;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
    char *to = buf_room(b, n);
    if (!to)
        return;
    if (n)
        memcpy(to, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_str(struct buf *b, struct str s)
{
    buf_put(b, s.p, s.n);
}

void buf_z(struct buf *b, const char *z)
{
    buf_put(b, z, strlen(z));
}

void buf_c(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_u64(struct buf *b, uint64_t v)
{
    char tmp[20];
    buf_put(b, tmp, num_put_u64(tmp, v));
}

void buf_i64(struct buf *b, int64_t v)
{
    if (v < 0)
        buf_c(b, '-');
    buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_vf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *to = n < 0 ? NULL : buf_room(b, (size_t)n);
    if (to) {
        vsnprintf(to, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void buf_f(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vf(b, fmt, ap);
    va_end(ap);
}

struct str buf_view(const struct buf *b)
{
    return str_n(b->p, b->n);
}

int buf_check(const struct buf *b, const char *what, struct err *e)
{
    if (b->failed == RC_LIMIT)
        return err_set(e, RC_LIMIT, "%s exceeds %zu bytes", what, b->max);
    if (b->failed)
        return err_set(e, b->failed, "no memory for %s", what);
    return RC_OK;
}
