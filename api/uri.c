/*
 * api/uri.c - decodes the raw request target ourselves: the library's own
 * decoding cuts at %00, passes bad escapes and hides repeated names.
 *
 * Rules
 *   1. the absolute form ("http://host/path") is stripped to the path, which
 *      must be there when a query is
 *   2. %XX only with two hex digits; NUL and control characters are refused
 *   3. '+' in a query is a blank, as forms send it
 *   4. decoded text lies in q->text and is bounded by it
 */
#include "api/api_priv.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decode one piece into @out (which has room) and return its length. */
static int decode(struct str in, bool plus, char *out, struct str *ret,
                  struct err *e)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        unsigned char c = (unsigned char)in.p[i];
        if (c == '%') {
            int hi = in.n - i > 2 ? hex(in.p[i + 1]) : -1;
            int lo = in.n - i > 2 ? hex(in.p[i + 2]) : -1;
            if (hi < 0 || lo < 0)
                return err_set(e, RC_INPUT, "bad %%-escape in the address");
            c = (unsigned char)(hi * 16 + lo);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return err_set(e, RC_INPUT, "control character in the address");
        out[n++] = (char)c;
    }
    *ret = str_n(out, n);
    return RC_OK;
}

/* "http://host:1/path" -> "/path". */
static struct str origin_form(struct str s)
{
    static const char *const schemes[] = { "http://", "https://" };
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        struct str scheme = str_of(schemes[i]);
        if (!str_starts(s, scheme))
            continue;
        s = str_from(s, scheme.n);
        while (s.n && s.p[0] != '/' && s.p[0] != '?')
            s = str_from(s, 1);
        return s.n ? s : STR("/");
    }
    return s;
}

static int take_param(struct request *q, struct str piece, size_t *used,
                      struct err *e)
{
    struct str name, value = piece;
    if (!piece.n)
        return RC_OK;
    if (q->n_params == API_PARAMS_MAX)
        return err_set(e, RC_INPUT, "more than %d parameters", API_PARAMS_MAX);
    (void)str_split(&value, '=', &name);
    if (!value.p)
        value = STR("");
    size_t i = q->n_params;
    int rc = decode(name, true, q->text + *used, &q->params[i].name, e);
    if (rc)
        return rc;
    *used += q->params[i].name.n;
    rc = decode(value, true, q->text + *used, &q->params[i].value, e);
    if (rc)
        return rc;
    *used += q->params[i].value.n;
    q->n_params++;
    return RC_OK;
}

int uri_decode(const char *raw, struct request *q, struct err *e)
{
    struct str all = str_of(raw);
    q->n_params = 0;
    q->path = STR("/");
    if (all.n > API_URI_MAX)
        return err_set(e, RC_LIMIT, "the address is longer than %d bytes",
                       API_URI_MAX);
    struct str rest = origin_form(all), path, piece;
    if (!str_split(&rest, '?', &path) || !path.n || path.p[0] != '/')
        return err_set(e, RC_INPUT, "the address does not begin with /");
    size_t used = 0;
    int rc = decode(path, false, q->text, &q->path, e);
    used = q->path.n;
    while (!rc && str_split(&rest, '&', &piece))
        rc = take_param(q, piece, &used, e);
    return rc;
}
