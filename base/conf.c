/*
 * base/conf.c - typed values of a table of rows.
 *
 * Rules
 *   1. a value is stored only when its type and bounds accept it
 *   2. a value never replaces one of a stronger origin: default, file,
 *      environment, option
 *   3. a secret's text is in no message and in no printout
 *
 * Threads: one while it is filled; any for reading afterwards.
 */
#include "base/conf.h"

#include "base/conf_priv.h"
#include "base/uri.h"

#include <stdio.h>
#include <stdlib.h>

static const struct conf_row *row_of(const struct conf *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->rows[i].name, name) == 0)
            return &c->rows[i];
    return NULL;
}

/* The value of a name that our own code wrote. */
static const struct conf_value *must_find(const struct conf *c,
                                          const char *name)
{
    const struct conf_row *row = row_of(c, name);
    if (!row) {
        fprintf(stderr, "no configuration key '%s'\n", name);
        abort();
    }
    return &c->values[row - c->rows];
}

static int store(struct conf_value *v, struct str text, int64_t num,
                 enum conf_origin origin, const char *where, struct err *e)
{
    char *copy = strndup(text.p ? text.p : "", text.n);
    char *place = where ? strdup(where) : NULL;
    if (!copy || (where && !place)) {
        free(copy);
        free(place);
        return err_set(e, RC_NOMEM, "no memory for the configuration");
    }
    free(v->text);
    free(v->where);
    *v = (struct conf_value){ copy, place, num, origin };
    return RC_OK;
}

int conf_open(struct conf **ret, const struct conf_row *rows, size_t n,
              struct err *e)
{
    struct conf *c = calloc(1, sizeof(*c) + n * sizeof(c->values[0]));
    if (!c)
        return err_set(e, RC_NOMEM, "no memory for the configuration");
    c->rows = rows;
    c->n = n;
    for (size_t i = 0; i < n; i++) {
        int64_t num;
        struct str def = str_of(rows[i].def ? rows[i].def : "");
        int rc = conf_check(&rows[i], def, &num, e);
        if (rc)
            rc = err_wrap(e, RC_CONFIG, "default of %s", rows[i].name);
        else
            rc = store(&c->values[i], def, num, CONF_DEFAULT, NULL, e);
        if (rc) {
            conf_close(c);
            return rc;
        }
    }
    *ret = c;
    return RC_OK;
}

void conf_close(struct conf *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++) {
        free(c->values[i].text);
        free(c->values[i].where);
    }
    free(c);
}

/* Names are short: two rows of the matrix and the one before suffice. */
static size_t edit_distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][CONF_NAME_MAX + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3];
        const size_t *up = rows[(i + 2) % 3];
        const size_t *up2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t d = up[j - 1] + (a[i - 1] != b[j - 1]);
            d = up[j] + 1 < d ? up[j] + 1 : d;
            d = row[j - 1] + 1 < d ? row[j - 1] + 1 : d;
            bool swapped =
                i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && up2[j - 2] + 1 < d)
                d = up2[j - 2] + 1;
            row[j] = d;
        }
    }
    return rows[n % 3][m];
}

/* True when @other differs from @name in fewer than *@bound edits, which
 * becomes the new bound. */
static bool nearer(const char *name, const char *other, size_t *bound)
{
    size_t n = strlen(name), m = strlen(other);
    if (n > CONF_NAME_MAX || m > CONF_NAME_MAX)
        return false;
    size_t d = edit_distance(name, n, other, m);
    if (d >= *bound)
        return false;
    *bound = d;
    return true;
}

/* A third of the letters may be wrong; more is another word. */
static size_t first_bound(const char *name)
{
    return strlen(name) / 3 + 2;
}

const char *conf_nearest(const char *name, const char *const *names, size_t n)
{
    size_t bound = first_bound(name);
    const char *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (nearer(name, names[i], &bound))
            best = names[i];
    return best;
}

