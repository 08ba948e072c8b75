/* sim/faults_priv.h - faults on request: which answers go wrong, and how. */
#ifndef SVF_SIM_FAULTS_PRIV_H
#define SVF_SIM_FAULTS_PRIV_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/thr.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    FAULTS_MAX = 64, /* rules */
    FAULTS_JSON_MAX = 1 << 20,
    FAULTS_BODY_MAX = 64 * 1024,
    FAULTS_TEXT = 256 /* bytes of a reason or an address */
};

/* What happens to one request; all zero = nothing. */
struct fault {
    int status; /* 0 = the true answer */
    char reason[FAULTS_TEXT];
    char *body; /* owned; NULL = made from status and reason */
    size_t body_n;
    int64_t delay_ms;
    int64_t cut_after; /* bytes of the body that are sent; -1 = all */
    int64_t drip;      /* bytes a second; 0 = at once */
    char redirect[FAULTS_TEXT];
    int64_t retry_after_s; /* 0 = no such header */
};
#define FAULT_INIT                                                             \
    {                                                                          \
        .cut_after = -1                                                        \
    }
void fault_fini(struct fault *f);

struct faults_rule; /* private */

struct faults {
    struct mtx mu;
    uint64_t default_seed;
    uint64_t seed;             /* under mu, as all below */
    struct faults_rule *rules; /* owned */
    size_t n;
};

void faults_init(struct faults *f, uint64_t seed);
void faults_fini(struct faults *f);

/*
 * Replace the rules by those of @json: a list of {match, action}, or an
 * object {seed, faults: [list]}. Counting begins anew. RC_INPUT says which
 * rule and key is wrong; then the old rules stay.
 */
int faults_set(struct faults *f, struct str json, struct err *e) MUST_CHECK;
/* The same from a file. RC_NOTFOUND, RC_INPUT. */
int faults_load(struct faults *f, const char *path, struct err *e) MUST_CHECK;
void faults_clear(struct faults *f);

/* Count a request of @method ("videos.list") and tell what happens to it:
 * the first rule that matches. RC_NOMEM. */
int faults_next(struct faults *f, const char *method, struct fault *ret,
                struct err *e) MUST_CHECK;
/* Append {"seed":…,"faults":[{"seen":n,"hit":n},…]}. */
void faults_json(struct faults *f, struct buf *out);

#endif
