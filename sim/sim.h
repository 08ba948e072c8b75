/*
 * sim/sim.h - a faithful local YouTube Data API for demos, tests, benchmarks.
 * Loopback only. It never includes quota/: its prices and its Pacific day
 * are its own, so that a mistake there cannot hide here.
 */
#ifndef SVF_SIM_SIM_H
#define SVF_SIM_SIM_H

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/log.h"
#include "store/store.h"

#include <stdint.h>

struct sim_options {
    const char *listen; /* "127.0.0.1:8089"; port 0 = a free one */
    uint64_t seed;
    uint64_t videos;        /* generated catalogue, [0, 100M] */
    uint64_t channels;      /* [1, videos] unless videos is 0 */
    struct store *from;     /* serve these records instead; may be NULL */
    const char *replay_dir; /* answer with recorded pages; may be NULL */
    const char *key;        /* the only good key */
    int64_t quota_general, quota_search, quota_batch_stats;
    dur_t latency;           /* added to every answer */
    const char *faults_file; /* JSON list; may be NULL */
    wall_t start;            /* simulated time without X-Svf-Sim-Now */
    int threads;             /* [1, 64] */
    struct log *log;         /* may be NULL */
};
/* 2026-11-20T08:00:00Z, the start of a Pacific day. */
#define SIM_START_MS INT64_C(1795161600000)
#define SIM_OPTIONS_INIT                                                       \
    {                                                                          \
        .listen = "127.0.0.1:8089", .seed = 7, .videos = 100000,               \
        .channels = 2000, .key = "sim-key", .quota_general = 10000,            \
        .quota_search = 100, .quota_batch_stats = 10000,                       \
        .start = { SIM_START_MS }, .threads = 4                                \
    }

struct sim; /* opaque */

/* RC_EXISTS port in use; RC_INPUT bad options or faults file (said where);
 * RC_DENIED a listen address that is not loopback. */
int sim_open(struct sim **ret, const struct sim_options *o,
             struct err *e) MUST_CHECK;
/* "http://127.0.0.1:8089"; the API lies at /youtube/v3 below it. */
const char *sim_url(const struct sim *s);
void sim_close(struct sim *s);

#endif
