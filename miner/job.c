/*
 * miner/job.c - one mining job: lease, workers, supervision, report.
 *
 * Rules
 *   1. one job at a time: lease "job"; its token fences every write, and a
 *      job that loses it stops
 *   2. the report is in the store before the first request and after the
 *      last, so that a killed job can be seen
 *   3. a stop lets requests underway finish, for they are paid for; after
 *      GRACE they are given up
 *   4. the first reason to stop is the one told, but an error is told over
 *      any other
 *
 * Threads: o->threads workers take tasks; the caller's thread supervises:
 * renews the lease, watches the signal, draws the progress. It waits on
 * real time, whatever the job's clock does. Locks: job.mu and sched.mu are
 * never held together.
 */
#include "miner/job_priv.h"

#include "base/cal.h"
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LEASE_TTL_S = 60,
    LEASE_RENEW_MS = 15 * 1000,
    LOOK_MS = 100, /* how often the supervisor looks around */
    GRACE_MS = 5000,
    DUE_MAX = 1 << 20, /* twice what a day's units can ask for */
    QUERY_MAX = 8192,
    BODY_MAX = 16 << 20,
    ARENA_MAX = 64 << 20,
    REPORT_MAX = 16384
};

/* ---- stopping ---- */

static void stop_locked(struct job *j, enum mine_stop why)
{
    if (!j->stopping)
        j->r.stopped_by = why;
    j->stopping = true;
}

void job_stop(struct job *j, enum mine_stop why)
{
    mtx_lock(&j->mu);
    stop_locked(j, why);
    mtx_unlock(&j->mu);
    sched_stop(&j->sched);
}

void job_fail(struct job *j, const struct err *e)
{
    mtx_lock(&j->mu);
    stop_locked(j, MINE_ERROR);
    if (!j->failure.code) {
        j->failure = *e;
        j->r.stopped_by = MINE_ERROR;
        j->r.error_code = e->code;
        snprintf(j->r.why, sizeof(j->r.why), "%s", e->msg);
    }
    mtx_unlock(&j->mu);
    sched_stop(&j->sched);
}

/* ---- workers ---- */

static void do_scan(struct worker *w)
{
    struct err e = ERR_INIT;
    if (job_scan(w->job, &e))
        job_fail(w->job, &e);
}

static void do_task(struct worker *w, struct task *t)
{
    switch (t->kind) {
    case TASK_VIDEOS:
        job_do_videos(w, t);
        break;
    case TASK_CHANNELS:
        job_do_channels(w, t);
        break;
    case TASK_HANDLE:
        job_do_handle(w, t);
        break;
    case TASK_PAGE:
        job_do_page(w, t);
        break;
    case TASK_SCAN:
        do_scan(w);
        break;
    }
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct job *j = w->job;
    struct task t;
    while (sched_next(&j->sched, &t)) {
        do_task(w, &t);
        sched_done(&j->sched, &t);
    }
    mtx_lock(&j->mu);
    j->running--;
    cnd_signal(&j->ended);
    mtx_unlock(&j->mu);
    return NULL;
}

static int worker_open(struct worker *w, struct job *j, int i, struct err *e)
{
    w->job = j;
    w->query = (struct buf)BUF_INIT(QUERY_MAX);
    w->arena = (struct arena)ARENA_INIT(ARENA_MAX);
    net_response_init(&w->r, BODY_MAX);
    rnd_init(&w->rnd, rnd_mix(j->o->seed + (uint64_t)i));
    return net_conn_open(&w->conn, j->o->net, e);
}

static void worker_close(struct worker *w)
{
    thr_join(&w->thr);
    net_conn_close(w->conn);
    net_response_fini(&w->r);
    arena_fini(&w->arena);
    buf_fini(&w->query);
}

static int worker_start(struct worker *w, struct job *j, int i, struct err *e)
{
    int rc = worker_open(w, j, i, e);
    if (rc)
        return rc;
    mtx_lock(&j->mu);
    j->running++;
    mtx_unlock(&j->mu);
    rc = thr_start(&w->thr, "svf-mine", work, w, e);
    if (rc) {
        mtx_lock(&j->mu);
        j->running--;
        mtx_unlock(&j->mu);
    }
    return rc;
}

/* ---- supervision ---- */

struct watch {
    mono_t stopped; /* when the stop was first seen; us 0 = not */
    struct progress bar;
};

