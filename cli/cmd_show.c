/*
 * cli/cmd_show.c - `svf show`: videos by id with every ratio.
 *
 * Rules
 *   1. videos come in the order they were asked for, repeated as asked
 *   2. the index is asked for SEARCH_IDS_MAX at a time; all answers are held
 *      until they are printed, as --json is one document
 */
#include "cli/cli_priv.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* What was asked for and what was found of it; owned by cmd_show(). */
struct shown {
    uint64_t *ids; /* as asked for */
    size_t n_ids;
    struct search *search;
    struct search_result *results; /* one each SEARCH_IDS_MAX ids */
    size_t n_results;
    struct search_item *items; /* what was found; texts lie in results */
    size_t n;
};

static int take_ids(struct shown *w, const struct cli_sources *from,
                    struct err *e)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct source *s = &from->list[i];
        if (s->kind != SOURCE_VIDEO)
            return err_set(e, RC_INPUT, "'%.60s' is not a video", s->ref);
        int rc = vid_parse(str_of(s->ref), &w->ids[w->n_ids], e);
        if (rc)
            return rc;
        w->n_ids++;
    }
    return RC_OK;
}

static int collect(struct cli *c, struct shown *w, struct err *e)
{
    struct cli_sources from;
    int rc = cli_sources_read(c, 0, &from, e);
    if (!rc && !from.n)
        rc = cli_usage(c, e, "no video given");
    if (!rc) {
        w->ids = calloc(from.n, sizeof(*w->ids));
        w->items = calloc(from.n, sizeof(*w->items));
        w->results = calloc(from.n / SEARCH_IDS_MAX + 1, sizeof(*w->results));
        if (!w->ids || !w->items || !w->results)
            rc = err_set(e, RC_NOMEM, "no memory for %zu ids", from.n);
    }
    if (!rc && take_ids(w, &from, e))
        rc = cli_usage(c, e, NULL);
    cli_sources_fini(&from);
    return rc;
}

static void shown_fini(struct shown *w)
{
    for (size_t i = 0; i < w->n_results; i++)
        search_result_fini(w->search, &w->results[i]);
    free(w->results);
    free(w->items);
    free(w->ids);
}

/* "214k to 300k views"; the last bucket has no end. */
static const char *views_text(const struct ratio_bucket *b, char out[64])
{
    char from[16], to[16];
    cli_short_text(b->views_min, from);
    if (b->views_max == UINT64_MAX)
        snprintf(out, 64, "%s views and more", from);
    else
        snprintf(out, 64, "%s to %s views", from,
                 cli_short_text(b->views_max, to));
    return out;
}

static void rank_line(struct cli *c, enum ratio_id r,
                      const struct search_rank *k)
{
    char text[32], views[64];
    search_ratio_text(r, k, text);
    cli_print(c, "  %-15s %s, top %.3g %% of %" PRIu64 " videos with %s\n",
              ratio_pair(r), text, 100 - ratio_percentile(k->q), k->bucket->n,
              views_text(k->bucket, views));
}

/* @text is somebody else's. */
static void line(struct cli *c, const char *label, struct str text)
{
    cli_print(c, "%s  ", label);
    utf8_plain(&c->out, text);
    cli_print(c, "\n");
}

static void details(struct cli *c, const struct search_item *item, bool derived)
{
    const struct video *v = &item->v;
    char id[VID_TEXT], n[32];
    line(c, vid_text(v->h.key[0], id),
         VIDEO_HAS(v, title) ? v->title : STR("(no title)"));
    if (VIDEO_HAS(v, channel_title))
        line(c, "  channel  ", v->channel_title);
    if (VIDEO_HAS(v, views))
        cli_print(c, "  views      %s\n", cli_count_text(v->views, n));
    cli_print(c, "  likes      %s\n",
              VIDEO_HAS(v, likes) ? cli_count_text(v->likes, n) : "unknown");
    cli_print(c, "  dislikes   %s\n",
              VIDEO_HAS(v, dislikes) ? cli_count_text(v->dislikes, n)
                                     : "unknown");
    for (int r = 0; derived && r < RATIO_COUNT; r++)
        if (item->rank[r].q != RATIO_NO_RANK && item->rank[r].bucket)
            rank_line(c, (enum ratio_id)r, &item->rank[r]);
}

static int print(struct cli *c, const struct shown *w, bool derived,
                 struct err *e)
{
    struct cli_items how = { .derived = derived };
    int rc = cli_format(c, &how.format, e);
    if (!rc &&
        search_columns_parse(str_of(cli_opt(c, "columns")), &how.columns, e))
        rc = cli_usage(c, e, NULL);
    if (rc)
        return rc;
    if (!derived)
        search_columns_drop_derived(&how.columns);
    if (how.format == OUT_TABLE) {
        for (size_t i = 0; i < w->n; i++)
            details(c, &w->items[i], derived);
        return RC_OK;
    }
    cli_items_print(c, &how, w->items, w->n, NULL, NULL);
    return RC_OK;
}

static int ask(struct cli *c, struct search *s, const uint64_t *ids, size_t n,
               struct search_result *ret, struct err *e)
{
    struct search_query q;
    struct buf list = BUF_INIT(SEARCH_IDS_MAX * VID_TEXT);
    char id[VID_TEXT];
    for (size_t i = 0; i < n; i++)
        buf_f(&list, "%s%s", i ? "," : "", vid_text(ids[i], id));
    search_query_init(&q);
    q.limit = n;
    int rc = buf_check(&list, "the list of ids", e);
    if (!rc)
        rc = search_query_set(&q, STR("ids"), buf_view(&list), clk_wall(c->clk),
                              NULL, e);
    if (!rc)
        rc = search_run(s, &q, ret, e);
    search_query_fini(&q);
    buf_fini(&list);
    return rc;
}

/* Append what was found of @ids, in their order. */
static void pick(struct shown *w, const uint64_t *ids, size_t n,
                 const struct search_result *r)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < r->n; k++)
            if (r->items[k].v.h.key[0] == ids[i]) {
                w->items[w->n++] = r->items[k];
                break;
            }
}

static int find_all(struct cli *c, struct shown *w, struct err *e)
{
    for (size_t at = 0; at < w->n_ids; at += SEARCH_IDS_MAX) {
        size_t left = w->n_ids - at;
        size_t n = left < SEARCH_IDS_MAX ? left : SEARCH_IDS_MAX;
        struct search_result *r = &w->results[w->n_results];
        int rc = ask(c, w->search, w->ids + at, n, r, e);
        if (rc)
            return rc;
        w->n_results++;
        pick(w, w->ids + at, n, r);
    }
    if (!w->n)
        return err_set(e, RC_NOTFOUND, "no such video in the store");
    if (w->n < w->n_ids)
        c->exit = EXIT_SOME_FAILED;
    return RC_OK;
}

int cmd_show(struct cli *c, struct err *e)
{
    struct shown w = { .n = 0 };
    struct store *st = NULL;
    struct api_policy policy;
    int rc = collect(c, &w, e);
    if (!rc)
        rc = cli_store_open(c, CLI_USE, &st, e);
    if (!rc)
        rc = cli_policy(c, st, &policy, e);
    if (!rc)
        rc = cli_search_open(c, st, false, &w.search, e);
    if (!rc && policy.derived)
        rc = cli_rank_if_needed(c, st, w.search, e);
    if (!rc)
        rc = find_all(c, &w, e);
    if (!rc)
        rc = print(c, &w, policy.derived, e);
    shown_fini(&w);
    search_close(w.search);
    store_close(st);
    return rc;
}
