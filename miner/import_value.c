/*
 * miner/import_value.c - what a cell of any edition says: nothing, yes or
 * no, a count, a time.
 */
#include "miner/import_priv.h"

#include "base/cal.h"
#include "base/num.h"

struct str import_cell(const struct import_row *row, enum import_column c)
{
    return row->told & COL_BIT(c) ? str_trim(row->cell[c]) : STR("");
}

bool import_missing(struct str s)
{
    static const char *const words[] = { "",    "F",   "null", "None",
                                         "nan", "NaN", "NA",   "disabled" };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_eqz(s, words[i]))
            return true;
    return false;
}

bool import_true(struct str s)
{
    return str_eqz(s, "True") || str_eqz(s, "true") || str_eqz(s, "TRUE") ||
           str_eqz(s, "1");
}

bool import_false(struct str s)
{
    return str_eqz(s, "False") || str_eqz(s, "false") || str_eqz(s, "FALSE") ||
           str_eqz(s, "0");
}

bool import_count(struct str s, uint64_t *ret)
{
    const char *dot = s.n ? memchr(s.p, '.', s.n) : NULL;
    if (dot) {
        struct str zeros = str_from(s, (size_t)(dot - s.p) + 1);
        for (size_t i = 0; i < zeros.n; i++)
            if (zeros.p[i] != '0')
                return false;
        s.n = (size_t)(dot - s.p);
    }
    return num_u64(s, ret, NULL) == RC_OK;
}

bool import_time(struct str s, int64_t *ret)
{
    wall_t t;
    if (cal_parse(s, &t, NULL))
        return false;
    *ret = wall_s(t);
    return true;
}

/* Is @s digits with "." wherever @form has one? */
static bool has_form(struct str s, const char *form)
{
    if (s.n != strlen(form))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (form[i] == '.' ? s.p[i] != '.' : s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static bool civil_time(int year, const char *day, const char *month,
                       int64_t *ret)
{
    char text[40];
    int n = snprintf(text, sizeof(text), "%04d-%.2s-%.2s", year, month, day);
    return n == 10 && import_time(str_n(text, 10), ret);
}

enum import_reject import_date(struct str s, int year, int64_t *ret)
{
    bool ok;
    if (has_form(s, "99.99.99"))
        ok = civil_time(2000 + (s.p[0] - '0') * 10 + (s.p[1] - '0'), s.p + 3,
                        s.p + 6, ret);
    else if (!has_form(s, "99.99"))
        ok = import_time(s, ret);
    else if (!year)
        return REJECT_YEAR;
    else
        ok = civil_time(year, s.p, s.p + 3, ret);
    return ok ? REJECT_NOT : REJECT_DATE;
}
