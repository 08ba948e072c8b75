/*
 * miner/miner.h - load metadata into a store: from files (import) and from
 * the YouTube Data API (jobs).
 */
#ifndef SVF_MINER_MINER_H
#define SVF_MINER_MINER_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clk.h"
#include "base/ctr.h"
#include "base/err.h"
#include "base/log.h"
#include "net/net.h"
#include "quota/quota.h"
#include "schema/schema.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern struct ctr_table miner_counters;

/* ---- import ---- */

enum import_format {
    IMPORT_AUTO,
    IMPORT_TRENDING,
    IMPORT_SNAPSHOTS,
    IMPORT_ADVIEW,
    IMPORT_API,
    IMPORT_SVF,
    IMPORT_DISLIKES
};
const char *import_format_name(enum import_format f);
int import_format_parse(struct str s, enum import_format *ret,
                        struct err *e) MUST_CHECK;

enum { IMPORT_REASONS = 16 };
struct import_report {
    enum import_format format;
    uint64_t read, fresh, updated, sampled, unchanged, rejected;
    uint64_t hidden_inferred;
    uint64_t videos, channels; /* distinct records made new */
    struct {
        char text[64];
        uint64_t n;
    } reasons[IMPORT_REASONS];
    size_t n_reasons;
};

struct import_options {
    struct store *store; /* borrowed; must be local; NULL = ask open() */
    /* Gives the store, borrowed, once rows are there to be written: a file
     * that is refused never asked for one. May be called for each file. */
    int (*open)(void *ctx, struct store **ret, struct err *e);
    void *open_ctx;
    enum import_format format;
    int year;         /* 0 = none; for dates without year */
    bool foreign_ids; /* make up ids for sets without real ones */
    int rejects_fd;   /* "path:line: reason" per reject; -1 = none */
    int progress_fd;  /* -1 = silent */
    struct clk *clk;
    struct log *log;         /* may be NULL */
    const atomic_bool *stop; /* may be NULL */
};

/*
 * Import one file, plain or .gz, "-" = standard input. Idempotent; killed at
 * any moment it leaves whole transactions, and importing again completes it.
 * RC_INPUT   unknown format or unusable file (message: file:line and what to
 *            do, e.g. --year); nothing of it was imported
 * RC_DENIED  the store is live
 * RC_NOTFOUND, RC_IO, RC_CORRUPT, RC_CANCELLED
 * @ret is filled also when the rejects were many: a reject is no failure.
 */
int import_file(const struct import_options *o, const char *path,
                struct import_report *ret, struct err *e) MUST_CHECK;

/* ---- jobs ---- */

#define MINE_RESET_RULE "PST8PDT,M3.2.0/2,M11.1.0/2"

enum mine_stop {
    MINE_DONE,
    MINE_QUOTA,
    MINE_UNITS,
    MINE_TIME,
    MINE_SIGNAL,
    MINE_ERROR
};
const char *mine_stop_name(enum mine_stop s);

enum mine_outcome {
    MINE_NEW,
    MINE_UPDATED,
    MINE_UNCHANGED,
    MINE_HIDDEN,
    MINE_GONE,
    MINE_FAILED,
    MINE_OUTCOMES
};

struct mine_options {
    struct store *store; /* borrowed */
    struct quota *quota; /* borrowed */
    struct net *net;     /* borrowed */
    struct clk *clk;
    struct log *log;               /* may be NULL */
    int progress_fd;               /* -1 = silent */
    uint64_t seed;                 /* of the back-off jitter */
    int threads;                   /* connections, [1, 64] */
    int64_t units_max;             /* 0 = as many as the ledger gives */
    wall_t until;                  /* ms 0 = no end */
    dur_t refresh_after;           /* refresh what is older */
    const struct quota_rule *rule; /* the day of the report; NULL = Pacific
                                      time by MINE_RESET_RULE; borrowed */
    bool plan_only;                /* spend nothing: tell what it would cost */
    bool sim_time;                 /* send X-Svf-Sim-Now with each request */
    bool adhoc;                    /* may use the ad-hoc reserve */
    /* Only these; when n is 0, the sources kept in the store and the
     * refresh of everything due. */
    const struct source *only;
    size_t n_only;
    const atomic_bool *stop; /* a signal; may be NULL */
};

enum { MINE_ERROR_CLASSES = 8 };
struct mine_report {
    char job[48]; /* id, ordered by time */
    int32_t day;  /* quota day, days since 1970 */
    wall_t begun, ended;
    int64_t units[QUOTA_BUCKETS];
    int64_t units_by_method[QUOTA_METHODS];
    uint64_t requests, bytes;
    uint64_t asked; /* ids asked of `videos` = sum of outcomes */
    uint64_t outcomes[MINE_OUTCOMES];
    uint64_t channels, pages; /* channel records and list pages stored */
    struct {
        const char *name;
        uint64_t n;
    } errors[MINE_ERROR_CLASSES];
    enum mine_stop stopped_by;
    char why[240];  /* a sentence for MINE_ERROR, else "" */
    int error_code; /* RC_… behind MINE_ERROR: DENIED = key refused */
};

/*
 * Run one job: holds lease "job", walks sources, fetches what is new,
 * refreshes what is due, oldest first; writes its report to the store,
 * before the first request and after the last. Killed at any moment it
 * loses nothing that was stored; the next job goes on from there.
 * With plan_only nothing is sent, leased or written: @ret tells the units by
 * method and, under new and updated, the ids that would be asked.
 * RC_OK also when quota, units, time or a signal ended it: see stopped_by.
 * RC_AGAIN   the lease is held by somebody alive, or the API asks to come
 *            back later than a job waits; e->retry_at_ms
 * RC_DENIED  key or project refused
 * RC_DOWN    the store, or the API, gives no answer
 * RC_FENCED  another job has taken the lease over
 * RC_IO      the store failed
 * @ret is always filled; when a job had begun, stopped_by = MINE_ERROR and
 * why say what ended it.
 */
int mine_run(const struct mine_options *o, struct mine_report *ret,
             struct err *e) MUST_CHECK;

/* The report as the JSON document of `svf mine --json`. One that has not
 * ended (a killed job's) has null for stoppedBy and endedAt. */
void mine_report_json(const struct mine_report *r, struct buf *out);

/*
 * Send one request of 1 unit to learn whether key and project work
 * (`svf config check --live`). RC_DENIED with the API's own reason.
 */
int mine_probe(struct net *n, struct quota *q, wall_t now, bool sim_time,
               struct err *e) MUST_CHECK;

#endif
