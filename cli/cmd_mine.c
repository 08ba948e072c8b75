/*
 * cli/cmd_mine.c - `svf mine`: one job, and its report on the terminal.
 *
 * Rules
 *   1. a quota that is used up is a good end (0), 75 with --strict
 *   2. a key or project that the API refuses is 77
 */
#include "cli/cli_priv.h"

#include "base/cal.h"
#include "base/rnd.h"

#include <string.h>

static int not_built(struct cli *c, struct err *e)
{
    const char *pace = cli_opt(c, "pace");
    if (pace && strcmp(pace, "now") && strcmp(pace, "day"))
        return cli_usage(c, e, "--pace must be now or day, not '%.40s'", pace);
    if (pace && strcmp(pace, "day") == 0)
        return cli_usage(c, e, "--pace day is not built yet");
    if (cli_has(c, "daemon"))
        return cli_usage(c, e, "--daemon is not built yet");
    return RC_OK;
}

static int take_clock(struct cli *c, struct err *e)
{
    const char *text = cli_opt(c, "clock");
    wall_t start;
    if (!text)
        return RC_OK;
    if (!cli_base_is_loopback(c))
        return cli_usage(c, e, "--clock is only for a simulator on loopback");
    if (strncmp(text, "step:", 5) != 0)
        return cli_usage(c, e, "--clock takes step:TIME, not '%.40s'", text);
    if (cal_parse(str_of(text + 5), &start, e))
        return cli_usage(c, e, NULL);
    clk_step_init(&c->step, start);
    c->clk = &c->step.clk;
    return RC_OK;
}

static int settings(struct cli *c, struct mine_options *o, struct err *e)
{
    uint64_t threads = (uint64_t)conf_int(c->conf, "api.connections");
    uint64_t units = 0;
    const char *until = cli_opt(c, "until");
    if (cli_opt_u64(c, "threads", 1, 64, &threads, e) ||
        cli_opt_u64(c, "units", 1, 1000000000, &units, e) ||
        (until && cal_parse(str_of(until), &o->until, e)))
        return cli_usage(c, e, NULL);
    o->clk = c->clk;
    o->log = c->log;
    o->progress_fd = c->progress_fd;
    o->seed = rnd_os_seed();
    o->threads = (int)threads;
    o->units_max = (int64_t)units;
    o->refresh_after = conf_dur(c->conf, "mine.refresh_after");
    o->plan_only = cli_has(c, "plan");
    o->adhoc = c->opts.n_words > 0;
    o->sim_time = cli_has(c, "clock");
    o->stop = &cli_stop;
    return RC_OK;
}

static void report_text(struct cli *c, const struct mine_report *r, bool plan)
{
    char n[32], day[CAL_TEXT];
    if (c->quiet && !plan)
        return;
    cal_date_text(cal_date_of_days(r->day), day);
    cli_print(c, "job %s, quota day %s%s\n", r->job, day,
              plan ? " (a plan: nothing was spent)" : "");
    for (int m = 0; m < QUOTA_METHODS; m++)
        if (r->units_by_method[m])
            cli_print(c, "  %8" PRId64 " units of %s\n", r->units_by_method[m],
                      quota_method_name((enum quota_method)m));
    cli_print(c, "  %s videos asked for\n", cli_count_text(r->asked, n));
    if (plan) {
        cli_note(c, "at least: a channel that was never looked up counts as "
                    "one page and no video\n");
        return;
    }
    cli_print(c,
              "  %" PRIu64 " new, %" PRIu64 " updated, %" PRIu64
              " unchanged, %" PRIu64 " hidden, %" PRIu64 " gone, %" PRIu64
              " failed\n",
              r->outcomes[MINE_NEW], r->outcomes[MINE_UPDATED],
              r->outcomes[MINE_UNCHANGED], r->outcomes[MINE_HIDDEN],
              r->outcomes[MINE_GONE], r->outcomes[MINE_FAILED]);
    for (size_t i = 0; i < MINE_ERROR_CLASSES; i++)
        if (r->errors[i].name && r->errors[i].n)
            cli_print(c, "  %" PRIu64 " × %s error\n", r->errors[i].n,
                      r->errors[i].name);
    cli_print(c, "  stopped by %s%s%s\n", mine_stop_name(r->stopped_by),
              *r->why ? ": " : "", r->why);
}

/* The exit code of a job that came to an end of its own. */
static void judge(struct cli *c, const struct mine_report *r)
{
    if (r->stopped_by == MINE_QUOTA && cli_has(c, "strict"))
        c->exit = EXIT_LATER;
    else if (r->outcomes[MINE_FAILED])
        c->exit = EXIT_SOME_FAILED;
}

static int run(struct cli *c, struct store *st,
               const struct mine_options *settings, struct err *e)
{
    struct mine_options o = *settings;
    struct cli_remote remote;
    struct mine_report r;
    int rc = cli_remote_open(c, st, &remote, e);
    if (rc)
        return rc;
    o.store = st;
    o.net = remote.net;
    o.quota = remote.quota;
    o.rule = &remote.quota_options.rule;
    rc = mine_run(&o, &r, e);
    cli_remote_close(c, &remote);
    if (rc == RC_DENIED)
        c->exit = EXIT_NO_PERMISSION;
    if (rc) {
        /* What was paid for is told too; an answer in JSON is the error. */
        if (r.requests && !c->json)
            report_text(c, &r, false);
        return rc;
    }
    if (c->json) {
        mine_report_json(&r, &c->out);
        buf_c(&c->out, '\n');
    } else {
        report_text(c, &r, o.plan_only);
    }
    judge(c, &r);
    return RC_OK;
}

int cmd_mine(struct cli *c, struct err *e)
{
    struct mine_options o = { .threads = 1 };
    struct cli_sources w = { .list = NULL };
    struct store *st = NULL;
    int rc = not_built(c, e);
    if (!rc)
        rc = take_clock(c, e);
    if (!rc)
        rc = settings(c, &o, e);
    if (!rc)
        rc = cli_check_config(c, e);
    if (!rc)
        rc = cli_need_key(c, e);
    if (!rc)
        rc = cli_sources_read(c, 0, &w, e);
    if (!rc && cli_has(c, "ids") && !w.n) /* none would mean all */
        rc = err_set(e, RC_INPUT, "%.80s: no source in it", cli_opt(c, "ids"));
    if (!rc)
        rc = cli_store_open(c, CLI_CREATE_MINE, &st, e);
    if (!rc) {
        o.only = w.list;
        o.n_only = w.n;
        rc = run(c, st, &o, e);
    }
    store_close(st);
    cli_sources_fini(&w);
    return rc;
}
