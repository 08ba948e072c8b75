/*
 * cli/docs_main.c - writes the pages that come from tables: the man page, the
 * configuration page, the counters page. A test holds the committed files
 * against it; docs/regenerate writes them.
 */
#include "cli/cli_priv.h"

#include "base/ctr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* roff: a line must not begin with '.' or ''', '-' and '\' are escaped. */
static void roff(struct buf *b, const char *text)
{
    bool line_start = true;
    for (const char *p = text; *p; p++) {
        if (line_start && (*p == '.' || *p == '\''))
            buf_z(b, "\\&");
        line_start = *p == '\n';
        if (*p == '\\')
            buf_z(b, "\\e");
        else if (*p == '-')
            buf_z(b, "\\-");
        else
            buf_c(b, *p);
    }
}

static void man_options(struct buf *b, const struct opt_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_z(b, ".TP\n.B ");
        if (rows[i].letter)
            buf_f(b, "\\-%c, ", rows[i].letter);
        buf_z(b, "\\-\\-");
        roff(b, rows[i].name);
        if (rows[i].arg) {
            buf_z(b, " \\fI");
            roff(b, rows[i].arg);
            buf_z(b, "\\fR");
        }
        buf_c(b, '\n');
        roff(b, rows[i].help);
        buf_c(b, '\n');
    }
}

static void man_command(struct buf *b, const struct command *cmd)
{
    buf_f(b, ".SS svf %s ", cmd->name);
    roff(b, cmd->words);
    buf_c(b, '\n');
    roff(b, cmd->summary);
    buf_z(b, ".\n");
    if (*cmd->text) {
        buf_z(b, ".PP\n.nf\n");
        roff(b, cmd->text);
        buf_z(b, ".fi\n");
    }
    man_options(b, cmd->opts, cmd->n_opts);
}

static const struct {
    int code;
    const char *meaning;
} exits[] = {
    { 0, "done" },
    { 1, "done, but some records failed" },
    { 64, "usage" },
    { 65, "bad input data, damaged store or index file" },
    { 66, "no such file, store or id" },
    { 69, "store or server unreachable" },
    { 70, "a bug" },
    { 73, "cannot create a file, port in use" },
    { 74, "I/O error, disk full, no permission to read" },
    { 75, "try later: quota used up, another job is running" },
    { 77, "key or project refused by the API" },
    { 78, "configuration" },
};

static void man(struct buf *b)
{
    buf_z(b, ".TH SVF 1 \"\" \"svf " SVF_VERSION "\" \"User Commands\"\n"
             ".SH NAME\nsvf \\- find the best videos among those with about "
             "as many views\n.SH SYNOPSIS\n.B svf\n[\\fIOPTION\\fR...] "
             "\\fICOMMAND\\fR [\\fIARGUMENT\\fR...]\n.SH OPTIONS\nBefore or "
             "behind the command.\n");
    man_options(b, cli_global_opts, cli_n_global_opts);
    buf_z(b, ".SH COMMANDS\n");
    for (size_t i = 0; i < cli_n_commands; i++)
        man_command(b, &cli_commands[i]);
    buf_z(b, ".SH CONFIGURATION\nOptions override the environment, which "
             "overrides the file, which overrides the defaults. Each key "
             "\\fIsection.key\\fR is also an environment variable "
             "\\fBSVF_SECTION_KEY\\fR.\n");
    for (size_t i = 0; i < cli_n_conf_rows; i++) {
        buf_z(b, ".TP\n.B ");
        roff(b, cli_conf_rows[i].name);
        buf_z(b, " \\fR(");
        roff(b, *cli_conf_rows[i].def ? cli_conf_rows[i].def : "empty");
        buf_z(b, ")\n");
        roff(b, cli_conf_rows[i].help);
        buf_c(b, '\n');
    }
    buf_z(b, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < ARRAY_LEN(exits); i++)
        buf_f(b, ".TP\n.B %d\n%s\n", exits[i].code, exits[i].meaning);
    buf_z(b, ".PP\nAfter a signal: a clean stop, then 128 + its number.\n");
}

static void upper(struct buf *b, const char *name)
{
    buf_z(b, "SVF_");
    for (const char *p = name; *p; p++)
        buf_c(b, *p == '.'                ? '_'
                 : *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A')
                                          : *p);
}

/* A Markdown cell: '|' would end it. */
static void cell(struct buf *b, const char *text)
{
    for (const char *p = text ? text : ""; *p; p++) {
        if (*p == '|')
            buf_c(b, '\\');
        buf_c(b, *p);
    }
}

static void configuration(struct buf *b)
{
    buf_z(b, "# Configuration\n\nAn INI file (`[section]`, `key = value`): "
             "`--config FILE`, `$SVF_CONFIG`, `./svf.ini`,\n"
             "`$XDG_CONFIG_HOME/svf/svf.ini` or `/etc/svf/svf.ini`, the "
             "first that exists. Every key is also an\nenvironment variable. "
             "`--set` overrides the environment, which overrides the file.\n"
             "`svf config sample` writes a commented file, `svf config "
             "check` reads yours.\n\n"
             "| key | environment | default | bounds | meaning |\n"
             "| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < cli_n_conf_rows; i++) {
        const struct conf_row *r = &cli_conf_rows[i];
        buf_f(b, "| `%s` | `", r->name);
        upper(b, r->name);
        buf_z(b, "` | ");
        cell(b, r->def);
        buf_z(b, " | ");
        cell(b, r->min);
        if (r->min && r->max)
            buf_z(b, " to ");
        cell(b, r->max);
        buf_z(b, " | ");
        cell(b, r->help);
        buf_z(b, " |\n");
    }
}

static void counters(struct buf *b)
{
    const struct ctr_table tables[] = { net_counters, quota_counters,
                                        miner_counters, search_counters,
                                        api_counters };
    buf_z(b, "# Counters\n\nGET /metrics tells them as Prometheus text; "
             "those of a job are in its report.\n\n"
             "| metric | kind | unit | meaning |\n"
             "| --- | --- | --- | --- |\n");
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (size_t i = 0; i < tables[t].n; i++) {
            const struct ctr *c = &tables[t].rows[i];
            buf_f(b, "| `svf_%s` | %s | %s | ", c->name,
                  c->kind == CTR_GAUGE ? "gauge" : "counter", c->unit);
            cell(b, c->help);
            buf_z(b, " |\n");
        }
}

int main(int argc, char **argv)
{
    struct buf b = BUF_INIT(1024 * 1024);
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "man") == 0)
        man(&b);
    else if (strcmp(what, "configuration") == 0)
        configuration(&b);
    else if (strcmp(what, "counters") == 0)
        counters(&b);
    else if (strcmp(what, "schema") == 0)
        schema_doc(&b);
    else
        return EXIT_USAGE;
    size_t put = b.failed ? 0 : fwrite(b.p, 1, b.n, stdout);
    bool good = put == b.n && put > 0 && fflush(stdout) == 0;
    buf_fini(&b);
    return good ? EXIT_DONE : EXIT_IO;
}
