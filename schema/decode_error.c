/*
 * schema/decode_error.c - what a refused request said, in every form that
 * was seen: the API's JSON, a bare text, an array around it, HTML of a proxy.
 *
 * Rules
 *   1. never fails; what cannot be read stays empty
 *   2. everything that comes out is one line of UTF-8, safe to log
 *   3. "per day" is looked for in every text that may name a limit, before
 *      any is cut
 */
#include "schema/schema_priv.h"

#include <strings.h>

/* The text at @path as a reader sees it; "" when there is none. */
static void take_word(const struct jsonr *v, const char *path, char *out,
                      size_t cap)
{
    struct str s = STR("");
    jsonr_str(jsonr_get(v, path), &s);
    html_plain(s, out, cap);
}

static bool contains(struct str s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.n; i++)
        if (strncasecmp(s.p + i, word, n) == 0)
            return true;
    return false;
}

static bool names_day(const struct jsonr *v, const char *path)
{
    struct str s;
    return jsonr_str(jsonr_get(v, path), &s) &&
           (contains(s, "per day") || contains(s, "PerDay"));
}

/* The entries of `errors` (reason) and `details` (ErrorInfo). */
static void take_entries(const struct jsonr *error, struct decode_error *d)
{
    const struct jsonr *errors = jsonr_get(error, "errors");
    for (size_t i = 0; i < jsonr_len(errors); i++) {
        const struct jsonr *x = jsonr_item(errors, i);
        if (!d->reason[0])
            take_word(x, "reason", d->reason, sizeof(d->reason));
        if (!d->message[0])
            take_word(x, "message", d->message, sizeof(d->message));
        d->per_day |= names_day(x, "message") || names_day(x, "debugInfo");
    }
    const struct jsonr *details = jsonr_get(error, "details");
    for (size_t i = 0; i < jsonr_len(details); i++) {
        const struct jsonr *x = jsonr_item(details, i);
        if (!d->detail[0])
            take_word(x, "reason", d->detail, sizeof(d->detail));
        d->per_day |= names_day(x, "metadata.quota_limit");
    }
}

/* {"error":"invalid_grant","error_description":"…"}, {"error":"text"}: one
 * word is a reason, a sentence is not. */
static void take_bare(const struct jsonr *root, struct decode_error *d)
{
    take_word(root, "error_description", d->message, sizeof(d->message));
    if (!d->message[0])
        take_word(root, "error", d->message, sizeof(d->message));
    take_word(root, "error", d->reason, sizeof(d->reason));
    if (strchr(d->reason, ' '))
        d->reason[0] = '\0';
}

/* {"error":{…}}, the same without the outer object or in an array. */
static void take_json(const struct jsonr *root, struct decode_error *d)
{
    if (jsonr_is_array(root))
        root = jsonr_item(root, 0);
    const struct jsonr *error = jsonr_get(root, "error");
    if (!jsonr_is_object(error)) {
        take_bare(root, d);
        error = root;
    }
    uint64_t code;
    if (jsonr_u64(jsonr_get(error, "code"), &code) && code <= 999)
        d->code = (int)code;
    take_word(error, "status", d->status, sizeof(d->status));
    if (!d->message[0])
        take_word(error, "message", d->message, sizeof(d->message));
    d->per_day = names_day(error, "message") || names_day(root, "error");
    take_entries(error, d);
    if (!d->reason[0])
        memcpy(d->reason, d->detail, sizeof(d->reason));
}

void decode_error(struct str body, struct decode_error *ret)
{
    struct decode_error d = { .code = 0 };
    struct jsonr *root;
    d.is_json = jsonr_open(&root, body, NULL) == RC_OK;
    if (d.is_json) {
        take_json(root, &d);
        jsonr_close(root);
    } else {
        html_plain(body, d.message, sizeof(d.message));
        d.per_day = contains(body, "per day");
    }
    *ret = d;
}
