/*
 * store/copy_items.c - documents and counters of one store into another.
 *
 * Rules
 *   1. what is equal already is not written
 *   2. a write whose outcome is not known is no reason to guess: what is
 *      there is read again, and the rest done
 *   3. leases stay where they are, and so does the state of the copy
 *
 * Threads: one.
 */
#include "store/copy_priv.h"

#include <inttypes.h>

/* ---- documents ---- */

/* Does @s hold document @key with this body? */
static int holds(struct store *s, const char *key, struct str body, bool *ret,
                 struct err *e)
{
    struct buf b = BUF_INIT(STORE_DOC_MAX);
    int rc = store_doc_get(s, key, &b, NULL, e);
    *ret = !rc && str_eq(buf_view(&b), body);
    buf_fini(&b);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static int put_doc(struct copier *c, const char *key, struct str body)
{
    int rc = RC_UNKNOWN;
    for (int i = 0; i < COPY_TRIES && rc == RC_UNKNOWN; i++)
        rc = store_doc_put(c->to, key, STORE_DOC_ANY, body,
                           c->pulse.lease.token, NULL, c->e);
    return rc;
}

static int bring_doc(void *ctx, const char *key, uint64_t version,
                     struct str body)
{
    (void)version;
    struct copier *c = ctx;
    bool same = true;
    if (!whole_doc_counts(key))
        return RC_OK; /* rule 3 */
    int rc = holds(c->to, key, body, &same, c->e);
    if (rc || same)
        return rc;
    return put_doc(c, key, body.p ? body : STR(""));
}

static int drop_doc(void *ctx, const char *key, uint64_t version,
                    struct str body)
{
    (void)version, (void)body;
    struct copier *c = ctx;
    if (!whole_doc_counts(key))
        return RC_OK;
    int rc = store_doc_get(c->from, key, NULL, NULL, c->e);
    return rc == RC_NOTFOUND ? put_doc(c, key, str_n(NULL, 0)) : rc;
}

/* ---- counters ---- */

/* Rule 2: the difference is taken anew before each attempt. */
static int set_count(struct copier *c, const char *key, int64_t want)
{
    int64_t have = 0;
    int rc = RC_UNKNOWN;
    for (int i = 0; i < COPY_TRIES && rc == RC_UNKNOWN; i++) {
        rc = store_count(c->to, key, 0, INT64_MAX, &have, c->e);
        if (!rc && have != want)
            rc = store_count(c->to, key, want - have, INT64_MAX, NULL, c->e);
    }
    return rc;
}

static int bring_count(void *ctx, const char *key, int64_t value)
{
    return set_count(ctx, key, value);
}

static int drop_count(void *ctx, const char *key, int64_t value)
{
    struct copier *c = ctx;
    int64_t want = 0;
    if (!value)
        return RC_OK;
    int rc = store_count(c->from, key, 0, INT64_MAX, &want, c->e);
    return rc ? rc : set_count(c, key, want);
}

int copy_items(struct copier *c)
{
    int rc = store_counts(c->from, "", bring_count, c, c->e);
    if (!rc)
        rc = store_counts(c->to, "", drop_count, c, c->e);
    if (!rc)
        rc = store_doc_list(c->from, "", bring_doc, c, c->e);
    if (!rc)
        rc = store_doc_list(c->to, "", drop_doc, c, c->e);
    return rc;
}
