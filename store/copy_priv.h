/* store/copy_priv.h - the parts of store_copy(). */
#ifndef SVF_STORE_COPY_PRIV_H
#define SVF_STORE_COPY_PRIV_H

#include "store/whole_priv.h"

enum { COPY_TRIES = 5 }; /* of a write whose outcome was not known */

/* How far a copy has come, kept in the store that is being filled. */
struct copy_state {
    unsigned char from[STORE_ID_BYTES];
    struct store_pos pos; /* of from's feed: all before it is copied, but what
                             the scan has still to bring */
    uint32_t type;        /* whose scan is under way; STORE_TYPES = done */
    uint32_t part;        /* the next share of it, … */
    uint32_t of;          /* … of so many; 0 = not cut yet */
    bool sweep;           /* there may be records that from has no more */
    uint64_t version;     /* of the document; 0 = there is none */
};

/* A copy under way; one thread. */
struct copier {
    struct store *from, *to; /* borrowed */
    struct whole_pulse pulse;
    struct copy_state st;
    struct store_copy_report r;
    struct err *e;
};

/* RC_FENCED, and who it is. */
int copy_fenced(struct copier *c);
/* Read the state of a copy in @s. RC_NOTFOUND; RC_CORRUPT. */
int copy_state_read(struct store *s, struct copy_state *ret,
                    struct err *e) MUST_CHECK;
/* Write c->st, durable on return; remove it. RC_FENCED: c->to is another
 * copier's by now, or whole. */
int copy_state_write(struct copier *c) MUST_CHECK;
int copy_state_remove(struct copier *c) MUST_CHECK;

/* Bring @n records, whose fields are all there is to say, to c->to. */
int copy_put(struct copier *c, const struct schema_type *t, void *recs,
             size_t n) MUST_CHECK;
int copy_delete(struct copier *c, const struct schema_type *t,
                const uint64_t (*keys)[2], size_t n) MUST_CHECK;
/* Scan share c->st.part of a type into c->to. */
int copy_part(struct copier *c, const struct schema_type *t,
              const struct store_range *r) MUST_CHECK;
/* Delete from c->to the records of share @r that c->from has not. */
int copy_sweep_part(struct copier *c, const struct schema_type *t,
                    const struct store_range *r) MUST_CHECK;
/* Bring what changed behind c->st.pos, until nothing is told; *told = how
 * many. RC_LOST. */
int copy_follow(struct copier *c, uint64_t *told) MUST_CHECK;
/* Make documents and counters of c->to those of c->from. */
int copy_items(struct copier *c) MUST_CHECK;

#endif
