/*
 * sim/sim.c - opens and closes the simulator.
 *
 * Rules
 *   1. options are checked before anything listens
 *   2. stopping: waiting answers are woken, then libmicrohttpd joins every
 *      connection's thread; nothing runs afterwards
 *
 * Threads: sim_open() and sim_close() from one; the rest from any.
 */
#include "sim/sim_priv.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_START_MS                                                         \
    INT64_C(1136073600000)                    /* 2006-01-01: before, nothing   \
                                               */
#define LAST_START_MS  INT64_C(4102444800000) /* 2100-01-01 */
#define LATENCY_MAX_MS 60000
enum { THREADS_MAX = 64 };

const char *sim_url(const struct sim *s)
{
    return s->url;
}

bool sim_wait(struct sim *s, dur_t d)
{
    mono_t until = mono_add(clk_mono(clk_real()), d);
    mtx_lock(&s->mu);
    while (!s->stopping && cnd_wait_until(&s->stop, &s->mu, until))
        ;
    bool go_on = !s->stopping;
    mtx_unlock(&s->mu);
    return go_on;
}

void sim_answer(struct sim *s, const struct request *r, struct answer *ret)
{
    mtx_lock(&s->mu);
    while (!s->free_threads)
        cnd_wait(&s->room, &s->mu);
    s->free_threads--;
    mtx_unlock(&s->mu);

    service_answer(&s->service, r, ret);

    mtx_lock(&s->mu);
    s->free_threads++;
    cnd_signal(&s->room);
    mtx_unlock(&s->mu);
}

static int check_numbers(const struct sim_options *o, struct err *e)
{
    if (o->quota_general < 0 || o->quota_search < 0 || o->quota_batch_stats < 0)
        return err_set(e, RC_INPUT, "a quota below 0");
    if (o->latency.ms < 0 || o->latency.ms > LATENCY_MAX_MS)
        return err_set(e, RC_INPUT, "a latency of %lld ms: [0, %d]",
                       (long long)o->latency.ms, LATENCY_MAX_MS);
    if (o->start.ms < FIRST_START_MS || o->start.ms > LAST_START_MS)
        return err_set(e, RC_INPUT, "a start outside of 2006 to 2100");
    if (o->threads < 1 || o->threads > THREADS_MAX)
        return err_set(e, RC_INPUT, "%d threads: [1, %d]", o->threads,
                       THREADS_MAX);
    return RC_OK;
}

static int check_options(const struct sim_options *o, struct err *e)
{
    if (!o->listen || !o->key || !o->key[0])
        return err_set(e, RC_INPUT, "a listen address and a key are needed");
    if (o->from && o->replay_dir)
        return err_set(e, RC_INPUT,
                       "serve a store or recorded pages, not both");
    if (o->replay_dir && !file_is_folder(o->replay_dir))
        return err_set(e, RC_INPUT, "no folder \"%s\"", o->replay_dir);
    return check_numbers(o, e);
}

static int open_corpus(struct service *v, const struct sim_options *o,
                       struct err *e)
{
    if (o->from)
        return corpus_stored(&v->corpus, o->from, e);
    return corpus_made(&v->corpus, o->seed, o->videos, o->channels,
                       wall_s(o->start), e);
}

static int open_service(struct service *v, const struct sim_options *o,
                        struct err *e)
{
    const int64_t limits[LEDGER_BUCKETS] = {
        [LEDGER_GENERAL] = o->quota_general,
        [LEDGER_SEARCH] = o->quota_search,
        [LEDGER_BATCH_STATS] = o->quota_batch_stats,
    };
    v->start = wall_s(o->start);
    ledger_init(&v->ledger, limits, v->start);
    faults_init(&v->faults, o->seed);
    v->key = strdup(o->key);
    v->replay_dir = o->replay_dir ? strdup(o->replay_dir) : NULL;
    if (!v->key || (o->replay_dir && !v->replay_dir))
        return err_set(e, RC_NOMEM, "no memory for a simulator");
    int rc =
        o->faults_file ? faults_load(&v->faults, o->faults_file, e) : RC_OK;
    return rc ? rc : open_corpus(v, o, e);
}

static void close_service(struct service *v)
{
    corpus_fini(&v->corpus);
    faults_fini(&v->faults);
    ledger_fini(&v->ledger);
    free(v->key);
    free(v->replay_dir);
}

int sim_open(struct sim **ret, const struct sim_options *o, struct err *e)
{
    int rc = check_options(o, e);
    if (rc)
        return rc;
    struct sim *s = calloc(1, sizeof(*s));
    if (!s)
        return err_set(e, RC_NOMEM, "no memory for a simulator");
    s->log = o->log;
    s->latency = o->latency;
    s->free_threads = o->threads;
    mtx_init(&s->mu);
    cnd_init(&s->stop);
    cnd_init(&s->room);
    rc = open_service(&s->service, o, e);
    if (!rc)
        rc = http_open(&s->http, s, o->listen, e);
    if (rc) {
        sim_close(s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

void sim_close(struct sim *s)
{
    if (!s)
        return;
    mtx_lock(&s->mu);
    s->stopping = true;
    cnd_broadcast(&s->stop);
    mtx_unlock(&s->mu);
    http_close(s->http);
    close_service(&s->service);
    cnd_fini(&s->room);
    cnd_fini(&s->stop);
    mtx_fini(&s->mu);
    free(s);
}
