/* cli/cmd_source.c - `svf source add|remove|list`. */
#include "cli/cli_priv.h"

#include "base/cal.h"
#include "cli/lines_priv.h"

#include <string.h>

struct change {
    struct cli *c;
    struct store *st;
    bool add;
    uint64_t done, known;
};

static int change_one(void *ctx, struct str text, struct err *e)
{
    struct change *x = ctx;
    struct source s;
    int rc = source_parse(text, &s, e);
    if (rc)
        return rc;
    s.added_at = wall_s(clk_wall(x->c->clk));
    rc = x->add ? source_add(x->st, &s, e) : source_remove(x->st, &s, e);
    if (rc == RC_EXISTS && x->add) {
        x->known++;
        return RC_OK;
    }
    x->done += !rc;
    return rc;
}

static int change_all(struct cli *c, struct store *st, bool add, struct err *e)
{
    struct change x = { .c = c, .st = st, .add = add };
    const char *file = cli_opt(c, "ids");
    if (c->opts.n_words < 2 && !file)
        return cli_usage(c, e, "no source given");
    int rc = RC_OK;
    for (size_t i = 1; !rc && i < c->opts.n_words; i++)
        rc = change_one(&x, str_of(c->opts.words[i]), e);
    if (!rc && file)
        rc = lines_each(file, change_one, &x, e);
    if (rc == RC_INPUT)
        c->exit = EXIT_USAGE;
    if (rc)
        return rc;
    const char *verb = add ? "added" : "removed";
    if (!c->json) {
        cli_print(c, "%" PRIu64 " %s%s\n", x.done, verb,
                  x.known ? ", the others were there already" : "");
        return RC_OK;
    }
    struct jsonw w;
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_ku64(&w, verb, x.done);
    jsonw_ku64(&w, "known", x.known);
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
    return RC_OK;
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

static int list(struct cli *c, struct store *st, struct err *e)
{
    static const char *const headers[] = { "kind", "source", "last run",
                                           "videos" };
    static const bool right[] = { false, false, false, true };
    struct lister l = { .c = c };
    if (c->opts.n_words > 1)
        return cli_usage(c, e, "unexpected argument '%.60s'", c->opts.words[1]);
    if (!c->json) {
        l.t = table_open(ARRAY_LEN(headers), headers, right);
        int rc = source_each(st, list_table, &l, e);
        table_print(c, l.t);
        return rc;
    }
    jsonw_init(&l.w, &c->out);
    jsonw_obj(&l.w);
    jsonw_key(&l.w, "sources");
    jsonw_arr(&l.w);
    int rc = source_each(st, list_json, &l, e);
    jsonw_arr_end(&l.w);
    jsonw_obj_end(&l.w);
    buf_c(&c->out, '\n');
    return rc;
}

int cmd_source(struct cli *c, struct err *e)
{
    const char *verb = c->opts.n_words ? c->opts.words[0] : "";
    bool add = strcmp(verb, "add") == 0;
    bool remove = strcmp(verb, "remove") == 0;
    if (!add && !remove && strcmp(verb, "list") != 0)
        return cli_usage(c, e, "say add, remove or list");
    struct store *st;
    int rc = cli_store_open(c, add ? CLI_CREATE_MINE : CLI_OPEN, &st, e);
    if (rc)
        return rc;
    rc = add || remove ? change_all(c, st, add, e) : list(c, st, e);
    store_close(st);
    return rc;
}
