/*
 * search/query_value.c - values as people write them.
 *
 * Threads: any; no state.
 */
#include "search/query_priv.h"

#include "base/cal.h"
#include "base/num.h"
#include "schema/schema.h"

enum { VALUE_SHOWN = 40 };

static int refused(struct str s, const char *what, struct err *e)
{
    int n = s.n < VALUE_SHOWN ? (int)s.n : VALUE_SHOWN;
    return err_set(e, RC_INPUT, "'%.*s' is not %s", n, s.p ? s.p : "", what);
}

/* Seconds of a unit's letter, 0 = none. */
static uint64_t unit_of(char c)
{
    switch (c) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 7 * 86400;
    case 'y':
        return 365 * 86400;
    default:
        return 0;
    }
}

static size_t digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

/* Take "12h" from the front of *@s and add it to *@sum. */
static bool take_span(struct str *s, uint64_t *sum)
{
    size_t n = digits(*s);
    uint64_t count, span;
    if (n == 0 || n == s->n || num_u64(str_n(s->p, n), &count, NULL))
        return false;
    uint64_t unit = unit_of(s->p[n]);
    if (!unit || !num_mul_u64(count, unit, &span) ||
        !num_add_u64(*sum, span, sum))
        return false;
    *s = str_from(*s, n + 1);
    return true;
}

int value_seconds(struct str s, uint64_t *ret, struct err *e)
{
    static const char what[] = "a duration";
    if (s.n && digits(s) == s.n)
        return num_u64(s, ret, NULL) ? refused(s, what, e) : RC_OK;
    if (s.n && s.p[0] == 'P')
        return duration_parse(s, ret, NULL) ? refused(s, what, e) : RC_OK;
    uint64_t sum = 0;
    struct str rest = s;
    while (rest.n)
        if (!take_span(&rest, &sum))
            return refused(s, what, e);
    if (s.n == 0)
        return refused(s, what, e);
    *ret = sum;
    return RC_OK;
}

int value_date(struct str s, wall_t now, int64_t *ret, struct err *e)
{
    wall_t t;
    if (s.n && s.p[0] == '-') {
        struct str rest = str_from(s, 1);
        uint64_t back = 0;
        if (!take_span(&rest, &back) || rest.n || back > PUBLISHED_MAX_S)
            return refused(s, "a date", e);
        t.ms = now.ms - (int64_t)back * 1000;
    } else if (cal_parse(s, &t, NULL)) {
        return refused(s, "a date", e);
    }
    int64_t second = wall_s(t) + (t.ms % 1000 != 0);
    *ret = second < 1 ? 1 : second;
    return RC_OK;
}

int value_percent(struct str s, double *ret, struct err *e)
{
    struct str number = s;
    double x;
    if (number.n && number.p[number.n - 1] == '%')
        number = str_trim(str_n(number.p, number.n - 1));
    if (num_f64(number, &x, NULL) || !(x > 0 && x <= 100))
        return refused(s, "a percentage from above 0 to 100", e);
    *ret = x;
    return RC_OK;
}
