/*
 * cli/cmd_store.c - `svf store copy|check`.
 *
 * Rules
 *   1. nothing is made before it is known that the source may be copied
 *   2. a URI with a password need not stand on the command line, where other
 *      users see it: env:NAME stands for the value of a variable
 *   3. what is wrong is told line by line, and the exit code is 65
 */
#include "cli/cli_priv.h"

#include <stdlib.h>
#include <string.h>

/* STORE_FINDINGS_MAX lines of each of about ten kinds, quoted. */
enum { FINDING_BYTES = 1024 * 1024 };

static void put_content(struct jsonw *w, const struct store_content *x)
{
    char sum[17];
    snprintf(sum, sizeof(sum), "%016" PRIx64, x->checksum);
    jsonw_key(w, "content");
    jsonw_obj(w);
    jsonw_ku64(w, "videos", x->videos);
    jsonw_ku64(w, "channels", x->channels);
    jsonw_ku64(w, "samples", x->samples);
    jsonw_ku64(w, "documents", x->documents);
    jsonw_ku64(w, "counters", x->counters);
    jsonw_kz(w, "checksum", sum);
    jsonw_obj_end(w);
}

static void print_content(struct cli *c, const struct store_content *x)
{
    char n[3][32];
    cli_print(c,
              "%s videos, %s channels, %s samples, %" PRIu64
              " documents, %" PRIu64 " counters; checksum %016" PRIx64 "\n",
              cli_count_text(x->videos, n[0]),
              cli_count_text(x->channels, n[1]),
              cli_count_text(x->samples, n[2]), x->documents, x->counters,
              x->checksum);
}

static struct store_work work_of(struct cli *c)
{
    return (struct store_work){ .clk = c->clk,
                                .progress_fd = c->progress_fd,
                                .stop = &cli_stop };
}

/* ---- copy ---- */

/* Rule 2. */
static int uri_of_word(struct cli *c, const char *word,
                       char out[static CLI_URI_MAX], struct err *e)
{
    struct str name = str_of(word);
    if (str_starts(name, STR("env:"))) {
        word = getenv(word + strlen("env:"));
        if (!word || !*word)
            return cli_usage(c, e, "the variable of '%.60s' is not set",
                             name.p);
    }
    if (strcmp(word, "mem:") == 0)
        return cli_usage(c, e, "a mem: store ends with the program");
    return cli_uri_of(word, out, CLI_URI_MAX, e);
}

static int open_from(struct cli *c, const char *uri, struct store **ret,
                     struct err *e)
{
    struct store_options o = { .uri = uri, .read_only = true, .clk = c->clk };
    int rc = store_open(ret, &o, e);
    if (rc)
        return rc;
    rc = store_copy_source(*ret, clk_wall(c->clk), e); /* rule 1 */
    if (rc)
        store_close(*ret);
    return rc;
}

static int open_to(struct cli *c, const char *uri, const struct store *from,
                   struct store **ret, struct err *e)
{
    int rc = cli_store_folder(c, uri, e);
    if (rc)
        return rc;
    struct store_options o = {
        .uri = uri, .create = true, .kind = store_kind(from), .clk = c->clk
    };
    return store_open(ret, &o, e);
}

static void tell_copy(struct cli *c, const struct store *from,
                      const struct store *to, const struct store_copy_report *r)
{
    struct jsonw w;
    if (!c->json) {
        cli_print(c, "%s is %s %s\n  ", store_uri(to),
                  r->resumed ? "now a copy of" : "a copy of", store_uri(from));
        print_content(c, &r->content);
        return;
    }
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_kz(&w, "from", store_uri(from));
    jsonw_kz(&w, "to", store_uri(to));
    jsonw_kz(&w, "kind", store_kind(to) == STORE_LIVE ? "live" : "local");
    jsonw_kbool(&w, "resumed", r->resumed);
    jsonw_ku64(&w, "written", r->written);
    jsonw_ku64(&w, "followed", r->followed);
    jsonw_ku64(&w, "rescans", r->rescans);
    put_content(&w, &r->content);
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
}

static void hint_of(struct cli *c, int rc)
{
    const char *text = NULL;
    if (rc == RC_EXISTS)
        text = "name a store that is not there yet, or an empty one";
    else if (rc && rc != RC_INPUT && rc != RC_CONFIG)
        text = "the same command goes on where it stopped";
    if (text)
        snprintf(c->hint, sizeof(c->hint), "%s", text);
}

static int copy_to(struct cli *c, struct store *from, const char *uri,
                   struct err *e)
{
    struct store *to;
    struct store_copy_report r;
    struct store_work w = work_of(c);
    int rc = open_to(c, uri, from, &to, e);
    if (rc)
        return rc;
    rc = store_copy(from, to, &w, &r, e);
    hint_of(c, rc);
    if (!rc)
        tell_copy(c, from, to, &r);
    else if (rc == RC_INPUT)
        rc = cli_usage(c, e, NULL);
    store_close(to);
    return rc;
}

