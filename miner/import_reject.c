/*
 * miner/import_reject.c - refused rows: counted by reason, one line each.
 *
 * Rules
 *   1. the reasons are a closed list, so a report has a bounded size
 *   2. a line of the rejects file is one line whatever the row held: the
 *      quoted text is cut, and control characters in it become "?"
 */
#include "miner/import_priv.h"

#include "base/file.h"

static const char *const sentences[REJECT_KINDS] = {
    [REJECT_NO_ID] = "no video id",
    [REJECT_SPREADSHEET] = "id destroyed by a spreadsheet",
    [REJECT_BAD_ID] = "not a video id",
    [REJECT_FOREIGN] = "made-up id: import the set with --foreign-ids",
    [REJECT_NO_CHANNEL] = "no channel id",
    [REJECT_BAD_CHANNEL] = "not a channel id",
    [REJECT_FIELDS] = "number of fields differs from the header's",
    [REJECT_CONFLICT] = "marker of a merge conflict",
    [REJECT_HEADER] = "the header again",
    [REJECT_LONG] = "longer than 1 MiB",
    [REJECT_DATE] = "date not understood",
    [REJECT_YEAR] = "date without a year: give --year",
    [REJECT_COUNT] = "count not understood",
    [REJECT_JSON] = "not a JSON object",
    [REJECT_ITEM] = "item without a usable id or usable facts",
    [REJECT_BOUNDS] = "value out of bounds",
};
_Static_assert((int)REJECT_KINDS <= (int)IMPORT_REASONS,
               "a report holds every reason");

enum { QUOTED_MAX = 60 };

/* Rule 2. */
static void quote(struct buf *out, struct str s)
{
    buf_z(out, " '");
    for (size_t i = 0; i < s.n && i < QUOTED_MAX; i++) {
        unsigned char c = (unsigned char)s.p[i];
        buf_c(out, c < ' ' || c == 0x7f ? '?' : (char)c);
    }
    buf_z(out, s.n > QUOTED_MAX ? "…'" : "'");
}

static int write_line(const struct import *im, uint64_t line,
                      enum import_reject why, struct str detail, struct err *e)
{
    struct buf text = BUF_INIT(16 * 1024);
    buf_f(&text, "%s:%llu: %s", im->path, (unsigned long long)line,
          sentences[why]);
    if (detail.n)
        quote(&text, detail);
    buf_c(&text, '\n');
    int rc = buf_check(&text, "a refused row", e);
    if (!rc)
        rc = file_write_fd(im->o->rejects_fd, text.p, text.n, e);
    buf_fini(&text);
    return rc ? err_wrap(e, rc, "write the refused rows") : RC_OK;
}

int import_reject(struct import *im, uint64_t line, enum import_reject why,
                  struct str detail, struct err *e)
{
    im->report.read++;
    im->report.rejected++;
    im->rejects[why]++;
    if (im->o->rejects_fd < 0)
        return RC_OK;
    return write_line(im, line, why, detail, e);
}

void import_reasons(struct import *im)
{
    struct import_report *r = &im->report;
    r->n_reasons = 0;
    for (size_t i = 0; i < REJECT_KINDS; i++) {
        if (!im->rejects[i])
            continue;
        snprintf(r->reasons[r->n_reasons].text,
                 sizeof(r->reasons[r->n_reasons].text), "%s", sentences[i]);
        r->reasons[r->n_reasons++].n = im->rejects[i];
    }
}
