/*
 * sim/out_priv.h - writes one answer, leaving out what `fields=` did not
 * select. Each call names a key of the object that is open.
 */
#ifndef SVF_SIM_OUT_PRIV_H
#define SVF_SIM_OUT_PRIV_H

#include "base/attr.h"
#include "base/jsonw.h"
#include "sim/fields_priv.h"

#include <stdbool.h>
#include <stdint.h>

enum { OUT_DEPTH = 16, OUT_ETAG = 28 }; /* an etag's text, terminated */

struct out {
    struct jsonw w;
    const struct fields *fields; /* borrowed; NULL selects all */
    uint16_t at[OUT_DEPTH];      /* position of each open object or array */
    int depth;
    size_t etag_at; /* where the answer's own etag goes; 0 = not selected */
    size_t item_at; /* where the open item begins */
    size_t item_etag_at; /* where its etag goes; 0 = not selected */
};

/* Begin an answer of @kind into @body (borrowed, empty): the outer object,
 * its kind and the place of its etag. */
void out_begin(struct out *o, struct buf *body, const struct fields *f,
               const char *kind);
/* Close the outer object, compute the etag of all that was written, put it
 * in its place and copy it to @etag. */
void out_finish(struct out *o, char etag[static OUT_ETAG]);

/* True when @key of the open object is selected, at least in part. */
bool out_wants(const struct out *o, const char *key);

/* Open an object or array when it is selected; close it only then. */
bool out_obj(struct out *o, const char *key) MUST_CHECK;
bool out_arr(struct out *o, const char *key) MUST_CHECK;
void out_end(struct out *o);
void out_arr_end(struct out *o);
/* An item of @kind in the open array: its object, kind and the place of its
 * etag. Items do not nest. */
void out_item(struct out *o, const char *kind);
/* Close it and put the etag of all that was written in its place. */
void out_item_end(struct out *o);
/* A text in the open array. */
void out_elem(struct out *o, struct str s);

void out_str(struct out *o, const char *key, struct str s);
void out_z(struct out *o, const char *key, const char *z);
/* A 64-bit number, which the API sends as text. */
void out_count(struct out *o, const char *key, uint64_t v);
void out_u64(struct out *o, const char *key, uint64_t v);
void out_null(struct out *o, const char *key);
void out_bool(struct out *o, const char *key, bool v);
void out_time(struct out *o, const char *key, int64_t seconds);

/* A hash of @n bytes, eight at a time; not for storage. */
uint64_t out_hash(uint64_t h, const void *p, size_t n);
/* Append the indented form of compact @json, as the service sends it by
 * default. */
void out_pretty(struct str json, struct buf *out);

#endif
