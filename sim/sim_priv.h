/* sim/sim_priv.h - the simulator: the service behind its sockets. */
#ifndef SVF_SIM_SIM_PRIV_H
#define SVF_SIM_SIM_PRIV_H

#include "base/thr.h"
#include "sim/service_priv.h"
#include "sim/sim.h"

enum { SIM_URL = 64, SIM_CONNECTIONS = 1024 };

struct sim {
    struct service service;
    struct log *log; /* borrowed; may be NULL */
    dur_t latency;
    char url[SIM_URL];
    struct http *http; /* owned */

    struct mtx mu;
    struct cnd stop;  /* signalled once, when stopping */
    struct cnd room;  /* signalled when an answer is ready */
    bool stopping;    /* under mu */
    int free_threads; /* answers that may still be begun; under mu */
};

/* Wait for @d, or less when the simulator stops. False when it stops. */
bool sim_wait(struct sim *s, dur_t d);
/* Answer @r as one of at most `threads` at a time. */
void sim_answer(struct sim *s, const struct request *r, struct answer *ret);

/* Listen on @listen and serve @s. RC_INPUT, RC_DENIED, RC_EXISTS, RC_IO. */
int http_open(struct http **ret, struct sim *s, const char *listen,
              struct err *e) MUST_CHECK;
/* Stop in stages: no new connections, waiting answers end early, all threads
 * are joined. NULL is fine. */
void http_close(struct http *h);

/* A bound, listening socket for "127.0.0.1:0", and the URL it can be reached
 * at (listen.c). */
int listen_open(const char *address, int *fd, char url[static SIM_URL],
                struct err *e) MUST_CHECK;

#endif
