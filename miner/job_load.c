/*
 * miner/job_load.c - what a job has to do, read from the store.
 *
 * Rules
 *   1. sources are read once, at the start; one that is added while the job
 *      runs is the next job's
 *   2. given sources limit the job to themselves: the channels' videos, the
 *      playlists' members and the ids
 *   3. a single video has no walk: its id is due or it is not
 *   4. a scan of the store that broke off, for one that is on a server whose
 *      primary went, is begun again
 *   5. every list is walked by one source only, even if a handle and an id
 *      name the same channel
 */
#include "miner/job_priv.h"

#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SOURCES_MAX = 1000000,
    GET_BATCH = 1000,
    ARENA_MAX = 64 << 20,
    SCANS = 3
};

/* ---- sources ---- */

struct loader {
    struct job *j;
    size_t walks_cap, videos_cap;
    struct err *e;
};

/* Make room for one more element of @size in the owned array *@v. */
static int reserve(void **v, size_t n, size_t *cap, size_t size, struct err *e)
{
    if (n < *cap)
        return RC_OK;
    if (n >= SOURCES_MAX)
        return err_set(e, RC_LIMIT, "more than %d sources", SOURCES_MAX);
    size_t more = *cap ? *cap * 2 : 64;
    void *p = realloc(*v, more * size);
    if (!p)
        return err_set(e, RC_NOMEM, "no memory for %zu sources", more);
    *v = p;
    *cap = more;
    return RC_OK;
}

static void name_channel(struct walk *w)
{
    struct source *s = &w->src;
    if (s->kind == SOURCE_CHANNEL)
        w->has_channel = !cid_parse(str_of(s->ref), &w->channel, NULL);
    if (s->kind == SOURCE_HANDLE)
        w->has_channel = yt_channel_of_uploads(s->playlist, &w->channel);
    if (s->kind == SOURCE_CHANNEL && w->has_channel && !s->playlist[0])
        yt_uploads(w->channel, s->playlist);
    if (s->kind == SOURCE_PLAYLIST && !s->playlist[0])
        snprintf(s->playlist, sizeof(s->playlist), "%.63s", s->ref);
}

static int add_walk(struct loader *l, const struct source *src, bool kept)
{
    struct job *j = l->j;
    void *v = j->walks;
    int rc = reserve(&v, j->n_walks, &l->walks_cap, sizeof(*j->walks), l->e);
    j->walks = v;
    if (rc)
        return rc;
    struct walk *w = &j->walks[j->n_walks++];
    *w = (struct walk){ .src = *src, .kept = kept };
    w->full = src->kind == SOURCE_PLAYLIST && j->o->n_only;
    if (w->full) { /* from the start: who is in it is not stored */
        w->src.walked = w->src.walking = false;
        w->src.page_token[0] = '\0';
    }
    w->resumed = w->src.walking;
    name_channel(w);
    return RC_OK;
}

static int add_source(struct loader *l, const struct source *src, bool kept)
{
    struct job *j = l->j;
    if (src->kind != SOURCE_VIDEO)
        return add_walk(l, src, kept);
    void *v = j->videos;
    int rc = reserve(&v, j->n_videos, &l->videos_cap, sizeof(*j->videos), l->e);
    j->videos = v;
    if (rc == RC_OK)
        j->videos[j->n_videos++] = *src;
    return rc;
}

static int on_source(void *ctx, const struct source *src)
{
    return add_source(ctx, src, true);
}

static int load_given(struct loader *l)
{
    const struct mine_options *o = l->j->o;
    int rc = RC_OK;
    for (size_t i = 0; i < o->n_only && !rc; i++) {
        struct source src = o->only[i];
        bool kept = false;
        if (src.kind != SOURCE_VIDEO)
            rc = frontier_load(o->store, &src, &kept, l->e);
        if (!rc)
            rc = add_source(l, &src, kept);
    }
    return rc;
}

/* ---- what is known of the channels ---- */

