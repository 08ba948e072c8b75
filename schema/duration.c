/*
 * schema/duration.c - lengths of videos: ISO 8601 and protobuf in, ISO 8601
 * and clock faces out.
 *
 * Rules
 *   1. units come in falling order and each once; at least one is there
 *   2. no years and months, which are not a number of seconds; no sign
 *   3. only seconds may have a fraction, which is dropped
 *   4. the sum must fit 64 bits
 */
#include "base/num.h"
#include "schema/schema_priv.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, WEEK = 7 * DAY };

static bool is_digit(struct str s, size_t i)
{
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

/* Take digits and, where @fraction allows, a point and more digits. */
static bool take_number(struct str *s, bool *fraction, uint64_t *ret)
{
    size_t n = 0;
    while (is_digit(*s, n))
        n++;
    if (num_u64(str_n(s->p, n), ret, NULL))
        return false;
    *fraction = n < s->n && s->p[n] == '.';
    if (*fraction) {
        if (!is_digit(*s, ++n))
            return false;
        while (is_digit(*s, n))
            n++;
    }
    *s = str_from(*s, n);
    return true;
}

static bool add(uint64_t n, uint64_t unit, uint64_t *sum)
{
    return num_mul_u64(n, unit, &n) && num_add_u64(*sum, n, sum);
}

/* All of @s as numbers with a unit of @letters each, falling (rule 1). */
static bool take_units(struct str s, const char *letters,
                       const uint64_t *seconds, uint64_t *sum)
{
    while (s.n) {
        uint64_t n;
        bool fraction;
        if (!take_number(&s, &fraction, &n) || !s.n || !s.p[0])
            return false;
        const char *at = strchr(letters, s.p[0]);
        if (!at || (fraction && *at != 'S') ||
            !add(n, seconds[at - letters], sum))
            return false;
        seconds += at - letters + 1;
        letters = at + 1;
        s = str_from(s, 1);
    }
    return true;
}

/* @s is what follows the P. */
static bool iso(struct str s, uint64_t *sum)
{
    static const uint64_t days[] = { WEEK, DAY };
    static const uint64_t times[] = { HOUR, MINUTE, 1 };
    struct str date = s;
    if (s.n == 0)
        return false;
    const char *t = memchr(s.p, 'T', s.n);
    if (!t)
        return take_units(date, "WD", days, sum);
    date.n = (size_t)(t - s.p);
    struct str time_of_day = str_from(s, date.n + 1);
    return time_of_day.n && take_units(date, "WD", days, sum) &&
           take_units(time_of_day, "HMS", times, sum);
}

static bool protobuf(struct str s, uint64_t *sum)
{
    bool fraction;
    return take_number(&s, &fraction, sum) && str_eq(s, STR("s"));
}

int duration_parse(struct str s, uint64_t *seconds, struct err *e)
{
    uint64_t sum = 0;
    bool ok =
        s.n && s.p[0] == 'P' ? iso(str_from(s, 1), &sum) : protobuf(s, &sum);
    char quoted[QUOTE_CAP];
    if (!ok)
        return err_set(e, RC_INPUT,
                       "'%s' is not a duration such as PT1H2M3S or 213s",
                       text_quote(s, quoted));
    *seconds = sum;
    return RC_OK;
}

static void put_unit(struct buf *b, uint64_t n, char letter)
{
    if (n == 0)
        return;
    buf_u64(b, n);
    buf_c(b, letter);
}

void duration_put_iso(struct buf *b, uint64_t seconds)
{
    if (seconds == 0) {
        buf_z(b, "P0D"); /* as YouTube writes what has no length yet */
        return;
    }
    buf_c(b, 'P');
    put_unit(b, seconds / DAY, 'D');
    seconds %= DAY;
    if (seconds) {
        buf_c(b, 'T');
        put_unit(b, seconds / HOUR, 'H');
        put_unit(b, seconds % HOUR / MINUTE, 'M');
        put_unit(b, seconds % MINUTE, 'S');
    }
}

void duration_put_clock(struct buf *b, uint64_t seconds)
{
    unsigned minutes = (unsigned)(seconds % HOUR / MINUTE);
    if (seconds >= HOUR) {
        buf_u64(b, seconds / HOUR);
        buf_f(b, ":%02u", minutes);
    } else {
        buf_u64(b, minutes);
    }
    buf_f(b, ":%02u", (unsigned)(seconds % MINUTE));
}
