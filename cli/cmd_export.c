/*
 * cli/cmd_export.c - `svf export`: one line a video, ordered by id, so that
 * equal content gives equal bytes.
 */
#include "cli/cli_priv.h"

#include <string.h>

struct exporter {
    struct cli *c;
    enum cli_format format;
    struct search_columns columns;
};

static int one(void *ctx, const struct search_item *item)
{
    struct exporter *x = ctx;
    struct buf *out = &x->c->out;
    char id[VID_TEXT];
    if (x->format == OUT_CSV)
        search_csv_item(&x->columns, item, out);
    else if (x->format == OUT_IDS)
        buf_f(out, "%s\n", vid_text(item->v.h.key[0], id));
    else
        search_ndjson_item(&x->columns, item, out);
    cli_flush(x->c, false);
    return cli_stop || x->c->out_failed ? RC_CANCELLED : RC_OK;
}

static int settings(struct cli *c, struct exporter *x, struct err *e)
{
    const char *columns = cli_opt(c, "columns");
    x->c = c;
    int rc = cli_format(c, &x->format, e);
    if (rc)
        return rc;
    if (!cli_opt(c, "output"))
        x->format = OUT_NDJSON;
    if (x->format != OUT_NDJSON && x->format != OUT_CSV && x->format != OUT_IDS)
        return cli_usage(c, e, "export writes ndjson, csv or ids");
    if (search_columns_parse(str_of(columns), &x->columns, e))
        return cli_usage(c, e, NULL);
    return RC_OK;
}

/* Ratios of a live store: refused when asked for, left out when not. */
static int allow(struct cli *c, struct exporter *x, const struct store *st,
                 const struct search_query *q, struct err *e)
{
    bool asked = cli_opt(c, "columns") && search_columns_derived(&x->columns);
    if (asked || search_query_derived(q))
        return cli_require_derived(c, st, e);
    if (cli_require_derived(c, st, NULL)) {
        *c->hint = '\0';
        search_columns_drop_derived(&x->columns);
    }
    return RC_OK;
}

static int write_all(struct cli *c, struct exporter *x, struct store *st,
                     const struct search_query *q, struct err *e)
{
    struct search *s;
    int rc = cli_search_open(c, st, false, &s, e);
    if (rc)
        return rc;
    if (x->format == OUT_CSV)
        search_csv_header(&x->columns, &c->out);
    rc = search_each(s, q, one, x, e);
    if (rc == RC_CANCELLED && (cli_stop || c->out_failed))
        rc = RC_OK;
    search_close(s);
    return rc;
}

int cmd_export(struct cli *c, struct err *e)
{
    struct exporter x;
    struct search_query q;
    if (cli_no_words(c, e))
        return cli_usage(c, e, NULL);
    search_query_init(&q);
    int rc = settings(c, &x, e);
    if (!rc)
        rc = cli_query(c, NULL, 0, &q, e);
    struct store *st = NULL;
    if (!rc)
        rc = cli_store_open(c, CLI_READ, &st, e);
    if (!rc)
        rc = allow(c, &x, st, &q, e);
    if (!rc)
        rc = write_all(c, &x, st, &q, e);
    store_close(st);
    search_query_fini(&q);
    return rc;
}
