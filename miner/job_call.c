/*
 * miner/job_call.c - pays for a question, asks it, and asks again.
 *
 * Rules
 *   1. a unit is in the ledger before its request is sent, for every try
 *   2. a question that may be asked again is: TRIES times in all, after a
 *      pause that doubles, with full jitter; a Retry-After is the least
 *   3. "too fast" slows down all workers, not only the one that was told
 *   4. the day's quota ends the spending until the reset, for all processes;
 *      a refused key ends the job
 *   5. FAILS_MAX questions of a method in a row without an answer, and as
 *      many more as there are threads, for these fail together, end the job:
 *      an API that is down would use up the day. So does one that asks for
 *      more patience than RETRY_AFTER_MAX_S. A job whose last FAILS_MAX
 *      questions of a method got no answer, or that got no answer at all,
 *      however few its questions were, has failed
 *   6. a question that is refused is not answered either. But what a page's
 *      question names is its own list and place, so its refusal (a stale
 *      token, a list that cannot be told) does not count in the row; other
 *      questions differ in ids only, and what refuses one refuses all
 *
 * Threads: each worker has its own connection, arena and jitter; what they
 * share is in struct job under mu. Pauses go through the job's clock.
 */
#include "miner/job_priv.h"

#include <inttypes.h>

enum {
    TRIES = 5,
    FAILS_MAX = 8,
    PAUSE_FIRST_MS = 2000, /* 15 s a question on average, 30 at most */
    PAUSE_MAX_MS = 30 * 1000,
    RETRY_AFTER_MAX_S = 60
};

/* ---- paying ---- */

/* Claim @units against units_max. */
static bool claim_units(struct job *j, int64_t units)
{
    mtx_lock(&j->mu);
    bool ok = !j->o->units_max || j->units + units <= j->o->units_max;
    if (ok)
        j->units += units;
    mtx_unlock(&j->mu);
    return ok;
}

static void count_units(struct job *j, enum quota_method m)
{
    int64_t units = quota_method_units(m);
    mtx_lock(&j->mu);
    j->r.units[quota_method_bucket(m)] += units;
    j->r.units_by_method[m] += units;
    mtx_unlock(&j->mu);
    ctr_add(&miner_ctr[CTR_mine_units_total], units);
}

/* Pay for one call; what is paid for now is asked as of now, so that the unit
 * and the request fall on the same day. */
static bool pay(struct worker *w, enum quota_method m)
{
    struct job *j = w->job;
    struct err e = ERR_INIT;
    wall_t now = w->asked_at = clk_wall(j->o->clk);
    if (j->stopping)
        return false;
    if (j->o->until.ms && now.ms >= j->o->until.ms) {
        job_stop(j, MINE_TIME);
        return false;
    }
    if (!claim_units(j, quota_method_units(m))) {
        job_stop(j, MINE_UNITS);
        return false;
    }
    int rc = quota_reserve(j->o->quota, m, j->o->adhoc, now, &e);
    if (rc == RC_OK) {
        count_units(j, m);
        return true;
    }
    if (rc == RC_LIMIT)
        job_stop(j, MINE_QUOTA);
    else
        job_fail(j, &e);
    return false;
}

/* ---- asking ---- */

static void count_request(struct job *j, enum quota_method m,
                          const struct yt_answer *a)
{
    mtx_lock(&j->mu);
    j->r.requests++;
    j->r.bytes += a->wire_bytes;
    if (a->class < YT_ERRORS)
        j->r.errors[a->class].n++;
    if (a->class == YT_OK || a->class == YT_GONE) {
        j->fails_in_row[m] = 0;
        j->answered = true;
    }
    mtx_unlock(&j->mu);
    ctr_add(&miner_ctr[CTR_mine_requests_total], 1);
    if (a->class >= YT_ERRORS)
        return;
    ctr_add(&miner_ctr[CTR_mine_errors_network_total + (int)a->class], 1);
    log_often(j->o->log, LOG_WARN, "mine", yt_class_name(a->class),
              "why=\"%s\"", a->why);
}

static void ask(struct worker *w, enum quota_method m)
{
    struct job *j = w->job;
    struct yt_question q = {
        .method = m,
        .query = buf_view(&w->query),
        .now = w->asked_at,
        .sim_time = j->o->sim_time,
        .stop = &j->abort,
    };
    arena_reset(&w->arena);
    yt_ask(w->conn, &q, &w->r, &w->arena, &w->answer);
    count_request(j, m, &w->answer);
}

/* ---- pausing ---- */

