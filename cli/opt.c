/*
 * cli/opt.c - reads options by table.
 *
 * Rules
 *   1. --name=value and --name value are the same; -o value and -ovalue too
 *   2. everything behind "--" is a word, so an id may begin with '-'
 *   3. a lone "-" is a word (standard input)
 */
#include "cli/opt_priv.h"

#include "base/conf.h"

#include <stdlib.h>
#include <string.h>

static const struct opt_row *find(const struct opts *o, const char *name,
                                  size_t n)
{
    for (size_t t = 0; t < ARRAY_LEN(o->rows); t++)
        for (size_t i = 0; i < o->n_rows[t]; i++) {
            const struct opt_row *r = &o->rows[t][i];
            if (strlen(r->name) == n && memcmp(r->name, name, n) == 0)
                return r;
        }
    return NULL;
}

static const struct opt_row *find_letter(const struct opts *o, char letter)
{
    for (size_t t = 0; t < ARRAY_LEN(o->rows); t++)
        for (size_t i = 0; i < o->n_rows[t]; i++)
            if (o->rows[t][i].letter == letter)
                return &o->rows[t][i];
    return NULL;
}

static int unknown(const struct opts *o, const char *arg, size_t n,
                   struct err *e)
{
    const char *names[OPT_GIVEN_MAX];
    char name[64];
    size_t count = 0;
    for (size_t t = 0; t < ARRAY_LEN(o->rows); t++)
        for (size_t i = 0; i < o->n_rows[t] && count < OPT_GIVEN_MAX; i++)
            names[count++] = o->rows[t][i].name;
    if (n >= sizeof(name))
        n = sizeof(name) - 1;
    memcpy(name, arg, n);
    name[n] = '\0';
    const char *near = conf_nearest(name, names, count);
    if (near)
        return err_set(e, RC_INPUT, "unknown option --%s; did you mean --%s?",
                       name, near);
    return err_set(e, RC_INPUT, "unknown option --%s", name);
}

static int keep(struct opts *o, const struct opt_row *row, const char *value,
                struct err *e)
{
    if (row->kind == OPT_ONE && opt_has(o, row->name))
        return err_set(e, RC_INPUT, "--%s is given twice", row->name);
    if (o->n_given == OPT_GIVEN_MAX)
        return err_set(e, RC_INPUT, "more than %d options", OPT_GIVEN_MAX);
    o->given[o->n_given].row = row;
    o->given[o->n_given].value = value;
    o->n_given++;
    return RC_OK;
}

/* argv[*i] is an option; its value may be argv[*i + 1]. */
static int take(struct opts *o, int argc, const char *const *argv, int *i,
                struct err *e)
{
    const char *arg = argv[*i];
    const struct opt_row *row;
    const char *value = NULL;
    if (arg[1] == '-') {
        size_t n = strcspn(arg + 2, "=");
        row = find(o, arg + 2, n);
        if (!row)
            return unknown(o, arg + 2, n, e);
        if (arg[2 + n] == '=')
            value = arg + 3 + n;
    } else {
        row = find_letter(o, arg[1]);
        if (!row)
            return err_set(e, RC_INPUT, "unknown option -%c", arg[1]);
        if (arg[2])
            value = arg + 2;
    }
    if (row->kind == OPT_FLAG)
        return value ? err_set(e, RC_INPUT, "--%s takes no value", row->name)
                     : keep(o, row, "", e);
    if (!value && *i + 1 < argc)
        value = argv[++*i];
    if (!value)
        return err_set(e, RC_INPUT, "--%s needs a value: %s", row->name,
                       row->arg);
    return keep(o, row, value, e);
}

int opt_parse(struct opts *o, int argc, const char *const *argv,
              bool stop_at_word, int *used, struct err *e)
{
    int i = 0;
    bool only_words = false;
    o->words = calloc((size_t)argc + 1, sizeof(*o->words));
    if (!o->words)
        return err_set(e, RC_NOMEM, "no memory for the command line");
    for (; i < argc; i++) {
        const char *arg = argv[i];
        if (!only_words && strcmp(arg, "--") == 0) {
            only_words = true;
            continue;
        }
        if (only_words || arg[0] != '-' || !arg[1]) {
            if (stop_at_word)
                break;
            o->words[o->n_words++] = arg;
            continue;
        }
        int rc = take(o, argc, argv, &i, e);
        if (rc)
            return rc;
    }
    if (used)
        *used = i;
    return RC_OK;
}

void opt_fini(struct opts *o)
{
    free(o->words);
    o->words = NULL;
    o->n_words = 0;
}

const char *opt_nth(const struct opts *o, const char *name, size_t nth)
{
    for (size_t i = 0; i < o->n_given; i++)
        if (strcmp(o->given[i].row->name, name) == 0 && nth-- == 0)
            return o->given[i].value;
    return NULL;
}

const char *opt_value(const struct opts *o, const char *name)
{
    return opt_nth(o, name, 0);
}

bool opt_has(const struct opts *o, const char *name)
{
    return opt_value(o, name) != NULL;
}

void opt_help(const struct opt_row *rows, size_t n, struct buf *out)
{
    enum { COLUMN = 30 };
    for (size_t i = 0; i < n; i++) {
        size_t from = out->n;
        if (rows[i].letter)
            buf_f(out, "  -%c, --%s", rows[i].letter, rows[i].name);
        else
            buf_f(out, "      --%s", rows[i].name);
        if (rows[i].arg)
            buf_f(out, " %s", rows[i].arg);
        size_t width = out->n - from;
        if (width >= COLUMN)
            buf_f(out, "\n%*s", COLUMN, "");
        else
            buf_f(out, "%*s", (int)(COLUMN - width), "");
        buf_f(out, "%s\n", rows[i].help);
    }
}