static void renew_lease(struct job *j, mono_t now)
{
    if (mono_since(j->renewed, now).ms < LEASE_RENEW_MS)
        return;
    struct err e = ERR_INIT;
    j->renewed = now;
    if (lease_renew(j->o->store, &j->lease, DUR_S(LEASE_TTL_S),
                    clk_wall(j->o->clk), &e))
        job_fail(j, &e);
}

static void watch_stop(struct job *j, struct watch *w, mono_t now)
{
    if (!j->stopping && j->o->stop && *j->o->stop)
        job_stop(j, MINE_SIGNAL);
    if (j->stopping && !w->stopped.us)
        w->stopped = now;
    if (w->stopped.us && mono_since(w->stopped, now).ms >= GRACE_MS)
        j->abort = true;
}

static void draw(struct watch *w, uint64_t asked, int64_t units)
{
    char note[64];
    snprintf(note, sizeof(note), "%" PRId64 " units", units);
    progress_at(&w->bar, asked, note);
}

/* Look around until the last worker has ended. */
static void supervise(struct job *j)
{
    struct watch w = { .stopped = { 0 } };
    progress_init(&w.bar, j->o->progress_fd, clk_real(), "mining", 0);
    mtx_lock(&j->mu);
    while (j->running) {
        uint64_t asked = j->r.asked;
        int64_t units = j->r.units[QUOTA_GENERAL];
        mtx_unlock(&j->mu);
        mono_t now = clk_mono(clk_real());
        watch_stop(j, &w, now);
        renew_lease(j, now);
        draw(&w, asked, units);
        mtx_lock(&j->mu);
        if (j->running)
            (void)cnd_wait_until(&j->ended, &j->mu,
                                 mono_add(now, DUR_MS(LOOK_MS)));
    }
    mtx_unlock(&j->mu);
    progress_end(&w.bar);
}

static void run_workers(struct job *j)
{
    struct err e = ERR_INIT;
    struct worker *workers = calloc((size_t)j->o->threads, sizeof(*workers));
    if (!workers) {
        (void)err_set(&e, RC_NOMEM, "no memory for workers");
        job_fail(j, &e);
        return;
    }
    int n = 0;
    for (; n < j->o->threads && !e.code; n++)
        if (worker_start(&workers[n], j, n, &e))
            job_fail(j, &e);
    supervise(j);
    for (int i = 0; i < n; i++)
        worker_close(&workers[i]);
    free(workers);
}

/* ---- the report ---- */

static void name_errors(struct mine_report *r)
{
    for (int i = 0; i < MINE_ERROR_CLASSES; i++)
        r->errors[i].name = yt_class_name((enum yt_class)i);
}

/* Keep the report as it stands; a lost lease leaves it to the new holder. */
static int put_report(struct job *j, struct err *e)
{
    struct buf json = BUF_INIT(REPORT_MAX);
    mine_report_json(&j->r, &json);
    int rc = buf_check(&json, "the job's report", e);
    if (!rc)
        rc = report_put(j->o->store, j->r.job, buf_view(&json), j->lease.token,
                        e);
    buf_fini(&json);
    return rc;
}

static int begin_report(struct job *j, struct err *e)
{
    struct quota_rule rule;
    char text[CAL_TEXT];
    int rc = quota_rule_parse(MINE_RESET_RULE, &rule, e);
    if (rc)
        return rc;
    j->r.begun = clk_wall(j->o->clk);
    j->r.day = quota_day_at(j->o->rule ? j->o->rule : &rule, j->r.begun).day;
    snprintf(j->r.job, sizeof(j->r.job), "%s-%06" PRIu64,
             cal_text(j->r.begun, text), j->lease.token);
    name_errors(&j->r);
    return RC_OK;
}

static void log_begin(const struct job *j)
{
    ctr_add(&miner_ctr[CTR_mine_jobs_total], 1);
    log_event(j->o->log, LOG_INFO, "mine", "begin",
              "job=%s lists=%zu ids=%zu due=%zu threads=%d", j->r.job,
              j->n_walks, j->n_videos, j->sched.due.n, j->o->threads);
}

static void log_end(const struct job *j)
{
    const struct mine_report *r = &j->r;
    bool bad = r->stopped_by == MINE_ERROR;
    log_event(j->o->log, bad ? LOG_ERROR : LOG_INFO, "mine", "end",
              "job=%s stopped_by=%s asked=%" PRIu64 " new=%" PRIu64
              " updated=%" PRIu64 " unchanged=%" PRIu64 " hidden=%" PRIu64
              " gone=%" PRIu64 " failed=%" PRIu64 " units=%" PRId64
              " requests=%" PRIu64 " why=\"%s\"",
              r->job, mine_stop_name(r->stopped_by), r->asked,
              r->outcomes[MINE_NEW], r->outcomes[MINE_UPDATED],
              r->outcomes[MINE_UNCHANGED], r->outcomes[MINE_HIDDEN],
              r->outcomes[MINE_GONE], r->outcomes[MINE_FAILED],
              r->units[QUOTA_GENERAL], r->requests, r->why);
}

