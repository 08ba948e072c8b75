/*
 * miner/job_priv.h - the inside of mine_run(), for miner/job*.c, plan.c and
 * their tests.
 *
 *   job_load.c   sources and store ─► walks and due ids
 *   job_sched.c  hands out tasks: VIDEOS, CHANNELS, HANDLE, PAGE, SCAN
 *   job_call.c   pays for a question, asks it, asks again
 *   job_list.c   CHANNELS, HANDLE, PAGE: sources become ids (stubs)
 *   job_fetch.c  VIDEOS: ids become records and outcomes
 *   job_due.c    the ids that are due, oldest first
 *   job_frontier.c  how far a walk came, durable
 *   job.c        lease, threads, stopping, report
 *
 * The durable frontier. A page of a list becomes stubs (records without
 * stats_at) in one put; then its source's page token moves on. A fetched
 * video has stats_at. So whatever moment a job dies at, the next one finds
 * in the store what is still to be done, and pays again only for requests
 * whose answers were not yet stored.
 */
#ifndef SVF_MINER_JOB_PRIV_H
#define SVF_MINER_JOB_PRIV_H

#include "base/arena.h"
#include "base/rnd.h"
#include "base/thr.h"
#include "miner/miner_priv.h"
#include "miner/youtube_priv.h"

/* ---- due ids ---- */

struct due {
    uint64_t id;
    int64_t at; /* s, when it was last fetched; 0 = never */
};

/* The oldest `max` due ids that were added, in order after due_sort(). */
struct due_list {
    struct due *v; /* owned */
    size_t n, cap, max;
    size_t next;    /* the first that was not handed out */
    bool truncated; /* younger ones were left out */
    bool has_floor;
    struct due floor; /* ids up to this one were handed out before */
};

void due_init(struct due_list *l, size_t max);
void due_fini(struct due_list *l);
int due_add(struct due_list *l, struct due d, struct err *e) MUST_CHECK;
/* Order by age, never fetched first, each id once. */
void due_sort(struct due_list *l);
/* Forget what was added: the scan that told it is begun again. */
void due_forget(struct due_list *l);
/* Empty it for the scan that finds what was left out. */
void due_restart(struct due_list *l);

/* Is a video due? @v holds stats_at, gone_since, origin, foreign, if any.
 * @ret  written when it is */
struct due_rule {
    int64_t now;           /* s */
    int64_t refresh_after; /* s */
};
bool due_check(const struct due_rule *r, const struct video *v,
               struct due *ret);
/* Columns that due_check() looks at. */
#define DUE_COLS                                                               \
    (VIDEO_BIT(stats_at) | VIDEO_BIT(gone_since) | VIDEO_BIT(origin) |         \
     VIDEO_BIT(foreign))

/* A video or channel counts as gone when it is missing again so much later. */
enum { GONE_CONFIRM_S = 6 * 3600, GONE_RECHECK_S = 7 * 24 * 3600 };

/* ---- walks ---- */

/* A source of ids: a channel's uploads or a playlist. Belongs to the
 * scheduler while it is queued, to the worker that has its task otherwise. */
struct walk {
    struct source src;
    struct walk *next; /* in a queue */
    struct cid channel;
    uint64_t count;     /* the channel's videoCount */
    int64_t channel_at; /* s, when the channel was last fetched; 0 = never */
    uint32_t pages;     /* read by this job */
    bool has_channel;
    bool has_count;
    bool kept;      /* a source of the store, else one given by hand */
    bool full;      /* a playlist given by hand: take due ids as well */
    bool resumed;   /* the next page may have been stored before */
    bool restarted; /* a stale token was thrown away once */
    bool listed;    /* claimed its list, see job_claim_list() */
    bool over;      /* nothing more for this job */
};

enum walk_need { WALK_NOTHING, WALK_CHANNEL, WALK_PAGE };
/* What is the next thing to ask for @w? */
enum walk_need walk_need(const struct walk *w, int64_t now,
                         int64_t refresh_after);

/* ---- scheduler ---- */

enum task_kind {
    TASK_VIDEOS,
    TASK_CHANNELS,
    TASK_HANDLE,
    TASK_PAGE,
    TASK_SCAN
};
struct task {
    enum task_kind kind;
    size_t n;
    uint64_t ids[YT_BATCH];       /* VIDEOS */
    struct walk *walks[YT_BATCH]; /* the others */
};

struct walk_queue {
    struct walk *first, *last;
};

