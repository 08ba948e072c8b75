/* base/jsonw.h - writes JSON as it goes, into a bounded buffer. */
#ifndef SVF_BASE_JSONW_H
#define SVF_BASE_JSONW_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSONW_DEPTH = 32 };

/*
 * Commas and quotes are the writer's; the caller keeps objects and arrays
 * balanced. Text that is not UTF-8 is written with U+FFFD in place of the
 * bad bytes, so the result always parses. Failures stick in the buffer.
 */
struct jsonw {
    struct buf *out; /* borrowed */
    uint32_t comma;  /* bit d: the value at depth d needs a comma first */
    int depth;
    bool after_key;
};

void jsonw_init(struct jsonw *w, struct buf *out);
void jsonw_obj(struct jsonw *w);
void jsonw_obj_end(struct jsonw *w);
void jsonw_arr(struct jsonw *w);
void jsonw_arr_end(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_key_str(struct jsonw *w, struct str key);
void jsonw_str(struct jsonw *w, struct str s);
void jsonw_z(struct jsonw *w, const char *z); /* NULL writes null */
void jsonw_u64(struct jsonw *w, uint64_t v);
void jsonw_i64(struct jsonw *w, int64_t v);
/* The shortest text that reads back as @v; not finite writes null. */
void jsonw_f64(struct jsonw *w, double v);
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
/* Insert @json, which must be one complete value, as it is. */
void jsonw_raw(struct jsonw *w, struct str json);
/* Insert @members ("a":1,"b":2), those of one object, as they are. */
void jsonw_raw_members(struct jsonw *w, struct str members);

/* Key and value in one line. */
void jsonw_kz(struct jsonw *w, const char *key, const char *z);
void jsonw_kstr(struct jsonw *w, const char *key, struct str s);
void jsonw_ku64(struct jsonw *w, const char *key, uint64_t v);
void jsonw_ki64(struct jsonw *w, const char *key, int64_t v);
void jsonw_kf64(struct jsonw *w, const char *key, double v);
void jsonw_kbool(struct jsonw *w, const char *key, bool v);

/* Append @s quoted and escaped to @out, outside of any writer. */
void jsonw_quote(struct buf *out, struct str s);

#endif