static int copy(struct cli *c, struct err *e)
{
    char from_uri[CLI_URI_MAX], to_uri[CLI_URI_MAX];
    struct store *from;
    if (c->opts.n_words != 3)
        return cli_usage(c, e, "say svf store copy FROM TO");
    int rc = uri_of_word(c, c->opts.words[1], from_uri, e);
    if (!rc)
        rc = uri_of_word(c, c->opts.words[2], to_uri, e);
    if (!rc)
        rc = open_from(c, from_uri, &from, e);
    if (rc)
        return rc;
    rc = copy_to(c, from, to_uri, e);
    store_close(from);
    return rc;
}

/* ---- check ---- */

struct checker {
    struct cli *c;
    uint64_t most;  /* lines to tell */
    uint64_t wrong; /* found by us, beside those of the store */
    uint64_t told;
    struct buf lines[2]; /* of --json: notes, findings, as array members */
};

/* Rule 3. */
static void on_finding(void *ctx, bool wrong, const char *line)
{
    struct checker *x = ctx;
    struct buf *b = &x->lines[wrong];
    if (x->told++ >= x->most)
        return;
    if (!x->c->json) {
        cli_print(x->c, "%s%s\n", wrong ? "wrong: " : "", line);
        return;
    }
    if (b->n)
        buf_c(b, ',');
    jsonw_quote(b, str_of(line));
}

/* What the store does not know of: the ledger. */
static int check_counter(void *ctx, const char *key, int64_t value)
{
    struct checker *x = ctx;
    struct err why = ERR_INIT;
    if (!quota_counter_check(key, value, &why))
        return RC_OK;
    if (x->wrong++ < STORE_FINDINGS_MAX)
        on_finding(x, true, why.msg);
    return RC_OK;
}

static void tell_check(struct checker *x, const struct store *st,
                       const struct store_check_report *r)
{
    static const char *const names[] = { "notes", "findings" };
    struct cli *c = x->c;
    struct jsonw w;
    if (!c->json) {
        print_content(c, &r->content);
        cli_print(c, r->wrong ? "%" PRIu64 " wrong\n" : "nothing wrong\n",
                  r->wrong);
        return;
    }
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_kz(&w, "store", store_uri(st));
    jsonw_kbool(&w, "ok", !r->wrong);
    jsonw_ku64(&w, "wrong", r->wrong);
    jsonw_kbool(&w, "moving", r->moving);
    for (size_t i = ARRAY_LEN(names); i-- > 0;) {
        jsonw_key(&w, names[i]);
        jsonw_arr(&w);
        jsonw_raw_members(&w, buf_view(&x->lines[i]));
        jsonw_arr_end(&w);
    }
    put_content(&w, &r->content);
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
}

static int check_store(struct checker *x, struct store *st, struct err *e)
{
    struct store_work w = work_of(x->c);
    struct store_check_report r;
    int rc = store_check(st, &w, on_finding, x, &r, e);
    if (!rc)
        rc = store_counts(st, "quota/", check_counter, x, e);
    for (size_t i = 0; !rc && i < ARRAY_LEN(x->lines); i++)
        rc = buf_check(&x->lines[i], "the findings", e);
    if (rc)
        return rc;
    r.wrong += x->wrong;
    tell_check(x, st, &r);
    if (r.wrong)
        x->c->exit = EXIT_DATA;
    return RC_OK;
}

static int check(struct cli *c, struct err *e)
{
    struct checker x = { .c = c,
                         .most = 100,
                         .lines = { BUF_INIT(FINDING_BYTES),
                                    BUF_INIT(FINDING_BYTES) } };
    struct store *st;
    if (c->opts.n_words != 1)
        return cli_usage(c, e, "check looks at the store of --store");
    if (cli_opt_u64(c, "findings", 1, 10000, &x.most, e))
        return cli_usage(c, e, NULL);
    int rc = cli_store_open(c, CLI_LOOK, &st, e);
    if (rc)
        return rc;
    rc = check_store(&x, st, e);
    for (size_t i = 0; i < ARRAY_LEN(x.lines); i++)
        buf_fini(&x.lines[i]);
    store_close(st);
    return rc;
}

int cmd_store(struct cli *c, struct err *e)
{
    const char *word = c->opts.n_words ? c->opts.words[0] : "";
    if (strcmp(word, "copy") == 0)
        return copy(c, e);
    if (strcmp(word, "check") == 0)
        return check(c, e);
    return cli_usage(c, e, "say copy or check%s%.40s%s", *word ? ", not '" : "",
                     word, *word ? "'" : "");
}
