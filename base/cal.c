/*
 * base/cal.c - the proleptic Gregorian calendar in integers.
 *
 * Rules
 *   1. no time zone database, no locale, no leap seconds
 *   2. second 60 is refused, as the API never sends it
 * Source: days from civil dates by the 400-year cycle of 146,097 days.
 */
#include "base/cal.h"

#include <stdio.h>

enum { DAYS_400Y = 146097, DAYS_TO_1970 = 719468 };

int64_t cal_days(struct cal_date d)
{
    int64_t y = d.year - (d.month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy =
        (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    return era * DAYS_400Y + yoe * 365 + yoe / 4 - yoe / 100 + doy -
           DAYS_TO_1970;
}

struct cal_date cal_date_of_days(int64_t days)
{
    int64_t z = days + DAYS_TO_1970;
    int64_t era = (z >= 0 ? z : z - DAYS_400Y + 1) / DAYS_400Y;
    int64_t doe = z - era * DAYS_400Y;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = yoe + era * 400 + (month <= 2);
    return (struct cal_date){ (int32_t)year, (int32_t)month,
                              (int32_t)(doy - (153 * mp + 2) / 5 + 1) };
}

int cal_weekday(int64_t days)
{
    int64_t w = (days + 4) % 7;
    return (int)(w < 0 ? w + 7 : w);
}

int64_t cal_day_of_s(int64_t s)
{
    return s / 86400 - (s % 86400 < 0);
}

/* Take exactly @n digits from the front. */
static bool digits(struct str *s, size_t n, int32_t *ret)
{
    int32_t v = 0;
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int d = s->p[i] - '0';
        if (d < 0 || d > 9)
            return false;
        v = v * 10 + d;
    }
    *s = str_from(*s, n);
    *ret = v;
    return true;
}

static bool mark(struct str *s, char c)
{
    if (!s->n || s->p[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

static bool take_date(struct str *s, int64_t *days)
{
    struct cal_date d;
    if (!digits(s, 4, &d.year) || !mark(s, '-') || !digits(s, 2, &d.month) ||
        !mark(s, '-') || !digits(s, 2, &d.day))
        return false;
    if (d.month < 1 || d.month > 12 || d.day < 1)
        return false;
    *days = cal_days(d);
    struct cal_date back = cal_date_of_days(*days);
    return back.month == d.month && back.day == d.day;
}

/* Digits behind the point; only the first three count. */
static bool take_fraction(struct str *s, int64_t *ms)
{
    int64_t scale = 100;
    size_t n = 0;
    while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
        *ms += (s->p[0] - '0') * scale;
        scale /= 10;
        *s = str_from(*s, 1);
        n++;
    }
    return n > 0;
}

static bool take_time(struct str *s, int64_t *ms)
{
    int32_t h, m, sec;
    if (!digits(s, 2, &h) || !mark(s, ':') || !digits(s, 2, &m) ||
        !mark(s, ':') || !digits(s, 2, &sec))
        return false;
    if (h > 23 || m > 59 || sec > 59)
        return false;
    *ms = (((int64_t)h * 60 + m) * 60 + sec) * 1000;
    return !mark(s, '.') || take_fraction(s, ms);
}

static bool take_zone(struct str *s, int64_t *offset_ms)
{
    *offset_ms = 0;
    if (!s->n || mark(s, 'Z') || mark(s, 'z'))
        return true;
    bool west = s->p[0] == '-';
    int32_t h, m;
    if (!mark(s, '+') && !mark(s, '-'))
        return false;
    if (!digits(s, 2, &h) || !mark(s, ':') || !digits(s, 2, &m) || h > 23 ||
        m > 59)
        return false;
    *offset_ms = ((int64_t)h * 60 + m) * 60000;
    if (west)
        *offset_ms = -*offset_ms;
    return true;
}

int cal_parse(struct str s, wall_t *ret, struct err *e)
{
    struct str all = s;
    int64_t days, ms = 0, offset = 0;
    bool ok = take_date(&s, &days);
    if (ok && s.n)
        ok = (mark(&s, 'T') || mark(&s, 't') || mark(&s, ' ')) &&
             take_time(&s, &ms) && take_zone(&s, &offset);
    if (!ok || s.n)
        return err_set(e, RC_INPUT,
                       "'%.*s' is not a time such as 2026-11-20T08:00:00Z",
                       all.n > 40 ? 40 : (int)all.n, all.p ? all.p : "");
    *ret = (wall_t){ days * 86400000 + ms - offset };
    return RC_OK;
}

const char *cal_date_text(struct cal_date d, char out[static CAL_TEXT])
{
    snprintf(out, CAL_TEXT, "%04d-%02d-%02d", (int)d.year, (int)d.month,
             (int)d.day);
    return out;
}

const char *cal_text(wall_t t, char out[static CAL_TEXT])
{
    int64_t s = wall_s(t);
    int64_t day = cal_day_of_s(s);
    int64_t rest = s - day * 86400;
    cal_date_text(cal_date_of_days(day), out);
    size_t n = strlen(out);
    snprintf(out + n, CAL_TEXT - n, "T%02d:%02d:%02dZ", (int)(rest / 3600),
             (int)(rest / 60 % 60), (int)(rest % 60));
    return out;
}

void cal_put_s(struct buf *b, int64_t seconds)
{
    char text[CAL_TEXT];
    buf_z(b, cal_text(wall_of_s(seconds), text));
}
