/* cli/cmd_config.c - `svf config print|check|sample` and `svf init`. */
#include "cli/cli_priv.h"

#include <string.h>

static void print_json(struct cli *c)
{
    struct jsonw w;
    struct buf value = BUF_INIT(CLI_URI_MAX);
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    for (size_t i = 0; i < cli_n_conf_rows; i++) {
        const char *name = cli_conf_rows[i].name;
        buf_reset(&value);
        conf_show(c->conf, name, &value);
        jsonw_key(&w, name);
        jsonw_obj(&w);
        jsonw_kstr(&w, "value", buf_view(&value));
        jsonw_kz(&w, "origin", conf_where(c->conf, name));
        jsonw_obj_end(&w);
    }
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
    buf_fini(&value);
}

static void print(struct cli *c)
{
    if (c->json)
        print_json(c);
    else
        conf_print(c->conf, &c->out, cli_has(c, "origin"));
}

static void sample(struct cli *c)
{
    conf_sample(cli_conf_rows, cli_n_conf_rows, &c->out);
    if (c->json)
        cli_text_as_json(c, "sample");
}

/* One unit of the day's quota tells whether the key works. */
static int check_live(struct cli *c, struct err *e)
{
    struct store *st;
    struct cli_remote remote;
    int rc = cli_need_key(c, e);
    if (!rc)
        rc = cli_store_open(c, CLI_CREATE_MINE, &st, e);
    if (rc)
        return rc;
    rc = cli_remote_open(c, st, &remote, e);
    if (!rc) {
        rc = mine_probe(remote.net, remote.quota, clk_wall(c->clk),
                        cli_base_is_loopback(c), e);
        if (rc == RC_DENIED)
            c->exit = EXIT_NO_PERMISSION;
        cli_remote_close(c, &remote);
    }
    store_close(st);
    return rc;
}

static int check(struct cli *c, struct err *e)
{
    int rc = cli_check_config(c, e);
    if (!rc && cli_has(c, "live"))
        rc = check_live(c, e);
    if (rc)
        return rc;
    const char *file = *c->conf_file ? c->conf_file : NULL;
    struct jsonw w;
    if (c->json) {
        jsonw_init(&w, &c->out);
        jsonw_obj(&w);
        jsonw_kbool(&w, "ok", true);
        jsonw_kz(&w, "file", file);
        jsonw_kbool(&w, "live", cli_has(c, "live"));
        jsonw_obj_end(&w);
        buf_c(&c->out, '\n');
    } else {
        cli_print(c, "configuration is good (%s)%s\n", file ? file : "no file",
                  cli_has(c, "live") ? "; the key works" : "");
    }
    return RC_OK;
}

int cmd_config(struct cli *c, struct err *e)
{
    if (c->opts.n_words != 1)
        return cli_usage(c, e, "say print, check or sample");
    const char *word = c->opts.words[0];
    if (strcmp(word, "check") == 0)
        return check(c, e);
    if (strcmp(word, "print") == 0)
        print(c);
    else if (strcmp(word, "sample") == 0)
        sample(c);
    else
        return cli_usage(c, e, "say print, check or sample, not '%.40s'", word);
    return RC_OK;
}

static void tell_store(struct cli *c, const struct store *st)
{
    const char *kind = store_kind(st) == STORE_LIVE ? "live" : "local";
    if (!c->json) {
        cli_print(c, "%s is a %s store\n", store_uri(st), kind);
        return;
    }
    struct jsonw w;
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_kz(&w, "uri", store_uri(st));
    jsonw_kz(&w, "kind", kind);
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
}

int cmd_init(struct cli *c, struct err *e)
{
    const char *kind = cli_opt(c, "kind");
    if (cli_no_words(c, e))
        return cli_usage(c, e, NULL);
    if (kind && strcmp(kind, "local") && strcmp(kind, "live"))
        return cli_usage(c, e, "--kind must be live or local, not '%.40s'",
                         kind);
    struct store *st;
    enum store_kind asked = !kind                       ? 0
                            : strcmp(kind, "live") == 0 ? STORE_LIVE
                                                        : STORE_LOCAL;
    int rc = cli_store_make(c, asked, &st, e);
    if (rc)
        return rc;
    tell_store(c, st);
    store_close(st);
    return RC_OK;
}
