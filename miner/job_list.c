/*
 * miner/job_list.c - sources become ids: channels are looked up, their
 * uploads and playlists are walked page by page.
 *
 * Rules
 *   1. a page's unknown ids become stubs in the store first, then the
 *      source's page token moves on: a job that dies in between asks for
 *      that page again and loses nothing
 *   2. a list is read to its end once. After that a channel's list is read
 *      again when its videoCount changed, or after LIST_AGE_MAX_S (an upload
 *      and a removal between two jobs leave the count as it was), newest
 *      first, up to the first page without an unknown id; a playlist when its
 *      length changed, as a whole
 *   3. the count that a walk is worth is the one from before it began: what
 *      is uploaded meanwhile makes the next walk
 *   4. the first page after an interruption may have been stored already, so
 *      it ends no walk; that a walk of known ids began is written first
 *   5. a stale page token is thrown away once a job: the list then is read
 *      as if for the first time
 *   6. a walk that cannot go on ends: its next token is the one just used, or
 *      too long to keep. One of PAGES_MAX pages in a job is left to the next
 *      job while it still brings unknown ids, else its tokens form a circle,
 *      and it ends as well
 *   7. who is missing from a readable answer is gone; from an answer with
 *      unreadable items nobody is
 */
#include "miner/job_priv.h"

#include <stdio.h>
#include <string.h>

enum {
    CHANNEL_AGE_MAX_S = 25 * 24 * 3600, /* the terms give 30 days */
    LIST_AGE_MAX_S = 25 * 24 * 3600,    /* 1 unit a channel each time */
    PAGES_MAX = 500 /* an uploads list ends at 20,000 entries, 400 pages */
};

/* ---- what next ---- */

static bool needs_channel(const struct walk *w, int64_t now,
                          int64_t refresh_after)
{
    if (w->src.kind == SOURCE_PLAYLIST)
        return false;
    if (!w->has_channel || !w->channel_at)
        return true;
    bool counts = w->src.walked && !w->src.walking; /* rule 3 */
    return now - w->channel_at > (counts ? refresh_after : CHANNEL_AGE_MAX_S);
}

static bool needs_page(const struct walk *w, int64_t now, int64_t refresh_after)
{
    const struct source *s = &w->src;
    if (s->walking || !s->walked)
        return true;
    if (w->has_count)
        return w->count != s->list_count || now - s->list_at > LIST_AGE_MAX_S;
    return now - s->list_at > refresh_after;
}

enum walk_need walk_need(const struct walk *w, int64_t now,
                         int64_t refresh_after)
{
    if (w->over)
        return WALK_NOTHING;
    if (w->src.gone_since && now - w->src.last_run_at < GONE_RECHECK_S)
        return WALK_NOTHING;
    if (needs_channel(w, now, refresh_after))
        return WALK_CHANNEL;
    return needs_page(w, now, refresh_after) ? WALK_PAGE : WALK_NOTHING;
}

/* ---- common to all ---- */

/* Write the frontier of @w. A source that was removed meanwhile is over. */
static void save(struct job *j, struct walk *w)
{
    struct err e = ERR_INIT;
    int rc = frontier_save(j->o->store, &w->src, w->kept, j->lease.token, &e);
    if (rc)
        w->over = true;
    if (rc && rc != RC_NOTFOUND)
        job_fail(j, &e);
}

/* Queue @w for what it needs next, if no other walk has its list. */
static void go_on(struct job *j, struct walk *w)
{
    if (w->src.playlist[0] && !job_claim_list(j, w))
        w->over = true;
    sched_put(&j->sched, w,
              walk_need(w, job_now(j), j->o->refresh_after.ms / 1000));
}

static void mark_gone(struct job *j, struct walk *w)
{
    struct source *s = &w->src;
    s->last_run_at = job_now(j);
    if (!s->gone_since) {
        s->gone_since = s->last_run_at;
        log_event(j->o->log, LOG_WARN, "mine", "gone", "source=\"%s\"", s->ref);
    }
    s->walking = false;
    s->page_token[0] = '\0';
    s->list_at = 0; /* list_count may be of the walk that failed */
    w->over = true;
    save(j, w);
}

