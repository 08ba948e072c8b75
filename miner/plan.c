/*
 * miner/plan.c - what a job would ask and cost, without asking.
 *
 * Rules
 *   1. counted from what the store knows: the videoCount of channels, how
 *      far walks came, which ids are due. Channels that were never looked up
 *      count one page and no video
 *   2. every id that would be asked stands under the outcome it will most
 *      likely have: new or updated
 */
#include "miner/job_priv.h"

static uint64_t calls(uint64_t n)
{
    return (n + YT_BATCH - 1) / YT_BATCH;
}

/* Entries of the list that are not known yet, as far as can be told. */
static uint64_t unknown_entries(const struct walk *w)
{
    const struct source *s = &w->src;
    uint64_t known = s->walked ? s->list_count : s->videos;
    uint64_t count = w->has_count ? w->count : s->list_count;
    return count > known ? count - known : 0;
}

/* A list of known ids is read up to the first page without a new one. */
static uint64_t unread_pages(const struct walk *w)
{
    uint64_t pages = calls(unknown_entries(w));
    bool again = w->src.walked && w->src.kind != SOURCE_PLAYLIST;
    return pages ? pages + (again ? 1 : 0) : 1;
}

struct sums {
    uint64_t channels, handles, pages, fresh, due;
};

static void add_walk(const struct job *j, const struct walk *w,
                     struct sums *sum)
{
    int64_t refresh_after = j->o->refresh_after.ms / 1000;
    enum walk_need need = walk_need(w, job_now(j), refresh_after);
    if (need == WALK_NOTHING)
        return;
    if (need == WALK_CHANNEL && w->has_channel)
        sum->channels++;
    else if (need == WALK_CHANNEL)
        sum->handles++;
    if (need == WALK_CHANNEL && w->src.walked && !w->src.walking)
        return; /* whether its list is read depends on the count to come */
    sum->pages += unread_pages(w);
    sum->fresh += unknown_entries(w);
}

static void add_due(const struct due_list *l, struct sums *sum)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].at)
            sum->due++;
        else
            sum->fresh++;
}

void job_plan(const struct job *j, struct mine_report *r)
{
    struct sums sum = { .due = 0 };
    for (size_t i = 0; i < j->n_walks; i++)
        add_walk(j, &j->walks[i], &sum);
    add_due(&j->sched.due, &sum);
    r->asked = sum.fresh + sum.due;
    r->outcomes[MINE_NEW] = sum.fresh;
    r->outcomes[MINE_UPDATED] = sum.due;
    r->units_by_method[QUOTA_CHANNELS] =
        (int64_t)(calls(sum.channels) + sum.handles);
    r->units_by_method[QUOTA_PLAYLIST_ITEMS] = (int64_t)sum.pages;
    r->units_by_method[QUOTA_VIDEOS] = (int64_t)calls(r->asked);
    for (int m = 0; m < QUOTA_METHODS; m++)
        r->units[quota_method_bucket((enum quota_method)m)] +=
            r->units_by_method[m];
    r->requests = (uint64_t)r->units[QUOTA_GENERAL];
    r->stopped_by = MINE_DONE;
}
