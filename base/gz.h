/* base/gz.h - gzip of whole buffers, bounded on the way out. */
#ifndef SVF_BASE_GZ_H
#define SVF_BASE_GZ_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* Append the gzip form of @in to @out. @level [1, 9]. RC_LIMIT, RC_NOMEM; on
 * failure @out holds what it held before. */
int gz_deflate(struct str in, int level, struct buf *out,
               struct err *e) MUST_CHECK;

/* Append what gzip (or zlib) bytes @in hold; RC_CORRUPT when damaged or cut,
 * RC_LIMIT when the result exceeds out->max (a bomb); on failure @out holds
 * what it held before. Gzip members may follow each other. */
int gz_inflate(struct str in, struct buf *out, struct err *e) MUST_CHECK;

#endif