/* Full jitter: anything up to the bound that doubles with each try. */
static int64_t pause_ms(struct worker *w, int tries)
{
    int64_t bound = PAUSE_FIRST_MS;
    for (int i = 1; i < tries && bound < PAUSE_MAX_MS; i++)
        bound *= 2;
    if (bound > PAUSE_MAX_MS)
        bound = PAUSE_MAX_MS;
    int64_t ms = (int64_t)rnd_below(&w->rnd, (uint64_t)bound) + 1;
    if (w->answer.retry_after_s > 0)
        ms += w->answer.retry_after_s * 1000;
    return ms;
}

/* Wait for this worker's turn; a rate error makes all others wait too. */
static void pause_after(struct worker *w, int tries)
{
    struct job *j = w->job;
    wall_t until = wall_add(clk_wall(j->o->clk), DUR_MS(pause_ms(w, tries)));
    if (w->answer.class == YT_RATE) {
        mtx_lock(&j->mu);
        if (until.ms > j->not_before.ms)
            j->not_before = until;
        mtx_unlock(&j->mu);
    }
    j->o->clk->wait(j->o->clk, until, &j->stopping);
}

static void wait_turn(struct job *j)
{
    mtx_lock(&j->mu);
    wall_t until = j->not_before;
    mtx_unlock(&j->mu);
    if (until.ms > clk_wall(j->o->clk).ms)
        j->o->clk->wait(j->o->clk, until, &j->stopping);
}

/* ---- giving up ---- */

static void key_refused(struct job *j, const struct yt_answer *a)
{
    struct err e = ERR_INIT;
    (void)err_set(&e, RC_DENIED, "the API refused the key or its project: %s",
                  a->why);
    job_fail(j, &e);
}

static void day_used_up(struct worker *w, enum quota_method m)
{
    struct job *j = w->job;
    struct err e = ERR_INIT;
    if (quota_exhausted(j->o->quota, quota_method_bucket(m), w->asked_at, &e))
        job_fail(j, &e);
    job_stop(j, MINE_QUOTA);
}

static void come_back_later(struct job *j, const struct yt_answer *a)
{
    struct err e = ERR_INIT;
    (void)err_set(&e, RC_AGAIN,
                  "the API asks to come back in %" PRId64 " s: %s",
                  a->retry_after_s, a->why);
    e.retry_at_ms = clk_wall(j->o->clk).ms + a->retry_after_s * 1000;
    job_fail(j, &e);
}

/* A page was refused; the next list may be told (6). */
static void page_refused(struct job *j, const struct yt_answer *a)
{
    mtx_lock(&j->mu);
    j->fails_in_row[QUOTA_PLAYLIST_ITEMS] = 0;
    (void)err_set(&j->last_fail, RC_DOWN, "the API refused the question: %s",
                  a->why);
    mtx_unlock(&j->mu);
}

static void question_failed(struct job *j, enum quota_method m,
                            const struct yt_answer *a)
{
    if (a->retry_after_s > RETRY_AFTER_MAX_S) {
        come_back_later(j, a);
        return;
    }
    struct err e = ERR_INIT;
    mtx_lock(&j->mu);
    int fails = ++j->fails_in_row[m];
    (void)err_set(&e, RC_DOWN, "%d questions in a row got no answer: %s", fails,
                  a->why);
    j->last_fail = e;
    mtx_unlock(&j->mu);
    if (fails >= FAILS_MAX + j->o->threads)
        job_fail(j, &e);
}

void job_check_answered(struct job *j)
{
    bool down = !j->answered && j->last_fail.code;
    for (int m = 0; m < QUOTA_METHODS; m++)
        down = down || j->fails_in_row[m] >= FAILS_MAX;
    if (down)
        job_fail(j, &j->last_fail);
}

static void give_up(struct worker *w, enum quota_method m)
{
    switch (w->answer.class) {
    case YT_KEY:
        key_refused(w->job, &w->answer);
        break;
    case YT_QUOTA:
        day_used_up(w, m);
        break;
    case YT_GONE:
    case YT_STOPPED:
    case YT_OK:
        break;
    case YT_REQUEST:
        if (m == QUOTA_PLAYLIST_ITEMS)
            page_refused(w->job, &w->answer);
        else
            question_failed(w->job, m, &w->answer);
        break;
    default:
        question_failed(w->job, m, &w->answer);
    }
}

enum yt_class job_call(struct worker *w, enum quota_method m)
{
    struct job *j = w->job;
    for (int tries = 1;; tries++) {
        wait_turn(j);
        if (!pay(w, m))
            return YT_STOPPED;
        ask(w, m);
        if (!yt_class_passes(w->answer.class) || tries == TRIES ||
            w->answer.retry_after_s > RETRY_AFTER_MAX_S)
            break;
        pause_after(w, tries);
    }
    give_up(w, m);
    return w->answer.class;
}
