/*
 * miner/job_fetch.c - ids become records: one `videos` call for at most 50
 * of them, and exactly one outcome for each id asked.
 *
 * Rules
 *   1. what is fresh is not asked for: it may have been fetched since it was
 *      queued. Nor is an id twice: a page and the list of due ids can both
 *      bring it
 *   2. returned with a like count: new when it had no counts before, else
 *      updated or unchanged as the store says; without one: hidden
 *   3. left out of a readable answer: gone. The first time is noted; missing
 *      again at least 6 h later, the record is deleted
 *   4. an item without its statistics, or that cannot be read, is failed:
 *      nothing is known about it. So is each missing id when the id of an
 *      item cannot be read: it may be that one
 *   5. an item that was not asked for, or comes twice, is left out
 *   6. ids whose question met the end of the job or of the day's quota were
 *      not asked: they stay due, and the next job asks for them
 */
#include "miner/job_priv.h"

#include <string.h>

/* One batch under way; index i is one asked id throughout. */
struct batch {
    size_t n;
    uint64_t ids[YT_BATCH];
    bool known[YT_BATCH]; /* the store has it */
    struct video before[YT_BATCH];
    enum mine_outcome outcome[YT_BATCH];
    /* what is written: records, and whose they are */
    size_t n_puts;
    struct video puts[YT_BATCH];
    size_t put_of[YT_BATCH];
    size_t n_deletes;
    uint64_t deletes[YT_BATCH][2];
};

/* ---- before the call ---- */

/* The place of @id among the asked, or b->n. */
static size_t place_of(const struct batch *b, uint64_t id)
{
    size_t i = 0;
    while (i < b->n && b->ids[i] != id)
        i++;
    return i;
}

/* Keep each id that is due, once (rule 1). */
static void keep_due(struct batch *b, const struct due_rule *rule)
{
    size_t n = b->n;
    struct due d;
    b->n = 0;
    for (size_t i = 0; i < n; i++) {
        bool twice = place_of(b, b->ids[i]) < b->n;
        if (twice || (b->known[i] && !due_check(rule, &b->before[i], &d)))
            continue;
        b->ids[b->n] = b->ids[i];
        b->known[b->n] = b->known[i];
        b->before[b->n] = b->before[i];
        b->n++;
    }
}

static int read_before(struct worker *w, struct batch *b, struct err *e)
{
    static const uint64_t cols = DUE_COLS | VIDEO_BIT(discovered_by);
    uint64_t keys[YT_BATCH][2];
    for (size_t i = 0; i < b->n; i++) {
        keys[i][0] = b->ids[i];
        keys[i][1] = 0;
    }
    arena_reset(&w->arena);
    return store_get(w->job->o->store, &schema_video,
                     (const uint64_t(*)[2])keys, b->n, cols, &w->arena,
                     b->before, b->known, e);
}

/* ---- the answer ---- */

static void add_put(struct batch *b, size_t i, const struct video *v)
{
    b->put_of[b->n_puts] = i;
    b->puts[b->n_puts++] = *v;
}

static void take_item(struct job *j, struct batch *b, size_t i,
                      const struct video *item)
{
    struct video v = *item;
    if (!VIDEO_HAS(&v, stats_at)) {
        b->outcome[i] = MINE_FAILED; /* rule 4 */
        return;
    }
    bool had_counts = b->known[i] && VIDEO_HAS(&b->before[i], stats_at);
    if (!VIDEO_HAS(&v, likes))
        b->outcome[i] = MINE_HIDDEN;
    else
        b->outcome[i] = had_counts ? MINE_UNCHANGED : MINE_NEW;
    VIDEO_SET(&v, origin, j->origin);
    VIDEO_CLEAR(&v, gone_since);
    if (!b->known[i] || !VIDEO_HAS(&b->before[i], discovered_by))
        VIDEO_SET(&v, discovered_by, FOUND_ID);
    add_put(b, i, &v);
}

static void take_missing(struct batch *b, size_t i, int64_t now)
{
    const struct video *before = &b->before[i];
    b->outcome[i] = MINE_GONE;
    if (!b->known[i])
        return;
    if (!VIDEO_HAS(before, gone_since)) {
        struct video v = { .h = { .key = { b->ids[i], 0 } } };
        VIDEO_SET(&v, gone_since, now);
        add_put(b, i, &v);
    } else { /* due only after that time (rule 1) */
        b->deletes[b->n_deletes][0] = b->ids[i];
        b->deletes[b->n_deletes++][1] = 0;
    }
}

/* May @id be that of an item that cannot be read? Rule 4. */
static bool may_be_refused(const struct decode_page *page, uint64_t id)
{
    bool may = page->n_rejected > page->n_refused;
    for (size_t k = 0; !may && k < page->n_refused; k++)
        may = page->refused[k] == id;
    return may;
}

