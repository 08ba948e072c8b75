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
#include "base/num.h"

#include <math.h>
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

int conf_parse_dur(struct str s, dur_t *ret, struct err *e)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "ms", 1 },
                  { "s", 1000 },
                  { "m", 60 * 1000 },
                  { "h", 3600 * 1000 },
                  { "d", 86400 * 1000 } };
    const int64_t max_ms = INT64_C(36525) * 86400 * 1000; /* a century */
    struct str digits = s;
    while (digits.n &&
           (digits.p[digits.n - 1] < '0' || digits.p[digits.n - 1] > '9'))
        digits.n--;
    struct str unit = str_n(s.p + digits.n, s.n - digits.n);
    int64_t scale = unit.n ? 0 : 1000;
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (str_eqz(unit, units[i].unit))
            scale = units[i].ms;
    uint64_t v;
    if (!scale || num_u64(digits, &v, NULL) || v > (uint64_t)(max_ms / scale))
        return err_set(e, RC_INPUT,
                       "'%.*s' is not a time such as 250ms, 10s, 20h or 30d",
                       s.n > 40 ? 40 : (int)s.n, s.p ? s.p : "");
    *ret = (dur_t){ (int64_t)v * scale };
    return RC_OK;
}

static int not_a(struct err *e, struct str s, const char *what)
{
    return err_set(e, RC_INPUT, "'%.*s' is not %s", s.n > 40 ? 40 : (int)s.n,
                   s.p ? s.p : "", what);
}

static int as_int64(struct str s, uint64_t v, int64_t *ret, struct err *e)
{
    if (v > INT64_MAX)
        return not_a(e, s, "a number in 64 bits");
    *ret = (int64_t)v;
    return RC_OK;
}

static int parse_int(struct str s, int64_t *ret, struct err *e)
{
    uint64_t v;
    if (s.n && s.p[0] == '-')
        return num_i64(s, ret, e);
    int rc = num_human(s, &v, e);
    return rc ? rc : as_int64(s, v, ret, e);
}

static int parse_bytes(struct str s, int64_t *ret, struct err *e)
{
    uint64_t v;
    int rc = num_bytes(s, &v, e);
    return rc ? rc : as_int64(s, v, ret, e);
}

static int parse_dur(struct str s, int64_t *ret, struct err *e)
{
    dur_t d;
    int rc = conf_parse_dur(s, &d, e);
    if (!rc)
        *ret = d.ms;
    return rc;
}

/* "5", "5%" or "2.5 %" as parts per million. */
static int parse_percent(struct str s, int64_t *ret, struct err *e)
{
    struct str digits = s;
    if (digits.n && digits.p[digits.n - 1] == '%') {
        digits.n--;
        digits = str_trim(digits);
    }
    double v;
    if (num_f64(digits, &v, NULL) || fabs(v) > 1e9)
        return not_a(e, s, "a share such as 5 %");
    *ret = llround(v * 1e4);
    return RC_OK;
}

static int parse_bool(struct str s, int64_t *ret, struct err *e)
{
    static const char *const on[] = { "on", "true", "yes", "1" };
    static const char *const off[] = { "off", "false", "no", "0" };
    for (size_t i = 0; i < ARRAY_LEN(on); i++) {
        bool is_on = str_eqz(s, on[i]);
        if (is_on || str_eqz(s, off[i])) {
            *ret = is_on;
            return RC_OK;
        }
    }
    return not_a(e, s, "on or off");
}

static int parse_choice(const struct conf_row *row, struct str s, int64_t *ret,
                        struct err *e)
{
    struct str rest = str_of(row->max), one;
    for (int64_t i = 0; str_split(&rest, '|', &one); i++) {
        if (str_eq(one, s)) {
            *ret = i;
            return RC_OK;
        }
    }
    return err_set(e, RC_INPUT, "'%.*s' is not one of %s",
                   s.n > 40 ? 40 : (int)s.n, s.p ? s.p : "", row->max);
}

static int parse(const struct conf_row *row, struct str s, int64_t *ret,
                 struct err *e)
{
    switch (row->type) {
    case CONF_INT:
        return parse_int(s, ret, e);
    case CONF_BYTES:
        return parse_bytes(s, ret, e);
    case CONF_DUR:
        return parse_dur(s, ret, e);
    case CONF_PERCENT:
        return parse_percent(s, ret, e);
    case CONF_BOOL:
        return parse_bool(s, ret, e);
    case CONF_CHOICE:
        return parse_choice(row, s, ret, e);
    case CONF_TEXT:
    case CONF_SECRET:
        *ret = (int64_t)s.n;
        return RC_OK;
    }
    return err_set(e, RC_CONFIG, "unknown type");
}

/* The unit in which @row's bounds are written; text is bounded in bytes. */
static int parse_bound(const struct conf_row *row, const char *bound,
                       int64_t *ret, struct err *e)
{
    if (row->type == CONF_TEXT || row->type == CONF_SECRET)
        return parse_int(str_of(bound), ret, e);
    return parse(row, str_of(bound), ret, e);
}

static int check_bounds(const struct conf_row *row, int64_t v, struct err *e)
{
    bool text = row->type == CONF_TEXT || row->type == CONF_SECRET;
    const char *unit = text ? " bytes" : "";
    int64_t bound;
    if (row->type == CONF_BOOL || row->type == CONF_CHOICE)
        return RC_OK;
    if (row->min) {
        int rc = parse_bound(row, row->min, &bound, e);
        if (rc)
            return rc;
        if (v < bound)
            return err_set(e, RC_INPUT, "less than %s%s", row->min, unit);
    }
    if (row->max) {
        int rc = parse_bound(row, row->max, &bound, e);
        if (rc)
            return rc;
        if (v > bound)
            return err_set(e, RC_INPUT, "more than %s%s", row->max, unit);
    }
    return RC_OK;
}

static int check_bytes(struct str s, struct err *e)
{
    if (s.n > CONF_TEXT_MAX)
        return err_set(e, RC_INPUT, "longer than %d bytes", CONF_TEXT_MAX);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return err_set(e, RC_INPUT, "has a control character");
    return RC_OK;
}

static int check(const struct conf_row *row, struct str s, int64_t *ret,
                 struct err *e)
{
    int rc = check_bytes(s, e);
    if (!rc)
        rc = parse(row, s, ret, e);
    return rc ? rc : check_bounds(row, *ret, e);
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
        int rc = check(&rows[i], def, &num, e);
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
    int rc = check(row, text, &num, e);
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

static const char *shown(const struct conf_row *row, const char *text)
{
    return row->type == CONF_SECRET && *text ? "***" : text;
}

void conf_print(const struct conf *c, struct buf *out, bool origin)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct conf_row *row = &c->rows[i];
        buf_f(out, "%s = %s", row->name, shown(row, c->values[i].text));
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
