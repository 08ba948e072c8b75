/*
 * cli/cmd_source.c - `svf source add|remove|list`.
 *
 * Rules
 *   1. all that is named is understood before the first source is changed
 *   2. what is as asked already (there, or not there) is counted, no failure
 */
#include "cli/cli_priv.h"

#include "base/cal.h"

#include <string.h>

/* What became of the sources that were named. */
struct change {
    uint64_t done;
    uint64_t known;   /* to add, but there already */
    uint64_t missing; /* to remove, but not there */
};

static int change_one(struct cli *c, struct store *st, struct source *s,
                      bool add, struct change *x, struct err *e)
{
    s->added_at = wall_s(clk_wall(c->clk));
    int rc = add ? source_add(st, s, e) : source_remove(st, s, e);
    x->done += !rc;
    x->known += add && rc == RC_EXISTS;
    x->missing += !add && rc == RC_NOTFOUND;
    if ((add && rc == RC_EXISTS) || (!add && rc == RC_NOTFOUND))
        return RC_OK;
    return rc;
}

static void tell_change(struct cli *c, const struct change *x, bool add)
{
    const char *verb = add ? "added" : "removed";
    struct jsonw w;
    if (!c->json) {
        cli_print(c, "%" PRIu64 " %s%s%s\n", x->done, verb,
                  x->known ? ", the others were there already" : "",
                  x->missing ? ", the others were not there" : "");
        return;
    }
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_ku64(&w, verb, x->done);
    jsonw_ku64(&w, add ? "known" : "missing", add ? x->known : x->missing);
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
}

static int change_all(struct cli *c, struct store *st,
                      const struct cli_sources *w, bool add, struct err *e)
{
    struct change x = { .done = 0 };
    for (size_t i = 0; i < w->n; i++) {
        int rc = change_one(c, st, &w->list[i], add, &x, e);
        if (rc)
            return rc;
    }
    if (x.missing && !x.done)
        return err_set(e, RC_NOTFOUND, "no such source in the store");
    if (x.missing)
        c->exit = EXIT_SOME_FAILED;
    tell_change(c, &x, add);
    return RC_OK;
}

static int change(struct cli *c, bool add, struct err *e)
{
    struct cli_sources w;
    struct store *st = NULL;
    int rc = cli_sources_read(c, 1, &w, e);
    if (!rc && !w.n)
        rc = cli_usage(c, e, "no source given");
    if (!rc)
        rc = cli_store_open(c, add ? CLI_CREATE_MINE : CLI_OPEN, &st, e);
    if (!rc)
        rc = change_all(c, st, &w, add, e);
    store_close(st);
    cli_sources_fini(&w);
    return rc;
}

/* ---- list ---- */

struct lister {
    struct cli *c;
    struct jsonw w;
    struct table *t;
};

static int list_json(void *ctx, const struct source *s)
{
    struct lister *l = ctx;
    char text[CAL_TEXT];
    jsonw_obj(&l->w);
    jsonw_kz(&l->w, "kind", source_kind_text(s->kind));
    jsonw_kz(&l->w, "ref", s->ref);
    jsonw_kz(&l->w, "addedAt", cal_text(wall_of_s(s->added_at), text));
    jsonw_kz(&l->w, "lastRunAt",
             s->last_run_at ? cal_text(wall_of_s(s->last_run_at), text) : NULL);
    jsonw_ku64(&l->w, "videos", s->videos);
    jsonw_obj_end(&l->w);
    return RC_OK;
}

static int list_table(void *ctx, const struct source *s)
{
    struct lister *l = ctx;
    char text[CAL_TEXT];
    table_cell(l->t, str_of(source_kind_text(s->kind)));
    table_cell(l->t, str_of(s->ref));
    table_cell(l->t, s->last_run_at
                         ? str_of(cal_text(wall_of_s(s->last_run_at), text))
                         : STR("never"));
    table_cell_f(l->t, "%" PRIu64, s->videos);
    return RC_OK;
}

static int list_as_json(struct lister *l, struct store *st, struct err *e)
{
    jsonw_init(&l->w, &l->c->out);
    jsonw_obj(&l->w);
    jsonw_key(&l->w, "sources");
    jsonw_arr(&l->w);
    int rc = source_each(st, list_json, l, e);
    jsonw_arr_end(&l->w);
    jsonw_obj_end(&l->w);
    buf_c(&l->c->out, '\n');
    return rc;
}

static int list_as_table(struct lister *l, struct store *st, struct err *e)
{
    static const char *const headers[] = { "kind", "source", "last run",
                                           "videos" };
    static const bool right[] = { false, false, false, true };
    l->t = table_open(ARRAY_LEN(headers), headers, right);
    int rc = source_each(st, list_table, l, e);
    table_print(l->c, l->t);
    return rc;
}

static int list(struct cli *c, struct err *e)
{
    struct lister l = { .c = c };
    struct store *st;
    if (c->opts.n_words > 1)
        return cli_usage(c, e, "unexpected argument '%.60s'", c->opts.words[1]);
    if (cli_has(c, "ids"))
        return cli_usage(c, e, "--ids is for add and remove");
    int rc = cli_store_open(c, CLI_READ, &st, e);
    if (rc)
        return rc;
    rc = c->json ? list_as_json(&l, st, e) : list_as_table(&l, st, e);
    store_close(st);
    return rc;
}

int cmd_source(struct cli *c, struct err *e)
{
    const char *verb = c->opts.n_words ? c->opts.words[0] : "";
    if (strcmp(verb, "add") == 0)
        return change(c, true, e);
    if (strcmp(verb, "remove") == 0)
        return change(c, false, e);
    if (strcmp(verb, "list") == 0)
        return list(c, e);
    return cli_usage(c, e, "say add, remove or list");
}
