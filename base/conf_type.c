/*
 * base/conf_type.c - what each type of a configuration row accepts.
 *
 * Rules
 *   1. the whole text must be the value; nothing is skipped or guessed
 *   2. *ret is written only on RC_OK
 *   3. messages about texts never quote them: the row may be a secret
 */
#include "base/conf.h"

#include "base/conf_priv.h"
#include "base/num.h"

#include <math.h>

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
    case CONF_URI:
        *ret = (int64_t)s.n;
        return RC_OK;
    }
    return err_set(e, RC_CONFIG, "unknown type");
}

static bool is_text(const struct conf_row *row)
{
    return row->type == CONF_TEXT || row->type == CONF_SECRET ||
           row->type == CONF_URI;
}

/* The unit in which @row's bounds are written; text is bounded in bytes. */
static int parse_bound(const struct conf_row *row, const char *bound,
                       int64_t *ret, struct err *e)
{
    if (is_text(row))
        return parse_int(str_of(bound), ret, e);
    return parse(row, str_of(bound), ret, e);
}

/* What is wrong with @s; a secret is not told. */
static int out_of_bounds(const struct conf_row *row, struct str s,
                         const char *than, const char *bound, struct err *e)
{
    bool text = is_text(row);
    const char *unit = text ? " bytes" : "";
    if (row->type == CONF_SECRET || row->type == CONF_URI)
        return err_set(e, RC_INPUT, "%s %s%s", than, bound, unit);
    return err_set(e, RC_INPUT, "'%.*s' %s %s %s%s", s.n > 40 ? 40 : (int)s.n,
                   s.p ? s.p : "", text ? "has" : "is", than, bound, unit);
}

static int check_bounds(const struct conf_row *row, struct str s, int64_t v,
                        struct err *e)
{
    int64_t bound;
    if (row->type == CONF_BOOL || row->type == CONF_CHOICE)
        return RC_OK;
    if (row->min) {
        int rc = parse_bound(row, row->min, &bound, e);
        if (rc)
            return rc;
        if (v < bound)
            return out_of_bounds(row, s, "less than", row->min, e);
    }
    if (row->max) {
        int rc = parse_bound(row, row->max, &bound, e);
        if (rc)
            return rc;
        if (v > bound)
            return out_of_bounds(row, s, "more than", row->max, e);
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

int conf_check(const struct conf_row *row, struct str s, int64_t *ret,
               struct err *e)
{
    int64_t v;
    int rc = check_bytes(s, e);
    if (!rc)
        rc = parse(row, s, &v, e);
    if (!rc)
        rc = check_bounds(row, s, v, e);
    if (!rc)
        *ret = v;
    return rc;
}