static void take_answer(struct job *j, struct batch *b,
                        const struct decode_page *page)
{
    bool answered[YT_BATCH] = { false };
    int64_t unasked = 0;
    for (size_t k = 0; k < page->n_videos; k++) {
        size_t i = place_of(b, page->videos[k].h.key[0]);
        if (i == b->n || answered[i]) {
            unasked++;
            continue;
        }
        answered[i] = true;
        take_item(j, b, i, &page->videos[k]);
    }
    for (size_t i = 0; i < b->n; i++)
        if (!answered[i] && may_be_refused(page, b->ids[i]))
            b->outcome[i] = MINE_FAILED;
        else if (!answered[i])
            take_missing(b, i, job_now(j));
    ctr_add(&miner_ctr[CTR_mine_rejected_total], (int64_t)page->n_rejected);
    ctr_add(&miner_ctr[CTR_mine_unasked_total], unasked);
}

/* ---- writing ---- */

static int check_fence(const enum store_outcome *outcomes, size_t n,
                       struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (outcomes[i] == STORE_FENCED)
            return err_set(e, RC_FENCED, "another job has taken over");
    return RC_OK;
}

static int put_records(struct job *j, struct batch *b, struct err *e)
{
    enum store_outcome outcomes[YT_BATCH];
    if (!b->n_puts)
        return RC_OK;
    int rc = store_put(j->o->store, &schema_video, b->puts, b->n_puts,
                       j->lease.token, outcomes, e);
    if (!rc)
        rc = check_fence(outcomes, b->n_puts, e);
    for (size_t k = 0; k < b->n_puts && !rc; k++) {
        enum mine_outcome *o = &b->outcome[b->put_of[k]];
        if (*o == MINE_UNCHANGED && outcomes[k] == STORE_UPDATED)
            *o = MINE_UPDATED;
    }
    return rc;
}

/* A single video that is gone for good: look again in a week, not daily. */
static int rest_source(struct job *j, uint64_t id, struct err *e)
{
    struct source src = { .kind = SOURCE_VIDEO };
    vid_text(id, src.ref);
    int rc = source_load(j->o->store, &src, e);
    if (rc == RC_OK) {
        src.gone_since = src.last_run_at = job_now(j);
        rc = source_save(j->o->store, &src, j->lease.token, e);
    }
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static int delete_gone(struct job *j, const struct batch *b, struct err *e)
{
    int rc = RC_OK;
    for (size_t i = 0; i < b->n && !rc; i++)
        if (b->outcome[i] == MINE_GONE && j->n_videos)
            rc = rest_source(j, b->ids[i], e);
    if (!rc && b->n_deletes)
        rc = store_delete(j->o->store, &schema_video,
                          (const uint64_t(*)[2])b->deletes, b->n_deletes,
                          j->lease.token, NULL, e);
    return rc;
}

static void count_outcomes(struct job *j, const struct batch *b)
{
    mtx_lock(&j->mu);
    j->r.asked += b->n;
    for (size_t i = 0; i < b->n; i++)
        j->r.outcomes[b->outcome[i]]++;
    mtx_unlock(&j->mu);
    for (size_t i = 0; i < b->n; i++)
        ctr_add(&miner_ctr[CTR_mine_videos_new_total + (int)b->outcome[i]], 1);
}

static void all_failed(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        b->outcome[i] = MINE_FAILED;
}

/* Store what came; the outcomes count once that is done. */
static void store_answer(struct worker *w, struct batch *b)
{
    struct job *j = w->job;
    struct err e = ERR_INIT;
    take_answer(j, b, &w->answer.page);
    int rc = put_records(j, b, &e);
    if (!rc)
        rc = delete_gone(j, b, &e);
    if (rc) {
        all_failed(b);
        job_fail(j, &e);
    }
}

void job_do_videos(struct worker *w, struct task *t)
{
    struct job *j = w->job;
    struct err e = ERR_INIT;
    struct due_rule rule = job_due_rule(j);
    struct batch b = { .n = t->n };
    memcpy(b.ids, t->ids, t->n * sizeof(b.ids[0]));
    if (read_before(w, &b, &e)) {
        job_fail(j, &e);
        return;
    }
    keep_due(&b, &rule);
    if (!b.n)
        return;
    yt_videos_query(&w->query, b.ids, b.n);
    enum yt_class class = job_call(w, QUOTA_VIDEOS);
    if (class == YT_STOPPED || class == YT_QUOTA)
        return; /* rule 6 */
    if (class == YT_OK)
        store_answer(w, &b);
    else
        all_failed(&b);
    count_outcomes(j, &b);
}
