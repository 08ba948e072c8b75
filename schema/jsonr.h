/*
 * schema/jsonr.h - read a small JSON document without seeing the parser.
 * Part of schema.h; other folders include that.
 */
#ifndef SVF_SCHEMA_JSONR_H
#define SVF_SCHEMA_JSONR_H

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsonr; /* a value; lives as long as its root */

/* Parse @body, an object or array at most 64 deep. RC_INPUT with line and
 * column; RC_NOMEM. The root is the caller's until jsonr_close(), which
 * takes NULL too. Readers may share it. */
int jsonr_open(struct jsonr **ret, struct str body, struct err *e) MUST_CHECK;
void jsonr_close(struct jsonr *root);

/* The value at @path ("limits.general"), or NULL; @v may be NULL. */
const struct jsonr *jsonr_get(const struct jsonr *v, const char *path);
/* Elements of an array (0 for anything else) and one of them, or NULL. */
size_t jsonr_len(const struct jsonr *v);
const struct jsonr *jsonr_item(const struct jsonr *v, size_t i);
/* Call @fn for each member of an object until it returns false. */
void jsonr_each(const struct jsonr *v,
                bool (*fn)(void *ctx, struct str key, const struct jsonr *v),
                void *ctx);

bool jsonr_is_object(const struct jsonr *v);
bool jsonr_is_array(const struct jsonr *v);
bool jsonr_is_null(const struct jsonr *v);
/* False, and *@ret untouched, when absent or of another type. Numbers are
 * also taken from strings of digits, as the API sends them, and whole
 * numbers from reals up to 2^53. Text may hold NUL. */
bool jsonr_str(const struct jsonr *v, struct str *ret);
bool jsonr_u64(const struct jsonr *v, uint64_t *ret);
bool jsonr_i64(const struct jsonr *v, int64_t *ret);
bool jsonr_f64(const struct jsonr *v, double *ret);
bool jsonr_bool(const struct jsonr *v, bool *ret);

#endif
