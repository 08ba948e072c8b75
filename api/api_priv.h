/* api/api_priv.h - one request, one answer, and who makes it. */
#ifndef SVF_API_API_PRIV_H
#define SVF_API_API_PRIV_H

#include "api/api.h"

#include "base/thr.h"

#include <inttypes.h>
#include <stdatomic.h>

#include <sys/socket.h>

enum {
#define CTR CTR_ENUM
#include "api/counters.def"
#undef CTR
};
extern struct ctr api_ctr[];

enum { API_PARAMS_MAX = 64, API_URI_MAX = 4096, API_BODY_MAX = 64 << 20 };

/* A request as the routes see it; text is borrowed from the decoder. */
struct request {
    struct str path; /* decoded, "/api/v1/videos" */
    struct {
        struct str name, value; /* decoded */
    } params[API_PARAMS_MAX];
    size_t n_params;
    char text[API_URI_MAX + 1]; /* holds path and params */
    char id[24];                /* X-Request-Id */
    char if_none_match[512];    /* cut there: who names more gets all again */
    char origin[128];           /* of CORS */
    bool gzip;                  /* the client takes gzip */
    bool no_json;               /* the client's Accept leaves JSON out */
    bool loopback;              /* the client is on this machine */
};

enum answer_cache { CACHE_NEVER, CACHE_DATA, CACHE_PAGE };

struct answer {
    int status;
    const char *type;
    const char *allow; /* of 405 */
    char etag[40];     /* with quotes, "" = none */
    char link[2048];   /* the value of Link, "" = none */
    enum answer_cache cache;
    bool close;         /* end the connection */
    int64_t data_age_s; /* -1 = not data */
    struct buf body;
};

struct api {
    struct api_options o;
    char url[128];
    char listen[128];
    _Atomic bool draining;
    _Atomic uint64_t next_request;
    uint64_t boot;             /* makes request ids differ between starts */
    _Atomic int64_t in_flight; /* requests begun and not ended */
    int landed_fd;             /* eventfd: the last one ended while draining */
    size_t n_loops;
    struct loop *loops; /* owned */
};

/* ---- uri.c ---- */

/*
 * Decode a raw request target into @q: path and parameters. Refuses NUL,
 * control characters, bad escapes, more than API_PARAMS_MAX parameters.
 * RC_LIMIT  longer than API_URI_MAX (414) · RC_INPUT  else (400)
 */
int uri_decode(const char *raw, struct request *q, struct err *e) MUST_CHECK;

/* ---- route.c ---- */

/* Begin a request: give it its id. */
void request_init(struct api *a, struct request *q);
/* Is @method one that is answered here? */
bool route_takes(const char *method);
/* Make the 405 of one that is not. */
void route_refuse_method(const struct request *q, struct answer *r);
/* Answer @q; never fails: what goes wrong becomes a problem. */
void route_answer(struct api *a, const char *method, const char *raw_uri,
                  struct request *q, struct answer *r);
void answer_init(struct answer *r);

/* ---- problem.c ---- */

/* Replace the answer by an RFC 9457 problem. @detail one sentence;
 * @parameter may be NULL. */
void problem(const struct request *q, struct answer *r, int status,
             const char *code, const char *detail,
             const struct search_problem *parameter);

/* ---- routes ---- */

void route_videos(struct api *a, const struct request *q, struct answer *r);
void route_video(struct api *a, const struct request *q, struct answer *r);
void route_buckets(struct api *a, const struct request *q, struct answer *r);
void route_status(struct api *a, const struct request *q, struct answer *r);
void route_health(struct api *a, const struct request *q, struct answer *r);
void route_metrics(struct api *a, const struct request *q, struct answer *r);
void route_page(struct api *a, const struct request *q, struct answer *r);
/* May this client be told ratios? */
bool route_derived(const struct api *a, const struct request *q);
void route_derived_off(const struct request *q, struct answer *r);

/* ---- loop.c ---- */

int loops_open(struct api *a, struct err *e) MUST_CHECK;
/* Close the listening sockets, wait for what is in flight. */
void loops_drain(struct api *a, dur_t grace);
void loops_close(struct api *a);

/* ---- listen.c ---- */

struct listen_address {
    struct sockaddr_storage addr;
    socklen_t len;
    bool v6;
    char host[80]; /* as written, without brackets */
    uint16_t port;
};
int listen_parse(const char *text, struct listen_address *ret,
                 struct err *e) MUST_CHECK;
/* Is anybody listening there? RC_EXISTS. Port 0 is always free. */
int listen_probe(const struct listen_address *l, struct err *e) MUST_CHECK;
void listen_set_port(struct listen_address *l, uint16_t port);

#endif