static void take_channel(struct walk *w, const struct channel *c)
{
    w->channel_at = CHANNEL_HAS(c, stats_at) ? c->stats_at : 0;
    w->has_count = CHANNEL_HAS(c, videos);
    w->count = w->has_count ? c->videos : 0;
    if (CHANNEL_HAS(c, uploads) && c->uploads.n < sizeof(w->src.playlist))
        snprintf(w->src.playlist, sizeof(w->src.playlist), "%.*s",
                 STR_ARG(c->uploads));
}

/* Read the channels of the @n walks from @w on, at most GET_BATCH. */
static int load_batch(struct job *j, struct walk *w, size_t n,
                      struct arena *arena, struct err *e)
{
    static const uint64_t cols =
        CHANNEL_BIT(stats_at) | CHANNEL_BIT(videos) | CHANNEL_BIT(uploads);
    uint64_t(*keys)[2] = arena_take(arena, n * sizeof(*keys));
    struct channel *recs = arena_take(arena, n * sizeof(*recs));
    bool *found = arena_take(arena, n);
    if (!keys || !recs || !found)
        return err_set(e, RC_NOMEM, "no memory for channels");
    for (size_t i = 0; i < n; i++) {
        keys[i][0] = w[i].channel.hi;
        keys[i][1] = w[i].channel.lo;
    }
    int rc = store_get(j->o->store, &schema_channel, (const uint64_t(*)[2])keys,
                       n, cols, arena, recs, found, e);
    for (size_t i = 0; i < n && !rc; i++)
        if (found[i] && w[i].has_channel)
            take_channel(&w[i], &recs[i]);
    return rc;
}

