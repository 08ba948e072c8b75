/* cli/cmd_show.c - `svf show`: videos by id with every ratio. */
#include "cli/lines_priv.h"

#include "cli/cli_priv.h"

#include <string.h>

/* The ids asked for, as one comma list for the query. */
struct wanted {
    struct buf list;
    size_t n;
};

static int want(void *ctx, struct str text, struct err *e)
{
    struct wanted *w = ctx;
    struct source s;
    int rc = source_parse(text, &s, e);
    if (rc)
        return rc;
    if (s.kind != SOURCE_VIDEO)
        return err_set(e, RC_INPUT, "'%.*s' is not a video",
                       (int)(text.n > 60 ? 60 : text.n), text.p);
    if (w->n++)
        buf_c(&w->list, ',');
    buf_z(&w->list, s.ref);
    return RC_OK;
}

static int collect(struct cli *c, struct wanted *w, struct err *e)
{
    int rc = RC_OK;
    const char *file = cli_opt(c, "ids");
    for (size_t i = 0; !rc && i < c->opts.n_words; i++)
        rc = want(w, str_of(c->opts.words[i]), e);
    if (rc)
        return cli_usage(c, e, NULL);
    if (file)
        rc = lines_each(file, want, w, e);
    if (!rc && !w->n)
        return cli_usage(c, e, "no video given");
    if (!rc)
        rc = buf_check(&w->list, "the list of ids", e);
    return rc;
}

static void details(struct cli *c, const struct search_item *item, bool derived)
{
    const struct video *v = &item->v;
    char id[VID_TEXT], n[32], text[32];
    cli_print(c, "%s  %.*s\n", vid_text(v->h.key[0], id),
              VIDEO_HAS(v, title) ? (int)v->title.n : 10,
              VIDEO_HAS(v, title) ? v->title.p : "(no title)");
    if (VIDEO_HAS(v, channel_title))
        cli_print(c, "  channel    %.*s\n", STR_ARG(v->channel_title));
    if (VIDEO_HAS(v, views))
        cli_print(c, "  views      %s\n", cli_count_text(v->views, n));
    cli_print(c, "  likes      %s\n",
              VIDEO_HAS(v, likes) ? cli_count_text(v->likes, n) : "unknown");
    cli_print(c, "  dislikes   %s\n",
              VIDEO_HAS(v, dislikes) ? cli_count_text(v->dislikes, n)
                                     : "unknown");
    for (int r = 0; derived && r < RATIO_COUNT; r++) {
        const struct search_rank *k = &item->rank[r];
        if (k->q == RATIO_NO_RANK || !k->bucket)
            continue;
        search_ratio_text((enum ratio_id)r, k, text);
        char from[16], to[16];
        cli_print(c,
                  "  %-15s %s, top %.3g %% of %" PRIu64
                  " videos with %s to %s views\n",
                  ratio_pair((enum ratio_id)r), text,
                  100 - ratio_percentile(k->q), k->bucket->n,
                  cli_short_text(k->bucket->views_min, from),
                  cli_short_text(k->bucket->views_max, to));
    }
}

static int print(struct cli *c, const struct search_result *r, bool derived,
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
        for (size_t i = 0; i < r->n; i++)
            details(c, &r->items[i], derived);
        return RC_OK;
    }
    cli_items_print(c, &how, r->items, r->n, NULL, NULL);
    return RC_OK;
}

static int ask(struct cli *c, struct search *s, const struct wanted *w,
               bool derived, struct err *e)
{
    struct search_query q;
    struct search_result r;
    search_query_init(&q);
    q.limit = w->n;
    int rc = search_query_set(&q, STR("ids"), buf_view(&w->list),
                              clk_wall(c->clk), NULL, e);
    if (rc)
        rc = cli_usage(c, e, NULL);
    else
        rc = search_run(s, &q, &r, e);
    if (!rc) {
        rc = print(c, &r, derived, e);
        if (!rc && r.n == 0)
            rc = err_set(e, RC_NOTFOUND, "no such video in the store");
        else if (!rc && r.n < w->n)
            c->exit = EXIT_SOME_FAILED;
        search_result_fini(s, &r);
    }
    search_query_fini(&q);
    return rc;
}

int cmd_show(struct cli *c, struct err *e)
{
    struct wanted w = { .list = BUF_INIT(1024 * 1024) };
    struct store *st = NULL;
    struct search *s = NULL;
    struct api_policy policy;
    int rc = collect(c, &w, e);
    if (!rc)
        rc = cli_store_open(c, CLI_OPEN, &st, e);
    if (!rc)
        rc = cli_policy(c, st, &policy, e);
    if (!rc)
        rc = cli_search_open(c, st, false, &s, e);
    if (!rc && policy.derived)
        rc = cli_rank_if_needed(c, st, s, e);
    if (!rc)
        rc = ask(c, s, &w, policy.derived, e);
    search_close(s);
    store_close(st);
    buf_fini(&w.list);
    return rc;
}
