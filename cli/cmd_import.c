/*
 * cli/cmd_import.c - `svf import`, and the import of files for `svf top`.
 *
 * Rules
 *   1. a store is made only when there is something to read: it is local for
 *      ever, and neither a mistyped name nor a file that is refused must
 *      decide that
 */
#include "cli/import_priv.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int import_settings(struct cli *c, struct import_options *ret, struct err *e)
{
    struct import_options o = { .format = IMPORT_AUTO,
                                .foreign_ids = cli_has(c, "foreign-ids"),
                                .rejects_fd = -1,
                                .progress_fd = c->progress_fd,
                                .clk = c->clk,
                                .log = c->log,
                                .stop = &cli_stop };
    uint64_t year = 0;
    const char *format = cli_opt(c, "format");
    int rc = cli_opt_u64(c, "year", 2005, 9999, &year, e);
    if (!rc && format)
        rc = import_format_parse(str_of(format), &o.format, e);
    if (rc)
        return cli_usage(c, e, NULL);
    o.year = (int)year;
    const char *rejects = cli_opt(c, "rejects");
    if (rejects) {
        o.rejects_fd =
            open(rejects, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (o.rejects_fd < 0) {
            c->exit = EXIT_CANT_CREATE;
            return err_sys(e, RC_IO, errno, "cannot create %s: %s", rejects,
                           strerror(errno));
        }
    }
    *ret = o;
    return RC_OK;
}

void import_settings_fini(struct import_options *o)
{
    if (o->rejects_fd >= 0)
        close(o->rejects_fd);
}

static void report_json(struct jsonw *w, const char *path,
                        const struct import_report *r)
{
    jsonw_obj(w);
    jsonw_kz(w, "path", path);
    jsonw_kz(w, "format", import_format_name(r->format));
    jsonw_ku64(w, "read", r->read);
    jsonw_ku64(w, "new", r->fresh);
    jsonw_ku64(w, "updated", r->updated);
    jsonw_ku64(w, "sampled", r->sampled);
    jsonw_ku64(w, "unchanged", r->unchanged);
    jsonw_ku64(w, "rejected", r->rejected);
    jsonw_ku64(w, "hiddenInferred", r->hidden_inferred);
    jsonw_key(w, "reasons");
    jsonw_obj(w);
    for (size_t i = 0; i < r->n_reasons; i++)
        jsonw_ku64(w, r->reasons[i].text, r->reasons[i].n);
    jsonw_obj_end(w);
    jsonw_obj_end(w);
}

static void report_text(struct cli *c, const char *path,
                        const struct import_report *r)
{
    if (c->quiet)
        return;
    cli_print(c,
              "%s: %s, %" PRIu64 " read = %" PRIu64 " new + %" PRIu64
              " updated + %" PRIu64 " sampled + %" PRIu64
              " unchanged + %" PRIu64 " rejected\n",
              path, import_format_name(r->format), r->read, r->fresh,
              r->updated, r->sampled, r->unchanged, r->rejected);
    for (size_t i = 0; i < r->n_reasons; i++)
        cli_print(c, "  %" PRIu64 " × %s\n", r->reasons[i].n,
                  r->reasons[i].text);
    if (r->hidden_inferred)
        cli_print(c, "  %" PRIu64 " × likes taken as hidden (0 and 0)\n",
                  r->hidden_inferred);
}

struct totals {
    struct jsonw w;
    uint64_t videos, channels;
};

static int import_all(struct cli *c, const struct import_options *o,
                      struct totals *t, struct err *e)
{
    for (size_t i = 0; i < c->opts.n_words; i++) {
        struct import_report r;
        int rc = import_file(o, c->opts.words[i], &r, e);
        if (rc)
            return rc;
        t->videos += r.videos;
        t->channels += r.channels;
        if (c->json)
            report_json(&t->w, c->opts.words[i], &r);
        else
            report_text(c, c->opts.words[i], &r);
    }
    return RC_OK;
}

static void totals_begin(struct cli *c, struct totals *t)
{
    *t = (struct totals){ .videos = 0 };
    jsonw_init(&t->w, &c->out);
    if (!c->json)
        return;
    jsonw_obj(&t->w);
    jsonw_key(&t->w, "files");
    jsonw_arr(&t->w);
}

static void totals_end(struct cli *c, struct totals *t)
{
    if (!c->json) {
        if (!c->quiet)
            cli_print(c, "%" PRIu64 " new videos, %" PRIu64 " new channels\n",
                      t->videos, t->channels);
        return;
    }
    jsonw_arr_end(&t->w);
    jsonw_ku64(&t->w, "videos", t->videos);
    jsonw_ku64(&t->w, "channels", t->channels);
    jsonw_obj_end(&t->w);
    buf_c(&c->out, '\n');
}

/* The store, made when the first rows are there. */
struct target {
    struct cli *c;
    struct store *store;
};

static int open_target(void *ctx, struct store **ret, struct err *e)
{
    struct target *t = ctx;
    int rc =
        t->store ? RC_OK : cli_store_open(t->c, CLI_CREATE_LOCAL, &t->store, e);
    if (!rc)
        *ret = t->store;
    return rc;
}

/* One that is there is opened first: what is wrong with it comes before what
 * is wrong with a file. */
static int open_existing(struct target *t, struct err *e)
{
    int rc = cli_store_open(t->c, CLI_OPEN, &t->store, e);
    if (rc != RC_NOTFOUND)
        return rc;
    t->c->hint[0] = '\0';
    return RC_OK;
}

static int run(struct cli *c, const struct import_options *settings,
               struct err *e)
{
    struct target target = { .c = c };
    struct import_options o = *settings;
    struct totals t;
    int rc = open_existing(&target, e);
    if (rc)
        return rc;
    o.store = target.store;
    o.open = open_target;
    o.open_ctx = &target;
    totals_begin(c, &t);
    rc = import_all(c, &o, &t, e);
    if (!rc)
        totals_end(c, &t);
    else if (rc == RC_DENIED && target.store &&
             store_kind(target.store) == STORE_LIVE)
        c->exit = EXIT_CONFIG;
    store_close(target.store);
    return rc;
}

/* Rule 1. */
static int files_exist(const struct cli *c, struct err *e)
{
    for (size_t i = 0; i < c->opts.n_words; i++) {
        const char *path = c->opts.words[i];
        if (strcmp(path, "-") != 0 && !file_exists(path))
            return err_set(e, RC_NOTFOUND, "there is no file '%.200s'", path);
    }
    return RC_OK;
}

int cmd_import(struct cli *c, struct err *e)
{
    struct import_options o;
    if (!c->opts.n_words)
        return cli_usage(c, e, "no file given");
    int rc = files_exist(c, e);
    if (!rc)
        rc = import_settings(c, &o, e);
    if (rc)
        return rc;
    rc = run(c, &o, e);
    import_settings_fini(&o);
    return rc;
}
