/*
 * tests/miner/mine_sweep_test.c - each kind of fault on each request of a
 * job in turn. Whatever meets whichever request: the job ends by itself with
 * a report, spends a bounded number of requests, and the next job completes
 * what this one could not.
 *
 * With SVF_SWEEP=all on more requests, by several workers, and also with
 * faults that stay from that request on; without it by one worker, so that
 * the requests come in the same order each time.
 */
#include "tests/miner/mine_kit.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 24 * 3600, TRIES = 5, FAILS_MAX = 8, METHODS = 3 };

static const struct fault_kind {
    const char *name;
    const char *action; /* members of the simulator's "action" */
    int burst;          /* requests it meets */
    bool quota;         /* it closes the day */
} kinds[] = {
    /* clang-format off */
    { "a cut body",       "\"cutAfterBytes\":300", 1, false },
    { "a cut connection", "\"cutAfterBytes\":0", 1, false },
    { "a slow drip",      "\"dripBytesPerSecond\":40", 1, false },
    { "a burst of 5xx",   "\"status\":503,\"reason\":\"backendError\"", TRIES - 1, false },
    { "an HTML error",    "\"status\":502,\"body\":\"<html><title>502</title>\"", 1, false },
    { "too fast, 429",    "\"status\":429,\"reason\":\"rateLimitExceeded\"", 1, false },
    { "quota, 403",       "\"status\":403,\"reason\":\"quotaExceeded\"", 1, true },
    { "quota, 429",
      "\"status\":429,\"body\":\"{\\\"error\\\":{\\\"code\\\":429,"
      "\\\"message\\\":\\\"Quota exceeded for quota metric 'Queries' and "
      "limit 'Queries per day' of service 'youtube.googleapis.com'\\\","
      "\\\"errors\\\":[{\\\"reason\\\":\\\"rateLimitExceeded\\\"}],"
      "\\\"status\\\":\\\"RESOURCE_EXHAUSTED\\\"}}\"", 1, true },
    /* clang-format on */
};

struct sweep {
    uint64_t videos, channels;
    int threads;
    bool stays; /* the fault meets every request from the nth on */
};

/* Open @k over a simulator with @kind at request @nth; 0 = no fault. */
static void open_at(struct kit *k, const struct sweep *s,
                    const struct fault_kind *kind, uint64_t nth)
{
    char faults[768];
    struct kit_setup setup = { .videos = s->videos,
                               .channels = s->channels,
                               .timeout_ms = 250 };
    snprintf(faults, sizeof(faults),
             "[{\"match\":{\"nth\":%llu,\"count\":%d},\"action\":{%s}}]",
             (unsigned long long)nth, s->stays ? 1000000 : kind->burst,
             kind->action);
    if (nth)
        setup.faults = faults;
    kit_open(k, &setup);
    k->o.threads = s->threads;
    kit_add_channels(k);
}

/* Requests of a job that meets no fault. */
static uint64_t count_requests(const struct sweep *s)
{
    struct kit k;
    open_at(&k, s, &kinds[0], 0);
    T_OK(kit_mine(&k), &k.e);
    uint64_t n = k.r.requests;
    kit_check_truth(&k);
    kit_close(&k);
    return n;
}

static int count_ended(void *ctx, const char *key, uint64_t version,
                       struct str body)
{
    (void)key, (void)version;
    int *n = ctx;
    *n += !memmem(body.p, body.n, "\"stoppedBy\":null", 16);
    return RC_OK;
}

static void check_ended(struct kit *k, const char *name)
{
    int ended = 0;
    T_OK(report_each(k->store, 10, count_ended, &ended, &k->e), &k->e);
    T_I64(name, ended, 1);
    kit_check_report(k);
    T_TRUE(name, kit_own_ledger(k) >= kit_sim_ledger(k, "general.spent"));
}

/* A fault that passes costs requests and nothing else. */
static void check_passed(struct kit *k, const char *name,
                         const struct fault_kind *kind, int rc)
{
    T_RC(name, rc, RC_OK, &k->e);
    T_U64(name, k->r.outcomes[MINE_FAILED], 0);
    T_I64(name, k->r.stopped_by, kind->quota ? MINE_QUOTA : MINE_DONE);
}

static void check_stayed(struct kit *k, const char *name,
                         const struct fault_kind *kind, int rc)
{
    ck_assert_msg(rc == RC_OK || rc == RC_DOWN, "%s: %s", name, k->e.msg);
    T_TRUE(name, k->r.stopped_by != MINE_SIGNAL);
    if (kind->quota)
        T_I64(name, k->r.stopped_by, MINE_QUOTA);
}

static void complete(struct kit *k)
{
    kit_heal(k);
    kit_pass(k, DAY_S);
    T_OK(kit_mine(k), &k->e);
    T_I64("the next job", k->r.stopped_by, MINE_DONE);
    kit_check_truth(k);
}

static void meet(const struct sweep *s, const struct fault_kind *kind,
                 uint64_t nth, uint64_t requests)
{
    struct kit k;
    char name[96];
    snprintf(name, sizeof(name), "%s at request %llu%s", kind->name,
             (unsigned long long)nth, s->stays ? " and from then on" : "");
    open_at(&k, s, kind, nth);
    size_t n;
    struct kit_video *then = kit_truth(&k, &n);
    int rc = kit_mine(&k);
    check_ended(&k, name);
    uint64_t fails_max = FAILS_MAX + (uint64_t)s->threads;
    T_TRUE(name, k.r.requests <= requests + METHODS * fails_max * TRIES);
    if (s->stays)
        check_stayed(&k, name, kind, rc);
    else
        check_passed(&k, name, kind, rc);
    if (k.r.stopped_by == MINE_DONE && !k.r.outcomes[MINE_FAILED])
        kit_check_kept(&k, then, n); /* counts moved on while it paused */
    free(then);
    complete(&k);
    kit_close(&k);
}

static void sweep(const struct sweep *s)
{
    uint64_t requests = count_requests(s);
    T_TRUE("all methods are asked", requests >= 2 * METHODS);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        for (uint64_t nth = 1; nth <= requests; nth++)
            meet(s, &kinds[i], nth, requests);
}

static bool sweep_all(void)
{
    const char *s = getenv("SVF_SWEEP");
    return s && strcmp(s, "all") == 0;
}

START_TEST(each_fault_on_each_request)
{
    struct sweep s = { .videos = 130, .channels = 3, .threads = 1 };
    if (sweep_all())
        s = (struct sweep){ .videos = 500, .channels = 8, .threads = 4 };
    sweep(&s);
}
END_TEST

START_TEST(each_fault_from_each_request_on)
{
    struct sweep s = {
        .videos = 500, .channels = 8, .threads = 4, .stays = true
    };
    if (sweep_all())
        sweep(&s);
}
END_TEST

T_SUITE("miner.mine_sweep", 900, each_fault_on_each_request,
        each_fault_from_each_request_on)