static void count_items(const struct decode_page *page, size_t unasked)
{
    ctr_add(&miner_ctr[CTR_mine_rejected_total], (int64_t)page->n_rejected);
    ctr_add(&miner_ctr[CTR_mine_unasked_total], (int64_t)unasked);
}

/* ---- channels ---- */

static void learn_channel(struct job *j, struct walk *w,
                          const struct channel *c)
{
    struct source *s = &w->src;
    w->channel = (struct cid){ c->h.key[0], c->h.key[1] };
    w->has_channel = true;
    w->channel_at = job_now(j);
    w->has_count = CHANNEL_HAS(c, videos);
    w->count = w->has_count ? c->videos : 0;
    yt_uploads(w->channel, s->playlist);
    if (CHANNEL_HAS(c, uploads) && c->uploads.n < sizeof(s->playlist))
        snprintf(s->playlist, sizeof(s->playlist), "%.*s", STR_ARG(c->uploads));
    s->gone_since = 0;
    s->last_run_at = w->channel_at;
    if (w->has_count && !w->count && !s->walking) { /* its list may be 404 */
        s->walked = true;
        s->list_count = 0;
        s->list_at = w->channel_at;
    }
}

static void forget_channel(struct job *j, struct walk *w)
{
    struct err e = ERR_INIT;
    enum store_outcome outcome;
    struct channel c = { .h = { .key = { w->channel.hi, w->channel.lo } } };
    CHANNEL_SET(&c, gone_since, job_now(j));
    bool known = w->has_channel && w->channel_at && !w->src.gone_since;
    if (known && store_put(j->o->store, &schema_channel, &c, 1, j->lease.token,
                           &outcome, &e))
        job_fail(j, &e);
    mark_gone(j, w);
}

/* Store the channels of an answer; false when the store refuses. */
static bool store_channels(struct job *j, struct decode_page *page)
{
    struct err e = ERR_INIT;
    enum store_outcome outcomes[YT_BATCH];
    for (size_t i = 0; i < page->n_channels; i++) {
        CHANNEL_SET(&page->channels[i], origin, j->origin);
        CHANNEL_CLEAR(&page->channels[i], gone_since);
    }
    int rc = store_put(j->o->store, &schema_channel, page->channels,
                       page->n_channels, j->lease.token, outcomes, &e);
    if (rc) {
        job_fail(j, &e);
        return false;
    }
    mtx_lock(&j->mu);
    j->r.channels += page->n_channels;
    mtx_unlock(&j->mu);
    ctr_add(&miner_ctr[CTR_mine_channels_total], (int64_t)page->n_channels);
    return true;
}

static const struct channel *find_channel(const struct decode_page *page,
                                          struct cid id)
{
    for (size_t i = 0; i < page->n_channels; i++)
        if (page->channels[i].h.key[0] == id.hi &&
            page->channels[i].h.key[1] == id.lo)
            return &page->channels[i];
    return NULL;
}

static bool was_asked(const struct task *t, const struct channel *c)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->walks[i]->channel.hi == c->h.key[0] &&
            t->walks[i]->channel.lo == c->h.key[1])
            return true;
    return false;
}

/* Leave out what nobody asked for. */
static void drop_unasked(const struct task *t, struct decode_page *page)
{
    size_t kept = 0;
    for (size_t i = 0; i < page->n_channels; i++)
        if (was_asked(t, &page->channels[i]))
            page->channels[kept++] = page->channels[i];
    count_items(page, page->n_channels - kept);
    page->n_channels = kept;
}

void job_do_channels(struct worker *w, struct task *t)
{
    struct job *j = w->job;
    struct decode_page *page = &w->answer.page;
    struct cid ids[YT_BATCH];
    for (size_t i = 0; i < t->n; i++)
        ids[i] = t->walks[i]->channel;
    yt_channels_query(&w->query, ids, t->n);
    if (job_call(w, QUOTA_CHANNELS) != YT_OK)
        return;
    drop_unasked(t, page);
    if (!store_channels(j, page))
        return;
    for (size_t i = 0; i < t->n; i++) {
        const struct channel *c = find_channel(page, ids[i]);
        if (c) {
            learn_channel(j, t->walks[i], c);
            save(j, t->walks[i]);
            go_on(j, t->walks[i]);
        } else if (!page->n_rejected) { /* rule 7 */
            forget_channel(j, t->walks[i]);
        }
    }
}