static const char *nearest_row(const struct conf *c, const char *name)
{
    size_t bound = first_bound(name);
    const char *best = NULL;
    for (size_t i = 0; i < c->n; i++)
        if (nearer(name, c->rows[i].name, &bound))
            best = c->rows[i].name;
    return best;
}

static int unknown_key(const struct conf *c, const char *name,
                       const char *where, struct err *e)
{
    const char *near = nearest_row(c, name);
    if (!near)
        return err_set(e, RC_CONFIG, "%s: unknown key '%.64s'", where, name);
    return err_set(e, RC_CONFIG, "%s: unknown key '%.64s'; did you mean '%s'?",
                   where, name, near);
}

int conf_set(struct conf *c, const char *name, struct str text,
             enum conf_origin origin, const char *where, struct err *e)
{
    const struct conf_row *row = row_of(c, name);
    if (!row)
        return unknown_key(c, name, where, e);
    if (row->type == CONF_SECRET && origin == CONF_OPTION)
        return err_set(e, RC_CONFIG,
                       "%s: %s is a secret: set it in a file or in the "
                       "environment",
                       where, name);
    text = str_trim(text);
    int64_t num;
    int rc = conf_check(row, text, &num, e);
    if (rc)
        return err_wrap(e, RC_CONFIG, "%s: %s", where, name);
    struct conf_value *v = &c->values[row - c->rows];
    if (origin < v->origin)
        return RC_OK;
    return store(v, text, num, origin, where, e);
}

const char *conf_text(const struct conf *c, const char *name)
{
    return must_find(c, name)->text;
}

int64_t conf_int(const struct conf *c, const char *name)
{
    return must_find(c, name)->num;
}

dur_t conf_dur(const struct conf *c, const char *name)
{
    return (dur_t){ must_find(c, name)->num };
}

bool conf_bool(const struct conf *c, const char *name)
{
    return must_find(c, name)->num != 0;
}

enum conf_origin conf_origin(const struct conf *c, const char *name)
{
    return must_find(c, name)->origin;
}

const char *conf_where(const struct conf *c, const char *name)
{
    const struct conf_value *v = must_find(c, name);
    return v->where ? v->where : "default";
}

static void show(const struct conf_row *row, const char *text, struct buf *out)
{
    char *uri = row->type == CONF_URI ? uri_to_show(text) : NULL;
    if (row->type == CONF_SECRET || (row->type == CONF_URI && !uri))
        text = *text ? "***" : "";
    buf_z(out, uri ? uri : text);
    free(uri);
}

void conf_show(const struct conf *c, const char *name, struct buf *out)
{
    const struct conf_value *v = must_find(c, name);
    show(&c->rows[v - c->values], v->text, out);
}

void conf_print(const struct conf *c, struct buf *out, bool origin)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct conf_row *row = &c->rows[i];
        buf_f(out, "%s = ", row->name);
        show(row, c->values[i].text, out);
        if (origin)
            buf_f(out, " ; %s", conf_where(c, row->name));
        buf_c(out, '\n');
    }
}

static struct str section_of(const char *name)
{
    const char *dot = strchr(name, '.');
    return str_n(name, dot ? (size_t)(dot - name) : 0);
}

void conf_sample(const struct conf_row *rows, size_t n, struct buf *out)
{
    struct str last = str_n(NULL, 0);
    for (size_t i = 0; i < n; i++) {
        struct str section = section_of(rows[i].name);
        if (!str_eq(section, last))
            buf_f(out, "%s[%.*s]\n", i ? "\n" : "", STR_ARG(section));
        last = section;
        const char *key = rows[i].name + section.n + (section.n > 0);
        buf_f(out, "; %s\n", rows[i].help);
        if (rows[i].type == CONF_CHOICE)
            buf_f(out, "; one of %s\n", rows[i].max);
        buf_f(out, ";%s = %s\n", key, rows[i].def ? rows[i].def : "");
    }
}
