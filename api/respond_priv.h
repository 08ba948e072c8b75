/* api/respond_priv.h - from a parsed HTTP request to a queued response. */
#ifndef SVF_API_RESPOND_PRIV_H
#define SVF_API_RESPOND_PRIV_H

#include "api/api_priv.h"

#include <microhttpd.h>

struct responder; /* per loop: compressor and buffers */
struct exchange;  /* per request */

int responder_open(struct responder **ret, struct api *a,
                   struct err *e) MUST_CHECK;
void responder_close(struct responder *p);

/* The request line has arrived: keep its address (borrowed for the call).
 * NULL when memory ends; else end it with respond_end(). */
struct exchange *respond_begin(const char *raw_uri);
/* All headers are there. The library calls twice: the first call reads the
 * headers and answers only to refuse, the second one answers. MHD_NO closes
 * the connection. Threads: the loop's. */
enum MHD_Result respond(struct responder *p, struct MHD_Connection *mc,
                        struct exchange *x, const char *method);
void respond_end(struct exchange *x);

#endif