/* ---- sources that are single videos ---- */

/* Note on the source when its video was last fetched. */
static int note_video(struct job *j, const struct source *src, struct err *e)
{
    struct source kept = *src;
    uint64_t key[1][2] = { { 0, 0 } };
    struct video v;
    bool found = false;
    struct arena none = ARENA_INIT(4096);
    if (vid_parse(str_of(src->ref), &key[0][0], NULL))
        return RC_OK;
    int rc = store_get(j->o->store, &schema_video, (const uint64_t(*)[2])key, 1,
                       VIDEO_BIT(stats_at), &none, &v, &found, e);
    arena_fini(&none);
    if (rc || !found || !VIDEO_HAS(&v, stats_at) ||
        v.stats_at <= src->last_run_at)
        return rc;
    kept.last_run_at = v.stats_at;
    kept.gone_since = 0;
    kept.videos = 1;
    rc = source_save(j->o->store, &kept, j->lease.token, e);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static void note_videos(struct job *j)
{
    struct err e = ERR_INIT;
    int rc = RC_OK;
    if (j->o->n_only)
        return; /* given by hand: nothing is kept of them */
    for (size_t i = 0; i < j->n_videos && !rc && !j->failure.code; i++) {
        renew_lease(j, clk_mono(clk_real())); /* each is a durable write */
        rc = note_video(j, &j->videos[i], &e);
    }
    if (rc)
        job_fail(j, &e);
}

/* ---- the job ---- */

static int job_init(struct job *j, const struct mine_options *o, struct err *e)
{
    *j = (struct job){ .o = o };
    j->origin = net_is_loopback(o->net) ? ORIGIN_SIM : ORIGIN_API;
    mtx_init(&j->mu);
    cnd_init(&j->ended);
    if (o->threads < 1 || o->threads > 64)
        return err_set(e, RC_INPUT, "%d threads: 1 to 64 will do", o->threads);
    return sched_init(&j->sched, o->threads, DUE_MAX, e);
}

static void job_fini(struct job *j)
{
    sched_fini(&j->sched);
    free(j->walks);
    free(j->videos);
    free(j->only);
    free(j->lists);
    cnd_fini(&j->ended);
    mtx_fini(&j->mu);
}

static int plan(struct job *j, struct err *e)
{
    int rc = begin_report(j, e);
    if (!rc)
        rc = job_load(j, e);
    if (rc)
        return rc;
    job_plan(j, &j->r);
    j->r.ended = clk_wall(j->o->clk);
    return RC_OK;
}

/* With the lease held: load, work, report. */
static int run(struct job *j, struct err *e)
{
    int rc = begin_report(j, e);
    if (!rc)
        rc = put_report(j, e);
    if (rc)
        return rc;
    struct err failure = ERR_INIT;
    if (job_load(j, &failure)) {
        job_fail(j, &failure);
    } else {
        log_begin(j);
        run_workers(j);
        job_check_answered(j);
        note_videos(j);
    }
    j->r.ended = clk_wall(j->o->clk);
    rc = put_report(j, &failure);
    if (rc)
        job_fail(j, &failure);
    log_end(j);
    if (j->failure.code && e)
        *e = j->failure;
    return j->failure.code;
}

static int run_leased(struct job *j, struct err *e)
{
    char holder[128];
    lease_holder(holder);
    int rc = lease_take(j->o->store, "job", holder, DUR_S(LEASE_TTL_S),
                        clk_wall(j->o->clk), &j->lease, e);
    if (rc)
        return rc;
    j->renewed = clk_mono(clk_real());
    rc = run(j, e);
    lease_drop(j->o->store, &j->lease);
    return rc;
}

int mine_run(const struct mine_options *o, struct mine_report *ret,
             struct err *e)
{
    struct job j;
    int rc = job_init(&j, o, e);
    if (!rc)
        rc = o->plan_only ? plan(&j, e) : run_leased(&j, e);
    if (rc == RC_DENIED && !j.r.errors[YT_KEY].n) /* the store's word */
        rc = err_wrap(e, RC_IO, "the store refuses");
    *ret = j.r;
    job_fini(&j);
    return rc;
}
