/*
 * api/api.h - the HTTP service over a struct search: JSON API, page, health.
 * It knows no store, quota or miner: what it reports of them comes through
 * struct api_sources, filled by cli/.
 */
#ifndef SVF_API_API_H
#define SVF_API_API_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clk.h"
#include "base/ctr.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "search/search.h"

#include <stdbool.h>

extern struct ctr_table api_counters;

/* May ratios be told? Local stores: always. */
struct api_policy {
    bool derived;               /* ratios may be told */
    bool derived_loopback_only; /* `review`: only to loopback clients */
    wall_t derived_until;       /* they may until then; ms 0 = for ever */
    const char *banner;         /* shown with them; NULL = none */
};

struct api_sources {
    void *ctx;
    /* Write the members of the status object (between { and }). Called on
     * an API thread; must answer from memory. */
    void (*status)(void *ctx, struct jsonw *w);
    /* Append Prometheus text of all counter tables. */
    void (*metrics)(void *ctx, struct buf *out);
};

struct api_options {
    const char *listen;       /* "127.0.0.1:8080", "[::1]:0", … */
    const char *web_dir;      /* serve the page from here; NULL = built in */
    const char *cors_origins; /* comma list; "" = none */
    struct search *search;    /* borrowed */
    struct api_sources sources;
    struct api_policy policy;
    struct clk *clk;
    struct log *log;       /* may be NULL */
    int threads;           /* [1, 64]; 0 = one a core */
    dur_t request_timeout; /* whole request, 10 s */
};

struct api; /* opaque */

/* RC_EXISTS the port is in use · RC_CONFIG listen not understood · RC_IO */
int api_open(struct api **ret, const struct api_options *o,
             struct err *e) MUST_CHECK;
/* RC_CONFIG: @listen is no address that api_open() would take. */
int api_listen_check(const char *listen, struct err *e) MUST_CHECK;
/* "http://127.0.0.1:8080", with the real port. */
const char *api_url(const struct api *a);
/* Stop taking connections, finish what is in flight (at most @grace). */
void api_stop(struct api *a, dur_t grace);
void api_close(struct api *a);

/* ---- parts of answers that the command line prints too ---- */

/* Append members of `meta`: how many videos were left out, or kept, because a
 * fact is unknown, and whether all share one bucket. */
void api_unknown_json(struct jsonw *w, const struct search_result *r);
/* Append the object {ratio, buckets:[{viewsMin, viewsMax, n, quantiles}]}. */
void api_buckets_json(struct jsonw *w, const struct ratio_table *t);

/*
 * Answer a request without a socket: for tests. It counts as one from
 * loopback, with no headers.
 * @method  "GET"
 * @uri     raw, "/api/v1/videos?top=1"
 * @ret     filled; its body is the caller's, emptied first
 * Threads: any.
 */
struct api_answer {
    int status;
    char content_type[64];
    char etag[40];
    struct buf body;
};
int api_answer(struct api *a, const char *method, const char *uri,
               struct api_answer *ret, struct err *e) MUST_CHECK;

#endif
