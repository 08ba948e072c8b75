/*
 * store/whole.h - what is done with a store as a whole: summing up, copying,
 * checking. Written once above the verbs. Part of store.h.
 */
#ifndef SVF_STORE_WHOLE_H
#define SVF_STORE_WHOLE_H

#include "store/store.h"

#include <stdatomic.h>

/* What a store holds. Two stores that hold the same have the same figures,
 * whatever they are made of and in whatever order they were filled. */
struct store_content {
    uint64_t videos, channels, samples;
    uint64_t documents; /* all but leases */
    uint64_t counters;  /* that are not 0 */
    uint64_t checksum;  /* of all these, by content; versions and fences of
                           a store are its own and not in it */
};
bool store_content_equal(const struct store_content *a,
                         const struct store_content *b);

/* How long work shows that it lives, and is told to stop. */
struct store_work {
    struct clk *clk;         /* borrowed */
    int progress_fd;         /* -1 = silent */
    const atomic_bool *stop; /* may be NULL */
};

/* ---- copy ---- */

struct store_copy_report {
    struct store_content content; /* of both stores at the end */
    uint64_t written;             /* records put or deleted by this call */
    uint64_t followed; /* changes of @from that came while it was copied */
    uint64_t rescans;  /* times that all had to be brought anew */
    bool resumed;      /* an earlier call had begun */
};

/*
 * Make @to hold what @from holds: records, documents, counters; not leases.
 * @to is empty, or holds what an earlier call for the same @from left behind:
 * then it goes on there. What changes in @from meanwhile is followed. At
 * the end both were read whole and are equal.
 *
 * Versions of documents and fences begin anew in @to: they only mean something
 * beside the leases of a store, and those of @from are none of @to's. For the
 * time of the call the lease "job" of @to is taken, so no job works there.
 *
 * RC_EXISTS  @to holds something else · RC_INPUT  both are one store
 * RC_CONFIG  they are of different kinds
 * RC_AGAIN   a job works on one of the two; or @from was changed faster than
 *            it could be followed. Call again
 * RC_CORRUPT a record of @from is damaged, or the two differ at the end
 * RC_FENCED  another call has taken over · RC_CANCELLED  *stop became true
 * After any failure but the first three another call goes on.
 */
int store_copy(struct store *from, struct store *to, const struct store_work *w,
               struct store_copy_report *ret, struct err *e) MUST_CHECK;
/* May @from be copied now? RC_AGAIN: a job works on it. RC_CORRUPT: it is
 * itself a copy that is not finished. */
int store_copy_source(struct store *from, wall_t now, struct err *e) MUST_CHECK;
/* *ret: @s holds a copy that is not finished, so it is not whole. */
int store_copy_unfinished(struct store *s, bool *ret, struct err *e) MUST_CHECK;

/* ---- check ---- */

enum { STORE_FINDINGS_MAX = 10 };

/* One line about what was found. @wrong false: it only says what was not
 * looked at, or which figures of a server are off, as they may be. */
typedef void (*store_finding_fn)(void *ctx, bool wrong, const char *line);

struct store_check_report {
    struct store_content content;
    uint64_t wrong; /* findings; of the back end's those that it told */
    bool moving;    /* it was written meanwhile: figures were not compared */
};

/*
 * Read everything and tell @fn what is not as it should be: records that
 * schema_validate() refuses, samples without a video, documents that cannot be
 * read, counters out of bounds, wrong figures, and what the back end finds in
 * its own structures. Nothing is changed. At most STORE_FINDINGS_MAX of a kind
 * are told. All are counted, but a back end may stop to look for more of a
 * kind when it found so many.
 * Fails only when the store cannot be read at all; damage is a finding.
 */
int store_check(struct store *s, const struct store_work *w,
                store_finding_fn fn, void *ctx, struct store_check_report *ret,
                struct err *e) MUST_CHECK;

#endif
