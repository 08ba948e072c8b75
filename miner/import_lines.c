/*
 * miner/import_lines.c - bytes into lines, for NDJSON.
 *
 * Rules
 *   1. a line ends at a line feed or at the end of the bytes; a carriage
 *      return before it is not part of it
 *   2. a line longer than IMPORT_RECORD_MAX is told once, without its text
 */
#include "miner/import_priv.h"

void import_lines_init(struct import_lines *l)
{
    *l = (struct import_lines){ .line = BUF_INIT(IMPORT_RECORD_MAX),
                                .number = 1 };
}

void import_lines_fini(struct import_lines *l)
{
    buf_fini(&l->line);
}

static int tell(struct import_lines *l, import_line_fn fn, void *ctx,
                struct err *e)
{
    int failed = l->line.failed;
    if (failed == RC_NOMEM)
        return buf_check(&l->line, "a line", e);
    struct str s = buf_view(&l->line);
    if (s.n && s.p[s.n - 1] == '\r')
        s.n--;
    bool too_long = failed == RC_LIMIT;
    int rc = fn(ctx, l->number, too_long ? STR("") : s, too_long, e);
    buf_reset(&l->line);
    l->number++;
    return rc;
}

int import_lines_feed(struct import_lines *l, struct str bytes,
                      import_line_fn fn, void *ctx, struct err *e)
{
    while (bytes.n) {
        const char *lf = memchr(bytes.p, '\n', bytes.n);
        size_t n = lf ? (size_t)(lf - bytes.p) : bytes.n;
        buf_put(&l->line, bytes.p, n);
        int rc = lf ? tell(l, fn, ctx, e) : RC_OK;
        if (rc)
            return rc;
        bytes = str_from(bytes, lf ? n + 1 : n);
    }
    return RC_OK;
}

int import_lines_finish(struct import_lines *l, import_line_fn fn, void *ctx,
                        struct err *e)
{
    return l->line.n || l->line.failed ? tell(l, fn, ctx, e) : RC_OK;
}
