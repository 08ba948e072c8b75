/*
 * tests/miner/mine_kit.h - a simulator, a store, a ledger and a clock for
 * jobs; and the simulator's own truth to compare with.
 */
#ifndef SVF_TESTS_MINER_MINE_KIT_H
#define SVF_TESTS_MINER_MINE_KIT_H

#include "miner/miner.h"
#include "sim/sim.h"
#include "tests/t.h"

#include <sys/types.h>

#define KIT_KEY "AIzaCanaryKeyThatMustNotLeak0123456789"

struct kit_setup {
    uint64_t videos, channels;
    int64_t sim_quota;  /* general units a day, 0 = 10,000 */
    const char *faults; /* JSON; may be NULL */
    bool apart;         /* the simulator in a process of its own */
    int64_t timeout_ms; /* of a request of a job, 0 = 2 s */
};

struct kit {
    char dir[64]; /* temporary, removed by kit_close() */
    char store_uri[96];
    char sim_url[64]; /* without a path */
    struct sim *sim;  /* NULL when it runs apart */
    pid_t sim_pid;    /* when it runs apart */
    struct net *net;  /* to the simulator's API */
    struct net *root; /* to the simulator's control */
    struct kit_setup setup;
    struct store *store;
    struct clk_step clock;
    struct quota_options ledger;
    struct mine_options o;
    struct mine_report r; /* of the last kit_mine() */
    struct err e;
};

/* Start a simulator of @setup and open a new store on disk. */
void kit_open(struct kit *k, const struct kit_setup *setup);
void kit_close(struct kit *k);
/* Restart the simulator without faults; its ledger begins anew. */
void kit_heal(struct kit *k);
/* The part that must not be shared by fork(): net and store. */
void kit_connect(struct kit *k);
void kit_disconnect(struct kit *k);

/* Run one job with a ledger of its own, as a process would. */
int kit_mine(struct kit *k);
/* Check what holds for every report. */
void kit_check_report(const struct kit *k);
/* Move the simulated clock on. */
void kit_pass(struct kit *k, int64_t seconds);

/* One video as the simulator's catalogue tells it, or the store. */
struct kit_video {
    uint64_t id, views, likes, duration;
    int64_t published;
    uint64_t text; /* digest of title and description */
    struct cid channel;
    bool has_views, has_likes;
};
/* All videos that the API tells now, by id; free() them. */
struct kit_video *kit_truth(struct kit *k, size_t *n);
/* The same of the store: those that were fetched and are not gone. */
struct kit_video *kit_stored(struct kit *k, size_t *n);
/* Fail unless the store holds exactly the truth; returns its size. */
size_t kit_check_truth(struct kit *k);
/* Fail unless the store holds each of the @n videos of @then that the API
 * still tells, with its text. */
void kit_check_kept(struct kit *k, const struct kit_video *then, size_t n);

/* Add each channel of the truth as a source; returns how many. */
size_t kit_add_channels(struct kit *k);
/* Pages and batches that a whole harvest takes at least. */
int64_t kit_least_pages(struct kit *k);

/* A number of the simulator's ledger, "general.spent". */
int64_t kit_sim_ledger(struct kit *k, const char *path);
/* Units of our own ledger, spent on the clock's day. */
int64_t kit_own_ledger(struct kit *k);

#endif
