/*
 * cli/main.c - one binary, many subcommands.
 *
 * Rules
 *   1. data goes to stdout, everything else to stderr
 *   2. with --json stdout holds exactly one JSON document, also on failure
 *   3. nothing is opened or written before options and configuration are good
 *   4. a signal asks for a clean stop; the exit code is then 128 + its number
 */
#include "cli/cli_priv.h"

#include "base/rnd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void short_help(struct buf *out)
{
    buf_z(out,
          "svf finds the best videos among those with about as many views.\n\n"
          "  svf demo                     a simulated YouTube, mined, ranked "
          "and served\n"
          "  svf top USvideos.csv --year 2017 --ratio likes/dislikes\n"
          "                               the best of a data file\n"
          "  svf source add @handle       what the nightly job mines\n"
          "  svf mine                     one job within the day's quota\n"
          "  svf serve                    the page and the JSON API\n\n"
          "All commands: svf --help\n");
}

static void long_help(struct buf *out)
{
    buf_z(out, "usage: svf [OPTION…] COMMAND [ARGUMENT…]\n\ncommands:\n");
    for (size_t i = 0; i < cli_n_commands; i++)
        buf_f(out, "  %-10s %s\n", cli_commands[i].name,
              cli_commands[i].summary);
    buf_z(out, "\noptions, before or behind the command:\n");
    opt_help(cli_global_opts, cli_n_global_opts, out);
    buf_z(out, "\nsvf COMMAND --help tells more.\n");
}

static void command_help(const struct command *cmd, struct buf *out)
{
    buf_f(out, "usage: svf %s%s%s%s\n\n%s.\n", cmd->name,
          cmd->n_opts ? " [OPTION…]" : "", *cmd->words ? " " : "", cmd->words,
          cmd->summary);
    if (*cmd->text)
        buf_f(out, "\n%s", cmd->text);
    if (cmd->n_opts) {
        buf_z(out, "\noptions:\n");
        opt_help(cmd->opts, cmd->n_opts, out);
    }
    buf_z(out, "\noptions of every command:\n");
    opt_help(cli_global_opts, cli_n_global_opts, out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < cli_n_commands; i++)
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    return NULL;
}

static int unknown_command(struct cli *c, const char *name, struct err *e)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < cli_n_later; i++)
        if (strcmp(name, cli_later[i]) == 0)
            return cli_usage(c, e, "%s is not built yet", name);
    for (size_t i = 0; i < cli_n_commands && n < ARRAY_LEN(names); i++)
        names[n++] = cli_commands[i].name;
    const char *near = conf_nearest(name, names, n);
    if (near)
        return cli_usage(c, e, "unknown command '%.40s'; did you mean '%s'?",
                         name, near);
    return cli_usage(c, e, "unknown command '%.40s'", name);
}

/* Is JSON asked for? Also told of a command line that cannot be read. */
static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        bool output =
            strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0;
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "-ojson") == 0 ||
            strcmp(argv[i], "--output=json") == 0 ||
            (output && i + 1 < argc && strcmp(argv[i + 1], "json") == 0))
            return true;
    }
    return false;
}

/* What is asked for without a command: version or help. */
static void tell_of_program(struct cli *c)
{
    if (opt_has(&c->global, "version")) {
        buf_z(&c->out, c->json ? SVF_VERSION : "svf " SVF_VERSION "\n");
        if (c->json)
            cli_text_as_json(c, "version");
        return;
    }
    if (opt_has(&c->global, "help"))
        long_help(&c->out);
    else
        short_help(&c->out);
    if (c->json)
        cli_text_as_json(c, "help");
}

static int parse_command(struct cli *c, int argc, const char *const *argv,
                         struct err *e)
{
    c->opts.rows[0] = c->cmd->opts;
    c->opts.n_rows[0] = c->cmd->n_opts;
    c->opts.rows[1] = cli_global_opts;
    c->opts.n_rows[1] = cli_n_global_opts;
    if (opt_parse(&c->opts, argc, argv, false, NULL, e))
        return cli_usage(c, e, NULL);
    const char *output = cli_opt(c, "output");
    c->json = cli_has(c, "json") || (output && strcmp(output, "json") == 0);
    return RC_OK;
}

/* Split the command line: global options, command, its options and words.
 * *done: help or version was asked for, and told. */
