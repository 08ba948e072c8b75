/*
 * cli/status.c - what `svf status` and GET /api/v1/status tell: store, index,
 * ledger, last jobs; and the counters of all folders.
 */
#include "cli/cli_priv.h"

#include "base/cal.h"
#include "base/ctr.h"

static void put_time(struct jsonw *w, const char *key, int64_t s)
{
    char text[CAL_TEXT];
    jsonw_kz(w, key, s ? cal_text(wall_of_s(s), text) : NULL);
}

static int put_store(struct store *st, struct jsonw *w, struct err *e)
{
    struct store_stats n;
    int rc = store_stats(st, &n, e);
    if (rc)
        return rc;
    jsonw_key(w, "store");
    jsonw_obj(w);
    jsonw_kz(w, "uri", store_uri(st));
    jsonw_kz(w, "kind", store_kind(st) == STORE_LIVE ? "live" : "local");
    jsonw_ku64(w, "videos", n.videos);
    jsonw_ku64(w, "channels", n.channels);
    jsonw_ku64(w, "samples", n.samples);
    jsonw_ku64(w, "bytes", n.bytes);
    jsonw_obj_end(w);
    return RC_OK;
}

static void put_index(const struct search_info *i, struct jsonw *w)
{
    jsonw_key(w, "index");
    jsonw_obj(w);
    jsonw_ku64(w, "videos", i->videos);
    jsonw_ku64(w, "bytes", i->bytes);
    put_time(w, "asOf", i->as_of);
    jsonw_obj_end(w);
    jsonw_key(w, "rank");
    jsonw_obj(w);
    jsonw_ku64(w, "epochId", i->epoch_id);
    put_time(w, "computedAt", i->computed_at);
    jsonw_obj_end(w);
    put_time(w, "oldestRecordAt", i->oldest_stats_at);
}

static int put_quota(struct cli *c, struct store *st, struct jsonw *w,
                     struct err *e)
{
    struct quota_options o;
    struct quota_state q;
    int rc = cli_quota_options(c, st, &o, e);
    if (!rc)
        rc = quota_read(&o, clk_wall(c->clk), &q, e);
    if (rc)
        return rc;
    jsonw_key(w, "quota");
    jsonw_arr(w);
    for (int b = 0; b < QUOTA_BUCKETS; b++) {
        jsonw_obj(w);
        jsonw_kz(w, "name", quota_bucket_name((enum quota_bucket)b));
        jsonw_ki64(w, "limit", q.bucket[b].limit);
        jsonw_ki64(w, "spent", q.bucket[b].spent);
        jsonw_kbool(w, "exhausted", q.bucket[b].exhausted);
        jsonw_obj_end(w);
    }
    jsonw_arr_end(w);
    return RC_OK;
}

static int one_report(void *ctx, const char *key, uint64_t version,
                      struct str body)
{
    (void)key;
    (void)version;
    jsonw_raw(ctx, body);
    return RC_OK;
}

static int put_jobs(struct cli *c, struct store *st, struct jsonw *w,
                    struct err *e)
{
    uint64_t jobs = CLI_STATUS_JOBS, sources = 0;
    int rc = cli_opt_u64(c, "jobs", 0, REPORTS_KEPT, &jobs, e);
    if (!rc)
        rc = source_count(st, &sources, e);
    if (rc)
        return rc;
    jsonw_ku64(w, "sources", sources);
    jsonw_key(w, "jobs");
    jsonw_arr(w);
    rc = report_each(st, (size_t)jobs, one_report, w, e);
    jsonw_arr_end(w);
    return rc;
}

int cli_status_json(struct cli *c, struct store *st,
                    const struct search_info *info, struct jsonw *w,
                    struct err *e)
{
    jsonw_kz(w, "version", SVF_VERSION);
    jsonw_kz(w, "role", "single");
    int rc = put_store(st, w, e);
    if (rc)
        return rc;
    if (info)
        put_index(info, w);
    rc = put_quota(c, st, w, e);
    if (!rc)
        rc = put_jobs(c, st, w, e);
    return rc;
}

void cli_metrics(struct buf *out)
{
    const struct ctr_table tables[] = { net_counters, quota_counters,
                                        miner_counters, search_counters,
                                        api_counters };
    ctr_prometheus(out, tables, ARRAY_LEN(tables));
}