static int load_channels(struct job *j, struct err *e)
{
    struct arena arena = ARENA_INIT(ARENA_MAX);
    int rc = RC_OK;
    for (size_t i = 0; i < j->n_walks && !rc; i += GET_BATCH) {
        size_t n = j->n_walks - i < GET_BATCH ? j->n_walks - i : GET_BATCH;
        rc = load_batch(j, &j->walks[i], n, &arena, e);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    return rc;
}

/* ---- due ids ---- */

struct due_rule job_due_rule(const struct job *j)
{
    return (struct due_rule){ .now = job_now(j),
                              .refresh_after = j->o->refresh_after.ms / 1000 };
}

static int compare_cid(const void *a, const void *b)
{
    const struct cid *x = a, *y = b;
    if (x->hi != y->hi)
        return x->hi < y->hi ? -1 : 1;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

struct scan {
    const struct job *j;
    struct due_list *due;
    struct due_rule rule;
    struct err *e;
};

static bool is_wanted(const struct job *j, const struct video *v)
{
    if (!j->o->n_only)
        return true;
    return VIDEO_HAS(v, channel) && bsearch(&v->channel, j->only, j->n_only,
                                            sizeof(*j->only), compare_cid);
}

static int on_video(void *ctx, const void *rec)
{
    struct scan *s = ctx;
    const struct video *v = rec;
    struct due d;
    if (!due_check(&s->rule, v, &d) || !is_wanted(s->j, v))
        return RC_OK;
    return due_add(s->due, d, s->e);
}

static int scan_store(struct scan *s, struct err *e)
{
    const struct job *j = s->j;
    uint64_t cols = DUE_COLS;
    if (j->o->n_only && !j->n_only)
        return RC_OK; /* given ids and playlists only */
    if (j->o->n_only)
        cols |= VIDEO_BIT(channel);
    int rc = RC_DOWN;
    for (int i = 0; i < SCANS && (rc == RC_DOWN || rc == RC_AGAIN); i++) {
        due_forget(s->due);
        rc = store_scan(j->o->store, &schema_video, cols, NULL, on_video, s, e);
    }
    return rc;
}

/* Add the @n single videos from @src on that the scan does not meet: those
 * not in the store, and, given by hand, those in it. */
static int due_batch(struct scan *s, const struct source *src, size_t n,
                     struct arena *arena, struct err *e)
{
    uint64_t(*keys)[2] = arena_take(arena, n * sizeof(*keys));
    struct video *recs = arena_take(arena, n * sizeof(*recs));
    bool *found = arena_take(arena, n);
    if (!keys || !recs || !found)
        return err_set(e, RC_NOMEM, "no memory for ids");
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool gone = src[i].gone_since &&
                    s->rule.now - src[i].gone_since < GONE_RECHECK_S;
        keys[kept][1] = 0;
        if (!gone && !vid_parse(str_of(src[i].ref), &keys[kept][0], NULL))
            kept++;
    }
    int rc =
        store_get(s->j->o->store, &schema_video, (const uint64_t(*)[2])keys,
                  kept, DUE_COLS, arena, recs, found, e);
    for (size_t i = 0; i < kept && !rc; i++) {
        struct due d = { .id = keys[i][0] };
        if (!found[i] || (s->j->o->n_only && due_check(&s->rule, &recs[i], &d)))
            rc = due_add(s->due, d, e);
    }
    return rc;
}

static int due_videos(struct scan *s, struct err *e)
{
    const struct job *j = s->j;
    struct arena arena = ARENA_INIT(ARENA_MAX);
    int rc = RC_OK;
    for (size_t i = 0; i < j->n_videos && !rc; i += GET_BATCH) {
        size_t n = j->n_videos - i < GET_BATCH ? j->n_videos - i : GET_BATCH;
        rc = due_batch(s, &j->videos[i], n, &arena, e);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    return rc;
}

int job_scan(struct job *j, struct err *e)
{
    struct scan s = {
        .j = j, .due = &j->sched.due, .rule = job_due_rule(j), .e = e
    };
    int rc = scan_store(&s, e);
    if (!rc)
        rc = due_videos(&s, e);
    if (!rc)
        due_sort(s.due);
    return rc;
}

/* ---- one walk a list ---- */

static int open_lists(struct job *j, struct err *e)
{
    j->lists_cap = 16;
    while (j->lists_cap < 2 * j->n_walks)
        j->lists_cap *= 2;
    j->lists = calloc(j->lists_cap, sizeof(*j->lists));
    if (!j->lists)
        return err_set(e, RC_NOMEM, "no memory for %zu lists", j->n_walks);
    return RC_OK;
}

/* Put @digest into the table; false when it is there. */
static bool claim(struct job *j, uint64_t digest)
{
    size_t mask = j->lists_cap - 1;
    for (size_t i = digest & mask;; i = (i + 1) & mask) {
        if (j->lists[i] == digest)
            return false;
        if (j->lists[i])
            continue;
        j->lists[i] = digest;
        return true;
    }
}

bool job_claim_list(struct job *j, struct walk *w)
{
    if (w->listed)
        return true;
    const char *list = w->src.playlist;
    uint64_t digest = digest_mix(digest_bytes(DIGEST_INIT, list, strlen(list)));
    mtx_lock(&j->mu);
    w->listed = claim(j, digest ? digest : 1);
    mtx_unlock(&j->mu);
    return w->listed;
}

/* ---- all of it ---- */

static int load_sources(struct job *j, struct err *e)
{
    struct loader l = { .j = j, .e = e };
    if (j->o->n_only)
        return load_given(&l);
    return source_each(j->o->store, on_source, &l, e);
}

static int list_only(struct job *j, struct err *e)
{
    if (!j->o->n_only || !j->n_walks)
        return RC_OK;
    j->only = calloc(j->n_walks, sizeof(*j->only));
    if (!j->only)
        return err_set(e, RC_NOMEM, "no memory for channels");
    for (size_t i = 0; i < j->n_walks; i++)
        if (j->walks[i].has_channel)
            j->only[j->n_only++] = j->walks[i].channel;
    qsort(j->only, j->n_only, sizeof(*j->only), compare_cid);
    return RC_OK;
}

static void queue_walks(struct job *j)
{
    for (size_t i = 0; i < j->n_walks; i++) {
        struct walk *w = &j->walks[i];
        if (w->src.playlist[0] && !job_claim_list(j, w))
            continue;
        sched_put(&j->sched, w,
                  walk_need(w, job_now(j), j->o->refresh_after.ms / 1000));
    }
}

int job_load(struct job *j, struct err *e)
{
    int rc = load_sources(j, e);
    if (!rc)
        rc = load_channels(j, e);
    if (!rc)
        rc = list_only(j, e);
    if (!rc)
        rc = open_lists(j, e);
    if (!rc)
        rc = job_scan(j, e);
    if (!rc)
        queue_walks(j);
    return rc;
}
