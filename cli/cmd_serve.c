/* cli/cmd_serve.c - `svf serve`: the page and the JSON API. */
#include "cli/service_priv.h"

#include "base/file.h"

int cmd_serve(struct cli *c, struct err *e)
{
    const char *listen = cli_opt(c, "listen");
    if (cli_no_words(c, e))
        return cli_usage(c, e, NULL);
    if (!listen)
        listen = conf_text(c->conf, "server.listen");
    struct store *st;
    struct service *s;
    const char *web = cli_opt(c, "web-dir");
    if (web && !file_is_folder(web))
        return err_set(e, RC_NOTFOUND, "no folder '%s'", web);
    int rc = cli_check_config(c, e);
    if (!rc)
        rc = cli_store_open(c, CLI_USE, &st, e);
    if (rc)
        return rc;
    rc = service_open(&s, c, st, listen, e);
    if (!rc) {
        cli_print(c, "listening on %s\n", service_url(s));
        cli_flush(c, true);
        service_run(s);
        service_close(s);
    }
    store_close(st);
    return rc;
}