void job_do_handle(struct worker *w, struct task *t)
{
    struct job *j = w->job;
    struct walk *walk = t->walks[0];
    struct decode_page *page = &w->answer.page;
    yt_handle_query(&w->query, walk->src.ref);
    enum yt_class class = job_call(w, QUOTA_CHANNELS);
    if (class == YT_GONE ||
        (class == YT_OK && !page->n_channels && !page->n_rejected)) {
        mark_gone(j, walk);
        return;
    }
    if (class != YT_OK || page->n_channels != 1 || !store_channels(j, page))
        return;
    learn_channel(j, walk, &page->channels[0]);
    save(j, walk);
    go_on(j, walk);
}

/* ---- pages ---- */

static bool is_channel_list(const struct walk *w)
{
    return w->src.kind != SOURCE_PLAYLIST;
}

/* Begin a walk. For known ids that is durable before the first page (4); else
 * all entries are counted, those of an earlier walk again. */
static void begin_walk(struct job *j, struct walk *w)
{
    struct source *s = &w->src;
    s->walking = true;
    s->page_token[0] = '\0';
    if (!s->walked)
        s->videos = 0;
    if (is_channel_list(w))
        s->list_count = w->count;
    if (is_channel_list(w) && s->walked)
        save(j, w);
}

static void end_walk(struct job *j, struct walk *w)
{
    struct source *s = &w->src;
    s->walking = false;
    s->walked = true;
    s->page_token[0] = '\0';
    s->last_run_at = s->list_at = job_now(j);
    w->over = true;
    save(j, w);
}

/* Ids of one page, sorted out. */
struct found {
    uint64_t keys[YT_BATCH][2];
    struct video stubs[YT_BATCH];
    size_t n_stubs;
    uint64_t ask[YT_BATCH]; /* to be fetched */
    size_t n_ask;
};

static void add_ask(struct found *f, uint64_t id)
{
    for (size_t i = 0; i < f->n_ask; i++)
        if (f->ask[i] == id)
            return;
    f->ask[f->n_ask++] = id;
}

static struct video make_stub(const struct walk *w, const struct video *entry)
{
    struct video v = { .h = { .key = { entry->h.key[0], 0 } } };
    bool uploads = is_channel_list(w);
    VIDEO_SET(&v, discovered_by, uploads ? FOUND_UPLOADS : FOUND_PLAYLIST);
    if (VIDEO_HAS(entry, published))
        VIDEO_SET(&v, published, entry->published);
    if (uploads && w->has_channel)
        VIDEO_SET(&v, channel, w->channel);
    return v;
}

/* Tell unknown entries of the page from known ones. */
static int sort_out(struct worker *w, const struct walk *walk, struct found *f,
                    struct err *e)
{
    struct job *j = w->job;
    const struct decode_page *page = &w->answer.page;
    struct due_rule rule = job_due_rule(j);
    struct video recs[YT_BATCH];
    bool known[YT_BATCH];
    struct due d;
    for (size_t i = 0; i < page->n_videos; i++) {
        f->keys[i][0] = page->videos[i].h.key[0];
        f->keys[i][1] = 0;
    }
    int rc =
        store_get(j->o->store, &schema_video, (const uint64_t(*)[2])f->keys,
                  page->n_videos, DUE_COLS, &w->arena, recs, known, e);
    for (size_t i = 0; i < page->n_videos && !rc; i++) {
        if (!known[i])
            f->stubs[f->n_stubs++] = make_stub(walk, &page->videos[i]);
        else if (walk->full && due_check(&rule, &recs[i], &d))
            add_ask(f, d.id);
    }
    return rc;
}