struct sched {
    struct mtx mu; /* guards all below */
    struct cnd more;
    struct walk_queue channels, handles, pages;
    struct due_list due;
    uint64_t *fresh; /* ring of ids found by pages; owned */
    size_t fresh_cap, fresh_at, fresh_n;
    size_t listing; /* tasks underway that may bring ids or walks */
    bool scanning;
    bool stopping;
};

/* @threads  workers that will ask for tasks; bounds the ring of ids */
int sched_init(struct sched *s, int threads, size_t due_max,
               struct err *e) MUST_CHECK;
void sched_fini(struct sched *s);
/* Queue @w for what it needs; nothing for WALK_NOTHING. */
void sched_put(struct sched *s, struct walk *w, enum walk_need need);
/* Hand in ids that a page found; n at most YT_BATCH a PAGE task. */
void sched_found(struct sched *s, const uint64_t *ids, size_t n);
/* Wait for the next task; false when there is none any more. */
bool sched_next(struct sched *s, struct task *ret);
/* The task is done; what it brought was handed in before. */
void sched_done(struct sched *s, const struct task *t);
/* No more tasks. Idempotent. */
void sched_stop(struct sched *s);

/* ---- the job ---- */

struct job {
    const struct mine_options *o; /* borrowed */
    struct lease lease;
    mono_t renewed;     /* the lease was; the main thread's */
    uint64_t origin;    /* ORIGIN_API or ORIGIN_SIM */
    struct walk *walks; /* owned */
    size_t n_walks;
    struct source *videos; /* owned: sources that are single videos */
    size_t n_videos;
    struct cid *only; /* owned, sorted: channels given by hand */
    size_t n_only;
    struct sched sched;

    struct mtx mu;    /* guards all below; never held together with sched.mu */
    struct cnd ended; /* a worker ended */
    struct mine_report r;
    struct err failure; /* behind MINE_ERROR */
    uint64_t *lists;    /* owned: digests of claimed lists, 0 = free */
    size_t lists_cap;   /* a power of two */
    int64_t units;      /* claimed against units_max */
    int fails_in_row[QUOTA_METHODS];
    struct err last_fail; /* the last question that failed for good */
    bool answered;        /* any question was answered */
    wall_t not_before;    /* the API asked everybody to slow down */
    int running;          /* workers */
    atomic_bool stopping; /* set once: nothing new is begun */
    atomic_bool abort;    /* set after stopping: give up what is underway */
};

struct worker {
    struct job *job;
    struct thr thr;
    struct net_conn *conn;
    struct net_response r;
    struct buf query;
    struct arena arena;
    struct rnd rnd;
    struct yt_answer answer; /* of the last call */
    wall_t asked_at;         /* when its last request was paid for */
};

static inline int64_t job_now(const struct job *j)
{
    return wall_s(clk_wall(j->o->clk));
}
struct due_rule job_due_rule(const struct job *j);

/* End the job in good order, or with an error. The first reason stays,
 * but an error replaces any other. */
void job_stop(struct job *j, enum mine_stop why);
void job_fail(struct job *j, const struct err *e);

/* ---- parts of a job ---- */

/* Read sources, their channels and what is due; queue all of it. */
int job_load(struct job *j, struct err *e) MUST_CHECK;
/* Collect the due ids of the store into the scheduler's list. */
int job_scan(struct job *j, struct err *e) MUST_CHECK;
/* False when another walk of this job reads the same list. */
bool job_claim_list(struct job *j, struct walk *w);

/* Ask w->query of method @m, with tries and pauses; w->answer tells more.
 * YT_STOPPED: the job ends before the question was answered. */
enum yt_class job_call(struct worker *w, enum quota_method m);
/* After the workers: a job that only met failures has failed. */
void job_check_answered(struct job *j);

void job_do_channels(struct worker *w, struct task *t);
void job_do_handle(struct worker *w, struct task *t);
void job_do_page(struct worker *w, struct task *t);
void job_do_videos(struct worker *w, struct task *t);

/* Read how far the walk of @io came; *kept tells whether it is a source of
 * the store. Write it: durable on return. */
int frontier_load(struct store *s, struct source *io, bool *kept,
                  struct err *e) MUST_CHECK;
int frontier_save(struct store *s, const struct source *src, bool kept,
                  uint64_t fence, struct err *e) MUST_CHECK;

/* Fill @r with what a job over @j, loaded, would ask and cost. */
void job_plan(const struct job *j, struct mine_report *r);

#endif
