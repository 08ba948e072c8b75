/* cli/cmd_rank.c - `svf rank`: a full ratio run over the store. */
#include "cli/cli_priv.h"

#include "base/thr.h"

static void tell_text(struct cli *c, const struct search_rank_report *r)
{
    char n[32];
    cli_print(c, "epoch %" PRIu64 ": %s videos, %.0f ns of CPU a record\n",
              r->epoch_id, cli_count_text(r->videos, n), r->cpu_ns_per_record);
    for (int i = 0; i < RATIO_COUNT; i++)
        cli_print(c, "  %-15s %s ranked in %zu buckets, %" PRIu64 " unknown\n",
                  ratio_pair((enum ratio_id)i),
                  cli_count_text(r->ratio[i].eligible, n), r->ratio[i].buckets,
                  r->ratio[i].unknown);
}

static int rank(struct cli *c, struct store *st, struct err *e)
{
    struct search *s;
    int rc = cli_search_open(c, st, true, &s, e);
    if (rc)
        return rc;
    struct ratio_options o = RATIO_OPTIONS_INIT;
    o.threads = thr_cpus();
    struct search_rank_report r;
    rc = search_rank(s, &o, cli_has(c, "rebuild-edges"), 0, &r, e);
    if (!rc && c->json) {
        search_rank_json(&r, &c->out);
        buf_c(&c->out, '\n');
    } else if (!rc && !c->quiet) {
        tell_text(c, &r);
    }
    search_close(s);
    return rc;
}

int cmd_rank(struct cli *c, struct err *e)
{
    if (cli_no_words(c, e))
        return cli_usage(c, e, NULL);
    struct store *st;
    int rc = cli_store_open(c, CLI_OPEN, &st, e);
    if (rc)
        return rc;
    rc = cli_require_derived(c, st, e);
    if (!rc)
        rc = rank(c, st, e);
    store_close(st);
    return rc;
}