/* Put the stubs; those that are new indeed are to be fetched. */
static int store_stubs(struct job *j, struct found *f, struct err *e)
{
    enum store_outcome outcomes[YT_BATCH];
    if (!f->n_stubs)
        return RC_OK;
    int rc = store_put(j->o->store, &schema_video, f->stubs, f->n_stubs,
                       j->lease.token, outcomes, e);
    for (size_t i = 0; i < f->n_stubs && !rc; i++)
        if (outcomes[i] == STORE_NEW)
            add_ask(f, f->stubs[i].h.key[0]);
    return rc;
}

/* Is the walk at its end, with the page in @page read? */
static bool is_end(const struct walk *w, const struct decode_page *page,
                   const struct found *f)
{
    const struct source *s = &w->src;
    if (!page->next_page_token.n)
        return true;
    if (!s->walked || w->full)
        return false;
    if (is_channel_list(w))
        return !f->n_stubs && !page->n_rejected && !w->resumed;
    return !s->page_token[0] && s->list_count == page->total_results;
}

/* Move on to the next page, which is the next job's after PAGES_MAX; false
 * when its token cannot be followed (6). */
static bool advance(struct walk *w, struct str token, const struct found *f)
{
    struct source *s = &w->src;
    w->over = ++w->pages >= PAGES_MAX;
    if (token.n >= sizeof(s->page_token) || str_eqz(token, s->page_token) ||
        (w->over && !f->n_stubs))
        return false;
    memcpy(s->page_token, token.p, token.n);
    s->page_token[token.n] = '\0';
    return true;
}

static void count_page(struct job *j, struct walk *w,
                       const struct decode_page *page, const struct found *f)
{
    struct source *s = &w->src;
    s->videos += s->walked ? f->n_stubs : page->n_videos;
    s->gone_since = 0;
    count_items(page, 0);
    mtx_lock(&j->mu);
    j->r.pages++;
    mtx_unlock(&j->mu);
    ctr_add(&miner_ctr[CTR_mine_pages_total], 1);
}

/* The page is stored: move the frontier (rule 1). */
static void move_on(struct job *j, struct walk *w,
                    const struct decode_page *page, const struct found *f)
{
    struct source *s = &w->src;
    bool end = is_end(w, page, f);
    if (!is_channel_list(w) && !s->page_token[0])
        s->list_count = page->total_results;
    count_page(j, w, page, f);
    w->resumed = false;
    if (end) {
        end_walk(j, w);
        return;
    }
    if (!advance(w, page->next_page_token, f)) {
        log_often(j->o->log, LOG_WARN, "mine", "list", "endless=\"%s\"",
                  s->playlist);
        end_walk(j, w);
        return;
    }
    save(j, w);
    go_on(j, w);
}

static void take_page(struct worker *w, struct walk *walk)
{
    struct job *j = w->job;
    struct err e = ERR_INIT;
    struct found f = { .n_stubs = 0 };
    int rc = sort_out(w, walk, &f, &e);
    if (!rc)
        rc = store_stubs(j, &f, &e);
    if (rc) {
        job_fail(j, &e);
        return;
    }
    sched_found(&j->sched, f.ask, f.n_ask);
    move_on(j, walk, &w->answer.page, &f);
}

/* Rule 5: as if nothing had been read. */
static void restart(struct job *j, struct walk *w)
{
    w->restarted = true;
    w->src.walked = w->src.walking = false;
    w->src.page_token[0] = '\0';
    save(j, w);
    go_on(j, w);
}

static bool is_stale_token(const struct worker *w, const struct walk *walk)
{
    return walk->src.page_token[0] && !walk->restarted &&
           strcmp(w->answer.reason, "invalidPageToken") == 0;
}

void job_do_page(struct worker *w, struct task *t)
{
    struct walk *walk = t->walks[0];
    if (!walk->src.walking)
        begin_walk(w->job, walk);
    if (walk->over)
        return;
    yt_page_query(&w->query, walk->src.playlist, walk->src.page_token);
    enum yt_class class = job_call(w, QUOTA_PLAYLIST_ITEMS);
    if (class == YT_OK)
        take_page(w, walk);
    else if (class == YT_GONE)
        mark_gone(w->job, walk);
    else if (class == YT_REQUEST && is_stale_token(w, walk))
        restart(w->job, walk);
}
