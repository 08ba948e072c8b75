/*
 * net/net.h - one HTTP exchange: request in, bytes and timing out.
 * The only folder that sees libcurl.
 */
#ifndef SVF_NET_NET_H
#define SVF_NET_NET_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clk.h"
#include "base/ctr.h"
#include "base/err.h"
#include "base/log.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern struct ctr_table net_counters;

struct net_options {
    const char *base_url;     /* https, or http when the host is loopback */
    const struct secret *key; /* sent as x-goog-api-key to this origin only;
                                 borrowed; may be NULL */
    dur_t connect_timeout;    /* 10 s */
    dur_t total_timeout;      /* 60 s: from start to last byte */
    size_t body_max_bytes;    /* 16 MiB, after decompression */
    const char *user_agent;   /* must contain "gzip", as the API wants */
};
#define NET_OPTIONS_INIT                                                       \
    {                                                                          \
        .base_url = NULL, .key = NULL, .connect_timeout = DUR_S(10),           \
        .total_timeout = DUR_S(60), .body_max_bytes = 16u * 1024 * 1024,       \
        .user_agent = "svf (gzip)"                                             \
    }

struct net;      /* shared settings; one a process */
struct net_conn; /* one reused connection; one thread at a time */

/* Once before and after all threads. SIGPIPE is ignored from then on: TLS
 * writes would raise it when a peer hangs up. */
int net_global_init(struct err *e) MUST_CHECK;
void net_global_fini(void);

/* RC_CONFIG: url not understood, with user, query or fragment, or plain http
 * to a host that is not loopback (127.0.0.0/8, ::1, localhost); a key or user
 * agent that cannot stand in a header. */
int net_open(struct net **ret, const struct net_options *o,
             struct err *e) MUST_CHECK;
void net_close(struct net *n);
bool net_is_loopback(const struct net *n);
/* The same of a url that was not opened; false when it cannot be read. */
bool net_url_is_loopback(const char *url);
int net_conn_open(struct net_conn **ret, struct net *n,
                  struct err *e) MUST_CHECK;
void net_conn_close(struct net_conn *c);

struct net_request {
    const char *path;           /* "/videos", appended to the base url; it
                                   may stand in messages */
    struct str query;           /* encoded, without '?'; see net_query_put */
    const char *const *headers; /* "Name: value", NULL terminated; or NULL */
    const atomic_bool *stop;    /* becomes true: give up; may be NULL */
};

struct net_response {
    int status;          /* HTTP status */
    struct buf body;     /* decompressed; reset by net_get, freed by owner */
    uint64_t wire_bytes; /* as received, headers included */
    dur_t took;
    int64_t retry_after_s; /* Retry-After in seconds, -1 = none */
    bool is_json;          /* by Content-Type */
};
void net_response_init(struct net_response *r, size_t body_max_bytes);
void net_response_fini(struct net_response *r);

/*
 * Do one GET: at most one request goes on the wire, whatever happens. Every
 * status is RC_OK but a redirect; the caller looks at it.
 * RC_DOWN       no connection, reset, cut body, TLS failure; sys = curl code
 * RC_AGAIN      a deadline passed, or no byte came for 30 s
 * RC_LIMIT      the body exceeds body_max_bytes, here or in @r
 * RC_DENIED     a redirect: never followed; the message names the host
 * RC_INPUT      the peer does not speak HTTP, endless headers, broken gzip;
 *               or a path, query or header that cannot be sent (nothing was)
 * RC_CANCELLED  *stop became true; seen within 100 ms
 * On failure @r holds no body; wire_bytes and took are what was spent.
 * No message ever holds the key or the query. Where an answer quotes the key,
 * its body has as many stars instead.
 * Threads: one at a time a connection. Blocks: for total_timeout at most.
 */
int net_get(struct net_conn *c, const struct net_request *q,
            struct net_response *r, struct err *e) MUST_CHECK;

/* Append "name=value" percent-encoded, with '&' when @b is not empty. */
void net_query_put(struct buf *b, const char *name, struct str value);

#endif
