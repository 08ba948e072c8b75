/*
 * miner/report.c - the report of a job as the document of `svf mine --json`,
 * and the counters of the folder.
 *
 * A report without an end is that of a job that runs or was killed: its
 * stoppedBy and endedAt are null.
 */
#include "miner/miner_priv.h"

#include "base/cal.h"
#include "base/jsonw.h"

struct ctr miner_ctr[] = {
#define CTR CTR_ROW
#include "miner/counters.def"
#undef CTR
};
struct ctr_table miner_counters = CTR_TABLE(miner_ctr);

const char *mine_stop_name(enum mine_stop s)
{
    static const char *const names[] = {
        [MINE_DONE] = "done", [MINE_QUOTA] = "quota",   [MINE_UNITS] = "units",
        [MINE_TIME] = "time", [MINE_SIGNAL] = "signal", [MINE_ERROR] = "error",
    };
    return names[s];
}

static void put_units(struct jsonw *w, const struct mine_report *r)
{
    jsonw_key(w, "units");
    jsonw_obj(w);
    jsonw_ki64(w, "general", r->units[QUOTA_GENERAL]);
    jsonw_ki64(w, "search", r->units[QUOTA_SEARCH]);
    jsonw_ki64(w, "batchStats", r->units[QUOTA_BATCH_STATS]);
    jsonw_obj_end(w);
}

static void put_outcomes(struct jsonw *w, const struct mine_report *r)
{
    static const char *const names[MINE_OUTCOMES] = {
        [MINE_NEW] = "new",
        [MINE_UPDATED] = "updated",
        [MINE_UNCHANGED] = "unchanged",
        [MINE_HIDDEN] = "hidden",
        [MINE_GONE] = "gone",
        [MINE_FAILED] = "failed",
    };
    jsonw_ku64(w, "asked", r->asked);
    jsonw_key(w, "outcomes");
    jsonw_obj(w);
    for (int i = 0; i < MINE_OUTCOMES; i++)
        jsonw_ku64(w, names[i], r->outcomes[i]);
    jsonw_obj_end(w);
    jsonw_key(w, "outcomesPerUnit");
    if (r->units_by_method[QUOTA_VIDEOS])
        jsonw_f64(w,
                  (double)r->asked / (double)r->units_by_method[QUOTA_VIDEOS]);
    else
        jsonw_null(w);
}

static void put_methods(struct jsonw *w, const struct mine_report *r)
{
    jsonw_key(w, "unitsByMethod");
    jsonw_obj(w);
    jsonw_ki64(w, "videos", r->units_by_method[QUOTA_VIDEOS]);
    jsonw_ki64(w, "channels", r->units_by_method[QUOTA_CHANNELS]);
    jsonw_ki64(w, "playlistItems", r->units_by_method[QUOTA_PLAYLIST_ITEMS]);
    jsonw_ki64(w, "search", r->units_by_method[QUOTA_SEARCH_LIST]);
    jsonw_obj_end(w);
}

static void put_errors(struct jsonw *w, const struct mine_report *r)
{
    jsonw_key(w, "errors");
    jsonw_obj(w);
    for (int i = 0; i < MINE_ERROR_CLASSES; i++)
        if (r->errors[i].n)
            jsonw_ku64(w, r->errors[i].name, r->errors[i].n);
    jsonw_obj_end(w);
}

static void put_end(struct jsonw *w, const struct mine_report *r)
{
    char text[CAL_TEXT];
    bool ended = r->ended.ms != 0;
    jsonw_kz(w, "stoppedBy", ended ? mine_stop_name(r->stopped_by) : NULL);
    jsonw_kz(w, "why", r->why[0] ? r->why : NULL);
    jsonw_kz(w, "beganAt", cal_text(r->begun, text));
    jsonw_kz(w, "endedAt", ended ? cal_text(r->ended, text) : NULL);
}

void mine_report_json(const struct mine_report *r, struct buf *out)
{
    struct jsonw w;
    char text[CAL_TEXT];
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_kz(&w, "job", r->job);
    jsonw_kz(&w, "day", cal_date_text(cal_date_of_days(r->day), text));
    put_units(&w, r);
    jsonw_ku64(&w, "requests", r->requests);
    jsonw_ku64(&w, "bytes", r->bytes);
    jsonw_ku64(&w, "channels", r->channels);
    jsonw_ku64(&w, "pages", r->pages);
    put_outcomes(&w, r);
    put_methods(&w, r);
    put_errors(&w, r);
    put_end(&w, r);
    jsonw_obj_end(&w);
}
