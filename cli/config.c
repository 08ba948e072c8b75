/*
 * cli/config.c - joins the folders' configuration rows and reads them.
 *
 * Rules
 *   1. --set > environment > file > default
 *   2. the file is --config, $SVF_CONFIG, or the first that exists of
 *      ./svf.ini, $XDG_CONFIG_HOME/svf/svf.ini, /etc/svf/svf.ini
 *   3. a file that was asked for must exist
 */
#include "cli/cli_priv.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

#define CONF(name, type, def, min, max, help)                                  \
    { name, type, def, min, max, help },
const struct conf_row cli_conf_rows[] = {
#include "cli/config.def"

#include "net/config.def"

#include "quota/config.def"

#include "miner/config.def"

#include "api/config.def"
};
#undef CONF
const size_t cli_n_conf_rows = ARRAY_LEN(cli_conf_rows);

extern char **environ;

/* "$NAME/rest", or "$HOME/fallback/rest"; false when neither is set, or when
 * it would be too long to be a path. */
static bool below(const char *variable, const char *fallback, const char *rest,
                  char *out, size_t n)
{
    const char *base = getenv(variable);
    const char *home = getenv("HOME");
    int len;
    if (base && *base)
        len = snprintf(out, n, "%s/%s", base, rest);
    else if (home && *home)
        len = snprintf(out, n, "%s/%s/%s", home, fallback, rest);
    else
        return false;
    return len > 0 && (size_t)len < n;
}

static const char *find_file(struct cli *c)
{
    static const char *const places[] = { "svf.ini", NULL, "/etc/svf/svf.ini" };
    char *out = c->conf_file;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (places[i])
            snprintf(out, sizeof(c->conf_file), "%s", places[i]);
        else if (!below("XDG_CONFIG_HOME", ".config", "svf/svf.ini", out,
                        sizeof(c->conf_file)))
            continue;
        if (file_exists(out))
            return out;
    }
    *out = '\0';
    return NULL;
}

static int read_file(struct cli *c, struct err *e)
{
    const char *asked = cli_opt(c, "config");
    if (!asked)
        asked = getenv("SVF_CONFIG");
    int rc = RC_OK;
    if (asked && strlen(asked) >= sizeof(c->conf_file))
        rc = err_set(e, RC_CONFIG,
                     "the name of a configuration file is %zu "
                     "bytes long; at most %zu",
                     strlen(asked), sizeof(c->conf_file) - 1);
    else if (asked && *asked)
        snprintf(c->conf_file, sizeof(c->conf_file), "%s", asked);
    else if (!find_file(c))
        return RC_OK;
    if (!rc)
        rc = conf_file(c->conf, c->conf_file, e);
    if (rc)
        c->exit = EXIT_CONFIG;
    return rc;
}

static int take_set(struct cli *c, const char *text, struct err *e)
{
    char name[64];
    size_t n = strcspn(text, "=");
    if (!text[n] || n >= sizeof(name))
        return cli_usage(c, e, "--set takes section.key=value, not '%.60s'",
                         text);
    memcpy(name, text, n);
    name[n] = '\0';
    int rc =
        conf_set(c->conf, name, str_of(text + n + 1), CONF_OPTION, "--set", e);
    if (rc)
        c->exit = EXIT_USAGE;
    return rc;
}

static int take_sets(struct cli *c, const struct opts *o, struct err *e)
{
    const char *text;
    for (size_t i = 0; (text = opt_nth(o, "set", i)); i++) {
        int rc = take_set(c, text, e);
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int take_shorthand(struct cli *c, const char *option, const char *key,
                          struct err *e)
{
    const char *text = cli_opt(c, option);
    if (!text)
        return RC_OK;
    char where[40];
    snprintf(where, sizeof(where), "--%s", option);
    int rc = conf_set(c->conf, key, str_of(text), CONF_OPTION, where, e);
    if (rc)
        c->exit = EXIT_USAGE;
    return rc;
}

int cli_configure(struct cli *c, struct err *e)
{
    int rc = conf_open(&c->conf, cli_conf_rows, cli_n_conf_rows, e);
    if (!rc)
        rc = read_file(c, e);
    if (!rc)
        rc = conf_env(c->conf, environ, e);
    if (!rc)
        rc = take_sets(c, &c->global, e);
    if (!rc)
        rc = take_sets(c, &c->opts, e);
    if (!rc)
        rc = take_shorthand(c, "store", "store.uri", e);
    if (!rc)
        rc = take_shorthand(c, "log-format", "log.format", e);
    return rc;
}

int cli_state_dir(struct cli *c, char *out, size_t n, struct err *e)
{
    const char *asked = conf_text(c->conf, "state.dir");
    bool fits = true;
    if (*asked)
        fits = (size_t)snprintf(out, n, "%s", asked) < n;
    else if (!below("XDG_STATE_HOME", ".local/state", "svf", out, n))
        snprintf(out, n, "/var/lib/svf");
    if (!fits)
        return err_set(e, RC_CONFIG, "state.dir is longer than %zu bytes",
                       n - 1);
    return RC_OK;
}

int cli_uri_of(const char *text, char *out, size_t n, struct err *e)
{
    int len =
        snprintf(out, n, "%s%s", strchr(text, ':') ? "" : "sqlite:", text);
    if (len < 0 || (size_t)len >= n)
        return err_set(e, RC_CONFIG,
                       "the name of a store is longer than %zu "
                       "bytes",
                       n - 1);
    return RC_OK;
}

int cli_store_uri(struct cli *c, char *out, size_t n, struct err *e)
{
    const char *asked = conf_text(c->conf, "store.uri");
    char dir[400], path[420];
    if (*asked)
        return cli_uri_of(asked, out, n, e);
    int rc = cli_state_dir(c, dir, sizeof(dir), e);
    if (rc)
        return rc;
    snprintf(path, sizeof(path), "sqlite:%s/svf.db", dir);
    return cli_uri_of(path, out, n, e);
}

static int check_url(const char *url, struct err *e)
{
    struct net_options o = NET_OPTIONS_INIT;
    struct net *n;
    o.base_url = url;
    int rc = net_open(&n, &o, e);
    if (!rc)
        net_close(n);
    return rc;
}

static int check_rule(const char *text, struct err *e)
{
    struct quota_rule rule;
    return quota_rule_parse(text, &rule, e);
}

int cli_check_config(struct cli *c, struct err *e)
{
    static const struct {
        const char *key;
        int (*check)(const char *text, struct err *e);
    } texts[] = { { "api.base_url", check_url },
                  { "server.listen", api_listen_check },
                  { "quota.reset_rule", check_rule } };
    struct api_policy policy;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].check(conf_text(c->conf, texts[i].key), e))
            return err_wrap(e, RC_CONFIG, "%s (%s)", texts[i].key,
                            conf_where(c->conf, texts[i].key));
    if (*conf_text(c->conf, "api.key") && *conf_text(c->conf, "api.key_file"))
        return err_set(e, RC_CONFIG,
                       "both api.key (%s) and api.key_file (%s) are set",
                       conf_where(c->conf, "api.key"),
                       conf_where(c->conf, "api.key_file"));
    return cli_policy(c, NULL, &policy, e);
}
