/* base/buf.h - bytes that grow up to a bound given at the start. */
#ifndef SVF_BASE_BUF_H
#define SVF_BASE_BUF_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Appending never reports by itself: the first failure (bound or memory)
 * sticks, later appends do nothing, and buf_check() tells once at the end.
 */
struct buf {
    char *p;    /* owned; terminated with 0 whenever not NULL */
    size_t n;   /* bytes used, without the terminator */
    size_t cap; /* bytes owned */
    size_t max; /* bytes that n may reach */
    int failed; /* 0, RC_LIMIT or RC_NOMEM */
};

#define BUF_INIT(max_bytes)                                                    \
    {                                                                          \
        .p = NULL, .n = 0, .cap = 0, .max = (max_bytes), .failed = 0           \
    }

void buf_fini(struct buf *b);
/* Empty but usable; keeps the memory, forgets the failure. */
void buf_reset(struct buf *b);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_z(struct buf *b, const char *z);
void buf_c(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
void buf_f(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
/* Make room for @n more bytes and return where they go, or NULL. */
char *buf_room(struct buf *b, size_t n);
struct str buf_view(const struct buf *b);
/* RC_OK, or the sticky failure with a sentence naming @what. */
int buf_check(const struct buf *b, const char *what, struct err *e) MUST_CHECK;

#endif
