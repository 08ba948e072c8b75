/*
 * store/report.c - job reports as documents 'report/<id>'.
 *
 * Rules
 *   1. ids are ordered by time, so the order of keys is the order of age
 *   2. the newest REPORTS_KEPT stay; older ones go when one is added
 *
 * Threads: any; no state but the documents.
 */
#include "store/store.h"

#include <stdlib.h>

static const char front[] = "report/";
enum { FRONT = sizeof(front) - 1 };

static int count_one(void *ctx, const char *key, uint64_t version,
                     struct str body)
{
    (void)key, (void)version, (void)body;
    ++*(size_t *)ctx;
    return RC_OK;
}

static int count(struct store *s, size_t *n, struct err *e)
{
    *n = 0;
    return store_doc_list(s, front, count_one, n, e);
}

/* ---- keep ---- */

struct pruning {
    struct store *s;
    size_t left; /* to delete, the oldest first */
    uint64_t fence;
    struct err *e;
};

static int prune_one(void *ctx, const char *key, uint64_t version,
                     struct str body)
{
    (void)version, (void)body;
    struct pruning *p = ctx;
    if (p->left == 0)
        return RC_OK;
    p->left--;
    return store_doc_put(p->s, key, STORE_DOC_ANY, str_n(NULL, 0), p->fence,
                         NULL, p->e);
}

int report_put(struct store *s, const char *id, struct str json, uint64_t fence,
               struct err *e)
{
    char key[STORE_KEY_MAX + 1];
    if (strlen(id) > STORE_KEY_MAX - FRONT)
        return err_set(e, RC_INPUT, "'%.60s' cannot name a report", id);
    snprintf(key, sizeof(key), "%s%s", front, id);
    int rc = store_doc_put(s, key, STORE_DOC_ANY, json, fence, NULL, e);
    size_t n = 0;
    if (!rc)
        rc = count(s, &n, e);
    if (rc || n <= REPORTS_KEPT)
        return rc;
    struct pruning p = { s, n - REPORTS_KEPT, fence, e };
    return store_doc_list(s, front, prune_one, &p, e);
}

/* ---- read ---- */

typedef char report_key[STORE_KEY_MAX + 1];

/* The last keys of a list. */
struct newest {
    report_key *keys;
    size_t skip; /* older ones, passed over */
    size_t n, max;
};

static int note_key(void *ctx, const char *key, uint64_t version,
                    struct str body)
{
    (void)version, (void)body;
    struct newest *x = ctx;
    if (x->skip) {
        x->skip--;
        return RC_OK;
    }
    if (x->n < x->max)
        snprintf(x->keys[x->n++], sizeof(report_key), "%s", key);
    return RC_OK;
}

static int show(struct store *s, const char *key, store_doc_fn fn, void *ctx,
                struct err *e)
{
    struct buf b = BUF_INIT(STORE_DOC_MAX);
    uint64_t version;
    int rc = store_doc_get(s, key, &b, &version, e);
    if (!rc)
        rc = fn(ctx, key + FRONT, version, buf_view(&b));
    else if (rc == RC_NOTFOUND)
        rc = RC_OK; /* pruned by another process meanwhile */
    buf_fini(&b);
    return rc;
}

int report_each(struct store *s, size_t max, store_doc_fn fn, void *ctx,
                struct err *e)
{
    size_t n;
    int rc = count(s, &n, e);
    if (rc || n == 0 || max == 0)
        return rc;
    struct newest x = { .max = n < max ? n : max };
    x.skip = n - x.max;
    x.keys = calloc(x.max, sizeof(*x.keys));
    if (!x.keys)
        return err_set(e, RC_NOMEM, "no memory for the list of reports");
    rc = store_doc_list(s, front, note_key, &x, e);
    while (!rc && x.n)
        rc = show(s, x.keys[--x.n], fn, ctx, e);
    free(x.keys);
    return rc;
}
