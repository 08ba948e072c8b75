/* cli/cmd_status.c - `svf status` and `svf quota`. */
#include "cli/cli_priv.h"

#include "base/cal.h"
#include "schema/jsonr.h"

/* One line a job, from its report. */
static int job_text(void *ctx, const char *id, uint64_t version,
                    struct str report)
{
    struct jsonr *v;
    struct str day = STR("?"), why = STR("");
    uint64_t asked = 0, units = 0;
    (void)version;
    if (jsonr_open(&v, report, NULL))
        return RC_OK; /* a report of another version is no failure */
    (void)jsonr_str(jsonr_get(v, "day"), &day);
    (void)jsonr_str(jsonr_get(v, "stoppedBy"), &why);
    (void)jsonr_u64(jsonr_get(v, "asked"), &asked);
    (void)jsonr_u64(jsonr_get(v, "units.general"), &units);
    cli_print(ctx,
              "job     %s, day %.*s: %" PRIu64 " videos for %" PRIu64
              " units, %s%.*s\n",
              id, STR_ARG(day), asked, units,
              why.n ? "stopped by " : "not ended: it runs or was killed",
              STR_ARG(why));
    jsonr_close(v);
    return RC_OK;
}

static int jobs_text(struct cli *c, struct store *st, struct err *e)
{
    uint64_t jobs = CLI_STATUS_JOBS, sources = 0;
    char n[32];
    int rc = cli_opt_u64(c, "jobs", 0, REPORTS_KEPT, &jobs, e);
    if (!rc)
        rc = source_count(st, &sources, e);
    if (rc)
        return rc;
    cli_print(c, "sources %s\n", cli_count_text(sources, n));
    return report_each(st, (size_t)jobs, job_text, c, e);
}

static int status_text(struct cli *c, struct store *st,
                       const struct search_info *i, struct err *e)
{
    struct store_stats n;
    char a[32], b[32], t[CAL_TEXT];
    int rc = store_stats(st, &n, e);
    if (rc)
        return rc;
    cli_print(c, "store   %s (%s), %s videos, %s channels\n", store_uri(st),
              store_kind(st) == STORE_LIVE ? "live" : "local",
              cli_count_text(n.videos, a), cli_count_text(n.channels, b));
    cli_print(c, "index   %s searchable videos\n",
              cli_count_text(i->videos, a));
    if (i->epoch_id)
        cli_print(c, "ranks   epoch %" PRIu64 ", computed %s\n", i->epoch_id,
                  cal_text(wall_of_s(i->computed_at), t));
    else
        cli_print(c, "ranks   never computed; svf rank does it\n");
    if (i->oldest_stats_at)
        cli_print(c, "oldest  %s\n",
                  cal_text(wall_of_s(i->oldest_stats_at), t));
    return jobs_text(c, st, e);
}

static int status_json(struct cli *c, struct store *st,
                       const struct search_info *i, struct err *e)
{
    struct jsonw w;
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    int rc = cli_status_json(c, st, i, &w, e);
    if (rc)
        return rc;
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
    return RC_OK;
}

static void quota_text(struct cli *c, const struct quota_state *q)
{
    static const char *const headers[] = { "bucket",  "limit",   "spent",
                                           "planned", "reserve", "" };
    static const bool right[] = { false, true, true, true, true, false };
    struct table *t = table_open(ARRAY_LEN(headers), headers, right);
    char reset[CAL_TEXT];
    for (int b = 0; t && b < QUOTA_BUCKETS; b++) {
        table_cell(t, str_of(quota_bucket_name((enum quota_bucket)b)));
        table_cell_f(t, "%" PRId64, q->bucket[b].limit);
        table_cell_f(t, "%" PRId64, q->bucket[b].spent);
        table_cell_f(t, "%" PRId64, q->bucket[b].planned);
        table_cell_f(t, "%" PRId64, q->bucket[b].reserve);
        table_cell(t, str_of(q->bucket[b].exhausted ? "exhausted" : ""));
    }
    table_print(c, t);
    cli_print(c, "resets at %s\n", cal_text(q->day.ends, reset));
}

static int status(struct cli *c, struct store *st, struct err *e)
{
    struct search *s;
    struct search_info i;
    int rc = cli_search_open(c, st, true, &s, e);
    if (rc)
        return rc;
    search_info(s, &i);
    search_close(s);
    if (c->json)
        return status_json(c, st, &i, e);
    struct quota_options o;
    struct quota_state q;
    rc = status_text(c, st, &i, e);
    if (!rc)
        rc = cli_quota_options(c, st, &o, e);
    if (!rc)
        rc = quota_read(&o, clk_wall(c->clk), &q, e);
    if (!rc)
        quota_text(c, &q);
    return rc;
}

int cmd_status(struct cli *c, struct err *e)
{
    struct store *st;
    uint64_t jobs = 0;
    if (cli_no_words(c, e) || cli_opt_u64(c, "jobs", 0, REPORTS_KEPT, &jobs, e))
        return cli_usage(c, e, NULL);
    int rc = cli_store_open(c, CLI_READ, &st, e);
    if (rc)
        return rc;
    rc = status(c, st, e);
    store_close(st);
    return rc;
}

/* ---- svf quota ---- */

static void quota_json(struct cli *c, const struct quota_state *q)
{
    struct jsonw w;
    char text[CAL_TEXT];
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_kz(&w, "day", cal_date_text(cal_date_of_days(q->day.day), text));
    jsonw_ki64(&w, "dayHours", (q->day.ends.ms - q->day.begins.ms) / 3600000);
    jsonw_kz(&w, "resetAt", cal_text(q->day.ends, text));
    jsonw_key(&w, "buckets");
    jsonw_arr(&w);
    for (int b = 0; b < QUOTA_BUCKETS; b++) {
        jsonw_obj(&w);
        jsonw_kz(&w, "name", quota_bucket_name((enum quota_bucket)b));
        jsonw_ki64(&w, "limit", q->bucket[b].limit);
        jsonw_ki64(&w, "spent", q->bucket[b].spent);
        jsonw_ki64(&w, "planned", q->bucket[b].planned);
        jsonw_ki64(&w, "reserve", q->bucket[b].reserve);
        jsonw_kbool(&w, "exhausted", q->bucket[b].exhausted);
        jsonw_obj_end(&w);
    }
    jsonw_arr_end(&w);
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
}

int cmd_quota(struct cli *c, struct err *e)
{
    wall_t at = clk_wall(c->clk);
    const char *asked = cli_opt(c, "at");
    if (cli_no_words(c, e) || (asked && cal_parse(str_of(asked), &at, e)))
        return cli_usage(c, e, NULL);
    struct store *st;
    struct quota_options o;
    struct quota_state q;
    int rc = cli_store_open(c, CLI_READ, &st, e);
    if (rc)
        return rc;
    rc = cli_quota_options(c, st, &o, e);
    if (!rc)
        rc = quota_read(&o, at, &q, e);
    if (!rc && c->json)
        quota_json(c, &q);
    else if (!rc)
        quota_text(c, &q);
    store_close(st);
    return rc;
}
