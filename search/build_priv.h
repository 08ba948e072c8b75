/* search/build_priv.h - making segments: from records, from segments. */
#ifndef SVF_SEARCH_BUILD_PRIV_H
#define SVF_SEARCH_BUILD_PRIV_H

#include "search/post_priv.h"
#include "search/seg_priv.h"

enum {
    BUILD_MAX = 1 << 17,   /* records a builder takes */
    BUILD_BYTES = 1 << 28, /* stored fields, and then it is full */
    BUILD_POSTINGS = 1 << 26,
};

struct builder; /* opaque; collects records in any order */

/* @words false leaves the dictionary out. RC_NOMEM. */
int builder_open(struct builder **ret, bool words, struct err *e) MUST_CHECK;
void builder_close(struct builder *b);
size_t builder_count(const struct builder *b);
/* It has all it may hold: call builder_finish() before the next record. */
bool builder_full(const struct builder *b);
/* Take a searchable record; its text is copied. Each id at most once.
 * RC_LIMIT when full; RC_NOMEM. After a failure it can only be closed. */
int builder_add(struct builder *b, const struct video *v,
                struct err *e) MUST_CHECK;
/* Make a segment of what was taken; the builder is empty afterwards. */
int builder_finish(struct builder *b, struct seg **ret,
                   struct err *e) MUST_CHECK;

/* A segment as it is now. */
struct part {
    struct seg *seg;
    struct facts *facts;
    uint32_t first;  /* number of its first document in the snapshot */
    uint64_t digest; /* sum over the living */
};
static inline uint32_t part_live(const struct part *p)
{
    return p->seg->n - p->facts->n_dead;
}

/* One segment of all living documents of @n parts; no id lives twice.
 * RC_NOMEM, RC_LIMIT (2^31 documents). */
int seg_merge(const struct part *parts, size_t n, struct seg **ret,
              struct err *e) MUST_CHECK;

#endif
