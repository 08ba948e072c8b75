/* base/cal.h - calendar: RFC 3339 and civil dates, always UTC. */
#ifndef SVF_BASE_CAL_H
#define SVF_BASE_CAL_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct cal_date {
    int32_t year;  /* [0, 9999] */
    int32_t month; /* [1, 12] */
    int32_t day;   /* [1, 31] */
};

enum { CAL_TEXT = 32 };

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
int64_t cal_days(struct cal_date d);
struct cal_date cal_date_of_days(int64_t days);
/* [0, 6], 0 = Sunday. */
int cal_weekday(int64_t days);
/* The day (since 1970-01-01) that holds second @s. */
int64_t cal_day_of_s(int64_t s);

/*
 * Read RFC 3339 ("2026-11-20T08:00:00Z", "…T08:00:00.123+02:00"), the same
 * without zone (taken as UTC), or a bare date (midnight UTC).
 * RC_INPUT otherwise, also for impossible dates.
 */
int cal_parse(struct str s, wall_t *ret, struct err *e) MUST_CHECK;

/* Write "2026-11-20T08:00:00Z" and return @out; fractions are dropped. */
const char *cal_text(wall_t t, char out[static CAL_TEXT]);
/* Write "2026-11-20" and return @out. */
const char *cal_date_text(struct cal_date d, char out[static CAL_TEXT]);
void cal_put_s(struct buf *b, int64_t seconds);

#endif
