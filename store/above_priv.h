/*
 * store/above_priv.h - shared by what lies above the verbs: leases, sources,
 * reports, epochs. They use nothing of a back end but store.h.
 */
#ifndef SVF_STORE_ABOVE_PRIV_H
#define SVF_STORE_ABOVE_PRIV_H

#include "store/store.h"

enum {
    ABOVE_TRIES = 16,           /* of a compare-and-set that others disturb */
    ABOVE_DOC_BYTES = 16 * 1024 /* a lease or a source is far smaller */
};

/* Can @body be read as the source, the lease @key? RC_CORRUPT when not. */
int source_check(struct str body, const char *key, struct err *e) MUST_CHECK;
int lease_check(struct str body, const char *key, struct err *e) MUST_CHECK;

/*
 * Is the process that called itself @holder dead for certain? Only answered
 * for processes of this machine; false when it cannot be known.
 */
bool lease_holder_dead(const char *holder);

#endif