static int parse(struct cli *c, int argc, char **argv, bool *done,
                 struct err *e)
{
    const char *const *args = (const char *const *)argv;
    int used = 0;
    c->json = asks_for_json(argc, argv);
    c->global.rows[0] = cli_global_opts;
    c->global.n_rows[0] = cli_n_global_opts;
    if (opt_parse(&c->global, argc - 1, args + 1, true, &used, e))
        return cli_usage(c, e, NULL);
    int at = used + 1;
    bool help = at < argc && strcmp(args[at], "help") == 0;
    at += help;
    if (at >= argc && help) {
        long_help(&c->out);
        if (c->json)
            cli_text_as_json(c, "help");
    }
    *done = at >= argc || opt_has(&c->global, "version");
    if (*done && !help)
        tell_of_program(c);
    if (*done)
        return RC_OK;
    c->cmd = find_command(args[at]);
    if (!c->cmd)
        return unknown_command(c, args[at], e);
    int rc = parse_command(c, argc - at - 1, args + at + 1, e);
    *done = !rc && (help || cli_has(c, "help"));
    if (*done)
        command_help(c->cmd, &c->out);
    if (*done && c->json)
        cli_text_as_json(c, "help");
    return rc;
}

static void start_log(struct cli *c)
{
    enum log_level level = LOG_INFO;
    (void)log_level_parse(str_of(conf_text(c->conf, "log.level")), &level);
    bool unsaid = conf_origin(c->conf, "log.level") == CONF_DEFAULT;
    if (unsaid && isatty(STDERR_FILENO))
        level = LOG_WARN; /* a person reads the report instead */
    if (cli_has(c, "verbose"))
        level = LOG_DEBUG;
    if (c->quiet)
        level = LOG_ERROR;
    bool json = strcmp(conf_text(c->conf, "log.format"), "json") == 0;
    c->log =
        log_open(STDERR_FILENO, level, json ? LOG_JSON : LOG_TEXT, clk_real());
}

static int run(struct cli *c, int argc, char **argv, struct err *e)
{
    bool done = false;
    int rc = parse(c, argc, argv, &done, e);
    if (rc || done)
        return rc;
    c->quiet = cli_has(c, "quiet");
    c->progress_fd = c->quiet ? -1 : STDERR_FILENO;
    rc = cli_configure(c, e);
    if (rc)
        return rc;
    start_log(c);
    schema_init(rnd_os_seed());
    return c->cmd->run(c, e);
}

static void tell_json(struct cli *c, const struct err *e)
{
    struct jsonw w;
    buf_reset(&c->out);
    jsonw_init(&w, &c->out);
    jsonw_obj(&w);
    jsonw_key(&w, "error");
    jsonw_obj(&w);
    jsonw_kz(&w, "code", err_name(e->code));
    jsonw_kz(&w, "message", e->msg);
    jsonw_kz(&w, "hint", *c->hint ? c->hint : NULL);
    jsonw_obj_end(&w);
    jsonw_obj_end(&w);
    buf_c(&c->out, '\n');
}

static void tell(struct cli *c, const struct err *e)
{
    fprintf(stderr, "svf%s%s: %s\n", c->cmd ? " " : "",
            c->cmd ? c->cmd->name : "", e->msg);
    if (*c->hint)
        fprintf(stderr, "  %s\n", c->hint);
    if (c->json)
        tell_json(c, e);
}

static int finish(struct cli *c, const struct err *e, int rc)
{
    if (rc && !(c->out_failed && c->out_errno == EPIPE))
        tell(c, e);
    if (rc && !c->exit)
        c->exit = cli_exit_of(rc);
    cli_flush(c, true);
    if (c->out_failed && c->out_errno != EPIPE && !rc) {
        fprintf(stderr, "svf: cannot write the output: %s\n",
                strerror(c->out_errno));
        c->exit = EXIT_IO;
    }
    if (cli_stop && cli_signal)
        c->exit = 128 + cli_signal;
    return c->exit;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct cli c = { .clk = clk_real(),
                     .progress_fd = STDERR_FILENO,
                     .out = BUF_INIT(SIZE_MAX / 2) };
    store_process_begin();
    cli_catch_signals();
    int rc = run(&c, argc, argv, &e);
    int code = finish(&c, &e, rc);
    log_close(c.log);
    conf_close(c.conf);
    opt_fini(&c.global);
    opt_fini(&c.opts);
    buf_fini(&c.out);
    return code;
}
